"""REINFORCE: its gradient, that it learns, and that a training repeats, goes on and is replayed bit by bit."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    Cart,
    Checkpoint,
    Episodes,
    Limits,
    Reinforce,
    Training,
    discounted,
    pushes,
    reinforce,
    reinforce_loss,
    rollout,
    trajectories,
)
from cutaway.science.control.actor import acting, begun_params, blinded, masked, network
from cutaway.science.nets import gradient_norm, leaves, mapped, value_and_gradient

CART = Cart()
SHORT = Reinforce(iterations=6, episodes=4)


def batch(rows: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(rows, 4)), rng.integers(0, 2, rows), rng.normal(size=rows)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_gradient_is_that_of_finite_differences(activation: Any) -> None:
    model = network(5, activation)
    params, (x, right, advantages) = begun_params(model, 1, 0), batch()

    def loss(given: Any) -> Any:
        return reinforce_loss(model.apply(given, x, ((), (), ()), True)[0], right, advantages)

    _, gradient, _ = value_and_gradient(loss, params)
    for path, found in leaves(gradient):
        layer, name = path.split("/")
        for place in np.ndindex(found.shape):

            def moved(by: float, layer: int = int(layer), name: str = name, place: tuple[int, ...] = place) -> float:
                changed = mapped(np.copy, params)
                changed[layer][name][place] += by
                return float(loss(changed))

            assert found[place] == pytest.approx((moved(1e-6) - moved(-1e-6)) / 2e-6, rel=1e-5, abs=1e-9), path


def test_the_gradient_is_pytorchs() -> None:
    import torch

    model = network(5, "relu")
    params, (x, right, advantages) = begun_params(model, 2, 0), batch()

    def loss(given: Any) -> Any:
        return reinforce_loss(model.apply(given, x, ((), (), ()), True)[0], right, advantages)

    value, gradient, _ = value_and_gradient(loss, params)
    first, _, last = params
    given = {
        n: torch.tensor(v, requires_grad=True) for n, v in {**first, "k2": last["kernel"], "b2": last["bias"]}.items()
    }
    logits = torch.relu(torch.tensor(x) @ given["kernel"] + given["bias"]) @ given["k2"] + given["b2"]
    log_p = torch.distributions.Categorical(logits=logits).log_prob(torch.tensor(right))
    theirs = -(log_p * torch.tensor(advantages)).mean()
    theirs.backward()
    assert value == pytest.approx(theirs.item(), rel=1e-12)
    pairs = (("kernel", 0, "kernel"), ("bias", 0, "bias"), ("k2", 2, "kernel"), ("b2", 2, "bias"))
    for name, layer, ours in pairs:
        np.testing.assert_allclose(gradient[layer][ours], given[name].grad.numpy(), rtol=1e-10, atol=1e-14)


def test_the_kernel_and_the_network_say_the_same() -> None:
    model = network(7, "tanh")
    params, (x, _, _) = begun_params(model, 4, 0), batch(500)
    logits = model.apply(params, x, ((), (), ()), False)[0]
    said = pushes(acting(params, "tanh", False), x)
    assert ((logits[:, 1] > logits[:, 0]) == (said > 0)).all()


def test_the_expected_step_goes_up_the_return() -> None:
    """Over many episodes of a fixed policy the estimate agrees with how the mean return changes with a parameter."""
    limits, episodes, state = Limits(steps=200), 20_000, ((), (), ())
    model = network(5, "relu")
    params = begun_params(model, 1, 0)

    def slopes(seed: int) -> Any:
        """How the mean return rises with each parameter; the loss is a mean over steps, the return a sum over them."""
        seen = Episodes.of(*trajectories(CART, limits, acting(params, "relu", True), episodes, seed=seed))
        worth = discounted(np.ones(len(seen.right)), seen.bounds, 1.0)
        worth -= worth.mean()

        def loss(given: Any) -> Any:
            return reinforce_loss(model.apply(given, seen.states, state, True)[0], seen.right, worth)

        gradient = value_and_gradient(loss, params)[1]
        return mapped(lambda g: -g * len(seen.right) / episodes, gradient)

    way, other = slopes(5), slopes(6)  # of other episodes: along a gradient, its own noise adds to the slope
    norm = gradient_norm(way)
    slope = sum(float((a * b).sum()) for (_, a), (_, b) in zip(leaves(way), leaves(other), strict=True)) / norm

    def mean_return(by: float) -> float:
        there = mapped(lambda p, g: p + by * g / norm, params, way)
        return float(rollout(CART, limits, acting(there, "relu", True), 200_000, seed=9).lengths.mean())

    assert (mean_return(0.1) - mean_return(-0.1)) / 0.2 == pytest.approx(slope, rel=0.05)


def test_discounted_sums_end_with_their_episode() -> None:
    assert discounted(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 3]), 0.5).tolist() == [2.0, 2.0, 3.0]


@pytest.fixture(scope="module")
def learnt() -> Training:
    return reinforce(CART, Limits(), Reinforce(iterations=80), seed=2)


def test_it_learns_to_keep_the_pole_up(learnt: Training) -> None:
    lengths = [row.length for row in learnt.history]
    assert lengths[0] < 30
    assert np.mean(lengths[-10:]) > 5 * np.mean(lengths[:10])
    assert rollout(CART, Limits(), learnt.policy, 100, seed=1).lengths.mean() > 150


def test_an_episode_of_training_is_replayed(learnt: Training) -> None:
    """Those replayed of an iteration are as long on average as was written down when they were played."""
    assert sorted(learnt.policies) == [1, 11, 21, 31, 41, 51, 61, 71, 80]
    for iteration in (1, 41, 80):
        lengths = [len(learnt.episode(iteration, number).push) for number in range(10)]
        assert np.mean(lengths) == learnt.history[iteration - 1].length
    with pytest.raises(InputError, match=r"iteration: Training.episode expected one of .* got 2; train with a smaller"):
        learnt.episode(2)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    one, same, other = (reinforce(CART, Limits(), SHORT, seed=seed) for seed in (3, 3, 4))
    assert (one.policy.parameters == same.policy.parameters).all()
    assert one.history == same.history
    assert (one.policy.parameters != other.policy.parameters).any()


def test_a_training_goes_on_from_a_checkpoint_as_if_there_had_been_no_break() -> None:
    kept: list[Checkpoint] = []
    told: list[float] = []
    whole = reinforce(
        CART, Limits(), SHORT, seed=3, checkpoint=kept.append, progress=lambda _, done, total: told.append(done)
    )
    assert told == [1, 2, 3, 4, 5, 6]
    half = Checkpoint.of_tree(kept[2].tree())
    rest = reinforce(CART, Limits(), SHORT, seed=3, resume=half)
    assert rest.history == whole.history
    assert (rest.policy.parameters == whole.policy.parameters).all()
    more = reinforce(CART, Limits(), replace(SHORT, iterations=8), seed=3, resume=kept[-1])
    assert len(more.history) == 8
    with pytest.raises(InputError, match="resume: expected a checkpoint of a training with seed 4, got 3"):
        reinforce(CART, Limits(), SHORT, seed=4, resume=half)


def test_what_is_not_seen_does_not_matter() -> None:
    trained = reinforce(CART, Limits(-inf, inf), replace(SHORT, sees=("lean", "spin")), seed=1)
    x = batch(50)[0]
    elsewhere = x + np.array([100.0, -7.0, 0.0, 0.0])
    assert (pushes(trained.policy, x) == pushes(trained.policy, elsewhere)).all()
    assert (trained.policy.parameters[:10] == 0).all()
    assert (masked(x, ("spin",))[:, :3] == 0).all()
    assert (blinded(begun_params(network(5, "relu"), 0, 0), ("lean",))[0]["kernel"][[0, 1, 3]] == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": 1.5}, "gamma: Reinforce expected a number from 0 to 1, got 1.5"),
        ({"hidden": 0}, "hidden: Reinforce expected at least 1 unit, got 0"),
        ({"rate": -1.0}, "rate: Reinforce expected a number above 0, got -1.0"),
        ({"sees": ("smell",)}, "sees: Reinforce expected some of x, velocity, lean, spin, got"),
    ],
    ids=["gamma", "hidden", "rate", "sees"],
)
def test_settings_out_of_range_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Reinforce(**change)


def test_no_episodes_are_refused() -> None:
    with pytest.raises(InputError, match="episodes: expected 1 or more, got 0"):
        reinforce(CART, Limits(), replace(SHORT, episodes=0))
