"""The H-measure: expected least cost over a stated distribution of how bad one error is beside the other."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.steps import Steps


def h_measure(
    y: np.ndarray,
    scores: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    severity: tuple[float, float] | Literal["prevalence"] = (2.0, 2.0),
) -> float:
    """1 less the expected least cost of the best cuts over that of the best constant; 0 is chance, 1 perfect.

    A false alarm costs c and a miss 1 - c, with c of a Beta distribution: `severity`, its two parameters, the same for
    every classifier compared. "prevalence" takes (1 + π₁, 1 + π₀), whose mode is the cost at which the two constants
    cost the same. The area under ROC is such a mean too, but with a distribution that the classifier itself chooses.
    NaN without a pair.

    Raises: InputError for unequal lengths, a NaN score, a label other than 0 or 1, parameters not above 0.
    Source: Hand 2009, section 6; Hand & Anagnostopoulos 2014 for "prevalence".

    >>> round(h_measure(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
    0.5
    """
    steps = Steps.of(y, scores, weight)
    total = steps.negatives + steps.positives
    if not steps.negatives or not steps.positives:
        return float("nan")
    share0, share1 = steps.negatives / total, steps.positives / total
    a, b = (1 + share1, 1 + share0) if severity == "prevalence" else severity
    if not (a > 0 and b > 0):
        raise InputError(f"severity: h_measure expected two parameters above 0, got {severity}")
    fpr, tpr = steps.hull()
    x, up = share0 * np.diff(fpr), share1 * np.diff(tpr)
    turn = np.concatenate([[1.0], up / (x + up), [0.0]])  # cost of a false alarm at which the next corner is as good
    alarm, miss = _moments(turn[1:], turn[:-1], a, b)
    least = float((share0 * fpr * alarm + share1 * (1 - tpr) * miss).sum())
    ends = np.array([0.0, share1, 1.0])  # below π₁ calling all positive is the better constant
    alarm, miss = _moments(ends[:-1], ends[1:], a, b)
    return 1 - least / float(share0 * alarm[0] + share1 * miss[1])


def _moments(low: np.ndarray, high: np.ndarray, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """∫ c u(c) dc and ∫ (1 - c) u(c) dc from low to high, u the density of Beta(a, b)."""
    from scipy.special import betainc

    mean = a / (a + b)
    alarm = mean * (betainc(a + 1, b, high) - betainc(a + 1, b, low))
    miss = (1 - mean) * (betainc(a, b + 1, high) - betainc(a, b + 1, low))
    return np.asarray(alarm), np.asarray(miss)
