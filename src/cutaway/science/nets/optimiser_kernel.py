"""One pass over a parameter for a step of an optimiser, in place. All arrays are flat and of one float type.

The scalars have the arrays' type too, or the compiler would compute in float64 and convert every number twice.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def descend(p: np.ndarray, g: np.ndarray, rate: float, shrink: float, coupled: float) -> None:
    """Step: p ← shrink · p - rate · (g + coupled · p)."""
    for i in range(p.size):
        p[i] = shrink * p[i] - rate * (g[i] + coupled * p[i])


@njit(cache=True, nogil=True, error_model="numpy")
def descend_with_momentum(
    p: np.ndarray,
    g: np.ndarray,
    velocity: np.ndarray,
    momentum: float,
    inside: float,
    outside: float,
    ahead: bool,
    shrink: float,
    coupled: float,
) -> None:
    """Step: v ← momentum · v + inside · g, then p ← shrink · p - outside · v; `ahead` looks one step on (Nesterov)."""
    for i in range(p.size):
        step = inside * (g[i] + coupled * p[i])
        v = momentum * velocity[i] + step
        velocity[i] = v
        if ahead:
            v = momentum * v + step
        p[i] = shrink * p[i] - outside * v


@njit(cache=True, nogil=True, error_model="numpy")
def adapt(
    p: np.ndarray,
    g: np.ndarray,
    mean: np.ndarray,
    square: np.ndarray,
    keep_mean: float,
    take_mean: float,
    keep_square: float,
    take_square: float,
    size: float,
    grow: float,
    epsilon: float,
    shrink: float,
    coupled: float,
) -> None:
    """Adam: p ← shrink · p - size · mean / (grow · √square + epsilon), with the running means brought up to date."""
    for i in range(p.size):
        d = g[i] + coupled * p[i]
        m = keep_mean * mean[i] + take_mean * d
        s = keep_square * square[i] + take_square * (d * d)
        mean[i] = m
        square[i] = s
        p[i] = shrink * p[i] - size * m / (grow * np.sqrt(s) + epsilon)


@njit(cache=True, nogil=True, error_model="numpy")
def divide_by_spread(
    d: np.ndarray,
    g: np.ndarray,
    p: np.ndarray,
    square: np.ndarray,
    mean: np.ndarray,
    keep: float,
    take: float,
    epsilon: float,
    inside_root: bool,
    coupled: float,
) -> None:
    """RMSprop: d ← g / √square, with the running means brought up to date; centred where `mean` is not empty."""
    centred = mean.size > 0
    for i in range(p.size):
        one = g[i] + coupled * p[i]
        s = keep * square[i] + take * (one * one)
        square[i] = s
        if centred:
            m = keep * mean[i] + take * one
            mean[i] = m
            s -= m * m
        d[i] = one / np.sqrt(s + epsilon) if inside_root else one / (np.sqrt(s) + epsilon)
