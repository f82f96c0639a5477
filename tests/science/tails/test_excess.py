from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from cutaway.science.tails.excess import (
    DROP,
    ExcessFit,
    anderson_darling,
    coarse_misfit,
    fit_excess,
    interval,
    loglik_at,
    thinned,
)


def excesses(xi: float, k: int, seed: int, scale: float = 1.0) -> np.ndarray:
    u = np.random.default_rng(seed).random(k)
    e = scale * (u**-xi - 1) / xi if xi > 0 else -scale * np.log(u)
    return np.sort(e)[::-1]


@pytest.mark.parametrize("xi", [0.2, 0.5, 1.0, 2.0])
def test_equals_scipys_maximum_likelihood(xi: float) -> None:
    e = excesses(xi, 400, 1, scale=7.0)
    ours = fit_excess(e)

    def negative(parameters: np.ndarray) -> float:
        return -float(stats.genpareto.logpdf(e, parameters[0], scale=np.exp(parameters[1])).sum())

    best = optimize.minimize(negative, [xi, np.log(7.0)], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert ours.xi == pytest.approx(best.x[0], abs=1e-5)
    assert ours.scale == pytest.approx(np.exp(best.x[1]), rel=1e-5)
    assert ours.loglik == pytest.approx(-best.fun, abs=1e-7)


@pytest.mark.parametrize("start", [1e-9, 1.0, 1e9])
def test_any_start_ends_at_the_same_maximum(start: float) -> None:
    e = excesses(0.8, 300, 2)
    assert fit_excess(e, start).xi == pytest.approx(fit_excess(e).xi, rel=1e-5)


def test_light_tails_are_exponential() -> None:
    e = np.sort(np.random.default_rng(3).random(500))[::-1]
    fit = fit_excess(e)
    assert (fit.xi, fit.scale) == (0.0, pytest.approx(e.mean()))
    assert fit.loglik == pytest.approx(stats.expon.logpdf(e, scale=e.mean()).sum())


@given(st.integers(0, 10_000), st.floats(1e-8, 1e8))
def test_scale_only_scales(seed: int, scale: float) -> None:
    e = excesses(1.0, 120, seed)
    one, other = fit_excess(e), fit_excess(e * scale)
    assert other.xi == pytest.approx(one.xi, rel=1e-4, abs=1e-6)
    assert other.scale == pytest.approx(one.scale * scale, rel=1e-4)
    assert other.loglik == pytest.approx(one.loglik - 120 * np.log(scale), abs=1e-5)


def test_profile_of_the_shape_is_the_maximum_over_the_scale() -> None:
    e = excesses(0.7, 250, 4)
    for xi in (0.0, 0.3, 0.7, 1.4):

        def negative(log_scale: float, xi: float = xi) -> float:
            return -float(stats.genpareto.logpdf(e, xi, scale=np.exp(log_scale)).sum())

        assert loglik_at(xi, e)[0] == pytest.approx(-optimize.minimize_scalar(negative).fun, abs=1e-6)


def test_interval_ends_where_the_profile_has_fallen() -> None:
    e = excesses(0.6, 500, 5)
    fit = fit_excess(e)
    low, high = interval(e, fit)
    assert low < fit.xi < high
    for end in (low, high):
        assert fit.loglik - loglik_at(end, e)[0] == pytest.approx(DROP, abs=2e-3)


def test_interval_of_a_light_tail_starts_at_zero() -> None:
    e = excesses(0.0, 200, 6)
    low, high = interval(e, fit_excess(e))
    assert low == 0.0
    assert 0.0 < high < 0.5


def test_interval_covers() -> None:
    hits = 0
    for seed in range(400):
        e = excesses(0.7, 150, seed)
        low, high = interval(e, fit_excess(e))
        hits += low <= 0.7 <= high
    assert 0.92 * 400 <= hits <= 0.98 * 400


def test_anderson_darling_equals_its_definition() -> None:
    e = excesses(0.5, 80, 7)
    fit = fit_excess(e)
    share = stats.genpareto.cdf(e[::-1], fit.xi, scale=fit.scale)
    i = np.arange(1, 81)
    expected = -80 - np.mean((2 * i - 1) * (np.log(share) + np.log1p(-share[::-1])))
    assert anderson_darling(e, fit) == pytest.approx(expected, rel=1e-9)


def test_its_critical_value() -> None:
    """The threshold search lets a right law pass at least 19 times in 20."""
    from cutaway.science.tails.sides import FITS_BELOW

    samples = [excesses(xi, 200, seed) for xi in (0.5, 1.0) for seed in range(300)]
    passed = sum(anderson_darling(e, fit_excess(e)) <= FITS_BELOW for e in samples)
    assert passed >= 0.94 * 600


def test_coarse_misfit_is_pearsons_chi_square() -> None:
    e = excesses(0.5, 800, 8)
    fit = ExcessFit(0.5, 1.0, 0.0, 800)
    cells = np.histogram(stats.genpareto.cdf(e, 0.5), bins=16, range=(0, 1))[0]
    assert coarse_misfit(e, fit) == pytest.approx(stats.chisquare(cells).statistic)
    assert coarse_misfit(excesses(0.0, 800, 9), ExcessFit(0.0, 1.0, 0.0, 800)) < 50
    assert coarse_misfit(e, ExcessFit(0.0, float(e.mean()), 0.0, 800)) > 50


def test_thinned_keeps_the_law() -> None:
    e = excesses(0.7, 10_000, 10)
    assert 1_000 <= len(thinned(e, 1_000)) <= 1_001
    assert fit_excess(thinned(e, 1_000)).xi == pytest.approx(fit_excess(e).xi, abs=0.05)
    assert thinned(e[:500], 1_000) is not None
    np.testing.assert_array_equal(thinned(e[:500], 1_000), e[:500])


def test_huge_ratios_do_not_overflow() -> None:
    e = np.sort(np.random.default_rng(11).random(400) ** -20.0)[::-1]
    fit = fit_excess(e)
    assert fit.xi == pytest.approx(20, rel=0.2)
    assert np.isfinite(fit.loglik)
