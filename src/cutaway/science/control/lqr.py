"""The linear–quadratic regulator: the equations about the upright pole, and the gain that costs least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.control.cart import Cart


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step costs: the weights of x², velocity², lean², spin² and of push² (the push in shares of the force)."""

    x: float = 1.0
    velocity: float = 0.0
    lean: float = 1.0
    spin: float = 0.0
    push: float = 1.0

    def __post_init__(self) -> None:
        state = (self.x, self.velocity, self.lean, self.spin)
        if not (np.isfinite(state).all() and min(state) >= 0 and np.isfinite(self.push) and self.push > 0):
            raise InputError(f"cost: Cost expected weights from 0 on, and above 0 for the push, got {self}")


def linearised(cart: Cart) -> tuple[np.ndarray, np.ndarray]:
    """A (4, 4) and B (4,) of one step near the upright pole at rest: s' = A s + B push, to first order.

    The joint's friction is in it; the track's is not, as it has no derivative at rest.
    """
    mass, moment = cart.mass_cart + cart.mass_pole, cart.mass_pole * cart.half_length
    bottom = cart.half_length * (4 / 3 - cart.mass_pole / mass)
    turn = np.array([0, 0, cart.gravity / bottom, -cart.friction_pole / moment / bottom])
    turned = -cart.force / mass / bottom
    pull, pulled = -moment / mass * turn, cart.force / mass - moment / mass * turned
    faster, swifter = np.eye(4)[1] + cart.tau * pull, np.eye(4)[3] + cart.tau * turn
    b = cart.tau * np.array([0, pulled, 0, turned])
    early = cart.integrator == "euler"
    a = np.stack(
        (
            np.eye(4)[0] + cart.tau * (np.eye(4)[1] if early else faster),
            faster,
            np.eye(4)[2] + cart.tau * (np.eye(4)[3] if early else swifter),
            swifter,
        )
    )
    return a, b if early else b + cart.tau * np.array([b[1], 0, b[3], 0])


def riccati(a: np.ndarray, b: np.ndarray, q: np.ndarray, r: np.ndarray, *, tolerance: float = 1e-13) -> np.ndarray:
    """The P (n, n) of X = AᵀXA - AᵀXB (R + BᵀXB)⁻¹ BᵀXA + Q that stabilises, by doubling.

    Each pass doubles the horizon, so that a dozen suffice.

    Raises: InputError where it does not converge: no gain can hold the system.

    Source: Chu, Fan, Lin and Wang, International Journal of Control 77(8), 2004, algorithm SDA.
    """
    n = len(a)
    forth, spread, p = a.copy(), b @ np.linalg.solve(r, b.T), q.copy()
    for _ in range(40):
        left = np.linalg.solve(np.eye(n) + spread @ p, forth)
        right = np.linalg.solve(np.eye(n) + spread @ p, spread)
        more = forth.T @ p @ left
        spread = spread + forth @ right @ forth.T
        forth, p = forth @ left, p + (more + more.T) / 2
        if not abs(p).max() < 1e100:
            break
        if np.abs(more).max() <= tolerance * np.abs(p).max():
            return np.asarray(p)
    raise InputError("a, b, q, r: riccati did not converge; is every unstable direction pushed, and its cost above 0?")


def lqr(cart: Cart, cost: Cost | None = None) -> np.ndarray:
    """The gain (4,) with which push = gain · state costs least in the long run, near the upright pole.

    `linear([*gain, 0])` pushes by its sign, `linear([*gain, 0], choice="force")` by it itself.

    >>> (lqr(Cart()) > 0).all()
    np.True_
    """
    cost = cost or Cost()
    a, b = linearised(cart)
    b, r = b[:, None], np.array([[cost.push]])
    p = riccati(a, b, np.diag([cost.x, cost.velocity, cost.lean, cost.spin]), r)
    return np.asarray(-np.linalg.solve(r + b.T @ p @ b, b.T @ p @ a)[0])
