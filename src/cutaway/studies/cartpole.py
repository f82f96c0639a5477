"""Is a still, upright pole the only way to balance it?

Answer: No. A cart that moves at a steady speed balances as one that stands, as nothing in the motion tells them apart;
and a cart that accelerates for ever holds its pole at the lean arctan(a/g), as gravity and acceleration do not tell
apart either. Walls rule out the second, and a track of 2.4 m leaves little of the first.
Source: A. G. Barto, R. S. Sutton and C. W. Anderson 1983 (cart and pole); R. V. Florian 2007 (its equations); Gymnasium
(CartPole-v1); R. E. Kalman 1960 (the linear regulator).
Seconds: 4
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.figures import Axis, Intervals, Line, Lines, Mark, Matrix, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import cart_classes as classes
from cutaway.studies.run import cart_leans as leaning
from cutaway.studies.run import cart_learners as learning
from cutaway.studies.run.cart_classes import KINDS
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.part import Part, unheard
from cutaway.studies.run.result import Result, Table, claim

if TYPE_CHECKING:
    from cutaway.science.control import Cart, Limits

TITLE = "The cart and its pole"
GROUP = "world"
EMBED = {"unlimited": (False, True)}
STORED_BYTES = 300_000  # every trained agent with its policy
CHAOTIC = True  # two of the learners train networks

STARTS = 24
"""Of a policy on the map; all have the same ones."""
TRIALS = 400
"""Of a learner."""
ACROSS = (-0.1, 0.4)
UP = {"constant": (4, -0.5, 0.5), "position": (0, -0.1, 0.2), "spin": (3, 0.0, 0.8)}
"""Which weight the upward axis is, and its ends; all in shares of the weight of the lean."""
CELLS = 41
AGENTS = 1032
"""How many are packaged."""
DRIVERS = {
    "hand": "You",
    "map": "The policy on the map",
    **learning.NAMES,
    "agent": "A trained agent",
    "own": "A policy that you dropped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The cart, its limits, the plane of policies, and who drives."""

    driver: str = choice("hand", "Who drives", DRIVERS, where="browser")
    agent: int = whole(0, "Trained agent", low=0, high=AGENTS - 1, where="browser", help="Its number in the sheet.")
    own_limits: bool = switch(True, "Agents run within their own limits", where="browser")
    track: float = number(2.4, "Track to either side", low=1, high=20, step=0.1, unit="m")
    unlimited: bool = switch(False, "Track without end")
    lean_left: float = number(12, "Lean allowed to the left", low=4, high=60, step=1, unit="°")
    lean_right: float = number(12, "Lean allowed to the right", low=4, high=60, step=1, unit="°")
    steps: int = whole(500, "Steps", low=200, high=2000, step=100, help="Of 0.02 s; an episode has no more.")
    start: float = number(2.0, "Lean at the start", low=-10, high=10, step=0.5, unit="°", where="browser")
    speed: float = number(0.0, "Velocity at the start", low=-3, high=3, step=0.1, unit="m/s", where="browser")
    plane: str = choice(
        "constant", "Map of velocity and", {"constant": "constant", "position": "position", "spin": "spin"},
    )  # fmt: skip
    across: float = number(
        0.1, "Weight of velocity", low=-1, high=1, step=0.0125, unit="rad s/m", where="browser",
        help="Of the policy on the map, whose lean weighs 1.",
    )  # fmt: skip
    up: float = number(0.0, "Weight on the other axis", low=-1, high=1, step=0.005, where="browser")
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


def run(params: Parameters, progress: Progress = silent, part: Part = unheard) -> Result:
    """Map the returns of a plane of linear policies, measure leaning carts, and let the learners learn."""
    cart, limits = cart_of(params), limits_of(params)
    progress("policies on the map", 0, 1)
    tables = {
        "map": mapped(params, cart, limits, progress),
        "base": Table({"weight": BASE}, note="weights of all on the map"),
    }
    progress("carts that lean", 0, 1)
    leans = leaning.leans(cart)
    tables["leans"] = _leans(leans)
    numbers = _measured(params, cart, leans)
    progress("trained agents", 0, 1)
    tables["agents"] = classes.table()
    numbers |= classes.numbers()
    rows: list[tuple[Any, ...]] = []
    tables["learners"], tables["path"] = _learners(rows), _path(())
    part(lambda: _result(params, tables, numbers))
    for one in learning.learned(cart, limits, params.seed, progress):
        steps = learning.tried(cart, limits, one.policy, TRIALS, params.seed + 1)
        rows.append((one.key, one.name, *steps, one.note, one.text))
        tables["learners"] = _learners(rows)
        if one.path:
            tables["path"] = _path(one.path)
        part(lambda: _result(params, tables, numbers))
    return _result(params, tables, numbers)


