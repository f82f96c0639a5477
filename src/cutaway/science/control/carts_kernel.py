"""One step of many carts that are stepped from outside, each begun anew where its episode is over."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.control.motion_kernel import advance
from cutaway.science.control.random_kernel import uniform

BLOCK = 512  # carts whose states and what is made of them fit the nearest cache
_4 = np.uint64(4)


@njit(cache=True, nogil=True, error_model="numpy")
def sided(actions, push):  # type: ignore[no-untyped-def]
    """Set push (n,) to -1 for the action 0 and to 1 for 1: how many of the actions (n,) are neither."""
    wrong = 0
    for i in range(actions.size):
        push[i] = 1.0 if actions[i] > 0 else -1.0
    for i in range(actions.size):
        wrong += (actions[i] < 0) | (actions[i] > 1)
    return wrong


@njit(cache=True, nogil=True, error_model="numpy")
def shown(s, begin, end, seen):  # type: ignore[no-untyped-def]
    """Set seen (4, n), from `begin` to before `end`, to s (4, n) in the precision that `seen` has."""
    for c in range(4):
        here, there = s[c][begin:end], seen[c][begin:end]
        for i in range(end - begin):
            there[i] = here[i]


@njit(cache=True, nogil=True, error_model="numpy")
def begun(key, half, s, taken, episode, over):  # type: ignore[no-untyped-def]
    """Begin the episode `episode` (n,) of every cart of s (4, n)."""
    for i in range(taken.size):
        _begin(key, half, s, taken, episode, i)
        over[i] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def stepped(  # type: ignore[no-untyped-def]
    cart, early, bounds, steps, key, half, at_once, begin, end, pushes, s, taken, episode, over, rewards, terminated,
    truncated, finals,
):  # fmt: skip
    """Step the carts `begin` to before `end` of s (4, n) by pushes (n,).

    Where the episode was over (`over`), the next one is begun in place of a step, or, with `at_once`, as soon as it is
    over; the last state is then in `finals` (4, n). Sets rewards, terminated and truncated (n,).
    """
    left, right, lean_left, lean_right = bounds
    pull, turn = np.empty(BLOCK), np.empty(BLOCK)
    for a in range(begin, end, BLOCK):
        b = min(a + BLOCK, end)
        m = b - a
        x, v, lean, w = s[0][a:b], s[1][a:b], s[2][a:b], s[3][a:b]
        push, count, was = pushes[a:b], taken[a:b], over[a:b]
        fell, late, gain = terminated[a:b], truncated[a:b], rewards[a:b]
        advance(cart, early, x, v, lean, w, push, pull, turn, m)
        pending = 0
        for i in range(m):
            pending += was[i]
        for i in range(m):
            fell[i] = (x[i] < left) | (x[i] > right) | (lean[i] < lean_left) | (lean[i] > lean_right)
        for i in range(m):
            count[i] += 1
            late[i] = count[i] >= steps
        for i in range(m):
            gain[i] = 1.0
        if pending:
            for i in range(m):
                if was[i]:
                    _begin(key, half, s, taken, episode, a + i)
                    fell[i], late[i], gain[i] = False, False, 0.0
        ended = 0
        for i in range(m):
            was[i] = fell[i] | late[i]
            ended += was[i]
        if at_once:
            shown(s, a, b, finals)
            if ended:
                for i in range(m):
                    if was[i]:
                        _begin(key, half, s, taken, episode, a + i)
                        was[i] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _begin(key, half, s, taken, episode, i):  # type: ignore[no-untyped-def]
    """Put cart i at the start of its next episode: uniform in the box (-half, half)."""
    draw = np.uint64(episode[i] * taken.size + i) * _4
    for c in range(4):
        s[c, i] = (2.0 * uniform(key, draw + np.uint64(c)) - 1.0) * half
    episode[i] += 1
    taken[i] = 0
