"""The states of the first look add up, and count what a plain loop counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from cutaway.engines.readers.contents import CODE_LEVELS, LARGEST, MISSING_WORDS, Extent, Words
from cutaway.engines.readers.decoding import NULLS, encoded

CELL = st.none() | st.sampled_from(["1", "2.5", " 3 ", "-4e2", "007", "inf", "?", "Unknown", "", "NA", "4+", "a\x00b"])
CELLS = st.lists(CELL | st.integers(0, 60).map(str) | st.integers(0, 60).map("w{}".format), max_size=40)
VALUES = st.lists(
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 2.0**60, 1e150, -1.1e150, 1e308]) | st.floats(-9, 9),
    max_size=30,
)


def words(cells: list[str | None], start: int = 0) -> Words:
    return Words.of(encoded(pa.array(cells, pa.string())), start)


def extent(values: list[float], start: int = 0) -> Extent:
    return Extent.of(np.array(values, dtype=np.float64), start)


def without_kinds(state: Words) -> Any:
    """All but the distinct values per batch, which depend on where batches end by definition."""
    return {name: getattr(state, name) for name in Words.__slots__ if not name.endswith("kinds")}


@given(CELLS, CELLS)
def test_words_of_all_rows_are_the_sum_over_the_parts(x: list[str | None], y: list[str | None]) -> None:
    assert without_kinds(words(x) + words(y, len(x))) == without_kinds(words(x + y))


@given(CELLS, CELLS, CELLS)
def test_words_add_associatively_with_a_zero(x: list[str | None], y: list[str | None], z: list[str | None]) -> None:
    a, b, c = words(x), words(y, 100), words(z, 200)
    assert (a + b) + c == a + (b + c)
    assert a + Words.zero() == a == Words.zero() + a


@given(VALUES, VALUES)
def test_the_extent_of_all_rows_is_the_sum_over_the_parts(x: list[float], y: list[float]) -> None:
    assert extent(x) + extent(y, len(x)) == extent(x + y)


@given(VALUES, VALUES, VALUES)
def test_extents_add_associatively_with_a_zero(x: list[float], y: list[float], z: list[float]) -> None:
    a, b, c = extent(x), extent(y, 100), extent(z, 200)
    assert (a + b) + c == a + (b + c)
    assert a + Extent.zero() == a == Extent.zero() + a


@given(CELLS)
def test_words_count_what_a_loop_counts(cells: list[str | None]) -> None:
    numbers, others, missing = [], [], []
    for cell in cells:
        if cell is None or cell in NULLS:
            continue
        try:
            float(cell)
            numbers.append(cell.strip())
        except ValueError:
            (missing if cell.strip().lower() in MISSING_WORDS else others).append(cell)
    state = words(cells)
    assert (state.numbers, state.words, sum(state.missing.values())) == (len(numbers), len(others), len(missing))
    assert state.number_values == (frozenset(numbers) if len(set(numbers)) <= CODE_LEVELS else None)
    assert state.word_values == (frozenset(others) if len(set(others)) <= CODE_LEVELS else None)
    assert state.first_word == (None if not others else (cells.index(others[0]), others[0]))
    assert state.first_nul == (cells.index("a\x00b") if "a\x00b" in cells else None)


@given(VALUES)
def test_the_extent_is_what_a_loop_finds(values: list[float]) -> None:
    usual = [value for value in values if abs(value) <= LARGEST]
    huge = [LARGEST < abs(value) < math.inf for value in values]
    state = extent(values)
    assert state.whole == all(value.is_integer() for value in usual)
    assert state.largest == max(map(abs, usual), default=0.0)
    assert state.huge == sum(huge)
    assert state.first_huge == (huge.index(True) if any(huge) else None)
    assert state.infinite == sum(map(math.isinf, values))
    assert state.first_infinite == next((place for place, value in enumerate(values) if math.isinf(value)), None)


def test_a_fraction_after_the_first_values_is_seen() -> None:
    assert extent([1.0] * 5000).whole
    assert not extent([*[1.0] * 5000, 1.5]).whole
