from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    Cart,
    Limits,
    Policy,
    linear,
    neural,
    neural_size,
    pushes,
    rollout,
    trajectories,
    trajectory,
)

FREE = Limits(-np.inf, np.inf, -np.inf, np.inf, steps=20_000)


def test_a_sampling_policy_pushes_as_often_as_it_says() -> None:
    """Of 20,000 pushes with probability p a share within five standard deviations of p goes right."""
    for logit in (-2.0, 0.0, 1.0):
        p = 1 / (1 + np.exp(-logit))
        flat = np.zeros(neural_size(3))
        flat[-1] = logit
        for policy in (linear([0, 0, 0, 0, logit], choice="sampled"), neural(flat, 3, choice="sampled")):
            right = (trajectory(Cart(), FREE, policy, seed=1).push > 0).mean()
            assert right == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / 20_000))


def test_what_is_sampled_depends_on_the_seed_and_the_episode() -> None:
    policy = linear([np.zeros(5), np.zeros(5)], choice="sampled")
    start = np.zeros((2, 4))
    _, one, _ = trajectories(Cart(), FREE, policy, start, 100, seed=1)
    _, other, _ = trajectories(Cart(), FREE, policy, start, 100, seed=2)
    drawn = [tuple(k) for k in (*one.reshape(4, -1), *other.reshape(4, -1))]
    assert len(set(drawn)) == 8


def test_a_force_is_held_within_its_most() -> None:
    push = trajectory(Cart(), FREE, linear([0, 0, 50, 0, 0], choice="force", most=0.5), steps=200).push
    assert abs(push).max() == 0.5
    push = trajectory(Cart(), FREE, linear([0, 0, 50, 0, 0], choice="force", most=np.inf), steps=200).push
    assert abs(push).max() > 1


def test_some_of_many_policies() -> None:
    many = linear(np.random.default_rng(0).normal(size=(3, 4, 5)))
    assert many.shape == (3, 4)
    assert many[1].shape == (4,)
    all_of_them = rollout(Cart(), Limits(), many, 5, seed=1)
    assert all_of_them.lengths.shape == (3, 4, 5)
    assert (rollout(Cart(), Limits(), many[2, 1], 5, seed=1).lengths == all_of_them.lengths[2, 1]).all()
    assert pushes(many, np.zeros((7, 4))).shape == (3, 4, 7)
    assert isinstance(many, Policy)
    with pytest.raises(InputError, match="there is only one"):
        many[2, 1][0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: linear([1, 2, 3]), r"linear expected 5 numbers on the last axis, got shape \(3,\)"),
        (lambda: linear([1, 2, 3, 4, np.nan]), "linear expected finite parameters"),
        (lambda: linear(np.zeros(5), most=0), "most: linear expected a positive number"),
        (lambda: linear(np.zeros(5), choice="worst"), "choice: linear expected"),  # type: ignore[arg-type]
        (lambda: neural(np.zeros(5), 5), "neural expected 37 numbers"),
        (lambda: neural(np.zeros(2), 0), "hidden: neural expected at least 1"),
        (lambda: neural(np.zeros(37), 5, activation="sine"), "activation: neural expected"),  # type: ignore[arg-type]
        (lambda: neural(np.zeros(37), 5, choice="force"), "choice: neural expected"),
    ],
    ids=["three", "nan", "most", "worst", "size", "none", "sine", "force"],
)
def test_policies_that_cannot_be_are_named(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()  # type: ignore[operator]
