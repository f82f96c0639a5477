"""How well scores rank positives above negatives, exactly, with DeLong's interval; needs all scores in memory."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Ranking:
    """Area under the ROC curve, its standard error, and the numbers of positives and negatives behind it."""

    auc: float
    se: float
    positives: int
    negatives: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval on the log-odds scale of the area, which keeps it inside (0, 1); (auc, auc) when every pair is
        ranked right.
        """
        return logit_interval(self.auc, self.se, min(self.positives, self.negatives), level)


def logit_interval(area: float, se: float, fewest: float, level: float = 0.95) -> tuple[float, float]:
    """An interval of an area on its log-odds scale; (area, area) at 0 and 1, NaN where the area or its error is
    undefined.

    Student's quantile with `fewest` - 1 degrees of freedom, the number of rows of the smaller class less one: its
    variance dominates, and with the normal quantile 15 positives cover 92 % in place of 95 %.
    """
    from scipy.special import stdtrit

    if area in (0.0, 1.0):
        return area, area
    half = float(stdtrit(max(fewest - 1, 1), 0.5 + level / 2)) * se / (area * (1 - area))
    centre = math.log(area / (1 - area))
    return _sigmoid(centre - half), _sigmoid(centre + half)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


_FEW = 1 << 15  # rows up to which NumPy's sort is as fast, and no kernel need be loaded


