"""Reliability: how often the event happened among rows of nearly the same score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import Tally


@dataclass(frozen=True, eq=False)
class Reliability:
    """Groups of rows by ascending score: their mean probability, the share of positives and its exact interval."""

    mean: np.ndarray  # (b,) weighted mean of the probabilities
    rate: np.ndarray  # (b,) weighted share of positives
    low: np.ndarray  # (b,) of the interval of the share
    high: np.ndarray  # (b,)
    weight: np.ndarray  # (b,)
    level: float

    @property
    def off(self) -> np.ndarray:
        """Whether the mean probability lies outside the interval (b,)."""
        return (self.mean < self.low) | (self.mean > self.high)


def grouped(weight: np.ndarray, bins: int) -> np.ndarray:
    """Group (m,) of each score: groups of equal `weight` (m,) as far as ties allow, numbered upward without gaps.

    A score goes where the middle of its rows falls. A score with more than a group's weight has one alone.
    """
    middle = np.cumsum(weight) - weight / 2
    place = np.minimum((middle * (bins / max(float(weight.sum()), 1e-300))).astype(int), bins - 1)
    return np.asarray(np.unique(place, return_inverse=True)[1])


def reliability(
    counted: Tally | ScoreHistogram,
    bins: int = 10,
    level: float = 0.95,
    even: Literal["rows", "variance"] = "rows",
) -> Reliability:
    """Shares of positives in `bins` groups of equal weight, with Clopper and Pearson's exact intervals.

    `even` "variance" makes groups of equal Σ p (1 - p) instead, so that with a rare class the few high scores are not
    all in one group.

    Equal scores are never split, so fewer groups may come back. If the scores are true probabilities the share varies
    no more than a binomial one, and the intervals cover at least `level`. Weights enter by their effective number.
    Without rows every array is empty.

    Raises: InputError for less than one group, a level outside (0, 1), or another word for `even`.
    Source: Clopper & Pearson 1934; equal-count groups as in Hosmer & Lemeshow 1980.

    >>> y, p = np.tile([0, 0, 0, 1], 25), np.full(100, 0.25)
    >>> r = reliability(Tally.of(y, p))
    >>> r.rate.tolist(), r.low.round(3).tolist(), r.high.round(3).tolist()
    ([0.25], [0.169], [0.347])
    """
    tally = Tally.read(counted)
    if bins < 1 or not 0 < level < 1:
        raise InputError(f"bins: reliability expected bins >= 1 and 0 < level < 1, got {bins} and {level}")
    if even not in ("rows", "variance"):
        raise InputError(f"even: reliability expected 'rows' or 'variance', got {even!r}; name one of the two")
    from scipy.special import betaincinv

    group = grouped(tally.weight if even == "rows" else tally.weight * tally.p * (1 - tally.p), bins)
    groups = int(group.max()) + 1 if group.size else 0
    weight, positive, score = (
        np.bincount(group, weights=v, minlength=groups) for v in (tally.weight, tally.positives, tally.weight * tally.p)
    )
    n, k = weight * tally.scale, positive * tally.scale
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, betaincinv(np.maximum(k, 1e-300), n - k + 1, tail), 0.0)
        high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1e-300), 1 - tail), 1.0)
    return Reliability(score / weight, positive / weight, low, high, weight, level)
