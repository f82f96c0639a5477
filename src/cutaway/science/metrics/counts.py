"""Confusion counts: how often each true class was predicted as each class; a state."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, eq=False)
class Counts:
    """`matrix` (K, K) float64: weight of the rows of true class i (row) predicted as class j (column).

    With two classes, class 1 is the positive one. `squares` (K, K): Σ weight² of the same rows, for the effective
    numbers of rows behind each rate; left out, every row weighs 1.
    """

    matrix: np.ndarray
    labels: tuple[str, ...] = ()
    squares: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if not np.size(self.squares):
            object.__setattr__(self, "squares", self.matrix)

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

        Raises: InputError for unequal lengths, codes outside the classes, weights that are negative or not finite.
        """
        y, pred = np.asarray(y, dtype=np.int64), np.asarray(pred, dtype=np.int64)
        if y.shape != pred.shape or y.ndim != 1:
            raise InputError(f"pred: expected one prediction a label, got {pred.shape} for {y.shape} labels")
        for name, codes in (("y", y), ("pred", pred)):
            if codes.size and not 0 <= codes.min() <= codes.max() < classes:
                raise InputError(
                    f"{name}: expected codes in 0 … {classes - 1}, got {codes.min()} to {codes.max()}; name the classes"
                )
        cells = y * classes
        cells += pred
        if weight is None:
            return cls(_table(cells, None, classes), labels)
        weight = checked_weight(weight, y.size)
        return cls(_table(cells, weight, classes), labels, _table(cells, weight * weight, classes))

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.matrix + other.matrix, self.labels or other.labels, self.squares + other.squares)

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return int(self.matrix.shape[0])

    @property
    def weight(self) -> float:
        """Weight of all rows."""
        return float(self.matrix.sum())

    @property
    def tables(self) -> np.ndarray:
        """Each class against the rest: (K, 2, 2) tables [[tn, fp], [fn, tp]]."""
        return against_rest(self.matrix)

    def against_rest(self, k: int) -> Counts:
        """The two-class counts of class k, which is the positive one, against all others."""
        names = (f"not {self.labels[k]}", self.labels[k]) if self.labels else ()
        return Counts(self.tables[k], names, against_rest(self.squares)[k])

    @property
    def tn(self) -> float:
        """Negatives predicted negative."""
        return self._cell(0, 0)

    @property
    def fp(self) -> float:
        """Negatives predicted positive."""
        return self._cell(0, 1)

    @property
    def fn(self) -> float:
        """Positives predicted negative."""
        return self._cell(1, 0)

    @property
    def tp(self) -> float:
        """Positives predicted positive."""
        return self._cell(1, 1)

    def _cell(self, true: int, predicted: int) -> float:
        if self.classes != 2:
            raise InputError(
                f"Counts: tn, fp, fn and tp are of two classes, got {self.classes}; take counts.against_rest(k)"
            )
        return float(self.matrix[true, predicted])


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """Counts of several yes-or-no labels a row: one table a label.

    `tables` (L, 2, 2): [[tn, fp], [fn, tp]] of each label; `squares` (L, 2, 2): Σ weight² of the same rows.
    """

    tables: np.ndarray
    labels: tuple[str, ...] = ()
    squares: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if not np.size(self.squares):
            object.__setattr__(self, "squares", self.tables)

    @classmethod
    def zero(cls, labels: int, names: tuple[str, ...] = ()) -> LabelCounts:
        """The counts of no rows."""
        return cls(np.zeros((labels, 2, 2)), names)

    @classmethod
    def of(
        cls, y: np.ndarray, pred: np.ndarray, weight: np.ndarray | None = None, *, labels: tuple[str, ...] = ()
    ) -> LabelCounts:
        """From `y` and `pred` (n, L) of 0 and 1, `weight` (n,) or None for ones.

        Raises: InputError for unequal shapes, values other than 0 and 1, or weights that cannot be used.
        """
        y, pred = np.asarray(y), np.asarray(pred)
        if y.shape != pred.shape or y.ndim != 2:
            raise InputError(f"pred: expected the labels' shape (rows, labels), got {pred.shape} for {y.shape} labels")
        for name, values in (("y", y), ("pred", pred)):
            odd = np.argwhere((values != 0) & (values != 1))
            if odd.size:
                raise InputError(
                    f"{name}: several labels a row must be 0 or 1, got {values[tuple(odd[0])]!r} at row {odd[0][0]}, "
                    f"label {odd[0][1]}; cut scores first, for example {name} >= 0.5"
                )
        cells = 2 * y.astype(np.int64) + pred.astype(np.int64)
        if weight is None:
            return cls(_tables(cells, None), labels)
        weight = checked_weight(weight, y.shape[0])
        return cls(_tables(cells, weight), labels, _tables(cells, weight * weight))

    def __add__(self, other: LabelCounts) -> LabelCounts:
        return LabelCounts(self.tables + other.tables, self.labels or other.labels, self.squares + other.squares)

    def label(self, k: int) -> Counts:
        """The counts of label k alone."""
        names = (f"not {self.labels[k]}", self.labels[k]) if self.labels else ()
        return Counts(self.tables[k], names, self.squares[k])


def against_rest(matrix: np.ndarray) -> np.ndarray:
    """Each class against the rest: (…, K, K) counts to (…, K, 2, 2) tables [[tn, fp], [fn, tp]]."""
    tp = np.einsum("...kk->...k", matrix)
    fn, fp = matrix.sum(-1) - tp, matrix.sum(-2) - tp
    tn = matrix.sum((-1, -2))[..., None] - tp - fn - fp
    return np.stack([np.stack([tn, fp], -1), np.stack([fn, tp], -1)], -2)


def checked_weight(weight: np.ndarray, rows: int) -> np.ndarray:
    """The weights as float64 (rows,).

    Raises: InputError for another shape, or a weight that is negative or not finite, with its row.
    """
    out = np.asarray(weight, dtype=float)
    if out.shape != (rows,):
        raise InputError(f"weight: expected one weight a row, shape ({rows},), got {out.shape}")
    bad = np.flatnonzero(~(np.isfinite(out) & (out >= 0)))
    if bad.size:
        raise InputError(
            f"weight: expected finite weights of 0 or more, got {out[bad[0]]} at row {bad[0]}; drop or mend that row"
        )
    return out


def _table(cells: np.ndarray, weight: np.ndarray | None, classes: int) -> np.ndarray:
    return np.bincount(cells, weight, classes * classes).reshape(classes, classes).astype(float)


def _tables(cells: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    return np.stack([_table(column, weight, 2) for column in cells.T]) if cells.shape[1] else np.zeros((0, 2, 2))
