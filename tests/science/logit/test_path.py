"""The penalty path over folds: fit by fold it is the fit alone, and scikit-learn's, and nothing stops it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from cutaway.core.errors import InputError
from cutaway.science.logit import penalised, penalty_knots, penalty_path


def table(n: int = 300, p: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * rng.uniform(0.2, 5, p) + rng.normal(0, 3, p)
    eta = (x - x.mean(0)) @ rng.normal(0, 0.5, p)
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return x, y, rng.permutation(n) % 5


def mean_log_loss(y: np.ndarray, linear: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, np.where(y == 1, -linear, linear))))


STRENGTHS = np.logspace(-4, 4, 9)


def test_every_fit_is_the_fit_alone() -> None:
    x, y, ids = table()
    path = penalty_path(x, y, ids, STRENGTHS)
    assert path.alone == 0
    for k in (0, 4, 8):
        for f in range(5):
            alone = penalised(x[ids != f], y[ids != f], C=float(STRENGTHS[k]))
            np.testing.assert_allclose(path.params[k, f], alone.params, rtol=1e-6, atol=1e-7)
            np.testing.assert_allclose(path.linear[ids == f, k], x[ids == f] @ alone.coef + alone.intercept, atol=1e-5)


def test_the_scores_are_those_of_scikit_learns_grid_search() -> None:
    x, y, ids = table(seed=1)
    path = penalty_path(x, y, ids, STRENGTHS)
    model = LogisticRegression(solver="newton-cholesky", tol=1e-8, max_iter=1000)
    grid = GridSearchCV(model, {"C": STRENGTHS}, cv=PredefinedSplit(ids), scoring="neg_log_loss", refit=False)
    expected = -grid.fit(x, y).cv_results_["mean_test_score"]
    np.testing.assert_allclose(path.scores(mean_log_loss).mean(axis=1), expected, atol=1e-7)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_order_of_rows_strengths_and_folds_does_not_matter(seed: int, folds: int) -> None:
    x, y, _ = table(80, 3, seed)
    rng = np.random.default_rng(seed)
    ids = rng.permutation(80) % folds
    path = penalty_path(x, y, ids, [0.01, 1.0, 100.0])
    turned = rng.permutation(80)
    again = penalty_path(x[turned], y[turned], folds - 1 - ids[turned], [100.0, 0.01, 1.0])
    np.testing.assert_allclose(again.params[:, ::-1], path.params[[2, 0, 1]], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(again.linear, path.linear[turned][:, [2, 0, 1]], rtol=1e-4, atol=1e-4)


def test_separated_rows_under_hardly_a_penalty_have_their_fit() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 3))
    y = (x[:, 0] > 0).astype(int)
    ids = np.arange(60) % 3
    path = penalty_path(x, y, ids, [1e-3, 1.0, 1e6])
    for k, strength in enumerate(path.C):
        alone = penalised(x[ids != 1], y[ids != 1], C=float(strength))
        np.testing.assert_allclose(path.params[k, 1], alone.params, rtol=1e-4)


def test_equal_and_constant_columns_share_their_penalty() -> None:
    x, y, ids = table(120, 2, 3)
    wide = np.column_stack((x, x[:, 0], np.full(120, 7.0)))
    path = penalty_path(wide, y, ids, [0.1, 10.0])
    np.testing.assert_allclose(path.params[..., 1], path.params[..., 3], atol=1e-8)
    np.testing.assert_allclose(path.params[..., 4], 0.0, atol=1e-8)


def test_a_strong_penalty_leaves_the_share_of_the_others() -> None:
    x, y, ids = table(100, 2, 4)
    path = penalty_path(x, y, ids, [1e-12])
    share = np.array([y[ids != f].mean() for f in range(5)])
    np.testing.assert_allclose(path.params[0, :, 0], np.log(share / (1 - share)), atol=1e-6)


def scaled_by_fold(x: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spreads (F, p) of the rows outside each fold, and the penalties (F, p, p) that scaling by them amounts to."""
    spreads = np.array([x[ids != f].std(axis=0) for f in range(5)])
    return spreads, np.array([np.diag(each**2) for each in spreads])


def test_folds_that_scale_for_themselves_share_one_table() -> None:
    x, y, ids = table(seed=6)
    spreads, forms = scaled_by_fold(x, ids)
    path = penalty_path(x, y, ids, [0.01, 1.0, 100.0], forms=forms)
    for k, strength in enumerate(path.C):
        for f in range(5):
            alone = penalised(x[ids != f] / spreads[f], y[ids != f], C=float(strength))
            np.testing.assert_allclose(path.params[k, f, 1:] * spreads[f], alone.coef, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("strength", [1e-6, 3e-3, 0.31, 1.0, 44.0, 1e5])
def test_between_the_knots_a_fit_is_the_paths(strength: float) -> None:
    x, y, ids = table(seed=7)
    forms = scaled_by_fold(x, ids)[1]
    knots = penalty_knots(x, y, ids, np.logspace(-4, 4, 9), forms=forms)
    found = knots.at(strength)
    expected = penalty_path(x, y, ids, [strength], forms=forms)
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-5, atol=1e-7)
    assert found.passes <= 12 and found.alone == 0


def test_what_a_knot_says_does_not_depend_on_what_was_asked_before() -> None:
    x, y, ids = table(seed=8)
    knots = penalty_knots(x, y, ids, [0.1, 1.0, 10.0])
    first = knots.at(0.4).linear
    knots.at(3.0)
    np.testing.assert_array_equal(knots.at(0.4).linear, first)
    np.testing.assert_array_equal(penalty_knots(x, y, ids, [0.1, 1.0, 10.0]).at(0.4).linear, first)


def test_separated_rows_between_knots_have_their_fit() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 3))
    y = (x[:, 0] > 0).astype(int)
    ids = np.arange(60) % 3
    found = penalty_knots(x, y, ids, np.logspace(-4, 4, 9)).at(3e5)
    alone = penalised(x[ids != 1], y[ids != 1], C=3e5)
    np.testing.assert_allclose(found.params[0, 1], alone.params, rtol=1e-3)


X, Y, IDS = table(40, 2, 5)
BAD: dict[str, tuple[Any, str]] = {
    "folds": (lambda: penalty_path(X, Y, np.zeros(40, int), [1.0]), "every number from 0 to F-1"),
    "gap": (lambda: penalty_path(X, Y, 2 * (IDS % 2), [1.0]), "every number from 0 to F-1"),
    "length": (lambda: penalty_path(X, Y, IDS[:7], [1.0]), r"whole numbers \(40,\)"),
    "C": (lambda: penalty_path(X, Y, IDS, [0.0]), "C: expected numbers above 0"),
    "none": (lambda: penalty_path(X, Y, IDS, []), "C: expected numbers above 0"),
    "nan": (lambda: penalty_path(np.where(X > 0, X, np.nan), Y, IDS, [1.0]), "x: expected finite numbers"),
    "class": (lambda: penalty_path(X, (IDS == 0).astype(int), IDS, [1.0]), "outside fold 0 are of one class"),
    "forms": (lambda: penalty_path(X, Y, IDS, [1.0], forms=np.eye(2)), "forms: expected one matrix for each fold"),
    "knot": (lambda: penalty_knots(X, Y, IDS, [1.0]).at(-1.0), "C of PenaltyKnots.at: expected a number above 0"),
    "labels": (lambda: penalty_path(X, Y + 1, IDS, [1.0]), "y: expected 0 and 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_argument_is_named(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
