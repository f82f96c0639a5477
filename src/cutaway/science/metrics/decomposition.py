"""A scoring rule's mean split into what calibration costs, what discrimination gains, and what nobody could know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.isotonic import isotonic_fit
from cutaway.science.metrics.tally import Tally, total

Rule = Literal["log", "brier"]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """`score` = `miscalibration` - `discrimination` + `uncertainty`, each 0 or more, in nats or squared probability.

    Miscalibration is what the best order-preserving recalibration of these rows would save, discrimination what the
    recalibrated scores gain over the constant prevalence, and uncertainty the score of that constant.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    rule: Rule


def recalibrated(counted: Tally | ScoreHistogram) -> np.ndarray:
    """The share of positives (m,) at each score, made nondecreasing by isotonic regression: CORP's calibration curve.

    Source: Dimitriadis, Gneiting & Jordan 2021, "Stable reliability diagrams for probabilistic classifiers", PNAS.

    >>> recalibrated(Tally.of(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.5, 0.9]))).tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    tally = Tally.read(counted)
    weight = tally.weight
    share = np.divide(tally.positives, weight, out=np.zeros_like(weight), where=weight > 0)
    return isotonic_fit(share, weight)


def mean_log_loss(counted: Tally | ScoreHistogram) -> float:
    """Mean of -log p(label), in nats; infinite when a score was certain and wrong, NaN without rows.

    Nothing is clipped: a certain and wrong score is infinitely bad under this rule.

    >>> round(mean_log_loss(Tally.of(np.array([0, 1]), np.array([0.25, 0.75]))), 4)
    0.2877
    """
    tally = Tally.read(counted)
    return _mean(tally, _log_losses(tally.logits))


def mean_brier(counted: Tally | ScoreHistogram) -> float:
    """Mean of (p - y)²; NaN without rows.

    >>> round(mean_brier(Tally.of(np.array([0, 1]), np.array([0.25, 0.75]))), 4)
    0.0625
    """
    tally = Tally.read(counted)
    return _mean(tally, _squares(tally.p))


def decomposition(counted: Tally | ScoreHistogram, rule: Rule = "log") -> Decomposition:
    """The mean score of `rule` ("log" or "brier") split by CORP.

    miscalibration = S - S(recalibrated), discrimination = S(prevalence) - S(recalibrated), uncertainty =
    S(prevalence), where S is the mean score. No bins and no parameter are chosen. On few rows miscalibration is
    overstated, because the recalibration fits noise too: `calibration_test` says how much chance alone gives. NaN
    without rows; with one class uncertainty and discrimination are 0.

    Raises: InputError for another rule.
    Source: Dimitriadis, Gneiting & Jordan 2021, equation 3.

    >>> tally = Tally.of(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.5, 0.9]))
    >>> d = decomposition(tally, "brier")
    >>> [round(v, 4) for v in (d.score, d.miscalibration, d.discrimination, d.uncertainty)]
    [0.1575, 0.0325, 0.125, 0.25]
    """
    tally = Tally.read(counted)
    if rule not in ("log", "brier"):
        raise InputError(f"rule: decomposition expected 'log' or 'brier', got {rule!r}; name one of the two")
    base = np.full(tally.logits.shape, tally.prevalence)
    if rule == "log":
        score, best, constant = mean_log_loss(tally), _entropy(tally, recalibrated(tally)), _entropy(tally, base)
    else:
        score = mean_brier(tally)
        best, constant = (_mean(tally, _squares(q)) for q in (recalibrated(tally), base))
    return Decomposition(score, max(score - best, 0.0), max(constant - best, 0.0), constant, rule)


def _mean(tally: Tally, losses: tuple[np.ndarray, np.ndarray]) -> float:
    """Weighted mean of the losses of a negative and of a positive at each score; a loss that no row has counts not."""
    if tally.total <= 0:
        return float("nan")
    sums = [
        total(w * np.where(w > 0, loss, 0.0))
        for w, loss in zip((tally.negatives, tally.positives), losses, strict=True)
    ]
    return sum(sums) / tally.total


def _squares(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return p**2, (1.0 - p) ** 2


def _log_losses(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    small = np.log1p(np.exp(-np.abs(logits)))
    return np.maximum(logits, 0.0) + small, np.maximum(-logits, 0.0) + small


def _entropy(tally: Tally, q: np.ndarray) -> float:
    """Mean log loss of probabilities `q`."""
    with np.errstate(divide="ignore"):
        return _mean(tally, (-np.log1p(-q), -np.log(q)))
