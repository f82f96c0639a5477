"""Curves and points as braille: eight dots a character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cutaway.core.figures import Line, Lines, Points
from cutaway.report.sketch.scales import Range, titled
from cutaway.report.text import plain, shorten

if TYPE_CHECKING:
    from rich.text import Text

ROWS = 10
STYLES = {"main": "blue", "other": "", "harm": "dark_orange3"}
GROUP_STYLES = ("blue", "dark_orange3", "", "cyan", "magenta")
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column of a cell
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Canvas:
    """A field of braille cells, `width` by `height`, that remembers the style of each cell."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots = [[0] * width for _ in range(height)]
        self._signs: dict[tuple[int, int], tuple[str, str]] = {}
        self._styles = [[""] * width for _ in range(height)]

    def dot(self, x: float, y: float, style: str) -> None:
        """A dot at the shares of width (from the left) and height (from the bottom); outside [0, 1] there is none."""
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return
        column, row = round(x * (2 * self.width - 1)), round((1 - y) * (4 * self.height - 1))
        self._dots[row // 4][column // 2] |= DOTS[row % 4][column % 2]
        self._styles[row // 4][column // 2] = style

    def stroke(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Dots from one place to another."""
        across, up = (end[0] - start[0]) * 2 * self.width, (end[1] - start[1]) * 4 * self.height
        # Two a dot, so that rounding leaves no gaps; a stroke that leaves the field is cut short of millions.
        steps = min(max(1, round(2 * max(abs(across), abs(up)))), 16 * (self.width + self.height))
        for step in range(steps + 1):
            part = step / steps
            self.dot(start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]), style)

    def sign(self, x: float, y: float, character: str, style: str) -> None:
        """A character in the cell there, or in the nearest free one to its left."""
        if 0 <= x <= 1 and 0 <= y <= 1:
            row, column = round((1 - y) * (self.height - 1)), round(x * (self.width - 1))
            while (row, column) in self._signs and column:
                column -= 1
            self._signs[row, column] = (character, style)

    def upright(self, x: float, style: str) -> None:
        """A vertical line through the cells that are empty."""
        if 0 <= x <= 1:
            column = round(x * (self.width - 1))
            for row in range(self.height):
                if not self._dots[row][column]:
                    self._signs.setdefault((row, column), ("┆", style))

    def level(self, y: float, style: str) -> None:
        """A horizontal line through the cells that are empty."""
        if 0 <= y <= 1:
            row = round((1 - y) * (self.height - 1))
            for column in range(self.width):
                if not self._dots[row][column]:
                    self._signs.setdefault((row, column), ("┄", style))

    def rows(self) -> Iterator[Text]:
        """The rows from the top."""
        from rich.text import Text

        for row in range(self.height):
            line = Text()
            for column in range(self.width):
                if (row, column) in self._signs:
                    line.append(*self._signs[row, column])
                else:
                    dots = self._dots[row][column]
                    line.append(chr(0x2800 + dots) if dots else " ", self._styles[row][column])
            yield line


def plane(figure: Lines | Points, width: int) -> Iterator[Text]:
    """The field with the ends of both axes, then what the letters stand for."""
    from rich.text import Text

    lines, marks = figure.lines, figure.marks
    x_axis, y_axis = (figure.x, figure.y) if isinstance(figure, Lines) else (figure.x_axis, figure.y_axis)
    dots = ((), ()) if isinstance(figure, Lines) else (figure.x, figure.y)
    xs = Range.over([*dots[0], *(v for one in lines for v in one.x), *(m.x for m in marks)], x_axis)
    ys = Range.over([*dots[1], *(v for one in lines for v in one.y), *(m.y for m in marks)], y_axis)
    low, high = ys.ends()
    margin = max(len(low), len(high)) + 1
    canvas = Canvas(width - margin - 1, ROWS)
    legend: list[Text] = []
    if isinstance(figure, Points):
        _scatter(canvas, figure, xs, ys)
        for place, group in enumerate(figure.groups):
            _named(legend, "⠶", plain(group), GROUP_STYLES[place % len(GROUP_STYLES)])
    for letter, one in zip(LETTERS, lines, strict=False):
        style = STYLES[one.role]
        end = _curve(canvas, one, xs, ys, style)
        if len(lines) > 1 and end is not None:
            canvas.sign(*end, letter, f"bold {style}".strip())
        _named(legend, letter if len(lines) > 1 else "─", plain(one.name), style)
    for mark in marks:
        x, y = xs.share(mark.x), ys.share(mark.y)
        style = STYLES[mark.role]
        if x is not None and y is not None:
            canvas.sign(x, y, "◆", style)
        elif x is not None:
            canvas.upright(x, style)
        elif y is not None:
            canvas.level(y, style)
        _named(
            legend, "◆" if x is not None and y is not None else "┆" if x is not None else "┄", plain(mark.label), style
        )
    yield Text(titled(y_axis), "dim")
    for row, line in enumerate(canvas.rows()):
        label = high if row == 0 else low if row == ROWS - 1 else ""
        yield Text(f"{label:>{margin - 1}} ", "dim") + Text("│", "dim") + line
    yield Text(" " * margin + "└" + "─" * canvas.width, "dim")
    yield _ends(xs.ends(), titled(x_axis), margin + 1, canvas.width)
    yield from _flowed(legend, width, margin + 1)


def _ends(ends: tuple[str, str], title: str, margin: int, width: int) -> Text:
    """The ends of an axis with its title between them."""
    from rich.text import Text

    room = width - len(ends[0]) - len(ends[1]) - 2
    return Text(" " * margin + ends[0] + " " + shorten(title, room).center(room) + " " + ends[1], "dim")


def _named(legend: list[Text], sign: str, name: str, style: str) -> None:
    from rich.text import Text

    if name:
        legend.append(Text.assemble((sign, f"bold {style}".strip()), f" {name}"))


def _flowed(entries: list[Text], width: int, margin: int) -> Iterator[Text]:
    """The entries side by side, in as many lines as they take."""
    from rich.text import Text

    line = Text()
    for entry in entries:
        if line and margin + line.cell_len + 3 + entry.cell_len > width:
            yield Text(" " * margin) + line
            line = Text()
        line += Text("   " if line else "") + entry
    if line:
        yield Text(" " * margin) + line


def _curve(canvas: Canvas, one: Line, xs: Range, ys: Range, style: str) -> tuple[float, float] | None:
    """Draw the line; where it ends within the field."""
    before: tuple[float, float] | None = None
    last: tuple[float, float] | None = None
    for x, y in zip(one.x, one.y, strict=True):
        across, up = xs.share(x), ys.share(y)
        here = None if across is None or up is None else (across, up)
        if here is not None:
            canvas.stroke(before or here, here, style)
            last = here
        before = here
    return last


def _scatter(canvas: Canvas, figure: Points, xs: Range, ys: Range) -> None:
    groups: Sequence[int] = figure.group or (0,) * len(figure.x)
    for x, y, group in zip(figure.x, figure.y, groups, strict=True):
        across, up = xs.share(x), ys.share(y)
        if across is not None and up is not None:
            canvas.dot(across, up, GROUP_STYLES[group % len(GROUP_STYLES)])
