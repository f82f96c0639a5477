"""What a linear policy will do, from its weights alone: the motion it rests in, and whether it comes back to it.

Who pushes by the sign of w · s + b drives the state to where that is 0 and then slides along: pushes alternate so that
w · s + b stays 0. On this surface the mean force is no longer free, and a motion that rests there follows from what is
fed back. With the position the cart stands at x = -b / w_x. Without it, but with the velocity, it moves at
v = -b / w_v: it cannot know where it is. With lean and spin alone it leans by θ = -b / w_θ and accelerates by g tan θ:
it cannot know how fast it is either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.control.cart import Cart


@dataclass(frozen=True, slots=True, eq=False)
class Sliding:
    """Where a linear policy rests. `held`: "position", "velocity" or "acceleration", and `value` of it (m, m/s, m/s²).

    `rates` (1/s): how disturbances of position, velocity and lean grow along the surface, the fastest growing first;
    what the policy does not feed back has no rate. `reached`: whether the pushes drive the state to the surface.
    """

    held: str
    value: float
    rates: np.ndarray
    reached: bool

    @property
    def rests(self) -> bool:
        """Whether it comes to what it holds: the surface is reached, and every disturbance on it dies out."""
        return self.reached and bool((self.rates.real < 0).all())


def sliding(cart: Cart, weights: np.ndarray) -> Sliding:
    """The rest of the linear policy with these weights (5,), in the limit of ever shorter steps and small leans.

    With L = (4/3) l the pole obeys L ω' = g θ - a, and w_x v + w_v a + w_θ ω + w_ω ω' = 0 on the surface, where
    ω = -(w_x x + w_v v + w_θ θ + b)/w_ω; so a (1 - L w_v/w_ω) = g θ + L (w_x v + w_θ ω)/w_ω. The surface is reached
    where a push to the right lowers w · s + b: it spins the pole to the left by cos θ / L of the acceleration it gives.

    Raises: InputError unless there are 5 weights, that of the spin and one other not 0.

    Source: V. Utkin (1977), IEEE Transactions on Automatic Control 22 (equivalent control).

    >>> found = sliding(Cart(), np.array([0.0, 0.0, 1.0, 0.5, -0.15]))
    >>> found.held, round(found.value, 3), found.rates.real.tolist(), found.rests
    ('acceleration', 1.481, [-2.0], True)
    """
    w = np.asarray(weights, float)
    if w.shape != (5,) or not np.isfinite(w).all() or w[3] == 0 or not w[:3].any():
        raise InputError(
            f"weights: sliding expected 5, that of the spin and one before it not 0, got {w.tolist()}; look at it with "
            "described instead"
        )
    wx, wv, wt, ws, b = w.tolist()
    long = 4 / 3 * cart.half_length
    spin = -np.array([wx, wv, wt]) / ws  # of x, v and θ
    a = (np.array([0.0, 0.0, cart.gravity]) + long / ws * (wx * np.array([0.0, 1.0, 0.0]) + wt * spin)) / (
        1 - long * wv / ws
    )
    flow = np.array([[0.0, 1.0, 0.0], a, spin])
    first = 0 if wx else 1 if wv else 2
    rates = np.linalg.eigvals(flow[first:, first:])
    held, value = ("position", "velocity", "acceleration")[first], -b / w[first]
    if first == 2:
        value = cart.gravity * np.tan(value)
    order = np.argsort(-rates.real, kind="stable")
    return Sliding(held, float(value), rates[order], bool(ws > long * wv))
