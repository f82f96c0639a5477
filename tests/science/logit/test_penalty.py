"""What scikit-learn's penalty does, and where its solvers may stop."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cutaway.core.errors import InputError
from cutaway.science import logit
from cutaway.science.logit.frame import Frame
from tests.science.logit.rows import binary, folded


def raw_rows():
    x, y = binary(600, 3)
    return x * [1.0, 30.0, 0.05] + [0.0, 500.0, 1.0], y


@pytest.mark.parametrize("C", [1.0, 0.01])
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs"])
def test_equals_scikit_learn(C, solver):
    x, y = raw_rows() if solver == "newton-cholesky" else binary(600, 3)
    theirs = LogisticRegression(C=C, tol=1e-12, solver=solver, max_iter=10_000).fit(x, y)
    ours = logit.penalised(x, y, C=C)
    np.testing.assert_allclose(ours.coef, theirs.coef_[0], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ours.intercept, theirs.intercept_[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("C", [1.0, 0.01])
def test_equals_liblinear_which_penalises_the_intercept(C):
    x, y = binary(600, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = LogisticRegression(C=C, tol=1e-12, solver="liblinear", max_iter=100_000).fit(x + 1, y)
    ours = logit.penalised(x + 1, y, C=C, penalise_intercept=True)
    np.testing.assert_allclose(ours.coef, theirs.coef_[0], atol=1e-6)
    np.testing.assert_allclose(ours.intercept, theirs.intercept_[0], atol=1e-6)
    assert abs(ours.intercept - logit.penalised(x + 1, y, C=C).intercept) > 1e-5


@pytest.mark.parametrize("intercept", [False, True])
def test_the_raw_penalty_on_standardised_columns(intercept):
    x, y = raw_rows()
    means, sds = x.mean(axis=0), x.std(axis=0)
    z = (x - means) / sds
    matrix = logit.penalty_raw(means, sds, 1.0, penalise_intercept=intercept)
    inner = logit.fit(z, y, penalty=matrix)
    wanted = logit.penalised(x, y, penalise_intercept=intercept)
    np.testing.assert_allclose(Frame(means, sds).outward(inner.params), wanted.params, rtol=1e-7, atol=1e-8)
    folded_fit = logit.penalised_fold(folded([9], z, y, None), 3, penalise_intercept=intercept, raw=Frame(means, sds))
    np.testing.assert_allclose(folded_fit.params, inner.params, atol=1e-9)


@given(seed=st.integers(0, 10**6), intercept=st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_penalty_is_the_same_number_in_both_coordinates(seed, intercept):
    rng = np.random.default_rng(seed)
    means, sds, b = rng.normal(size=3), rng.random(3) + 0.1, rng.normal(size=4)
    lam = 2.5
    matrix = logit.penalty_raw(means, sds, lam, penalise_intercept=intercept)
    raw = Frame(means, sds).outward(b)
    assert b @ matrix @ b == pytest.approx(lam * np.sum(raw[0 if intercept else 1 :] ** 2))


def test_a_penalised_fit_exists_on_separated_data_and_c_is_checked():
    x, y = binary()
    y[:] = x[:, 0] > 0
    assert logit.penalised(x, y).status == "converged"
    with pytest.raises(InputError, match="C: expected a number above 0"):
        logit.penalised(x, y, C=0.0)


def test_lbfgs_stops_within_its_slack():
    x, y = binary(4000, 6)
    x[:, 1:] = 0.97 * x[:, :1] + 0.1 * x[:, 1:]  # ill-conditioned: the gradient is small far from the maximum
    exact = logit.fit(x, y)
    loose = LogisticRegression(C=np.inf, tol=1e-3, solver="lbfgs", max_iter=10_000).fit(x, y)
    slack = logit.slack(exact.hessian, len(x), 1e-3)
    error = np.abs(np.concatenate((loose.intercept_, loose.coef_[0])) - exact.params)
    assert np.all(error <= 1.2 * slack)  # to second order
    assert error.max() > 0.01 * slack.max()  # and the bound is not idle


def test_slack_is_reached():
    hessian = np.array([[4.0, 1.0], [1.0, 3.0]])
    inverse = np.linalg.inv(hessian)
    gradient = 50 * 1e-3 * np.sign(inverse[0])
    np.testing.assert_allclose(abs(inverse @ gradient)[0], logit.slack(hessian, 50, 1e-3)[0])
    assert np.all(np.isinf(logit.slack(np.ones((2, 2)), 50)))
