"""A labelled grid of numbers."""

from __future__ import annotations

from math import isfinite

from cutaway.core.figures import Axis, Matrix
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.frame import fitted, label_at, outer, share, width_of
from cutaway.report.svg.scales import value_text

CELL = 30
MOST = 12
TINT = 0.45  # the deepest tint that leaves the number on it readable


def matrix(figure: Matrix) -> Markup:
    """Cells tinted by size, blue above zero and orange below, each with its number; at most twelve rows and columns."""
    rows, columns = min(len(figure.rows), MOST), min(len(figure.columns), MOST)
    axis = Axis(label="", unit=figure.unit)
    largest = max((abs(v) for row in figure.values for v in row if isfinite(v)), default=1.0) or 1.0
    left = 10 + max((width_of(fitted(name, 100)) for name in figure.rows[:rows]), default=0)
    # Names of columns lean where they would run into each other in a card 300 px wide.
    room = (300 - left) / max(columns, 1)
    leaning = any(width_of(name) > room for name in figure.columns[:columns])
    top = 70 if leaning else 20
    heads = [_head(figure.columns[j], (j + 0.5) / columns, top, leaning=leaning) for j in range(columns)]
    cells = [
        join(
            tag(
                "rect",
                x=share(j / columns),
                y=top + CELL * i,
                width=share(1 / columns),
                height=CELL,
                class_="cell " + ("harm" if value < 0 else "ours"),
                fill_opacity=round(TINT * abs(value) / largest, 3) if isfinite(value) else 0,
            ),
            label_at(
                share((j + 0.5) / columns),
                top + CELL * i + 20,
                value_text(axis, value),
                anchor="middle",
            ),
        )
        for i in range(rows)
        for j, value in enumerate(figure.values[i][:columns])
    ]
    names = [
        label_at(-8, top + CELL * i + 20, fitted(figure.rows[i], 100), anchor="end", full=figure.rows[i])
        for i in range(rows)
    ]
    hidden = max(len(figure.rows) - rows, len(figure.columns) - columns)
    return join(
        outer(figure.alt, top + CELL * rows + 4, *heads, *cells, *names, left=left, right=30 if leaning else 0),
        tag("p", f"{hidden} more are not drawn.", class_="small") if hidden > 0 else None,
    )


def _head(name: str, position: float, top: float, *, leaning: bool) -> Markup:
    if not leaning:
        return label_at(share(position), 14, name, anchor="middle")
    shown = fitted(name, 84)
    hover = tag("title", name) if shown != name else None
    return tag(
        "svg", tag("text", shown, hover, transform="rotate(-40)"), x=share(position), y=top - 6, overflow="visible"
    )
