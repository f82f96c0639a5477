"""Laws: each state of a column adds up, whatever the cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cutaway.science.columns import Distinct, Extremes, HashSet, Moments, Sample, hash_levels, hash_numbers, mix

CLASSES = 3
LIMIT = 5  # far below the number of values, so that every sketch overflows
# few distinct values, the awkward ones among them
VALUES = st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, 1e300, -1e-300, 7.0, 8.0, 9.0, 10.0, 11.0, np.nan])
ROWS = st.lists(st.tuples(VALUES, st.integers(0, CLASSES - 1)), max_size=40)


def arrays(rows: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([v for v, _ in rows], float), np.array([k for _, k in rows], np.int32)


def distinct(rows: Any, start: int) -> Distinct:
    x, y = arrays(rows)
    return Distinct.of(hash_numbers(x), x, y, CLASSES, LIMIT)


def levels(rows: Any, start: int) -> Distinct:
    x, y = arrays(rows)
    names = np.array([str(v) for v in x], object)
    vocabulary, codes = np.unique(names, return_inverse=True) if len(names) else (names, np.empty(0, int))
    codes = np.where(np.isnan(x), -1, codes).astype(np.int32)
    return Distinct.of_levels(hash_levels(vocabulary), vocabulary, codes, y, CLASSES, LIMIT)


def extremes(rows: Any, start: int) -> Extremes:
    return Extremes.of(*arrays(rows), CLASSES)


def hashes(rows: Any, start: int) -> HashSet:
    return HashSet.of(hash_numbers(arrays(rows)[0]), LIMIT)


def sample(rows: Any, start: int) -> Sample:
    x, y = arrays(rows)
    positions = np.arange(start, start + len(x))
    return Sample.of(LIMIT, mix(positions.astype(np.uint64)), positions, y, np.ones(len(x)), [x], [hash_numbers(x)])


def moments(rows: Any, start: int) -> Moments:
    return Moments.of([arrays(rows)[0] % 1000])


def fields(state: Any) -> dict[str, Any]:
    return dict(vars(state))


def same(a: Any, b: Any) -> None:
    for name, value in fields(a).items():
        other = fields(b)[name]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and isinstance(a, Moments):
            np.testing.assert_allclose(value, other, rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            np.testing.assert_array_equal(value, other, err_msg=name)


STATES = [distinct, levels, extremes, hashes, sample, moments]
ZEROS = {
    distinct: lambda: Distinct.zero(CLASSES, LIMIT),
    levels: lambda: Distinct.zero(CLASSES, LIMIT, text=True),
    extremes: lambda: Extremes.zero(CLASSES),
    hashes: lambda: HashSet.zero(LIMIT),
    sample: lambda: Sample.zero(LIMIT, 1, 1),
    moments: lambda: Moments.zero(1),
}


@pytest.mark.parametrize("of", STATES, ids=lambda f: f.__name__)
@settings(max_examples=50, deadline=None)
@given(a=ROWS, b=ROWS, c=ROWS)
def test_law(of: Callable[[Any, int], Any], a: list[Any], b: list[Any], c: list[Any]) -> None:
    x, y, z = of(a, 0), of(b, len(a)), of(c, len(a) + len(b))
    same(of(a + b + c, 0), x + y + z)
    same((x + y) + z, x + (y + z))
    zero = ZEROS[of]()
    same(zero + x, x)
    same(x + zero, x)


@settings(max_examples=50, deadline=None)
@given(a=ROWS, b=ROWS)
def test_absorbing_is_adding(a: list[Any], b: list[Any]) -> None:
    first = distinct(a, 0)
    x, y = arrays(b)
    same(first.absorb(hash_numbers(x), x, y), first + distinct(b, 0))
    same(hashes(a, 0).absorb(hash_numbers(x)), hashes(a, 0) + hashes(b, 0))


@given(hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6)))
def test_moments_equal_numpy(x: np.ndarray) -> None:
    m = Moments.of([x])
    np.testing.assert_allclose(m.mean[0], x.mean(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(m.sd[0], x.std(ddof=1), rtol=1e-6, atol=1e-6)
    assert (m.low[0], m.high[0]) == (x.min(), x.max())


def test_a_constant_has_no_spread_to_the_last_bit() -> None:
    assert Moments.of([np.full(1000, 0.1)]).sd[0] == 0.0
    assert (Moments.of([np.full(10, 0.1)]) + Moments.of([np.full(990, 0.1)])).sd[0] == 0.0


def test_distinct_counts_are_exact_below_the_limit_and_estimated_above() -> None:
    x = np.repeat(np.arange(500.0), 3)
    small = Distinct.of(hash_numbers(x), x, np.zeros(x.size, np.int32), 1, 1024)
    assert small.complete and small.number == 500 and small.repeated == 1.0 and small.n == 1500
    many = np.arange(200_000.0)
    large = Distinct.of(hash_numbers(many), many, np.zeros(many.size, np.int32), 1, 1024)
    assert not large.complete and abs(large.number / 200_000 - 1) < 0.15 and large.repeated == 0.0


def test_ordered_puts_the_most_frequent_first_and_ties_by_value() -> None:
    x = np.array([3.0, 1.0, 1.0, 2.0])
    values, counts = Distinct.of(hash_numbers(x), x, np.zeros(4, np.int32), 1).ordered()
    assert values.tolist() == [1.0, 2.0, 3.0] and counts[:, 0].tolist() == [2, 1, 1]


def test_a_sample_by_hashed_position_is_uniform() -> None:
    positions = np.arange(100_000)
    none = np.zeros(positions.size, np.int32)
    taken = Sample.of(10_000, mix(positions.astype(np.uint64)), positions, none, np.ones(positions.size), [], [])
    deciles = np.bincount(taken.positions // 10_000, minlength=10)
    assert abs(deciles - 1000).max() < 150  # 5 standard deviations of a hypergeometric draw


def test_membership_is_exact_up_to_the_threshold() -> None:
    h = mix(np.arange(1000, dtype=np.uint64))
    part = HashSet.of(h, 100)
    known = part.known(h)
    assert part.full and known.sum() == 100
    assert part.contains(h)[known].all()
    assert not HashSet.zero().contains(h).any()
    assert not part.contains(mix(np.arange(1000, 2000, dtype=np.uint64))).any()


def test_equal_numbers_hash_alike_and_text_is_told_apart() -> None:
    assert hash_numbers(np.array([0.0]))[0] == hash_numbers(np.array([-0.0]))[0]
    assert hash_numbers(np.array([np.nan]))[0] == 0
    assert len(set(hash_levels(["", "a", "A", "a ", "\udc80"]).tolist())) == 5
