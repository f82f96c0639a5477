"""Which cuts cost as little as the cheapest, as far as the rows can tell: the optimum is a stretch, not a point."""

from __future__ import annotations

import numpy as np

from cutaway.science.metrics.thresholds import Cuts, LeastCost


def equal_cuts(cuts: Cuts, fp: float, fn: float, level: float = 0.95) -> tuple[int, int]:
    """Indices of the lowest and highest cut whose cost these rows cannot tell from the least.

    Between two cuts only the rows between them count, a negatives and b positives; the costs differ by fp a - fn b. If
    the two cuts cost the same in truth, each of the a + b rows is a negative with chance fn / (fp + fn), so the excess
    is judged by a binomial's tail: a cut is as good while a tail as long as its own has more than (1 - level) / 2. The
    stretch ends with the last such cut on either side. A variance taken from the a and b that were counted would close
    a side on which the dear error has not happened yet, and at 999 to 1 leave the true optimum out nearly always.

    (0, last) without rows. Raises: InputError for costs that are not positive.
    Source: the exact form of McNemar's test (1947) of paired decisions, with costs.

    >>> rng = np.random.default_rng(0)
    >>> s = rng.normal(-2, 1.5, 20_000)
    >>> y = (rng.random(s.size) < 1 / (1 + np.exp(-s))).astype(int)
    >>> cuts = Cuts.of(y, s)
    >>> low, high = equal_cuts(cuts, 1, 10)
    >>> bool(cuts.logits[low] < np.log(1 / 10) < cuts.logits[high])
    True
    """
    from scipy.special import betainc

    at = LeastCost(fp, fn)(cuts)
    if not cuts.total > 0:
        return 0, cuts.logits.size - 1
    a, b = np.abs(cuts.fp - cuts.fp[at]) * cuts.scale, np.abs(cuts.tp - cuts.tp[at]) * cuts.scale
    below = np.arange(cuts.fp.size) < at  # flags more: too many negatives among them; above, too many positives
    many, few = np.where(below, a, b), np.where(below, b, a)
    chance = np.where(below, fn, fp) / (fp + fn)
    tail = np.where(many > 0, betainc(np.maximum(many, 1e-300), few + 1, chance), 1.0)
    alike = np.flatnonzero(tail > (1 - level) / 2)
    return int(alike[0]), int(alike[-1])
