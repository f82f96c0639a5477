from __future__ import annotations

from itertools import pairwise
from math import isfinite, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.figures import Axis
from cutaway.report.svg.scales import Range, percentage, tick_text, tick_texts, title, value_text

VALUES = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20)


@given(VALUES, st.sampled_from(["linear", "log"]), st.booleans(), st.floats(0, 0.2), st.integers(2, 9))
def test_any_values_have_a_range_with_ticks(values: list[float], scale: str, zero: bool, pad: float, most: int) -> None:
    along = Range.of(values, scale, zero=zero and scale == "linear", pad=pad)  # type: ignore[arg-type]
    assert along.low < along.high
    for value in values:
        if not isnan(value):
            assert 0 <= along.at(value) <= 1
    ticks = along.ticks(most)
    assert len(ticks) <= most + 2
    assert all(along.low <= tick <= along.high or along.holds(tick) for tick in ticks)
    assert all(one < other for one, other in pairwise(ticks))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(3, 9))
def test_linear_ticks_are_even_and_enough(low: float, width: float, most: int) -> None:
    ticks = Range(low, low + width).ticks(most)
    assert len(ticks) + 1 >= 2
    gaps = [other - one for one, other in pairwise(ticks)]
    assert all(abs(gap - gaps[0]) < 1e-6 * width for gap in gaps)


@given(st.floats(1e-6, 1e6), st.floats(1.05, 1e8), st.integers(4, 9))
def test_log_scales_have_two_ticks_at_least(low: float, ratio: float, most: int) -> None:
    assert len(Range(low, low * ratio, "log").ticks(most)) >= 1 + (ratio > 25)


@given(st.floats(0.01, 0.95), st.floats(1.05, 100))
def test_a_scale_of_ratios_names_one(low: float, high: float) -> None:
    assert 1.0 in Range(low, high, "log").ticks(9)


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=5, unique=True), st.sampled_from(["linear", "log"]))
def test_order_is_kept(values: list[float], scale: str) -> None:
    along = Range.of(values, scale, pad=0.1)  # type: ignore[arg-type]
    places = [along.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 < place < 1 for place in places)


def test_one_value_and_none() -> None:
    assert Range.of([5.0], zero=True) == Range(0.0, 5.0)
    assert Range.of([0.0], zero=True).high > 0
    assert Range.of([-3.0]).holds(-3.0)
    assert Range.of([nan]) == Range(0.0, 1.0)
    assert Range.of([-1.0], "log") == Range(1.0, 10.0, "log")
    assert all(map(isfinite, (Range.of([1.7e308, -1.7e308]).at(0.0),)))


@pytest.mark.parametrize(
    ("axis", "tick", "text"),
    [
        (Axis(label="share of rows"), 0.25, "25\u00a0%"),
        (Axis(label="rows"), 12000.0, "12,000"),
        (Axis(label="rows"), 2e6, "2m"),
        (Axis(label="x"), -0.5, "−0.5"),
        (Axis(label="x"), 1e-5, "1e−5"),
        (Axis(label="x"), 0.0005, "0.0005"),
    ],
)
def test_tick_labels(axis: Axis, tick: float, text: str) -> None:
    assert tick_text(axis, tick) == text


def test_far_powers_are_told_as_powers() -> None:
    axis = Axis(label="x", scale="log")
    assert tick_texts(axis, [1.0, 100.0, 1e6]) == ["1", "10²", "10⁶"]
    assert tick_texts(axis, [1.0, 10.0]) == ["1", "10"]


def test_titles() -> None:
    assert title(Axis(label="speed", unit="km/h")) == "speed (km/h)"
    assert title(Axis(label="loss", unit="nats", scale="log")) == "loss (nats, log scale)"
    assert title(Axis(label="share that died", unit="share of rows")) == "share that died"
    assert title(Axis(label="rows", unit="rows")) == "rows"
    assert value_text(Axis(label="x", unit="%"), 3.0) == "3\u00a0%"
    assert not percentage(Axis(label="share price", unit="%"))


def test_what_is_next_to_nothing_is_zero() -> None:
    assert Range.of([5e-324]) == Range.of([0.0])
    assert Range.of([5e-324, -1e-200, 1.0]) == Range.of([0.0, 1.0])
