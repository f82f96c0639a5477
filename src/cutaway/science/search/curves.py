"""How far a search has come, after so many trials or seconds, and the band of many searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.search.inputs import level_between, sign_of


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Curves summed up at every place (t,): the mean with its interval, and the middle half of the curves."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lower: np.ndarray  # first quartile
    upper: np.ndarray  # third


def best_so_far(values: Any, direction: str = "maximize") -> np.ndarray:
    """The best value among the first 1, 2, … trials (t,); NaN, a trial without a value, is passed over.

    NaN until the first value. Leading axes are kept: (searches, t) gives (searches, t).

    Raises:
        InputError: a direction other than "maximize" and "minimize", or no trials.

    >>> best_so_far([np.nan, 3.0, 1.0, 2.0, np.nan, 5.0])
    array([nan,  3.,  3.,  3.,  3.,  5.])
    """
    sign = sign_of(direction, "best_so_far")
    array = sign * np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise InputError(f"values of best_so_far: expected at least one trial, got shape {array.shape}")
    return sign * np.fmax.accumulate(array, axis=-1)


def regret(values: Any, best: float, direction: str = "maximize") -> np.ndarray:
    """Distance (…, t) from `best`, the best value there is or that is known, to the best value so far; 0 is perfect.

    Raises:
        InputError: a value is better than `best` by more than rounding.

    >>> regret([0.5, 0.7, 0.6], best=0.75).round(2)
    array([0.25, 0.05, 0.05])
    """
    sign = sign_of(direction, "regret")
    gap = sign * (best - best_so_far(values, direction))
    if np.nanmin(gap, initial=0.0) < -1e-9 * (1.0 + abs(best)):
        reached = best - sign * float(np.nanmin(gap))
        raise InputError(f"best of regret: expected the best value there is, got {best} where a trial has {reached}")
    return np.asarray(np.maximum(gap, 0.0))


def held_at(seconds: Any, curve: Any, places: Any) -> np.ndarray:
    """A search's curve (t,), which steps when its trials end at `seconds` (t,), read at `places` (m,) in seconds.

    NaN before the first trial has ended. What was reached stays: after the last trial the curve is level.

    Raises:
        InputError: lengths that differ, or seconds that fall.

    >>> held_at([1.0, 2.5], [0.4, 0.1], [0.5, 1.0, 2.0, 9.0])
    array([nan, 0.4, 0.4, 0.1])
    """
    ends, values = np.asarray(seconds, dtype=np.float64), np.asarray(curve, dtype=np.float64)
    if ends.shape != values.shape or ends.ndim != 1 or ends.size == 0:
        raise InputError(f"seconds of held_at: expected one for each of {values.shape} values, got {ends.shape}")
    if np.any(np.diff(ends) < 0):
        raise InputError("seconds of held_at: expected the ends of trials in order of time; sort both by it")
    index = np.searchsorted(ends, np.asarray(places, dtype=np.float64), side="right") - 1
    return np.where(index < 0, np.nan, values[np.maximum(index, 0)])


def band(curves: Any, *, level: float = 0.95) -> Band:
    """The band of `curves` (searches, t): their mean with Student's interval at `level`, and their quartiles.

    A place where a search has no value yet (NaN) has none in the band either: to average over the faster searches
    alone would favour a method whose slow searches are bad. The interval of one search is NaN.

    Raises:
        InputError: no searches, another shape, or a level outside 0 … 1.
    """
    from scipy.special import stdtrit

    level = level_between(level, "band")
    array = np.asarray(curves, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] == 0:
        raise InputError(f"curves of band: expected (searches, trials) with a search at least, got {array.shape}")
    n = len(array)
    mean = array.mean(axis=0)
    reach = np.full(array.shape[1], np.nan)
    if n > 1:
        reach = stdtrit(n - 1, 0.5 + level / 2) * array.std(axis=0, ddof=1) / np.sqrt(n)
    lower, upper = np.quantile(array, (0.25, 0.75), axis=0)
    return Band(mean, mean - reach, mean + reach, lower, upper)
