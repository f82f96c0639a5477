"""Held-out scores equal fits without the fold; consecutive against shuffled folds."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import logit
from cutaway.science.columns.order import blocks_of
from cutaway.science.logit.consecutive import consecutive
from cutaway.science.logit.held_out import held_out

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 4))
Y = (RNG.random(1000) < logit.sigmoid(X[:, 0])).astype(float)
FOLD = np.arange(1000) % 5


def test_each_row_is_scored_by_a_fit_without_its_fold() -> None:
    (scores,) = held_out(X, Y, FOLD)
    for f in range(5):
        fitted = logit.fit(X[f != FOLD], Y[f != FOLD], ridge=1.0)
        assert scores[f == FOLD] == pytest.approx(logit.linear(X[f == FOLD], fitted.usable), abs=1e-3)


def test_separated_equal_and_absent_columns() -> None:
    assert np.isfinite(held_out(np.column_stack([Y, Y, X]), Y, FOLD)[0]).all()
    (constant,) = held_out(np.empty((1000, 0)), Y, FOLD)
    assert np.unique(constant).size <= 5 and abs(constant.mean() - np.log(Y.mean() / (1 - Y.mean()))) < 0.05


def test_a_fold_that_holds_all_of_a_class_gets_a_constant() -> None:
    y = (np.arange(1000) >= 800).astype(float)
    (scores,) = held_out(X, y, blocks_of(1000))
    assert np.isfinite(scores).all() and np.ptp(scores[y == 1]) < 1e-9


def test_a_relation_that_turns_is_harder_in_consecutive_folds() -> None:
    n = 3000
    x = RNG.normal(size=(n, 1))
    sign = np.where(blocks_of(n) % 2, -1, 1)
    y = (RNG.random(n) < logit.sigmoid(2 * sign * x[:, 0])).astype(int)
    found = consecutive(x, y, [1], blocks_of(n), RNG.integers(0, 5, n))
    assert found is not None and found.harder and found.p < 1e-6


def test_random_rows_are_as_hard_either_way() -> None:
    found = [
        consecutive(RNG.normal(size=(300, 3)), RNG.integers(0, 2, 300), [1], blocks_of(300), RNG.integers(0, 5, 300))
        for _ in range(60)
    ]
    assert sum(f is not None and f.harder and f.p < 0.001 for f in found) == 0


def test_blocks_without_a_class_have_no_area() -> None:
    assert consecutive(X, (np.arange(1000) > 500).astype(int), [1], blocks_of(1000), FOLD) is None
