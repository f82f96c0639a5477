"""Drawings in a plane of two axes: lines, points and a distribution."""

from __future__ import annotations

from math import isfinite

from cutaway.core.figures import Distribution, Line, Lines, Mark, Points
from cutaway.report.markup import Markup, join, tag
from cutaway.report.numerals import number
from cutaway.report.svg.frame import (
    TICKS_ROW,
    fitted,
    inner,
    label_at,
    legend,
    outer,
    polyline,
    share,
    x_axis,
    y_axis,
)
from cutaway.report.svg.scales import Range, title, value_text

HEIGHT = 150
TOP = 8
MOST_POINTS = 200
_ROLES = {"main": "ours", "other": "other", "harm": "harm"}
_GROUPS = ("rest", "ours", "harm", "third")


def lines(figure: Lines) -> Markup:
    """Curves with their bands; a value that is not finite, or not positive on a log scale, breaks the curve."""
    x = Range.of([*_along(figure.lines), *_marked(figure.marks, "x")], figure.x.scale)
    y = Range.of([*_up(figure.lines), *_marked(figure.marks, "y")], figure.y.scale, pad=0.04)
    ticks, left = y_axis(figure.y, y, HEIGHT)
    drawn = [_line(line, x, y) for line in figure.lines]
    return join(
        legend([(line.name, _ROLES[line.role]) for line in figure.lines], title(figure.y)),
        _plane(
            figure.alt,
            title(figure.x),
            left,
            ticks,
            x_axis(figure.x, x, HEIGHT, grid=False),
            inner(HEIGHT, *drawn),
            _marks(figure.marks, x, y),
        ),
    )


def _along(lines: tuple[Line, ...]) -> list[float]:
    return [value for line in lines for value in line.x]


def _up(lines: tuple[Line, ...]) -> list[float]:
    return [value for line in lines for value in (*line.y, *line.low, *line.high)]


def _marked(marks: tuple[Mark, ...], name: str) -> list[float]:
    return [value for mark in marks if (value := getattr(mark, name)) is not None]


def _line(line: Line, x: Range, y: Range) -> Markup:
    return join(_band(line, x, y), _curve(line, x, y))


def _marks(marks: tuple[Mark, ...], x: Range, y: Range) -> Markup:
    """Points and lines across the plane, each with its words beside it."""
    return join(_mark(mark, x, y) for mark in marks if _placed(mark.x) and _placed(mark.y))


def _placed(value: float | None) -> bool:
    return value is None or isfinite(value)


def _mark(mark: Mark, x: Range, y: Range) -> Markup | None:
    if mark.x is None and mark.y is None:
        return None
    colour = _ROLES[mark.role]
    across = 1.0 if mark.x is None else x.at(mark.x)
    up = 11.0 if mark.y is None else HEIGHT * (1 - y.at(mark.y))
    if mark.x is None:
        drawn = tag("line", x2="100%", y1=round(up, 1), y2=round(up, 1), class_=f"mark {colour}")
    elif mark.y is None:
        drawn = tag("line", x1=share(across), x2=share(across), y2=HEIGHT, class_=f"mark {colour}")
    else:
        drawn = tag("circle", cx=share(across), cy=round(up, 1), r=4.5, class_=colour)
    left = across > 0.5
    named = label_at(
        share(across),
        round(max(up - (0 if mark.y is None else 7), 11), 1),
        fitted(mark.label, 180),
        anchor="end" if left else "start",
        class_="value",
        full=mark.label,
        dx=-6 if left else 6,
    )
    return join(drawn, named)


def _plane(alt: str, below: str, left: float, *children: object) -> Markup:
    whole = tag("svg", *children, y=TOP, width="100%", height=HEIGHT + TICKS_ROW, overflow="visible")
    return outer(alt, TOP + HEIGHT + TICKS_ROW, whole, left=left, right=8, below=below)


def _place(x: Range, y: Range, point: tuple[float, float]) -> tuple[float, float]:
    return 1000 * x.at(point[0]), HEIGHT * (1 - y.at(point[1]))


def _drawable(value: float, scale: str) -> bool:
    return isfinite(value) and (scale == "linear" or value > 0)


def _curve(line: Line, x: Range, y: Range) -> Markup:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in zip(line.x, line.y, strict=True):
        if _drawable(point[0], x.scale) and _drawable(point[1], y.scale):
            runs[-1].append(_place(x, y, point))
        elif runs[-1]:
            runs.append([])
    return join(tag("polyline", points=polyline(run), class_=f"curve {_ROLES[line.role]}") for run in runs if run)


