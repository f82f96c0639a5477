"""Stable laws: what sums of draws can tend to. A sum of stable draws is stable with the same α.

With index α in (0, 2] and skewness β in [-1, 1], in Zolotarev's parametrisation "0" as Nolan numbers it, which is
continuous in α also at 1: log φ(t) = -|t|^α (1 + i β tan(πα/2) sign(t) (|t|^(1-α) - 1)), for α = 1
-|t| (1 + i β (2/π) sign(t) log|t|). α = 2 is the normal law with variance 2, α = 1 with β = 0 the Cauchy law.

Source: Nolan (1997), Numerical Calculation of Stable Densities and Distribution Functions, theorem 1; Chambers, Mallows
and Stuck (1976), A Method for Simulating Stable Random Variables.
"""

from __future__ import annotations

from collections.abc import Callable

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
        first = right(flat[known], beta)
        second = mirrored(right(-flat[known], -beta))
    out[known] = np.where(np.isnan(first), second, first)
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
    beyond = x > seam
    log_factor = alpha / (alpha - 1) * np.log(np.where(beyond, x - seam, 1))
    area = _integral(log_factor, alpha, beta, times=False) / np.pi
    start = (np.pi / 2 - lean) / np.pi if alpha < 1 else 1.0
    found = start + np.sign(1 - alpha) * area
    at = (np.pi / 2 - lean) / np.pi
    return np.where(np.abs(x - seam) < AT_SEAM, at, np.where(beyond, found, np.nan))


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
    beyond = x > seam
    far = np.where(beyond, x - seam, 1)
    area = _integral(alpha / (alpha - 1) * np.log(far), alpha, beta, times=True)
    found = alpha / (np.pi * abs(alpha - 1)) * area / far
    at = gamma(1 + 1 / alpha) * np.cos(lean) / (np.pi * (1 + seam * seam) ** (1 / (2 * alpha)))
    return np.where(np.abs(x - seam) < AT_SEAM, at, np.where(beyond, found, np.nan))


def _seam(alpha: float, beta: float) -> tuple[float, float]:
    """Where the two halves of the formula meet, and the angle θ₀."""
    slope = beta * np.tan(np.pi * alpha / 2)
    return float(-slope), float(np.arctan(slope) / alpha)


def _log_v(theta: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """Log of Nolan's V at the angle, which is monotone."""
    if abs(alpha - 1) < NEAR_ONE:
        wide = np.pi / 2 + beta * theta
        return np.asarray(np.log(2 / np.pi) + np.log(wide / np.cos(theta)) + wide * np.tan(theta) / beta)
    _, lean = _seam(alpha, beta)
    return np.asarray(
        np.log(np.cos(alpha * lean)) / (alpha - 1)
        + alpha / (alpha - 1) * (np.log(np.cos(theta)) - np.log(np.sin(alpha * (lean + theta))))
        + np.log(np.cos(alpha * lean + (alpha - 1) * theta))
        - np.log(np.cos(theta))
    )


def _integral(log_factor: np.ndarray, alpha: float, beta: float, *, times: bool) -> np.ndarray:
    """∫ exp(-g) dθ, or ∫ g exp(-g) dθ, with g = factor · V(θ), for each factor.

    Where g is 1 the integrand falls from one end's value to the other's. The pieces on either side of it are looked at
    most closely there and at their ends, since for some laws all happens within a hair's breadth.
    """
    low, high = -np.pi / 2, np.pi / 2
    if abs(alpha - 1) >= NEAR_ONE:
        low = -_seam(alpha, beta)[1]
    a, b = np.full(log_factor.size, low), np.full(log_factor.size, high)
    rising = alpha < 1 or abs(alpha - 1) < NEAR_ONE
    for _ in range(70):
        middle = 0.5 * (a + b)
        above = log_factor + _log_v(middle, alpha, beta) > 0
        left = above if rising else ~above
        a, b = np.where(left, a, middle), np.where(left, middle, b)
    turn = 0.5 * (a + b)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    t = 0.5 * (nodes + 1)
    reach = 0.5 * np.expm1(STRETCH * t) / np.expm1(STRETCH)  # from one end of a piece to its middle
    step = 0.25 * weights * STRETCH * np.exp(STRETCH * t) / np.expm1(STRETCH)
    total = np.zeros(log_factor.size)
    for end in (np.full(turn.size, low), np.full(turn.size, high)):
        for start, stop in ((turn, end), (end, turn)):
            length = (stop - start)[:, None]
            log_g = log_factor[:, None] + _log_v(start[:, None] + length * reach, alpha, beta)
            g = np.exp(np.minimum(log_g, 50.0))
            each = np.where(np.isnan(log_g), 0.0, (g if times else 1.0) * np.exp(-g))
            total += np.abs(length[:, 0]) * (each @ step)
    return total


def _checked(alpha: float, beta: float, function: str) -> None:
    if not (0 < alpha <= 2 and -1 <= beta <= 1):
        raise InputError(f"alpha, beta: {function} expected 0 < α ≤ 2 and -1 ≤ β ≤ 1, got {alpha} and {beta}")
