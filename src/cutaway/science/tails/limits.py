"""How near the law of a sum is to its limit: simulated, with the noise of the simulation, and bounded by theory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import in_turn
from cutaway.science.tails.laws import Law
from cutaway.science.tails.stable import stable_distribution

BERRY_ESSEEN = 0.469
"""The constant, for draws of one law. Source: Shevtsova (2013), On the Absolute Constants in the Berry-Esseen Type
Inequalities for Identically Distributed Summands."""
DRAWS = 1 << 20  # that one thread makes at a time
DISTINCT = 2_000  # places at which a distribution that is slow to compute is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The Kolmogorov-Smirnov distance of simulated sums to a law, and what it would be from the noise alone.

    `noise`: of so many sums that follow the law exactly, 95 in 100 lie below. With the inequality of Dvoretzky, Kiefer
    and Wolfowitz the true distance is within `noise` of `value`, 95 times in 100.
    """

    n: int
    value: float
    noise: float
    sums: int


def berry_esseen(law: Law, n: int) -> float:
    """The bound 0.469 E|X - μ|³ / (σ³ √n) of the distance between a standardised sum and the normal law.

    Infinite where the third moment is; a bound above 1 says nothing.

    >>> from cutaway.science.tails.laws import exponential
    >>> round(berry_esseen(exponential(), 100), 3)
    0.113
    """
    if n < 1:
        raise InputError(f"n: berry_esseen expected at least 1 draw, got {n}")
    if not np.isfinite(law.sd):
        return float("inf")
    return float(BERRY_ESSEEN * law.third / law.sd**3 / np.sqrt(n))


def sums(law: Law, n: int, count: int, *, seed: int, progress: Progress = silent) -> np.ndarray:
    """`count` centred and scaled sums of n draws each, as `Law.growth` scales them; (count,) float64.

    They are centred by n times the mean where there is one. For α = 1 the law must be symmetric, since its centring
    grows with log n else.

    Raises: InputError for counts below 1, and for a skewed law with α = 1.
    """
    if n < 1 or count < 1:
        raise InputError(f"n, count: sums expected at least 1 of each, got {n} and {count}")
    if law.index == 1 and not law.symmetric:
        raise InputError("law: sums of a skewed law with tail index 1 have no fixed centre; take a symmetric one")
    rows = max(1, min(count, DRAWS // n))
    blocks = -(-count // rows)
    streams = np.random.SeedSequence(seed).spawn(blocks)

    def some(k: int) -> np.ndarray:
        random = np.random.default_rng(streams[k])
        wanted = min(rows, count - k * rows)
        if n <= DRAWS:
            return np.asarray(law.draw(random, wanted * n).reshape(wanted, n).sum(axis=1))
        parts = [law.draw(random, min(DRAWS, n - at)).sum() for at in range(0, n, DRAWS)]
        return np.array([sum(parts)])

    found = []
    for k, part in enumerate(in_turn(some, blocks)):
        found.append(part)
        progress(f"sums of {n:,}", min((k + 1) * rows, count), count)
    centre = 0.0 if np.isnan(law.mean) else n * law.mean
    return np.asarray((np.concatenate(found) - centre) / law.growth(n))


def limit_distribution(law: Law) -> Callable[[np.ndarray], np.ndarray]:
    """The distribution that `sums` tends to: normal with variance 1, or stable, shifted as the centring leaves it."""
    alpha, beta = law.limit
    if alpha == 2:
        return normal_distribution
    shift = 0.0 if alpha == 1 else beta * np.tan(np.pi * alpha / 2)
    return lambda x: stable_distribution(np.asarray(x) - shift, alpha=alpha, beta=beta)


def normal_distribution(x: np.ndarray) -> np.ndarray:
    """P(Z ≤ x) of the standard normal law."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x))


def ks_distance(values: np.ndarray, distribution: Callable[[np.ndarray], np.ndarray], *, n: int = 0) -> Distance:
    """The distance of the empirical distribution of `values` (m,) to a continuous one.

    Of more than 2,000 values the distribution is computed at 2,000 of them and bounded between: the result is at most
    1 / 2,000 above the exact one, and never below.
    """
    x = np.sort(np.asarray(values, float).ravel())
    m = x.size
    if m < 2:
        raise InputError(f"values: ks_distance expected two or more, got {m}")
    places = np.arange(m) if m <= DISTINCT else np.unique(np.linspace(0, m - 1, DISTINCT).astype(int))
    found = distribution(x[places])
    above = (places + 1) / m - found
    below = found - places / m
    value = max(float(above.max()), float(below.max()))
    if m > DISTINCT:
        value = max(value, float((places[1:] / m - found[:-1]).max()), float((found[1:] - (places[:-1] + 1) / m).max()))
    return Distance(n=n, value=value, noise=float(np.sqrt(np.log(2 / 0.05) / (2 * m))), sums=m)


def approach(
    law: Law,
    counts: tuple[int, ...],
    *,
    to: Callable[[np.ndarray], np.ndarray] | None = None,
    repeats: int = 20_000,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Distance]:
    """The distance of sums of n draws to the limit law (or to `to`), for each n in `counts`.

    A law without variance has no standardised sum: it is held against its own stable limit, or against the normal law
    where `to` says so; the scale is then that of `Law.growth`.
    """
    target = limit_distribution(law) if to is None else to
    return [
        ks_distance(sums(law, n, repeats, seed=seed + i, progress=progress), target, n=n) for i, n in enumerate(counts)
    ]