def _band(line: Line, x: Range, y: Range) -> Markup | None:
    if not line.low or not line.high:
        return None
    usable = [
        (a, low, high)
        for a, low, high in zip(line.x, line.low, line.high, strict=True)
        if _drawable(a, x.scale) and isfinite(low) and isfinite(high)
    ]
    edge = [_place(x, y, (a, low)) for a, low, _ in usable] + [
        _place(x, y, (a, high)) for a, _, high in reversed(usable)
    ]
    return tag("polygon", points=polyline(edge), class_=f"band {_ROLES[line.role]}") if edge else None


def points(figure: Points) -> Markup:
    """A scatter; beyond 200 points every so many-th is drawn, in the order given."""
    usable = [
        i
        for i in range(len(figure.x))
        if _drawable(figure.x[i], figure.x_axis.scale) and _drawable(figure.y[i], figure.y_axis.scale)
    ]
    kept = usable[:: -(-len(usable) // MOST_POINTS)] if len(usable) > MOST_POINTS else usable
    across = [*_along(figure.lines), *_marked(figure.marks, "x")]
    up = [*_up(figure.lines), *_marked(figure.marks, "y")]
    x = Range.of([*(figure.x[i] for i in usable), *across], figure.x_axis.scale, pad=0.03)
    y = Range.of([*(figure.y[i] for i in usable), *up], figure.y_axis.scale, pad=0.05)
    ticks, left = y_axis(figure.y_axis, y, HEIGHT)
    first = "ours" if len(figure.groups) < 2 else _GROUPS[0]
    colour = [first, *_GROUPS[1:]]
    dots = [
        tag(
            "circle",
            cx=share(x.at(figure.x[i])),
            cy=round(HEIGHT * (1 - y.at(figure.y[i])), 1),
            r=2.5,
            class_=colour[min(figure.group[i] if figure.group else 0, 3)],
        )
        for i in kept
    ]
    return join(
        legend(
            [
                *((name, colour[min(j, 3)]) for j, name in enumerate(figure.groups)),
                *((line.name, _ROLES[line.role]) for line in figure.lines),
            ],
            title(figure.y_axis),
        ),
        _plane(
            figure.alt,
            title(figure.x_axis),
            left,
            ticks,
            x_axis(figure.x_axis, x, HEIGHT),
            tag("g", *dots, class_="dots"),
            inner(HEIGHT, *(_line(line, x, y) for line in figure.lines)) if figure.lines else None,
            _marks(figure.marks, x, y),
        ),
    )


def distribution(figure: Distribution) -> Markup:
    """A histogram of the statistic under its null, and a line where it was observed."""
    seen = [] if figure.observed is None else [figure.observed]
    x = Range.of([*figure.edges, *seen], figure.x.scale, pad=0.02)
    tallest = max((count for count in figure.counts if isfinite(count)), default=1.0) or 1.0
    blocks = []
    for i, count in enumerate(figure.counts):
        start, end = sorted((x.at(figure.edges[i]), x.at(figure.edges[i + 1])))
        if isfinite(count) and count > 0:
            tall = HEIGHT * 0.85 * (count / tallest)
            blocks.append(
                tag("rect", x=share(start), width=share(end - start), y=round(HEIGHT - tall, 1), height=round(tall, 1))
            )
    mark = None
    if figure.observed is not None and isfinite(figure.observed):
        position = x.at(figure.observed)
        anchor = "start" if position < 0.5 else "end"
        label = f"{figure.observed_label}: {value_text(figure.x, figure.observed)}".removeprefix(": ")
        mark = join(
            tag("line", x1=share(position), x2=share(position), y1=0, y2=HEIGHT, class_="observed"),
            tag(
                "svg",
                label_at(
                    6 if anchor == "start" else -6, 11, fitted(label, 180), anchor=anchor, class_="value", full=label
                ),
                x=share(position),
                overflow="visible",
            ),
        )
    return join(
        legend([], f"how often under the null, of {number(sum(c for c in figure.counts if isfinite(c)))}"),
        _plane(
            figure.alt,
            title(figure.x),
            0,
            x_axis(figure.x, x, HEIGHT, grid=False),
            tag("g", *blocks, class_="rest blocks"),
            tag("line", x2="100%", y1=HEIGHT, y2=HEIGHT, class_="base"),
            mark,
        ),
    )
