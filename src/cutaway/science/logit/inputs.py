"""What a fit may be given, checked once, with errors that name the value and its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError, InputTypeError


def checked(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int = 2
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """X float64 (n, p) C-contiguous, y int32 (n,) codes 0 … classes-1, weight float64 (n,) or None.

    `classes` 0: as many as y names. Values of x are looked at by the first pass, which finds NaN at no cost, not here.

    Raises:
        InputError: shapes that do not fit, no rows, labels that are not codes, one class only, or weights that are
        negative, NaN or infinite. InputTypeError: a type that does not turn into numbers.
    """
    try:
        x = np.ascontiguousarray(x, dtype=np.float64)
        labels = np.asarray(y)
        if labels.dtype.kind not in "biuf":
            raise ValueError
        w = None if weight is None else np.ascontiguousarray(weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            "x, y, weight: expected numeric arrays, got values that are not numbers; encode categories as 0/1 columns"
        ) from error
    if x.ndim != 2:
        raise InputError(f"x: expected a table (n, p), got shape {x.shape}; reshape one column with x[:, None]")
    n = len(x)
    if labels.shape != (n,):
        raise InputError(f"y: expected shape ({n},) as x has {n} rows, got {labels.shape}")
    if n == 0:
        raise InputError(f"x: expected at least one row, got shape {x.shape}")
    codes = labels.astype(np.int32) if labels.dtype.kind != "f" or np.all(np.isfinite(labels)) else None
    top = classes - 1 if classes else int(np.iinfo(np.int32).max)
    if codes is None or codes.min() < 0 or codes.max() > top or (labels.dtype.kind == "f" and np.any(codes != labels)):
        allowed = "0 and 1" if classes == 2 else "class codes 0, 1, 2, …"
        wrong = np.unique(labels)[:5]
        raise InputError(f"y: expected {allowed}, got values such as {wrong}; use (y == positive).astype(int)")
    if codes.min() == codes.max():
        raise InputError(f"y: expected two classes, got {int(codes[0])} in all {n} rows; a model needs rows of both")
    if w is not None:
        if w.shape != (n,):
            raise InputError(f"weight: expected shape ({n},) as x has {n} rows, got {w.shape}")
        bad = np.flatnonzero(~(np.isfinite(w) & (w >= 0)))
        if len(bad):
            raise InputError(f"weight: expected finite numbers of 0 or more, got {w[bad[0]]} in row {int(bad[0])}")
    return x, np.ascontiguousarray(codes), w


@dataclass(frozen=True, slots=True)
class Faults:
    """Number of values by column (p,) that are NaN or infinite, and rows seen."""

    count: np.ndarray
    rows: int

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray | None = None, weight: np.ndarray | None = None) -> Faults:
        """Faults of x (n, p)."""
        return cls(np.sum(~np.isfinite(x), axis=0), len(x))

    @classmethod
    def zero(cls, p: int) -> Faults:
        """No rows, no faults."""
        return cls(np.zeros(p, dtype=np.int64), 0)

    def __add__(self, other: Faults) -> Faults:
        """Faults of both sets of rows."""
        return Faults(self.count + other.count, self.rows + other.rows)


def find_fault(fold: Callable[..., Faults], p: int) -> None:
    """Raise the error that names the columns with NaN or infinite values.

    Raises:
        InputError: always; it is called when a pass came back not finite.
    """
    faults = fold(Faults.of)
    columns = np.flatnonzero(faults.count)
    if len(columns):
        j = int(columns[0])
        raise InputError(
            f"x: expected finite numbers, got {int(faults.count[j])} NaN or infinite values in column {j}"
            f" ({len(columns)} of {p} columns); fill or drop them first"
        )
    raise InputError("weight or x: expected numbers whose sums are finite, got an overflow; rescale the columns")
