"""Intervals for proportions, and the correction of p-values for being many."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cutaway.core.errors import InputError

Z95 = 1.959963984540054  # 97.5 % point of the standard normal


def wilson(successes: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    Without trials the proportion is unknown and the interval is (0, 1).

    Raises: InputError when successes are not between 0 and trials.
    Source: Wilson 1927, eq. 1; Brown, Cai & DasGupta 2001 recommend it for any n.

    >>> low, high = wilson(1, 10)
    >>> round(low, 4), round(high, 4)
    (0.0179, 0.4042)
    """
    _checked("wilson", successes, trials)
    if trials == 0:
        return 0.0, 1.0
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    # the ends of none and of all are exact; rounding would put them just beside 0 and 1
    return max(0.0, centre - half) if successes else 0.0, min(1.0, centre + half) if successes < trials else 1.0


def trials_for_width(p: float, width: float, z: float = Z95) -> float:
    """Trials from which Wilson's interval of a proportion p is no wider than `width`.

    The width is z / (n + z²) · √(4 n p (1 - p) + z²), solved for n. Raises: InputError for a width outside (0, 1).

    >>> trials_for_width(0.8, 0.2)
    59.71165029635253
    """
    if not 0 < width < 1:
        raise InputError(f"width: trials_for_width expected a number between 0 and 1, got {width}; for example 0.2")
    u, v = z * z, (z / width) ** 2
    half = 2 * v * p * (1 - p) - u  # n² + 2 n (u - 2 v p (1 - p)) + u² - u v = 0
    return half + math.sqrt(max(half * half - u * u + u * v, 0.0))


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's exact interval of a proportion: it covers at least `level`, whatever the proportion.

    For few trials it covers more, 97 to 99 %, because counts are whole; Wilson's is nearer its level. Without trials
    (0, 1). Numbers that are not whole, of weighted rows, are allowed.

    Raises: InputError when successes are not between 0 and trials.
    Source: Clopper & Pearson 1934, by quantiles of the beta distribution.

    >>> low, high = clopper_pearson(1, 10)
    >>> round(low, 4), round(high, 4)
    (0.0025, 0.445)
    """
    from scipy.special import betaincinv

    _checked("clopper_pearson", successes, trials)
    tail = (1 - level) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - tail)) if successes < trials else 1.0
    return low, high


def newcombe(
    successes: float, trials: float, other_successes: float, other_trials: float, z: float = Z95
) -> tuple[float, float]:
    """Newcombe's interval of the difference of two independent proportions, the first less the other.

    The distances from each proportion to the ends of its Wilson interval are added as squares. Without trials on
    either side (-1, 1).

    Raises: InputError when successes are not between 0 and trials.
    Source: Newcombe 1998, method 10.

    >>> low, high = newcombe(56, 70, 48, 80)  # the first line of Newcombe's table II
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (low, high), (other_low, other_high) = wilson(successes, trials, z), wilson(other_successes, other_trials, z)
    if not trials or not other_trials:
        return -1.0, 1.0
    p, q = successes / trials, other_successes / other_trials
    return p - q - math.hypot(p - low, other_high - q), p - q + math.hypot(high - p, q - other_low)


def donner_zou(
    successes: float, trials: float, other_successes: float, other_trials: float, z: float = Z95
) -> tuple[float, float]:
    """Donner and Zou's interval of the ratio of two independent proportions, the first over the other.

    Made of the Wilson intervals of both, so that a proportion of 0 or 1 still has an interval; with none of the others
    a success the upper end is infinite. Without trials on either side (0, inf).

    Raises: InputError when successes are not between 0 and trials.
    Source: Donner & Zou 2012 on ratios, with the roots multiplied out.

    >>> low, high = donner_zou(80, 100, 10, 100)
    >>> round(low, 2), round(high, 2)
    (4.52, 14.55)
    """
    (low, high), (other_low, other_high) = wilson(successes, trials, z), wilson(other_successes, other_trials, z)
    if not trials or not other_trials:
        return 0.0, math.inf
    p, q = successes / trials, other_successes / other_trials
    below, above = low * (2 * p - low), other_low * (2 * q - other_low)
    down = p * q + math.sqrt(max((p * q) ** 2 - below * other_high * (2 * q - other_high), 0.0))
    up = p * q + math.sqrt(max((p * q) ** 2 - above * high * (2 * p - high), 0.0))
    return below / down if down else 0.0, up / above if above else math.inf


def newcombe_p(
    successes: float, trials: float, other_successes: float, other_trials: float, tolerance: float = 0.0
) -> float:
    """Two-sided p-value that two independent proportions differ by no more than `tolerance`.

    It is the level at which Newcombe's interval just touches the tolerance: 1 when the difference lies inside it.
    Without trials 1.

    >>> newcombe_p(56, 70, 48, 80) < 0.05 < newcombe_p(56, 70, 48, 80, tolerance=0.1)
    True
    """
    from scipy.special import ndtr

    if not trials or not other_trials:
        return 1.0
    gap = successes / trials - other_successes / other_trials
    if abs(gap) <= tolerance:
        return 1.0

    def clear(z: float) -> bool:
        low, high = newcombe(successes, trials, other_successes, other_trials, z)
        return low > tolerance if gap > 0 else high < -tolerance

    inside, outside = 0.0, 38.0  # beyond 38 the normal tail is 0 in double precision
    if clear(outside):
        return 0.0
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if clear(middle) else (inside, middle)
    return float(2 * ndtr(-inside))


def _checked(name: str, successes: float, trials: float) -> None:
    if not 0 <= successes <= trials:
        raise InputError(
            f"successes: {name} expected 0 <= successes <= trials, got {successes} of {trials}; pass counts"
        )


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Adjusted p-values (m,) that keep the chance of any false rejection below the level, whatever the dependence.

    NaN stays NaN and does not count as a test. Source: Holm 1979.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    out = np.full(p.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p))
    order = there[np.argsort(p[there], kind="stable")]
    steps = p[order] * (order.size - np.arange(order.size))
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return out
