"""States that certify separation: rows on the right side of a direction, and columns that part the classes alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.science.logit.chunks import design
from cutaway.science.logit.frame import Frame

_SLICE = 8192  # rows at a time: the temporaries stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Counts by candidate direction (c,) of rows with weight.

    `wrong`: some class beats the row's own; `strict`: the own class beats every other; `some`: it beats at least one.
    A row counts as beaten only beyond `tolerance` times the sum of the absolute terms, which is what rounding can do.
    """

    wrong: np.ndarray
    strict: np.ndarray
    some: np.ndarray
    rows: int

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        directions: np.ndarray,
        reference: int,
        frame: Frame | None = None,
        tolerance: float = 1e-8,
    ) -> Margins:
        """The counts for `directions` (c, K-1, p+1), of the classes other than `reference`, whose own direction is 0.

        Binary: K = 2 and reference 0. Rows of weight 0 are not looked at.
        """
        frame = frame or Frame.identity(x.shape[1])
        c, free, _ = directions.shape
        flat = directions.reshape(c * free, -1)
        wrong, strict, some = (np.zeros(c, dtype=np.int64) for _ in range(3))
        rows = 0
        for lo in range(0, len(x), _SLICE):
            xs, ys = x[lo : lo + _SLICE], y[lo : lo + _SLICE]
            if weight is not None:
                used = weight[lo : lo + _SLICE] > 0
                xs, ys = xs[used], ys[used]
            n = len(xs)
            rows += n
            z = (xs - frame.centre) / frame.scale
            scores = (z @ flat[:, 1:].T + flat[:, 0]).reshape(n, c, free)
            size = (np.abs(z) @ np.abs(flat[:, 1:]).T + np.abs(flat[:, 0])).reshape(n, c, free).max(axis=2)
            full = np.insert(scores, reference, 0.0, axis=2)
            own = full[np.arange(n), :, ys]
            lead = own[:, :, None] - full
            lead[np.arange(n), :, ys] = np.inf
            least = lead.min(axis=2)
            lead[np.arange(n), :, ys] = -np.inf
            most = lead.max(axis=2)
            wrong += np.sum(least < -tolerance * size, axis=0)
            strict += np.sum(least > tolerance * size, axis=0)
            some += np.sum(most > tolerance * size, axis=0)
        return cls(wrong, strict, some, rows)

    @classmethod
    def zero(cls, candidates: int) -> Margins:
        """No rows."""
        none = np.zeros(candidates, dtype=np.int64)
        return cls(none, none, none, 0)

    def __add__(self, other: Margins) -> Margins:
        """The counts over both sets of rows."""
        return Margins(
            self.wrong + other.wrong, self.strict + other.strict, self.some + other.some, self.rows + other.rows
        )

    @property
    def separates(self) -> np.ndarray:
        """Which candidates (c,) are certificates: no row wrong, some row strictly right."""
        return np.asarray((self.wrong == 0) & (self.some > 0))

    @property
    def completely(self) -> np.ndarray:
        """Which candidates (c,) rank every row strictly right."""
        return np.asarray((self.strict == self.rows) & (self.rows > 0))


@dataclass(frozen=True, slots=True, eq=False)
class ColumnRanges:
    """Smallest and largest value of each column by class: `low`, `high` (K, p).

    An absent class has +inf and -inf. Rows of weight 0 are left out.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int = 2) -> ColumnRanges:
        """The ranges over x (n, p) and codes y (n,)."""
        from cutaway.science.logit.kernel_ranges import range_rows

        x, y, w = design(x, y, weight)
        low, high = np.full((classes, x.shape[1]), np.inf), np.full((classes, x.shape[1]), -np.inf)
        range_rows(x, y, w, low, high)
        return cls(low, high)

    @classmethod
    def zero(cls, p: int, classes: int = 2) -> ColumnRanges:
        """No rows."""
        return cls(np.full((classes, p), np.inf), np.full((classes, p), -np.inf))

    def __add__(self, other: ColumnRanges) -> ColumnRanges:
        """The ranges over both sets of rows."""
        return ColumnRanges(np.minimum(self.low, other.low), np.maximum(self.high, other.high))
