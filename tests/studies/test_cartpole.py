"""The study of cart and pole: its map, its leaning carts and its learners, its claims, and the browser's fixture."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.science import control
from cutaway.studies import cartpole
from cutaway.studies.cartpole import CELLS, Parameters, cart_of, limits_of
from cutaway.studies.run import cart_leans as leaning
from cutaway.studies.run import cart_learners as learning
from cutaway.studies.run.cart_classes import KINDS, population
from cutaway.studies.run.carts import OBSERVED
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(cartpole)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "cartpole.json"
ENDLESS = Parameters(seed=3, unlimited=True, lean_left=30.0, lean_right=30.0)


@cache
def outcome() -> Outcome:
    return STUDY.run(seed=3)


def test_kinds_are_those_of_science() -> None:
    assert KINDS == control.KINDS


def test_every_claim_holds_at_another_seed() -> None:
    assert [claim.text for claim in outcome().claims if claim.holds is not True] == []


def test_the_map_is_that_of_single_episodes() -> None:
    params = STUDY.parameters({"seed": 3})
    cart, limits = cart_of(params), limits_of(params)
    table = outcome().result.tables["map"].columns
    starts = control.random_starts(limits, cartpole.STARTS, seed=3)
    for place in (0, 100, 20 * CELLS + 16, 25 * CELLS + 30, CELLS**2 - 1):
        weights = np.array([0, table["across"][place], 1, leaning.SPIN, table["up"][place]])
        motions = [control.trajectory(cart, limits, control.linear(weights), start) for start in starts]
        assert table["mean"][place] == np.mean([len(one.push) for one in motions])
        lasted = all(one.end == "steps" for one in motions)
        assert (table["kind"][place] == KINDS.index("fell")) == (not lasted)


def test_a_still_policy_and_a_fallen_one() -> None:
    """In the middle row the constant is 0: some velocity weighed is still, and much of it falls."""
    table = outcome().result.tables["map"].columns
    kinds = np.reshape(table["kind"], (CELLS, CELLS))
    assert (kinds[CELLS // 2, 12:20] == KINDS.index("still")).all()
    assert (kinds[[0, -1]] == KINDS.index("fell")).all()


def test_without_walls_the_map_has_every_inertial_frame() -> None:
    """A constant beside a weight of velocity: a uniform velocity; beside none: an acceleration for ever."""
    found = cartpole.mapped(ENDLESS, cart_of(ENDLESS), limits_of(ENDLESS)).columns
    kinds = np.reshape(found["kind"], (CELLS, CELLS))
    up, across = np.array(found["up"])[::CELLS], np.array(found["across"])[:CELLS]
    leaning_row, some = np.abs(np.abs(up) - 0.2) < 0.11, (across > 0.1) & (across < 0.25)
    assert (kinds[np.ix_(leaning_row, some)] == KINDS.index("uniform velocity")).mean() > 0.9
    blind = np.abs(across) < 1e-12
    assert (kinds[np.ix_(leaning_row, blind)] == KINDS.index("constant acceleration")).all()


def test_a_leaning_cart_by_hand() -> None:
    """What is told of one lean is what its states say."""
    cart = control.Cart()
    one = next(each for each in leaning.leans(cart) if each.held and each.lean > 0)
    limits = control.Limits(-math.inf, math.inf, -1.4, 1.4, leaning.STEPS)
    motion = control.trajectory(cart, limits, control.linear(np.array(leaning.weights(one.aim))), np.zeros(4))
    half = slice(leaning.STEPS // 2, None)
    line = np.polynomial.Polynomial.fit(motion.time[half], motion.velocity[half], 1).convert()
    assert one.acceleration == pytest.approx(line.coef[1], rel=1e-9)
    assert one.lean == pytest.approx(motion.lean[half].mean(), rel=1e-9)
    assert math.tan(one.lean) * cart.gravity == pytest.approx(one.acceleration, rel=0.01)


def test_the_ceiling_leaves_out_what_the_track_rubs_off() -> None:
    assert leaning.ceiling(control.Cart())[0] == pytest.approx(10 / 1.1)
    assert leaning.ceiling(control.Cart(friction_cart=0.1))[0] == pytest.approx(10 / 1.1 - 0.98)
    rubbed = leaning.leans(control.Cart(friction_cart=0.1))
    assert all(one.held == (abs(one.aim) < leaning.ceiling(control.Cart(friction_cart=0.1))[1]) for one in rubbed)


def test_friction_of_the_track_tells_frames_apart() -> None:
    assert leaning.moving(control.Cart(), 3.0, 500) == 0.0
    assert leaning.moving(control.Cart(friction_cart=0.1), 3.0, 500) > 1e-3


def test_learners_hand_over_what_they_run() -> None:
    table = outcome().result.tables["learners"].columns
    assert table["key"] == list(learning.NAMES) and set(learning.NAMES) < set(cartpole.DRIVERS)
    params = STUDY.parameters({"seed": 3})
    for name, low, high, mean, text in zip(
        *(table[column] for column in ("name", "low", "high", "mean", "policy")), strict=True
    ):
        assert 0 <= low <= mean <= high <= params.steps, name
        again = read(json.loads(text))
        found = learning.tried(cart_of(params), limits_of(params), again, cartpole.TRIALS, params.seed + 1)
        assert found == (mean, low, high), name


def test_learners_learn() -> None:
    """Each lasts far longer than pushes at random do, some twenty steps."""
    table = outcome().result.tables["learners"].columns
    assert min(table["mean"]) > 60 and max(table["mean"]) == 500


def test_every_agent_is_handed_over_as_it_is_packaged() -> None:
    table = outcome().result.tables["agents"].columns
    assert table["agent"] == list(range(cartpole.AGENTS)) and len(population()) == cartpole.AGENTS
    for one, text, kind, right in zip(
        population(), *(table[name] for name in ("policy", "kind", "lean_right")), strict=True
    ):
        again = read(json.loads(text))
        assert again.kind == one.policy.kind
        assert (again.parameters.astype(np.float32) == one.policy.parameters).all()
        assert KINDS[kind] == one.kind
        assert math.radians(right) == pytest.approx(one.limits.lean_right, abs=1e-3)


def test_an_agent_that_leans_by_its_states() -> None:
    """The packaged invariants are those of its motion, and obey a = g tan θ."""
    cart = control.Cart()
    leans = [one for one in population() if one.kind == "constant acceleration"]
    assert len(leans) > 50
    for one in leans[::9]:
        motion = control.observed(cart, one.limits, one.policy, seed=OBSERVED)[one.start]
        a = np.polynomial.Polynomial.fit(motion.time[500:1001], motion.velocity[500:1001], 1).convert().coef[1]
        assert a == pytest.approx(cart.gravity * math.tan(motion.lean[500:1001].mean()), rel=0.03)
        assert one.invariants is not None and one.invariants.acceleration == pytest.approx(a, rel=1e-6)


def test_sentences_and_claims_can_be_otherwise() -> None:
    params, result = Parameters(), outcome().result
    numbers = dict(result.numbers) | {
        "off_law": 0.02, "off_parabola": 0.02, "largest_held": 2.0, "at_wall": 99.0, "moved": 0.1,
        "agents_off_law": 0.02, "accelerating_blind": 0.5, "accelerating_walled": 0.1, "agents_off_wall": 0.1,
        "still_after_curriculum": 0.5, "clustered": 0.5,
    }  # fmt: skip
    columns = dict(result.tables["map"].columns)
    columns["kind"] = [KINDS.index("constant acceleration")] * CELLS**2
    learners = dict(result.tables["learners"].columns)
    learners["mean"] = [20.0] * len(learners["mean"])
    tables = {name: type(table)(dict(table.columns), table.note) for name, table in result.tables.items()}
    tables["map"] = type(tables["map"])(columns)
    tables["learners"] = type(tables["learners"])(learners)
    wrong = replace(result, numbers=numbers, tables=tables)
    failed = {each.__name__: each(params, wrong)[0] for each in STUDY.claims}
    assert {name for name, holds in failed.items() if holds is not False} == set()


def read(given: dict[str, Any]) -> control.Policy:
    """The policy that was written as plain values."""
    if "weights" in given:
        return control.linear(np.array(given["weights"]))
    if "edges" in given:
        values = np.array([1.0 if each == "1" else -1.0 for each in given["right"]])
        return control.Policy("table", values, edges=tuple(np.array(cut) for cut in given["edges"]))
    return control.neural(np.array(given["parameters"]), given["hidden"], activation=given["activation"])


def policies() -> dict[str, control.Policy]:
    """One of each kind, made without training."""
    rng = np.random.default_rng(7)
    both = np.array([0.1, 0.2, 1.0, 0.3, 0.0])
    mirrored = np.column_stack([both, -both])  # relu(z) - relu(-z) is z
    net = np.concatenate([mirrored[:4].ravel(), mirrored[4], np.array([[-1.0, 1.0], [1.0, -1.0]]).ravel(), [0, 0]])
    edges = (np.array([-0.5, 0.5]), np.array([0.0]), np.linspace(-0.15, 0.15, 7), np.linspace(-0.8, 0.8, 9))
    centres = [np.concatenate([cut - 1e-3, cut[-1:] + 1e-3]) for cut in edges]
    middles = np.stack(np.meshgrid(*centres, indexing="ij"), axis=-1).reshape(-1, 4)
    return {
        "linear": control.linear(both),
        "relu": control.neural(net, 2),
        "tanh": control.neural(rng.normal(size=control.neural_size(6)), 6, activation="tanh"),
        "table": control.Policy("table", middles @ [0.05, 0.1, 1.0, 0.3], edges=edges),
    }


def fixture() -> dict[str, Any]:
    """What the browser must find, from science alone."""
    rng = np.random.default_rng(0)
    carts = (
        control.Cart(),
        control.Cart(integrator="semi-implicit"),
        control.Cart(mass_cart=0.5, mass_pole=0.5, force=20, friction_cart=0.1, friction_pole=0.01),
        control.Cart(friction_cart=0.05, half_length=0.8, tau=0.01),
    )
    steps = []
    for cart in carts:
        states = rng.uniform(-1, 1, (30, 4)) * [2.4, 4, 1.2, 8]
        states[-1, 3] = 40.0  # so fast that the pole lifts the cart
        pushes = rng.choice([-1.0, 0.0, 1.0, 0.4], 30)
        steps.append(
            {
                "cart": in_browser(cart),
                "ceiling": leaning.ceiling(cart)[0],
                "states": states.tolist(),
                "pushes": pushes.tolist(),
                "next": control.step(cart, states, pushes).tolist(),
            }
        )
    chosen = policies()
    at = rng.uniform(-1, 1, (40, 4)) * [1, 1, 0.2, 1]
    told = [
        {"text": text(policy), "states": at.tolist(), "pushes": control.pushes(policy, at).tolist()}
        for policy in chosen.values()
    ]
    lean = control.linear(np.array(leaning.weights(0.3)))
    settings: tuple[tuple[str, dict[str, Any], control.Policy, list[float]], ...] = (
        ("linear", {}, chosen["linear"], [0, 0, 0.03, 0]),
        ("long", {"steps": 2000, "unlimited": True, "friction_pole": 0.001}, chosen["linear"], [0, 2.0, 0.05, 0]),
        (
            "leaning",
            {"unlimited": True, "lean_right": 45.0},
            lean,
            [0, 0, 0, 0],
        ),
        ("walled", {"lean_right": 45.0, "lean_left": 45.0}, lean, [0, 0, 0.2, 0]),
        ("relu", {"mass_pole": 0.3, "friction_cart": 0.02}, chosen["relu"], [0.1, 0, -0.05, 0]),
        ("tanh", {"lean_left": 20.0}, chosen["tanh"], [0, 0, 0.02, 0.1]),
        ("table", {"force": 8.0}, chosen["table"], [0, 0, 0.04, 0]),
    )
    return {"steps": steps, "policies": told, "courses": [run(*each) for each in settings]}


def run(name: str, given: dict[str, Any], policy: control.Policy, start: list[float]) -> dict[str, Any]:
    params = STUDY.parameters(given)
    cart, limits = cart_of(params), limits_of(params)
    motion = control.trajectory(cart, limits, policy, np.array(start, float))
    length = len(motion.push)
    kept = control.invariants(cart, motion, length // 2) if length - length // 2 >= 20 else None
    return {
        "name": name,
        "params": {one: value for one, value in asdict(params).items() if not isinstance(value, str)},
        "text": text(policy),
        "start": start,
        "length": length,
        "end": motion.end,
        "every": 25,
        "states": motion.states[::25].tolist(),
        "right": int((motion.push > 0).sum()),
        "kept": kept and {"lean": kept.lean, "velocity": kept.velocity, "acceleration": kept.acceleration},
    }


def in_browser(cart: control.Cart) -> dict[str, Any]:
    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(each.capitalize() for each in rest)

    told = {camel(name): value for name, value in asdict(cart).items() if name != "integrator"}
    return told | {"semiImplicit": cart.integrator == "semi-implicit"}


def text(policy: control.Policy) -> str:
    return json.dumps(learning.written(policy))


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), absolute=1e-9)
