"""PPO: the clipped objective and its gradient, the advantages, that it learns, repeats itself and goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    ActorCritic,
    Cart,
    Checkpoint,
    Limits,
    actor_critic,
    discounted,
    generalised_advantages,
    ppo_loss,
    rollout,
)
from cutaway.science.nets import value_and_gradient

CART = Cart()
SHORT = ActorCritic(iterations=4, episodes=4)


def told(rows: int = 60) -> tuple[np.ndarray, dict[str, Any]]:
    """Logits, and probabilities before that put some rows on each side of both clips."""
    rng = np.random.default_rng(1)
    before = np.log(rng.uniform(0.2, 0.9, rows))
    return rng.normal(size=(rows, 2)), {
        "right": rng.integers(0, 2, rows),
        "before": before,
        "advantages": rng.normal(size=rows),
        "clip": 0.2,
        "entropy": 0.03,
    }


def test_the_gradient_is_that_of_finite_differences() -> None:
    logits, given = told()
    _, gradient, _ = value_and_gradient(lambda z: ppo_loss(z, **given), logits)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-6
        numeric = (ppo_loss(logits + step, **given) - ppo_loss(logits - step, **given)) / 2e-6
        assert gradient[place] == pytest.approx(float(numeric), rel=1e-4, abs=1e-9)


def test_value_and_gradient_are_pytorchs() -> None:
    import torch

    logits, given = told()
    value, gradient, _ = value_and_gradient(lambda z: ppo_loss(z, **given), logits)
    z = torch.tensor(logits, requires_grad=True)
    policy = torch.distributions.Categorical(logits=z)
    ratio = (policy.log_prob(torch.tensor(given["right"])) - torch.tensor(given["before"])).exp()
    gains = torch.tensor(given["advantages"])
    held = torch.minimum(ratio * gains, ratio.clamp(0.8, 1.2) * gains)
    theirs = -held.mean() - 0.03 * policy.entropy().mean()
    theirs.backward()
    clipped = (ratio < 0.8) | (ratio > 1.2)
    assert 10 < int(clipped.sum()) < 50
    assert value == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-9, atol=1e-14)


def test_where_nothing_moved_it_is_the_policy_gradient() -> None:
    logits, given = told()
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    now = log_p[np.arange(len(logits)), given["right"]]
    _, gradient, _ = value_and_gradient(lambda z: ppo_loss(z, **{**given, "before": now, "entropy": 0.0}), logits)
    onehot = np.eye(2)[given["right"]]
    expected = -given["advantages"][:, None] * (onehot - np.exp(log_p)) / len(logits)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-15)


def test_advantages_by_the_definition() -> None:
    rng = np.random.default_rng(2)
    bounds, fell = np.array([0, 4, 9]), np.array([True, False])
    worth, final, gamma, lam = rng.normal(size=9), rng.normal(size=2), 0.9, 0.7
    found = generalised_advantages(worth, final, fell, bounds, gamma, lam)
    for i, (begin, end) in enumerate(pairwise(bounds)):
        values = [*worth[begin:end], 0.0 if fell[i] else final[i]]
        deltas = [1 + gamma * values[k + 1] - values[k] for k in range(end - begin)]
        for t in range(end - begin):
            expected = sum((gamma * lam) ** (k - t) * deltas[k] for k in range(t, end - begin))
            assert found[begin + t] == pytest.approx(expected, rel=1e-12)


def test_at_lambda_1_and_a_fall_only_rewards_count() -> None:
    bounds = np.array([0, 5])
    worth = np.arange(5.0)
    found = generalised_advantages(worth, np.array([7.0]), np.array([True]), bounds, 0.9, 1.0)
    np.testing.assert_allclose(found, discounted(np.ones(5), bounds, 0.9) - worth)


def test_it_learns_to_keep_the_pole_up() -> None:
    trained = actor_critic(CART, Limits(), ActorCritic(iterations=30), seed=0)
    assert trained.history[0].length < 40
    assert rollout(CART, Limits(), trained.policy, 200, seed=1).lengths.mean() > 300
    lengths = [len(trained.episode(30, number).push) for number in range(8)]
    assert np.mean(lengths) == trained.history[-1].length


def test_the_same_seed_gives_the_same_bits_and_a_checkpoint_goes_on() -> None:
    kept: list[Checkpoint] = []
    one = actor_critic(CART, Limits(), SHORT, seed=3, checkpoint=kept.append, checkpoint_every=2)
    same, other = (actor_critic(CART, Limits(), SHORT, seed=seed) for seed in (3, 4))
    assert len(kept) == 2
    assert (one.policy.parameters == same.policy.parameters).all()
    assert (one.policy.parameters != other.policy.parameters).any()
    rest = actor_critic(CART, Limits(), SHORT, seed=3, resume=Checkpoint.of_tree(kept[0].tree()))
    assert rest.history == one.history
    assert (rest.policy.parameters == one.policy.parameters).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": 1.0}, "gamma: ActorCritic expected a number below 1"),
        ({"lam": -0.1}, "lam: ActorCritic expected a number from 0 to 1, got -0.1"),
        ({"batch": 0}, "epochs, batch: ActorCritic expected 1 or more, got 6 and 0"),
    ],
    ids=["gamma", "lambda", "batch"],
)
def test_settings_out_of_range_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(SHORT, **change)
