"""Scores of any number of rows in bins of fixed place: a state that bounds every ranking measure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from cutaway.science.metrics.ranking import logit_interval

BINS = 65_536
# Bins are equal steps of s / (KNEE + |s|): finest around a log-odds of 0, still apart at ±100; bin width at s is
# 2 (KNEE + |s|)² / (KNEE · BINS): 0.00012 at 0, 0.0006 at ±5.
KNEE = 4.0


@njit("void(float64[::1], int32[::1], float64[::1], float64[:,::1])", cache=True, nogil=True)
def _count(scores, y, weight, counts):  # type: ignore[no-untyped-def]
    bins = counts.shape[1]
    half = bins // 2
    for i in range(scores.size):
        s = scores[i]
        b = half + int(np.floor(half * (s / (KNEE + abs(s)))))
        if s == np.inf or b > bins - 1:
            b = bins - 1
        elif s == -np.inf or b < 0:
            b = 0
        counts[y[i], b] += weight[i]


@dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """Weight of negatives (row 0) and positives (row 1) in order-preserving bins of a real-valued score such as
    log-odds.

    Rows in one bin cannot be told apart, so each ranking measure has a certified lower and upper bound. With unit
    weights the counts are whole numbers and adding is exact. Half of the bins lie below a score of exactly 0, so
    counts at the usual cut (probability 0.5, log-odds 0) are exact.
    """

    counts: np.ndarray  # (2, BINS) float64
    squares: float = 0.0  # Σ weight², for the effective number of rows

    @classmethod
    def zero(cls) -> ScoreHistogram:
        """The state of no rows."""
        return cls(np.zeros((2, BINS)))

    @classmethod
    def of(cls, scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> ScoreHistogram:
        """From `scores` (n,) float64 without NaN, `y` (n,) 0 or 1, `weight` (n,) or None for ones."""
        counts = np.zeros((2, BINS))
        w = np.ones(scores.size) if weight is None else np.ascontiguousarray(weight, float)
        _count(np.ascontiguousarray(scores, float), np.ascontiguousarray(y, np.int32), w, counts)
        return cls(counts, float((w * w).sum()))

    def __add__(self, other: ScoreHistogram) -> ScoreHistogram:
        return ScoreHistogram(self.counts + other.counts, self.squares + other.squares)

    @property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return float(self.counts[0].sum())

    @property
    def positives(self) -> float:
        """Weight of the positives."""
        return float(self.counts[1].sum())

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
        return sure / pairs, (sure + float(pos @ neg)) / pairs

    @property
    def auc(self) -> float:
        """Middle of the bounds: ties within a bin counted half."""
        return sum(self.auc_bounds()) / 2

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
        """Weight of negatives and positives with score ≥ `score`; exact at 0."""
        bins = self.counts.shape[1]
        b = bins // 2 + math.floor((bins // 2) * (score / (KNEE + abs(score))))
        tail = self.counts[:, max(b, 0) :].sum(axis=1)
        return float(tail[0]), float(tail[1])
