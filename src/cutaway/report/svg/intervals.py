"""Points with intervals."""

from __future__ import annotations

from math import isfinite, isnan

from cutaway.core.figures import Intervals
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.frame import TICKS_ROW, fitted, label_at, outer, share, width_of, x_axis
from cutaway.report.svg.scales import Range, title, value_text

ROW = 38
NOTE = 16
ROOM = 220  # px for a label on the narrowest card, beside the value
MOST_ROWS = 30


def intervals(figure: Intervals) -> Markup:
    """One row a label: its name, note and value above, the interval below; a line at the value of no effect."""
    rows = min(len(figure.labels), MOST_ROWS)
    null = [] if figure.null is None else [figure.null]
    everything = [*figure.centre[:rows], *figure.low[:rows], *figure.high[:rows], *null]
    along = Range.of(everything, figure.axis.scale, pad=0.05)
    # A note stands beside its label where all notes find room there, otherwise below the interval.
    beside = all(
        width_of(label) + width_of(note) < ROOM for label, note in zip(figure.labels, figure.notes, strict=False)
    )
    row = ROW if beside else ROW + NOTE
    height = row * rows + 4
    ticks = along.ticks(5)
    marks = []
    for i in range(rows):
        y = row * i
        note = figure.notes[i] if figure.notes else ""
        name = fitted(figure.labels[i], ROOM)
        aside = tag("tspan", f"  {note}", class_="pale") if note and beside else None
        full = tag("title", figure.labels[i]) if name != figure.labels[i] else None
        marks += [
            _track(ticks, along, figure.null, y + 18, y + 34),
            tag("text", name, aside, full, x=0, y=y + 13),
            label_at("100%", y + 13, value_text(figure.axis, figure.centre[i]), anchor="end", class_="value"),
            join(interval_at(along, figure.centre[i], figure.low[i], figure.high[i], y + 26, null=figure.null)),
        ]
        if note and not beside:
            marks.append(label_at(0, y + 47, fitted(note, 300), class_="pale", full=note))
    more = len(figure.labels) - rows
    return join(
        outer(
            figure.alt,
            height + TICKS_ROW,
            x_axis(figure.axis, along, height, width=280, grid=False),
            *marks,
            below=title(figure.axis),
        ),
        tag("p", f"{more} more are not drawn.", class_="small") if more else None,
    )


def _track(ticks: list[float], along: Range, null: float | None, top: float, bottom: float) -> Markup:
    """Grid lines behind one interval only, so that none runs through the names."""
    grid = [tag("line", x1=share(along.at(t)), x2=share(along.at(t)), y1=top, y2=bottom) for t in ticks if t != null]
    line = None
    if null is not None:
        at = share(along.at(null))
        line = tag("line", x1=at, x2=at, y1=top - 2, y2=bottom + 2, class_="null")
    return join(tag("g", grid, class_="grid"), line)


def interval_at(along: Range, centre: float, low: float, high: float, y: float, *, null: float | None) -> Markup | None:
    """An interval with its point: grey where it holds the value of no effect, an arrow where it leaves the range.

    A point beyond the range is a large arrow.
    """
    if not isfinite(centre):
        return None
    if isnan(low) or isnan(high):
        low = high = centre
    clear = null is None or not low <= null <= high
    colour = "ours" if clear else "unclear"
    beyond = centre < along.low or centre > along.high
    return join(
        tag("line", x1=share(along.at(low)), x2=share(along.at(high)), y1=y, y2=y, class_=f"whisker {colour}"),
        _arrow("0%", y, -1, colour, large=beyond and centre < along.low) if low < along.low else None,
        _arrow("100%", y, 1, colour, large=beyond and centre > along.high) if high > along.high else None,
        None if beyond else tag("circle", cx=share(along.at(centre)), cy=y, r=4.5, class_=colour),
    )


def _arrow(x: str, y: float, direction: int, colour: str, *, large: bool) -> Markup:
    """A head at the end of the range; a large one stands for a point that lies beyond it."""
    long, half = (11, 6) if large else (7, 4)
    head = tag("path", d=f"M{-long * direction} {-half}L0 0L{-long * direction} {half}Z", class_=colour)
    return tag("svg", head, x=x, y=y, overflow="visible")
