"""Scores of any number of rows in bins of fixed place: a state that bounds every ranking measure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from cutaway.science.metrics import binning
from cutaway.science.metrics.binning import BINS, KNEE
from cutaway.science.metrics.ranking import logit_interval

__all__ = ["BINS", "KNEE", "ScoreHistogram"]

_ROUNDING = 1e-12  # sums over the bins, relative: 65,536 additions of doubles round to less than this


@dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """Weight of negatives (row 0) and positives (row 1) in order-preserving bins of a real-valued score such as
    log-odds.

    Rows in one bin cannot be told apart, so each ranking measure has a certified lower and upper bound. With unit
    weights the counts are whole numbers and adding is exact. Half of the bins lie below a score of exactly 0, so
    counts at the usual cut (probability 0.5, log-odds 0) are exact. Bin widths: see `binning`.

    >>> some = ScoreHistogram.of(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 1, 0, 1]))
    >>> some.auc_bounds(), [round(v, 4) for v in some.ap_bounds()]
    ((0.75, 0.75), [0.8333, 0.8333])
    """

    counts: np.ndarray  # (2, BINS) float64
    squares: float = 0.0  # Σ weight², for the effective number of rows
    rows: float = 0.0  # number of rows; Σ weight = Σ weight² = rows proves that every weight is 1

    @classmethod
    def zero(cls) -> ScoreHistogram:
        """The state of no rows."""
        return cls(np.zeros((2, BINS)))

    @classmethod
    def of(cls, scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> ScoreHistogram:
        """From `scores` (n,) without NaN, `y` (n,) 0 or 1, `weight` (n,) or None for ones.

        float32 and float64 scores, and labels of one byte, are read where they lie. Infinite scores are allowed.

        Raises: InputError for unequal lengths, a NaN score or weight, a negative weight, a label other than 0 or 1.
        """
        return cls(*binning.counted(scores, y, weight))

    @classmethod
    def from_probabilities(cls, p: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> ScoreHistogram:
        """From probabilities `p` (n,) in [0, 1], binned by their log-odds.

        Raises: InputError as `of`, and for a probability outside [0, 1].
        """
        return cls(*binning.counted(binning.log_odds(p), y, weight))

    def __add__(self, other: ScoreHistogram) -> ScoreHistogram:
        return ScoreHistogram(self.counts + other.counts, self.squares + other.squares, self.rows + other.rows)

    @staticmethod
    def edges() -> np.ndarray:
        """Ends (BINS + 1,) of the bins in units of the score, ascending from -inf to inf; the middle one is 0.

        A positive score on an edge belongs to the bin above it, a negative one to the bin below, so that changing
        the sign of all scores mirrors the bins.
        """
        return _edges().copy()

    @property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return float(self.counts[0].sum())

    @property
    def positives(self) -> float:
        """Weight of the positives."""
        return float(self.counts[1].sum())

    @property
    def unit(self) -> bool:
        """Whether every row is known to have weight 1."""
        return self.rows == self.squares == float(self.counts.sum())

    def auc_bounds(self) -> tuple[float, float]:
        """Certified bounds of the area under ROC: pairs within a bin all ranked wrong, or all right; NaN without a
        pair.
        """
        neg, pos = self.counts
        pairs = self.negatives * self.positives
        if pairs == 0:
            return float("nan"), float("nan")
        below = np.cumsum(neg) - neg
        sure = float(pos @ below)
        low, high = sure / pairs, (sure + float(pos @ neg)) / pairs
        return (low, high) if self.unit and pairs < 2**53 else _widened(low, high)

    def ap_bounds(self) -> tuple[float, float]:
        """Certified bounds of average precision, Σ (Rᵢ - Rᵢ₋₁) Pᵢ over the distinct scores from high to low; NaN
        without positives.

        In each bin all positives stand, tied, before all negatives; or after them, one by one. With T positives and F
        negatives above a bin of p and n, the k-th positive has precision at most (T + p) / (T + p + F) and at least
        (T + k) / (T + k + F + n). With weights other than 1 the rows could be any number, and the lower sum is the
        integral that it stays above.
        """
        neg, pos = self.counts[:, ::-1]
        total = self.positives
        if total == 0:
            return float("nan"), float("nan")
        there = pos > 0
        p, n = pos[there], neg[there]
        T, F = (np.cumsum(pos) - pos)[there], (np.cumsum(neg) - neg)[there]
        high = float((p * ((T + p) / (T + p + F))).sum())
        N = F + n
        # Σ f(k) ≥ ∫ f from 1/2 to p + 1/2 for a concave f; one positive alone is exact
        start = T + N + (0.5 if self.unit else 0.0)
        sums = np.where(N > 0, p - N * np.log1p(p / np.where(start > 0, start, 1.0)), p)
        if self.unit:
            sums = np.where(p == 1, (T + 1) / (T + 1 + N), sums)
        return _widened(float(sums.sum()) / total, high / total)

    @property
    def auc(self) -> float:
        """Middle of the bounds: ties within a bin counted half."""
        return sum(self.auc_bounds()) / 2

    @property
    def ap(self) -> float:
        """Average precision with the rows of a bin taken as tied; between the bounds."""
        neg, pos = self.counts[:, ::-1]
        total = self.positives
        if total == 0:
            return float("nan")
        T = np.cumsum(pos)
        both = T + np.cumsum(neg)
        return float((pos * T / np.where(both > 0, both, 1.0)).sum() / total)

    def auc_interval(self, level: float = 0.95) -> tuple[float, float]:
        """DeLong's interval from the bins, on the log-odds scale of the area; weights enter by their effective
        number.
        """
        neg, pos = self.counts
        n0, n1, total = self.negatives, self.positives, self.counts.sum()
        if n0 == 0 or n1 == 0:
            return float("nan"), float("nan")
        up = (np.cumsum(neg) - neg / 2) / n0
        down = 1 - (np.cumsum(pos) - pos / 2) / n1
        shrink = float(total) / self.squares  # effective rows for each unit of weight (Kish 1965)
        free1, free0 = max(n1 * shrink - 1, 1.0), max(n0 * shrink - 1, 1.0)
        spread = (pos @ (up - self.auc) ** 2) / n1 / free1 + (neg @ (down - self.auc) ** 2) / n0 / free0
        return logit_interval(self.auc, math.sqrt(float(spread)), min(free1, free0) + 1, level)

    def above(self, score: float = 0.0) -> tuple[float, float]:
        """Weight of negatives and positives with score ≥ `score`, the bin of `score` included; exact at 0."""
        tail = self.counts[:, binning.bin_of(score) :].sum(axis=1)
        return float(tail[0]), float(tail[1])


def _widened(low: float, high: float) -> tuple[float, float]:
    return max(0.0, low * (1 - _ROUNDING)), min(1.0, high * (1 + _ROUNDING))


@cache
def _edges() -> np.ndarray:
    return binning.edges()
