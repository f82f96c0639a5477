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
    if not 0 <= successes <= trials:
        raise InputError(
            f"successes: wilson expected 0 <= successes <= trials, got {successes} of {trials}; pass counts"
        )
    if trials == 0:
        return 0.0, 1.0
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


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
