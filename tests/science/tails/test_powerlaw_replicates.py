from __future__ import annotations

import numpy as np
import pytest

from cutaway import tails
from cutaway.core.errors import InputError


def pareto(n: int, seed: int, index: float = 1.5) -> np.ndarray:
    return np.random.default_rng(seed).random(n) ** (-1 / index)


def test_the_interval_is_that_of_the_replicates() -> None:
    x = pareto(300, 1)
    fit = tails.power_law(x, min_points=30)
    found = tails.power_law_replicates(x, fit, replicates=40, seed=5, min_points=30)
    assert isinstance(found, tails.Replicates)
    assert found.alpha.shape == found.xmin.shape == found.ks.shape == (40,)
    low, high = found.interval()
    assert low < fit.alpha < high
    inner = found.interval(0.5)
    assert low < inner[0] < inner[1] < high
    shares = np.quantile((found.alpha - 1) / (fit.alpha - 1), [0.975, 0.025])
    assert (low, high) == pytest.approx(tuple(1 + (fit.alpha - 1) / shares))
    assert found.p_value == tails.power_law_p_value(x, fit, replicates=40, seed=5, min_points=30)
    again = tails.power_law_replicates(x, fit, replicates=40, seed=5, min_points=30)
    assert (again.alpha == found.alpha).all()


def test_at_a_given_threshold_it_is_about_the_asymptotic_one() -> None:
    x = pareto(2_000, 2)
    fit = tails.power_law(x, xmin=1.0)
    low, high = tails.power_law_replicates(x, fit, replicates=400, xmin=1.0).interval()
    assert (high - low) == pytest.approx(2 * 1.96 * fit.error, rel=0.15)


def test_what_lies_below_the_threshold_stays_as_it_is() -> None:
    x = np.concatenate((np.full(500, 0.5), pareto(500, 3)))
    found = tails.power_law_replicates(x, tails.power_law(x, xmin=1.0), replicates=20, min_points=50)
    assert (found.xmin >= 0.5).all()
    assert np.abs(found.alpha - 2.5).max() < 1


@pytest.mark.slow
def test_the_interval_pays_for_the_search() -> None:
    """95 % intervals of 100 data sets; 12 misses or more have a chance of 0.4 %."""
    covered = plain = 0
    for seed in range(100):
        x = np.concatenate((np.random.default_rng([1, seed]).uniform(0, 1, 300), pareto(200, seed)))
        fit = tails.power_law(x)
        low, high = tails.power_law_replicates(x, fit, replicates=80, seed=seed).interval()
        covered += low <= 2.5 <= high
        plain += abs(fit.alpha - 2.5) <= 1.96 * fit.error
    assert covered >= 89
    assert covered > plain  # the interval at a given threshold is too narrow


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_levels_are_shares(level: float) -> None:
    x = pareto(60, 4)
    found = tails.power_law_replicates(x, tails.power_law(x, xmin=1.0), replicates=3, xmin=1.0)
    with pytest.raises(InputError, match="level"):
        found.interval(level)


def test_no_replicates_are_refused() -> None:
    x = pareto(60, 4)
    with pytest.raises(InputError, match="replicates"):
        tails.power_law_replicates(x, tails.power_law(x), replicates=0)
