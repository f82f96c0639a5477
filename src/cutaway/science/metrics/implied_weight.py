"""The class weight that scores were trained with, read off the scores and the labels."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cutaway.core.odds import odds
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import CERTAIN, Tally, sigmoid, total

_REACH = 4 * CERTAIN  # scores moved by this much are certain, whichever way
_FAR = 1e6  # standard errors; beyond it the size of a statistic says nothing more


def implied_weight(counted: Tally | ScoreHistogram, level: float = 0.95) -> Estimate:
    """The weight of positives over negatives whose removal makes the scores' mean equal the prevalence.

    Training with weight w moves the log-odds of a logistic model by log w. Its maximum-likelihood estimate, the slope
    held at 1, solves Σ σ(s - log w) = Σ y; 1 says that the level of the scores is right, 49 that positives counted 49
    times. Undersampling negatives to 1/49 looks the same. The interval holds the weights that the score test does not
    refute, which keeps its level with few positives. Rows scored exactly 0 or 1 stay there whatever the weight, and
    are left out; with one class
    everything is NaN. Weights of rows enter by their effective number.

    Source: King & Zeng 2001, section 4.2, solved for the weight; Rao 1948 for the test.

    >>> import numpy as np
    >>> half_right = np.repeat([0, 1], [98, 2])  # 2 % positives, scored as if they were half of the rows
    >>> w = implied_weight(Tally.of(half_right, np.full(100, 0.5)))
    >>> round(w.value, 3), round(w.low, 1), round(w.high, 1)
    (49.0, 13.3, 180.8)
    """
    tally = Tally.read(counted).uncertain
    method = "maximum likelihood, score interval"
    if tally.one_class:
        return Estimate(math.nan, math.nan, math.nan, method, level)
    from scipy.special import ndtri

    score, weight, positives = tally.finite, tally.weight, float(tally.positives.sum())
    root = math.sqrt(tally.scale)
    z = float(ndtri(0.5 + level / 2))

    def parts(log_weight: float) -> tuple[float, float]:
        p = sigmoid(score - log_weight)
        return positives - total(weight * p), total(weight * p * (1 - p))

    def statistic(log_weight: float) -> float:
        excess, spread = parts(log_weight)
        z = root * excess / math.sqrt(spread) if spread > 0 else math.copysign(_FAR, log_weight)
        return min(max(z, -_FAR), _FAR)

    best = _root(lambda x: parts(x)[0], tally.logit_gap, 1.0)
    # Between two groups of scores the sum hardly moves, and its slope says too much; the ends lie not far outside.
    away = min(z / (root * math.sqrt(max(parts(best)[1], 1e-300))), float(np.ptp(score)) + z)
    low = _root(lambda x: statistic(x) + z, best - away, away / 4)
    high = _root(lambda x: statistic(x) - z, best + away, away / 4)
    return Estimate(odds(best), odds(low), odds(high), method, level)


def level_p(counted: Tally | ScoreHistogram) -> float:
    """Two-sided p-value that the mean score differs from the prevalence by chance alone.

    z = Σ (y - p) / √(Σ p (1 - p)): the score test of an intercept of 0. A certain score that is wrong refutes it (0);
    without any uncertain score it is 1.

    Source: Cox 1958, calibration in the large.

    >>> import numpy as np
    >>> round(level_p(Tally.of(np.repeat([0, 1], [60, 40]), np.full(100, 0.5))), 4)
    0.0455
    """
    tally = Tally.read(counted)
    p = tally.p
    if tally.negatives[p >= 1].sum() + tally.positives[p <= 0].sum() > 0:
        return 0.0
    spread = total(tally.weight * p * (1 - p))
    if not spread > 0:
        return 1.0
    z = float(tally.positives.sum() - total(tally.weight * p)) * math.sqrt(tally.scale / spread)
    return math.erfc(abs(z) / math.sqrt(2))


def _root(f: Callable[[float], float], start: float, step: float) -> float:
    """Where the increasing f is 0, by Ridders' method to 10⁻¹⁰ from a bracket grown around `start`.

    Source: Ridders 1979.
    """
    low, high = start - step, start + step
    at_low, at_high = f(low), f(high)
    while at_low > 0 and low > start - _REACH:
        low, high, at_high, step = low - 2 * step, low, at_low, 2 * step
        at_low = f(low)
    while at_high < 0 and high < start + _REACH:
        low, high, at_low, step = high, high + 2 * step, at_high, 2 * step
        at_high = f(high)
    if at_low >= 0 or at_high <= 0:
        return low if at_low >= 0 else high
    while high - low > 1e-10:
        middle = (low + high) / 2
        at_middle = f(middle)
        guess = middle - (middle - low) * at_middle / math.sqrt(at_middle**2 - at_low * at_high)
        at_guess = f(guess)
        points = sorted([(low, at_low), (middle, at_middle), (guess, at_guess), (high, at_high)])
        low, at_low = max((q for q in points if q[1] <= 0), key=lambda q: q[0])
        high, at_high = min((q for q in points if q[1] >= 0), key=lambda q: q[0])
        if at_guess == 0 or not low < (low + high) / 2 < high:
            return guess
    return (low + high) / 2
