"""The page's section on scores: every rate with its interval and what it is a fraction of."""

from __future__ import annotations

from cutaway.core.audit import ScoreFacts
from cutaway.report.markup import Markup, join, tag
from cutaway.report.scores import Line, heading, lines, remarks


def worth(scores: ScoreFacts) -> Markup:
    """A table of the measures and a sentence each on threshold and level."""
    head = tag("tr", [tag("th", name, scope="col") for name in ("", "value", "95 % interval", "what it is a part of")])
    table = tag("table", tag("thead", head), tag("tbody", [_row(line) for line in lines(scores)]), class_="exact rates")
    return join(
        tag("p", heading(scores), class_="small"),
        tag("div", table, class_="scroll"),
        [tag("p", remark, class_="detail") for remark in remarks(scores)],
    )


def _row(line: Line) -> Markup:
    return tag(
        "tr",
        tag("th", line.name, scope="row"),
        tag("td", line.value),
        tag("td", line.interval),
        tag("td", line.of, class_="of"),
    )
