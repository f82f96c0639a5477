"""Predictions against the constant that always names the commonest class."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.science.metrics.counts import Counts
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.rates import Z95, wilson


@dataclass(frozen=True, slots=True)
class OverConstant:
    """`accuracy` of the predictions, `constant` that of always naming class `commonest`, `gain`: the first less the
    second, with its interval.
    """

    accuracy: float
    constant: float
    commonest: int
    gain: Estimate


def over_constant(counts: Counts, z: float = Z95) -> OverConstant:
    """Accuracy beyond that of the constant, on the same rows.

    Only rows that one of the two gets right count: of those the share that the predictions get right is compared with
    a half, by Wilson's interval, and multiplied by the share of such rows. Weights enter by the effective number of
    those rows. Predictions equal to the constant have gain 0 exactly; without rows everything is NaN.

    Source: McNemar 1947 on the rows that decide; Wilson 1927.

    >>> found = over_constant(Counts(np.array([[90.0, 4.0], [1.0, 5.0]])))
    >>> found.accuracy, found.constant, round(found.gain.value, 2), round(found.gain.low, 2)
    (0.95, 0.94, 0.01, -0.04)
    """
    matrix, total = counts.matrix, counts.weight
    top = int(matrix.sum(1).argmax())
    if not total:
        return OverConstant(math.nan, math.nan, top, Estimate(math.nan, -1.0, 1.0, "not defined"))
    others = np.arange(counts.classes) != top
    gained, lost = float(np.diag(matrix)[others].sum()), float(matrix[top, others].sum())
    squares = float(np.diag(counts.squares)[others].sum() + counts.squares[top, others].sum())
    decided = gained + lost
    scale = decided / squares if squares else 0.0
    low, high = wilson(gained * scale, decided * scale, z)
    return OverConstant(
        float(np.trace(matrix)) / total,
        float(matrix[top].sum()) / total,
        top,
        Estimate(
            (gained - lost) / total,
            decided * (2 * low - 1) / total,
            decided * (2 * high - 1) / total,
            "Wilson interval over the rows that one of the two gets right",
        ),
    )
