"""Areas under curves, exactly: by one radix sort without weights, by the sorted cuts with them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.steps import Steps
from cutaway.science.metrics.sweep import rank_sums

Averages = Literal["macro", "weighted"]


def roc_auc(
    y: np.ndarray,
    scores: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    classes: Literal["rest", "pairs"] = "rest",
    average: Averages = "macro",
) -> float:
    """Area under ROC: the chance that a positive outscores a negative, ties counted half.

    `y` (n,) 0 or 1 and `scores` (n,); or codes 0 … K-1 and scores (n, K), one column a class: then the mean over the
    classes, each against the rest, or over the `pairs` of classes; plain, or weighted by how common they are. NaN
    without a pair; a class without rows makes the mean NaN.

    Raises: InputError for unequal lengths, a NaN score, a label other than 0 or 1.
    Source: Hanley & McNeil 1982; Hand & Till 2001, eq. 7, for pairs.

    >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    y, scores = np.asarray(y), np.asarray(scores)
    if scores.ndim == 2:
        if classes == "pairs":
            return _mean_of_pairs(y, scores, weight, average)
        areas = one_versus_rest(y, scores, weight)
        return _mean(areas, y, weight, average)
    if weight is None:
        return rank_sums(y, scores).auc
    steps = Steps.of(y, scores, weight)
    return _trapezoids(steps.fpr, steps.tpr)


def average_precision(
    y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None, *, average: Averages = "macro"
) -> float:
    """Average precision, Σ (Rᵢ - Rᵢ₋₁) Pᵢ over the distinct scores from high to low; chance level is the prevalence.

    Of several classes (codes `y`, scores (n, K)): the mean of each against the rest. NaN without positives.

    Raises: InputError as `roc_auc`.
    Source: Buckley & Voorhees 2000, with ties as one step.

    >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
    0.8333
    """
    y, scores = np.asarray(y), np.asarray(scores)
    if scores.ndim == 2:
        _check_classes(y, scores)
        areas = [average_precision(y == k, scores[:, k], weight) for k in range(scores.shape[1])]
        return _mean(np.array(areas), y, weight, average)
    if weight is None:
        return rank_sums(y, scores).average_precision
    steps = Steps.of(y, scores, weight)
    gained = np.diff(steps.tpr)
    there = ~(gained == 0)  # where nothing was taken precision is undefined, and nothing was gained
    return float((gained[there] * steps.precision[there]).sum()) if steps.positives else float("nan")


def ks(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Kolmogorov–Smirnov distance of the classes' scores, max |TPR - FPR|; NaN without a pair.

    Raises: InputError as `roc_auc`.

    >>> ks(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.5
    """
    if weight is None:
        return rank_sums(y, scores).ks
    steps = Steps.of(y, scores, weight)
    return float(np.abs(steps.tpr - steps.fpr).max())


def partial_auc(
    y: np.ndarray,
    scores: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    max_fpr: float = 1.0,
    min_tpr: float = 0.0,
    standardised: bool = False,
) -> float:
    """Area under ROC where the false-alarm rate is at most `max_fpr` and the recall at least `min_tpr`.

    The region lies below the curve, above recall `min_tpr`, left of `max_fpr`: the two-way partial area. `standardised`
    maps it so that chance is 0.5 and the best possible 1. NaN without a pair.

    Raises: InputError as `roc_auc`, and for limits outside [0, 1] or that leave no region.
    Source: McClish 1989, eq. 4, on one limit; Yang, Lu, Hu, Zhao & Gao 2019 on two.

    >>> partial_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]), max_fpr=0.5)
    0.25
    """
    if not (0 < max_fpr <= 1 and 0 <= min_tpr < 1):
        raise InputError(
            f"max_fpr, min_tpr: partial_auc expected 0 < max_fpr <= 1 and 0 <= min_tpr < 1, got {max_fpr}, {min_tpr}"
        )
    steps = Steps.of(y, scores, weight)
    area = _above(steps.fpr, steps.tpr, max_fpr, min_tpr)
    if not standardised:
        return area
    side = max(max_fpr - min_tpr, 0.0)
    chance, best = side * side / 2, max_fpr * (1 - min_tpr)
    return 0.5 * (1 + (area - chance) / (best - chance))


def one_versus_rest(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Area under ROC (K,) of each class against the rest; `y` (n,) codes, `scores` (n, K).

    Raises: InputError as `roc_auc`, and for a code outside 0 … K-1.
    """
    y, scores = np.asarray(y), np.asarray(scores)
    _check_classes(y, scores)
    return np.array([roc_auc(y == k, scores[:, k], weight) for k in range(scores.shape[1])])


def one_versus_one(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """A (K, K), A[i, j] the chance that a row of class i outscores one of class j in the column of class i.

    Raises: InputError as `one_versus_rest`.
    Source: Hand & Till 2001, section 2.
    """
    y, scores = np.asarray(y), np.asarray(scores)
    _check_classes(y, scores)
    out = np.full((scores.shape[1], scores.shape[1]), np.nan)
    for i in range(out.shape[0]):
        for j in range(out.shape[0]):
            if i != j:
                two = (y == i) | (y == j)
                out[i, j] = roc_auc(y[two] == i, scores[two, i], None if weight is None else np.asarray(weight)[two])
    return out


def _mean_of_pairs(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None, average: Averages) -> float:
    areas = one_versus_one(y, scores, weight)
    i, j = np.triu_indices(areas.shape[0], 1)
    of_pairs = (areas[i, j] + areas[j, i]) / 2
    shares = np.bincount(y, weights=weight, minlength=areas.shape[0]).astype(float)
    return float(np.average(of_pairs, weights=shares[i] + shares[j] if average == "weighted" else None))


def _mean(areas: np.ndarray, y: np.ndarray, weight: np.ndarray | None, average: Averages) -> float:
    shares = np.bincount(y, weights=weight, minlength=areas.size)
    return float(np.average(areas, weights=shares if average == "weighted" else None))


def _check_classes(y: np.ndarray, scores: np.ndarray) -> None:
    if scores.ndim != 2 or y.ndim != 1 or y.size != scores.shape[0]:
        raise InputError(f"scores: expected (n, K), one column a class, for labels (n,), got {scores.shape}, {y.shape}")
    if y.size and not 0 <= y.min() <= y.max() < scores.shape[1]:
        raise InputError(
            f"y: expected codes in 0 … {scores.shape[1] - 1}, got {y.min()} to {y.max()}; give one score a class"
        )


def _trapezoids(x: np.ndarray, y: np.ndarray) -> float:
    return float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2)


def _above(x: np.ndarray, y: np.ndarray, right: float, floor: float) -> float:
    """Area below the ascending polygon through (x, y), left of `right` and above `floor`."""
    if np.isnan(x[-1]) or np.isnan(y[-1]):
        return float("nan")
    if floor > 0:  # start where the polygon crosses the floor
        k = int(np.searchsorted(y, floor, "left"))
        part = (floor - y[k - 1]) / (y[k] - y[k - 1])
        x = np.append(x[k - 1] + part * (x[k] - x[k - 1]), x[k:])
        y = np.append(floor, y[k:])
    if x[0] >= right:
        return 0.0
    k = int(np.searchsorted(x, right, "right"))
    if k < x.size:
        part = (right - x[k - 1]) / (x[k] - x[k - 1])
        x, y = np.append(x[:k], right), np.append(y[:k], y[k - 1] + part * (y[k] - y[k - 1]))
    return _trapezoids(x, y - floor)
