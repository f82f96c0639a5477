"""Ways to a policy for the study of cart and pole: each learner at a size that takes a second or two."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.progress import Progress

if TYPE_CHECKING:
    from cutaway.science.control import Cart, Limits, Policy

NAMES = {
    "lqr": "Linear regulator",
    "search": "Cross-entropy method",
    "table": "Q-learning",
    "reinforce": "REINFORCE",
    "ppo": "PPO",
}
TRAINED_STEPS = 500  # of an episode in training, where the limits allow more


@dataclass(frozen=True, eq=False, slots=True)
class Learned:
    """A learner's policy and what it took."""

    key: str
    policy: Policy
    note: str
    path: tuple[tuple[float, ...], ...] = ()
    """Of a linear one: its weights round after round."""

    @property
    def name(self) -> str:
        """In words."""
        return NAMES[self.key]

    @property
    def text(self) -> str:
        """The policy as JSON."""
        return json.dumps(written(self.policy), separators=(",", ":"))


def written(policy: Policy) -> dict[str, Any]:
    """One policy as plain values, as the browser takes it."""
    parameters = policy.rows[0].tolist()
    if policy.kind == "linear":
        return {"weights": parameters}
    if policy.kind == "neural":
        return {"activation": policy.activation, "hidden": policy.hidden, "parameters": parameters}
    right = "".join("1" if each > 0 else "0" for each in parameters)
    return {"edges": [cut.tolist() for cut in policy.edges], "right": right}


def learned(cart: Cart, limits: Limits, seed: int, progress: Progress) -> Iterator[Learned]:
    """Every learner in turn, on this cart within these limits."""
    from cutaway.science import control

    shorter = replace(limits, steps=min(limits.steps, TRAINED_STEPS))

    def told(stage: str) -> Progress:
        return lambda _, done, total: progress(stage, done, total)

    progress(NAMES["lqr"], 0, 1)
    gain = control.lqr(cart)
    yield Learned(
        "lqr", control.linear(np.append(gain, 0.0)), "from the equations, without a trial; pushes by its sign"
    )
    rounds = control.cross_entropy_method(cart, shorter, seed=seed, progress=told(NAMES["search"]))
    path = tuple(tuple(one.mean.tolist()) for one in rounds)
    note = f"five weights, {len(rounds)} rounds of 64 policies, {rounds[-1].steps:,} steps"
    yield Learned("search", control.linear(rounds[-1].mean), note, path)
    known = control.q_learning(cart, shorter, seed=seed, progress=told(NAMES["table"]))
    note = f"a table of {len(known.values)} cells, {len(known.lengths):,} episodes, {known.lengths.sum():,} steps"
    yield Learned("table", known.policy, note)
    simple = control.reinforce(cart, shorter, seed=seed, progress=told(NAMES["reinforce"]))
    yield Learned("reinforce", simple.policy, f"net 4 → 5 → 2, {simple.history[-1].steps:,} steps")
    settings = control.ActorCritic(iterations=32, batch=1024, rate=0.02)
    clipped = control.actor_critic(cart, shorter, settings, seed=seed, progress=told(NAMES["ppo"]))
    yield Learned(
        "ppo", clipped.policy, f"net 4 → 8 → 2 with a critic, {clipped.history[-1].steps:,} steps of training"
    )


def tried(cart: Cart, limits: Limits, policy: Policy, starts: int, seed: int) -> tuple[float, float, float]:
    """The mean steps of episodes from random starts, with its interval of 95 %."""
    from cutaway.science import control

    lengths = control.rollout(cart, limits, policy, starts, seed=seed).lengths
    mean, error = float(lengths.mean()), float(lengths.std(ddof=1) / math.sqrt(starts))
    return mean, max(0.0, mean - 1.96 * error), min(float(limits.steps), mean + 1.96 * error)
