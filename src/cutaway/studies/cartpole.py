"""Is a still, upright pole the only way to balance it?

Answer: No. A cart that moves at a steady speed balances as one that stands, as nothing in the motion tells them apart;
and a cart that accelerates for ever holds its pole at the lean arctan(a/g), as gravity and acceleration do not tell
apart either. Walls rule out the second, and a track of 2.4 m leaves little of the first.
Source: A. G. Barto, R. S. Sutton and C. W. Anderson 1983 (cart and pole); R. V. Florian 2007 (its equations); Gymnasium
(CartPole-v1); R. E. Kalman 1960 (the linear regulator).
Seconds: 3
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.figures import Axis, Line, Lines, Mark, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.result import Result, Table, claim

if TYPE_CHECKING:
    from cutaway.science.control import Cart, Limits

TITLE = "The cart and its pole"
GROUP = "world"

STARTS = 16
"""Of a policy on the map; all have the same ones."""
TRIALS = 200
"""Of a learner."""
SPIN = 0.3
"""The simplest policy that leans on nothing else: pushes towards the lean and the spin, the latter weighed by this."""
ACROSS = (-0.1, 0.4)
UP = {"constant": (4, -0.5, 0.5), "position": (0, -0.1, 0.2), "spin": (3, 0.0, 0.8)}
"""Which weight the upward axis is, and its ends; all in shares of the weight of the lean."""
CELLS = 41
DRIVERS = {"hand": "You", "map": "The policy on the map", "lqr": "Linear regulator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The cart, its limits, the plane of policies, and who drives."""

    driver: str = choice("hand", "Who drives", DRIVERS, where="browser")
    start: float = number(2.0, "Lean at the start", low=-10, high=10, step=0.5, unit="°", where="browser")
    speed: float = number(0.0, "Velocity at the start", low=-3, high=3, step=0.1, unit="m/s", where="browser")
    across: float = number(
        0.1, "Weight of velocity", low=-1, high=1, step=0.0125, unit="rad s/m", where="browser",
        help="Of the policy on the map, whose lean weighs 1.",
    )  # fmt: skip
    up: float = number(0.0, "Weight on the other axis", low=-1, high=1, step=0.005, where="browser")
    plane: str = choice(
        "constant", "Map of velocity and", {"constant": "constant", "position": "position", "spin": "spin"},
    )  # fmt: skip
    track: float = number(2.4, "Track to either side", low=1, high=20, step=0.1, unit="m")
    unlimited: bool = switch(False, "Track without end")
    lean_left: float = number(12, "Lean allowed to the left", low=2, high=60, step=1, unit="°")
    lean_right: float = number(12, "Lean allowed to the right", low=2, high=60, step=1, unit="°")
    steps: int = whole(500, "Steps", low=200, high=2000, step=100, help="Of 0.02 s; an episode has no more.")
    force: float = number(10, "Force of a push", low=5, high=20, step=0.5, unit="N")
    mass_cart: float = number(1, "Mass of the cart", low=0.5, high=2, step=0.1, unit="kg")
    mass_pole: float = number(0.1, "Mass of the pole", low=0.05, high=0.5, step=0.05, unit="kg")
    friction_cart: float = number(0, "Friction of the track", low=0, high=0.1, step=0.005)
    friction_pole: float = number(0, "Friction of the joint", low=0, high=0.01, step=0.0005, unit="N m s")
    seed: int = seed()


def cart_of(params: Parameters) -> Cart:
    """The cart that these parameters describe."""
    from cutaway.science import control

    return control.Cart(
        mass_cart=params.mass_cart,
        mass_pole=params.mass_pole,
        force=params.force,
        friction_cart=params.friction_cart,
        friction_pole=params.friction_pole,
    )


def limits_of(params: Parameters) -> Limits:
    """Where its episodes end."""
    from cutaway.science import control

    far = math.inf if params.unlimited else params.track
    left, right = (degrees * 2 * math.pi / 360 for degrees in (params.lean_left, params.lean_right))
    return control.Limits(left=-far, right=far, lean_left=-left, lean_right=right, steps=params.steps)


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Map the returns of a plane of linear policies, let the learners learn, and measure leaning carts."""
    from cutaway.science import control

    cart, limits = cart_of(params), limits_of(params)
    base = np.array([0.0, 0.0, 1.0, SPIN, 0.0])
    progress("map", 0, 1)
    index, low, high = UP[params.plane]
    across, up = np.linspace(*ACROSS, CELLS), np.linspace(low, high, CELLS)
    weights = np.broadcast_to(base, (CELLS, CELLS, 5)).copy()
    weights[..., 1], weights[..., index] = across, up[:, None]
    tried = control.rollout(cart, limits, control.linear(weights), STARTS, seed=params.seed)
    mean = tried.lengths.mean(axis=-1)
    progress("learners", 0, 1)
    gain = np.array([*control.lqr(cart), 0.0])
    learners: dict[str, list[Any]] = {name: [] for name in ("key", "name", "mean", "low", "high", "note", "policy")}
    trials = control.rollout(cart, limits, control.linear(gain), TRIALS, seed=params.seed + 1)
    _add(
        learners,
        "lqr",
        "Linear regulator",
        trials.lengths,
        "from the equations, without a trial",
        {"weights": gain.tolist()},
    )
    tables = {
        "map": Table(
            {
                "across": np.tile(across, CELLS).tolist(),
                "up": np.repeat(up, CELLS).tolist(),
                "mean": mean.ravel().tolist(),
                "kind": [0] * CELLS**2,
            },
            note=f"a linear policy: its weights in shares of the lean's, mean steps over {STARTS} starts, kind of motion",
        ),
        "base": Table({"weight": base.tolist()}, note="the weights that all policies on the map share"),
        "learners": Table(learners, note=f"a learner: mean steps over {TRIALS} starts with its interval of 95 %"),
    }
    return Result(
        figures=_figures(params, across, up, mean),
        tables=tables,
        numbers={"best": float(mean.max())},
        sentences=(
            f"Of {CELLS**2} policies on the map {np.mean(mean >= limits.steps):.0%} last all {limits.steps} steps.",
        ),
    )


def _add(to: dict[str, list[Any]], key: str, name: str, lengths: np.ndarray, note: str, policy: dict[str, Any]) -> None:
    mean, error = float(lengths.mean()), float(lengths.std(ddof=1) / math.sqrt(lengths.size))
    row = (key, name, mean, mean - 1.96 * error, mean + 1.96 * error, note, json.dumps(policy))
    for column, value in zip(to.values(), row, strict=True):
        column.append(value)


@claim("Some linear policy on the map lasts through every step from every start")
def a_policy_lasts(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the best mean."""
    return result.numbers["best"] >= params.steps, result.numbers["best"]


def _figures(params: Parameters, across: np.ndarray, up: np.ndarray, mean: np.ndarray) -> dict[str, Lines | Points]:
    middle = mean.max(axis=1)
    return {
        "The best return by the other weight": Lines(
            alt=f"The best policies last {middle.max():.0f} of {params.steps} steps.",
            x=Axis(label=f"weight of {params.plane}", unit="of the lean's"),
            y=Axis(label="steps", unit="mean over starts"),
            lines=(Line(name="best over the weight of velocity", x=tuple(up), y=tuple(middle)),),
            marks=(Mark(label="all steps", y=float(params.steps), role="other"),),
        )
    }
