from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.figures import Axis, Bars, Distribution, Figure, Intervals, Line, Lines, Matrix, Points
from cutaway.report.svg import draw
from cutaway.report.svg.frame import LABELS_MOST, fitted, width_of
from tests.report import audits

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = st.floats(allow_nan=True, allow_infinity=True)
SCALE = st.sampled_from(["linear", "log"])
AXIS = st.builds(Axis, label=st.text(max_size=20), unit=st.sampled_from(["", "share of rows", "km/h"]), scale=SCALE)
NAME = st.text(st.characters(), max_size=40)


@st.composite
def figures(draw_from: st.DrawFn) -> Figure:
    size = draw_from(st.integers(0, 6))

    def numbers(length: int = size) -> tuple[float, ...]:
        return tuple(draw_from(st.lists(NUMBER, min_size=length, max_size=length)))

    labels = tuple(draw_from(st.lists(NAME, min_size=size, max_size=size)))
    x, y = draw_from(AXIS), draw_from(AXIS)
    kind = draw_from(st.sampled_from(["bars", "intervals", "lines", "points", "distribution", "matrix"]))
    if kind == "bars":
        parts = {"a": numbers(), "b": numbers()} if draw_from(st.booleans()) else {}
        reference = draw_from(st.none() | NUMBER)
        return Bars(
            alt="alt", axis=x, labels=labels, values=numbers(), parts=parts, reference=reference, reference_label="all"
        )
    if kind == "intervals":
        null = draw_from(st.none() | st.floats(-1, 1))
        return Intervals(alt="alt", axis=x, labels=labels, centre=numbers(), low=numbers(), high=numbers(), null=null)
    if kind == "lines":
        line = Line(name="one", x=numbers(), y=numbers(), low=numbers(), high=numbers())
        return Lines(alt="alt", x=x, y=y, lines=(line, Line(name="two", x=numbers(), y=numbers(), role="harm")))
    if kind == "points":
        return Points(alt="alt", x_axis=x, y_axis=y, x=numbers(), y=numbers(), group=(1,) * size, groups=("a", "b"))
    if kind == "distribution":
        observed = draw_from(st.none() | NUMBER)
        return Distribution(alt="alt", x=x, edges=numbers(size + 1), counts=numbers(), observed=observed)
    return Matrix(alt="alt", rows=labels, columns=labels, values=tuple(numbers() for _ in labels))


def parsed(figure: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(f'<div xmlns="http://www.w3.org/2000/svg">{draw(figure)}</div>')


@settings(max_examples=50, deadline=None)
@given(figures())
def test_any_figure_is_drawn_within_its_frame(figure: Figure) -> None:
    root = parsed(figure)
    assert [svg.get("aria-label") for svg in root.iter(f"{SVG}svg") if svg.get("role") == "img"] == ["alt"]
    for element in root.iter():
        for name, value in element.attrib.items():
            assert "nan" not in value
            assert "inf" not in value.lower() or name in {"class", "aria-label"}
            if value.endswith("%") and name in {"x", "x1", "x2", "cx", "width"}:
                assert -1e-6 <= float(value[:-1]) <= 100.001


@pytest.mark.parametrize("kind", audits.FIGURES)
def test_axes_are_named(kind: str) -> None:
    figure = audits.FIGURES[kind]
    text = " ".join(
        "".join(element.itertext()) for element in parsed(figure).iter() if element.tag.endswith(("text", "span", "}p"))
    )
    for name in ("axis", "x", "y", "x_axis", "y_axis"):
        axis = getattr(figure, name, None)
        if isinstance(axis, Axis):
            assert axis.label in text


def test_lengths_of_bars_are_proportional() -> None:
    figure = Bars(alt="", axis=Axis(label="rows"), labels=("a", "b", "c"), values=(100.0, 25.0, 0.0))
    widths = [float(rect.get("width", "")[:-1]) for rect in parsed(figure).iter(f"{SVG}rect")]
    assert widths == [100, 25, 0]


def test_parts_fill_their_bar_and_harm_is_one_colour() -> None:
    rects = list(parsed(audits.FIGURES["parts"]).iter(f"{SVG}rect"))
    assert [rect.get("class") for rect in rects] == ["harm", "rest"] * 3
    first, second = rects[:2]
    assert float(first.get("width", "")[:-1]) / float(second.get("width", "")[:-1]) == pytest.approx(
        1084 / 34, rel=0.01
    )


def test_bars_below_zero_reach_to_the_left() -> None:
    figure = Bars(alt="", axis=Axis(label="change"), labels=("a", "b"), values=(-1.0, 3.0))
    rects = [(float(r.get("x", "")[:-1]), float(r.get("width", "")[:-1])) for r in parsed(figure).iter(f"{SVG}rect")]
    assert rects == [(0, 25), (25, 75)]


def test_curves_break_where_values_are_missing() -> None:
    line = Line(name="a", x=(1, 2, 3, 4), y=(1.0, float("nan"), 2.0, 1.0))
    figure = Lines(alt="", x=Axis(label="x"), y=Axis(label="y"), lines=(line,))
    assert len(list(parsed(figure).iter(f"{SVG}polyline"))) == 2


def test_crowds_are_thinned() -> None:
    many = tuple(float(i) for i in range(5000))
    points = Points(alt="", x_axis=Axis(label="x"), y_axis=Axis(label="y"), x=many, y=many)
    assert 150 <= len(list(parsed(points).iter(f"{SVG}circle"))) <= 200
    bars = Bars(alt="", axis=Axis(label="x"), labels=tuple(map(str, range(50))), values=many[:50])
    assert "20 more are not drawn." in draw(bars)


def test_tick_labels_do_not_touch() -> None:
    for figure in audits.FIGURES.values():
        for text in re.findall(r'<text[^>]*class="tick"[^>]*>', draw(figure)):
            assert text
        xs: dict[str, list[tuple[float, str]]] = {}
        for element in parsed(figure).iter(f"{SVG}text"):
            x = element.get("x", "")
            if element.get("class") == "tick" and x.endswith("%"):
                xs.setdefault(element.get("y", ""), []).append((float(x[:-1]) * 2.3, "".join(element.itertext())))
        for labels in xs.values():
            labels.sort()
            for (left, one), (right, other) in pairwise(labels):
                assert right - left >= (width_of(one) + width_of(other)) / 2 - width_of("00")


def test_long_labels_are_cut_to_fit() -> None:
    assert fitted("short") == "short"
    cut = fitted("a_very_long_name_of_a_column_that_says_it_all")
    assert width_of(cut) <= LABELS_MOST
    assert cut.startswith("a_very")
    assert cut.endswith("all")
    assert width_of(fitted("名前と値段" * 10)) <= LABELS_MOST
