"""Many carts, each under its policy, from their starts to their ends, in compiled loops.

An item is one policy from one start. A block of lanes holds as many as fit the cache; where one ends, the next takes
its lane, and where none is left, the last lane moves into the gap. What an item does depends on nothing but itself, so
that the results do not depend on the lanes nor on how items are shared among threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.science.control.motion_kernel import LANES, advance
from cutaway.science.control.random_kernel import mixed, uniform

LINEAR, NEURAL, TABLE = 0, 1, 2
BEST, SAMPLED, FORCE = 0, 1, 2


@njit(cache=True, nogil=True, error_model="numpy")
def squashed(z):  # type: ignore[no-untyped-def]
    """The hyperbolic tangent to a few units in the last place: of z/32 by a continued fraction, doubled five times.

    The same bits on every machine. Doubling, 2t / (1 + t²), makes no relative error larger.
    """
    y = min(max(z, -20.0), 20.0) * 0.03125
    y2 = y * y
    t = y / (1.0 + y2 / (3.0 + y2 / (5.0 + y2 / (7.0 + y2 / (9.0 + y2 / (11.0 + y2 / 13.0))))))
    for _ in range(5):
        t = 2.0 * t / (1.0 + t * t)
    return t


@njit(cache=True, nogil=True, error_model="numpy")
def scores(kind, hidden, tanh, par, s, unit, out, m):  # type: ignore[no-untyped-def]
    """Set out[i], for the first m lanes, to what the policy weighs: above 0 it is for the right."""
    if kind == LINEAR:
        for i in range(m):
            out[i] = par[0, i] * s[0, i] + par[1, i] * s[1, i] + par[2, i] * s[2, i] + par[3, i] * s[3, i] + par[4, i]
        return
    last = 5 * hidden
    for i in range(m):
        out[i] = par[last + 2 * hidden + 1, i] - par[last + 2 * hidden, i]
    for h in range(hidden):
        for i in range(m):
            unit[i] = (
                par[h, i] * s[0, i]
                + par[hidden + h, i] * s[1, i]
                + par[2 * hidden + h, i] * s[2, i]
                + par[3 * hidden + h, i] * s[3, i]
                + par[4 * hidden + h, i]
            )
        if tanh:
            for i in range(m):
                unit[i] = squashed(unit[i])
        else:
            for i in range(m):
                unit[i] = max(unit[i], 0.0)
        for i in range(m):
            out[i] += unit[i] * (par[last + 2 * h + 1, i] - par[last + 2 * h, i])


@njit(cache=True, nogil=True, error_model="numpy")
def cell(edges, cuts, s, i):  # type: ignore[no-untyped-def]
    """The number of the cell in which lane i lies, cut at edges (4, most), of which coordinate c has cuts[c]."""
    found = 0
    for c in range(4):
        place = 0
        while place < cuts[c] and s[c, i] >= edges[c, place]:
            place += 1
        found = found * (cuts[c] + 1) + place
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def rolled(  # type: ignore[no-untyped-def]
    cart, early, bounds, steps, kind, hidden, tanh, choice, most, edges, cuts, rows, starts, key, first, stop,
    lengths, ends, finals, states, pushes,
):  # fmt: skip
    """Run the items `first` to before `stop`; item k is policy k // n of `rows` from start k % n of `starts` (n, 4).

    Sets lengths, ends (items,) and finals (items, 4); and states (items, steps + 1, 4) and pushes (items, steps), where
    these are not empty.
    """
    n, own = starts.shape[0], rows.shape[1]
    record = states.shape[0] > 0
    left, right, lean_left, lean_right = bounds
    s, par = np.empty((4, LANES)), np.empty((own if kind != TABLE else 1, LANES))
    push, out, unit, pull = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    item, taken, over = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.uint8)
    keys = np.empty(LANES, np.uint64)
    coming, live = first, 0
    while live < LANES and coming < stop:
        _enter(coming, live, n, kind, rows, starts, key, s, par, item, taken, keys)
        if record:
            states[coming, 0, :] = s[:, live]
        coming += 1
        live += 1
    while live > 0:
        if kind == TABLE:
            for i in range(live):
                out[i] = rows[item[i] // n, cell(edges, cuts, s, i)]
        else:
            scores(kind, hidden, tanh, par, s, unit, out, live)
        if choice == FORCE:
            for i in range(live):
                push[i] = min(max(out[i], -most), most)
        elif choice == SAMPLED:
            for i in range(live):
                share = 0.5 + 0.5 * squashed(0.5 * out[i])
                push[i] = 1.0 if uniform(keys[i], np.uint64(taken[i])) < share else -1.0
        else:
            for i in range(live):
                push[i] = 1.0 if out[i] > 0.0 else -1.0
        advance(cart, early, s[0], s[1], s[2], s[3], push, pull, unit, live)
        ended = 0
        for i in range(live):
            taken[i] += 1
            out_of = (s[0, i] < left) | (s[0, i] > right) | (s[2, i] < lean_left) | (s[2, i] > lean_right)
            over[i] = out_of | (taken[i] >= steps)
            ended += over[i]
        if record:
            for i in range(live):
                states[item[i], taken[i], :] = s[:, i]
                pushes[item[i], taken[i] - 1] = push[i]
        if ended == 0:
            continue
        for i in range(live - 1, -1, -1):
            if not over[i]:
                continue
            k = item[i]
            lengths[k] = taken[i]
            finals[k, :] = s[:, i]
            x, lean = s[0, i], s[2, i]
            ends[k] = 1 if x < left else 2 if x > right else 3 if lean < lean_left else 4 if lean > lean_right else 0
            if coming < stop:
                _enter(coming, i, n, kind, rows, starts, key, s, par, item, taken, keys)
                if record:
                    states[coming, 0, :] = s[:, i]
                coming += 1
            else:
                live -= 1
                if i != live:
                    s[:, i], par[:, i] = s[:, live], par[:, live]
                    item[i], taken[i], keys[i] = item[live], taken[live], keys[live]


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(k, i, n, kind, rows, starts, key, s, par, item, taken, keys):  # type: ignore[no-untyped-def]
    """Put item k at its start into lane i."""
    s[:, i] = starts[k % n]
    if kind != TABLE:
        par[:, i] = rows[k // n]
    item[i], taken[i] = k, 0
    keys[i] = mixed(key, np.uint64(k))
