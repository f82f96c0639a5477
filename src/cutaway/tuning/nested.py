"""Nested cross-validation: a search sees the inner folds of some rows, and what counts is scored on the others.

And its cheap substitute: the bootstrap correction of the inner score, from what the trials predicted anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cutaway.core.contest import Search, Trial, Value
from cutaway.core.errors import InputError
from cutaway.science.search import Corrected, bootstrap_corrected, bootstrap_corrected_by
from cutaway.tuning.rows import stratified
from cutaway.tuning.samplers import seed_of
from cutaway.tuning.trials import Attempt
from cutaway.tuning.validation import MEANS, CrossValidated

_BOOTSTRAPS = 500
_AREA_BOOTSTRAPS = 100  # each takes as long as to sort the rows of every configuration


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One outer fold of one repeat: row indices that the search may see, and those that it never does."""

    repeat: int
    fold: int
    seen: np.ndarray
    unseen: np.ndarray


def outer_splits(objective: CrossValidated, repeats: int, folds: int, seed: int = 0) -> Iterator[Split]:
    """`repeats` partitions of the rows into `folds`, drawn by the seed; each row is unseen once in each repeat.

    Raises:
        InputError: fewer than 2 folds, no repeats, or a class that has too few rows for the inner folds to hold it.
    """
    if repeats < 1:
        raise InputError(f"repeats: expected 1 or more, got {repeats}")
    rarest = int(np.bincount(objective.rows.y, minlength=len(objective.rows.classes)).min())
    if folds >= 2 and rarest - -(-rarest // folds) < objective.folds:
        raise InputError(
            f"outer folds {folds}: the rarest class of {objective.rows.target!r} has {rarest} rows, too few to leave "
            f"{objective.folds} inside every outer fold; ask for fewer folds"
        )
    for repeat in range(repeats):
        held = stratified(objective.rows.y, folds, seed_of(seed, "outer", repeat))
        for fold in range(folds):
            yield Split(repeat, fold, np.flatnonzero(held != fold), np.flatnonzero(held == fold))


@dataclass(frozen=True, slots=True)
class Remembering:
    """The objective of a cross-validation that also leaves, in a folder, what each trial predicted for each row.

    Processes of this machine share the folder; what another machine predicted is predicted again when it is asked for.
    """

    objective: CrossValidated
    folder: Path

    @property
    def __name__(self) -> str:
        return self.objective.__name__

    def __call__(self, params: Mapping[str, Value], attempt: Attempt) -> float:
        """The mean over the folds, as the objective itself has it; a trial given up leaves nothing."""
        inner, found, parts = self.objective, [], []
        for k, (test, scores) in enumerate(inner.held_out(params)):
            parts.append((test, scores))
            found.append(inner.score(inner.rows.y[test], scores))
            attempt.report(k + 1, float(np.mean(found)))
        out = np.empty((len(inner.rows), *parts[0][1].shape[1:]))
        for test, scores in parts:
            out[test] = scores
        np.save(self._place(params), out)
        return float(np.mean(found))

    def predicted(self, params: Mapping[str, Value]) -> np.ndarray:
        """Scores of all rows, each by the model that had not seen it."""
        place = self._place(params)
        if place.exists():
            return np.asarray(np.load(place, allow_pickle=False))
        return self.objective.out_of_fold(params)

    def _place(self, params: Mapping[str, Value]) -> Path:
        key = repr(sorted((name, repr(value)) for name, value in params.items()))
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"


def bias_corrected(memory: Remembering, search: Search, *, seed: int = 0) -> Corrected | None:
    """The bootstrap correction of the score that the search selected by; None where no trial completed.

    `value` + `optimism` is the best score over pooled predictions, which for the area under the curve is not the mean
    of the folds' areas; so what is to be taken from the search's own score is `optimism`.
    """
    done = _distinct([trial for trial in search.trials if trial.state == "complete"])
    if not done:
        return None
    inner = memory.objective
    y, direction = inner.rows.y, inner.direction
    predicted = [memory.predicted(trial.params) for trial in done]
    if inner.metric in MEANS:
        table = np.column_stack([inner.by_row(y, scores) for scores in predicted])
        return bootstrap_corrected(table, direction, bootstraps=_BOOTSTRAPS, seed=seed)
    if predicted[0].ndim == 1:
        areas = Areas(y, np.column_stack(predicted))
        return bootstrap_corrected_by(areas.of, len(y), direction, bootstraps=_AREA_BOOTSTRAPS, seed=seed)
    count = len(inner.rows.classes)

    def score(rows: np.ndarray) -> np.ndarray:
        if len(np.unique(y[rows])) < count:
            return np.full(len(predicted), np.nan)
        return np.array([inner.score(y[rows], scores[rows]) for scores in predicted])

    return bootstrap_corrected_by(score, len(y), direction, bootstraps=_AREA_BOOTSTRAPS, seed=seed)


def _distinct(trials: Sequence[Trial]) -> list[Trial]:
    """The first trial of each configuration."""
    out: dict[str, Trial] = {}
    for trial in trials:
        out.setdefault(repr(sorted(trial.params.items())), trial)
    return list(out.values())


class Areas:
    """Areas under the ROC curve of many scores (n, c) of the same rows y (n,), on any multiset of the rows.

    The scores are sorted once.
    """

    def __init__(self, y: np.ndarray, scores: np.ndarray) -> None:
        n, c = scores.shape
        self._order = np.argsort(scores, axis=0, kind="stable")
        ordered = np.take_along_axis(scores, self._order, axis=0)
        self._positive = np.asarray(y) == 1
        self._first = np.empty((n, c), np.int64)  # where the equals of each begin,
        self._last = np.empty((n, c), np.int64)  # and after which they end
        for j in range(c):
            self._first[:, j] = np.searchsorted(ordered[:, j], ordered[:, j], side="left")
            self._last[:, j] = np.searchsorted(ordered[:, j], ordered[:, j], side="right")

    def of(self, rows: np.ndarray) -> np.ndarray:
        """The areas (c,) on the rows of these indices; NaN where they are of one class.

        >>> Areas(np.array([0, 1, 1]), np.array([[0.1], [0.9], [0.1]])).of(np.array([0, 1, 2]))
        array([0.75])
        """
        n, c = self._order.shape
        times = np.bincount(rows, minlength=n).astype(np.float64)
        ones, zeros = times * self._positive, times * ~self._positive
        if ones.sum() == 0 or zeros.sum() == 0:
            return np.full(c, np.nan)
        below = np.zeros((n + 1, c))
        np.cumsum(zeros[self._order], axis=0, out=below[1:])
        under = np.take_along_axis(below, self._first, axis=0) + np.take_along_axis(below, self._last, axis=0)
        return np.asarray((ones[self._order] * under).sum(axis=0) / (2 * ones.sum() * zeros.sum()))
