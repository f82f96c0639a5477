"""The null of a separation: exact counts of arrangements, and states that add."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.science.logit.chance import Beyond, combination_chance, dichotomies, split_chance


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(1, 9))
def test_a_split_is_counted_arrangement_by_arrangement(inside: int, outside: int, free: int, members: int) -> None:
    rows = inside + outside + free
    if not members <= rows or rows == 0:
        return
    first = set(range(inside))
    last = set(range(rows - outside, rows))
    seen = sum(first <= set(c) and not last & set(c) for c in combinations(range(rows), members))
    assert split_chance(inside, outside, members, rows) == pytest.approx(min(1.0, 2 * seen / comb(rows, members)))


def test_dichotomies_of_points_on_a_line() -> None:
    for n in range(1, 8):  # two coefficients: a threshold on a line, labels one way or the other
        assert np.exp(dichotomies(n, 2)) == pytest.approx(2 * n)


def test_noise_is_parted_as_often_as_cover_says() -> None:
    rng = np.random.default_rng(0)
    n, d, parted = 12, 4, 0
    from scipy.optimize import linprog

    for _ in range(400):
        x = np.column_stack([np.ones(n), rng.normal(size=(n, d - 1))])
        sign = rng.choice([-1.0, 1.0], n)
        parted += linprog(np.zeros(d), A_ub=-sign[:, None] * x, b_ub=-np.ones(n), bounds=(None, None)).status == 0
    expected = np.exp(dichotomies(n, d)) / 2**n
    assert parted / 400 == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 400))


def test_the_bound_is_a_probability() -> None:
    assert combination_chance(0, 0, 0.3, 5) == 1.0
    assert combination_chance(40, 0, 0.1, 3) < 1e-20
    assert combination_chance(3, 3, 0.5, 10) == 1.0


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 1000))
def test_counts_add(n: int, cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, w = rng.integers(-2, 3, (n, 2)).astype(float), rng.integers(0, 3, n), rng.integers(0, 2, n).astype(float)
    directions = rng.integers(-1, 2, (4, 3)).astype(float)

    def of(rows: slice) -> Beyond:
        return Beyond.of(x[rows], y[rows], w[rows], directions, classes=3)

    whole = of(slice(None))
    for total in (of(slice(cut)) + of(slice(cut, None)), whole + Beyond.zero(4, 3)):
        assert (total.above == whole.above).all() and (total.below == whole.below).all()
        assert (total.counts == whole.counts).all()
    used = w > 0
    score = directions[:, 0] + x[used] @ directions[:, 1:].T
    assert whole.above.sum(axis=1).tolist() == (score > 0).sum(axis=0).tolist()
