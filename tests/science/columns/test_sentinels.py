"""Codes for "missing" at the ends of a column, and ends that only look like them."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science.columns import Extremes
from cutaway.science.columns.sentinels import Sentinel, is_code, means_missing, sentinels


def found(values: np.ndarray) -> list[Sentinel]:
    x = np.asarray(values, float)
    return sentinels(Extremes.of(x, np.zeros(x.size, np.int32), 1), np.unique(x).size, 0.001)


RNG = np.random.default_rng(0)
AGES = RNG.integers(18, 90, 1000)


@pytest.mark.parametrize("code", [-999, -99, 999, 9999, 99_999.0, 2_147_483_647, -1e30])
def test_far_codes(code: float) -> None:
    only = found(np.append(AGES, np.full(20, code)))
    assert [(s.values, s.counts, s.far) for s in only] == [((float(code),), (20,), True)]


def test_codes_at_both_ends_and_several_at_one() -> None:
    both = found(np.concatenate([AGES, np.full(9, -999), np.full(9, 9999)]))
    assert {s.values for s in both} == {(-999.0,), (9999.0,)}
    several = found(np.concatenate([AGES, np.full(9, 777), np.full(9, 999)]))
    assert [s.values for s in several] == [(999.0, 777.0)]


def test_the_only_negative_value() -> None:
    days = RNG.integers(0, 400, 1000)
    assert [s.values for s in found(np.append(days, np.full(300, -1)))] == [(-1.0,)]
    assert not found(np.append(days, [-1, -1]))  # too few to be a code
    assert not found(np.append(days, np.repeat([-2, -1], 50)))  # two negative values


@pytest.mark.parametrize(
    "values",
    [
        RNG.poisson(3, 1000),
        RNG.poisson(90, 2000),
        np.repeat([-1, 0, 1], 50),
        np.repeat([0, 1], 50),
        np.concatenate([np.zeros(900), RNG.lognormal(8, 2, 100)]),
        np.append(AGES, [999]),  # one outlier is no code
        np.append(AGES, np.full(30, 99)),  # an age
        np.append(AGES, np.full(30, 1000)),  # not the look of a code
        np.append(RNG.normal(50, 5, 500), np.zeros(40)),  # a zero may be true
        np.round(RNG.normal(3, 1.5, 2000)),
        np.array([99.0] * 20),
    ],
)
def test_ends_that_are_values(values: np.ndarray) -> None:
    assert not found(values)


def test_zero_is_never_a_code() -> None:
    assert not is_code(0.0) and not is_code(-0.0)


def test_words() -> None:
    assert all(map(means_missing, ["?", "N/A", "unknown", " UNK ", "emp_unk", "Unknown/Other", "not available"]))
    assert not any(map(means_missing, ["none", "no", "not applicable", "unavail", "naive", "", "0", "trunk"]))
