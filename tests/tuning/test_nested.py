"""Nested cross-validation and its cheap substitute, on a model whose accuracy is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cutaway.core.errors import InputError
from cutaway.tuning import Attempt, CrossValidated, Float, Rows, Space, search
from cutaway.tuning.contest import contest
from cutaway.tuning.nested import Areas, Remembering, bias_corrected, outer_splits
from cutaway.tuning.samplers import seed_of
from cutaway.tuning.trials import Task

LINE = Space({"x": Float(0, 1)})


def table(n: int, seed: int = 0, classes: int = 2) -> Rows:
    """A column that counts the rows, and one that tells the class a little."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    numbers = np.column_stack((np.arange(n, dtype=np.float64), y + rng.normal(0, 1.5, n)))
    names = tuple("abc"[:classes])
    return Rows("simulated", "y", numbers, np.empty((n, 0), np.int32), (), y.astype(np.int64), names)


class Lucky(CrossValidated):
    """A model that is right in 70 % of all rows; its parameter decides no more than which rows those are."""

    def fitted(self, params: Mapping[str, Any], train: np.ndarray, test: np.ndarray) -> np.ndarray:
        number = self.rows.numbers[test, 0].astype(int)
        luck = np.random.default_rng(int(float(params["x"]) * 1e9)).random(10_000)[number]
        sign = np.where(self.rows.y[test] == 1, 1.0, -1.0)
        return np.where(luck < 0.7, sign, -sign) * (0.5 + luck)

    def refuse(self, space: Space) -> None:
        """Any space will do."""

    def on(self, at: np.ndarray, seed: int | None = None) -> CrossValidated:
        return Lucky(self.rows.taken(at), self.model, self.metric, self.folds, self.seed if seed is None else seed)


def test_the_naive_score_is_biased_the_outer_and_the_corrected_are_not() -> None:
    objective = Lucky(table(180), "logistic", "accuracy", folds=3)
    found = contest(objective, LINE, methods=("random",), budget=25, repeats=8)
    standing = found.standings[0]
    assert standing.outer is not None and standing.corrected is not None and standing.optimism is not None
    assert standing.selected.low > 0.72  # all are worth 0.7
    assert standing.outer.low < 0.7 < standing.outer.high
    assert abs(standing.outer.value - 0.7) < 0.02
    assert abs(standing.corrected.value - 0.7) < 0.02
    assert standing.corrected.low < 0.7 < standing.corrected.high
    assert standing.optimism.value > 0.03
    assert standing.optimism.low < standing.selected.value - 0.7 < standing.optimism.high
    assert (found.budget.outer_folds, found.budget.inner_folds, found.metric) == (3, 3, "accuracy")
    assert any("speak of this table" in note for note in found.notes)


def test_equal_methods_tie_on_rows_that_no_search_saw() -> None:
    objective = Lucky(table(120), "logistic", "accuracy", folds=3)
    found = contest(objective, LINE, methods=("random", "quasi"), budget=8, repeats=5, correct=False)
    assert found.verdicts[0].outcome == "tie"
    assert found.verdicts[0].wins + found.verdicts[0].ties + found.verdicts[0].losses == 15
    assert found.standings[0].corrected is None


def test_every_row_is_unseen_once_a_repeat_and_no_search_sees_it() -> None:
    objective = Lucky(table(50), "logistic", "accuracy", folds=3)
    splits = list(outer_splits(objective, 2, 4, seed=1))
    for repeat in range(2):
        unseen = np.concatenate([split.unseen for split in splits if split.repeat == repeat])
        np.testing.assert_array_equal(np.sort(unseen), np.arange(50))
    for split in splits:
        assert not set(split.seen) & set(split.unseen)
        assert set(objective.on(split.seen).rows.numbers[:, 0].astype(int)) == set(split.seen)
    assert not np.array_equal(splits[0].unseen, splits[4].unseen)


