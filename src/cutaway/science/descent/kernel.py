"""Many steps of a method on a quadratic, compiled: the same arithmetic as `methods`, counted until it arrives."""

from __future__ import annotations

import numpy as np
from numba import njit

CODES = {"gradient": 0, "momentum": 1, "nesterov": 2, "adam": 3}


@njit(cache=True, nogil=True)
def count_steps(
    code: int,
    hessian: np.ndarray,
    metric: np.ndarray,
    error: np.ndarray,
    rate: float,
    inertia: float,
    memory: float,
    floor: float,
    tolerance: float,
    limit: int,
) -> int:
    """Steps until eᵀ M e <= tolerance · (its start), from error (q,); -1 past `limit` or when it has diverged."""
    q = len(error)
    e = error.copy()
    first = np.zeros(q)
    second = np.zeros(q)
    g = np.zeros(q)
    start = 0.0
    for i in range(q):
        for j in range(q):
            start += e[i] * metric[i, j] * e[j]
    target = tolerance * start
    bias1, bias2 = 1.0, 1.0
    now = start
    for k in range(limit + 1):
        if now <= target:
            return k
        if not now < 1e12 * start:
            return -1
        if code == 2:
            for i in range(q):
                e[i] += inertia * first[i]
        for i in range(q):
            total = 0.0
            for j in range(q):
                total += hessian[i, j] * e[j]
            g[i] = total
        if code == 3:
            bias1 *= inertia
            bias2 *= memory
            for i in range(q):
                first[i] = inertia * first[i] + (1 - inertia) * g[i]
                second[i] = memory * second[i] + (1 - memory) * g[i] * g[i]
                e[i] -= rate * (first[i] / (1 - bias1)) / (np.sqrt(second[i] / (1 - bias2)) + floor)
        elif code == 2:  # `first` holds b minus the b before; e is already looked ahead
            for i in range(q):
                first[i] = inertia * first[i] - rate * g[i]
                e[i] -= rate * g[i]
        else:
            for i in range(q):
                first[i] = inertia * first[i] - rate * g[i]
                e[i] += first[i]
        now = 0.0
        for i in range(q):
            for j in range(q):
                now += e[i] * metric[i, j] * e[j]
    return -1
