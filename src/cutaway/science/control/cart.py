"""The cart and pole: a cart on a straight track, pushed left or right, with a pole that turns about a joint on it.

The pole is a uniform rod. Its lean is measured from the vertical, positive to the right, and an upright pole is an
equilibrium that does not last. The equations are Barto, Sutton and Anderson's (1983), with the friction of the cart as
Florian (2007) corrects it; without friction they are those of Gymnasium's CartPole-v1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Integrator = Literal["euler", "semi-implicit"]
INTEGRATORS: tuple[Integrator, ...] = ("euler", "semi-implicit")
COORDINATES = ("x", "velocity", "lean", "spin")
"""The last axis of a state: m, m/s, rad (positive to the right), rad/s."""


@dataclass(frozen=True, slots=True)
class Cart:
    """The constants of a cart and its pole, in SI units; as they stand those of Gymnasium's CartPole-v1.

    Args:
        gravity: g, m/s².
        mass_cart: kg, without the pole.
        mass_pole: kg.
        half_length: from the joint to the pole's centre of mass, m.
        force: of a push of 1, N.
        friction_cart: Coulomb's coefficient between cart and track, without unit; 0.0005 in Barto, Sutton, Anderson.
        friction_pole: torque of the joint for a spin of 1 rad/s, N m s; 0.000002 there.
        tau: length of a step, s.
        integrator: `"euler"` moves the place by the velocity before the step, `"semi-implicit"` by the one after it.

    Raises: InputError for a constant that is not finite, or not positive where it must be.

    >>> round(Cart().ceiling, 3), round(Cart().upright_rate, 3)
    (9.091, 3.972)
    """

    gravity: float = 9.8
    mass_cart: float = 1.0
    mass_pole: float = 0.1
    half_length: float = 0.5
    force: float = 10.0
    friction_cart: float = 0.0
    friction_pole: float = 0.0
    tau: float = 0.02
    integrator: Integrator = "euler"

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "integrator":
                if value not in INTEGRATORS:
                    raise InputError(f"integrator: Cart expected one of {', '.join(INTEGRATORS)}, got {value!r}")
            elif one.name.startswith("friction"):
                if not (np.isfinite(value) and value >= 0):
                    raise InputError(f"{one.name}: Cart expected a number from 0 on, got {value}; 0 is no friction")
            elif not (np.isfinite(value) and value > 0):
                raise InputError(f"{one.name}: Cart expected a positive number, got {value}")

    @property
    def ceiling(self) -> float:
        """The largest acceleration that lasts, F/(M + m) in m/s²: the push never changes and nothing spins."""
        return self.force / (self.mass_pole + self.mass_cart)

    @property
    def upright_rate(self) -> float:
        """By how much a small lean grows when nobody pushes: by e for each 1/rate seconds."""
        mass = self.mass_pole + self.mass_cart
        return float(np.sqrt(self.gravity / (self.half_length * (4 / 3 - self.mass_pole / mass))))


def accelerations(cart: Cart, state: np.ndarray, push: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Those of the cart (…,) in m/s² and of the lean (…,) in rad/s², at state (…, 4) under a push (…,) × force.

    With M the mass of both, m and l mass and half length of the pole, F the push's force and no friction:
    θ̈ = (g sin θ - cos θ (F + m l θ̇² sin θ)/M) / (l (4/3 - m cos² θ / M)), ẍ = (F + m l (θ̇² sin θ - θ̈ cos θ)) / M.

    The track's friction is the coefficient times what presses on it, N = M g - m l (θ̈ sin θ + θ̇² cos θ), against the
    velocity; none acts on a cart at rest.

    Source: Barto, Sutton and Anderson, IEEE Transactions on Systems, Man and Cybernetics 13(5), 1983, appendix; with
    friction solved anew from the balance of forces and torques in Florian, Correct equations for the dynamics of the
    cart-pole system, 2007, section 2, which a test holds the result to.
    """
    state = np.asarray(state, float)
    velocity, theta, spin = state[..., 1], state[..., 2], state[..., 3]
    force = np.asarray(push, float) * cart.force
    cos, sin = np.cos(theta), np.sin(theta)
    mass, moment = cart.mass_pole + cart.mass_cart, cart.mass_pole * cart.half_length
    # in the order in which Gymnasium has it, so that every bit is the same
    temp = (force + moment * np.square(spin) * sin) / mass
    if not (cart.friction_cart or cart.friction_pole):
        turn = (cart.gravity * sin - cos * temp) / (
            cart.half_length * (4.0 / 3.0 - cart.mass_pole * np.square(cos) / mass)
        )
        return np.asarray(temp - moment * turn * cos / mass), np.asarray(turn)
    joint = cart.friction_pole * spin / moment
    against = cart.friction_cart * np.sign(velocity)

    def turned(drag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        top = cos * (drag * cart.gravity - (force + moment * np.square(spin) * (sin + drag * cos)) / mass)
        below = cart.half_length * (4.0 / 3.0 - cart.mass_pole * cos / mass * (cos - drag * sin))
        turn = (cart.gravity * sin + top - joint) / below
        return turn, mass * cart.gravity - moment * (turn * sin + np.square(spin) * cos)

    drag = np.where(turned(against)[1] < 0, -against, against)  # where the track must hold the cart from above
    turn, press = turned(drag)
    pull = (force + moment * (np.square(spin) * sin - turn * cos) - press * drag) / mass
    return np.asarray(pull), np.asarray(turn)


def step(cart: Cart, state: np.ndarray, push: np.ndarray | float) -> np.ndarray:
    """The state (…, 4) one `tau` later; `push` (…,) is a multiple of the cart's force, +1 to the right.

    To the last bit what Gymnasium's CartPole-v1 computes, where there is no friction and NumPy is the same.

    >>> step(Cart(), np.zeros(4), 1.0).round(4).tolist()
    [0.0, 0.1951, 0.0, -0.2927]
    """
    state = np.asarray(state, float)
    if state.shape[-1:] != (4,):
        raise InputError(f"state: step expected {', '.join(COORDINATES)} on the last axis, got shape {state.shape}")
    x, velocity, lean, spin = (state[..., k] for k in range(4))
    pull, turn = accelerations(cart, state, push)
    faster, swifter = velocity + cart.tau * pull, spin + cart.tau * turn
    early = cart.integrator == "euler"
    return np.stack(
        (
            x + cart.tau * (velocity if early else faster),
            faster,
            lean + cart.tau * (spin if early else swifter),
            swifter,
        ),
        axis=-1,
    )


def energy(cart: Cart, state: np.ndarray) -> np.ndarray:
    """Kinetic and potential energy (…,) in J of states (…, 4); the joint is at height 0.

    ½ M ẋ² + m l ẋ θ̇ cos θ + ⅔ m l² θ̇² + m g l cos θ: what stays as it is without force and friction.
    """
    state = np.asarray(state, float)
    velocity, lean, spin = state[..., 1], state[..., 2], state[..., 3]
    moment = cart.mass_pole * cart.half_length
    moving = (cart.mass_cart + cart.mass_pole) * velocity**2 / 2 + moment * velocity * spin * np.cos(lean)
    return np.asarray(moving + 2 / 3 * moment * cart.half_length * spin**2 + moment * cart.gravity * np.cos(lean))
