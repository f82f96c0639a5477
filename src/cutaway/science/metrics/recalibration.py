"""Calibration slope and intercept, and tests of calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import Tally, sigmoid, total

_STEPS = 60


@dataclass(frozen=True, slots=True)
class Recalibration:
    """log-odds of the event = `intercept` + `slope` · log-odds of the score; 0 and 1 where scores are calibrated.

    `p_value`: of the hypothesis (0, 1), by the likelihood ratio. `gain`: how much lower the mean log loss of these
    rows is with the fitted line, in nats.
    """

    intercept: Estimate
    slope: Estimate
    p_value: float
    gain: float


@dataclass(frozen=True, slots=True)
class CalibrationTest:
    """A test whose null hypothesis is that every score is the probability of its label."""

    statistic: float
    p_value: float
    method: str
    expected: float = math.nan  # mean of the statistic under the null, where it was simulated


def calibration_line(counted: Tally | ScoreHistogram, level: float = 0.95) -> Recalibration:
    """Intercept and slope of the logistic regression of the label on the score's log-odds, with Wald intervals.

    A slope below 1 says that the scores are too extreme (overfitted), above 1 that they are too cautious; an intercept
    other than 0, with slope 1, that all are too low or too high. The likelihood ratio against (0, 1) has two degrees
    of freedom. Rows scored exactly 0 or 1 have no log-odds and are
    left out; log-odds beyond ±36 count as 36. Where the scores separate the classes the
    slope is infinite and the rest NaN; with one class, or one distinct score, all is NaN. Weights enter by their
    effective number.

    Source: Cox 1958; Miller, Hui & Tierney 1991 for the test.

    >>> rng = np.random.default_rng(0)
    >>> s = rng.normal(size=4000)
    >>> y = rng.random(4000) < 1 / (1 + np.exp(-s))
    >>> r = calibration_line(Tally.of_logits(y, 2 * s))  # twice too extreme
    >>> round(r.slope.value, 1), r.p_value < 1e-6
    (0.5, True)
    """
    tally = Tally.read(counted).uncertain
    nan, method = float("nan"), "Wald"
    unknown = Estimate(nan, nan, nan, method, level)
    score = tally.finite
    if tally.one_class or score[0] == score[-1]:
        return Recalibration(unknown, unknown, nan, nan)
    apart = separating(tally)
    if apart:
        return Recalibration(unknown, Estimate(apart * math.inf, nan, nan, method, level), nan, nan)
    from scipy.special import ndtri

    columns = [np.ones(score.size), score]
    beta, covariance, loss = logistic(columns, tally.negatives, tally.positives, np.array([0.0, 1.0]))
    se = np.sqrt(np.diag(covariance) / tally.scale)
    z = float(ndtri(0.5 + level / 2))
    intercept, slope = (
        Estimate(float(b), float(b - z * s), float(b + z * s), method, level) for b, s in zip(beta, se, strict=True)
    )
    gain = max(_loss(score, tally.negatives, tally.positives) - loss, 0.0)
    # a chi-squared variable of two degrees of freedom exceeds x with chance exp(-x / 2)
    return Recalibration(intercept, slope, math.exp(-gain * tally.scale), gain / tally.total)


def spiegelhalter(counted: Tally | ScoreHistogram) -> CalibrationTest:
    """Spiegelhalter's z: the Brier score against what it would be if every score were the true probability.

    z = Σ (y - p)(1 - 2p) / √(Σ (1 - 2p)² p (1 - p)), normal under the null; two-sided. It feels scores that are too
    extreme or too cautious, and hardly a shift around 0.5. Undefined (NaN) where every score is 0, ½ or 1; a certain
    and wrong score alone refutes the null.

    Source: Spiegelhalter 1986, "Probabilistic prediction in patient management and clinical trials", section 3.

    >>> round(spiegelhalter(Tally.of(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.6, 0.9]))).statistic, 3)
    -0.873
    """
    tally = Tally.read(counted)
    p = tally.p
    wrong = tally.negatives[p >= 1].sum() + tally.positives[p <= 0].sum()
    if wrong > 0:
        return CalibrationTest(math.inf, 0.0, "Spiegelhalter's z")
    spread = total(tally.weight * ((1 - 2 * p) ** 2 * p * (1 - p)))
    if not spread > 0:
        return CalibrationTest(math.nan, math.nan, "Spiegelhalter's z")
    z = total((tally.positives * (1 - p) - tally.negatives * p) * (1 - 2 * p)) / math.sqrt(spread)
    z *= math.sqrt(tally.scale)
    return CalibrationTest(z, math.erfc(abs(z) / math.sqrt(2)), "Spiegelhalter's z")


def separating(tally: Tally) -> int:
    """1 where no negative scores above any positive, -1 where no positive scores above any negative, else 0."""
    neg, pos = tally.finite[tally.negatives > 0], tally.finite[tally.positives > 0]
    if neg[-1] <= pos[0]:
        return 1
    return -1 if pos[-1] <= neg[0] else 0


def logistic(
    columns: Sequence[np.ndarray], negatives: np.ndarray, positives: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Newton's method for a logistic regression on counts: coefficients (k,), covariance (k, k) and total log loss.

    `columns` k of (m,); a step that does not help is halved. The caller rules out a maximum at infinity.
    """
    beta, weight = start.astype(float), negatives + positives
    eta = _linear(columns, beta)
    loss = _loss(eta, negatives, positives)
    for _ in range(_STEPS):
        p = sigmoid(eta)
        gradient = np.array([total(x * (positives - weight * p)) for x in columns])
        information = _information(columns, weight * p * (1 - p))
        step = np.linalg.lstsq(information, gradient, rcond=1e-14)[0]
        decrease = total(gradient * step)
        if decrease <= 1e-12 * (1 + loss):
            break
        size = 1.0
        while size > 1e-9:
            eta = _linear(columns, beta + size * step)
            after = _loss(eta, negatives, positives)
            if after <= loss - 1e-4 * size * decrease:
                break
            size /= 2
        else:
            break
        beta, loss = beta + size * step, after
    p = sigmoid(_linear(columns, beta))
    return beta, np.linalg.pinv(_information(columns, weight * p * (1 - p)), hermitian=True), loss


def _linear(columns: Sequence[np.ndarray], beta: np.ndarray) -> np.ndarray:
    out: np.ndarray = columns[0] * beta[0]
    for x, b in zip(columns[1:], beta[1:], strict=True):
        out = out + x * b
    return out


def _information(columns: Sequence[np.ndarray], weight: np.ndarray) -> np.ndarray:
    weighed = [x * weight for x in columns]
    return np.array([[total(a * x) for x in columns] for a in weighed])


def _loss(eta: np.ndarray, negatives: np.ndarray, positives: np.ndarray) -> float:
    small = np.log1p(np.exp(-np.abs(eta)))
    return total(negatives * (np.maximum(eta, 0.0) + small) + positives * (np.maximum(-eta, 0.0) + small))
