"""Q-learning's episodes, compiled: one cart, one step after the other."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.control.motion_kernel import advance
from cutaway.science.control.random_kernel import mixed, uniform
from cutaway.science.control.rollout_kernel import cell


@njit(cache=True, nogil=True, error_model="numpy")
def learnt(  # type: ignore[no-untyped-def]
    cart, early, bounds, steps, half, key, first, rate, slower, discount, exploring, halved,
    edges, cuts, values, visits, lengths,
):  # fmt: skip
    """Run the episodes `first`, `first + 1`, … of the stream; `values` and `visits` (cells, 2) learn from them."""
    left, right, lean_left, lean_right = bounds
    s, push, pull, turn = np.empty((4, 1)), np.empty(1), np.empty(1), np.empty(1)
    for e in range(lengths.size):
        own, draw = mixed(key, np.uint64(first + e)), 0
        for c in range(4):
            s[c, 0] = (2.0 * uniform(own, np.uint64(draw)) - 1.0) * half
            draw += 1
        chance = exploring * 0.5 ** ((first + e) / halved) if halved > 0.0 else exploring
        here = cell(edges, cuts, s, 0)
        for t in range(steps):
            act = 1 if values[here, 1] > values[here, 0] else 0
            if uniform(own, np.uint64(draw)) < chance:
                act = 1 if uniform(own, np.uint64(draw + 1)) < 0.5 else 0
            draw += 2
            push[0] = 1.0 if act else -1.0
            advance(cart, early, s[0], s[1], s[2], s[3], push, pull, turn, 1)
            x, lean = s[0, 0], s[2, 0]
            fell = x < left or x > right or lean < lean_left or lean > lean_right
            there = cell(edges, cuts, s, 0)
            goal = 0.0 if fell else 1.0 + discount * max(values[there, 0], values[there, 1])
            values[here, act] += rate / (1.0 + slower * visits[here, act]) * (goal - values[here, act])
            visits[here, act] += 1
            here = there
            lengths[e] = t + 1
            if fell:
                break
