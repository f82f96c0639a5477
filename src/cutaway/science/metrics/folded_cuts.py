"""The cuts that a score can reach, counted fold by fold: choose on some folds and judge on the rest, for any costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.cut_table import cut_table
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import sigmoid
from cutaway.science.metrics.thresholds import Cuts, OperatingPoint, Rule


@dataclass(frozen=True, eq=False)
class FoldedCuts:
    """Some of a score's cuts, ascending, with what each flags of every fold; the folds together are all rows.

    Small enough for a page to look up in, and enough there to pick a cut for any pair of costs, to draw every curve,
    and to judge the pick on folds that had no part in it.
    """

    cuts: Cuts  # of all folds together
    threshold: np.ndarray  # (m,) the cuts as probabilities
    fp: np.ndarray  # (folds, m) weight of negatives flagged
    tp: np.ndarray  # (folds, m) weight of positives flagged

    @classmethod
    def of(cls, folds: Sequence[ScoreHistogram], cuts: int = 400) -> FoldedCuts:
        """From the folds' histograms, thinned as `cut_table` does it.

        Raises: InputError for fewer than two folds.
        """
        _two(folds)
        whole = folds[0]
        for more in folds[1:]:
            whole = whole + more
        table = cut_table(whole, cuts)
        each = [Cuts.of_histogram(fold) for fold in folds]
        places = np.searchsorted(each[0].logits, table.cuts.logits)
        return cls(
            table.cuts,
            table.threshold,
            np.stack([one.fp[places] for one in each]),
            np.stack([one.tp[places] for one in each]),
        )

    @classmethod
    def every(cls, folds: Sequence[ScoreHistogram]) -> FoldedCuts:
        """From the folds' histograms with every cut of theirs, where many choices are to be judged on the same folds.

        Raises: InputError as `of`.
        """
        _two(folds)
        each = [Cuts.of_histogram(fold) for fold in folds]
        fp, tp = np.stack([one.fp for one in each]), np.stack([one.tp for one in each])
        logits = each[0].logits
        whole = Cuts(logits, fp.sum(axis=0), tp.sum(axis=0), sum(one.squares for one in each))
        return cls(whole, sigmoid(logits), fp, tp)

    @cached_property
    def rest(self) -> tuple[Cuts, ...]:
        """For each fold, the cuts of all the others; weights that are no whole numbers leave no less than nothing."""
        whole = self.cuts
        return tuple(
            Cuts(whole.logits, np.maximum(whole.fp - fp, 0), np.maximum(whole.tp - tp, 0), whole.squares)
            for fp, tp in zip(self.fp, self.tp, strict=True)
        )

    def judged(self, rule: Rule) -> tuple[OperatingPoint, tuple[int, ...]]:
        """What cuts picked on the other folds decide on each fold, summed, with the index of each fold's pick.

        The sum carries the logit of the cut that the rule picks on all rows.

        >>> rng = np.random.default_rng(0)
        >>> s = rng.normal(-2, 1.5, 20_000)
        >>> y = (rng.random(s.size) < 1 / (1 + np.exp(-s))).astype(int)
        >>> folded = FoldedCuts.of([ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)])
        >>> from cutaway.science.metrics import LeastCost
        >>> point, picks = folded.judged(LeastCost(1, 10))
        >>> round(point.cost(1, 10), 3), [round(float(folded.threshold[i]), 2) for i in picks]
        (0.579, [0.09, 0.09, 0.11, 0.09, 0.11])
        """
        whole = self.cuts
        counts = np.zeros(4)
        picks = []
        for fp, tp, rest in zip(self.fp, self.tp, self.rest, strict=True):
            at = rule(rest)
            picks.append(at)
            counts += [fp[0] - fp[at], fp[at], tp[0] - tp[at], tp[at]]
        tn, alarms, misses, hits = (float(v) for v in counts)
        return OperatingPoint(float(whole.logits[rule(whole)]), tn, alarms, misses, hits, whole.scale), tuple(picks)


def in_folds(
    logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None, fold: np.ndarray, folds: int
) -> list[ScoreHistogram]:
    """One histogram a fold of rows with `logits` (n,), labels `y` (n,), `weight` (n,) or None, and `fold` (n,) uint8.

    The rows are sorted by fold once, in linear time, and each fold is read as one slice.

    Raises: InputError as `ScoreHistogram.of`.

    >>> found = in_folds(np.array([-1.0, 1.0, 2.0]), np.array([0, 1, 1]), None, np.array([1, 0, 1], np.uint8), 2)
    >>> [(one.negatives, one.positives) for one in found]
    [(0.0, 1.0), (1.0, 1.0)]
    """
    order = np.argsort(fold, kind="stable")
    ends = np.cumsum(np.bincount(fold, minlength=folds))
    logits, y = logits[order], y[order]
    weight = None if weight is None else weight[order]
    return [
        ScoreHistogram.of(logits[a:b], y[a:b], None if weight is None else weight[a:b])
        for a, b in zip(np.append(0, ends[:-1]), ends, strict=True)
    ]


def _two(folds: Sequence[ScoreHistogram]) -> None:
    if len(folds) < 2:
        raise InputError(f"folds: expected at least two histograms, got {len(folds)}; split the rows")
