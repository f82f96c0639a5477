from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science import tails


def pareto(alpha: float, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(n) ** (-1 / alpha)


def test_hill_by_hand() -> None:
    fit = tails.hill(np.array([8.0, 1.0, np.nan, 4.0, 2.0]), k=2)
    assert fit.alpha == pytest.approx(2 / (np.log(8 / 2) + np.log(4 / 2)))
    assert (fit.threshold, fit.points) == (2.0, 2)


def test_hill_is_scipys_maximum_likelihood_above_the_threshold() -> None:
    x = pareto(1.5, 3_000, 1)
    fit = tails.hill(x, k=400)
    above = np.sort(x)[::-1][:400]
    shape, _, _ = stats.pareto.fit(above, floc=0, fscale=fit.threshold)
    assert fit.alpha == pytest.approx(shape, rel=1e-6)


def test_hill_interval_is_the_exact_one() -> None:
    fit = tails.hill(pareto(2.0, 500, 2), k=60)
    low, high = stats.chi2.ppf([0.025, 0.975], 120) / 120 * fit.alpha
    assert (fit.low, fit.high) == pytest.approx((low, high), rel=1e-10)


def test_hill_interval_covers_on_pareto_data() -> None:
    covered = sum(
        fit.low <= 1.5 <= fit.high for fit in (tails.hill(pareto(1.5, 200, seed), 50) for seed in range(1000))
    )
    assert 925 <= covered <= 975  # ±3.6 standard deviations about 950


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_scale_and_order_do_not_matter(seed: int, scale: float) -> None:
    x = pareto(1.2, 300, seed)
    shuffled = np.random.default_rng(seed).permutation(x) * scale
    assert tails.hill(shuffled, 40).alpha == pytest.approx(tails.hill(x, 40).alpha, rel=1e-9)


@given(st.integers(0, 10_000), st.floats(0.2, 3.0))
def test_a_power_of_the_data_divides_the_index(seed: int, power: float) -> None:
    x = pareto(1.0, 200, seed)
    assert tails.hill(x**power, 50).alpha == pytest.approx(tails.hill(x, 50).alpha / power, rel=1e-9)


@pytest.mark.parametrize("k", [0, 5, 9])
def test_hill_refuses_k(k: int) -> None:
    with pytest.raises(InputError, match=f"hill: k must lie from 1 to 4 .*got {k}"):
        tails.hill(np.arange(1.0, 6.0), k)


def test_hill_refuses_a_threshold_that_is_not_positive() -> None:
    with pytest.raises(InputError, match=r"must be positive and finite, got -1\.0"):
        tails.hill(np.array([3.0, 2.0, -1.0]), 2)
    with pytest.raises(InputError, match="to inf"):
        tails.hill(np.array([np.inf, 2.0, 1.0]), 1)


def test_hill_of_tied_values() -> None:
    assert tails.hill(np.ones(5), 3).alpha == np.inf
