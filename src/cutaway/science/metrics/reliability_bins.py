"""A reliability diagram as a table: what was scored, what happened, and what chance alone would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.reliability import reliability
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
    def columns(self) -> dict[str, np.ndarray]:
        """Columns by the names that a page knows."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def ece(self) -> float:
        """Expected calibration error: the mean distance of observed share and mean score, by rows; NaN without rows."""
        whole = float(self.rows.sum())
        return float(self.rows @ np.abs(self.observed - self.mean_score)) / whole if whole > 0 else float("nan")


def reliability_bins(counted: Tally | ScoreHistogram, bins: int = 12, level: float = 0.95) -> ReliabilityBins:
    """Groups of equal Σ p (1 - p), with Clopper and Pearson's intervals and the binomial band of calibrated scores.

    Equal scores are never split, so fewer groups may come back. Weights enter by their effective number. Without rows
    every array is empty.

    Raises: InputError as `reliability`.
    Source: Bröcker & Smith 2007, "Increasing the reliability of reliability diagrams", on the band.

    >>> found = reliability_bins(Tally.of(np.tile([0, 0, 0, 1], 25), np.full(100, 0.25)))
    >>> found.null_low.tolist(), found.null_high.tolist()
    ([0.17], [0.34])
    """
    from scipy.special import bdtrik

    tally = Tally.read(counted)
    groups = reliability(tally, bins, level, even="variance")
    rows = np.maximum(groups.weight * tally.scale, 1.0) if groups.weight.size else groups.weight
    chance = np.clip(groups.mean, 1e-15, 1 - 1e-15)
    tail = (1 - level) / 2
    low, high = (np.clip(np.ceil(_quantile(bdtrik, q, rows, chance)), 0, None) for q in (tail, 1 - tail))
    return ReliabilityBins(
        groups.mean,
        groups.rate,
        groups.low,
        groups.high,
        np.minimum(low / rows, chance),
        np.maximum(np.minimum(high, rows) / rows, chance),
        groups.weight,
    )


def _quantile(inverse: np.ufunc, share: float, rows: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Binomial quantiles before rounding up; where the smallest count holds the share already, that count is 0."""
    with np.errstate(invalid="ignore"):
        none = np.exp(rows * np.log1p(-chance)) >= share
        return np.asarray(np.where(none, 0.0, inverse(share, rows, chance)))
