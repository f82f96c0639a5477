"""Where the middle is, with a 95 % interval: the mean, and what to take instead where the tails are heavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import in_turn
from cutaway.science.tails.laws import Law

LEVEL = 0.95
BLOCKS = 8  # of the median of means: their interval from least to largest covers 1 - 2 / 2^8


@dataclass(frozen=True, slots=True)
class Location:
    """An estimate with its interval, which may be unbounded where the draws are too few for one."""

    value: float
    low: float
    high: float


def mean_location(x: np.ndarray) -> Location:
    """The mean with Student's interval; `x` (n,), n ≥ 2."""
    from scipy.special import stdtrit

    x = _sample(x, 2, "mean_location")
    reach = float(stdtrit(x.size - 1, (1 + LEVEL) / 2)) * x.std(ddof=1) / np.sqrt(x.size)
    return Location(float(x.mean()), float(x.mean() - reach), float(x.mean() + reach))


def median_location(x: np.ndarray) -> Location:
    """The median between two order statistics, which holds for every continuous law at any n.

    The interval is the shortest symmetric one that covers 95 % or more; unbounded below six draws.

    >>> median_location(np.arange(1.0, 10.0))
    Location(value=5.0, low=2.0, high=8.0)
    """
    x = np.sort(_sample(x, 1, "median_location"))
    k = _order(x.size)
    low, high = (float(x[k - 1]), float(x[-k])) if k else (-np.inf, np.inf)
    return Location(float(np.median(x)), low, high)


def trimmed_location(x: np.ndarray, share: float = 0.2) -> Location:
    """The mean without this share at either end, with Tukey and McLaughlin's interval from winsorised squares.

    It estimates the trimmed mean of the law: of a skewed law that is neither its mean nor its median.

    Source: Tukey and McLaughlin (1963), Less Vulnerable Confidence and Significance Procedures for Location.
    """
    from scipy.special import stdtrit

    if not 0 <= share < 0.5:
        raise InputError(f"share: trimmed_location expected 0 or more and less than 0.5, got {share}")
    x = np.sort(_sample(x, 2, "trimmed_location"))
    cut = int(share * x.size)
    kept = x[cut : x.size - cut]
    if kept.size < 2:
        return Location(float(kept.mean()), -np.inf, np.inf)
    spread = np.clip(x, kept[0], kept[-1]).std(ddof=1)
    reach = float(stdtrit(kept.size - 1, (1 + LEVEL) / 2)) * spread * np.sqrt(x.size) / kept.size
    return Location(float(kept.mean()), float(kept.mean() - reach), float(kept.mean() + reach))


def median_of_means(x: np.ndarray, blocks: int = BLOCKS) -> Location:
    """The median of the means of so many blocks of consecutive draws, between their order statistics.

    The interval covers the median of the law of a block's mean, which is near the mean of the law where blocks are
    large or the law is symmetric.

    Source: Nemirovsky and Yudin (1983); Lugosi and Mendelson (2019), Mean Estimation and Regression under Heavy-Tailed
    Distributions, section 2.1.
    """
    x = _sample(x, blocks, "median_of_means")
    return median_location(np.array([part.mean() for part in np.array_split(x, blocks)]))


def hodges_lehmann(x: np.ndarray) -> Location:
    """The median of the means of all pairs, with the interval that Wilcoxon's signed-rank test does not reject.

    It is exact for a symmetric law with a density; n (n + 1) / 2 pairs are made. n > 5,000 is refused.

    Source: Hodges and Lehmann (1963), Estimates of Location Based on Rank Tests.
    """
    x = _sample(x, 1, "hodges_lehmann")
    if x.size > 5_000:
        raise InputError(f"x: hodges_lehmann makes all pairs and expected at most 5,000 draws, got {x.size}")
    first, second = np.triu_indices(x.size)
    walsh = np.sort((x[first] + x[second]) / 2)
    k = _signed_rank(x.size)
    low, high = (float(walsh[k - 1]), float(walsh[-k])) if k else (-np.inf, np.inf)
    return Location(float(np.median(walsh)), low, high)


LOCATIONS: dict[str, Callable[[np.ndarray], Location]] = {
    "mean": mean_location,
    "median": median_location,
    "trimmed mean": trimmed_location,
    "median of means": median_of_means,
    "Hodges–Lehmann": hodges_lehmann,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often an interval held what it is for, over `replicates` samples; `error` is one standard error of that.

    `width` is the median width of the intervals.
    """

    share: float
    error: float
    width: float
    replicates: int


def coverage(
    law: Law,
    n: int,
    method: Callable[[np.ndarray], Location],
    *,
    aim: float | None = None,
    replicates: int = 2_000,
    seed: int = 0,
    progress: Progress = silent,
) -> Coverage:
    """The measured coverage of a method's 95 % interval on samples of n draws.

    `aim`: what it should hold; the law's centre unless given. Median and trimmed mean of a skewed law aim elsewhere.
    """
    centre = law.centre if aim is None else aim
    batch = 100
    streams = np.random.SeedSequence(seed).spawn(-(-replicates // batch))

    def some(k: int) -> np.ndarray:
        random = np.random.default_rng(streams[k])
        found = [method(law.draw(random, n)) for _ in range(min(batch, replicates - k * batch))]
        return np.array([(one.low <= centre <= one.high, one.high - one.low) for one in found])

    parts = []
    for k, part in enumerate(in_turn(some, len(streams))):
        parts.append(part)
        progress("samples", min((k + 1) * batch, replicates), replicates)
    held, widths = np.concatenate(parts).T
    share = float(held.mean())
    error = float(np.sqrt(share * (1 - share) / replicates))
    return Coverage(share=share, error=error, width=float(np.median(widths)), replicates=replicates)


@cache
def _order(n: int) -> int:
    """The largest k with P(Binomial(n, 1/2) < k) ≤ 2.5 %; 0 where there is none."""
    from scipy.special import bdtr

    k = int(n / 2 - np.sqrt(n)) if n > 20 else 0
    k = max(k, 0)
    while bdtr(k, n, 0.5) <= (1 - LEVEL) / 2:
        k += 1
    return k


@cache
def _signed_rank(n: int) -> int:
    """The largest k with P(W < k) ≤ 2.5 %, W the sum of the positive signed ranks under symmetry; 0: there is none.

    Exact up to 60, beyond by the normal law.
    """
    from scipy.special import ndtri

    if n > 60:
        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return int(n * (n + 1) / 4 + float(ndtri((1 - LEVEL) / 2)) * spread)
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1
    for rank in range(1, n + 1):
        ways[rank:] += ways[:-rank].copy()
    below = np.cumsum(ways) / ways.sum()
    return int(np.searchsorted(below, (1 - LEVEL) / 2, side="right"))


def _sample(x: np.ndarray, least: int, function: str) -> np.ndarray:
    x = np.asarray(x, float).ravel()
    if x.size < least:
        raise InputError(f"x: {function} expected {least} draws or more, got {x.size}")
    return x
