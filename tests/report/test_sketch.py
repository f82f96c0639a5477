"""Figures in characters: what is drawn stands where its value says, and nothing is wider than the terminal."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from cutaway.core.figures import (
    Animation,
    Axis,
    Bars,
    Distribution,
    Figure,
    Image,
    Intervals,
    Line,
    Lines,
    Mark,
    Matrix,
    Points,
)
from cutaway.report.sketch import sketch

RATE = Axis(label="rate", unit="share of rows")
LONG = "a name that is far longer than a terminal of forty columns can show in full"
BARS = Bars(alt="A.", axis=RATE, labels=("one", "two", "none"), values=(1.0, 0.5, 0.0), harmful=(False, True, False))
PARTS = Bars(alt="A.", axis=RATE, labels=("ill", "well"), values=(4, 4), parts={"called": (1, 3), "not": (3, 1)})
BELOW = Bars(alt="A.", axis=RATE, labels=("up", "down"), values=(1, -1), reference=0.5, reference_label="half")
FOREST = Intervals(alt="A.", axis=RATE, labels=("a", "b"), centre=(1, 3), low=(0.5, 2), high=(1.5, math.inf), null=1)
RISING = Line(name="rising", x=(0, 1, 2), y=(0, 1, 2))
FALLING = Line(name="falling", x=(0, 1, 2), y=(2, math.nan, 0), role="harm")
LINES = Lines(alt="A.", x=RATE, y=RATE, lines=(RISING, FALLING), marks=(Mark(label="now", x=1), Mark(label="at", y=1)))
LOG = Lines(
    alt="A.",
    x=Axis(label="n", scale="log"),
    y=Axis(label="steps", scale="log"),
    lines=(Line(name="steps", x=(0, 1, 10, 100), y=(1, 1, 10, 100)),),
)
DOTS = Points(
    alt="A.",
    x_axis=RATE,
    y_axis=RATE,
    x=(0, 1, 2),
    y=(0, 1, 2),
    group=(0, 1, 0),
    groups=("no", "yes"),
    lines=(FALLING,),
)
NULL = Distribution(alt="A.", x=RATE, edges=(0, 1, 2, 4), counts=(1, 4, 2), observed=3.0, observed_label="seen")
SMALL = Matrix(alt="A.", rows=("a", "b"), columns=("c", "d"), values=((1, 0.5), (0.25, math.nan)), unit="correlation")
LARGE = Matrix(
    alt="A.", rows=("r",) * 60, columns=("c",) * 60, values=tuple((float(i),) * 60 for i in range(60)), unit="n"
)
GREY = Image(alt="A.", width=8, height=4, channels=1, pixels=bytes([0] * 16 + [255] * 16))
FILM = Animation(alt="A.", frames=(BARS, PARTS, BELOW), names=("first", "second", "third"))
EMPTY = Lines(alt="A.", x=RATE, y=RATE, lines=(Line(name="nothing", x=(), y=()),))
LONG_NAMES = Bars(alt="A.", axis=Axis(label=LONG, unit=LONG), labels=(LONG,), values=(1.0,))
EVERY = {name: value for name, value in list(globals().items()) if name.isupper() and hasattr(value, "alt")}


def drawn(figure: Figure, width: int = 60) -> list[str]:
    return [line.plain for line in sketch(figure, width)]


@pytest.mark.parametrize("width", [40, 60, 100, 300])
@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_wider_than_the_terminal(name: str, width: int) -> None:
    lines = drawn(EVERY[name], width)
    assert lines
    assert max(map(len, lines)) <= width, lines


def test_bars_are_as_long_as_their_values() -> None:
    lengths = {line.split()[0]: line.count("█") for line in drawn(BARS)[1:4]}
    assert lengths["none"] == 0
    assert abs(lengths["one"] - 2 * lengths["two"]) <= 1


def test_parts_of_bars_are_told_apart_without_colour() -> None:
    lines = drawn(PARTS)
    ill, well = lines[1], lines[2]
    assert abs(3 * ill.count("█") - ill.count("▒")) <= 3
    assert abs(well.count("█") - 3 * well.count("▒")) <= 3
    assert lines[3].split() == ["█", "called", "▒", "not"]


def test_a_bar_below_zero_ends_where_one_above_begins() -> None:
    up, down = drawn(BELOW)[1:3]
    assert up.index("█") >= down.rindex("█")
    assert "half" in drawn(BELOW)[3]


def test_intervals_show_where_no_effect_is() -> None:
    lines = drawn(FOREST)
    assert "●" in lines[1] and "●" in lines[2]
    assert lines[2].index("│") < lines[2].index("─") < lines[2].index("●")
    assert "3.00 (2 to ∞)" in lines[2]


def test_lines_begin_and_end_where_their_values_lie() -> None:
    rows = [line.split("│", 1)[1] for line in drawn(LINES)[1:11]]
    assert rows[0].rstrip().endswith("a") and rows[-1].rstrip().endswith("b")
    assert rows[-1][0] != " " and rows[0][0] != " "  # one begins low, the other high
    assert any("┆" in row for row in rows)
    legend = drawn(LINES)[-1]
    for part in ("a rising", "b falling", "┆ now", "┄ at"):
        assert part in legend


def test_a_line_of_slope_one_on_two_logarithmic_axes_is_straight() -> None:
    rows = [line.split("│", 1)[1] for line in drawn(LOG)[1:11]]
    starts = [len(row) - len(row.lstrip()) for row in reversed(rows)]
    steps = [b - a for a, b in pairwise(starts)]
    assert max(steps) - min(steps) <= 2
    assert "(log scale)" in drawn(LOG)[0]


def test_groups_of_points_are_named() -> None:
    assert "⠶ no" in drawn(DOTS)[-1] and "⠶ yes" in drawn(DOTS)[-1]


def test_the_observed_value_stands_under_its_place() -> None:
    lines = drawn(NULL)
    arrow = next(line for line in lines if line.strip() == "▲")
    assert abs(arrow.index("▲") / (60 - 2) - 0.75) < 0.05
    assert "seen: 3" in lines[-1]
    tallest = lines[1]
    assert 0.2 < tallest.index("█") / 58 < 0.3  # the second bin is the highest


def test_small_matrices_are_numbers_and_large_ones_shades() -> None:
    assert drawn(SMALL)[2].split() == ["a", "1", "0.5"]
    assert drawn(SMALL)[3].split() == ["b", "0.25", "–"]
    assert "█ is 59, blank is 0" in drawn(LARGE)[-1]


def test_an_image_without_colour_is_light_where_it_is_light() -> None:
    top, bottom = drawn(GREY)
    assert (top, bottom) == (" " * 8, "█" * 8)
    coloured: list[Any] = list(sketch(GREY, 60, colour=True))
    assert {line.plain for line in coloured} == {"▀" * 8}


def test_an_animation_is_its_first_frame_and_its_last() -> None:
    lines = drawn(FILM)
    assert "first" in lines and "third" in lines and "second" not in lines


def test_control_characters_do_not_act() -> None:
    bad = Bars(alt="A.", axis=Axis(label="\x1b[31m"), labels=("\x1b[2J",), values=(1.0,))
    assert "\x1b" not in "".join(drawn(bad))
