"""Figures drawn with characters, for a terminal.

from cutaway.report.sketch import sketch

for block in sketch(figure, width=80):
    console.print(block)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cutaway.core.figures import Animation, Bars, Distribution, Figure, Image, Intervals, Lines, Matrix, Points

if TYPE_CHECKING:
    from rich.text import Text

WIDEST = 100  # a wider drawing is no clearer
NARROWEST = 40


def sketch(figure: Figure, width: int, *, colour: bool = False) -> Iterator[Text]:
    """The lines of the drawing, none wider than `width` (which counts as 40 at least).

    Series are told apart by a letter at their end, so that colour only repeats what can be read. `colour`: the terminal
    shows colours, which only an image depends on.
    """
    from rich.console import Console

    width = max(NARROWEST, min(width, WIDEST))
    for line in _lines(figure, width, colour):
        if line.cell_len <= width:
            yield line
        else:  # a long title or legend
            yield from line.wrap(Console(), width)


def _lines(figure: Figure, width: int, colour: bool) -> Iterator[Text]:
    from cutaway.report.sketch import grids, plane, rows

    match figure:
        case Bars():
            return rows.bars(figure, width)
        case Intervals():
            return rows.intervals(figure, width)
        case Distribution():
            return rows.distribution(figure, width)
        case Lines() | Points():
            return plane.plane(figure, width)
        case Matrix():
            return grids.matrix(figure, width)
        case Image():
            return grids.image(figure, width, colour=colour)
        case Animation():
            return _ends(figure, width, colour)


def _ends(figure: Animation, width: int, colour: bool) -> Iterator[Text]:
    """An animation by its first frame and its last."""
    from rich.text import Text

    from cutaway.report.text import plain

    for place in dict.fromkeys((0, len(figure.frames) - 1)):
        if figure.frames:
            yield Text(plain(figure.names[place]) if figure.names else f"frame {place + 1}", "dim")
            yield from _lines(figure.frames[place], width, colour)
