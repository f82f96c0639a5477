"""Horizontal bars."""

from __future__ import annotations

from math import isfinite

from cutaway.core.figures import Bars
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.frame import TICKS_ROW, fitted, label_at, legend, outer, share, width_of, x_axis
from cutaway.report.svg.scales import Range, title, value_text

ROW = 24
THICK = 12
MOST_ROWS = 30
_PART_COLOURS = ("ours", "rest", "third", "fourth")


def bars(figure: Bars) -> Markup:
    """Bars from zero (on a log scale: from the left end), each with its value at its end.

    A bar of parts is split; where any bar is harmful, the first part is drawn in the colour of harm. Rows beyond the
    thirtieth are counted, not drawn.
    """
    rows = min(len(figure.labels), MOST_ROWS)
    values = figure.values[:rows]
    reference = [] if figure.reference is None else [figure.reference]
    log = figure.axis.scale == "log"
    along = Range.of([*values, *reference], figure.axis.scale, zero=not log, pad=0.03 if log else 0.0)
    labels = [fitted(label) for label in figure.labels[:rows]]
    shown = [value_text(figure.axis, value) for value in values]
    left = 10 + max(map(width_of, labels), default=0)
    right = 10 + max(map(width_of, shown), default=0)
    top = 18 if figure.reference is not None and figure.reference_label else 0
    height = top + ROW * rows
    names = [label_at(-8, top + ROW * i + 16, labels[i], anchor="end", full=figure.labels[i]) for i in range(rows)]
    drawn = [_bar(figure, along, i, top + ROW * i + (ROW - THICK) / 2) for i in range(rows)]
    ends = [share(max(along.at(value), along.at(0.0))) if isfinite(value) else "0" for value in values]
    numbers = [label_at(ends[i], top + ROW * i + 16, shown[i], class_="value", dx=6) for i in range(rows)]
    more = len(figure.labels) - rows
    return join(
        legend([(name, _part_colour(figure, j)) for j, name in enumerate(figure.parts)], title(figure.axis)),
        outer(
            figure.alt,
            height + (TICKS_ROW if log else 4),
            x_axis(figure.axis, along, height, most=4, width=280 - left - right) if log else None,
            names,
            drawn,
            _reference(figure, along, top, height),
            numbers,
            left=left,
            right=right,
        ),
        tag("p", f"{more} more are not drawn.", class_="small") if more else None,
    )


def _bar(figure: Bars, along: Range, i: int, y: float) -> Markup | None:
    plain_colour = "ours" if not figure.harmful else "harm" if figure.harmful[i] else "rest"
    origin = along.at(0.0)
    pieces = [(name, parts[i]) for name, parts in figure.parts.items()] or [("", figure.values[i])]
    drawn = []
    total = 0.0
    for j, (name, value) in enumerate(pieces):
        if not isfinite(value):
            continue
        start, end = sorted((origin if j == 0 else along.at(total), along.at(total + value)))
        total += value
        colour = _part_colour(figure, j) if figure.parts else plain_colour
        hover = tag("title", f"{name}: {value_text(figure.axis, value)}") if name else None
        drawn.append(tag("rect", hover, x=share(start), y=y, width=share(end - start), height=THICK, class_=colour))
    return join(drawn)


def _part_colour(figure: Bars, j: int) -> str:
    """One colour a part in all bars; the first is that of harm if any bar is harmful, as the legend says."""
    return "harm" if j == 0 and any(figure.harmful) else _PART_COLOURS[min(j, 3)]


def _reference(figure: Bars, along: Range, top: float, height: float) -> Markup | None:
    if figure.reference is None or not isfinite(figure.reference):
        return None
    position = along.at(figure.reference)
    at = share(position)
    label = (
        f"{figure.reference_label}: {value_text(figure.axis, figure.reference)}".strip()
        if figure.reference_label
        else ""
    )
    anchor = "start" if position < 0.3 else "end" if position > 0.7 else "middle"
    return join(
        tag("line", x1=at, x2=at, y1=max(top - 4, 0), y2=height, class_="null"),
        label_at(at, 11, fitted(label, 170), anchor=anchor, class_="tick", full=label) if label else None,
    )
