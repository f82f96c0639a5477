from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.threads import alone
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
from cutaway.science.control.motion_kernel import sine_cosine
from cutaway.science.control.rollout_kernel import squashed

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


def test_an_episode_does_not_depend_on_those_beside_it_nor_on_the_threads() -> None:
    rng = np.random.default_rng(3)
    policies = neural(rng.normal(size=(40, neural_size(5))), 5, choice="sampled")
    many = rollout(Cart(), Limits(), policies, 100, seed=2)
    with alone():
        alike = rollout(Cart(), Limits(), policies, 100, seed=2)
    assert (many.lengths == alike.lengths).all() and (many.finals == alike.finals).all()
    assert len(np.unique(many.lengths)) > 50
    decided = neural(policies.parameters, 5)
    together = rollout(Cart(), Limits(), decided, 100, seed=2)
    starts = random_starts(Limits(), 100, seed=2)
    for p, j in ((0, 0), (7, 93), (39, 99)):
        single = rollout(Cart(), Limits(), decided[p], starts[j : j + 1])
        assert (single.finals[0] == together.finals[p, j]).all()
        assert single.lengths[0] == together.lengths[p, j]


def test_returns_are_discounted_sums_of_a_reward_of_one() -> None:
    plain = rollout(Cart(), Limits(), linear(np.zeros(5)), 50, seed=1)
    assert (plain.returns == plain.lengths).all()
    found = rollout(Cart(), Limits(), linear(np.zeros(5)), 50, seed=1, discount=0.9)
    assert found.returns == pytest.approx([sum(0.9**t for t in range(n)) for n in plain.lengths])
    with pytest.raises(InputError, match="discount: rollout expected a number from 0 to 1, got 2"):
        rollout(Cart(), Limits(), linear(np.zeros(5)), 50, discount=2)


def test_arrays_that_may_not_be_written_to_are_read() -> None:
    weights, starts = np.array([[0.0, 0.5, 3.0, 1.0, 0.0]]), np.zeros((2, 4))
    weights.flags.writeable = starts.flags.writeable = False
    assert rollout(Cart(), Limits(), linear(weights), starts).lasted.all()
    with pytest.raises(InputError, match="policy: rollout expected at least one"):
        rollout(Cart(), Limits(), linear(weights[:0]), starts)


def test_one_policy_is_asked_for_where_there_is_one_trajectory() -> None:
    with pytest.raises(InputError, match=r"policy: trajectory expected one, got shape \(2,\)"):
        trajectory(Cart(), Limits(), linear(np.zeros((2, 5))))


GOLDEN = [
    (
        Cart(integrator="semi-implicit"),
        ("-0x1.c510d5fdfc200p+3", "-0x1.318b01eb07575p+2", "-0x1.617c2b24176d0p+1", "0x1.f3eefdb5a7ae4p-1"),
    ),
    (
        Cart(friction_cart=0.01, friction_pole=0.001),
        ("0x1.fc65345094ec9p-2", "-0x1.fec33400a2ef6p-2", "-0x1.18637ca296a94p+2", "-0x1.abf5c7b5bf7e8p-4"),
    ),
]


@pytest.mark.parametrize(("cart", "end"), GOLDEN, ids=["semi-implicit", "worn"])
def test_every_machine_comes_to_the_same_bits(cart: Cart, end: tuple[str, ...]) -> None:
    """500 chaotic steps of a hanging pole under a network that draws its pushes; SSE2 alone came to the same end."""
    weights = np.random.default_rng(7).integers(-8, 9, neural_size(4)) / 4
    policy = neural(weights, 4, activation="tanh", choice="sampled")
    free = Limits(-np.inf, np.inf, -np.inf, np.inf)
    one = trajectory(cart, free, policy, np.array([0.0, 0.25, 0.125, 0.0]), seed=1)
    assert tuple(float(x).hex() for x in one.states[-1]) == end


@pytest.mark.parametrize("x", [0.2, 0.75, 3.0, 1e5], ids=["near", "quarter", "turn", "many turns"])
def test_sines_and_cosines_are_right_to_two_ulps_and_small_ones_to_half_of_one(x: float) -> None:
    z = np.concatenate([np.random.default_rng(4).uniform(-x, x, 20_000), np.array([0.0, x, -x])])
    sine, cosine = np.array([sine_cosine(one) for one in z]).T
    for found, exact in ((sine, np.sin(z.astype(np.longdouble))), (cosine, np.cos(z.astype(np.longdouble)))):
        off = abs(found - exact) / np.spacing(np.maximum(abs(exact), 2.0**-20).astype(float))
        assert off.max() < (0.53 if x < 0.5 else 1.5 if x < 1e3 else 2.5)


def test_the_hyperbolic_tangent_is_right_to_a_few_ulps() -> None:
    z = np.concatenate([np.random.default_rng(5).normal(size=20_000) * 4, np.linspace(-60, 60, 1001)])
    assert np.array([squashed(one) for one in z]) == pytest.approx(np.tanh(z), rel=2e-15, abs=0)


@pytest.mark.parametrize("starts", [0, np.zeros((2, 3)), [[0, 0, 0, np.nan]]], ids=["none", "three", "nan"])
def test_starts_that_cannot_be_are_named(starts: object) -> None:
    with pytest.raises(InputError, match=r"^starts: rollout expected"):
        rollout(Cart(), Limits(), KEEPS, starts)  # type: ignore[arg-type]
