"""A reliability diagram as a table: what was scored, what happened, and what chance alone would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.rates import clopper_pearson
from cutaway.science.metrics.reliability import grouped
from cutaway.science.metrics.tally import Tally


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """Groups of rows by ascending score, with two intervals a group that answer two questions.

    `low` to `high`: where the true share may lie, given the rows. `null_low` to `null_high`: where the observed share
    would lie in 95 of 100 samples of this size if the scores were the probabilities.
    """

    mean_score: np.ndarray  # (b,)
    observed: np.ndarray  # (b,) share of positives
    low: np.ndarray  # (b,)
    high: np.ndarray  # (b,)
    null_low: np.ndarray  # (b,)
    null_high: np.ndarray  # (b,)
    rows: np.ndarray  # (b,) weight

    @property
    def columns(self) -> dict[str, Any]:
        """Columns by the names that a page knows."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def ece(self) -> float:
        """Expected calibration error: the mean distance of observed share and mean score, by rows; NaN without rows."""
        whole = float(self.rows.sum())
        return float(self.rows @ np.abs(self.observed - self.mean_score)) / whole if whole > 0 else float("nan")


def reliability_groups(counted: Tally | ScoreHistogram, bins: int = 12) -> np.ndarray:
    """Group (m,) of each distinct score: groups of equal Σ p (1 - p), as far as ties allow."""
    tally = Tally.read(counted)
    return grouped(tally.weight * tally.p * (1 - tally.p), bins)


def reliability_bins(
    counted: Tally | ScoreHistogram, bins: int = 12, level: float = 0.95, by: np.ndarray | None = None
) -> ReliabilityBins:
    """Groups of equal Σ p (1 - p), with Clopper and Pearson's intervals and the binomial band of calibrated scores.

    `by` (m,): the groups of a tally's scores, where the same groups shall be seen at several corrections. Equal scores
    are never split, so fewer groups may come back. Weights enter by their effective number. Without rows every array is
    empty.

    Raises: InputError for less than one group, or a level outside (0, 1).
    Source: Clopper & Pearson 1934; Bröcker & Smith 2007, "Increasing the reliability of reliability diagrams", on the
    band.

    >>> found = reliability_bins(Tally.of(np.tile([0, 0, 0, 1], 25), np.full(100, 0.25)))
    >>> found.null_low.tolist(), found.null_high.tolist()
    ([0.17], [0.34])
    """
    from scipy.special import bdtrik

    tally = Tally.read(counted)
    if bins < 1 or not 0 < level < 1:
        raise InputError(f"bins: reliability_bins expected bins >= 1 and 0 < level < 1, got {bins} and {level}")
    group = reliability_groups(tally, bins) if by is None else by
    weight, positive, score = (np.bincount(group, v) for v in (tally.weight, tally.positives, tally.weight * tally.p))
    mean, rate = score / weight, positive / weight
    rows = np.maximum(weight * (tally.scale if weight.size else 1.0), 1.0)
    ends = np.array([clopper_pearson(min(r, 1.0) * n, n, level) for r, n in zip(rate, rows, strict=True)])
    chance = np.clip(mean, 1e-15, 1 - 1e-15)
    tail = (1 - level) / 2
    low, high = (np.clip(np.ceil(_quantile(bdtrik, q, rows, chance)), 0, None) for q in (tail, 1 - tail))
    below, above = ends.reshape(-1, 2).T
    return ReliabilityBins(
        mean,
        rate,
        below,
        above,
        np.minimum(low / rows, chance),
        np.maximum(np.minimum(high, rows) / rows, chance),
        weight,
    )


def ece_null(groups: ReliabilityBins, rng: np.random.Generator, times: int = 999, scale: float = 1.0) -> np.ndarray:
    """Calibration errors (times,) that scores in these groups would show if they were the probabilities.

    The positives of a group are binomial with its mean score. `scale`: effective rows for each unit of weight.

    >>> groups = reliability_bins(Tally.of(np.array([0, 1]), np.array([0.5, 0.5])))
    >>> ece_null(groups, np.random.default_rng(0), 3).tolist()
    [0.0, 0.0, 0.5]
    """
    rows = np.maximum(np.rint(groups.rows * scale), 1).astype(np.int64)
    drawn = rng.binomial(rows, np.clip(groups.mean_score, 0, 1), size=(times, rows.size)) / rows
    share = groups.rows / max(float(groups.rows.sum()), 1e-300)
    return np.asarray((np.abs(drawn - groups.mean_score) * share).sum(axis=1))


def ece_of_fifty(rng: np.random.Generator, times: int = 999, points: int = 50) -> np.ndarray:
    """Calibration errors (times,), over ten bins of equal width, of points whose scores are their probabilities.

    The scores are drawn from a beta distribution with mean 2/7.
    """
    p = rng.beta(2.0, 5.0, (times, points))
    gap = (rng.random(p.shape) < p) - p
    place = np.minimum((p * 10).astype(int), 9) + 10 * np.arange(times)[:, None]
    sums = np.bincount(place.ravel(), gap.ravel(), minlength=10 * times).reshape(times, 10)
    return np.asarray(np.abs(sums).sum(axis=1) / points)


def _quantile(inverse: np.ufunc, share: float, rows: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Binomial quantiles before rounding up; where the smallest count holds the share already, that count is 0."""
    with np.errstate(invalid="ignore"):
        none = np.exp(rows * np.log1p(-chance)) >= share
        return np.asarray(np.where(none, 0.0, inverse(share, rows, chance)))
