"""Stable laws: what sums of draws can tend to. A sum of stable draws is stable with the same α.

With index α in (0, 2] and skewness β in [-1, 1], in Zolotarev's parametrisation "0" as Nolan numbers it, which is
continuous in α also at 1: log φ(t) = -|t|^α (1 + i β tan(πα/2) sign(t) (|t|^(1-α) - 1)), for α = 1
-|t| (1 + i β (2/π) sign(t) log|t|). α = 2 is the normal law with variance 2, α = 1 with β = 0 the Cauchy law.

Source: Nolan (1997), Numerical Calculation of Stable Densities and Distribution Functions, theorem 1; Chambers, Mallows
and Stuck (1976), A Method for Simulating Stable Random Variables.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from cutaway.core.errors import InputError

NODES = 96  # of Gauss and Legendre, in each of four pieces
STRETCH = 14.0  # the first node of a piece is e to this closer than an even grid's
AT_SEAM = 1e-7  # this near to where the halves of the formula meet, the value there is taken
NEAR_ONE = 1e-6  # α this near to 1 is taken as 1, where the formulas for others lose all digits


def stable_characteristic(t: np.ndarray, *, alpha: float, beta: float = 0.0) -> np.ndarray:
    """E exp(i t X), complex, of any shape.

    >>> complex(stable_characteristic(np.array(1.0), alpha=2.0)).real.__round__(4)
    0.3679
    """
    _checked(alpha, beta, "stable_characteristic")
    t = np.asarray(t, float)
    size = np.abs(t)
    with np.errstate(divide="ignore", invalid="ignore"):
        if abs(alpha - 1) < NEAR_ONE:
            turn = np.where(size > 0, beta * 2 / np.pi * np.log(np.where(size > 0, size, 1)), 0)
        else:
            bent = np.where(size > 0, size ** (1 - alpha) - 1, 0)
            turn = beta * np.tan(np.pi * alpha / 2) * bent
    return np.asarray(np.exp(-(size**alpha) * (1 + 1j * np.sign(t) * turn)))


def stable_draws(n: int, *, alpha: float, beta: float = 0.0, random: np.random.Generator) -> np.ndarray:
    """Draws (n,) by Chambers, Mallows and Stuck's formula: a uniform angle and an exponential time make one.

    >>> stable_draws(2, alpha=1.5, random=np.random.default_rng(0)).shape
    (2,)
    """
    _checked(alpha, beta, "stable_draws")
    angle = np.pi * (random.random(n) - 0.5)
    time = random.standard_exponential(n)
    if abs(alpha - 1) < NEAR_ONE:
        if beta == 0:
            return np.asarray(np.tan(angle))
        wide = np.pi / 2 + beta * angle
        inside = (np.pi / 2) * time * np.cos(angle) / wide
        return np.asarray(2 / np.pi * (wide * np.tan(angle) - beta * np.log(inside)))
    lean = np.arctan(beta * np.tan(np.pi * alpha / 2)) / alpha
    scale = np.cos(alpha * lean) ** (-1 / alpha)
    turned = alpha * (angle + lean)
    drawn = scale * np.sin(turned) / np.cos(angle) ** (1 / alpha)
    drawn *= (np.cos(angle - turned) / time) ** ((1 - alpha) / alpha)
    return np.asarray(drawn - beta * np.tan(np.pi * alpha / 2))


def stable_distribution(x: np.ndarray, *, alpha: float, beta: float = 0.0) -> np.ndarray:
    """P(X ≤ x), to about 1e-9, at x of any shape; NaN stays NaN.

    >>> stable_distribution(np.array([-1.0, 0.0, 1.0]), alpha=1.0).round(6).tolist()
    [0.25, 0.5, 0.75]
    """
    _checked(alpha, beta, "stable_distribution")
    return _over(x, lambda values, b: _share(values, alpha, b), beta, lambda share: 1 - share)


def stable_quantile(p: np.ndarray, *, alpha: float, beta: float = 0.0) -> np.ndarray:
    """The x with P(X ≤ x) = p, by halving, for p (any shape) in (0, 1); NaN outside. It takes 1 ms for each p.

    Beyond ±1e17, as far as it looks, it gives that.

    >>> stable_quantile(np.array([0.25, 0.75]), alpha=1.0).round(6).tolist()
    [-1.0, 1.0]
    """
    _checked(alpha, beta, "stable_quantile")
    p = np.asarray(p, float)
    low, high = np.full(p.size, -40.0), np.full(p.size, 40.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = stable_distribution(np.sinh(middle), alpha=alpha, beta=beta) > p.ravel()
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    inside = (p > 0) & (p < 1)
    return np.asarray(np.where(inside, np.sinh(0.5 * (low + high)).reshape(p.shape), np.nan))


def stable_density(x: np.ndarray, *, alpha: float, beta: float = 0.0) -> np.ndarray:
    """The density, to about 1e-7 of it where it is above 1e-12, at x of any shape; NaN stays NaN.

    >>> stable_density(np.array(0.0), alpha=2.0).round(6).item()
    0.282095
    """
    _checked(alpha, beta, "stable_density")
    return _over(x, lambda values, b: _height(values, alpha, b), beta, lambda height: height)


def _over(
    x: np.ndarray,
    right: Callable[[np.ndarray, float], np.ndarray],
    beta: float,
    mirrored: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """`right` answers for values from the seam on; the others are asked of the mirrored law."""
    values = np.asarray(x, float)
    flat = values.ravel()
    out = np.full(flat.size, np.nan)
    known = ~np.isnan(flat)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        answers = right(flat[known], beta)
        left = np.isnan(answers)
        if left.any():
            answers[left] = mirrored(right(-flat[known][left], -beta))
    out[known] = answers
    return out.reshape(values.shape)


def _share(x: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """P(X ≤ x) from the seam on; NaN before it."""
    if alpha == 2:
        from scipy.special import ndtr

        return np.asarray(ndtr(x / np.sqrt(2)))
    if abs(alpha - 1) < NEAR_ONE:
        if beta == 0:
            return np.asarray(np.arctan2(1.0, -x) / np.pi)
        if beta < 0:
            return np.full(x.size, np.nan)
        log_factor = -np.pi * x / (2 * beta)
        return np.asarray(_integral(log_factor, alpha, beta, times=False) / np.pi)
    seam, lean = _seam(alpha, beta)
    far = x - seam
    beyond, found = far >= AT_SEAM, np.full(x.size, np.nan)
    area = _integral(alpha / (alpha - 1) * np.log(far[beyond]), alpha, beta, times=False) / np.pi
    found[beyond] = (np.pi / 2 - lean) / np.pi + area if alpha < 1 else 1 - area
    found[np.abs(far) < AT_SEAM] = (np.pi / 2 - lean) / np.pi
    return found


def _height(x: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """The density from the seam on; NaN before it."""
    if alpha == 2:
        return np.asarray(np.exp(-x * x / 4) / (2 * np.sqrt(np.pi)))
    if abs(alpha - 1) < NEAR_ONE:
        if beta == 0:
            return np.asarray(1 / (np.pi * (1 + x * x)))
        if beta < 0:
            return np.full(x.size, np.nan)
        log_factor = -np.pi * x / (2 * beta)
        return np.asarray(_integral(log_factor, alpha, beta, times=True) / (2 * beta))
    from scipy.special import gamma

    seam, lean = _seam(alpha, beta)
    far = x - seam
    beyond, found = far >= AT_SEAM, np.full(x.size, np.nan)
    area = _integral(alpha / (alpha - 1) * np.log(far[beyond]), alpha, beta, times=True)
    found[beyond] = alpha / (np.pi * abs(alpha - 1)) * area / far[beyond]
    at = gamma(1 + 1 / alpha) * np.cos(lean) / (np.pi * (1 + seam * seam) ** (1 / (2 * alpha)))
    found[np.abs(far) < AT_SEAM] = at
    return found


def _seam(alpha: float, beta: float) -> tuple[float, float]:
    """Where the two halves of the formula meet, and the angle θ₀."""
    slope = beta * np.tan(np.pi * alpha / 2)
    return float(-slope), float(np.arctan(slope) / alpha)


def _integral(log_factor: np.ndarray, alpha: float, beta: float, *, times: bool) -> np.ndarray:
    """∫ exp(-g) dθ, or ∫ g exp(-g) dθ, with g = factor · V(θ), for each factor; β is not 0 where α is 1."""
    from cutaway.science.tails.stable_kernel import integrals

    one, lean, constant = abs(alpha - 1) < NEAR_ONE, 0.0, 0.0
    if not one:
        lean = _seam(alpha, beta)[1]
        constant = float(np.log(np.cos(alpha * lean)) / (alpha - 1))
    out = np.empty(log_factor.size)
    integrals(np.ascontiguousarray(log_factor), alpha, beta, lean, constant, one, *_nodes(), times, out)
    return out


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Places from one end of a piece of length 1 to its middle, close together at the end, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    t = 0.5 * (nodes + 1)
    reach = 0.5 * np.expm1(STRETCH * t) / np.expm1(STRETCH)
    return reach, 0.25 * weights * STRETCH * np.exp(STRETCH * t) / np.expm1(STRETCH)


def _checked(alpha: float, beta: float, function: str) -> None:
    if not (0 < alpha <= 2 and -1 <= beta <= 1):
        raise InputError(f"alpha, beta: {function} expected 0 < α ≤ 2 and -1 ≤ β ≤ 1, got {alpha} and {beta}")
