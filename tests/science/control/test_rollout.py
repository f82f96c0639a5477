from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    Cart,
    Limits,
    linear,
    lqr,
    neural,
    neural_size,
    pushes,
    random_starts,
    rollout,
    step,
    trajectories,
    trajectory,
)

KEEPS = linear([0.0, 0.5, 3.0, 1.0, 0.0])


def test_a_trajectory_is_the_episode_that_rollout_ran() -> None:
    rng = np.random.default_rng(1)
    policies = neural(rng.normal(size=(6, neural_size(5))), 5, activation="tanh")
    many = rollout(Cart(), Limits(), policies, 20, seed=3)
    states, _, ends = trajectories(Cart(), Limits(), policies, 20, seed=3)
    starts = random_starts(Limits(), 20, seed=3)
    for p in range(6):
        for j in range(20):
            length = many.lengths[p, j]
            assert (states[p, j, length] == many.finals[p, j]).all()
            assert np.isnan(states[p, j, length + 1 :]).all()
        one = trajectory(Cart(), Limits(), policies[p], starts[7])
        assert len(one.push) == many.lengths[p, 7]
        assert (one.states[-1] == many.finals[p, 7]).all()
    assert (ends == many.ends).all()


def test_policies_push_where_pushes_says() -> None:
    rng = np.random.default_rng(2)
    for policy in (
        neural(rng.normal(size=neural_size(7)), 7, activation="tanh"),
        neural(rng.normal(size=neural_size(7)), 7),
        linear(rng.normal(size=5)),
        linear([0.3, 0.2, 5.0, 1.0, 0.01], choice="force"),
    ):
        one = trajectory(Cart(), Limits(-9, 9, -9, 9), policy, seed=2, steps=60)
        assert one.push == pytest.approx(pushes(policy, one.states[:-1]), abs=1e-12)


def test_states_follow_from_step() -> None:
    one = trajectory(Cart(), Limits(), KEEPS, seed=1)
    assert one.end == "steps"
    assert len(one.push) == 500
    assert step(Cart(), one.states[:-1], one.push) == pytest.approx(one.states[1:], abs=1e-15)


def test_the_regulator_keeps_the_pole_up_by_sign_and_by_force() -> None:
    gain = lqr(Cart())
    assert rollout(Cart(), Limits(), linear([*gain, 0.0]), 1000, seed=1).lasted.all()
    held = rollout(Cart(), Limits(), linear([*gain, 0.0], choice="force"), 1000, seed=1)
    assert held.lasted.all()
    assert abs(held.finals).max() < 1e-6


@pytest.mark.parametrize("starts", [0, np.zeros((2, 3)), [[0, 0, 0, np.nan]]], ids=["none", "three", "nan"])
def test_starts_that_cannot_be_are_named(starts: object) -> None:
    with pytest.raises(InputError, match=r"^starts: rollout expected"):
        rollout(Cart(), Limits(), KEEPS, starts)  # type: ignore[arg-type]
