"""Ranking measures of several classes: each class against the rest, and the mean over the classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cutaway.science.metrics.ranking import logit_interval, ranking, ranking_difference


def mean_area(y: np.ndarray, scores: np.ndarray, classes: Sequence[int]) -> tuple[float, float, float]:
    """Mean over the classes of the area under ROC of each against the rest, with its 95 % interval.

    `y` (n,) codes, `scores` (len(classes), n). Where no pair is ranked wrong the lower end is that of the rule of three
    for the rarest class, 0.05^(1/n): the share of its rows that may be ranked wrong and yet not have been seen. The
    errors of the classes are taken as independent. Without rows of a class everything is NaN.

    Source: Hand & Till 2001 on the mean; Hanley & Lippman-Hand 1983 on the rule of three.

    >>> y = np.repeat([0, 1], 60)
    >>> [round(v, 2) for v in mean_area(y, y[None, :] + 0.0, [1])]
    [1.0, 0.95, 1.0]
    """
    ranked = [ranking(y == k, s) for k, s in zip(classes, scores, strict=True)]
    auc = float(np.mean([r.auc for r in ranked]))
    se = math.sqrt(sum(r.se**2 for r in ranked)) / len(ranked)
    fewest = min(min(r.positives, r.negatives) for r in ranked)
    if auc >= 1.0:
        return auc, 0.05 ** (1 / fewest), 1.0
    low, high = logit_interval(auc, se, fewest)
    return auc, low, high


def better_p(y: np.ndarray, scores: np.ndarray, other: np.ndarray, classes: Sequence[int]) -> float:
    """One-sided p-value that `scores` rank no better than `other`, both (len(classes), n), by the mean area.

    DeLong's error of the difference on the same rows, normal. Equal scores give 1.

    >>> y, good = np.arange(40) % 2, np.arange(40) % 2 + np.arange(40) / 30
    >>> better_p(y, good[None, :], good[None, :], [1]), better_p(y, good[None, :], -good[None, :], [1]) < 0.001
    (1.0, True)
    """
    from scipy.special import ndtr

    parts = [ranking_difference(y == k, a, b) for k, a, b in zip(classes, scores, other, strict=True)]
    gap, se = float(np.mean([d for d, _ in parts])), math.sqrt(sum(s * s for _, s in parts)) / len(parts)
    return float(ndtr(-gap / se)) if se > 0 else float(not gap > 0)
