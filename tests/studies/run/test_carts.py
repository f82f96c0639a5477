"""The stored carts: what is said of them is what they do, it obeys the physics, and it is found again by training."""

from __future__ import annotations

import sys
from collections import Counter
from math import degrees, inf, radians
from pathlib import Path

import numpy as np
import pytest

from cutaway.science.control import (
    KINDS,
    ActorCritic,
    Cart,
    Limits,
    Reinforce,
    actor_critic,
    described,
    equivalent_lean,
    invariants,
    kind,
    random_starts,
    reinforce,
    sliding,
    trajectory,
    verdict,
)
from cutaway.studies.run.carts import LEARNERS, OBSERVED, SENSES, Agent, agents, shares

sys.path.append(str(Path(__file__).parents[3] / "tools"))

import train_carts

CART = Cart()
FREE = Limits(-inf, inf, -0.06, radians(30))
LEAN = ("lean", "spin")


def chosen(**wanted: object) -> list[Agent]:
    """The agents of the grid, not of the curriculum, with these limits, senses or learner."""
    out = [one for one in agents() if one.parent < 0]
    for name, value in wanted.items():
        at = [value == (getattr(one, name) if hasattr(one, name) else getattr(one.limits, name)) for one in out]
        out = [one for one, fits in zip(out, at, strict=True) if fits]
    return out


def test_there_are_hundreds_by_three_learners_under_a_grid_of_limits() -> None:
    found = agents()
    assert len(found) > 600
    assert [one.number for one in found] == list(range(len(found)))
    assert {one.learner for one in found} == set(LEARNERS)
    cells = Counter((one.learner, one.limits, " ".join(one.sees)) for one in chosen())
    assert {cell[2] for cell in cells} == set(SENSES)
    assert Counter(learner for learner, _, _ in cells) == dict.fromkeys(LEARNERS, 24)
    assert min(cells.values()) >= 3
    assert {one.kind for one in found} <= set(KINDS)
    for one in found:
        assert one.parent < one.number
        if "x" not in one.sees:
            weights = one.policy.parameters
            assert weights[0] == 0 if one.policy.kind == "linear" else not weights[: one.policy.hidden].any()


