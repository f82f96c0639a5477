"""Cuts enough to draw every curve of a score: what a page looks up in, whatever the number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.steps import hull_corners
from cutaway.science.metrics.tally import sigmoid
from cutaway.science.metrics.thresholds import Cuts

_PRECISION = 5.0  # steps of precision between cuts, in units of 1 / cuts: coarser than those of the two classes


@dataclass(frozen=True, eq=False)
class CutTable:
    """Some of a score's cuts, ascending: what each flags. The first flags every row, the last none.

    A row is flagged from `threshold` on. A threshold between two of the table's acts as the next higher one.
    """

    cuts: Cuts

    @property
    def threshold(self) -> np.ndarray:
        """The cuts as probabilities (k,), ascending; the last may lie just above 1, to flag not even certain rows."""
        p = sigmoid(self.cuts.logits)
        if p.size > 1 and p[-2] >= 1:
            p[-1] = np.nextafter(1.0, 2.0)
        return p

    @property
    def fp(self) -> np.ndarray:
        """Weight of the negatives flagged (k,)."""
        return self.cuts.fp

    @property
    def tp(self) -> np.ndarray:
        """Weight of the positives flagged (k,)."""
        return self.cuts.tp

    @property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return self.cuts.negatives

    @property
    def positives(self) -> float:
        """Weight of the positives."""
        return self.cuts.positives

    @property
    def columns(self) -> dict[str, Any]:
        """Columns by the names that a page knows."""
        return {"threshold": self.threshold, "tp": self.tp, "fp": self.fp}


def cut_table(histogram: ScoreHistogram, cuts: int = 1000) -> CutTable:
    """The cuts of a histogram, thinned so that ROC, precision-recall and cost curves lose nothing that can be seen.

    Between neighbouring cuts lies at most 1 / `cuts` of either class and precision moves by at most 5 / `cuts`, as far
    as the bins allow; where the rows fill fewer bins, every one has its cut. The corners of the ROC curve's convex hull
    are all kept, so that the cheapest cut is that of the whole histogram for every pair of costs, and so is the cut at
    0.5. Without rows one cut, which flags none.

    Raises: InputError for fewer than two cuts.
    Source: Provost & Fawcett 2001, on the hull as what any costs can choose.

    >>> table = cut_table(ScoreHistogram.of(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 1, 0, 1])))
    >>> table.threshold.round(2).tolist()
    [0.12, 0.27, 0.5, 0.73, 0.88, 1.0]
    >>> table.tp.tolist(), table.fp.tolist()
    ([2.0, 2.0, 1.0, 1.0, 1.0, 0.0], [2.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    """
    if cuts < 2:
        raise InputError(f"cuts: cut_table expected at least 2, got {cuts}; 1000 draw a smooth curve")
    every = Cuts.of_histogram(histogram)
    middle = every.logits.size // 2
    there = np.flatnonzero(histogram.counts.any(axis=0))
    there = there[np.append(np.diff(sigmoid(every.logits[there])) > 0, True)] if there.size else there
    places = np.append(there, every.logits.size - 1)  # the last bin's upper end, and every filled one's lower
    kept = _thinned(every.fp[places], every.tp[places], cuts)
    corners = hull_corners(every.fp[places][::-1], every.tp[places][::-1])
    kept = np.union1d(places[kept], places[::-1][corners])
    if every.total > 0:
        kept = np.union1d(kept, [middle])
    return CutTable(Cuts(every.logits[kept], every.fp[kept], every.tp[kept], every.squares))


def _thinned(fp: np.ndarray, tp: np.ndarray, cuts: int) -> np.ndarray:
    """Indices of the cuts that no coarser step can leave out, from the last, which flags none, to the first."""
    last = fp.size - 1
    most_fp, most_tp, most = max(fp[0], 1e-300) / cuts, max(tp[0], 1e-300) / cuts, _PRECISION / cuts
    with np.errstate(invalid="ignore"):
        right = tp / (tp + fp)
    a, b, c = fp.tolist(), tp.tolist(), right.tolist()
    kept = [last]
    at = last
    for i in range(last - 1, -1, -1):
        # the first flagged cut starts the precision; NaN before it compares as no step
        if i + 1 < at and (a[i] - a[at] > most_fp or b[i] - b[at] > most_tp or abs(c[i] - c[at]) > most):
            at = i + 1
            kept.append(at)
        elif at == last and i + 1 == last:
            kept.append(i)
            at = i
    if kept[-1] != 0:
        kept.append(0)
    return np.array(kept[::-1])
