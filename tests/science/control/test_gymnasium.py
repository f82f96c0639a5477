"""The cart and pole beside Gymnasium's CartPole-v1, step by step over more than a million steps."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from cutaway.science.control import INTEGRATORS, Cart, Carts, Limits, step

ULP = 2.0**-52
MANY, LONG = 1000, 1024


def vectorised(n: int, integrator: str, seed: int) -> Any:
    env = gymnasium.make_vec("CartPole-v1", num_envs=n, vectorization_mode="vector_entry_point")
    env.unwrapped.kinematics_integrator = integrator
    env.reset(seed=seed)
    return env.unwrapped


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_a_step_has_every_bit_of_gymnasiums_over_a_million_steps(integrator: Any) -> None:
    env, cart = vectorised(MANY, integrator, 1), Cart(integrator=integrator)
    rng = np.random.default_rng(2)
    for _ in range(LONG):
        before, begun = env.state.T.copy(), env.prev_done
        actions = rng.integers(0, 2, MANY)
        env.step(actions)
        after = step(cart, before, np.where(actions == 1, 1.0, -1.0))
        assert (after[~begun] == env.state.T[~begun]).all()


def test_a_step_has_every_bit_of_the_single_environments() -> None:
    env = gymnasium.make("CartPole-v1").unwrapped
    rng, limits = np.random.default_rng(3), Limits()
    env.reset(seed=4)
    for _ in range(5000):
        before, action = np.array(env.state), int(rng.integers(0, 2))
        seen, _, terminated, _, _ = env.step(action)
        after = step(Cart(), before, 2.0 * action - 1.0)
        assert (after == env.state).all()
        assert (after.astype(np.float32) == seen).all()
        inside = limits.left <= after[0] <= limits.right and limits.lean_left <= after[2] <= limits.lean_right
        assert terminated == (not inside)
        if terminated:
            env.reset()


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_the_engine_takes_the_same_episodes_over_a_million_steps(integrator: Any) -> None:
    """Rewards, ends and resets are the same; states drift apart by rounding alone until the episode's end."""
    env = vectorised(MANY, integrator, 5)
    carts = Carts(MANY, Cart(integrator=integrator))
    carts.states = env.state.T
    rng, apart, ended = np.random.default_rng(6), 0.0, 0
    for _ in range(LONG):
        begun, actions = env.prev_done.copy(), rng.integers(0, 2, MANY)
        seen, rewards, terminated, truncated, _ = env.step(actions)
        found = carts.step(actions)
        assert (found.rewards == rewards).all() and found.rewards.dtype == rewards.dtype
        assert (found.terminated == terminated).all()
        assert (found.truncated == truncated).all()
        states = carts.states
        apart = max(apart, float(abs(states - env.state.T)[~begun].max()))
        states[begun] = env.state.T[begun]
        carts.states = states  # its starts are its own
        assert abs(found.states - seen)[~begun].max() < 1e-6
        ended += int(terminated.sum())
    assert ended > 40_000
    assert apart < 1e-13


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_one_step_of_the_engine_is_gymnasiums_to_an_ulp(integrator: Any) -> None:
    env = vectorised(MANY, integrator, 7)
    carts = Carts(MANY, Cart(integrator=integrator))
    rng, equal, steps = np.random.default_rng(8), 0, 0
    for _ in range(LONG):
        carts.states = env.state.T
        begun, actions = env.prev_done.copy(), rng.integers(0, 2, MANY)
        env.step(actions)
        carts.step(actions)
        ours, theirs = carts.states[~begun], env.state.T[~begun]
        assert (abs(ours - theirs) <= ULP * np.maximum(1, abs(theirs))).all()
        equal, steps = equal + int((ours == theirs).all(axis=1).sum()), steps + len(ours)
    assert steps > 900_000
    assert equal > 0.98 * steps


def test_an_episode_is_truncated_where_gymnasiums_is() -> None:
    env, carts = vectorised(50, "euler", 9), Carts(50)
    carts.states = env.state.T
    for t in range(502):
        x, v, lean, w = carts.states.T
        actions = (0.5 * v + 3 * lean + w + 0.1 * x > 0).astype(np.int64)
        _, rewards, terminated, truncated, _ = env.step(actions)
        found = carts.step(actions)
        assert (found.truncated == truncated).all() and truncated.all() == (t == 499)
        assert (found.rewards == rewards).all() and not terminated.any() and not found.terminated.any()
