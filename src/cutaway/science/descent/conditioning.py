"""Condition numbers, stable steps and the number of steps they imply."""

from __future__ import annotations

import math

import numpy as np

from cutaway.core.errors import InputError


def condition_number(hessian: np.ndarray) -> float:
    """Largest over smallest eigenvalue of a symmetric positive matrix (q, q); inf when the smallest is 0 to rounding.

    Raises: InputError for a matrix that is not square, or not finite.
    Source: Nesterov 2004, section 2.1.3.

    >>> condition_number(np.diag([4.0, 1.0]))
    4.0
    """
    values = np.linalg.eigvalsh(_checked(hessian))
    floor = values[-1] * len(values) * np.finfo(float).eps
    return float(values[-1] / values[0]) if values[0] > floor else float("inf")


def condition_number_in(hessian: np.ndarray, jacobian: np.ndarray) -> float:
    """Condition number of JᵀHJ, the Hessian in coordinates b with β = J b, without forming it.

    Accurate far beyond 1/eps, where the eigenvalues of the product itself are rounding: the largest eigenvalue is
    read off JᵀHJ, the smallest as the inverse of the largest of J⁻¹H⁻¹J⁻ᵀ. H must be well conditioned, J invertible.
    Infinite where a float64 cannot hold one of these.
    """
    hessian = _checked(hessian)
    back = np.linalg.inv(jacobian)
    with np.errstate(over="ignore", invalid="ignore"):
        product = jacobian.T @ hessian @ jacobian
        inverse = back @ np.linalg.pinv(hessian, hermitian=True) @ back.T
        if not (np.isfinite(product).all() and np.isfinite(inverse).all()):
            return math.inf  # scales so far from 1 that their squares are 0 or infinite
        return float(np.linalg.eigvalsh(product)[-1] * np.linalg.eigvalsh((inverse + inverse.T) / 2)[-1])


def standardised_to_raw(centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """J (p+1, p+1) with β = J b: coefficients β of (x - centre) / scale from the coefficients b of x, intercept
    first.
    """
    out = np.diag(np.concatenate(([1.0], scale)))
    out[0, 1:] = centre
    return out


def stable_step(hessian: np.ndarray) -> float:
    """2 / λmax: gradient descent diverges on the quadratic with a longer constant step."""
    return float(2.0 / np.linalg.eigvalsh(_checked(hessian))[-1])


def steps_to(condition: float, tolerance: float = 1e-3) -> float:
    """Steps of gradient descent, with the best constant step 2 / (λmin + λmax), until the error is `tolerance` of
    what it was.

    Each step shrinks the error by (κ - 1) / (κ + 1) at worst, so about κ/2 · log(1/tolerance) steps; at least 1, and
    inf for κ = inf.

    Raises: InputError for a condition number below 1 or a tolerance outside (0, 1).
    Source: Nesterov 2004, theorem 2.1.15.

    >>> round(steps_to(100.0, 1e-3), 1)
    345.4
    """
    if not condition >= 1 or not 0 < tolerance < 1:
        raise InputError(f"steps_to: expected condition >= 1 and 0 < tolerance < 1, got {condition} and {tolerance}")
    if math.isinf(condition):
        return math.inf
    if condition == 1:
        return 1.0
    return max(1.0, math.log(1 / tolerance) / (math.log1p(2 / (condition - 1))))


def _checked(hessian: np.ndarray) -> np.ndarray:
    hessian = np.asarray(hessian, dtype=float)
    if hessian.ndim != 2 or hessian.shape[0] != hessian.shape[1]:
        raise InputError(f"hessian: expected a square matrix, got shape {hessian.shape}")
    if not np.isfinite(hessian).all():
        raise InputError("hessian: expected finite numbers, got NaN or infinity; was the fit separated?")
    return np.asarray((hessian + hessian.T) / 2)
