from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cutaway.core.errors import InputError
from cutaway.core.states import State
from cutaway.science.tails import TailSketch

# Few distinct values, so that ties at the sketch's edge are common.
values = arrays(
    np.float64, st.integers(0, 40), elements=st.sampled_from([np.nan, np.inf, -np.inf, -2.5, -1, 0, 1, 1.5, 3, 9])
)
sizes = st.integers(1, 12)


@given(values, values, sizes)
def test_sum_is_the_sketch_of_both(x: np.ndarray, y: np.ndarray, size: int) -> None:
    whole = TailSketch.of(np.concatenate((x, y)), size)
    assert TailSketch.of(x, size) + TailSketch.of(y, size) == whole
    assert TailSketch.of(x, size).absorb(y) == whole


@given(values, values, values, sizes)
def test_associative(x: np.ndarray, y: np.ndarray, z: np.ndarray, size: int) -> None:
    a, b, c = (TailSketch.of(part, size) for part in (x, y, z))
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a


@given(values, sizes)
def test_zero(x: np.ndarray, size: int) -> None:
    sketch = TailSketch.of(x, size)
    zero = TailSketch.zero(size)
    assert zero + sketch == sketch == sketch + zero
    assert zero.absorb(x) == sketch
    assert hash(zero + sketch) == hash(sketch)
    assert isinstance(sketch, State)


@given(values, sizes)
def test_holds_the_extremes(x: np.ndarray, size: int) -> None:
    sketch = TailSketch.of(x, size)
    present = np.sort(x[~np.isnan(x)])
    assert sketch.n == len(present)
    np.testing.assert_array_equal(sketch.smallest, present[:size])
    np.testing.assert_array_equal(sketch.largest, present[::-1][:size])
    assert sketch.complete == (len(present) <= 2 * size)
    if sketch.complete:
        np.testing.assert_array_equal(sketch.values(), present)


def test_absorbing_batches_of_a_long_column() -> None:
    x = np.random.default_rng(1).standard_cauchy(300_000)
    x[::7] = np.nan
    sketch = TailSketch.zero()
    for start in range(0, len(x), 65_536):
        sketch = sketch.absorb(x[start : start + 65_536])
    assert sketch == TailSketch.of(x)
    assert len(sketch.largest) == len(sketch.smallest) == 12_000


def test_other_dtypes_and_sizes() -> None:
    assert TailSketch.of(np.array([3, 1, 2])) == TailSketch.of(np.array([3.0, 1.0, 2.0]))
    assert TailSketch.of(np.arange(9.0), 4) + TailSketch.of(np.arange(9.0), 2) == TailSketch.of(
        np.repeat(np.arange(9.0), 2), 2
    )
    assert TailSketch.of(np.arange(3.0)) != "a sketch"
    with pytest.raises(TypeError):
        TailSketch.zero() + 1  # type: ignore[operator]


@pytest.mark.parametrize("size", [0, -3])
def test_size_must_be_positive(size: int) -> None:
    with pytest.raises(InputError, match=f"size must be at least 1, got {size}"):
        TailSketch.zero(size)
