"""What a penalty moves: the algebra equals the fits, and the codings equal the columns that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import logit
from cutaway.science.logit import shrinkage


def rows(n: int = 800, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A number and a factor of three levels whose first has no column."""
    rng = np.random.default_rng(seed)
    level = rng.choice(3, n, p=[0.2, 0.5, 0.3])
    x = np.column_stack([rng.normal(size=n), level == 1, level == 2]).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(-x @ [1.0, -1.0, 0.7]))).astype(int)
    return x, y


def test_first_order_is_near_and_settle_is_exact() -> None:
    x, y = rows()
    fitted = logit.fit(x, y)
    penalty = np.diag([0.0, 1.0, 1.0, 1.0])
    step = shrinkage.first_order(fitted.hessian, fitted.params, penalty)
    exact = logit.penalised(x, y)
    assert fitted.params + step == pytest.approx(exact.params, abs=5e-3)
    whole = lambda of: of(x, y, None)  # noqa: E731
    settled = shrinkage.settle(whole, fitted.params + step, penalty)
    assert settled.params == pytest.approx(exact.params, abs=1e-6)
    assert settled.loglik == pytest.approx(logit.Gram.of(x, y, None, exact.params).loglik, abs=1e-6)
    assert settled.loglik < fitted.loglik


def test_no_contrast_moves_by_more_than_the_length() -> None:
    x, y = rows()
    fitted = logit.fit(x, y)
    step = shrinkage.first_order(fitted.hessian, fitted.params, np.diag([0.0, 50.0, 3.0, 7.0]))
    bound = shrinkage.length(fitted.hessian, step)
    rng = np.random.default_rng(1)
    for a in rng.normal(size=(200, 4)):
        assert abs(a @ step) / np.sqrt(a @ fitted.cov @ a) <= bound * (1 + 1e-9)


def test_first_order_from_a_point_that_is_no_maximum() -> None:
    x, y = rows()
    at = np.array([0.1, 0.9, -0.9, 0.6])
    gram = logit.Gram.of(x, y, None, at)
    step = shrinkage.first_order(gram.hessian, at, np.zeros((4, 4)), gram.gradient)
    assert at + step == pytest.approx(logit.fit(x, y).params, abs=2e-2)


def test_aliased_coefficients_stay_out() -> None:
    x, y = rows()
    x = np.column_stack([x, x[:, 0]])
    fitted = logit.fit(x, y)
    penalty = np.diag([0.0, 1.0, 1.0, 1.0, 1.0])
    step = shrinkage.first_order(fitted.hessian, fitted.params, penalty)
    assert step[4] == 0
    settled = shrinkage.settle(lambda of: of(x, y, None), fitted.params, penalty)
    assert np.isnan(settled.params[4])
    assert settled.params[:4] == pytest.approx(logit.penalised(x[:, :3], y).params, abs=1e-6)


def test_another_reference_is_a_fit_of_the_other_dummies() -> None:
    x, y = rows()
    other = np.column_stack([x[:, 0], 1 - x[:, 1] - x[:, 2], x[:, 2]])  # level 1 is the reference
    matrix = shrinkage.other_reference(4, [((2, 3), 2)])
    assert matrix @ logit.fit(x, y).params == pytest.approx(logit.fit(other, y).params, abs=1e-7)
    slopes = np.diag([0.0, 1.0, 1.0, 1.0])
    settled = shrinkage.settle(lambda of: of(x, y, None), logit.fit(x, y).params, matrix.T @ slopes @ matrix)
    assert matrix @ settled.params == pytest.approx(logit.penalised(other, y).params, abs=1e-6)


def test_a_column_for_every_level() -> None:
    x, y = rows()
    full = np.column_stack([x[:, 0], 1 - x[:, 1] - x[:, 2], x[:, 1], x[:, 2]])
    direct = logit.fit(full, y, ridge=1.0).params
    settled = shrinkage.settle(lambda of: of(x, y, None), logit.fit(x, y).params, shrinkage.every_level(4, [(2, 3)]))
    assert settled.params[1] == pytest.approx(direct[1], abs=1e-6)
    assert settled.params[2:] == pytest.approx(direct[3:] - direct[2], abs=1e-6)


def test_every_class_is_the_softmax_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    x = rng.normal(size=(900, 2))
    y = (x @ rng.normal(size=(2, 4)) + rng.gumbel(size=(900, 4))).argmax(axis=1)
    penalty = shrinkage.every_class(4, np.diag([0.0, 1.0, 1.0]))
    start = logit.fit_multinomial(x, y, reference=1).params
    settled = shrinkage.settle(lambda of: of(x, y, None), start, penalty, reference=1)
    model = LogisticRegression(tol=1e-10, max_iter=10_000).fit(x, y)
    assert settled.params[:, 1:] == pytest.approx(np.delete(model.coef_ - model.coef_[1], 1, axis=0), abs=1e-4)