def test_every_agent_still_does_what_its_invariants_say() -> None:
    for one in agents():
        if one.invariants is None:
            continue
        start = random_starts(one.limits, 8, seed=OBSERVED)[one.start]
        motion = trajectory(CART, one.limits, one.policy, start, 1000)
        steps = len(motion.push)
        found = invariants(CART, motion, steps // 2, steps)
        assert kind(CART, found) == one.kind, one.number
        for name in ("velocity", "acceleration", "lean", "equivalent", "sway", "position"):
            stored = getattr(one.invariants, name)
            assert getattr(found, name) == pytest.approx(stored, rel=1e-4, abs=1e-5), (one.number, name)


def test_some_are_looked_at_anew_from_every_side() -> None:
    for one in agents()[::40]:
        found = described(CART, one.limits, one.policy, seed=OBSERVED)
        assert found.kind == one.kind
        for name in ("agreement", "start", "survival", "length", "steps", "wall_steps", "wall_share", "settled_steps"):
            stored = getattr(one, name)
            assert getattr(found, name) == pytest.approx(stored, rel=1e-6, nan_ok=True), (one.number, name)


def test_a_constant_acceleration_is_g_tan_lean_within_1_percent() -> None:
    found = [one for one in agents() if one.kind == "constant acceleration"]
    assert len(found) > 50
    assert {one.learner for one in found} == set(LEARNERS)
    for one in found:
        assert one.invariants
        laws = verdict(CART, one.invariants)
        assert laws.equivalence < 0.01
        assert laws.newton < 0.01
        assert laws.parabola < 0.02
        assert laws.ceiling < 1
        lean = equivalent_lean(CART, one.invariants.acceleration)
        assert one.invariants.lean == pytest.approx(lean, rel=0.02)


def test_who_sees_lean_and_spin_alone_accelerates_to_the_lenient_side_if_the_track_lets_it() -> None:
    """All of them by each learner, with the lean on the side of 30°; with ends to the track none does."""
    free = chosen(left=-inf, lean_left=-0.06, lean_right=radians(30), sees=LEAN)
    assert {one.learner for one in free} == set(LEARNERS)
    accelerating = [one for one in free if one.kind == "constant acceleration"]
    assert len(accelerating) >= 0.9 * len(free)
    assert all(one.invariants and 0.03 < one.invariants.lean < radians(30) for one in accelerating)
    walled = [one for one in agents() if one.limits.right == 2.4]
    assert len(walled) > 300
    assert "constant acceleration" not in {one.kind for one in walled}


def test_shrinking_limits_give_the_one_that_stands_still() -> None:
    for sees in (LEAN, ("velocity", "lean", "spin")):
        line = [one for one in agents() if one.parent >= 0 and one.sees == sees]
        last = [one for one in line if one.limits.lean_right == 0.06]
        assert len(last) >= 16
        assert np.mean([one.kind == "still" for one in last]) > 0.9
        leans = [
            np.median([abs(one.invariants.lean) for one in line if one.invariants and one.limits.lean_right == right])
            for right in sorted({one.limits.lean_right for one in line})
        ]
        if sees == LEAN:
            assert np.all(np.diff(leans) > 0), [degrees(each) for each in leans]


def test_uniform_velocity_is_found_where_velocity_is_seen_and_position_is_not() -> None:
    found = [one for one in chosen(left=-inf) if one.kind == "uniform velocity"]
    assert len(found) > 20
    assert np.mean([one.sees == ("velocity", "lean", "spin") for one in found]) > 0.8
    for one in found:
        assert one.invariants
        assert abs(one.invariants.acceleration) * one.invariants.seconds < 0.2
        assert abs(one.invariants.lean) < radians(0.2)


def test_limit_cycles_come_back() -> None:
    found = [one for one in agents() if one.kind == "limit cycle"]
    assert len(found) >= 10
    for one in found:
        assert one.invariants
        assert one.invariants.recurrence >= 0.7
        assert 1 < one.invariants.period < 6


def test_a_cluster_found_without_the_names_has_mostly_one_name() -> None:
    labels = {one.cluster for one in agents()} - {-1}
    assert len(labels) >= 4
    names = {}
    for label in labels:
        kinds = Counter(one.kind for one in agents() if one.cluster == label)
        name, count = kinds.most_common(1)[0]
        assert count >= 0.75 * kinds.total(), (label, kinds)
        names[label] = name
    assert names[0] == "still"
    assert {"still", "uniform velocity", "constant acceleration"} <= set(names.values())


def test_a_wall_ends_an_acceleration_in_seconds_and_no_still_pole() -> None:
    accelerating = [one for one in agents() if one.kind == "constant acceleration"]
    assert all(one.wall_share > 0.8 or one.wall_steps < 1000 for one in accelerating)
    assert max(one.wall_steps for one in accelerating) * CART.tau < 20
    seconds = np.array([[one.settled_steps * CART.tau, one.predicted] for one in accelerating])
    assert np.median(np.abs(seconds[:, 0] / seconds[:, 1] - 1)) < 0.05
    still = [one for one in agents() if one.kind == "still"]
    assert np.median([one.wall_steps for one in still]) * CART.tau > 50


def test_the_weights_alone_foretell_the_velocity_and_the_acceleration() -> None:
    for held, least in (("acceleration", 0.9), ("velocity", 0.95)):
        pairs = []
        for one in agents():
            if one.policy.kind == "linear" and one.limits.unlimited and one.invariants:
                found = sliding(CART, one.policy.parameters)
                if found.held == held and found.rests and found.rates[0].real < -0.3:
                    pairs.append((found.value, getattr(one.invariants, held)))
        assert len(pairs) > 60
        assert np.corrcoef(np.array(pairs).T)[0, 1] > least


def test_shares_have_intervals() -> None:
    found = shares(agents())
    assert tuple(one.kind for one in found) == KINDS
    assert sum(one.count for one in found) == len(agents())
    assert all(one.low <= one.count / one.n <= one.high for one in found)


@pytest.mark.parametrize(
    ("limits", "sees", "expected"),
    [
        (FREE, LEAN, "constant acceleration"),
        (Limits(-2.4, 2.4, -radians(12), radians(12)), LEAN, "still"),
        (Limits(-inf, inf, -0.06, 0.06), LEAN, "still"),
    ],
    ids=["free and lenient", "CartPole-v1", "strict"],
)
def test_trained_anew_they_are_of_the_same_class(limits: Limits, sees: tuple[str, ...], expected: str) -> None:
    found = []
    for seed in range(3):
        policy, _ = train_carts.searched(limits, sees, seed)
        stored = next(
            one for one in agents() if (one.learner, one.limits, one.sees, one.seed) == ("cem", limits, sees, seed)
        )
        found.append(described(CART, limits, policy, seed=OBSERVED).kind)
        assert found[-1] == stored.kind
    assert found.count(expected) >= 2


@pytest.mark.slow
def test_networks_trained_anew_by_gradients_accelerate_too() -> None:
    """At a smaller budget than the file's, from seeds that it does not have; one of two may not have learnt it yet."""
    by_returns = [reinforce(CART, FREE, Reinforce(iterations=100, sees=LEAN), seed=seed) for seed in (11, 16)]
    by_critic = [actor_critic(CART, FREE, ActorCritic(iterations=25, sees=LEAN), seed=seed) for seed in (12, 13)]
    for trainings in (by_returns, by_critic):
        found = [described(CART, FREE, training.policy) for training in trainings]
        accelerating = [one.invariants for one in found if one.kind == "constant acceleration"]
        assert accelerating
        assert all(one and verdict(CART, one).equivalence < 0.01 for one in accelerating)
