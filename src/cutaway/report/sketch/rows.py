"""Bars, intervals and histograms in characters: a row a label, or a column a bin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cutaway.core.figures import Bars, Distribution, Intervals
from cutaway.report import numerals
from cutaway.report.sketch.scales import Range, titled
from cutaway.report.text import plain, shorten

if TYPE_CHECKING:
    from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"
STEPS = " ▁▂▃▄▅▆▇█"
FILLS = (("█", "blue"), ("▒", ""), ("▓", "dark_orange3"), ("░", "dim"))
BINS_HIGH = 6
LONGEST_NAME = 28
MOST_ROWS = 24


def bars(figure: Bars, width: int) -> Iterator[Text]:
    """One row a label: its name, its bar (in its parts), its value."""
    from rich.text import Text

    names = [shorten(plain(label), LONGEST_NAME) for label in figure.labels]
    values = [numerals.number(value) for value in figure.values]
    reference = [] if figure.reference is None else [figure.reference]
    span = Range.over([*figure.values, *reference], figure.axis, zero=True)
    margin, tail = max(map(len, names), default=0) + 1, max(map(len, values), default=0) + 1
    cells = max(8, width - margin - tail)
    yield Text(titled(figure.axis), "dim")
    for at, (name, value) in enumerate(zip(names, figure.values, strict=True)):
        if at == MOST_ROWS:
            yield Text(f"and {len(names) - at} more", "dim")
            break
        harmful = bool(figure.harmful) and figure.harmful[at]
        line = Text(f"{name:<{margin}}")
        drawn = _pieces(figure, at, span, cells) if figure.parts else _bar(span, value, cells, harmful)
        if figure.reference is not None and (place := span.share(figure.reference)) is not None:
            drawn = _crossed(drawn, round(place * (cells - 1)))
        yield line + drawn + Text(f"{values[at]:>{tail}}", "bold" if not harmful else "bold dark_orange3")
    if figure.parts:
        legend = Text(" " * margin)
        for (fill, style), name in zip(FILLS, figure.parts, strict=False):
            legend.append(fill, style).append(f" {plain(name)}   ")
        yield legend
    if figure.reference is not None and figure.reference_label:
        yield Text(f"{' ' * margin}│ {plain(figure.reference_label)}", "dim")


def _bar(span: Range, value: float, cells: int, harmful: bool) -> Text:
    from rich.text import Text

    style = "dark_orange3" if harmful else "blue"
    base, end = span.share(0.0) if not span.log else 0.0, span.share(value)
    if end is None:
        return Text(" " * cells)
    start, stop = sorted((base or 0.0, end))
    before = int(start * cells)
    eighths = max(round((stop * cells - before) * 8), 1 if stop > start else 0)
    drawn = " " * before + "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    return Text(f"{drawn[:cells]:<{cells}}", style)


def _pieces(figure: Bars, at: int, span: Range, cells: int) -> Text:
    from rich.text import Text

    line, total, drawn = Text(), 0.0, 0
    for (fill, style), part in zip(FILLS * len(figure.parts), figure.parts.values(), strict=False):
        total += part[at]
        until = max(drawn, round((span.share(total) or 0.0) * cells))
        line.append(fill * (until - drawn), style)
        drawn = until
    return line.append(" " * (cells - drawn))


def _crossed(line: Text, place: int) -> Text:
    from rich.text import Text

    return line[:place] + Text("│", "dim") + line[place + 1 :]


def intervals(figure: Intervals, width: int) -> Iterator[Text]:
    """One row a label: its name, its interval with the value of no effect, its numbers."""
    from rich.text import Text

    names = [shorten(plain(label), LONGEST_NAME) for label in figure.labels]
    null = [] if figure.null is None else [figure.null]
    span = Range.over([*figure.low, *figure.high, *figure.centre, *null], figure.axis)
    told = [
        f"{numerals.number(centre, pad=True)} ({numerals.number(low)} to {numerals.number(high)})"
        for centre, low, high in zip(figure.centre, figure.low, figure.high, strict=True)
    ]
    margin, tail = max(map(len, names), default=0) + 1, max(map(len, told), default=0) + 1
    cells = max(10, width - margin - tail)
    yield Text(titled(figure.axis), "dim")
    for at, name in enumerate(names):
        if at == MOST_ROWS:
            yield Text(f"and {len(names) - at} more", "dim")
            break
        row = [" "] * cells
        if figure.null is not None and (zero := span.share(figure.null)) is not None:
            row[round(zero * (cells - 1))] = "│"
        low, centre, high = (span.share(each[at]) for each in (figure.low, figure.centre, figure.high))
        first, last = round((low or 0.0) * (cells - 1)), round((1.0 if high is None else high) * (cells - 1))
        for cell in range(first, last + 1):
            row[cell] = "┼" if row[cell] == "│" else "─"
        if centre is not None:
            row[round(centre * (cells - 1))] = "●"
        apart = figure.null is None or not figure.low[at] <= figure.null <= figure.high[at]
        yield Text(f"{name:<{margin}}") + Text("".join(row), "blue" if apart else "dim") + Text(f"{told[at]:>{tail}}")
    low_end, high_end = span.ends()
    yield Text(" " * margin + low_end + high_end.rjust(cells - len(low_end)), "dim")


def distribution(figure: Distribution, width: int) -> Iterator[Text]:
    """The histogram as columns, with the observed value under it."""
    from rich.text import Text

    span = Range.over([*figure.edges, figure.observed], figure.x)
    cells = max(10, min(width - 2, 72))
    heights = _spread(figure, span, cells)
    top = max(heights, default=0.0) or 1.0
    yield Text("counts", "dim")
    for row in range(BINS_HIGH, 0, -1):
        line = ""
        for height in heights:
            eighths = round(8 * (height / top * BINS_HIGH - (row - 1)))
            line += STEPS[min(8, max(0, eighths))]
        yield Text(" " + line, "")
    place = span.share(figure.observed)
    if place is not None:
        yield Text(" " * (1 + round(place * (cells - 1))) + "▲", "bold dark_orange3")
    low, high = span.ends()
    room = cells - len(low) - len(high) - 2
    yield Text(f" {low} {shorten(titled(figure.x), room).center(room)} {high}", "dim")
    if figure.observed is not None:
        label = plain(figure.observed_label) or "observed"
        yield Text(f" ▲ {label}: {numerals.number(figure.observed)}")


def _spread(figure: Distribution, span: Range, cells: int) -> list[float]:
    """The mean density of counts in each cell, with each bin spread evenly over the cells that it covers."""
    heights = [0.0] * cells
    for low, high, count in zip(figure.edges[:-1], figure.edges[1:], figure.counts, strict=True):
        start, stop = span.share(low), span.share(high)
        if start is None or stop is None or stop <= start:
            continue
        first, last = start * cells, stop * cells
        for cell in range(int(first), min(cells, int(last) + 1)):
            overlap = min(last, cell + 1) - max(first, cell)
            heights[cell] += count * max(0.0, overlap) / (last - first)
    return heights
