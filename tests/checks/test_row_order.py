"""DAT011 finds rows that are sorted, drift or come in groups, and lets random order be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from cutaway.checks import audit
from cutaway.checks.row_order import row_order
from cutaway.checks.run.example import table
from cutaway.core.figures import Bars, Distribution, Intervals
from cutaway.core.findings import NotApplicableError
from tests.tables import caravan, lending_club, nasscds, shuttle

N = 5000


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_sorted_by_class() -> None:
    rng = np.random.default_rng(0)
    y = np.sort(rng.integers(0, 2, 1000))
    (found,) = row_order(table(y, x=rng.normal(size=1000) + y))
    assert (
        found.severity == "medium"
        and found.title == "The rows are sorted by y: 4 of 5 consecutive folds hold a single class"
    )
    (found,) = row_order(table(np.repeat(np.arange(10), 100), x=rng.normal(size=1000)))
    assert found.title == "The rows are sorted by y: 5 of 5 consecutive folds lack a class"


def test_groups_that_share_their_features_flatter_a_shuffled_score() -> None:
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(50), 100)
    x = rng.normal(size=(50, 8))[owner] + 0.1 * rng.normal(size=(N, 8))
    y = (rng.random(N) < sigmoid(2 * rng.normal(size=50)[owner])).astype(int)
    (found,) = row_order(table(y, **{f"x{j}": x[:, j] for j in range(8)}))
    assert found.severity == "medium" and isinstance(found.figure, Intervals)
    assert found.evidence["auc_in_consecutive_folds"] < found.evidence["auc_in_shuffled_folds_low"]
    assert set(found.columns) == {f"x{j}" for j in range(8)}


def test_a_relation_that_turns() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=N)
    turned = 3 * np.cos(np.pi * np.arange(N) / N)
    (found,) = row_order(table((rng.random(N) < sigmoid(turned * x)).astype(int), x=x))
    assert found.severity == "medium" and found.title.startswith("The order of the rows flatters a shuffled score")


def test_orders_that_do_not_matter_to_the_model_are_tips() -> None:
    rng = np.random.default_rng(3)
    y = (rng.random(N) < 0.2 + 0.2 * np.arange(N) / N).astype(int)
    (drift,) = row_order(table(y, x=rng.normal(size=N) + 0.5 * y))
    assert drift.severity == "low" and isinstance(drift.figure, Bars | Distribution)
    y = rng.integers(0, 2, N)
    (walk,) = row_order(table(y, x=rng.normal(size=N).cumsum(), z=rng.normal(size=N)))
    assert walk.severity == "low" and walk.columns == ("x",)
    assert abs(walk.evidence["auc_in_shuffled_folds"] - walk.evidence["auc_in_consecutive_folds"]) < 0.03
    runs = np.repeat(rng.integers(0, 2, N // 4), 4)
    (alike,) = row_order(table(runs, z=rng.normal(size=N)))
    assert alike.severity == "low" and isinstance(alike.figure, Distribution)
    assert alike.figure.observed is not None and alike.figure.observed > max(alike.figure.edges)


def test_a_row_number_is_no_order() -> None:
    rng = np.random.default_rng(4)
    assert list(row_order(table(rng.integers(0, 2, N), row=np.arange(N), x=rng.normal(size=N)))) == []


def test_random_order_is_silent_nearly_always() -> None:
    tips = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(60, 2000)), int(rng.integers(2, 5))
        y = np.concatenate([np.arange(k), np.arange(k), rng.integers(0, k, n)])
        columns: dict[str, Any] = {f"x{j}": rng.lognormal(size=y.size) + y for j in range(4)}
        columns["kind"] = rng.choice(list("abcdef"), y.size).tolist()
        order = rng.permutation(y.size)
        found = list(row_order(table(y[order], **{c: np.asarray(v)[order] for c, v in columns.items()})))
        assert all(f.severity == "low" for f in found)
        tips += len(found)
    assert tips <= 1


def test_few_rows_and_features_that_are_gone() -> None:
    with pytest.raises(NotApplicableError, match="fewer than 60"):
        list(row_order(table([0, 0, 1, 1], x=[1.0, 2.0, 3.0, 4.0])))
    y = np.sort(np.arange(200) % 2)
    (found,) = row_order(table(y, x=np.full(200, np.nan), z=np.arange(200) % 3))
    assert found.title.startswith("The rows are sorted by y")


def test_scikit_learns_digits_are_in_the_order_of_their_writers() -> None:
    bunch = datasets.load_digits(as_frame=True)
    (found,) = row_order(table(bunch.target, **bunch.data))
    assert found.severity == "medium"  # neighbouring digits share a writer


def test_real_tables() -> None:
    frame, target = nasscds()
    outcome = audit(frame, target, select=["DAT004", "DAT011"]).outcomes[1]
    (tip,) = outcome.findings  # sorted by year
    assert tip.severity == "low" and tip.columns[0] == "yearacc"
    assert tip.evidence["auc_in_shuffled_folds"] < 0.95  # the leak is set aside before
    for load in (caravan, lending_club):
        frame, target = load()
        assert list(row_order(table(frame[target], **{c: frame[c] for c in frame if c != target}))) == []


@pytest.mark.mlbench
def test_shuttle() -> None:
    frame, target = shuttle()
    assert list(row_order(table(frame[target], **{c: frame[c] for c in frame if c != target}))) == []
