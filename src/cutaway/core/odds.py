"""Odds and their ratios from logarithms, however large: two rows and a faithful fit are enough for e^1000."""

from __future__ import annotations

import math


def odds(log_odds: float) -> float:
    """Of these log-odds: e to their power; infinite beyond the largest double. NaN stays.

    >>> odds(0.0), odds(1000.0), odds(-1000.0)
    (1.0, inf, 0.0)
    """
    try:
        return math.exp(log_odds)
    except OverflowError:
        return math.inf
