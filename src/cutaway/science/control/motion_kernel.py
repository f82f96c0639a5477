"""One step of many carts in compiled loops that become SIMD.

Sine and cosine are polynomials here and no library's: the same bits on every machine, and in a browser that does the
same. They are within 0.53 units in the last place up to 0.5 rad, within 1.5 over a turn. All else is computed in the
order in which Gymnasium has it.
"""

from __future__ import annotations

from math import factorial

from numba import njit

LANES = 128
"""Carts that are stepped together: their states and a small network's parameters stay in the nearest cache."""

_ROUND = 1.5 * 2.0**52  # added and taken away again: rounds to a whole number
_NEAR = 0.75  # rad: no quarter turn to take off, whatever is rounded
_TURN = 0.6366197723675814  # 2 / π
# π/2 in three parts, of which the first two have 33 bits, so that whole multiples of them are exact
_Q1, _Q2, _Q3 = 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21
_S3, _S5, _S7, _S9, _S11, _S13, _S15, _S17 = ((-1.0) ** (k // 2) / factorial(k) for k in (3, 5, 7, 9, 11, 13, 15, 17))
_C4, _C6, _C8, _C10, _C12, _C14, _C16 = ((-1.0) ** (k // 2) / factorial(k) for k in (4, 6, 8, 10, 12, 14, 16))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def near_upright(r):  # type: ignore[no-untyped-def]
    """Sine and cosine of r in radians, for |r| ≤ π/4: Taylor's series, in pairs so that no sum waits for the last."""
    r2 = r * r
    r4 = r2 * r2
    r8 = r4 * r4
    p = (_S3 + r2 * _S5) + r4 * (_S7 + r2 * _S9) + r8 * ((_S11 + r2 * _S13) + r4 * (_S15 + r2 * _S17))
    q = (_C4 + r2 * _C6) + r4 * (_C8 + r2 * _C10) + r8 * ((_C12 + r2 * _C14) + r4 * _C16)
    half = 0.5 * r2
    most = 1.0 - half
    return r + r * r2 * p, most + ((1.0 - most) - half + r4 * q)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def sine_cosine(x):  # type: ignore[no-untyped-def]
    """Sine and cosine of x in radians, for |x| up to about a million: whole quarter turns are taken off first."""
    turns = (x * _TURN + _ROUND) - _ROUND
    sin, cos = near_upright(((x - turns * _Q1) - turns * _Q2) - turns * _Q3)
    odd = turns - 4.0 * ((turns * 0.25 + _ROUND) - _ROUND)  # -2, -1, 0, 1 or 2
    swapped, back = abs(odd) == 1.0, abs(odd) == 2.0
    sine = cos if swapped else sin
    cosine = sin if swapped else cos
    sine = -sine if back | (odd == -1.0) else sine
    cosine = -cosine if back | (odd == 1.0) else cosine
    return sine, cosine


@njit(cache=True, nogil=True, error_model="numpy")
def advance(cart, early, x, v, a, w, push, pull, turn, m):  # type: ignore[no-untyped-def]
    """Step the first m carts: place x, velocity v, lean a and spin w (each (lanes,)), pushed by push (lanes,).

    `cart`: gravity, mass of the cart, of the pole, half length, force, friction of the cart, of the pole, tau; `early`:
    whether the place moves by the velocity before the step. Sets `pull` and `turn` (lanes,) to the accelerations.
    """
    _, _, _, _, _, rub, joint, tau = cart
    far = 0
    for i in range(m):
        far += not abs(a[i]) <= _NEAR
    # one loop after the other: each has a short chain of operations, so that the processor works on several turns of it
    if far == 0:
        for i in range(m):
            turn[i], pull[i] = near_upright(a[i])
    else:
        for i in range(m):
            turn[i], pull[i] = sine_cosine(a[i])
    if rub == 0.0 and joint == 0.0:
        for i in range(m):
            pull[i], turn[i] = _free(cart, turn[i], pull[i], w[i], push[i])
    else:
        for i in range(m):
            pull[i], turn[i] = _rubbed(cart, turn[i], pull[i], v[i], w[i], push[i])
    if early:
        for i in range(m):
            x[i] += tau * v[i]
            v[i] += tau * pull[i]
        for i in range(m):
            a[i] += tau * w[i]
            w[i] += tau * turn[i]
    else:
        for i in range(m):
            v[i] += tau * pull[i]
            x[i] += tau * v[i]
        for i in range(m):
            w[i] += tau * turn[i]
            a[i] += tau * w[i]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _free(cart, sin, cos, spin, push):  # type: ignore[no-untyped-def]
    """Both accelerations without friction."""
    gravity, heavy, light, length, force, _, _, _ = cart
    mass, moment = light + heavy, light * length
    temp = (push * force + moment * (spin * spin) * sin) / mass
    turn = (gravity * sin - cos * temp) / (length * (4.0 / 3.0 - light * (cos * cos) / mass))
    return temp - moment * turn * cos / mass, turn


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _rubbed(cart, sin, cos, velocity, spin, push):  # type: ignore[no-untyped-def]
    """Both accelerations with friction."""
    _, heavy, light, length, force, rub, _, _ = cart
    mass, moment = light + heavy, light * length
    drag = rub if velocity > 0.0 else 0.0
    drag = -rub if velocity < 0.0 else drag
    turn, press = _pressed(cart, drag, sin, cos, spin, push)
    other, pressed = _pressed(cart, -drag, sin, cos, spin, push)  # the track holds the cart from above
    on = press >= 0.0
    turn = turn if on else other
    drag = drag if on else -drag
    press = press if on else pressed
    return (push * force + moment * (spin * spin * sin - turn * cos) - press * drag) / mass, turn


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _pressed(cart, drag, sin, cos, spin, push):  # type: ignore[no-untyped-def]
    """Acceleration of the lean, and with what force the cart is then pressed onto the track."""
    gravity, heavy, light, length, force, _, joint, _ = cart
    mass, moment = light + heavy, light * length
    top = cos * (drag * gravity - (push * force + moment * (spin * spin) * (sin + drag * cos)) / mass)
    below = length * (4.0 / 3.0 - light * cos / mass * (cos - drag * sin))
    turn = (gravity * sin + top - joint * spin / moment) / below
    return turn, mass * gravity - moment * (turn * sin + spin * spin * cos)
