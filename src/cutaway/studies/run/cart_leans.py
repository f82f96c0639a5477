"""Carts that lean for the study of cart and pole: aimed at a lean on a track without end, and what they then do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cutaway.science.control import Cart

STEPS = 500
WITHIN = 1.4  # rad to either side, so that only a cart that cannot hold its pole ends
SPIN = 0.3
AIMS = (-0.8, -0.65, -0.5, -0.35, 0.35, 0.5, 0.65, 0.8, 1.05, 1.2, 1.35)
"""In shares of the ceiling's lean."""


@dataclass(frozen=True, slots=True)
class Lean:
    """One of them: what it aimed at (rad), the steps that it lasted, and of the second half, if it has one: its mean
    lean (rad), its acceleration, g ⟨tan θ⟩ beside it (m/s²), and how far its positions stray from ½ a t² (m).
    """

    aim: float
    steps: int
    lean: float
    acceleration: float
    equivalent: float
    stray: float

    @property
    def held(self) -> bool:
        """Whether it lasted."""
        return self.steps == STEPS

    @property
    def distance(self) -> float:
        """½ a t² over the second half, m."""
        return abs(self.acceleration) * (STEPS // 2 * 0.02) ** 2 / 2


def weights(aim: float) -> list[float]:
    """The policy: pushes right where lean and spin, weighed by `SPIN`, are beyond the aim."""
    return [0.0, 0.0, 1.0, SPIN, -aim]


def ceiling(cart: Cart) -> tuple[float, float]:
    """The largest acceleration that lasts (m/s²) and its lean (rad): all force, less what the track rubs off."""
    a = max(0.0, cart.ceiling - cart.friction_cart * cart.gravity)
    return a, math.atan2(a, cart.gravity)


def leans(cart: Cart) -> list[Lean]:
    """Of every aim, from the upright pole at rest."""
    from cutaway.science import control

    limits = control.Limits(-math.inf, math.inf, -WITHIN, WITHIN, STEPS)
    found = []
    for share in AIMS:
        aim = share * ceiling(cart)[1]
        motion = control.trajectory(cart, limits, control.linear(np.array(weights(aim))), np.zeros(4))
        steps = motion.push.size
        if steps < STEPS:
            found.append(Lean(aim, steps, *(math.nan,) * 4))
            continue
        kept = control.invariants(cart, motion, STEPS // 2)
        found.append(Lean(aim, steps, kept.lean, kept.acceleration, kept.equivalent, kept.stray))
    return found


def wall(cart: Cart, lean: Lean, distance: float) -> tuple[float, float]:
    """Seconds from rest to a wall so far to the right, for a cart that leans already: predicted, √(2 d/a), and run."""
    from cutaway.science import control

    a = cart.gravity * math.tan(lean.lean)
    limits = control.Limits(-math.inf, distance, -WITHIN, WITHIN, 100_000)
    policy = control.linear(np.array(weights(lean.aim)))
    ran = control.rollout(cart, limits, policy, np.array([[0.0, 0.0, lean.lean, 0.0]]))
    return math.sqrt(2 * distance / a), float(ran.lengths[0] * cart.tau)


def moving(cart: Cart, speed: float, steps: int) -> float:
    """The largest difference of lean (rad) between a cart that starts at rest and one that starts at a speed."""
    from cutaway.science import control

    limits = control.Limits(-math.inf, math.inf, -WITHIN, WITHIN, steps)
    policy = control.linear(np.array(weights(0.0)))
    pair = [control.trajectory(cart, limits, policy, np.array([0.0, v, 0.03, 0.0])).lean for v in (0.0, speed)]
    both = min(each.size for each in pair)
    return float(np.abs(pair[0][:both] - pair[1][:both]).max())
