"""Every cut that scores allow, with what lies above it: the curves are views of this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.science.metrics import radix, sweep
from cutaway.science.metrics.histogram import ScoreHistogram


@dataclass(frozen=True, eq=False)
class Steps:
    """`thresholds` (m,), the distinct scores from high to low; `tp` and `fp` (m,), the weight of the positives and of
    the negatives with a score of the threshold or more; float64.
    """

    thresholds: np.ndarray
    tp: np.ndarray
    fp: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> Steps:
        """From labels `y` (n,) 0 or 1, `scores` (n,) and `weight` (n,) or None for ones, which is much faster.

        Raises: InputError for unequal lengths, a NaN score, a label other than 0 or 1, a negative weight.
        """
        if weight is not None:
            return cls(*_weighed(y, scores, weight))
        scores = np.asarray(scores)
        binned = radix.binned(scores, y)
        sweep.walked(binned, whole=True)
        last, positives = _ends(binned.packed, binned.starts)
        packed = binned.packed[last]
        bins = np.searchsorted(binned.starts, last, "right") - 1
        thresholds = radix.score_of(packed, bins, binned.dtype)[::-1].astype(float)
        total = positives[-1] if positives.size else 0
        tp = (total - np.append(0, positives[:-1])[: last.size])[::-1].astype(float)
        taken = (scores.size - np.append(0, last[:-1] + 1)[: last.size])[::-1]
        return cls(thresholds, tp, taken - tp)

    @classmethod
    def of_histogram(cls, histogram: ScoreHistogram) -> Steps:
        """From the bins, each taken as one tied score, its lower end."""
        counts = histogram.counts[:, ::-1]
        there = counts.sum(axis=0) > 0
        fp, tp = np.cumsum(counts, axis=1)[:, there]
        return cls(histogram.edges()[:-1][::-1][there], tp, fp)

    @property
    def positives(self) -> float:
        """Weight of the positives."""
        return float(self.tp[-1]) if self.tp.size else 0.0

    @property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return float(self.fp[-1]) if self.fp.size else 0.0

    @property
    def tpr(self) -> np.ndarray:
        """Recall (m + 1,) from the cut above all rows on; NaN without positives."""
        return _share(self.tp, self.positives)

    @property
    def fpr(self) -> np.ndarray:
        """False-alarm rate (m + 1,) from the cut above all rows on; NaN without negatives."""
        return _share(self.fp, self.negatives)

    @property
    def precision(self) -> np.ndarray:
        """Precision (m,) at each threshold; NaN where what is taken has no weight."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.tp / (self.tp + self.fp))

    def hull(self) -> tuple[np.ndarray, np.ndarray]:
        """False-alarm rates and recalls (k,) of the corners of the convex hull of the ROC curve, from (0, 0) on.

        Source: Provost & Fawcett 2001.
        """
        corners = _hull(np.append(0.0, self.fp), np.append(0.0, self.tp))
        return self.fpr[corners], self.tpr[corners]


def hull_corners(fp: np.ndarray, tp: np.ndarray) -> np.ndarray:
    """Places (k,) of the corners of the upper convex hull of points of ascending `fp` and `tp` (m,)."""
    return np.asarray(_hull(np.ascontiguousarray(fp), np.ascontiguousarray(tp)))


def _share(part: np.ndarray, whole: float) -> np.ndarray:
    return np.append(0.0, part) / whole if whole > 0 else np.full(part.size + 1, np.nan)


@njit(cache=True, nogil=True)
def _ends(packed, starts):  # type: ignore[no-untyped-def]
    """Place of the last row of each tied group in ascending order, and the positives up to it."""
    last, positives = np.empty(packed.size, np.int64), np.empty(packed.size, np.int64)
    groups, seen = 0, np.int64(0)
    one = np.uint64(1)
    for b in range(starts.size - 1):
        for i in range(starts[b], starts[b + 1]):
            here = np.uint64(packed[i])
            seen += np.int64(here & one)
            if i + 1 == starts[b + 1] or np.uint64(packed[i + 1]) ^ here > one:
                last[groups], positives[groups] = i, seen
                groups += 1
    return last[:groups].copy(), positives[:groups].copy()


@njit(cache=True, nogil=True)
def _hull(x, y):  # type: ignore[no-untyped-def]
    """Places of the corners of the upper convex hull of points of ascending x and y (Andrew 1979)."""
    kept = np.empty(x.size, np.int64)
    size = 0
    for i in range(x.size):
        while size > 1:
            a, b = kept[size - 2], kept[size - 1]
            if (x[b] - x[a]) * (y[i] - y[a]) < (x[i] - x[a]) * (y[b] - y[a]):
                break
            size -= 1
        if size == 1 and x[i] == x[kept[0]] and y[i] == y[kept[0]]:
            continue
        kept[size] = i
        size += 1
    return kept[:size].copy()


def _weighed(y: np.ndarray, scores: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, scores, weight = np.asarray(y), np.asarray(scores), np.asarray(weight, float)
    if scores.ndim != 1 or not y.shape == scores.shape == weight.shape:
        raise InputError(
            f"weight: expected one score, label and weight a row, got {scores.shape}, {y.shape}, {weight.shape}; pass "
            "columns of one table"
        )
    for name, wrong, expected in (
        ("scores", np.isnan(scores), "numbers"),
        ("y", (y != 0) & (y != 1), "labels 0 or 1"),
        ("weight", ~(weight >= 0), "weights of 0 or more"),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            got = {"scores": scores, "y": y, "weight": weight}[name][row]
            raise InputError(f"{name}: expected {expected}, got {got} at row {row}; drop or mend it")
    order = np.argsort(scores, kind="stable")[::-1]
    ranked = scores[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if ranked.size else np.empty(0, np.intp)
    positive = y[order] == 1
    tp = np.cumsum(np.where(positive, weight[order], 0.0))[last]
    fp = np.cumsum(np.where(positive, 0.0, weight[order]))[last]
    return ranked[last].astype(float), tp, fp
