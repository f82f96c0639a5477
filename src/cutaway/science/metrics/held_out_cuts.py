"""A cut chosen on some rows and judged on others: what it costs, beside the cut at 0.5."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.folded_cuts import FoldedCuts
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.thresholds import Cuts, LeastCost, OperatingPoint, Rule

METHOD = "untouched folds, combined score intervals"


@dataclass(frozen=True, slots=True)
class HeldOutCut:
    """The cut that a rule picks on all rows, and how cuts picked on the other folds did on each fold.

    Costs are a row's mean, in the unit of the costs given. `saving` is cost at half less cost, on the same rows.
    """

    point: OperatingPoint  # the cut picked on all rows; its rates are those of the rows that it was picked on
    judged: OperatingPoint  # counts summed over the folds, each judged by a cut that has not seen it; same cut as point
    cost: Estimate
    half: OperatingPoint  # the cut at probability 0.5
    cost_at_half: Estimate
    saving: Estimate
    fold_cuts: tuple[float, ...]  # log-odds


def held_out_cut(
    folds: Sequence[ScoreHistogram] | FoldedCuts,
    fp: float,
    fn: float,
    *,
    rule: Rule | None = None,
    level: float = 0.95,
) -> HeldOutCut:
    """The cut by `rule` (least cost when None), chosen on all folds but one and judged on that one, for each in turn.

    Cost of a row = (fp · false alarms + fn · misses) / rows. The interval of the saving is paired: only rows that lie
    between a fold's cut and 0.5 count, those decided better and those decided worse as four counts whose score
    intervals are combined. It is conditional on the cuts that were chosen. Where many costs or rules are tried on the
    same folds, give `FoldedCuts.every(folds)`, counted once. Without rows all is NaN; without a class the rule decides
    as it can.

    Raises: InputError for fewer than two folds, or costs that are not positive.
    Source: Stone 1974 on judging a choice by cross-validation; Zou & Donner 2008 on combining intervals.

    >>> rng = np.random.default_rng(0)
    >>> s = rng.normal(-2, 1.5, 20_000)
    >>> y = (rng.random(s.size) < 1 / (1 + np.exp(-s))).astype(int)
    >>> folds = [ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)]
    >>> found = held_out_cut(folds, 1, 10)
    >>> round(found.point.cut, 2), found.saving.low > 0
    (0.09, True)
    """
    folded = folds if isinstance(folds, FoldedCuts) else FoldedCuts.every(folds)
    pick = LeastCost(fp, fn) if rule is None else rule
    LeastCost(fp, fn)  # the costs are checked whatever the rule
    whole = folded.cuts
    middle = whole.place(0.0)
    summed, picks = folded.judged(pick)
    counts = np.zeros(4)  # false alarms and misses spared, false alarms and misses added
    for alarmed, caught, at in zip(folded.fp, folded.tp, picks, strict=True):
        alarms, hits = alarmed[at] - alarmed[middle], caught[at] - caught[middle]
        counts += [max(-alarms, 0), max(hits, 0), max(alarms, 0), max(-hits, 0)]
    half = whole.point(middle)
    return HeldOutCut(
        whole.point(whole.place(summed.logit)),
        summed,
        cost_estimate(summed, fp, fn, level),
        half,
        cost_estimate(half, fp, fn, level),
        _estimate(counts, np.array([fp, fn, -fp, -fn]), whole.total, whole.scale, level),
        tuple(float(whole.logits[at]) for at in picks),
    )


def cost_estimate(point: OperatingPoint, fp: float, fn: float, level: float = 0.95) -> Estimate:
    """The expected cost of a row at a cut that was not chosen on these rows, with its interval."""
    total = point.tn + point.fp + point.fn + point.tp
    return _estimate(np.array([point.fp, point.fn]), np.array([fp, fn]), total, point.scale, level)


def cut_interval(
    cuts: Cuts, rule: Rule, rng: np.random.Generator, times: int = 400, level: float = 0.95
) -> tuple[Estimate, Estimate, Estimate]:
    """The cut (log-odds), recall and precision that a rule gives, each with a percentile interval of the Poisson
    bootstrap.

    Rows are put in at most 512 groups of neighbouring scores, as many rows of each class in each as can be, and
    each group's counts are drawn anew; the rule picks its cut in every replicate. For `LeastCost` the interval of the
    cut is too narrow (its error shrinks with the cube root of the rows): use `equal_cuts`. NaN without rows.

    Source: Efron & Tibshirani 1993, section 13.3; Abrevaya & Huang 2005 on the cube root.
    """
    method = "Poisson bootstrap of the bins, percentiles"
    at = rule(cuts) if cuts.total > 0 else 0
    point = cuts.point(at)
    if not cuts.total > 0:
        return tuple(Estimate(math.nan, math.nan, math.nan, method, level) for _ in range(3))  # type: ignore[return-value]
    coarse = _coarse(cuts, at)
    counts = -np.diff(np.stack([coarse.fp, coarse.tp])) * cuts.scale
    drawn = rng.poisson(counts, size=(times, *counts.shape)) / cuts.scale
    tails = np.zeros((times, 2, counts.shape[1] + 1))
    tails[:, :, :-1] = np.cumsum(drawn[:, :, ::-1], axis=2)[:, :, ::-1]
    found = np.full((times, 3), np.nan)
    for i in range(times):
        again = Cuts(coarse.logits, tails[i, 0], tails[i, 1], cuts.squares)
        one = again.point(rule(again))
        found[i] = one.logit, one.recall, one.precision
    ends = [(1 - level) / 2, (1 + level) / 2]
    out = []
    for value, column in zip((point.logit, point.recall, point.precision), found.T, strict=True):
        kept = column[~np.isnan(column)]
        low, high = np.quantile(kept, ends, method="inverted_cdf") if kept.size else (math.nan, math.nan)
        out.append(Estimate(float(value), float(low), float(high), method, level))
    return out[0], out[1], out[2]


def _coarse(cuts: Cuts, keep: int, groups: int = 512) -> Cuts:
    """At most `groups` + 3 of the cuts, as even in both classes as can be; that of index `keep` is one of them."""
    rank = (cuts.fp / max(cuts.negatives, 1e-300) + cuts.tp / max(cuts.positives, 1e-300)) * (groups / 2)
    step = np.floor(rank)
    changed = np.flatnonzero(np.diff(step) != 0) + 1
    at = np.unique(np.concatenate([[0, keep, cuts.fp.size - 1], changed]))
    return Cuts(cuts.logits[at], cuts.fp[at], cuts.tp[at], cuts.squares)


def _estimate(counts: np.ndarray, costs: np.ndarray, total: float, scale: float, level: float) -> Estimate:
    """Σ cost · count / total, with the intervals of the shares combined by Zou and Donner's rule.

    Each share's distance to the end of its score interval stands for its error towards that side, and errors of
    disjoint counts add in squares; their small negative covariance is left out, which widens the interval of a
    difference a little.
    """
    from scipy.special import ndtri

    if not total > 0:
        return Estimate(math.nan, math.nan, math.nan, METHOD, level)
    z, n = float(ndtri(0.5 + level / 2)), total * scale
    share = counts / total
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = share - np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0) - share
    down, up = np.where(costs > 0, low, high), np.where(costs > 0, high, low)
    value = float(costs @ share)
    return Estimate(
        value,
        value - math.sqrt(float(((costs * down) ** 2).sum())),
        value + math.sqrt(float(((costs * up) ** 2).sum())),
        METHOD,
        level,
    )
