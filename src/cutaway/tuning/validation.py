"""A built-in model over a table as an objective: its score by cross-validation, fold after fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from cutaway.core.contest import Direction
from cutaway.core.errors import InputError
from cutaway.tuning.models import check_space, model_named
from cutaway.tuning.rows import Rows, stratified
from cutaway.tuning.samplers import seed_of
from cutaway.tuning.shared import SharedFits, shared_fits
from cutaway.tuning.space import Space, Value
from cutaway.tuning.trials import Attempt

METRICS: dict[str, Direction] = {"auc": "maximize", "accuracy": "maximize", "log_loss": "minimize"}
"""Metric -> its direction. auc: area under the ROC curve; of several classes the mean of each against the rest."""

MEANS = ("accuracy", "log_loss")
"""Metrics that are means over rows."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CrossValidated:
    """The objective "mean score over the folds" of a built-in model; each fold is reported as a step, for pruning.

    `metric` None: auc for two classes, accuracy for more. `seed` draws the folds and the models' own luck, the same
    for every trial, so that trials differ by their parameters alone.

    Raises:
        InputError: a model or metric that does not exist, a metric that the model cannot be measured by, or fewer
            rows of a class than folds.
    """

    rows: Rows
    model: str
    metric: str | None = None
    folds: int = 5
    seed: int = 0
    _fold: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        model = model_named(self.model)
        metric = self.metric or ("auc" if len(self.rows.classes) == 2 else "accuracy")
        if metric not in METRICS:
            raise InputError(f"--metric {metric!r}: there is none of that name; the metrics are {', '.join(METRICS)}")
        if metric == "log_loss" and not model.log_odds:
            raise InputError(f"--metric log_loss: {self.model} gives no probabilities; choose auc or accuracy")
        rarest = int(np.bincount(self.rows.y, minlength=len(self.rows.classes)).min())
        if rarest < self.folds:
            raise InputError(
                f"--folds {self.folds}: the rarest class of {self.rows.target!r} has {rarest:,} "
                + ("rows; ask for fewer folds" if rarest > 1 else "row; leave it out, or add rows of its class")
            )
        object.__setattr__(self, "metric", metric)
        object.__setattr__(self, "_fold", stratified(self.rows.y, self.folds, seed_of(self.seed, "folds")))

    @property
    def __name__(self) -> str:
        return f"{self.model} on {self.rows.name}"

    @property
    def direction(self) -> Direction:
        """Which way is better."""
        return METRICS[str(self.metric)]

    @property
    def space(self) -> Space:
        """What the model searches unless told otherwise."""
        return model_named(self.model).space

    def refuse(self, space: Space) -> None:
        """Raise the error for a space that the model cannot be searched over."""
        check_space(model_named(self.model), space)

    def __call__(self, params: Mapping[str, Value], attempt: Attempt) -> float:
        """The mean over the folds."""
        found: list[float] = []
        for k, (test, scores) in enumerate(self.held_out(params)):
            found.append(self.score(self.rows.y[test], scores))
            attempt.report(k + 1, float(np.mean(found)))
        return float(np.mean(found))

    def held_out(
        self, params: Mapping[str, Value], *, together: bool = True
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each fold its rows (indices), and their scores by the model that has not seen them.

        Where its penalty is all that is searched, a logistic regression's fits share their work, unless they are not
        to be made `together`, or cannot be.
        """
        fits = _together(self) if together and set(params) == {"C"} else None
        if fits is None:
            for k in range(self.folds):
                train, test = self.split(k)
                yield test, self.fitted(params, train, test)
            return
        scores = fits.scores(float(params["C"]))  # type: ignore[arg-type]
        for k in range(self.folds):
            test = self.split(k)[1]
            yield test, scores[test]

    @property
    def shares(self) -> bool:
        """Whether the folds' fits of a trial, and those of one trial after another, share their work."""
        return _together(self) is not None

    def split(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the rows to train on and to test on in fold `k`."""
        return np.flatnonzero(self._fold != k), np.flatnonzero(self._fold == k)

    def fitted(self, params: Mapping[str, Value], train: np.ndarray, test: np.ndarray) -> np.ndarray:
        """Scores of the rows `test` by a model that has seen the rows `train`: (m,) for two classes, else (m, K)."""
        x = self.rows.matrix(train)
        classes = len(self.rows.classes)
        scorer = model_named(self.model).fit(params, x[train], self.rows.y[train], classes, seed_of(self.seed, "model"))
        return scorer(x[test])

    def out_of_fold(self, params: Mapping[str, Value]) -> np.ndarray:
        """Scores of all rows, each by the model that had not seen it."""
        parts = list(self.held_out(params))
        out = np.empty((len(self.rows), *parts[0][1].shape[1:]))
        for test, scores in parts:
            out[test] = scores
        return out

    def score(self, y: np.ndarray, scores: np.ndarray) -> float:
        """The metric of these scores."""
        if self.metric == "auc":
            from cutaway.science.metrics import roc_auc

            return float(roc_auc(y, scores))
        return float(self.by_row(y, scores).mean())

    def by_row(self, y: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """The metric (m,) of each row, whose mean it is.

        Raises: InputError for auc, which is no mean over rows.
        """
        if self.metric not in MEANS:
            raise InputError(f"by_row: expected a metric that is a mean over rows, got {self.metric}")
        if self.metric == "accuracy":
            return np.asarray(((scores > 0) if scores.ndim == 1 else scores.argmax(axis=1)) == y, np.float64)
        if scores.ndim == 1:
            return np.asarray(np.logaddexp(0.0, np.where(y == 1, -scores, scores)))
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        return np.asarray(-logs[np.arange(len(y)), y])

    def on(self, at: np.ndarray, seed: int | None = None) -> CrossValidated:
        """The same over these rows only (indices): the inner side of a nested cross-validation."""
        taken = self.rows.taken(np.asarray(at))
        return CrossValidated(taken, self.model, self.metric, self.folds, self.seed if seed is None else seed)

    def outside(self, params: Mapping[str, Value], train: np.ndarray, test: np.ndarray) -> float:
        """The score on the rows `test` of a model fitted on all of `train`: the figure that counts."""
        return self.score(self.rows.y[test], self.fitted(params, train, test))

    def describe(self) -> dict[str, Any]:
        """What it is, for a storage to compare."""
        return {
            "model": self.model,
            "metric": self.metric,
            "folds": self.folds,
            "seed": self.seed,
            "rows": len(self.rows),
            "content": self.rows.digest(),
        }


_TOGETHER: WeakKeyDictionary[CrossValidated, SharedFits | None] = WeakKeyDictionary()
"""Objective -> its fits that share their work: of this process, never sent to another."""


def _together(objective: CrossValidated) -> SharedFits | None:
    if objective.model != "logistic":
        return None
    if objective not in _TOGETHER:
        _TOGETHER[objective] = shared_fits(objective.rows, objective._fold)
    return _TOGETHER[objective]
