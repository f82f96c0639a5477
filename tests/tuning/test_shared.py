"""Logistic fits that share their work are the fits made one by one, whatever a fold makes of its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from cutaway.tuning import CrossValidated, Rows, contest, read_rows, search
from cutaway.tuning.shared import shared_fits
from tests.tuning.test_nested import table

N = 400


def mixed(seed: int = 0) -> Rows:
    """Numbers with gaps, of which one has them in a few rows alone; categories of two and three levels, and a rare
    one.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 4)) * [1, 10, 0.1, 2] + [0, 5, 1, 0]
    y = rng.random(N) < 1 / (1 + np.exp(-x[:, 0] - 0.1 * x[:, 1]))
    x[rng.random(N) < 0.1, 1] = np.nan
    x[:2, 2] = np.nan
    columns: dict[str, Any] = {f"x{j}": x[:, j] for j in range(4)}
    columns["colour"] = [("red", "green", "blue", None)[k] for k in rng.choice(4, N, p=[0.5, 0.3, 0.15, 0.05])]
    columns["side"] = [("left", "right")[k] for k in rng.choice(2, N)]
    columns["place"] = ["rare" if k < 2 else f"place {k % 4}" for k in range(N)]
    return read_rows(pa.table({**columns, "y": ["yes" if each else "no" for each in y]}), "y")


@pytest.mark.parametrize("strength", [1e-5, 0.3, 10.0, 1e4])
def test_they_are_scikit_learns_on_the_columns_that_each_fold_scales(strength: float) -> None:
    own = CrossValidated(mixed(), "logistic", "log_loss", folds=4, seed=1)
    assert own.shares
    for k, (test, scores) in enumerate(own.held_out({"C": strength})):
        train = own.split(k)[0]
        x = own.rows.matrix(train)
        alone = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        expected = alone.fit(x[train], own.rows.y[train]).decision_function(x[test])
        np.testing.assert_allclose(scores, expected, atol=2e-5)


def test_a_score_is_the_same_to_the_last_bit_whoever_asked_before() -> None:
    first, second = (CrossValidated(mixed(), "logistic", "log_loss", folds=4, seed=1) for _ in "ab")
    for strength in (100.0, 0.02):
        second.out_of_fold({"C": strength})
    np.testing.assert_array_equal(first.out_of_fold({"C": 0.7}), second.out_of_fold({"C": 0.7}))


def test_workers_find_what_this_process_finds() -> None:
    own = CrossValidated(mixed(), "logistic", "log_loss", folds=3)
    values = [
        [
            trial.value
            for trial in search(own, own.space, method="tpe", budget=16, direction="minimize", workers=n).trials
        ]
        for n in (1, 2)
    ]
    assert values[0] == values[1]


def test_no_work_is_shared_where_that_is_not_the_same() -> None:
    three = table(60, classes=3)
    assert shared_fits(three, np.arange(60) % 3) is None
    gap = ["a", "b"] * 30
    gap[0] = None  # type: ignore[call-overload]
    one = read_rows(pa.table({"x": np.arange(60.0), "g": gap, "y": ["n", "n", "j"] * 20}), "y")
    fold = (np.arange(60) >= 20) + 0  # without the first fold no gap is left, and one column is enough there
    assert shared_fits(one, fold) is None
    many = np.random.default_rng(0).normal(size=(60, 201))
    wide = Rows("wide", "y", many, np.empty((60, 0), np.int32), (), np.arange(60) % 2, ("a", "b"))
    assert shared_fits(wide, np.arange(60) % 3) is None
    assert not CrossValidated(three, "logistic", folds=3).shares
    assert not CrossValidated(mixed(), "svm", folds=3).shares


def test_a_contest_says_what_it_saves() -> None:
    found = contest(
        CrossValidated(mixed(), "logistic", folds=3), methods=("random",), budget=4, repeats=2, correct=False
    )
    (told,) = [note for note in found.notes if "share the Grams" in note]
    assert "24 fits took" in told and "times as long" in told
