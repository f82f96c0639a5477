"""How likely noise is to be separated: the null of a separation."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log

import numpy as np

_SLICE = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Beyond:
    """Rows with weight on either side of c directions: `above`, `below` (c, K) by class; `counts` (K,) of all rows."""

    above: np.ndarray
    below: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        directions: np.ndarray,
        classes: int = 2,
        tolerance: float = 0.0,
    ) -> Beyond:
        """The counts over x (n, p), codes y (n,), for `directions` (c, p+1).

        A row is on a side if |d₀ + x d| exceeds `tolerance` times the sum of the absolute terms.
        """
        d = np.atleast_2d(directions)
        above, below = np.zeros((len(d), classes), np.int64), np.zeros((len(d), classes), np.int64)
        counts = np.zeros(classes, np.int64)
        for start in range(0, len(x), _SLICE):
            xs, ys = x[start : start + _SLICE], y[start : start + _SLICE]
            if weight is not None:
                used = weight[start : start + _SLICE] > 0
                xs, ys = xs[used], ys[used]
            score = xs @ d[:, 1:].T + d[:, 0]
            size = tolerance * (np.abs(xs) @ np.abs(d[:, 1:]).T + np.abs(d[:, 0])) if tolerance else 0.0
            own = (ys[:, None] == np.arange(classes)).astype(np.int64)
            above += (score > size).astype(np.int64).T @ own
            below += (score < -size).astype(np.int64).T @ own
            counts += own.sum(axis=0)
        return cls(above, below, counts)

    @classmethod
    def zero(cls, directions: int, classes: int = 2) -> Beyond:
        """No rows."""
        sides = np.zeros((directions, classes), np.int64)
        return cls(sides, sides, np.zeros(classes, np.int64))

    def __add__(self, other: Beyond) -> Beyond:
        """The counts over both sets of rows."""
        return Beyond(self.above + other.above, self.below + other.below, self.counts + other.counts)


def log_choose(n: float, k: float) -> float:
    """Logarithm of C(n, k); -inf for k outside 0 … n."""
    if not 0 <= k <= n:
        return -inf
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def split_chance(inside: int, outside: int, members: int, rows: int) -> float:
    """Probability that labels drawn at random put every row of one side into a class and none of the other side.

    `inside`, `outside`: rows strictly beyond the threshold on either side; `members` of `rows` have the class. Given
    the numbers, labels are a random arrangement (the null of Fisher's exact test), so the probability is C(rows -
    inside - outside, members - inside) / C(rows, members). Doubled for the two directions, at most 1. No row beyond: 1.

    >>> split_chance(50, 0, 20_000, 1_000_000) < 1e-80, round(split_chance(0, 12, 50, 1000), 2)
    (True, 1.0)
    """
    free = rows - inside - outside
    return min(1.0, 2.0 * exp(min(0.0, log_choose(free, members - inside) - log_choose(rows, members))))


def dichotomies(rows: int, coefficients: int) -> float:
    """Logarithm of the number of ways in which a hyperplane can part points in general position.

    2 Σ_{k < d} C(n - 1, k) for n rows and d coefficients, the intercept among them.

    Source: Cover, IEEE Transactions on Electronic Computers 14 (1965) 326-334, theorem 1.

    >>> [round(float(np.exp(dichotomies(4, d))), 6) for d in (1, 2, 3, 4)]
    [2.0, 8.0, 14.0, 16.0]
    """
    if rows <= 0:
        return 0.0
    if coefficients >= rows:
        return rows * log(2.0)
    terms = np.array([log_choose(rows - 1, k) for k in range(coefficients)])
    top = terms.max()
    return float(log(2.0) + top + np.log(np.exp(terms - top).sum()))


def combination_chance(inside: int, outside: int, share: float, coefficients: int) -> float:
    """Bound on the probability that labels drawn at random are parted by some hyperplane as these are; at most 1.

    `inside` rows of the class and `outside` other rows are ranked strictly right; a row is of the class with
    probability `share`. The union over the dichotomies that a hyperplane can make of so many points, each as likely as
    the one that was seen: N π^inside (1 - π)^outside.

    >>> combination_chance(10, 10, 0.5, 3) < 0.001, combination_chance(10, 10, 0.5, 20)
    (True, 1.0)
    """
    rare = inside * log(share) if inside else 0.0
    rest = outside * log1m(share) if outside else 0.0
    return exp(min(0.0, dichotomies(inside + outside, coefficients) + rare + rest))


def log1m(share: float) -> float:
    """Logarithm of 1 - share, -inf at 1."""
    return float(np.log1p(-share)) if share < 1 else -inf
