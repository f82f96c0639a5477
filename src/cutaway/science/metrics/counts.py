"""Confusion counts: how often each true class was predicted as each class; a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, eq=False)
class Counts:
    """`matrix` (K, K) float64: weight of the rows of true class i (row) predicted as class j (column).

    With two classes, class 1 is the positive one. `squares`: Σ weight², for the effective number of rows.
    """

    matrix: np.ndarray
    labels: tuple[str, ...] = ()
    squares: float = 0.0

    @classmethod
    def zero(cls, classes: int, labels: tuple[str, ...] = ()) -> Counts:
        """The counts of no rows."""
        return cls(np.zeros((classes, classes)), labels)

    @classmethod
    def of(
        cls,
        y: np.ndarray,
        pred: np.ndarray,
        weight: np.ndarray | None = None,
        *,
        classes: int,
        labels: tuple[str, ...] = (),
    ) -> Counts:
        """From codes `y` and `pred` (n,) in 0 … classes-1, `weight` (n,) or None for ones.

        Raises: InputError for unequal lengths or codes outside the classes.
        """
        y, pred = np.asarray(y, dtype=np.int64), np.asarray(pred, dtype=np.int64)
        if y.shape != pred.shape or y.ndim != 1:
            raise InputError(f"pred: expected one prediction a label, got {pred.shape} for {y.shape} labels")
        for name, codes in (("y", y), ("pred", pred)):
            if codes.size and not 0 <= codes.min() <= codes.max() < classes:
                raise InputError(
                    f"{name}: expected codes in 0 … {classes - 1}, got {codes.min()} to {codes.max()}; name the classes"
                )
        cells = np.bincount(y * classes + pred, weights=weight, minlength=classes * classes)
        squares = float(y.size) if weight is None else float(np.square(weight, dtype=float).sum())
        return cls(cells.reshape(classes, classes).astype(float), labels, squares)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.matrix + other.matrix, self.labels or other.labels, self.squares + other.squares)

    @property
    def weight(self) -> float:
        """Weight of all rows."""
        return float(self.matrix.sum())
