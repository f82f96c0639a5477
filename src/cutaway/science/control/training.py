"""The training of a policy, step by step, as a plain value: to go on from it, and to replay what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.science.control.cart import Cart
from cutaway.science.control.limits import ENDS, Limits
from cutaway.science.control.policies import Policy
from cutaway.science.control.rollout import Trajectory, trajectories
from cutaway.science.nets import Tree, mapped, random


@dataclass(frozen=True, slots=True)
class Iteration:
    """What is known after an update. `steps`: of the environment, since the beginning; `length`: mean of the episodes
    that the update was made of (steps); `loss` and `gradient` (its norm): of the policy, before the first step of it.
    """

    number: int  # from 1
    steps: int
    length: float
    loss: float
    gradient: float


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Where a training stands between two iterations. Who goes on from it ends as if there had been no break.

    `settings` are those on which every later number depends; a training with others does not go on from here. Random
    numbers need no place here: they follow from the seed, the number of the iteration and that of the episode.
    """

    settings: Mapping[str, str]
    episodes: int  # of each iteration
    params: Tree
    optimiser: Tree
    history: tuple[Iteration, ...] = ()

    def tree(self) -> dict[str, Any]:
        """The same as nested dicts, lists and tuples of arrays, numbers and text, to be written down."""
        rows = [{name: getattr(one, name) for name in Iteration.__slots__} for one in self.history]
        plain = {"episodes": self.episodes, "params": self.params, "optimiser": self.optimiser}
        return plain | {"settings": dict(self.settings), "history": rows}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint that such a tree was made of.

        Raises: InputError where something is missing or does not belong.
        """
        try:
            history = tuple(Iteration(**row) for row in tree["history"])
            return cls(dict(tree["settings"]), tree["episodes"], tree["params"], tree["optimiser"], history)
        except (KeyError, TypeError) as error:
            raise InputError(
                f"tree: Checkpoint.of_tree expected what Checkpoint.tree gives, got another ({error})"
            ) from None


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A trained policy, and how it came about.

    `policy` is what the training ended with, taking the likelier side; `policies` are those that played, sampling, at
    the iterations `kept` (from 1), before each one's update.
    """

    cart: Cart
    limits: Limits
    seed: int
    policy: Policy
    policies: Mapping[int, Policy]
    checkpoint: Checkpoint

    @property
    def history(self) -> tuple[Iteration, ...]:
        """One for each iteration."""
        return self.checkpoint.history

    def episode(self, iteration: int, number: int = 0) -> Trajectory:
        """An episode as it was played in training, step by step the same.

        Raises: InputError for an iteration whose policy was not kept.
        """
        if iteration not in self.policies:
            raise InputError(
                f"iteration: Training.episode expected one of {sorted(self.policies)}, got {iteration}; train with a "
                "smaller keep_every"
            )
        states, pushes, ends = played(
            self.cart, self.limits, self.policies[iteration], self.checkpoint.episodes, self.seed, iteration
        )
        n = int(np.isfinite(pushes[number]).sum())
        x, velocity, lean, spin = states[number, : n + 1].T.copy()
        time = np.arange(n + 1) * self.cart.tau
        return Trajectory(time, x, velocity, lean, spin, pushes[number, :n].copy(), ENDS[int(ends[number])])


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """What some episodes went through, one after the other in common arrays.

    `states` (n, 4): before each push; `right` (n,): 1 for a push to the right, 0 to the left; `bounds` (episodes + 1,):
    where each episode begins, and the end of the last; `final` (episodes, 4): the state after the last push; `fell`
    (episodes,): whether a limit ended it and not the number of steps.
    """

    states: np.ndarray
    right: np.ndarray
    bounds: np.ndarray
    final: np.ndarray
    fell: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Of each, in steps."""
        return np.diff(self.bounds)

    @classmethod
    def of(cls, states: np.ndarray, pushes: np.ndarray, ends: np.ndarray) -> Episodes:
        """Of what `trajectories` gives for one policy: states (k, steps + 1, 4), pushes (k, steps), ends (k,)."""
        made = np.isfinite(pushes)
        lengths = made.sum(axis=1)
        return cls(
            states[:, :-1][made],
            (pushes[made] > 0).astype(np.int64),
            np.concatenate(([0], np.cumsum(lengths))),
            states[np.arange(len(states)), lengths],
            ends != 0,
        )


def played(
    cart: Cart, limits: Limits, policy: Policy, episodes: int, seed: int, iteration: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The episodes of an iteration, as `trajectories` gives them; starts and pushes follow from seed and iteration."""
    return trajectories(cart, limits, policy, episodes, seed=int(random((seed, 2, iteration, 0)).integers(2**62)))