def test_the_outer_score_of_a_real_model_is_that_of_a_fit_on_the_rows_seen() -> None:
    objective = CrossValidated(table(90), "logistic", "auc", folds=3)
    found = contest(objective, methods=("random",), budget=3, repeats=1, outer_folds=2)
    expected = []
    for split, one in zip(outer_splits(objective, 1, 2), found.searches, strict=True):
        chosen = one.best("maximize")
        assert chosen is not None
        from sklearn.linear_model import LogisticRegression

        x = objective.rows.matrix(split.seen)
        model = LogisticRegression(C=float(chosen.params["C"]), tol=1e-8, max_iter=1000)  # type: ignore[arg-type]
        model.fit(x[split.seen], objective.rows.y[split.seen])
        expected.append(roc_auc_score(objective.rows.y[split.unseen], model.decision_function(x[split.unseen])))
    outer = found.standings[0].outer
    assert outer is not None and outer.value == pytest.approx(np.mean(expected), abs=2e-3)


def test_what_a_trial_predicted_is_remembered(tmp_path: Path) -> None:
    inner = Lucky(table(60), "logistic", "accuracy", folds=3)
    memory = Remembering(inner, tmp_path)
    attempt = Attempt(Task(0, {"x": 0.5}, 1, "maximize"))
    value = memory({"x": 0.5}, attempt)
    assert value == pytest.approx(inner({"x": 0.5}, Attempt(Task(0, {"x": 0.5}, 1, "maximize"))))
    assert attempt.reports[3] == value
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(memory.predicted({"x": 0.5}), inner.out_of_fold({"x": 0.5}))
    np.testing.assert_array_equal(memory.predicted({"x": 0.25}), inner.out_of_fold({"x": 0.25}))  # not there: again


@pytest.mark.parametrize("metric", ["accuracy", "log_loss", "auc"])
def test_the_correction_takes_off_what_luck_put_on(metric: str, tmp_path: Path) -> None:
    inner = Lucky(table(90), "logistic", metric, folds=3)
    memory = Remembering(inner, tmp_path)
    found = search(memory, LINE, method="random", budget=20, direction=inner.direction, seed=seed_of(metric))
    corrected = bias_corrected(memory, found)
    assert corrected is not None
    assert corrected.optimism > 0.01
    assert bias_corrected(memory, search(lambda p: 1 / 0, LINE, method="random", budget=1)) is None


def test_areas_of_many_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(4)
    y, scores = rng.integers(0, 2, 60), rng.integers(0, 6, (60, 5)) / 5
    areas = Areas(y, scores)
    rows = rng.integers(0, 60, 60)
    expected = [roc_auc_score(y[rows], scores[rows, j]) for j in range(5)]
    np.testing.assert_allclose(areas.of(rows), expected)
    assert np.isnan(areas.of(np.flatnonzero(y == 1))).all()


def test_several_classes_have_a_correction_too(tmp_path: Path) -> None:
    class Three(CrossValidated):
        def fitted(self, params: Mapping[str, Any], train: np.ndarray, test: np.ndarray) -> np.ndarray:
            rng = np.random.default_rng(int(float(params["x"]) * 1e9))
            return rng.random((500, 3))[self.rows.numbers[test, 0].astype(int)]

    inner = Three(table(45, classes=3), "logistic", "auc", folds=3)
    memory = Remembering(inner, tmp_path)
    found = search(memory, LINE, method="random", budget=6, direction="maximize")
    corrected = bias_corrected(memory, found)
    assert corrected is not None
    assert corrected.naive > corrected.value
    assert abs(corrected.value - 0.5) < 0.1


def test_too_few_rows_and_wrong_settings_are_named() -> None:
    objective = Lucky(table(12), "logistic", "accuracy", folds=4)
    with pytest.raises(InputError, match="the rarest class of 'y' has 6 rows, too few to leave 4"):
        contest(objective, LINE, methods=("random",), budget=2, repeats=1, outer_folds=2)
    with pytest.raises(InputError, match="repeats: expected 1 or more"):
        list(outer_splits(objective, 0, 3))
    with pytest.raises(InputError, match="accuracy is to maximize"):
        contest(objective, LINE, direction="minimize")
    with pytest.raises(InputError, match="outer folds; leave it out"):
        contest(objective, LINE, unseen=lambda p: 0.0)
