"""The cuts that a score can reach, counted fold by fold: choose on some folds and judge on the rest, for any costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.cut_table import cut_table
from cutaway.science.metrics.histogram import ScoreHistogram
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
        if len(folds) < 2:
            raise InputError(f"folds: FoldedCuts expected at least two histograms, got {len(folds)}; split the rows")
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
        for fp, tp in zip(self.fp, self.tp, strict=True):
            rest = Cuts(whole.logits, np.maximum(whole.fp - fp, 0), np.maximum(whole.tp - tp, 0), whole.squares)
            at = rule(rest)
            picks.append(at)
            counts += [fp[0] - fp[at], fp[at], tp[0] - tp[at], tp[at]]
        tn, alarms, misses, hits = (float(v) for v in counts)
        return OperatingPoint(float(whole.logits[rule(whole)]), tn, alarms, misses, hits, whole.scale), tuple(picks)
