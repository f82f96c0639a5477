"""The binary fit: equal to statsmodels, whatever the columns' scales; it ends; bad input gets its sentence."""

from __future__ import annotations

import time

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.errors import InputError, InputTypeError
from cutaway.science import logit
from cutaway.science.logit.frame import Frame
from tests.science.logit.rows import binary, folded, odd


def reference(x, y, w=None):
    design = np.column_stack((np.ones(len(x)), x))
    if w is None:
        return sm.Logit(y, design).fit(disp=0, method="newton", tol=1e-12, maxiter=100, warn_convergence=False)
    return sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-14)


@given(n=st.integers(60, 400), p=st.integers(1, 6), seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_equals_statsmodels(n, p, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    y = (rng.random(n) < 1 / (1 + np.exp(-x[:, 0] * 0.7))).astype(int)
    fitted = logit.fit(x, y)
    if fitted.status == "separated":  # certified; statsmodels could only fail
        return
    theirs = reference(x, y)
    np.testing.assert_allclose(fitted.params, theirs.params, rtol=0, atol=1e-8)
    np.testing.assert_allclose(fitted.se, theirs.bse, rtol=0, atol=1e-8)
    np.testing.assert_allclose(fitted.p_values, theirs.pvalues, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(fitted.intervals(), theirs.conf_int(), atol=1e-7)
    assert fitted.loglik == pytest.approx(theirs.llf, abs=1e-8)
    assert fitted.null_loglik == pytest.approx(theirs.llnull, abs=1e-5)


def test_equals_statsmodels_on_a_table_long_enough_for_the_subsample():
    x, y = binary(90_000, 6)
    fitted, theirs = logit.fit(x, y), reference(x, y)
    assert fitted.status == "converged"
    np.testing.assert_allclose(fitted.params, theirs.params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(fitted.se, theirs.bse, rtol=0, atol=1e-9)
    assert fitted.iterations <= 4


# In the first four, the subsample's fit is so far out that the ascent has to begin again.
@pytest.mark.parametrize("seed", [1085, 1210, 1381, 1480, *range(2000, 2012)])
def test_the_subsample_changes_the_time_and_not_the_fit(seed, monkeypatch):
    x, y = odd(seed)
    quick = logit.fit(x, y)
    monkeypatch.setattr("cutaway.science.logit.newton._SUBSAMPLE_ROWS", 10**9)
    plain = logit.fit(x, y)
    assert quick.status == plain.status != "not converged"
    if plain.status == "converged":
        assert quick.aliased == plain.aliased
        np.testing.assert_allclose(quick.params / plain.se, plain.params / plain.se, atol=1e-6)
        np.testing.assert_allclose(quick.se, plain.se, rtol=2e-6)
        np.testing.assert_allclose(quick.loglik, plain.loglik, atol=1e-6)


def test_a_start_from_far_out_does_no_harm():
    x, y = binary(500, 3)
    far = np.array([500.0, -3000.0, 1e4, 2e5])
    fitted = logit.fit_fold(folded([], x, y, None), 3, start=far)
    assert fitted.status == "converged"
    np.testing.assert_allclose(fitted.params, logit.fit(x, y).params, atol=1e-8)


def test_weights_equal_statsmodels_and_repeated_rows():
    x, y = binary(300, 3)
    w = np.random.default_rng(1).integers(0, 4, 300).astype(float)
    fitted, theirs = logit.fit(x, y, w), reference(x, y, w)
    np.testing.assert_allclose(fitted.params, theirs.params, atol=1e-8)
    np.testing.assert_allclose(fitted.se, theirs.bse, atol=1e-8)
    repeated = logit.fit(np.repeat(x, w.astype(int), axis=0), np.repeat(y, w.astype(int)))
    np.testing.assert_allclose(fitted.params, repeated.params, atol=1e-9)
    np.testing.assert_allclose(fitted.cov, repeated.cov, atol=1e-9)


def test_robust_errors_are_the_sandwich_of_statsmodels():
    x, y = binary(500, 3)
    design = np.column_stack((np.ones(len(x)), x))
    theirs = sm.Logit(y, design).fit(disp=0, tol=1e-14, cov_type="HC0")
    np.testing.assert_allclose(logit.fit(x, y, robust=True).se, theirs.bse, atol=1e-8)


def test_robust_errors_do_not_change_with_the_weights_unit():
    x, y = binary(500, 3)
    w = np.random.default_rng(1).random(500) + 0.1
    one, thousand = logit.fit(x, y, w, robust=True), logit.fit(x, y, 1000 * w, robust=True)
    np.testing.assert_allclose(one.se, thousand.se, rtol=1e-6)
    assert logit.fit(x, y, 1000 * w).se[1] < one.se[1] / 10  # which is why sampling weights need them


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_scales_and_offsets_change_nothing_but_the_unit(offset):
    x, y = binary(800, 4)
    scale = np.array([1e-6, 1.0, 1e3, 1e9])
    plain, scaled = logit.fit(x, y), logit.fit(x * scale + offset * scale, y)
    np.testing.assert_allclose(scaled.coef * scale, plain.coef, rtol=1e-8)
    np.testing.assert_allclose(scaled.se[1:] * scale, plain.se[1:], rtol=1e-8)


@given(cuts=st.lists(st.integers(0, 400), max_size=4), start=st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_fold_gives_the_fit_of_the_whole(cuts, start):
    x, y = binary()
    whole = logit.fit(x, y)
    fitted = logit.fit_fold(folded(sorted(cuts), x, y, None), 4, start=whole.params if start else None)
    np.testing.assert_allclose(fitted.params, whole.params, atol=1e-9)
    np.testing.assert_allclose(fitted.cov, whole.cov, atol=1e-9)
    np.testing.assert_allclose(fitted.hessian, whole.hessian, rtol=1e-7, atol=1e-7)


def test_equal_and_dependent_columns_are_set_aside_and_the_first_stays():
    x, y = binary()
    wide = np.column_stack((x, x[:, 0], np.full(len(x), 3.0), x[:, 1] - 2 * x[:, 2] + 5))
    fitted, plain = logit.fit(wide, y), logit.fit(x, y)
    assert fitted.aliased == (4, 5, 6)
    assert fitted.status == "converged"
    np.testing.assert_allclose(fitted.params[:5], plain.params, atol=1e-9)
    np.testing.assert_allclose(fitted.se[:5], plain.se, atol=1e-9)
    assert np.all(np.isnan(fitted.params[5:])) and np.all(np.isnan(fitted.se[5:]))
    assert not np.any(np.isnan(fitted.usable))


def test_a_pair_that_is_nearly_collinear_is_kept():
    x, y = binary(2000)
    near = x[:, 0] + 1e-3 * np.random.default_rng(3).normal(size=len(x))
    fitted = logit.fit(np.column_stack((x, near)), y)
    theirs = reference(np.column_stack((x, near)), y)
    assert fitted.aliased == ()
    np.testing.assert_allclose(fitted.params, theirs.params, rtol=1e-8, atol=1e-8)


def test_rare_events_converge():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 3))
    y = np.zeros(20_000, dtype=int)
    y[:6] = 1
    fitted = logit.fit_fold(folded([], x, y, None), 3)
    assert fitted.status == "converged"
    np.testing.assert_allclose(fitted.params, reference(x, y).params, atol=1e-6)


def test_separated_data_end_within_a_second():
    x, y = binary()
    y[:] = x[:, 2] > 0.1
    logit.fit(x, y)
    begin = time.process_time()
    fitted = logit.fit(x, y)
    assert time.process_time() - begin < 1.0
    assert fitted.status == "separated"
    assert np.all(np.isfinite(fitted.params))


def test_more_columns_than_rows_end():
    rng = np.random.default_rng(0)
    fitted = logit.fit(rng.normal(size=(10, 30)), np.arange(10) % 2)
    assert fitted.status == "separated"
    assert fitted.separation.kind == "complete"


@given(seed=st.integers(0, 10**6), n=st.integers(2, 12), p=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_tiny_tables_always_end_in_a_maximum_or_a_certificate(seed, n, p):
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, size=(n, p)).astype(float)
    y = rng.integers(0, 2, n)
    y[:2] = [0, 1]
    fitted = logit.fit(x, y)
    assert fitted.status in ("converged", "separated")
    if fitted.status == "converged":
        gram = logit.Gram.of(x, y.astype(np.int32), None, fitted.usable)
        assert np.max(np.abs(gram.gradient)) < 1e-6


def test_ridge_is_the_penalty_matrix():
    x, y = binary()
    by_vector = logit.fit(x, y, ridge=np.array([0.0, 1.0, 2.0, 3.0, 4.0]))
    by_matrix = logit.fit(x, y, penalty=np.diag([0.0, 1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(by_vector.params, by_matrix.params, atol=1e-12)
    gram = logit.Gram.of(x, y, None, by_vector.params)
    np.testing.assert_allclose(gram.gradient, np.array([0, 1, 2, 3, 4]) * by_vector.params, atol=1e-7)
    assert logit.fit(x, y, ridge=1e6).coef == pytest.approx(0.0, abs=1e-3)


def test_a_frame_maps_there_and_back():
    frame = Frame(np.array([3.0, -1e6]), np.array([2.0, 1e-3]))
    b = np.array([0.5, 1.0, -2.0])
    np.testing.assert_allclose(frame.inward(frame.outward(b)), b, rtol=1e-6)
    np.testing.assert_allclose(frame.matrix @ b, frame.outward(b))


X, Y = binary(20, 2)


@pytest.mark.parametrize(
    ("x", "y", "w", "words"),
    [
        (X[:, 0], Y, None, "x: expected a table"),
        (X, Y[:-1], None, r"y: expected shape \(20,\)"),
        (X[:0], Y[:0], None, "at least one row"),
        (X, np.zeros(20, int), None, "two classes, got 0 in all 20 rows"),
        (X, Y + 1, None, "expected 0 and 1"),
        (X, Y + 0.5, None, "expected 0 and 1"),
        (X, np.full(20, np.nan), None, "expected 0 and 1"),
        (np.where(np.arange(40).reshape(20, 2) == 5, np.nan, X), Y, None, "1 NaN or infinite values in column 1"),
        (np.where(np.arange(40).reshape(20, 2) == 4, np.inf, X), Y, None, "1 NaN or infinite values in column 0"),
        (X, Y, np.ones(3), r"weight: expected shape \(20,\)"),
        (X, Y, np.full(20, -1.0), "weight: expected finite numbers of 0 or more, got -1.0 in row 0"),
        (X, Y, np.full(20, np.nan), "weight: expected finite"),
        (X, Y, Y.astype(float), "expected two classes"),
    ],
)
def test_bad_input_is_named(x, y, w, words):
    with pytest.raises(InputError, match=words):
        logit.fit(x, y, w)


def test_text_is_a_wrong_type():
    with pytest.raises(InputTypeError, match="encode categories"):
        logit.fit(np.array([["a"], ["b"]]), np.array([0, 1]))
    with pytest.raises(InputTypeError, match="numeric"):
        logit.fit(X, np.array(["a", "b"] * 10))
