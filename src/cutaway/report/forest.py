"""A forest plot in characters: names, intervals and numbers in one row."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, log
from typing import TYPE_CHECKING

from cutaway.core.audit import Model
from cutaway.report import numerals
from cutaway.report.effects import Effect, span, split
from cutaway.report.text import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


class Forest:
    """The coefficients' table of a model for a terminal of `width` columns.

    Columns: the feature with its level, what it is compared with, the interval drawn, odds ratio, interval, and the
    average marginal effect in percentage points. Narrow terminals give up width of the drawing first.
    """

    def __init__(self, model: Model, width: int) -> None:
        self._shown, self._rest = split(model.coefficients)
        self._low, self._high = span(self._shown)
        numbers = 8 + 15 + 8 + 4
        free = max(40, width) - numbers
        self._cells = max(13, min(41, int(0.42 * free)))
        self._names = max(16, free - self._cells - 3)

    def blocks(self) -> Iterator[RenderableType]:
        """The table, class by class where there are several, with an axis and a legend."""
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=self._names, no_wrap=True, overflow="ellipsis")
        grid.add_column(width=self._cells, no_wrap=True)
        for _ in range(3):
            grid.add_column(justify="right", no_wrap=True)
        grid.add_row("", "", *(Text(name, "dim") for name in ("odds r.", "95\u00a0% interval", "points")))
        group: str | None = None
        for effect in self._shown:
            if effect.target_class is not None and effect.target_class != group:
                group = effect.target_class
                grid.add_row(Text(plain(group), "bold"))
            grid.add_row(self._name(effect), self._drawing(effect), *self._numbers(effect))
        grid.add_row("", self._axis())
        yield grid
        yield Text(
            "Odds ratio on a log scale; the line is 1, no association. Points: average marginal effect, in percentage "
            "points of probability. A number is told per round step near its standard deviation.",
            "dim",
        )
        if self._rest:
            yield Text(
                f"The {len(self._shown)} largest by |z|; {len(self._rest)} more in the HTML and JSON reports.", "dim"
            )

    def _name(self, effect: Effect) -> Text:
        from rich.text import Text

        name = Text(plain(effect.label), end="")
        if effect.note:
            name.append(f"  {plain(effect.note)}", style="dim")
        return name

    def _numbers(self, effect: Effect) -> tuple[Text, Text, Text]:
        from rich.text import Text

        return (
            Text(numerals.ratio(effect.odds_ratio), "bold"),
            Text(numerals.interval(effect.low, effect.high), "dim"),
            Text(numerals.points(effect.points)),
        )

    def _cell(self, ratio: float) -> float:
        """Position of an odds ratio, in cells from the left end; may lie outside."""
        if ratio <= 0:
            return float("-inf")
        if not isfinite(ratio):
            return float("inf")
        return (log(ratio) - log(self._low)) / (log(self._high) - log(self._low)) * (self._cells - 1)

    def _drawing(self, effect: Effect) -> Text:
        from rich.text import Text

        row = [" "] * self._cells
        null = round(self._cell(1.0))
        row[null] = "│"
        if not isfinite(effect.log_odds):
            return Text("".join(row), "dim")
        last = self._cells - 1
        low, high = self._cell(effect.low), self._cell(effect.high)
        first, final = round(min(max(low, 0), last)), round(min(max(high, 0), last))
        for cell in range(first, final + 1):
            row[cell] = "┼" if cell == null else "─"
        if low < -0.5:
            row[0] = "←"
        if high > last + 0.5:
            row[last] = "→"
        row[round(min(max(self._cell(effect.odds_ratio), 0), last))] = "●" if effect.clear else "○"
        return Text("".join(row), "blue" if effect.clear else "dim")

    def _axis(self) -> Text:
        """The ends of the scale and its null, below the drawing."""
        from rich.text import Text

        low, high = f"{self._low:.2g}", f"{self._high:.3g}"
        null = round(self._cell(1.0))
        row = list(low.ljust(self._cells - len(high)) + high)
        # The null is named where that leaves both ends readable.
        if len(low) < null < self._cells - len(high) - 1:
            row[null] = "1"
        return Text("".join(row), "dim")
