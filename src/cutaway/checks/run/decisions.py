"""What the checks of scores share: the cut judged on untouched folds, and how scores and cuts are called."""

from __future__ import annotations

import math

from cutaway.checks.run.scored import Scored
from cutaway.core.findings import NotApplicableError
from cutaway.science import metrics
from cutaway.science.metrics import HeldOutCut, Tally


def two_classes(tally: Tally) -> None:
    """Raises NotApplicableError where the scored rows are of one class."""
    if tally.one_class:
        raise NotApplicableError("the rows with a score (neither 0 nor 1, where that matters) are of one class")


def said(scored: Scored, *, first: bool = False) -> str:
    """What the scores are called in a sentence, or as its first words."""
    return scored.name if scored.own else f"{'T' if first else 't'}he plain model"


def cut_text(p: float) -> str:
    """A cut with two digits of it, or of what it lacks to one.

    >>> [cut_text(p) for p in (0.0476, 0.5, 0.98, 0.99962, 1e-7, 0.0, 1.0)]
    ['0.048', '0.5', '0.980', '0.99962', '1e-07', '0', '1']
    """
    if not 0.5 < p < 1:
        return f"{p:.2g}"
    return f"{p:.{min(max(2, 1 - math.floor(math.log10(1 - p))), 9)}f}"


def held_out(scored: Scored, level: float = 0.95) -> tuple[HeldOutCut, float]:
    """The cut of least cost, judged on untouched folds, and what its costs are to be multiplied with for a row's."""
    costs = scored.costs
    if costs.column is None:
        return metrics.held_out_cut(scored.folds, costs.fp, costs.fn, level=level), 1.0
    # rows are weighted by their costs, so that a mean over the weight becomes one over the rows
    rows = sum(float(h.counts.sum()) for h in scored.folds)
    scale = sum(float(h.counts.sum()) for h in scored.cost_folds) / rows if rows else math.nan
    return metrics.held_out_cut(scored.cost_folds, 1.0, 1.0, level=level), scale
