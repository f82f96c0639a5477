"""Matrices as numbers or shades, images as half blocks."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from cutaway.core.figures import Image, Matrix
from cutaway.report import numerals
from cutaway.report.text import plain, shorten

if TYPE_CHECKING:
    from rich.text import Text

SHADES = " ░▒▓█"
LONGEST_NAME = 24
WIDEST_IMAGE = 48


def matrix(figure: Matrix, width: int) -> Iterator[Text]:
    """The numbers where they fit, else a shade a cell with what the darkest stands for."""
    from rich.text import Text

    names = [shorten(plain(name), LONGEST_NAME) for name in figure.rows]
    heads = [shorten(plain(name), 12) for name in figure.columns]
    shown = [[numerals.number(value) for value in row] for row in figure.values]
    widths = [max([len(head), *(len(row[at]) for row in shown)]) + 2 for at, head in enumerate(heads)]
    margin = max(map(len, names), default=0)
    if figure.unit:
        yield Text(plain(figure.unit), "dim")
    if margin + sum(widths) <= width:
        yield Text(" " * margin + "".join(f"{head:>{w}}" for head, w in zip(heads, widths, strict=True)), "dim")
        for name, row in zip(names, shown, strict=True):
            yield Text(f"{name:<{margin}}") + Text("".join(f"{v:>{w}}" for v, w in zip(row, widths, strict=True)))
        return
    known = [abs(value) for row in figure.values for value in row if isfinite(value)]
    top = max(known, default=0.0) or 1.0
    side = 2 if 2 * len(heads) + margin < width else 1
    fitting = max(1, (width - margin - 1) // side)
    for name, values in zip(names, figure.values, strict=True):
        cells = "".join(
            SHADES[round(4 * min(1.0, abs(v) / top)) if isfinite(v) else 0] * side for v in values[:fitting]
        )
        yield Text(f"{name:<{margin}} ") + Text(cells, "blue")
    cut = f"; the first {fitting} of {len(heads)} columns" if fitting < len(heads) else ""
    yield Text(f"{SHADES[4]} is {numerals.number(top)}, blank is 0{cut}", "dim")


def image(figure: Image, width: int, *, colour: bool = False) -> Iterator[Text]:
    """Two pixels a character, one above the other; without colour the lighter, the more solid."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    across = min(figure.width, WIDEST_IMAGE, width)
    down = max(1, round(figure.height * across / figure.width))
    for row in range(0, down, 2):
        line = Text()
        for column in range(across):
            upper = _colour(figure, column, row, across, down)
            lower = _colour(figure, column, min(row + 1, down - 1), across, down)
            if colour:
                line.append("▀", Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower)))
            else:
                line.append(SHADES[round(4 * (sum(upper) + sum(lower)) / (6 * 255))])
        yield line


def _colour(figure: Image, column: int, row: int, across: int, down: int) -> tuple[int, int, int]:
    """The mean colour of the pixels that fall on a cell."""
    left, right = column * figure.width // across, max((column + 1) * figure.width // across, 1)
    top, bottom = row * figure.height // down, max((row + 1) * figure.height // down, 1)
    sums, n = [0, 0, 0], 0
    for y in range(top, max(bottom, top + 1)):
        for x in range(left, max(right, left + 1)):
            at = (y * figure.width + x) * figure.channels
            pixel = figure.pixels[at : at + figure.channels]
            for channel in range(3):
                sums[channel] += pixel[channel if figure.channels == 3 else 0]
            n += 1
    return sums[0] // n, sums[1] // n, sums[2] // n
