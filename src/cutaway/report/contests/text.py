"""A contest as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from cutaway.core.contest import Contest
from cutaway.report.contests.words import facts, foot, heading, standing_rows, verdict, verdict_line
from cutaway.report.numerals import percent
from cutaway.report.text import plain, remark, shorten

_BAR = 24
_NAMED = 30  # of a parameter's name


def contest_text(contest: Contest, width: int = 100) -> str:
    """The contest as text of lines no longer than `width`: verdict, standings, comparisons, importance, notes."""
    return "\n".join(plain(line) for line in lines(contest, max(40, width))) + "\n"


def lines(contest: Contest, width: int) -> Iterator[str]:
    """The report, line by line."""
    yield heading(contest)
    yield from wrap(" · ".join(facts(contest)), width)
    yield ""
    yield from wrap(verdict(contest), width)
    yield from _standings(contest, width)
    if contest.verdicts:
        yield from ("", "Compared by pairs, over the repeats")
        for one in contest.verdicts:
            yield from wrap(verdict_line(one), width, initial_indent="  ", subsequent_indent="    ")
    yield from _importances(contest)
    notes = [remark(note) for note in contest.notes]
    if notes:
        yield from ("", "How it was made")
        for note in notes:
            yield from wrap(note, width, initial_indent="  ", subsequent_indent="    ")
    yield ""
    yield from wrap(foot(contest), width)


def _standings(contest: Contest, width: int) -> Iterator[str]:
    """A table where it fits, else a paragraph a method."""
    columns, rows = standing_rows(contest)
    if not rows:
        return
    yield from ("", "How each method did")
    wide = [max(len(row[at]) for row in [columns, *rows]) for at in range(len(columns))]
    if sum(wide) + 2 * len(wide) <= width:
        for row in (columns, *rows):
            cells = [
                cell.ljust(size) if at == 0 else cell.rjust(size)
                for at, (cell, size) in enumerate(zip(row, wide, strict=True))
            ]
            yield "  " + "  ".join(cells).rstrip()
        return
    label = max(map(len, columns))
    for row in rows:
        yield f"  {row[0]}"
        yield from (f"    {name.ljust(label)}  {cell}" for name, cell in zip(columns[1:], row[1:], strict=True))


def _importances(contest: Contest) -> Iterator[str]:
    if not contest.importances:
        return
    yield from ("", "Share of the score's variance that a parameter has part in")
    ordered = sorted(contest.importances, key=lambda one: -one.share)
    label = min(_NAMED, max(len(one.parameter) for one in ordered))
    for one in ordered:
        bar = "█" * round(_BAR * min(1.0, max(0.0, one.share)))
        told = f"{percent(one.share)} ({percent(one.low)} to {percent(one.high)})"
        alone = f", alone {percent(one.alone)}" if one.alone == one.alone else ""
        yield f"  {shorten(one.parameter, _NAMED).ljust(label)}  {bar.ljust(_BAR)}  {told}{alone}"
