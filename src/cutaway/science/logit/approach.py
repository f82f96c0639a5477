"""The approach to a maximum with a Hessian from elsewhere: gradient passes alone, nothing trusted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cutaway.science.logit.ascent import Sloping
from cutaway.science.logit.cholesky import independent, solve

_NEAR = 0.05  # standard errors
_MOST_SLOPES = 4


def approach(
    slope: Callable[[np.ndarray], Sloping], start: np.ndarray, hessian: np.ndarray, penalty: np.ndarray | None = None
) -> np.ndarray:
    """A point nearer to the maximum than `start` (m,), by steps with a Hessian from elsewhere, a subsample say.

    Each step takes a pass for the gradient, half the work of one for the Hessian too, and divides the distance by what
    the Hessian is wrong by. They end when the next would be shorter than a twentieth of a standard error. Nothing here
    is trusted: the ascent that follows may begin anywhere. A step that is too long, or not finite, is not taken.
    """
    m = len(start)
    quadratic = np.zeros((m, m)) if penalty is None else penalty
    full = hessian + quadratic
    alive = independent(full)
    scale = np.sqrt(np.maximum(np.diag(full), np.finfo(float).tiny))
    at, last = start, np.inf
    before: tuple[np.ndarray, float, np.ndarray] | None = None  # the point, value and slope that the last step left
    for _ in range(_MOST_SLOPES):
        here = slope(at)
        uphill = here.gradient - quadratic @ at
        value = here.loglik - 0.5 * float(at @ quadratic @ at)
        if not (np.isfinite(value) and np.all(np.isfinite(uphill))):
            return start
        if before is not None:
            turned = (uphill * before[2] < 0) & (np.abs(uphill) > 0.5 * np.abs(before[2]))
            if value < before[1] or np.any(turned & (np.abs(uphill) > 3 * scale)):
                return before[0]
        step = solve(full, uphill, alive)
        length = float(np.sqrt(max(float(step @ full @ step), 0.0)))
        # In standard deviations of the linear predictor, 0.5 is more than thousands of rows can be wrong by.
        if length > 0.5 * np.sqrt(max(float(full[0, 0]), 1.0)) or length > 0.3 * last:
            return at
        before = at, value, uphill
        at = np.asarray(at + step)
        if length < _NEAR or (np.isfinite(last) and length * length / last < _NEAR):
            return at
        last = length
    return at
