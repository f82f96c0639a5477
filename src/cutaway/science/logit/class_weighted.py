"""What class weights do to the intercept of a logistic fit, with the error of the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.logit.newton import Fit, fit
from cutaway.science.logit.scores import probabilities


@dataclass(frozen=True, slots=True, eq=False)
class InterceptMove:
    """Two fits to the same rows, and how far the weighted one's intercept lies above the other's, with its interval."""

    plain: Fit
    weighted: Fit
    value: float  # log-odds
    se: float
    low: float
    high: float


def intercept_move(x: np.ndarray, y: np.ndarray, positive: float, level: float = 0.95) -> InterceptMove:
    """Fits y (n,) on x (n, p) without weights and with `positive` for every positive row.

    The two intercepts share their rows, so the error of their difference is that of the difference of their influence
    functions: H₁⁻¹ w x (y - p_w) - H₀⁻¹ x (y - p), summed in squares over the rows.

    Raises: InputError as `fit`, for a weight that is not positive and finite, and where the classes are separated.
    Source: Huber 1967 on influence and the sandwich; King & Zeng 2001, section 4.2, on the intercept.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(20_000, 1))
    >>> y = (rng.random(20_000) < 1 / (1 + np.exp(3 - x[:, 0]))).astype(float)
    >>> found = intercept_move(x, y, 10.0)
    >>> round(found.value, 2), round(float(np.log(10)), 2), round(found.se, 3)
    (2.31, 2.3, 0.006)
    """
    if not 0 < positive < math.inf:
        raise InputError(f"positive: intercept_move expected a weight above 0, got {positive}")
    from scipy.special import ndtri

    weight = np.where(y == 1, positive, 1.0)
    plain, weighted = fit(x, y), fit(x, y, weight)
    for each in (plain, weighted):
        if each.status != "converged":
            raise InputError(
                f"y: intercept_move expected classes that a plane cannot separate, got a fit that is {each.status}; "
                f"give more rows, or more of the rarer class"
            )
    both = np.column_stack([np.ones(y.size), x])
    one, other = (
        np.linalg.solve(found.hessian, (w * (y - probabilities(x, found.usable)))[None, :] * both.T)[0]
        for found, w in ((weighted, weight), (plain, np.ones(y.size)))
    )
    value = weighted.intercept - plain.intercept
    se = float(np.sqrt(np.sum((one - other) ** 2)))
    reach = float(ndtri(0.5 + level / 2)) * se
    return InterceptMove(plain, weighted, value, se, value - reach, value + reach)
