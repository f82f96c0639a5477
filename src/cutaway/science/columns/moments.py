"""Moments of many columns at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit


@njit("void(float64[::1], float64[::1])", cache=True, nogil=True)
def _moments(x, out):  # type: ignore[no-untyped-def]
    n = 0
    total = 0.0
    low = np.inf
    high = -np.inf
    whole = 1.0
    for v in x:
        if v == v:
            n += 1
            total += v
            low = min(low, v)
            high = max(high, v)
            if v != np.floor(v):
                whole = 0.0
    mean = total / n if n else 0.0
    m2 = 0.0
    for v in x:
        if v == v:
            d = v - mean
            m2 += d * d
    out[0], out[1], out[2], out[3], out[4], out[5] = n, mean, m2, low, high, whole


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean, sum of squared deviations, least and greatest value of each column; NaN is left out.

    Added by the pairwise update of Chan, Golub & LeVeque (1983), which does not cancel.
    """

    n: np.ndarray  # (p,) float64
    mean: np.ndarray  # (p,); 0 where n is 0
    m2: np.ndarray  # (p,) Σ(x - mean)²
    low: np.ndarray  # (p,); inf where n is 0
    high: np.ndarray  # (p,); -inf where n is 0
    whole: np.ndarray  # (p,) bool: every value is a whole number

    @classmethod
    def zero(cls, p: int) -> Moments:
        """The state of no rows."""
        z = np.zeros(p)
        return cls(z, z, z, np.full(p, np.inf), np.full(p, -np.inf), np.ones(p, bool))

    @classmethod
    def of(cls, columns: Sequence[np.ndarray]) -> Moments:
        """From p columns (n,) float64."""
        out = np.empty((len(columns), 6))
        for row, column in zip(out, columns, strict=True):
            _moments(np.ascontiguousarray(column, dtype=np.float64), row)
        n, mean, m2, low, high, whole = out.T.copy()
        return cls(n, mean, m2, low, high, whole == 1.0)

    def __add__(self, other: Moments) -> Moments:
        n = self.n + other.n
        share = np.divide(other.n, n, out=np.zeros_like(n), where=n > 0)
        gap = other.mean - self.mean
        return Moments(
            n,
            self.mean + gap * share,
            self.m2 + other.m2 + gap * gap * self.n * share,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.whole & other.whole,
        )

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation, divisor n - 1; NaN for fewer than two values; exactly 0 where all values are equal."""
        with np.errstate(invalid="ignore", divide="ignore"):
            sd = np.sqrt(np.where(self.n > 1, self.m2 / (self.n - 1), np.nan))
        return np.where((self.n > 1) & (self.low == self.high), 0.0, sd)
