"""Classes of solution: what kind of motion keeps a pole up, told apart by what it keeps.

A pole can be kept up standing still. It can be kept up as well in any frame that moves along: at a uniform velocity,
as no experiment tells inertial frames apart; and at a constant acceleration a, leaning by arctan(a/g), as a uniformly
accelerated frame is a field of gravity at another angle. Or it swings, and comes back to where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, pi

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.control.cart import Cart
from cutaway.science.control.invariants import Invariants

KINDS = ("still", "uniform velocity", "constant acceleration", "limit cycle", "runaway", "unsettled", "fell")
"""What a motion is called. A runaway accelerates more and more; what is unsettled changes otherwise, or swings without
coming back; what fell did not last."""

CHATTER = 0.2 * pi / 180  # rad: the sway of a pole that single pushes of CartPole-v1 keep in its place
SWINGING = 1.0 * pi / 180  # rad: a sway from which a pole is seen to swing
STEADY = 0.25  # how far a constant acceleration may change over the window, as a share of it
STRAYING = 0.05  # how far the position may stray from its parabola, as a share of ½ a (T/2)²
LASTING = 1.25  # by how much a limit cycle's sway may grow or shrink from one half of the window to the other
COMING_BACK = 0.7  # least autocorrelation of a limit cycle after a period


def resolution(cart: Cart) -> float:
    """By how much one push changes the velocity of a cart that moves as one with its pole, F τ / (M + m), in m/s.

    Of velocities, a cart that is pushed one way or the other at each step cannot keep what is finer.

    >>> round(resolution(Cart()), 4)
    0.1818
    """
    return cart.ceiling * cart.tau


def kind(cart: Cart, one: Invariants) -> str:
    """What a motion that lasted is called, one of `KINDS` but the last.

    With u the resolution of velocity and T the window: it is a limit cycle where it swings by 1° or more and comes
    back after a period, as far as before; unsettled where it swings so and does not come back. Else, if its velocity
    changes by less than u over the window, by the line and by the parabola through it, it is still or has uniform
    velocity, below u or from there on. Else it has constant acceleration if that changes by less than a quarter and the
    position keeps within 5 % of its parabola; it is a runaway if the acceleration grows, and unsettled otherwise.
    """
    u, span = resolution(cart), one.seconds
    change, bend = abs(one.acceleration) * span, abs(one.jerk) * span**2 / 8
    if one.recurrence >= COMING_BACK and one.sway >= SWINGING and 1 / LASTING <= one.growth <= LASTING:
        return "limit cycle"
    constant = abs(one.jerk) * span <= STEADY * abs(one.acceleration)
    if change >= u and constant and one.stray <= STRAYING * change * span / 8:
        return "constant acceleration"
    if change >= u and one.jerk * one.acceleration > 0 and one.velocity * one.acceleration > 0:
        return "runaway"
    if change >= u or bend >= u or one.sway >= SWINGING:
        return "unsettled"
    return "uniform velocity" if abs(one.velocity) >= u else "still"


def coordinates(cart: Cart, motions: Sequence[Invariants]) -> np.ndarray:
    """Where motions (n) stand among each other, without a side: (n, 4), in units in which 1 is a factor of e.

    asinh(|v|/u), asinh(|a| T/u), asinh(|jerk| T²/u) and log(sway/0.2°), u the resolution of velocity and T the window:
    linear below what single pushes blur, logarithmic above it.
    """
    u = resolution(cart)
    return np.array(
        [
            [
                np.arcsinh(abs(one.velocity) / u),
                np.arcsinh(abs(one.acceleration) * one.seconds / u),
                np.arcsinh(abs(one.jerk) * one.seconds**2 / u),
                np.log(max(one.sway, CHATTER / 4) / CHATTER),
            ]
            for one in motions
        ]
    ).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a motion keeps the laws of its class; each is a share, 0 is perfect, NaN does not apply.

    `equivalence`: of the acceleration, by which it differs from g tan θ. `newton`: by which (M + m) a differs from the
    mean force. `parabola`: of the way that the acceleration alone makes in half a window, ½ a (T/2)², the
    root-mean-square of the position about the best parabola. `ceiling`: the acceleration over F/(M + m).
    """

    equivalence: float
    newton: float
    parabola: float
    ceiling: float


def verdict(cart: Cart, one: Invariants) -> Verdict:
    """The laws of a constant acceleration, tested on one."""
    if one.acceleration == 0:
        raise InputError("one: verdict expected a motion with an acceleration, got 0; only those have these laws")
    a, mass = one.acceleration, cart.mass_cart + cart.mass_pole
    way = abs(a) * (one.seconds / 2) ** 2 / 2
    return Verdict(
        abs(one.equivalent / a - 1),
        abs(one.push / (mass * a) - 1),
        one.stray / way,
        abs(a) / cart.ceiling,
    )


def time_to_wall(distance: float, velocity: float, acceleration: float) -> float:
    """After how many seconds a cart at 0 with that velocity and constant acceleration first is ±distance away; inf.

    The smallest t > 0 with |v t + ½ a t²| = d.

    Raises: InputError unless the distance is positive.

    >>> time_to_wall(2.4, 0.0, 1.2), time_to_wall(2.4, 0.5, 0.0)
    (2.0, 4.8)
    """
    if not (distance > 0 and isfinite(velocity) and isfinite(acceleration)):
        raise InputError(
            f"distance: time_to_wall expected a positive one, got {distance} at {velocity} m/s, {acceleration} m/s²"
        )
    times = [float("inf")]
    for wall in (distance, -distance):
        if acceleration == 0:
            times += [wall / velocity] if velocity * wall > 0 else []
            continue
        under = velocity**2 + 2 * acceleration * wall
        if under >= 0:
            # the two roots by the sum that does not cancel
            q = -(velocity + np.copysign(np.sqrt(under), velocity))
            times += [float(t) for t in (q / acceleration, -2 * wall / q if q else np.inf) if t > 0]
    return min(times)
