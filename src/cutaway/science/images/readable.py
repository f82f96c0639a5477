"""Whether a label can be read from one measurement alone, with what chance would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.columns.encoding import Cells, stratified

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Readable:
    """How well a label is read from one measurement, on images that the reading was not learned from.

    `accuracy`: balanced, the mean over the classes of the share read right. `null`: the same with shuffled labels.
    """

    accuracy: float
    null: np.ndarray
    classes: int

    @property
    def gain(self) -> float:
        """What accuracy gains over guessing, as a share of what there is to gain: 0 by chance, 1 for every label."""
        return (self.accuracy - 1 / self.classes) / (1 - 1 / self.classes)

    @property
    def p(self) -> float:
        """The share of shuffles that read as well; no less than 1 / (shuffles + 1)."""
        return float((1 + (self.null >= self.accuracy - 1e-12).sum()) / (1 + self.null.size))


def readable(values: np.ndarray, y: np.ndarray, *, shuffles: int = 199, seed: int = 0) -> Readable:
    """How well classes y (n,), coded 0 … K - 1, are read from values (n,): numbers, or names of levels.

    Numbers are cut into √n quantile bins (8 to 64) without a look at the labels. An image is given the class that is
    most over-represented in its bin among the other four fifths of the images; bins unknown there give the first.

    Raises: InputError for lengths that differ, fewer than two classes, or a class without an image.

    Source: the permutation test of Ojala & Garriga 2010, "Permutation tests for studying classifier performance",
    test 1.

    >>> y = np.arange(60) % 2
    >>> readable(np.where(y, 640, 480), y).accuracy
    1.0
    """
    y = np.asarray(y, np.int64)
    values = np.asarray(values)
    if values.shape != y.shape or y.ndim != 1:
        raise InputError(f"values: readable expected one for each of y {y.shape}, got shape {values.shape}")
    counts = np.bincount(y) if y.size else np.zeros(0)
    if counts.size < 2 or (counts == 0).any():
        raise InputError(f"y: readable expected two classes or more, coded from 0, got counts {counts.tolist()}")
    rng = np.random.default_rng(seed)
    order = rng.permutation(y.size)
    values, y = values[order], y[order]
    if values.dtype.kind in "fiub":
        cells = Cells.of_numbers(values.astype(np.float64))
        codes, number = cells.codes, cells.number
    else:
        levels, codes = np.unique(values, return_inverse=True)
        number = levels.size
    fold = stratified(y, FOLDS)
    null = []
    for _ in range(shuffles):
        shuffled = rng.permutation(y)
        null.append(_read(codes, number, shuffled, stratified(shuffled, FOLDS), counts))
    return Readable(_read(codes, number, y, fold, counts), np.array(null), counts.size)


def _read(codes: np.ndarray, number: int, y: np.ndarray, fold: np.ndarray, counts: np.ndarray) -> float:
    """Balanced accuracy out of fold."""
    classes = counts.size
    at = (fold * classes + y) * number + codes
    by_fold = np.bincount(at, minlength=FOLDS * classes * number).reshape(FOLDS, classes, number)
    others = by_fold.sum(0) - by_fold
    named = (others / counts[:, None]).argmax(1)  # (folds, cells)
    right = named[fold, codes] == y
    return float((np.bincount(y, right, classes) / counts).mean())
