from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from struct import unpack
from typing import Literal
from xml.etree import ElementTree
from zlib import crc32, decompress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from cutaway.report.svg import draw
from cutaway.report.svg.frame import LABELS_MOST, fitted, width_of
from cutaway.report.svg.image import png
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


MARKS = (
    Mark(label="here", x=2.0, y=1.5),
    Mark(label="<cut>", x=3.0, role="harm"),
    Mark(label="level", y=1.0, role="other"),
)


def test_marks_stand_in_the_plane_and_say_what_they_are() -> None:
    line = Line(name="fit", x=(1.0, 4.0), y=(1.0, 2.0))
    curve = Lines(alt="", x=Axis(label="x"), y=Axis(label="y"), lines=(line,), marks=MARKS)
    cloud = Points(
        alt="", x_axis=Axis(label="x"), y_axis=Axis(label="y"), x=(1.0, 2.0), y=(1.0, 2.0), lines=(line,), marks=MARKS
    )
    for figure in (curve, cloud):
        root = parsed(figure)
        across = [each.get("class") for each in root.iter(f"{SVG}line") if "mark" in (each.get("class") or "")]
        assert across == ["mark harm", "mark other"]
        assert {"here", "<cut>", "level"} <= {"".join(each.itertext()) for each in root.iter(f"{SVG}text")}
        assert len(list(root.iter(f"{SVG}polyline"))) == 1
    assert len([each for each in parsed(curve).iter(f"{SVG}circle")]) == 1


def test_marks_belong_to_the_range() -> None:
    line = Line(name="fit", x=(0.0, 1.0), y=(0.0, 1.0))
    figure = Lines(
        alt="", x=Axis(label="x"), y=Axis(label="y"), lines=(line,), marks=(Mark(label="far", x=2.0, y=0.5),)
    )
    assert next(parsed(figure).iter(f"{SVG}circle")).get("cx") == "100%"
    unplaced = Mark(label="nowhere", x=float("nan"), y=0.5)
    assert "nowhere" not in draw(replace(figure, marks=(unplaced,)))


def chunks_of(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file, each with the sum that guards it checked."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(file):
        size, name = unpack(">I4s", file[at : at + 8])
        content = file[at + 8 : at + 8 + size]
        assert unpack(">I", file[at + 8 + size : at + 12 + size]) == (crc32(name + content),)
        yield name, content
        at += 12 + size


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_a_png_of_its_pixels(channels: Literal[1, 3]) -> None:
    pixels = bytes(range(2 * 3 * channels))
    figure = Image(alt="six pixels", width=3, height=2, channels=channels, pixels=pixels)
    href = next(parsed(figure).iter(f"{SVG}image")).get("href", "")
    chunks = list(chunks_of(b64decode(href.removeprefix("data:image/png;base64,"))))
    assert [name for name, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    assert unpack(">IIBBBBB", chunks[0][1]) == (3, 2, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    rows = decompress(chunks[1][1])
    wide = 3 * channels
    assert [rows[0], rows[1 + wide]] == [0, 0]  # no filter
    assert rows[1 : 1 + wide] + rows[2 + wide :] == pixels
    with pytest.raises(ValueError, match="expected"):
        png(replace(figure, pixels=pixels[:-1]))


def test_of_an_animation_the_last_frame_is_drawn() -> None:
    first, last = (Bars(alt=name, axis=Axis(label="x"), labels=(name,), values=(1.0,)) for name in ("one", "two"))
    drawn = draw(Animation(alt="", frames=(first, last), names=("step 1", "step 2")))
    assert "two" in drawn
    assert "step 2" in drawn
    assert "one" not in drawn
    assert draw(Animation(alt="", frames=(), names=())) == ""
