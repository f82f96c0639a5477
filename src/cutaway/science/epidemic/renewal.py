"""Growth and reproduction: the Euler–Lotka relation of a renewal process."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.epidemic.delays import Delay
from cutaway.science.epidemic.kernel import growth_of


def reproduction_number(growth: float, generation: Delay | np.ndarray) -> float:
    """R = 1 / M(−r) = 1 / Σ g_s e^(−r s): what each infection infects when infections grow by e^r a day.

    Args:
        growth: r, a day.
        generation: a Delay or its probabilities by days from 0 on, the first of them 0.

    Source: Wallinga and Lipsitch 2007, Proceedings of the Royal Society B 274, equation 2.7.

    >>> round(reproduction_number(0.0, Delay(5, 2)), 12)
    1.0
    """
    g = _interval(generation)
    return float(1 / (g @ np.exp(-growth * np.arange(len(g)))))


def growth_rate(reproduction: float, generation: Delay | np.ndarray) -> float:
    """The growth r, a day, at which `reproduction_number` is this: infections change by the factor e^r a day.

    Raises: InputError for a reproduction number that is not positive.

    >>> g = Delay(5, 2)
    >>> round(reproduction_number(growth_rate(2.5, g), g), 9)
    2.5
    """
    if not reproduction > 0:
        raise InputError(f"reproduction: growth_rate expected a number above 0, got {reproduction}")
    return float(growth_of(float(reproduction), _interval(generation)))


def doubling_time(growth: float) -> float:
    """Days in which infections double; negative: in which they halve; infinite where they do not change.

    >>> round(doubling_time(0.1), 2)
    6.93
    """
    return float(np.log(2) / growth) if growth else float("inf")


def _interval(generation: Delay | np.ndarray) -> np.ndarray:
    g = generation.generation if isinstance(generation, Delay) else np.ascontiguousarray(generation, float)
    if g.ndim != 1 or len(g) < 2 or g[0] != 0 or not np.all(g >= 0) or not abs(g.sum() - 1) < 1e-9:
        raise InputError(
            "generation: expected probabilities (n,) of sum 1, the first (of the same day) 0; "
            "Delay(mean, sd) makes them"
        )
    return g
