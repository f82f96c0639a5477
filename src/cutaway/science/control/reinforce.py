"""REINFORCE: whole episodes, and the log-probability of each push raised by what came after it.

The gradient of the expected return is the expectation of Σ_t G_t ∇ log π(push_t | state_t). G_t are the rewards to
come, discounted; taken less their mean and divided by their spread over all steps of an iteration's episodes, pushes
that came before a long life are made likelier, and those before a short one rarer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.progress import Progress, silent
from cutaway.science.control.actor import (
    acting,
    begun_params,
    blinded,
    checked_learner,
    masked,
    network,
    standardised,
)
from cutaway.science.control.cart import COORDINATES, Cart
from cutaway.science.control.limits import Limits
from cutaway.science.control.policies import Activation
from cutaway.science.control.training import Checkpoint, Episodes, Training, discounted, settings_of, trained
from cutaway.science.nets import Adam, Tree, cross_entropy, gradient_norm, total, value_and_gradient


@dataclass(frozen=True, slots=True)
class Reinforce:
    """The settings; as they stand a network 4 → 5 → 2 under Adam with a rate of 0.01, and γ = 0.95.

    Args:
        hidden: units of the one hidden layer.
        activation: "relu" or "tanh".
        rate: Adam's learning rate.
        gamma: share of the next step's worth that counts, 0 … 1.
        episodes: played for each update.
        iterations: updates.
        sees: the coordinates that the network is given; the others are 0 to it.
    """

    hidden: int = 5
    activation: Activation = "relu"
    rate: float = 0.01
    gamma: float = 0.95
    episodes: int = 10
    iterations: int = 150
    sees: tuple[str, ...] = COORDINATES

    def __post_init__(self) -> None:
        checked_learner("Reinforce", self.hidden, self.rate, self.sees, gamma=self.gamma)


def reinforce_loss(logits: Any, right: np.ndarray, advantages: np.ndarray) -> Any:
    """-(1/n) Σ_t A_t log π(push_t | state_t), for logits (n, 2) of left and right, `right` (n,) 0 or 1, A (n,).

    Its gradient at the logits is A_t (π - onehot) / n; an estimate of that of the return, with its sign turned.
    """
    return total(cross_entropy(logits, right, reduction="none") * (advantages / len(right)))


@one_blas_thread()  # for the same bits on any number of threads
def reinforce(
    cart: Cart,
    limits: Limits,
    learner: Reinforce | None = None,
    *,
    seed: int = 0,
    params: Tree | None = None,
    keep_every: int = 10,
    progress: Progress = silent,
    checkpoint: Callable[[Checkpoint], object] | None = None,
    checkpoint_every: int = 1,
    resume: Checkpoint | None = None,
) -> Training:
    """Train a policy by REINFORCE; a reward of 1 a step. The same arguments give the same result, bit by bit.

    Args:
        cart: its constants.
        limits: of an episode.
        learner: the settings, `Reinforce()` unless given.
        seed: of the first parameters, of starts and of sampled pushes.
        params: to begin from instead of new ones, as of another training's checkpoint.
        keep_every: every how many iterations the policy that plays is kept, for `Training.episode`.
        progress: is told every iteration.
        checkpoint: is given a `Checkpoint`.
        checkpoint_every: so many iterations.
        resume: a checkpoint of such a training, to go on from.

    Raises: InputError for a setting out of range, or a checkpoint of another training.

    Source: R. Williams (1992), Machine Learning 8, equation 4; the return standardised, as is usual.
    """
    settings = Reinforce() if learner is None else learner
    model, optimiser = network(settings.hidden, settings.activation), Adam()
    begun = blinded(begun_params(model, seed, 0) if params is None else params, settings.sees)
    state = model.start((seed, 1))

    def update(now: Checkpoint, seen: Episodes, number: int) -> tuple[Tree, Tree, float, float]:
        x, rewards = masked(seen.states, settings.sees), np.ones(len(seen.right))
        advantages = standardised(discounted(rewards, seen.bounds, settings.gamma))

        def loss(nodes: Tree) -> Any:
            return reinforce_loss(model.apply(nodes, x, state, True)[0], seen.right, advantages)

        value, gradient, _ = value_and_gradient(loss, now.params)
        after, memory = optimiser.step(now.params, gradient, now.optimiser, settings.rate)
        return after, memory, value, gradient_norm(gradient)

    named = settings_of(cart, limits, seed, replace(settings, iterations=1), begun)
    start = Checkpoint(named, settings.episodes, begun, optimiser.start(begun))
    return trained(
        cart,
        limits,
        start,
        update,
        lambda p, sampled: acting(p, settings.activation, sampled),
        iterations=settings.iterations,
        seed=seed,
        keep_every=keep_every,
        progress=progress,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        resume=resume,
    )
