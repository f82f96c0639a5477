"""A power law fitted to data above a threshold that the data choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError

MIN_DISTINCT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """p(x) ∝ x^-alpha from `xmin` on. P(X > x) falls with x^-(alpha - 1): the tail index is alpha - 1.

    `ks` is the Kolmogorov-Smirnov distance above xmin, `points` how many of the `n` data lie there, `error` the
    standard error of alpha at this threshold (the choice of the threshold not counted).
    """

    alpha: float
    xmin: float
    ks: float
    points: int
    n: int
    error: float
    discrete: bool


def power_law(
    x: np.ndarray,
    *,
    discrete: bool = False,
    xmin: float | None = None,
    largest_alpha: float = np.inf,
    min_points: int = 2,
    sides: bool = False,
) -> PowerLaw:
    """The power law above the threshold from which it fits best, by maximum likelihood.

    Every distinct value is tried as threshold, but for the largest two; the one with the smallest Kolmogorov-Smirnov
    distance is taken. Continuous: alpha = 1 + n / Σ log(x / xmin). Discrete (whole numbers): the exact maximum of the
    zeta law's likelihood. `x` (n,): NaN and what is not positive is left out. `xmin` given: only it is tried.

    `sides` False takes the gap just below each value, as Clauset and the packages after him do; True takes the gap
    just beyond as well, which is the distance of Kolmogorov and Smirnov. `largest_alpha` leaves thresholds with a
    steeper fit out, `min_points` those with fewer data above.

    Raises:
        InputError: fewer than three distinct values, infinite ones, fractions in discrete data, or no threshold that
            these settings allow.

    Source: Clauset, Shalizi and Newman (2009), Power-Law Distributions in Empirical Data, SIAM Review 51(4), equations
    3.1, 3.5 and 3.9.

    >>> found = power_law(np.array([1.0, 2.0, 4.0, 8.0, 16.0]), xmin=1.0)
    >>> round(found.alpha, 3), found.points
    (1.721, 5)
    """
    from cutaway.science.tails.powerlaw_kernel import best_threshold

    tail = _Tail.of(x, discrete)
    m = tail.values.size
    if xmin is None:
        allowed = np.flatnonzero(tail.left[: m - 2] >= min_points)
        stride = max(1, int(np.sqrt(allowed.size)))
        # A coarse sweep first: it finds a small distance early, and then most thresholds are given up at once.
        order = np.concatenate([allowed[offset::stride] for offset in range(stride)]) if allowed.size else allowed
    else:
        place = int(np.searchsorted(tail.values, xmin))
        if place >= m - 1:
            raise InputError(f"xmin: power_law expected two distinct values from it on, got {xmin}; lower it")
        tail = tail.above(place, float(xmin))
        order = np.array([0])
    place, alpha, ks = best_threshold(
        tail.values, np.log(tail.values), tail.left, tail.log_left, order, largest_alpha, discrete, sides
    )
    if place < 0:
        raise InputError(
            f"largest_alpha, min_points: power_law found no threshold with α ≤ {largest_alpha} and {min_points} points "
            "above it; allow a larger α or fewer points"
        )
    points = int(tail.left[place])
    return PowerLaw(
        alpha=float(alpha),
        xmin=float(tail.values[place]),
        ks=float(ks),
        points=points,
        n=tail.n,
        error=_error(float(alpha), float(tail.values[place]), points, discrete),
        discrete=discrete,
    )


def power_law_draws(
    n: int, *, alpha: float, xmin: float, discrete: bool = False, random: np.random.Generator
) -> np.ndarray:
    """Draws (n,) from a power law above xmin; discrete ones exactly, by inversion of the zeta law."""
    if not (alpha > 1 and xmin > 0):
        raise InputError(f"power_law_draws: expected alpha > 1 and xmin > 0, got {alpha} and {xmin}")
    u = 1 - random.random(n)  # in (0, 1]
    if not discrete:
        return np.asarray(xmin * u ** (-1 / (alpha - 1)))
    from scipy.special import zeta

    def share(k: np.ndarray) -> np.ndarray:  # of the law from k on
        return np.asarray(zeta(alpha, k) / zeta(alpha, xmin))

    low = np.full(n, float(xmin))
    high = 2 * low
    while (far := share(high) > u).any():
        low, high = np.where(far, high, low), np.where(far, 2 * high, high)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        up = share(middle) > u
        low, high = np.where(up, middle, low), np.where(up, high, np.maximum(middle, low + 1))
    return low


def positive(x: np.ndarray) -> np.ndarray:
    """The data that a power law can have: NaN and what is not positive left out."""
    data = np.asarray(x, float).ravel()
    return data[data > 0]


@dataclass(frozen=True, slots=True)
class _Tail:
    """Distinct values (m,), how many data are at least as large (m,), and the sum of their logarithms (m,)."""

    values: np.ndarray
    left: np.ndarray
    log_left: np.ndarray

    @property
    def n(self) -> int:
        return int(self.left[0])

    @classmethod
    def of(cls, x: np.ndarray, discrete: bool) -> _Tail:
        values, counts = np.unique(positive(x), return_counts=True)
        if values.size < MIN_DISTINCT:
            raise InputError(f"x: power_law expected {MIN_DISTINCT} distinct positive values, got {values.size}")
        if not np.isfinite(values[-1]):
            raise InputError("x: power_law expected finite values, got an infinite one; leave it out")
        if discrete and (values % 1).any():
            raise InputError("x: discrete data are whole numbers, got fractions; leave out discrete=True")
        return cls.counted(values, counts)

    @classmethod
    def counted(cls, values: np.ndarray, counts: np.ndarray) -> _Tail:
        return cls(values, np.cumsum(counts[::-1])[::-1], np.cumsum((counts * np.log(values))[::-1])[::-1])

    def above(self, place: int, xmin: float) -> _Tail:
        """What lies at xmin and above, which begins at that place; xmin itself becomes a value."""
        values, left, log_left = self.values[place:], self.left[place:], self.log_left[place:]
        if values[0] == xmin:
            return _Tail(values, left, log_left)
        front: Callable[[float, np.ndarray], np.ndarray] = lambda first, rest: np.concatenate(([first], rest))  # noqa: E731
        return _Tail(front(xmin, values), front(left[0], left).astype(left.dtype), front(log_left[0], log_left))


def _error(alpha: float, xmin: float, points: int, discrete: bool) -> float:
    """By the curvature of the log-likelihood."""
    if not discrete:
        return (alpha - 1) / float(np.sqrt(points))
    from cutaway.science.tails.powerlaw_kernel import hurwitz

    h = 1e-4 * alpha
    slopes = []
    for a in (alpha - h, alpha + h):
        value, slope = hurwitz(a, xmin)
        slopes.append(slope / value)
    return float(1 / np.sqrt(points * (slopes[1] - slopes[0]) / (2 * h)))
