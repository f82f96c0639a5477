"""An actor and its critic: proximal policy optimisation (PPO), with generalised advantage estimation.

The critic learns what a state is worth, so that a push is judged by how much better things went than expected. An
iteration's episodes are gone over several times; the clipped objective stops paying for a push once its probability
has moved by more than a share from what it was when it was played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
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
from cutaway.science.control.training import Checkpoint, Episodes, Training, settings_of, trained
from cutaway.science.nets import (
    Adam,
    Pull,
    Tree,
    gradient_norm,
    log_softmax,
    operation,
    random,
    total,
    value_and_gradient,
)


@dataclass(frozen=True, slots=True)
class ActorCritic:
    """The settings of PPO.

    Args:
        hidden: units of the hidden layer, of the actor and of the critic.
        activation: of the actor, "relu" or "tanh"; the critic's is tanh.
        rate: Adam's learning rate, for both.
        gamma: share of the next step's worth that counts, 0 … 1.
        lam: λ of the advantages, 0 … 1: at 0 the next state's worth is believed, at 1 only rewards that came.
        clip: how far a push's probability may move, as a share of it, before it pays no more.
        entropy: worth of an undecided policy, per nat.
        episodes: played for each iteration.
        epochs: how often an iteration's steps are gone over.
        batch: steps an update.
        iterations: how many.
        sees: the coordinates that actor and critic are given; the others are 0 to them.
    """

    hidden: int = 8
    activation: Activation = "tanh"
    rate: float = 0.01
    gamma: float = 0.99
    lam: float = 0.95
    clip: float = 0.2
    entropy: float = 0.0
    episodes: int = 8
    epochs: int = 6
    batch: int = 512
    iterations: int = 60
    sees: tuple[str, ...] = COORDINATES

    def __post_init__(self) -> None:
        shares = {"gamma": self.gamma, "lam": self.lam, "clip": self.clip}
        checked_learner("ActorCritic", self.hidden, self.rate, self.sees, **shares)
        if self.gamma == 1:
            raise InputError("gamma: ActorCritic expected a number below 1, as its critic learns a share of 1/(1 - γ)")
        if self.epochs < 1 or self.batch < 1:
            raise InputError(f"epochs, batch: ActorCritic expected 1 or more, got {self.epochs} and {self.batch}")


@operation
def ppo_loss(
    logits: np.ndarray,
    *,
    right: np.ndarray,
    before: np.ndarray,
    advantages: np.ndarray,
    clip: float = 0.2,
    entropy: float = 0.0,
) -> tuple[np.ndarray, Pull]:
    """-mean min(ρ A, clip(ρ, 1 - ε, 1 + ε) A) - entropy · mean H, with ρ = π(push)/π_before(push).

    Args:
        logits: (n, 2) of left and right.
        right: (n,) which was pushed, 0 or 1.
        before: (n,) log π of that push when it was played.
        advantages: (n,).
        clip: ε.
        entropy: weight of the policy's entropy H (nats).

    Source: J. Schulman et al. (2017), arXiv:1707.06347, equation 7.

    >>> ppo_loss(np.zeros((1, 2)), right=np.array([1]), before=np.log([0.25]), advantages=np.array([1.0])).tolist()
    -1.2
    """
    n, rows = len(right), np.arange(len(right))
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    ratio = np.exp(log_p[rows, right] - before)
    free, held = ratio * advantages, np.clip(ratio, 1 - clip, 1 + clip) * advantages
    uncertain = -np.sum(p * log_p, axis=1)
    value = -(np.minimum(free, held).mean() + entropy * uncertain.mean())

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> tuple[np.ndarray]:
        chosen = -p * np.where(free <= held, free, 0.0)[:, None]
        chosen[rows, right] += np.where(free <= held, free, 0.0)
        doubt = -p * (log_p + uncertain[:, None])
        return (-(chosen + entropy * doubt) * (g / n),)

    return np.asarray(value), pull


def generalised_advantages(
    worth: np.ndarray, final: np.ndarray, fell: np.ndarray, bounds: np.ndarray, gamma: float, lam: float
) -> np.ndarray:
    """Σ_k (γλ)^k δ_{t+k} with δ_t = 1 + γ V(s_{t+1}) - V(s_t), within each episode; a reward of 1 a step.

    Args:
        worth: (n,) V of every state that was acted in.
        final: (episodes,) V of the states after the last push.
        fell: (episodes,) whether nothing more was to come; else, as time was up, V(final) is.
        bounds: (episodes + 1,) where each begins, and the end.
        gamma: γ.
        lam: λ.

    Source: J. Schulman et al. (2015), arXiv:1506.02438, equation 16.

    >>> flat = np.zeros(3)
    >>> generalised_advantages(flat, np.zeros(1), np.array([True]), np.array([0, 3]), 0.5, 1.0).tolist()
    [1.75, 1.5, 1.0]
    """
    from cutaway.science.control.sum_kernel import backward_sums

    after = np.append(worth[1:], 0.0)
    after[bounds[1:] - 1] = np.where(fell, 0.0, final)
    return np.asarray(backward_sums(1.0 + gamma * after - worth, np.asarray(bounds, np.int64), gamma * lam))


@one_blas_thread()  # for the same bits on any number of threads
def actor_critic(
    cart: Cart,
    limits: Limits,
    learner: ActorCritic | None = None,
    *,
    seed: int = 0,
    params: Tree | None = None,
    keep_every: int = 10,
    progress: Progress = silent,
    checkpoint: Callable[[Checkpoint], object] | None = None,
    checkpoint_every: int = 1,
    resume: Checkpoint | None = None,
) -> Training:
    """Train a policy by PPO; a reward of 1 a step. The same arguments give the same result, bit by bit.

    Args:
        cart: its constants.
        limits: of an episode.
        learner: the settings, `ActorCritic()` unless given.
        seed: of the first parameters, of starts, of sampled pushes and of the order of steps.
        params: of "actor" and "critic", to begin from instead of new ones, as of another training's checkpoint.
        keep_every: every how many iterations the policy that plays is kept, for `Training.episode`.
        progress: is told every iteration.
        checkpoint: is given a `Checkpoint`.
        checkpoint_every: so many iterations.
        resume: a checkpoint of such a training, to go on from.

    Raises: InputError for a setting out of range, or a checkpoint of another training.

    Source: J. Schulman et al. (2017), arXiv:1707.06347, algorithm 1.
    """
    settings = ActorCritic() if learner is None else learner
    actor, critic, optimiser = (
        network(settings.hidden, settings.activation),
        network(settings.hidden, "tanh", 1),
        Adam(),
    )
    if params is None:
        params = {"actor": begun_params(actor, seed, 0), "critic": begun_params(critic, seed, 1)}
    begun = {name: blinded(each, settings.sees) for name, each in params.items()}
    horizon = 1 / (1 - settings.gamma)
    still, quiet = actor.start((seed, 1)), critic.start((seed, 1))

    def update(now: Checkpoint, seen: Episodes, number: int) -> tuple[Tree, Tree, float, float]:
        x, last = masked(seen.states, settings.sees), masked(seen.final, settings.sees)
        old = now.params
        before = log_softmax(actor.apply(old["actor"], x, still, True)[0])[np.arange(len(x)), seen.right]
        worth, final = (critic.apply(old["critic"], each, quiet, True)[0][:, 0] * horizon for each in (x, last))
        gains = generalised_advantages(worth, final, seen.fell, seen.bounds, settings.gamma, settings.lam)
        targets, advantages = (gains + worth) / horizon, standardised(gains)

        def loss(nodes: Tree, at: np.ndarray) -> Any:
            told = {"right": seen.right[at], "before": before[at], "advantages": advantages[at]}
            logits = actor.apply(nodes["actor"], x[at], still, True)[0]
            of_actor = ppo_loss(logits, clip=settings.clip, entropy=settings.entropy, **told)
            miss = critic.apply(nodes["critic"], x[at], quiet, True)[0] - targets[at][:, None]
            return of_actor + total(miss * miss) * (1 / len(at)), of_actor

        p, memory, first = old, now.optimiser, (0.0, 0.0)
        for epoch in range(settings.epochs):
            order = random((seed, 3, number, epoch)).permutation(len(x))
            for k in range(0, len(x), settings.batch):
                at = order[k : k + settings.batch]
                _, gradient, of_actor = value_and_gradient(loss, p, at)
                if epoch == k == 0:
                    first = float(of_actor), gradient_norm(gradient["actor"])
                p, memory = optimiser.step(p, gradient, memory, settings.rate)
        return p, memory, *first

    named = settings_of(cart, limits, seed, replace(settings, iterations=1), begun)
    return trained(
        cart,
        limits,
        Checkpoint(named, settings.episodes, begun, optimiser.start(begun)),
        update,
        lambda p, sampled: acting(p["actor"], settings.activation, sampled),
        iterations=settings.iterations,
        seed=seed,
        keep_every=keep_every,
        progress=progress,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        resume=resume,
    )
