"""Firth's estimates and profile intervals: published values, brute force, and definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from cutaway.core.errors import InputError
from cutaway.science import logit
from tests.science.logit.rows import binary, folded

# The endometrial cancer study of Heinze and Schemper (2002): neovascularisation, pulsatility index, endometrium
# height; histology.
ENDOMETRIAL = np.loadtxt(Path(__file__).with_name("endometrial.csv"), delimiter=",", skiprows=1)
X, Y = ENDOMETRIAL[:, :3], ENDOMETRIAL[:, 3].astype(int)


def penalised_loglik(b, x, y, w=None):
    w = np.ones(len(x)) if w is None else w
    design = np.column_stack((np.ones(len(x)), x))
    eta = design @ b
    p = 1 / (1 + np.exp(-eta))
    information = (design.T * (w * p * (1 - p))) @ design
    return np.sum(w * (y * eta - np.logaddexp(0, eta))) + 0.5 * np.linalg.slogdet(information)[1]


def test_published_estimates():
    # Heinze and Schemper (2002), table III, with the further digits of R's logistf 1.26 and brglm2.
    fitted = logit.firth(X, Y)
    assert fitted.status == "converged"
    np.testing.assert_allclose(fitted.params, [3.77455951, 2.92927330, -0.03475175, -2.60416387], atol=3e-7)
    np.testing.assert_allclose(fitted.se, [1.48869, 1.55076, 0.03958, 0.77602], atol=2e-5)


def test_published_profile_intervals():
    intervals = logit.profile_intervals(X, Y, penalised=True)
    published = [[1.0825371, 7.2092805], [0.6097244, 7.85463171], [-0.1244587, 0.04045547], [-4.3651832, -1.23272106]]
    np.testing.assert_allclose(intervals, published, atol=2e-6)


def test_maximum_likelihood_has_no_estimate_there():
    fitted = logit.fit(X, Y)
    assert fitted.status == "separated" and fitted.separation.columns == (0,)
    intervals = logit.profile_intervals(X, Y)
    assert intervals[1, 1] == np.inf
    assert np.all(np.isfinite(np.delete(intervals.ravel(), 3)))


@given(seed=st.integers(0, 10**6), n=st.integers(8, 40), p=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_maximises_the_penalised_likelihood(seed, n, p):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, p)), rng.integers(0, 2, n)
    y[:2] = [0, 1]
    fitted = logit.firth(x, y)
    assert fitted.status == "converged"
    assert fitted.loglik == pytest.approx(penalised_loglik(fitted.params, x, y), abs=1e-8)
    better = minimize(lambda b: -penalised_loglik(b, x, y), fitted.params, method="BFGS", options={"gtol": 1e-8})
    assert -better.fun <= fitted.loglik + 1e-8
    np.testing.assert_allclose(better.x, fitted.params, atol=1e-4 * (1 + np.abs(fitted.params).max()))


def test_completely_separated_data_have_an_estimate():
    x, y = binary(60, 3)
    y[:] = x[:, 0] > 0
    fitted = logit.firth(x, y)
    assert fitted.status == "converged" and fitted.coef[0] > 2


def test_null_is_the_fit_of_the_intercept_alone():
    x, y = binary(50, 2)
    k, n = y.sum(), len(y)
    b = np.log((k + 0.5) / (n - k + 0.5))
    assert logit.firth(x, y).null_loglik == pytest.approx(penalised_loglik(np.array([b]), x[:, :0], y), abs=1e-10)


def test_counts_are_repeated_rows_and_scales_are_units():
    x, y = binary(120, 3)
    w = np.random.default_rng(0).integers(0, 4, 120).astype(float)
    repeated = logit.firth(np.repeat(x, w.astype(int), axis=0), np.repeat(y, w.astype(int)))
    np.testing.assert_allclose(logit.firth(x, y, w).params, repeated.params, atol=1e-8)
    scale = np.array([1e-6, 1.0, 1e9])
    scaled = logit.firth(x * scale + scale, y)
    np.testing.assert_allclose(scaled.coef * scale, logit.firth(x, y).coef, rtol=1e-7)
    assert scaled.loglik == pytest.approx(penalised_loglik(logit.firth(x, y).params, x, y) + np.log(1e3), abs=1e-6)


def test_aliased_columns_and_folds():
    x, y = binary(120, 3)
    fitted = logit.firth_fold(folded([10, 70], np.column_stack((x, x[:, 0])), y, None), 4)
    assert fitted.aliased == (3,) and np.isnan(fitted.params[4])
    np.testing.assert_allclose(fitted.params[:4], logit.firth(x, y).params, atol=1e-8)


def profiled(x, y, j, value):
    """Largest log-likelihood with coefficient j at a value."""
    rest = np.delete(np.arange(x.shape[1]), j)
    design = np.column_stack((np.ones(len(x)), x[:, rest]))

    def negative(b):
        eta = design @ b + value * x[:, j]
        p = 1 / (1 + np.exp(-eta))
        return np.sum(np.logaddexp(0, eta) - y * eta), design.T @ (p - y)

    return -minimize(negative, np.zeros(len(rest) + 1), jac=True, method="BFGS", options={"gtol": 1e-9}).fun


def test_an_interval_is_where_the_profile_falls_by_half_the_quantile():
    x, y = binary(80, 3, seed=4)
    fitted = logit.fit(x, y)
    intervals = logit.profile_intervals(x, y, level=0.9, which=[0, 1, 2, 3])
    for j in range(3):
        for end in intervals[j + 1]:
            assert 2 * (fitted.loglik - profiled(x, y, j, end)) == pytest.approx(2.7055434540954146, abs=1e-5)
    assert np.all(intervals[:, 0] < fitted.params) and np.all(fitted.params < intervals[:, 1])
    # the intercept: moving a column's origin turns it into another intercept, whose profile must agree
    shifted = logit.profile_intervals(x + 5, y, level=0.9, which=[1, 2, 3])
    np.testing.assert_allclose(shifted, intervals[1:], atol=1e-6)


def test_profile_tends_to_wald_on_many_rows():
    x, y = binary(50_000, 2)
    np.testing.assert_allclose(logit.profile_intervals(x, y), logit.fit(x, y).intervals(), atol=2e-4)


def test_counts_have_the_intervals_of_repeated_rows():
    x, y = binary(60, 2)
    np.testing.assert_allclose(
        logit.profile_intervals(x, y, np.full(60, 2.0)),
        logit.profile_intervals(np.repeat(x, 2, axis=0), np.repeat(y, 2)),
        atol=1e-7,
    )


def test_aliased_coefficients_have_no_interval_and_weights_no_likelihood():
    x, y = binary(100, 2)
    wide = np.column_stack((x, x[:, 0]))
    assert np.all(np.isnan(logit.profile_intervals(wide, y, which=[3])))
    with pytest.raises(InputError, match="robust"):
        logit.profile_intervals_fold(folded([], x, y, None), logit.fit(x, y, robust=True))
    with pytest.raises(InputError, match="level"):
        logit.profile_intervals(x, y, level=95)


def test_profile_is_symmetric_under_a_change_of_sign():
    x, y = binary(70, 1)
    up, down = logit.profile_intervals(x, y, which=[1])[0], logit.profile_intervals(-x, y, which=[1])[0]
    np.testing.assert_allclose(up, -down[::-1], atol=1e-8)
    assert minimize_scalar(lambda v: -profiled(x, y, 0, v)).x == pytest.approx(logit.fit(x, y).coef[0], abs=1e-4)


def test_a_row_of_great_leverage_does_not_make_it_crawl():
    rng = np.random.default_rng(3)
    x = np.column_stack((rng.standard_cauchy(4000), rng.pareto(1.5, 4000)))
    y = (rng.random(4000) < 0.05).astype(np.int32)
    fitted = logit.firth(x, y)
    assert fitted.status == "converged"
    assert fitted.iterations <= 60  # by scoring steps alone it takes hundreds, each back and forth over the maximum
