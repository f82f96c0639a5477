"""A contest as one HTML page: what it draws, and what it says without scripts."""

from __future__ import annotations

from typing import Any

from cutaway.core.contest import Contest, Search, Trial
from cutaway.report.contests.wire import contest_json
from cutaway.report.contests.words import facts, heading, standing_rows, verdict, verdict_line
from cutaway.report.document import page
from cutaway.report.markup import Markup, tag
from cutaway.report.numerals import number
from cutaway.report.text import remark

MOST_TRIALS = 12_000
_STATES = {"complete": "c", "failed": "f", "timeout": "t", "pruned": "p", "memory": "m"}


def contest_html(contest: Contest) -> str:
    """The page as text, to be written as UTF-8; without scripts it tells verdict, standings and notes.

    Of very many trials those of the first repeats are drawn; the JSON has all.

    Raises: CutawayError when the package holds no built front end.
    """
    return page("contest", {"contest": drawn(contest)}, title=heading(contest), fallback=_fallback(contest))


def drawn(contest: Contest) -> dict[str, Any]:
    """What the page takes: the JSON with its trials in columns, and a note where not all are there."""
    told = contest_json(contest)
    shown = _shown(contest)
    names = [each.name for each in contest.space] or list(dict.fromkeys(
        name for search in shown for trial in search.trials for name in trial.params
    ))  # fmt: skip
    told["searches"] = [_columns(search, names) for search in shown]
    if len(shown) < len(contest.searches):
        told["words"]["notes"] = [
            *told["words"]["notes"],
            f"The pictures of single trials show {len(shown)} of {number(len(contest.searches))} searches; the JSON "
            "has all.",
        ]
    return told


def _shown(contest: Contest) -> list[Search]:
    """The searches of as many repeats as have `MOST_TRIALS` trials together; those of the first at least."""
    ordered = sorted(contest.searches, key=lambda one: (one.repeat, one.fold))
    kept: list[Search] = []
    trials = 0
    for search in ordered:
        trials += len(search.trials)
        if trials > MOST_TRIALS and (search.repeat, search.fold) != (ordered[0].repeat, ordered[0].fold):
            break
        kept.append(search)
    return kept


def _columns(search: Search, names: list[str]) -> dict[str, Any]:
    """One search with a list for each thing that a trial has, numbers with six significant digits."""
    trials = search.trials
    return {
        "method": search.method,
        "repeat": search.repeat,
        "fold": search.fold,
        "seed": search.seed,
        "seconds": search.seconds,
        "values": [_short(one.value) for one in trials],
        "states": "".join(_STATES[one.state] for one in trials),
        "took": [_short(one.seconds) for one in trials],
        "began": [_short(one.began) for one in trials],
        "params": {name: [_short(_of(one, name)) for one in trials] for name in names},
        "messages": {str(at): one.message for at, one in enumerate(trials) if one.message},
    }


def _of(trial: Trial, name: str) -> Any:
    return trial.params.get(name)


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _fallback(contest: Contest) -> Markup:
    columns, rows = standing_rows(contest)
    return tag(
        "main",
        tag("h1", heading(contest)),
        tag("p", " · ".join(facts(contest))),
        tag("p", verdict(contest)),
        tag("ul", [tag("li", verdict_line(one)) for one in contest.verdicts]),
        tag("table", tag("tr", [tag("th", name) for name in columns]),
            [tag("tr", [tag("td", cell) for cell in row]) for row in rows]),
        tag("ul", [tag("li", remark(note)) for note in contest.notes]),
        tag("p", "The pictures of this report need a browser that runs its script."),
    )  # fmt: skip