BASE = leaning.weights(0.0)


def mapped(params: Parameters, cart: Cart, limits: Limits, progress: Progress = silent) -> Table:
    """Mean steps of every policy of the plane, and what the motion of those is that last: seen in its second half."""
    from cutaway.science import control

    index, low, high = UP[params.plane]
    across, up = np.linspace(*ACROSS, CELLS), np.linspace(low, high, CELLS)
    weights = np.broadcast_to(BASE, (CELLS, CELLS, 5)).copy()
    weights[..., 1], weights[..., index] = across, up[:, None]
    policies = control.linear(weights)
    ran = control.rollout(cart, limits, policies, STARTS, seed=params.seed)
    lasts = (ran.ends == 0).all(axis=-1)
    kind = np.full(lasts.shape, KINDS.index("fell"))
    kind[lasts] = _kinds(cart, limits, weights[lasts], params.seed, progress)
    return Table(
        {
            "across": np.tile(across, CELLS).tolist(),
            "up": np.repeat(up, CELLS).tolist(),
            "mean": ran.lengths.mean(axis=-1).ravel().tolist(),
            "kind": kind.ravel().tolist(),
        },
        note=f"a linear policy: its weights in shares of the lean's, mean steps over {STARTS} starts, and its motion: "
        + ", ".join(f"{k} {name}" for k, name in enumerate(KINDS)),
    )


