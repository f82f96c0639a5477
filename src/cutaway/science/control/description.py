"""What a policy does, found by letting it act: how long it lasts, and the class of the motion it keeps up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from cutaway.science.control.cart import Cart
from cutaway.science.control.classes import KINDS, kind, time_to_wall
from cutaway.science.control.invariants import Invariants, invariants
from cutaway.science.control.limits import ENDS, Limits
from cutaway.science.control.policies import Policy
from cutaway.science.control.rollout import Trajectory, rollout, trajectories

SEEN = 1000  # steps: 20 s, twice an episode of CartPole-v1; the class is that of their second half
LONG = 5000  # steps: 100 s, after which a policy is no longer watched
MOTIONS = 8
EPISODES = 200
TRACK = 2.4  # m, from the middle to an end, in CartPole-v1


@dataclass(frozen=True, slots=True)
class Description:
    """What came of letting a policy act under its limits, and on a track with ends.

    `survival`: share of 200 episodes that last; `length`: their mean length (steps). Of eight motions of up to 100 s:
    `kind` is what most are called; `agreement` the share of those; `start` the number of the first of them and
    `invariants` its, None where it fell; `steps` the median of how long they last. `wall_steps`: the like with a track
    of ±2.4 m, `wall_share` the share of these motions that its ends end. `settled_steps`: how long on that track from
    the middle, at once in the motion that it keeps up: with its lean and its velocity, or from rest if it accelerates;
    `predicted`: after how many seconds the wall should come by mean velocity and acceleration alone; NaN where it fell.
    """

    survival: float
    length: float
    kind: str
    agreement: float
    start: int
    invariants: Invariants | None
    steps: float
    wall_steps: float
    wall_share: float
    settled_steps: float
    predicted: float


def described(cart: Cart, limits: Limits, policy: Policy, *, seed: int = 0) -> Description:
    """Let a policy act: the same starts for every policy of a seed.

    A motion has fallen if it does not last for the steps of the limits; else it is called by what it does in the
    second half of its first 20 s, or of what it lasts if that is less.

    Raises: InputError for many policies.

    >>> from cutaway.science.control import linear
    >>> free = Limits(-np.inf, np.inf)
    >>> described(Cart(), free, linear(np.array([0.0, 0.0, 1.0, 0.5, -0.15]))).kind
    'constant acceleration'
    """
    episodes = rollout(cart, limits, policy, EPISODES, seed=seed)
    motions = observed(cart, limits, policy, seed=seed)
    each = [_seen(cart, limits, motion) for motion in motions]
    kinds = [name for name, _ in each]
    most = max(KINDS, key=lambda name: (Counter(kinds)[name], -KINDS.index(name)))
    start = kinds.index(most)
    found = each[start][1]
    walled = [len(one.push) for one in observed(cart, _walled(limits), policy, seed=seed)]
    ends = rollout(cart, replace(_walled(limits), steps=LONG), policy, MOTIONS, seed=seed).ends
    settled, predicted = _settled(cart, limits, policy, most, found)
    return Description(
        survival=float(episodes.lasted.mean()),
        length=float(episodes.lengths.mean()),
        kind=most,
        agreement=kinds.count(most) / MOTIONS,
        start=start,
        invariants=found,
        steps=float(np.median([len(motion.push) for motion in motions])),
        wall_steps=float(np.median(walled)),
        wall_share=float(np.isin(ends, (ENDS.index("left"), ENDS.index("right"))).mean()),
        settled_steps=settled,
        predicted=predicted,
    )


def observed(cart: Cart, limits: Limits, policy: Policy, *, seed: int = 0) -> list[Trajectory]:
    """Eight motions of up to 100 s under the limits, from their random starts of the seed."""
    states, pushes, ends = trajectories(cart, limits, policy, MOTIONS, LONG, seed=seed)
    out = []
    for state, push, end in zip(states, pushes, ends, strict=True):
        n = int(np.isfinite(push).sum())
        x, velocity, lean, spin = state[: n + 1].T.copy()
        out.append(Trajectory(np.arange(n + 1) * cart.tau, x, velocity, lean, spin, push[:n].copy(), ENDS[int(end)]))
    return out


def _seen(cart: Cart, limits: Limits, motion: Trajectory) -> tuple[str, Invariants | None]:
    n = min(len(motion.push), SEEN)
    if n < limits.steps:
        return "fell", None
    found = invariants(cart, motion, n // 2, n)
    return kind(cart, found), found


def _walled(limits: Limits) -> Limits:
    return replace(limits, left=max(limits.left, -TRACK), right=min(limits.right, TRACK))


def _settled(cart: Cart, limits: Limits, policy: Policy, name: str, found: Invariants | None) -> tuple[float, float]:
    if found is None:
        return float("nan"), float("nan")
    accelerates = name in ("constant acceleration", "runaway")
    velocity, acceleration = (0.0, found.acceleration) if accelerates else (found.velocity, 0.0)
    start = np.array([[0.0, velocity, found.lean, 0.0]])
    made = rollout(cart, replace(_walled(limits), steps=LONG), policy, start).lengths
    return float(made[0]), time_to_wall(TRACK, velocity, acceleration)
