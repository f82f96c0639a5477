"""What all drawings share: the fluid outer `<svg>`, grid lines, ticks, titles, labels that fit, legends."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cutaway.core.figures import Axis
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.scales import Range, tick_texts
from cutaway.report.text import plain, shorten

CHARACTER = 7.3  # mean width of a character at 13 px, in px, generous for the widest of the system fonts
LABELS_MOST = 124  # px that labels beside a plot may take; a card on a phone leaves 300 in all
TICKS_ROW = 20  # px below the plot for the ticks' labels


def share(value: float) -> str:
    """A share of the width as SVG wants it."""
    return f"{100 * value:.5g}%"


def width_of(label: str) -> float:
    """About how wide a label is, in px; capitals and characters of East Asian scripts count for more."""
    return CHARACTER * sum(
        1.8 if unicodedata.east_asian_width(mark) in "WF" else 1.3 if mark.isupper() or mark in "mw%" else 1
        for mark in label
    )


def fitted(label: str, most: float = LABELS_MOST) -> str:
    """The label, cut in its middle where it would be wider than `most` px."""
    shown = plain(label)
    while width_of(shown) > most and len(shown) > 3:
        shown = shorten(shown, max(3, min(len(shown) - 1, int(len(shown) * most / width_of(shown)))))
    return shown


def outer(alt: str, height: float, *children: object, left: float = 0, right: float = 0, below: str = "") -> Markup:
    """The drawing: `height` px of plot and ticks, `left` and `right` px beside it, the x axis's title below it.

    The title is HTML, so that a long one wraps.
    """
    drawing = tag("svg", *children, width="100%", height=height, role="img", aria_label=alt)
    style = f"padding:0 {right:.0f}px 0 {left:.0f}px" if left or right else None
    named = tag("p", below, class_="axis") if below else None
    return tag("div", drawing, named, class_="plot", style=style)


def label_at(
    x: str | float,
    y: float,
    content: str,
    *,
    anchor: str = "start",
    class_: str | None = None,
    full: str = "",
    dx: float | None = None,
) -> Markup:
    """Text at a place, moved by `dx` px; where it was cut, the full text shows on hovering."""
    hover = tag("title", full) if full and full != content else None
    return tag(
        "text", content, hover, x=x, y=y, dx=dx, text_anchor=None if anchor == "start" else anchor, class_=class_
    )


def x_axis(axis: Axis, along: Range, height: float, *, most: int = 5, width: float = 230, grid: bool = True) -> Markup:
    """Grid lines up the plot and the ticks' labels below it.

    Labels at the very ends are turned inwards, so that nothing is cut off; where labels would touch in a plot `width`
    px wide, the narrowest expected, only every second or third tick is kept.
    """
    places = _sparse(axis, along, along.ticks(most), width)
    marks = [
        label_at(share(along.at(tick)), height + 15, text, anchor=anchor, class_="tick")
        for tick, text, anchor in places
    ]
    lines = [tag("line", x1=share(along.at(tick)), x2=share(along.at(tick)), y2=height) for tick, _, _ in places]
    return join(tag("g", *lines, class_="grid") if grid and lines else None, *marks)


def _sparse(axis: Axis, along: Range, ticks: list[float], width: float) -> list[tuple[float, str, str]]:
    """The ticks with their labels and anchors, thinned evenly until no two labels touch."""
    labels = tick_texts(axis, ticks)
    for step in range(1, len(ticks) + 1):
        kept = [(tick, labels[i], _anchor(along.at(tick))) for i, tick in enumerate(ticks) if i % step == 0]
        edges = [_edges(along.at(tick) * width, text, anchor) for tick, text, anchor in kept]
        if all(left[1] + 8 <= right[0] for left, right in pairwise(edges)):
            return kept
    return []


def _anchor(position: float) -> str:
    return "start" if position < 0.03 else "end" if position > 0.97 else "middle"


def _edges(at: float, text: str, anchor: str) -> tuple[float, float]:
    wide = width_of(text)
    left = at - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return left, left + wide


def y_axis(axis: Axis, along: Range, height: float, *, most: int = 4) -> tuple[Markup, float]:
    """Grid lines across the plot, labelled at their left, and how many px the labels need; the title goes above."""
    ticks = along.ticks(most)
    labels = tick_texts(axis, ticks)
    marks = [
        join(
            tag("line", x2="100%", y1=height * (1 - along.at(tick)), y2=height * (1 - along.at(tick))),
            label_at(-8, height * (1 - along.at(tick)) + 4, text, anchor="end", class_="tick"),
        )
        for tick, text in zip(ticks, labels, strict=True)
    ]
    return tag("g", *marks, class_="grid"), 12 + max((width_of(text) for text in labels), default=0)


def legend(entries: Sequence[tuple[str, str]], above: str = "") -> Markup | None:
    """Names of series beside their colour, after the title of the y axis; HTML, so that it wraps."""
    keys = [
        tag("span", tag("i", class_=f"swatch {colour}"), name, class_="key")
        for name, colour in entries
        if len(entries) > 1
    ]
    if not keys and not above:
        return None
    return tag("div", tag("span", above, class_="axis") if above else None, *keys, class_="legend")


def inner(height: float, *children: object) -> Markup:
    """A plane of 1000 by `height`, stretched over the whole width, for curves, which know no percentages."""
    return tag(
        "svg",
        *children,
        width="100%",
        height=height,
        viewBox=f"0 0 1000 {height:g}",
        preserveAspectRatio="none",
        class_="plane",
    )


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Points on the plane as an attribute."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
