"""Whether neighbouring rows are more alike than rows in random order, with exact mean and variance over all orders."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Adjacency:
    """Likeness T = Σᵢ xᵢ · xᵢ₊₁ of the rows in their order, with its mean and standard deviation over all n! orders.

    `squares`: Σᵢ |xᵢ|², so that the mean squared distance of neighbours is about 2 (squares - T) / n.
    """

    total: float
    expected: float
    sd: float
    squares: float
    n: int

    @property
    def z(self) -> float:
        """Standard deviations by which neighbours are more alike than in random order; NaN where no order differs."""
        return (self.total - self.expected) / self.sd if self.sd > 0 else float("nan")

    @property
    def p(self) -> float:
        """One-sided p-value, normal: a sum of n - 1 terms. 1 where no order differs."""
        from scipy.special import ndtr

        return float(ndtr(-self.z)) if self.sd > 0 else 1.0

    @property
    def distance_ratio(self) -> float:
        """Mean squared distance of neighbours over that in random order: 1 at random, 0 when neighbours are equal."""
        random = self.squares - self.expected
        return (self.squares - self.total) / random if random > 0 else float("nan")


def adjacency(x: np.ndarray) -> Adjacency:
    """The likeness of neighbouring rows of x (n, p).

    With columns that are 0 or 1 by class, T is the number of neighbours of one class (join counts); with centred
    columns it is von Neumann's ratio over several columns. The moments are Mantel's, for the path that joins
    neighbours: with Gᵢⱼ = xᵢ · xⱼ they need only sums over rows, so the work is n p².

    Fewer than four rows give a standard deviation of 0. Source: Mantel 1967, appendix; Cliff & Ord 1973, section 2.3.

    >>> a = adjacency(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], float))  # a a b b
    >>> a.total, a.expected
    (2.0, 1.0)
    """
    n = len(x)
    own = np.einsum("ij,ij->i", x, x)
    squares = float(own.sum())
    total = float(np.einsum("ij,ij->", x[:-1], x[1:])) if n > 1 else 0.0
    if n < 4:
        return Adjacency(total, total, 0.0, squares, n)
    towards = x.sum(axis=0)
    s1 = float(towards @ towards) - squares
    s2 = float(np.sum((x.T @ x) ** 2)) - float(own @ own)
    s3 = float(np.sum((x @ towards - own) ** 2))
    expected = s1 / n
    edges = n - 1.0
    meeting = 2.0 * (n - 2)  # ordered pairs of edges of the path that share one row
    apart = edges * edges - edges - meeting
    second = s2 * edges / (n * edges)
    second += meeting * (s3 - s2) / (n * edges * (n - 2))
    second += apart * (s1 * s1 - 4 * s3 + 2 * s2) / (n * edges * (n - 2) * (n - 3))
    variance = second - expected * expected
    return Adjacency(
        total, expected, math.sqrt(variance) if variance > 1e-12 * max(second, squares) else 0.0, squares, n
    )


def uniform_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks (n,) of numbers, ties at their mean, centred and scaled to variance 1; missing values 0.

    A constant column is all 0. Source: Spearman 1904, so that tails have no weight of their own.
    """
    out = np.zeros(values.size)
    there = ~np.isnan(values)
    known, place, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    if known.size < 2:
        return out
    mid = np.cumsum(counts) - (counts + 1) / 2
    ranks = mid[place] - mid[place].mean()
    out[there] = ranks / ranks.std()
    return out


def block_p(y: np.ndarray, blocks: np.ndarray) -> float:
    """p-value that the classes y (n,) are spread evenly over the blocks (n,), by Pearson's chi-squared.

    One class or one block gives 1. Source: Pearson 1900; over random orders its mean is exact up to n / (n - 1).
    """
    from scipy.special import chdtrc

    k, b = int(y.max()) + 1, int(blocks.max()) + 1
    seen = np.bincount(blocks.astype(np.int64) * k + y, minlength=b * k).reshape(b, k).astype(float)
    seen = seen[:, seen.sum(axis=0) > 0]
    if min(seen.shape) < 2:
        return 1.0
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    return float(chdtrc((seen.shape[0] - 1) * (seen.shape[1] - 1), float(((seen - expected) ** 2 / expected).sum())))