def _kinds(cart: Cart, limits: Limits, weights: np.ndarray, seed: int, progress: Progress) -> list[int]:
    """What the motion of each policy (n, 5) is called that lasts, by its second half from one start."""
    from cutaway.science import control

    found = []
    for k, each in enumerate(weights):
        if k % 100 == 0:
            progress("what those do that last", k, len(weights))
        motion = control.trajectory(cart, limits, control.linear(each), seed=seed)
        found.append(KINDS.index(control.kind(cart, control.invariants(cart, motion, limits.steps // 2))))
    return found


def _leans(leans: list[leaning.Lean]) -> Table:
    columns: dict[str, list[float]] = {
        "aim": [one.aim for one in leans],
        "steps": [one.steps for one in leans],
        "lean": [one.lean for one in leans],
        "acceleration": [one.acceleration for one in leans],
        "equivalent": [one.equivalent for one in leans],
    }
    return Table(columns, note="a cart that aims at a lean (rad), on a track without end; what its second half held")


def _learners(rows: list[tuple[Any, ...]]) -> Table:
    names = ("key", "name", "mean", "low", "high", "note", "policy")
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    return Table(columns, note=f"a learner: mean steps over {TRIALS} starts with its interval of 95 %, its policy")


def _path(rounds: tuple[tuple[float, ...], ...]) -> Table:
    names = ("position", "velocity", "lean", "spin", "constant")
    columns = {name: [one[k] for one in rounds] for k, name in enumerate(names)}
    return Table(columns, note="a round of the cross-entropy method: the weights in its middle")


def _measured(params: Parameters, cart: Cart, leans: list[leaning.Lean]) -> dict[str, float]:
    held = [one for one in leans if one.held]
    top, lean = leaning.ceiling(cart)
    numbers = {"ceiling": top, "ceiling_lean": lean, "held": float(len(held))}
    numbers["off_law"] = max(abs(one.acceleration / one.equivalent - 1) for one in held)
    numbers["off_parabola"] = max(one.stray / one.distance for one in held)
    numbers["largest_held"] = max(abs(one.lean) for one in held)
    numbers["beyond"] = max(one.steps for one in leans if abs(one.aim) > lean)
    one = max(held, key=lambda each: each.lean)
    numbers["predicted"], numbers["at_wall"] = leaning.wall(cart, one, 2 * params.track)
    numbers["moved"] = leaning.moving(cart, 3.0, leaning.STEPS)
    return numbers


@claim("A cart that holds a lean accelerates by g tan θ, within 1 %")
def equivalence(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Over the second half of ten seconds, of every lean that was held; value: the largest share that is off."""
    asked = result.numbers["ceiling"] < 25  # from there on the pole trembles too much under single pushes
    return (result.numbers["off_law"] < 0.01 if asked else None), result.numbers["off_law"]


@claim("Its positions follow ½ a t² within 1 % of the way")
def parabola(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of every lean that was held; value: the largest root-mean-square stray, as a share of ½ a t²."""
    return result.numbers["off_parabola"] < 0.01, result.numbers["off_parabola"]


@claim("No lean beyond arctan(F / ((M + m) g)) is held: those who aim at one fall")
def ceiling_holds(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Less friction; value: the largest lean that was held, as a share of that."""
    share = result.numbers["largest_held"] / result.numbers["ceiling_lean"]
    return share < 1 and result.numbers["beyond"] < leaning.STEPS, share


@claim("A leaning cart that starts at one wall meets the other after √(2 d/a) seconds, within 5 %")
def wall_is_met(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From rest, at its lean already; value: seconds run over seconds predicted."""
    ratio = result.numbers["at_wall"] / result.numbers["predicted"]
    return abs(ratio - 1) < 0.05, ratio


@claim("Without friction of the track a cart at 3 m/s leans from first to last as one that starts at rest")
def inertial(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """For a policy that looks at lean and spin alone; value: the largest difference of lean, rad."""
    return (result.numbers["moved"] < 1e-9 if params.friction_cart == 0 else None), result.numbers["moved"]


@claim("Between walls nothing accelerates for ever: no policy on the map does, and lasts")
def walls_rule_out(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Where 0.15 m/s² would cross the track in the time there is; value: the share of policies that do."""
    share = float(np.mean(np.array(result.tables["map"].columns["kind"]) == KINDS.index("constant acceleration")))
    way = 0.15 * (params.steps * 0.02) ** 2 / 2
    return (share == 0 if not params.unlimited and way > 2 * params.track else None), share


@claim("The still class survives the bounded track: the linear regulator lasts through every step")
def still_survives(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From 99 of 100 starts, where 8° are allowed to either side; value: its mean share of the steps."""
    mean = learner(result, "lqr") / params.steps
    asked = not params.unlimited and min(params.lean_left, params.lean_right) >= 8
    return (mean > 0.99 if asked else None), mean


@claim("Trained agents that accelerate steadily do so by g tan θ, within 1 %, and below the ceiling")
def agents_obey(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of the packaged agents that lean by 1° or more; value: the largest share that is off."""
    off = result.numbers["agents_off_law"]
    return off < 0.01 and result.numbers["agents_ceiling"] < 1, off


@claim(
    "Without walls, and free to lean to one side, agents that see lean and spin alone nearly all accelerate for ever"
)
def the_blind_accelerate(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Three quarters of them and more; value: their share."""
    share = result.numbers["accelerating_blind"]
    return share >= 0.75, share


@claim("Between walls hardly an agent keeps an acceleration, and most stand still")
def agents_between_walls(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Fewer than one of a hundred do; value: the share that stands still."""
    share = result.numbers["still_walled"]
    return result.numbers["accelerating_walled"] < 0.01 and share > 0.5, share


@claim("An agent that leans meets a wall when its lean says so, half of them within 5 %")
def agents_meet_walls(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """On 2.4 m, begun in their own motion; value: the median of the share that is off."""
    return result.numbers["agents_off_wall"] < 0.05, result.numbers["agents_off_wall"]


@claim("As the limit on the right shrinks, agents give up accelerating: at 0.06 rad nine of ten stand still")
def curriculum_stills(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the share that stands still after the curriculum."""
    share = result.numbers["still_after_curriculum"]
    return share >= 0.9, share


@claim("Clusters of the agents' motions, found without names, each hold one class")
def clusters_are_classes(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Nine of ten agents are of their cluster's class; value: their share."""
    return result.numbers["clustered"] > 0.9, result.numbers["clustered"]


def learner(result: Result, key: str) -> float:
    """Its mean steps."""
    table = result.tables["learners"].columns
    return float(table["mean"][list(table["key"]).index(key)])


def _result(params: Parameters, tables: dict[str, Table], numbers: dict[str, float]) -> Result:
    tables = dict(tables)
    return Result(
        figures=_figures(params, tables, numbers),
        tables=tables,
        numbers=numbers,
        sentences=_sentences(params, tables, numbers),
    )


def _figures(
    params: Parameters, tables: dict[str, Table], numbers: dict[str, float]
) -> dict[str, Lines | Points | Matrix | Intervals]:
    every = tables["map"].columns
    mean = np.reshape(every["mean"], (CELLS, CELLS))
    across, up = np.array(every["across"])[:CELLS], np.array(every["up"])[::CELLS]
    rows, columns = slice(None, None, -4), slice(0, None, 4)
    all_last = float(np.mean(mean == params.steps))
    leans, learners = tables["leans"].columns, tables["learners"].columns
    held = [k for k, steps in enumerate(leans["steps"]) if steps == leaning.STEPS]
    curve = np.linspace(-1.0, 1.0, 81) * numbers["ceiling"]
    return {
        "Lean against acceleration": Points(
            alt=f"Carts that lean accelerate by g tan θ within {numbers['off_law']:.2%}; none holds a lean beyond "
            f"{math.degrees(numbers['ceiling_lean']):.0f}°.",
            x_axis=Axis(label="acceleration", unit="m/s²"),
            y_axis=Axis(label="mean lean", unit="°"),
            x=tuple(leans["acceleration"][k] for k in held),
            y=tuple(math.degrees(leans["lean"][k]) for k in held),
            lines=(
                Line(name="arctan(a/g)", x=tuple(curve), y=tuple(np.degrees(np.arctan(curve / 9.8))), role="other"),
            ),
            marks=(Mark(label="F / (M + m)", x=numbers["ceiling"], role="other"),),
        ),
        "Return of linear policies": Matrix(
            alt=f"Of the policies on the map {all_last:.0%} last through all {params.steps} steps from every start.",
            rows=tuple(f"{params.plane} {value:.2f}".replace("-", "−") for value in up[rows]),
            columns=tuple(f"{value:.2f}".replace("-", "−") for value in across[columns]),
            values=tuple(tuple(map(float, row)) for row in mean[rows, columns]),
            unit="mean steps, by the weight of velocity",
        ),
        "Steps of each learner": Intervals(
            alt=f"The linear regulator lasts {_steps(learners, 'lqr')} of {params.steps} steps"
            + "".join(
                f", {name} {_steps(learners, key)}"
                for key, name in zip(learners["key"], learners["name"], strict=True)
                if key != "lqr"
            )
            + ".",
            axis=Axis(label="mean steps", unit=f"over {TRIALS} starts"),
            labels=tuple(learners["name"]),
            centre=tuple(learners["mean"]),
            low=tuple(learners["low"]),
            high=tuple(learners["high"]),
            null=float(params.steps),
        ),
    }


def _steps(learners: Any, key: str) -> str:
    return f"{learners['mean'][list(learners['key']).index(key)]:.0f}" if key in learners["key"] else "not yet"


def _sentences(params: Parameters, tables: dict[str, Table], numbers: dict[str, float]) -> tuple[str, ...]:
    counts = np.bincount(tables["map"].columns["kind"], minlength=len(KINDS))
    lasting = [f"{name} {count}" for count, name in zip(counts[:-1], KINDS, strict=False) if count]
    of_map = f"Motions of the {CELLS**2} policies on the map: {', '.join(lasting)}" if lasting else "No policy lasts"
    top = math.degrees(numbers["ceiling_lean"])
    return (
        f"{of_map}; {counts[-1]} fall or meet a wall before {params.steps} steps from some start.",
        f"The force holds leans up to {top:.1f}°, at {numbers['ceiling']:.2f} m/s²; a cart that leans by "
        f"{math.degrees(numbers['largest_held']):.1f}° crosses a track of {2 * params.track:g} m in "
        f"{numbers['at_wall']:.2f} s.",
    )
