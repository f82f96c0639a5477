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
_1, _2, _3, _4 = (np.uint64(k) for k in (1, 2, 3, 4))
_APART = LANES + 8  # rows a power of two apart would fall into the same few places of the cache
_N2, _N4, _N6 = (k / 135135 for k in (17325, 378, 1))
_D2, _D4, _D6 = (k / 135135 for k in (62370, 3150, 28))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def squashed(z):  # type: ignore[no-untyped-def]
    """The hyperbolic tangent, to within 1e-15 of itself and the same bits on every machine.

    That of z/32 is Padé's quotient, whose numerator and denominator are then doubled five times: 2t / (1 + t²) with
    t = n / d is 2nd / (d² + n²), which makes no relative error larger.
    """
    y = min(max(z, -20.0), 20.0) * 0.03125
    y2 = y * y
    n = y * (1.0 + y2 * (_N2 + y2 * (_N4 + y2 * _N6)))
    d = 1.0 + y2 * (_D2 + y2 * (_D4 + y2 * _D6))
    for _ in range(5):
        n, d = 2.0 * n * d, d * d + n * n
    return n / d


@njit(cache=True, nogil=True, error_model="numpy")
def scores(kind, hidden, tanh, par, s, unit, out, m):  # type: ignore[no-untyped-def]
    """Set out[i], for the first m lanes, to what the policy weighs: above 0 it is for the right."""
    x, v, a, w = s[0], s[1], s[2], s[3]
    if kind == LINEAR:
        _weighed(par[0], par[1], par[2], par[3], par[4], x, v, a, w, out, m)
        return
    wide, last = np.uint64(hidden), np.uint64(5 * hidden)  # unsigned: no index is counted from the end
    left, right = par[last + wide + wide], par[last + wide + wide + _1]
    for i in range(m):
        out[i] = right[i] - left[i]
    for h in range(wide):
        _weighed(par[h], par[wide + h], par[_2 * wide + h], par[_3 * wide + h], par[_4 * wide + h], x, v, a, w, unit, m)
        left, right = par[last + h + h], par[last + h + h + _1]
        if tanh:
            for i in range(m):
                out[i] += squashed(unit[i]) * (right[i] - left[i])
        else:
            for i in range(m):
                out[i] += max(unit[i], 0.0) * (right[i] - left[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _weighed(wx, wv, wa, ww, b, x, v, a, w, out, m):  # type: ignore[no-untyped-def]
    """Set out (lanes,) to the four coordinates' weighted sum and its constant, each lane with its own weights."""
    for i in range(m):
        out[i] = wx[i] * x[i] + wv[i] * v[i]
    for i in range(m):
        out[i] += wa[i] * a[i] + (ww[i] * w[i] + b[i])


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
    s, par = np.empty((4, _APART)), np.empty((own if kind != TABLE else 1, _APART))
    push, out, unit, pull = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    item, taken, over = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    keys = np.empty(LANES, np.uint64)
    coming, live = first, 0
    while live < LANES and coming < stop:
        _enter(coming, live, n, kind, rows, starts, key, s, par, item, taken, keys)
        if record:
            _noted(states, coming, 0, s, live)
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
            outside = (s[0, i] < left) | (s[0, i] > right) | (s[2, i] < lean_left) | (s[2, i] > lean_right)
            over[i] = outside | (taken[i] >= steps)
            ended += over[i]
        if record:
            for i in range(live):
                _noted(states, item[i], taken[i], s, i)
                pushes[item[i], taken[i] - 1] = push[i]
        if ended == 0:
            continue
        for i in range(live - 1, -1, -1):
            if not over[i]:
                continue
            k = item[i]
            lengths[k] = taken[i]
            for c in range(4):
                finals[k, c] = s[c, i]
            x, lean = s[0, i], s[2, i]
            ends[k] = 1 if x < left else 2 if x > right else 3 if lean < lean_left else 4 if lean > lean_right else 0
            if coming < stop:
                _enter(coming, i, n, kind, rows, starts, key, s, par, item, taken, keys)
                if record:
                    _noted(states, coming, 0, s, i)
                coming += 1
            else:
                live -= 1
                if i != live:
                    for c in range(4):
                        s[c, i] = s[c, live]
                    for c in range(par.shape[0]):
                        par[c, i] = par[c, live]
                    item[i], taken[i], keys[i] = item[live], taken[live], keys[live]


@njit(cache=True, nogil=True, error_model="numpy")
def _noted(states, k, t, s, i):  # type: ignore[no-untyped-def]
    """Write lane i's state down as that of item k after t steps."""
    for c in range(4):
        states[k, t, c] = s[c, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(k, i, n, kind, rows, starts, key, s, par, item, taken, keys):  # type: ignore[no-untyped-def]
    """Put item k at its start into lane i."""
    row = k // n
    for c in range(4):
        s[c, i] = starts[k - row * n, c]
    if kind != TABLE:
        for c in range(par.shape[0]):
            par[c, i] = rows[row, c]
    item[i], taken[i] = k, 0
    keys[i] = mixed(key, np.uint64(k))
