"""The integral behind a stable law's density and distribution, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

HALVINGS = 70


@njit(cache=True, nogil=True, inline="always")
def _log_v(theta, alpha, beta, lean, constant, one):  # type: ignore[no-untyped-def]
    """Log of Nolan's V at the angle, which is monotone; `one` says that α is taken as 1."""
    if one:
        wide = np.pi / 2 + beta * theta
        return np.log(2 / np.pi * wide / np.cos(theta)) + wide * np.tan(theta) / beta
    log_cos = np.log(np.cos(theta))
    return (
        constant
        + alpha / (alpha - 1) * (log_cos - np.log(np.sin(alpha * (lean + theta))))
        + np.log(np.cos(alpha * lean + (alpha - 1) * theta))
        - log_cos
    )


@njit(cache=True, nogil=True)
def integrals(log_factor, alpha, beta, lean, constant, one, reach, step, times, out):  # type: ignore[no-untyped-def]
    """Set out (n,) to ∫ exp(-g) dθ, or with `times` ∫ g exp(-g) dθ, g = factor · V(θ), for each factor (n,).

    Where g is 1 the integrand falls from one end's value to the other's. The pieces on either side of it are looked at
    most closely there and at their ends, since for some laws all happens within a hair's breadth: `reach` (m,) and
    `step` (m,) are the nodes from one end of a piece to its middle and their weights, for a piece of length 1.
    """
    low, high = -np.pi / 2 if one else -lean, np.pi / 2
    rising = one or alpha < 1
    for i in range(log_factor.size):
        a, b = low, high
        for _ in range(HALVINGS):
            middle = 0.5 * (a + b)
            if (log_factor[i] + _log_v(middle, alpha, beta, lean, constant, one) > 0) == rising:
                b = middle
            else:
                a = middle
        turn = 0.5 * (a + b)
        total = 0.0
        for piece in range(4):
            end = low if piece < 2 else high
            start, length = (turn, end - turn) if piece % 2 == 0 else (end, turn - end)
            part = 0.0
            for k in range(reach.size):
                log_g = log_factor[i] + _log_v(start + length * reach[k], alpha, beta, lean, constant, one)
                if np.isnan(log_g) or log_g > 7.0:
                    continue
                g = np.exp(log_g)
                part += (g if times else 1.0) * np.exp(-g) * step[k]
            total += abs(length) * part
        out[i] = total
