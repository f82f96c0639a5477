"""A contest as JSON, schema 1."""

from __future__ import annotations

from typing import Any

from cutaway.core.contest import Contest, method_name
from cutaway.core.version import __version__
from cutaway.report.contests.words import facts, foot, heading, standing_rows, verdict, verdict_line
from cutaway.report.text import remark

SCHEMA = 1


def contest_json(contest: Contest) -> dict[str, Any]:
    """The contest as plain values, ready for `json.dumps`: all that was tried, and the words that a page shows.

    Numbers that are not finite become null. `report.schema("contest")` describes it.
    """
    columns, rows = standing_rows(contest)
    return {
        "schema": SCHEMA,
        "kind": "contest",
        "version": __version__,
        "heading": heading(contest),
        "facts": facts(contest),
        "verdict": verdict(contest),
        **contest.to_wire(),
        "words": {
            "methods": {one: method_name(one) for one in contest.methods},
            "columns": columns,
            "rows": rows,
            "verdicts": [verdict_line(one) for one in contest.verdicts],
            "notes": [remark(note) for note in contest.notes],
            "foot": foot(contest),
        },
    }
