"""Exact tests of a mark against a class, equal to SciPy's; mean areas over classes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science.metrics import roc_auc
from cutaway.science.metrics.association import class_runs_p, exact_p, hypergeometric_tails, odds_ratio
from cutaway.science.metrics.class_rankings import better_p, mean_area


@given(st.integers(1, 3000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_tails_equal_scipys(total: int, a: float, b: float, c: float) -> None:
    drawn, marked = round(a * total), round(b * total)
    low, high = max(0, drawn + marked - total), min(drawn, marked)
    x = low + round(c * (high - low))
    lower, upper = hypergeometric_tails(x, drawn, marked, total)
    law = stats.hypergeom(total, marked, drawn)
    assert min(lower, upper) == pytest.approx(min(law.cdf(x), law.sf(x - 1)), rel=1e-6, abs=1e-300)
    assert max(lower, upper) == pytest.approx(max(law.cdf(x), law.sf(x - 1)), rel=1e-6)


def test_millions_of_rows_and_tiny_tails() -> None:
    assert exact_p(60_000, 100_000, 5_000_000, 10_000_000) == 0.0
    assert 0.05 < exact_p(50_100, 100_000, 5_000_000, 10_000_000) < 1
    assert 0 < exact_p(0, 300, 500, 1000) < 1e-80


@pytest.mark.parametrize("cells", [(5, 4, 4, 8), (-1, 4, 4, 8), (0, 6, 4, 8), (0, 9, 0, 8)])
def test_counts_that_are_no_table(cells: tuple[int, int, int, int]) -> None:
    with pytest.raises(InputError, match="hypergeometric_tails expected"):
        hypergeometric_tails(*cells)


def test_empty_tables() -> None:
    assert exact_p(0, 0, 0, 0) == 1.0 and exact_p(0, 5, 0, 8) == 1.0 and exact_p(5, 5, 8, 8) == 1.0
    assert odds_ratio(0, 0, 0, 0) == 1.0


@given(st.integers(0, 1000))
def test_mean_area_is_the_mean_and_two_classes_mirror(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, s = np.arange(60) % 3, rng.normal(size=(3, 60))
    auc, low, high = mean_area(y, s, range(3))
    assert auc == pytest.approx(np.mean([roc_auc(y == k, s[k]) for k in range(3)])) and low < auc < high
    assert mean_area(y == 0, -s[:1], [0])[0] == pytest.approx(roc_auc(y == 0, s[0]))


def test_better_needs_a_difference() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    weak, strong = y + rng.normal(size=400) * 3, y + rng.normal(size=400)
    assert better_p(y, strong[None], weak[None], [1]) < 1e-4 < 1 - 1e-4 < better_p(y, weak[None], strong[None], [1])


def test_runs_by_counting_all_orders() -> None:
    y = np.array([0, 1, 1, 0, 0, 0, 1])
    places = [np.isin(np.arange(7), chosen).astype(int) for chosen in combinations(range(7), 3)]
    started = [int(np.sum(np.diff(p, prepend=0) == 1)) for p in places]
    assert class_runs_p(y, 2) == pytest.approx(np.mean(np.array(started) <= 2))


def test_runs_of_random_orders_are_rarely_few() -> None:
    rng = np.random.default_rng(0)
    for n, k in ((60, 3), (200, 10), (500, 40)):
        p = np.array([class_runs_p(rng.permutation((np.arange(n) < k).astype(int)), 2) for _ in range(2000)])
        assert (p < 0.05).mean() < 0.065 and (p < 0.001).mean() < 0.003
    assert class_runs_p(np.sort(rng.integers(0, 4, 80)), 4) < 1e-10
    assert class_runs_p(np.array([0, 1, 2]), 3) == 1.0
