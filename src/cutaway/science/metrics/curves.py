"""Curves over all cuts of a score: ROC, precision–recall, gain, lift, cost and Brier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.steps import Steps


class Roc(NamedTuple):
    """False-alarm rate and recall (k,) from (0, 0) to (1, 1), with `thresholds` (k,) from inf down."""

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray


class PrecisionRecall(NamedTuple):
    """Precision and recall (m + 1,) with `thresholds` (m,) ascending; the last point, (1, 0), has none."""

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray


class Gain(NamedTuple):
    """Share of all rows `taken` (k,), highest scores first, and share of the positives `found` (k,) among them."""

    taken: np.ndarray
    found: np.ndarray
    thresholds: np.ndarray


class Lift(NamedTuple):
    """Share of all rows `taken` (m,), highest scores first, and their `lift` (m,): precision over prevalence."""

    taken: np.ndarray
    lift: np.ndarray
    thresholds: np.ndarray


class CostCurve(NamedTuple):
    """Least normalised expected cost (k,) at each `probability_cost` (k,) in [0, 1]; straight between the points."""

    probability_cost: np.ndarray
    cost: np.ndarray


class BrierCurve(NamedTuple):
    """`loss` (k,) at each false-alarm cost `cost` (k,) when the cut is that cost; its area is the Brier score."""

    cost: np.ndarray
    loss: np.ndarray


def roc(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None, *, corners: bool = False) -> Roc:
    """The ROC curve: false-alarm rate and recall when all rows with score ≥ threshold are called positive.

    `y` (n,) 0 or 1, `scores` (n,) higher for positive. Tied scores share a point. With `corners`, points on a straight
    line between their neighbours are left out. Without positives the recall is NaN, without negatives the false-alarm
    rate.

    Raises: InputError for unequal lengths, a NaN score, a label other than 0 or 1.
    Source: Fawcett 2006, algorithm 1.

    >>> roc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).tpr.tolist()
    [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    steps = Steps.of(y, scores, weight)
    fpr, tpr, thresholds = steps.fpr, steps.tpr, np.append(np.inf, steps.thresholds)
    if corners and fpr.size > 2:
        x, up = np.diff(np.append(0.0, steps.fp)), np.diff(np.append(0.0, steps.tp))
        turns = x[1:] * up[:-1] != x[:-1] * up[1:]
        keep = np.concatenate([[True], turns, [True]])
        fpr, tpr, thresholds = fpr[keep], tpr[keep], thresholds[keep]
    return Roc(fpr, tpr, thresholds)


def precision_recall(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> PrecisionRecall:
    """Precision and recall at every threshold, in the order that scikit-learn gives them.

    Do not join the points by straight lines: precision is not linear between cuts (Davis & Goadrich 2006). Without
    positives recall is NaN.

    Raises: InputError as `roc`.

    >>> precision_recall(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).precision.round(2).tolist()
    [0.5, 0.67, 0.5, 1.0, 1.0]
    """
    steps = Steps.of(y, scores, weight)
    return PrecisionRecall(np.append(steps.precision[::-1], 1.0), steps.tpr[::-1].copy(), steps.thresholds[::-1].copy())


def gain(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> Gain:
    """Share of the positives found when the share `taken` of all rows, highest scores first, is looked at.

    Raises: InputError as `roc`.

    >>> gain(np.array([0, 0, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8])).found.tolist()
    [0.0, 1.0, 1.0, 1.0, 1.0]
    """
    steps = Steps.of(y, scores, weight)
    taken = np.append(0.0, steps.tp + steps.fp) / max(steps.positives + steps.negatives, 1e-300)
    return Gain(taken, steps.tpr, np.append(np.inf, steps.thresholds))


def lift(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> Lift:
    """How many times as common positives are among the highest scores as among all rows.

    Raises: InputError as `roc`.

    >>> lift(np.array([0, 0, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8])).lift.tolist()
    [4.0, 2.0, 1.3333333333333333, 1.0]
    """
    steps = Steps.of(y, scores, weight)
    total = steps.positives + steps.negatives
    prevalence = steps.positives / total if steps.positives else np.nan
    return Lift((steps.tp + steps.fp) / max(total, 1e-300), steps.precision / prevalence, steps.thresholds)


def cost_curve(y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> CostCurve:
    """Least expected cost over all cuts, min (1 - TPR) PC + FPR (1 - PC), against the probability cost PC.

    PC = π₁ c₁ / (π₁ c₁ + π₀ c₀) with prevalences π and costs c of a missed positive and a false alarm; a cost of 1 is
    that of the worst classifier. Below it lie no cuts; min(PC, 1 - PC) is what a constant costs. NaN without a pair.

    Raises: InputError as `roc`.
    Source: Drummond & Holte 2006, section 3.

    >>> cost_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).cost.round(3).tolist()
    [0.0, 0.25, 0.0]
    """
    fpr, tpr = Steps.of(y, scores, weight).hull()
    x, up = np.diff(fpr), np.diff(tpr)
    at = np.concatenate([[0.0], x / (x + up), [1.0]])
    corner = np.append(np.arange(fpr.size), fpr.size - 1)
    new = np.append(True, np.diff(at) != 0)
    return CostCurve(at[new], ((1 - tpr[corner]) * at + fpr[corner] * (1 - at))[new])


def brier_curve(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, points: int = 1001) -> BrierCurve:
    """Expected loss when a false alarm costs c, a miss 1 - c and the cut is c: 2 (c π₀ FPR(c) + (1 - c) π₁ FNR(c)).

    For each cost in `points` equal steps over [0, 1]. The area under the curve is the Brier score.

    Raises: InputError as `roc`, and for a probability outside [0, 1].
    Source: Hernández-Orallo, Flach & Ferri 2011, definition 2 and theorem 3.

    >>> curve = brier_curve(np.array([0, 1]), np.array([0.5, 0.5]))
    >>> round(float(curve.loss.mean()), 2)
    0.25
    """
    steps = Steps.of(y, p, weight)
    if steps.thresholds.size and not 0 <= steps.thresholds[-1] <= steps.thresholds[0] <= 1:
        outside = steps.thresholds[0] if steps.thresholds[0] > 1 else steps.thresholds[-1]
        raise InputError(f"p: brier_curve expected probabilities in [0, 1], got {outside}; pass probabilities")
    cost = np.linspace(0, 1, points)
    taken = np.searchsorted(-steps.thresholds, -cost, "left")  # thresholds above the cost
    tp, fp = np.append(0.0, steps.tp)[taken], np.append(0.0, steps.fp)[taken]
    total = steps.positives + steps.negatives
    loss = 2 * (cost * fp + (1 - cost) * (steps.positives - tp)) / (total if total else np.nan)
    return BrierCurve(cost, loss)