def discounted(rewards: np.ndarray, bounds: np.ndarray, gamma: float) -> np.ndarray:
    """Rewards to come, G_t = r_t + γ G_{t+1}, each episode for itself; rewards (n,), bounds as of `Episodes`.

    >>> discounted(np.ones(5), np.array([0, 3, 5]), 0.5).tolist()
    [1.75, 1.5, 1.0, 1.5, 1.0]
    """
    from cutaway.science.control.sum_kernel import backward_sums

    return np.asarray(backward_sums(np.asarray(rewards, float), np.asarray(bounds, np.int64), float(gamma)))


Update = Callable[[Checkpoint, Episodes, int], tuple[Tree, Tree, float, float]]
"""From where the training stands, new episodes and the number of the iteration to parameters, what the optimiser
remembers, the policy's loss and the norm of its gradient."""


def trained(
    cart: Cart,
    limits: Limits,
    begun: Checkpoint,
    update: Update,
    acting: Callable[[Tree, bool], Policy],
    *,
    iterations: int,
    seed: int,
    keep_every: int,
    progress: Progress,
    checkpoint: Callable[[Checkpoint], object] | None,
    checkpoint_every: int,
    resume: Checkpoint | None,
) -> Training:
    """Play, update, and so on; `acting` gives a policy that samples, or not, of parameters."""
    for name, value in {"episodes": begun.episodes, "iterations": iterations, "keep_every": keep_every}.items():
        if value < 1:
            raise InputError(f"{name}: expected 1 or more, got {value}")
    now = begun if resume is None else _resumed(resume, begun)
    kept: dict[int, Policy] = {}
    while len(now.history) < iterations:
        number = len(now.history) + 1
        policy = acting(now.params, True)
        if (number - 1) % keep_every == 0 or number == iterations:
            kept[number] = policy
        seen = Episodes.of(*played(cart, limits, policy, now.episodes, seed, number))
        params, optimiser, loss, gradient = update(now, seen, number)
        before = now.history[-1].steps if now.history else 0
        row = Iteration(number, before + len(seen.right), float(seen.lengths.mean()), loss, gradient)
        now = replace(now, params=params, optimiser=optimiser, history=(*now.history, row))
        progress(f"iteration {number} of {iterations}, {row.length:.0f} steps an episode", number, iterations)
        if checkpoint is not None and number % checkpoint_every == 0:
            checkpoint(now)
    return Training(cart, limits, seed, acting(now.params, False), kept, now)


def settings_of(cart: Cart, limits: Limits, seed: int, learner: object, params: Tree) -> dict[str, str]:
    """What every later number of a training depends on, as text."""
    shapes = mapped(lambda p: f"{list(p.shape)}:{p.dtype}", params)
    named = {"cart": cart, "limits": limits, "seed": seed, "learner": learner, "shapes": shapes}
    return {name: str(value) for name, value in named.items()}


def _resumed(given: Checkpoint, begun: Checkpoint) -> Checkpoint:
    differing = [name for name in begun.settings if given.settings.get(name) != begun.settings[name]]
    if differing:
        name = differing[0]
        raise InputError(
            f"resume: expected a checkpoint of a training with {name} {begun.settings[name]}, got "
            f"{given.settings.get(name)}; go on with the settings it was begun with"
        )
    return given
