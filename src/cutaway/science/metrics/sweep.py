"""One walk over the scores in order, from which every area under a curve is read, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from cutaway.core.threads import at_once
from cutaway.science.metrics import radix

_TASK = 1 << 16  # rows or more that one task walks; the tasks' sums are added in order, whatever the threads


@dataclass(frozen=True, slots=True)
class RankSums:
    """What a walk over the tied groups of scores adds up.

    A row's wrong count is twice the rows of the other class on its wrong side, plus those tied with it: negatives above
    a positive, positives below a negative.

    `wrong`: Σ over the positives (the negatives give the same), a whole number; `squares1`, `squares0`: Σ of its
    squares over positives and negatives; `precision`: Σ over the positives of the precision at their score; `over`,
    `under`: largest values of TPR - FPR and FPR - TPR.
    """

    negatives: int
    positives: int
    wrong: int
    squares1: float
    squares0: float
    precision: float
    over: float
    under: float

    @property
    def auc(self) -> float:
        """Area under ROC; NaN without a pair."""
        pairs = self.negatives * self.positives
        return 1 - self.wrong / (2 * pairs) if pairs else float("nan")

    @property
    def average_precision(self) -> float:
        """Σ (Rᵢ - Rᵢ₋₁) Pᵢ; NaN without positives."""
        return self.precision / self.positives if self.positives else float("nan")

    @property
    def ks(self) -> float:
        """Largest distance between the two classes' distribution functions; NaN without a pair."""
        return max(self.over, self.under) if self.negatives and self.positives else float("nan")

    @property
    def variance(self) -> float:
        """DeLong's variance of the area; NaN with fewer than two rows of a class."""
        n1, n0 = self.positives, self.negatives
        if min(n1, n0) < 2:
            return float("nan")
        mean1, mean0 = self.wrong / n1, self.wrong / n0
        spread1 = max(self.squares1 / n1 - mean1 * mean1, 0.0) / (4.0 * n0 * n0) / (n1 - 1)
        spread0 = max(self.squares0 / n0 - mean0 * mean0, 0.0) / (4.0 * n1 * n1) / (n0 - 1)
        return spread1 + spread0


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(first, last, packed, starts, positives, below1, load, base, wrong_of, sums, whole):  # type: ignore[no-untyped-def]
    """Sorts and walks bins first … last - 1; `below1` positives lie below them.

    Adds to `sums`: 0 squares1, 1 squares0, 2 precision, 3 over, 4 under, 5 cross1, 6 cross0; returns Σ of the
    positives' wrong counts. If given, `wrong_of` gets each row's, in the order of the sorted rows; otherwise it is
    multiplied with what rows carry (below the label's bit `base`, or in `load`).
    """
    total = packed.size
    n1 = positives.sum()
    n0 = total - n1
    wrong = 0
    largest = 0
    for b in range(first, last):
        largest = max(largest, starts[b + 1] - starts[b])
    spare = np.empty(largest, packed.dtype)
    spare_load = np.empty(largest, load.dtype) if load is not None else None
    counts = np.empty(radix.SCRATCH, np.int64)
    below0 = starts[first] - below1
    shift = np.uint64(base)
    gap = below0 * n1 - below1 * n0  # n0 n1 (TPR - FPR), whole: no division a row
    over, under = max(gap, 0), max(-gap, 0)
    squares1, squares0, precision, cross1, cross = 0.0, 0.0, 0.0, 0.0, 0.0
    for b in range(first, last):
        start, stop = starts[b], starts[b + 1]
        if start == stop:
            continue
        v = packed[start:stop]
        if whole or positives[b] > 0:
            if load is not None:
                radix.sort_bin(v, load[start:stop], spare, spare_load, counts, base)
            else:
                radix.sort_bin(v, None, spare, None, counts, base)
        i = 0
        while i < v.size:
            if whole or positives[b] > 0:
                here = np.uint64(v[i])
                p = np.int64((here >> shift) & np.uint64(1))
                j = i + 1
                while j < v.size and (np.uint64(v[j]) ^ here) >> shift <= np.uint64(1):
                    p += np.int64((np.uint64(v[j]) >> shift) & np.uint64(1))
                    j += 1
            else:  # negatives alone: no measure changes within
                p, j = np.int64(0), v.size
            n = j - i - p
            mine1 = 2 * (n0 - below0) - n
            mine0 = 2 * below1 + p
            if p > 0:
                precision += p * ((n1 - below1) / (total - below0 - below1))
                wrong += p * mine1
                squares1 += np.float64(p) * np.float64(mine1) * np.float64(mine1)
            squares0 += np.float64(n) * np.float64(mine0) * np.float64(mine0)
            if wrong_of is not None:
                for k in range(i, j):
                    label = np.int64((np.uint64(v[k]) >> shift) & np.uint64(1))
                    wrong_of[start + k] = mine0 + label * (mine1 - mine0)
            elif base > 0 or load is not None:
                for k in range(i, j):
                    label = np.int64((np.uint64(v[k]) >> shift) & np.uint64(1))
                    carried = np.int64(load[start + k]) if load is not None else np.int64(v[k] & np.uint64(0xFFFFFFFF))
                    product = np.float64(mine0 + label * (mine1 - mine0)) * np.float64(carried)
                    cross1 += product * label
                    cross += product
            below1 += p
            below0 += n
            gap += n * n1 - p * n0
            over, under = max(over, gap), max(under, -gap)
            i = j
    pairs = max(np.float64(n0) * np.float64(n1), 1.0)
    sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6] = (
        squares1,
        squares0,
        precision,
        over / pairs,
        under / pairs,
        cross1,
        cross - cross1,
    )
    return wrong


def walked(
    binned: radix.Binned,
    *,
    wrong_of: np.ndarray | None = None,
    whole: bool = False,
) -> tuple[RankSums, tuple[float, float]]:
    """The sums of all bins, and the Σ over positives and over negatives of wrong count times load.

    `wrong_of` (n,) gets each row's wrong count, in the order in which the rows are left. Each walked bin of `binned` is
    left in order; with `whole`, those without positives too.
    """
    n = binned.packed.size
    count = min(64, n // _TASK + 1)
    cuts = np.searchsorted(binned.starts, np.arange(count + 1) * (n / count))
    cuts[0], cuts[-1] = 0, radix.BINS
    tasks = [(int(a), int(b)) for a, b in pairwise(cuts) if a < b]
    below = np.concatenate([[0], np.cumsum(binned.positives)])
    sums = np.zeros((len(tasks), 7))

    def walk(k: int) -> int:
        a, b = tasks[k]
        return int(
            _walk(
                a,
                b,
                binned.packed,
                binned.starts,
                binned.positives,
                int(below[a]),
                binned.load,
                binned.base,
                wrong_of,
                sums[k],
                whole,
            )
        )

    wrong = sum(at_once(walk, len(tasks)))
    positives = int(below[-1])
    totals = sums.sum(axis=0)
    return (
        RankSums(
            n - positives,
            positives,
            wrong,
            float(totals[0]),
            float(totals[1]),
            float(totals[2]),
            float(sums[:, 3].max()),
            float(sums[:, 4].max()),
        ),
        (float(totals[5]), float(totals[6])),
    )


def rank_sums(y: np.ndarray, scores: np.ndarray) -> RankSums:
    """Every exact ranking sum of scores (n,), float32 or float64, with labels y (n,) 0 or 1."""
    return walked(radix.binned(scores, y))[0]
