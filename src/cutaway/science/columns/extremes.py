"""The few smallest and largest distinct values of a column, with their counts by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

KEPT = 4


@njit("void(float64[::1], int32[::1], float64, float64[::1], int64[:,::1])", cache=True, nogil=True)
def _smallest(x, y, sign, values, counts):  # type: ignore[no-untyped-def]
    kept = values.size
    for i in range(x.size):
        v = sign * x[i]
        if not v <= values[kept - 1]:  # NaN too
            continue
        at = 0
        while values[at] < v:
            at += 1
        if values[at] != v:
            for k in range(kept - 1, at, -1):
                values[k] = values[k - 1]
                counts[k] = counts[k - 1]
            values[at] = v
            counts[at] = 0
        counts[at, y[i]] += 1


def _merged(a: np.ndarray, na: np.ndarray, b: np.ndarray, nb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    counts = np.zeros((values.size, na.shape[1]), np.int64)
    np.add.at(counts, place, np.concatenate([na, nb]))
    return values[:KEPT], counts[:KEPT]


@dataclass(frozen=True, eq=False)
class Extremes:
    """Ends of a column: `low` ascending and `high` descending, up to four distinct values each, counts (m, classes)."""

    low: np.ndarray
    low_counts: np.ndarray
    high: np.ndarray
    high_counts: np.ndarray

    @classmethod
    def zero(cls, classes: int) -> Extremes:
        """The state of no rows."""
        v, c = np.empty(0), np.empty((0, classes), np.int64)
        return cls(v, c, v, c)

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, classes: int) -> Extremes:
        """From `x` (n,) float64 (NaN left out) and class codes `y` (n,) int32."""
        ends = []
        for sign in (1.0, -1.0):
            values = np.full(KEPT, np.inf)
            counts = np.zeros((KEPT, classes), np.int64)
            _smallest(x, y, sign, values, counts)
            there = values < np.inf
            ends += [sign * values[there], counts[there]]
        return cls(*ends)

    def __add__(self, other: Extremes) -> Extremes:
        low = _merged(self.low, self.low_counts, other.low, other.low_counts)
        high, counts = _merged(-self.high, self.high_counts, -other.high, other.high_counts)
        return Extremes(*low, -high, counts)
