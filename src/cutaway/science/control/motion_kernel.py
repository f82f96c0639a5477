"""One step of many carts in compiled loops that become SIMD.

Sine and cosine are polynomials here and no library's: the same bits on every machine, in a browser too, and within one
unit in the last place of the correctly rounded value (the test measures it). All else is computed in the order in
which Gymnasium has it.
"""

from __future__ import annotations

from math import factorial

from numba import njit

LANES = 128
"""Carts that are stepped together: their states and a small network's parameters stay in the nearest cache."""

_ROUND = 1.5 * 2.0**52  # added and taken away again: rounds to a whole number
_TURN = 0.6366197723675814  # 2 / π
# π/2 in three parts, of which the first two have 33 bits, so that whole multiples of them are exact
_Q1, _Q2, _Q3 = 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21
_S3, _S5, _S7, _S9, _S11, _S13, _S15, _S17 = ((-1.0) ** (k // 2) / factorial(k) for k in (3, 5, 7, 9, 11, 13, 15, 17))
_C4, _C6, _C8, _C10, _C12, _C14, _C16 = ((-1.0) ** (k // 2) / factorial(k) for k in (4, 6, 8, 10, 12, 14, 16))


@njit(cache=True, nogil=True, error_model="numpy")
def sine_cosine(x):  # type: ignore[no-untyped-def]
    """Both of x in radians, for |x| up to about a million: Taylor's series after whole quarter turns are taken off."""
    turns = (x * _TURN + _ROUND) - _ROUND
    r = ((x - turns * _Q1) - turns * _Q2) - turns * _Q3
    r2 = r * r
    p = r2 * (_S11 + r2 * (_S13 + r2 * (_S15 + r2 * _S17)))
    p = _S3 + r2 * (_S5 + r2 * (_S7 + r2 * (_S9 + p)))
    sin = r + r * r2 * p
    q = r2 * (_C10 + r2 * (_C12 + r2 * (_C14 + r2 * _C16)))
    q = r2 * r2 * (_C4 + r2 * (_C6 + r2 * (_C8 + q)))
    half = 0.5 * r2
    near = 1.0 - half
    cos = near + ((1.0 - near) - half + q)
    quarter = turns * 0.25
    odd = turns - 4.0 * ((quarter + _ROUND) - _ROUND)  # -2, -1, 0, 1 or 2
    swapped = abs(odd) == 1.0
    sine = cos if swapped else sin
    cosine = sin if swapped else cos
    sine = -sine if (odd == -1.0 or abs(odd) == 2.0) else sine
    cosine = -cosine if (odd == 1.0 or abs(odd) == 2.0) else cosine
    return sine, cosine


@njit(cache=True, nogil=True, error_model="numpy")
def advance(cart, early, x, v, a, w, push, pull, turn, m):  # type: ignore[no-untyped-def]
    """Step the first m carts: place x, velocity v, lean a and spin w (each (lanes,)), pushed by push (lanes,).

    `cart`: gravity, mass of the cart, of the pole, half length, force, friction of the cart, of the pole, tau; `early`:
    whether the place moves by the velocity before the step. Sets `pull` and `turn` (lanes,) to the accelerations.
    """
    gravity, heavy, light, length, force, rub, joint, tau = cart
    mass, moment = light + heavy, light * length
    if rub == 0.0 and joint == 0.0:
        for i in range(m):
            sin, cos = sine_cosine(a[i])
            temp = (push[i] * force + moment * (w[i] * w[i]) * sin) / mass
            turn[i] = (gravity * sin - cos * temp) / (length * (4.0 / 3.0 - light * (cos * cos) / mass))
            pull[i] = temp - moment * turn[i] * cos / mass
    else:
        for i in range(m):
            pull[i], turn[i] = _rubbed(cart, a[i], v[i], w[i], push[i])
    # two loops, since a store that depends on `early` would be a slow masked one
    if early:
        for i in range(m):
            x[i] += tau * v[i]
            a[i] += tau * w[i]
    for i in range(m):
        v[i] += tau * pull[i]
        w[i] += tau * turn[i]
    if not early:
        for i in range(m):
            x[i] += tau * v[i]
            a[i] += tau * w[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _rubbed(cart, lean, velocity, spin, push):  # type: ignore[no-untyped-def]
    """Both accelerations with friction."""
    gravity, heavy, light, length, strength, rub, joint, _ = cart
    mass, moment, force = light + heavy, light * length, push * strength
    sin, cos = sine_cosine(lean)
    drag = rub if velocity > 0 else -rub if velocity < 0 else 0.0
    turn, press = 0.0, 0.0
    for _ in range(2):
        top = cos * (drag * gravity - (force + moment * (spin * spin) * (sin + drag * cos)) / mass)
        below = length * (4.0 / 3.0 - light * cos / mass * (cos - drag))
        turn = (gravity * sin + top - joint * spin / moment) / below
        press = mass * gravity - moment * (turn * sin + spin * spin * cos)
        if press >= 0:
            break
        drag = -drag  # the track holds the cart from above
    return (force + moment * (spin * spin * sin - turn * cos) - press * drag) / mass, turn