def _placements(y: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each positive the share of negatives below it (ties half), and for each negative the share of positives
    above.
    """
    positive = np.asarray(y, dtype=bool)
    scores = np.asarray(scores, dtype=float)
    if positive.shape != scores.shape or positive.ndim != 1:
        raise InputError(f"scores: expected one score a label, got {scores.shape} for {positive.shape} labels")
    if np.isnan(scores).any():
        raise InputError(
            f"scores: expected numbers, got NaN at row {int(np.flatnonzero(np.isnan(scores))[0])}; drop or mend it"
        )
    pos, neg = np.sort(scores[positive]), np.sort(scores[~positive])
    up = (np.searchsorted(neg, scores[positive], "left") + np.searchsorted(neg, scores[positive], "right")) / 2
    down = (np.searchsorted(pos, scores[~positive], "left") + np.searchsorted(pos, scores[~positive], "right")) / 2
    return up / max(neg.size, 1), 1 - down / max(pos.size, 1)


def _variance(x: np.ndarray) -> float:
    return float(x.var(ddof=1) / x.size) if x.size > 1 else float("nan")


def ranking(y: np.ndarray, scores: np.ndarray) -> Ranking:
    """Area under ROC with DeLong's standard error; `y` (n,) true for positives, `scores` (n,) higher for positive.

    Without positives or without negatives the area is undefined (NaN); with one of either, its standard error is.

    Raises: InputError for unequal shapes or NaN scores.
    Source: DeLong, DeLong & Clarke-Pearson 1988; by sorting as in Sun & Xu 2014.

    >>> ranking(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).auc
    0.75
    """
    if np.size(y) > _FEW:
        from cutaway.science.metrics.sweep import rank_sums

        sums = rank_sums(np.asarray(y, dtype=bool), scores)
        return Ranking(sums.auc, math.sqrt(sums.variance), sums.positives, sums.negatives)
    up, down = _placements(y, scores)
    if not up.size or not down.size:
        return Ranking(float("nan"), float("nan"), up.size, down.size)
    return Ranking(float(up.mean()), math.sqrt(_variance(up) + _variance(down)), up.size, down.size)


@dataclass(frozen=True, slots=True)
class RankingPair:
    """The areas under ROC of two scores of the same rows, and DeLong's covariance matrix (2, 2) of them."""

    first: float
    second: float
    covariance: np.ndarray
    positives: int
    negatives: int

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first - self.second

    @property
    def se(self) -> float:
        """Standard error of the difference."""
        c = self.covariance
        variance = float(c[0, 0] + c[1, 1] - 2 * c[0, 1])
        return math.sqrt(variance) if not variance < 0 else 0.0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Normal interval of the difference, kept in [-1, 1]."""
        from scipy.special import ndtri

        half = float(ndtri(0.5 + level / 2)) * self.se
        return max(self.difference - half, -1.0), min(self.difference + half, 1.0)

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference; 1 where the two rank every pair alike."""
        from scipy.special import ndtr

        if self.se == 0:
            return 1.0 if self.difference == 0 else 0.0
        return 2 * float(ndtr(-abs(self.difference) / self.se))


def ranking_pair(y: np.ndarray, scores: np.ndarray, other: np.ndarray) -> RankingPair:
    """Both areas with their covariance, from two sorts and no table of pairs; the terms as in `ranking`.

    Without positives or negatives the areas are NaN, with one of either the covariance is.

    Raises: InputError for unequal shapes or NaN scores.
    Source: DeLong, DeLong & Clarke-Pearson 1988, eq. 4 to 6; Sun & Xu 2014.

    >>> y = np.array([0, 1, 0, 1, 1, 0])
    >>> pair = ranking_pair(y, np.arange(6.0), np.array([0.0, 4, 2, 3, 5, 1]))
    >>> round(pair.first, 4), round(pair.second, 4), round(pair.se, 4)
    (0.5556, 1.0, 0.3143)
    """
    if np.size(y) > _FEW:
        return _pair_by_sums(np.asarray(y, dtype=bool), np.asarray(scores), np.asarray(other))
    up, down = _placements(y, scores)
    up2, down2 = _placements(y, other)
    nan = float("nan")
    if min(up.size, down.size) < 2:
        areas = (float(up.mean()), float(up2.mean())) if up.size and down.size else (nan, nan)
        return RankingPair(*areas, np.full((2, 2), nan), up.size, down.size)
    covariance = np.cov(up, up2) / up.size + np.cov(down, down2) / down.size
    return RankingPair(float(up.mean()), float(up2.mean()), covariance, up.size, down.size)


def _pair_by_sums(y: np.ndarray, scores: np.ndarray, other: np.ndarray) -> RankingPair:
    from cutaway.science.metrics import radix
    from cutaway.science.metrics.sweep import walked

    if y.size >= 2**31:
        raise InputError(f"y: ranking_pair expected fewer than 2^31 rows, got {y.size}; take a sample of them")
    if other.shape != y.shape:
        raise InputError(f"other: ranking_pair expected one score a label, got {other.shape} for {y.shape} labels")
    if np.isnan(other).any():
        row = int(np.flatnonzero(np.isnan(other))[0])
        raise InputError(f"other: ranking_pair expected numbers, got NaN at row {row}; drop or mend it")
    # The first sort carries the other scores along, so that the second reads them in its order and nothing is looked
    # up by row.
    narrow = scores.dtype == other.dtype == np.float32
    kind, bits, whole = (np.float32, np.uint32, np.uint32) if narrow else (np.float64, np.int64, np.int64)
    first = radix.binned(scores.astype(kind, copy=False), y, np.ascontiguousarray(other, kind).view(bits))
    wrong = np.empty(y.size, whole)
    a, _ = walked(first, wrong_of=wrong)
    if first.load is None:
        halves = first.packed.view(np.uint32).reshape(-1, 2)
        low = 0 if sys.byteorder == "little" else 1
        carried, labels = halves[:, low].copy(), (halves[:, 1 - low] & np.uint32(1)).astype(bool)
    else:
        carried, labels = first.load, (first.packed & np.uint64(1)).astype(bool)
    b, cross = walked(radix.binned(carried.view(kind), labels, wrong))
    n1, n0 = a.positives, a.negatives
    if min(n1, n0) < 2:
        return RankingPair(a.auc, b.auc, np.full((2, 2), np.nan), n1, n0)
    shared1 = (cross[0] / n1 - a.wrong / n1 * (b.wrong / n1)) / (4.0 * n0 * n0) / (n1 - 1)
    shared0 = (cross[1] / n0 - a.wrong / n0 * (b.wrong / n0)) / (4.0 * n1 * n1) / (n0 - 1)
    shared = shared1 + shared0
    return RankingPair(a.auc, b.auc, np.array([[a.variance, shared], [shared, b.variance]]), n1, n0)


def ranking_difference(y: np.ndarray, scores: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """AUC(scores) - AUC(other) on the same rows, and its standard error (DeLong's, with the covariance).

    >>> y = np.array([0, 1, 0, 1, 1, 0])
    >>> ranking_difference(y, np.arange(6.0), np.arange(6.0))
    (0.0, 0.0)
    """
    pair = ranking_pair(y, scores, other)
    return pair.difference, pair.se
