"""Episodes by the thousand: policies run from many starts to their ends, and single trajectories step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once, cores
from cutaway.science.control.cart import Cart
from cutaway.science.control.limits import ENDS, Limits, random_starts, stream_key
from cutaway.science.control.policies import Policy

SHARE = 1 << 10  # items of a share: a thread takes one after the other, as some last far longer


@dataclass(frozen=True, eq=False, slots=True)
class Rollouts:
    """What came of episodes: of one policy from n starts arrays (n,), of many policies (…, n), their axes first.

    Args:
        lengths: steps taken, int64.
        returns: sum of the rewards, 1 for each step, discounted.
        ends: places in `ENDS` (uint8): steps, left, right, fell left, fell right.
        finals: the last state, one more axis of 4.
    """

    lengths: np.ndarray
    returns: np.ndarray
    ends: np.ndarray
    finals: np.ndarray

    @property
    def lasted(self) -> np.ndarray:
        """Whether the episode reached its limit of steps (bool)."""
        return np.asarray(self.ends == 0)

    def shares(self) -> dict[str, float]:
        """The share of all episodes for each reason in `ENDS`."""
        return {name: float(np.mean(self.ends == k)) for k, name in enumerate(ENDS)}


@dataclass(frozen=True, eq=False, slots=True)
class Trajectory:
    """One episode: `time` (s), `x`, `velocity`, `lean`, `spin` (T + 1,), start and end among them, `push` (T,)."""

    time: np.ndarray
    x: np.ndarray
    velocity: np.ndarray
    lean: np.ndarray
    spin: np.ndarray
    push: np.ndarray
    end: str

    @property
    def states(self) -> np.ndarray:
        """As (T + 1, 4)."""
        return np.stack((self.x, self.velocity, self.lean, self.spin), axis=-1)


def rollout(
    cart: Cart,
    limits: Limits,
    policy: Policy,
    starts: int | np.ndarray = 1,
    *,
    seed: int = 0,
    discount: float = 1.0,
) -> Rollouts:
    """Run every policy from every start: m policies × n starts in one call, on all cores.

    `starts`: a number of random ones in the limits' box, the same for every policy, or states (n, 4). Results are the
    same on any number of cores. `discount`: what a later step's reward of 1 is multiplied by, for each step before it.

    Raises: InputError for starts of another shape, or that are not finite, or a discount outside [0, 1].

    >>> from cutaway.science.control import linear
    >>> rollout(Cart(), Limits(), linear([0.0, 0.5, 3.0, 1.0, 0.0]), 4, seed=1).lengths.tolist()
    [500, 500, 500, 500]
    """
    if not 0 <= discount <= 1:
        raise InputError(f"discount: rollout expected a number from 0 to 1, got {discount}; 1 counts the steps")
    lengths, ends, finals, _, _ = _run(cart, limits, policy, starts, seed, record=False)
    shape = (*policy.shape, len(lengths) // max(1, int(np.prod(policy.shape))))
    gain = lengths.astype(float) if discount == 1 else (1 - discount**lengths) / (1 - discount)
    return Rollouts(lengths.reshape(shape), gain.reshape(shape), ends.reshape(shape), finals.reshape(*shape, 4))


def trajectory(
    cart: Cart,
    limits: Limits,
    policy: Policy,
    start: np.ndarray | None = None,
    steps: int | None = None,
    *,
    seed: int = 0,
) -> Trajectory:
    """One episode of one policy, step by step, from `start` (4,) or from the random one of the seed.

    `steps`: in place of the limits' own. To the last bit the episode that `rollout` runs.

    Raises: InputError for many policies.
    """
    if policy.shape not in ((), (1,)):
        raise InputError(f"policy: trajectory expected one, got shape {policy.shape}; take one by policy[k]")
    states, pushes, ends = trajectories(cart, limits, policy, 1 if start is None else start, steps, seed=seed)
    s, push = states.reshape(-1, 4), pushes.reshape(-1)
    length = int(np.isfinite(push).sum())
    x, velocity, lean, spin = s[: length + 1].T.copy()
    time = np.arange(length + 1) * cart.tau
    return Trajectory(time, x, velocity, lean, spin, push[:length].copy(), ENDS[int(ends.reshape(-1)[0])])


def trajectories(
    cart: Cart,
    limits: Limits,
    policy: Policy,
    starts: int | np.ndarray = 1,
    steps: int | None = None,
    *,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All states (…, n, steps + 1, 4), pushes (…, n, steps) and ends (…, n) of many episodes; NaN after the end."""
    if steps is not None:
        limits = Limits(limits.left, limits.right, limits.lean_left, limits.lean_right, steps, limits.start)
    _, ends, _, states, pushes = _run(cart, limits, policy, starts, seed, record=True)
    shape = (*policy.shape, len(ends) // max(1, int(np.prod(policy.shape))))
    return states.reshape(*shape, -1, 4), pushes.reshape(*shape, -1), ends.reshape(shape)


def constants(cart: Cart) -> tuple[float, ...]:
    """A cart's numbers as the kernels take them."""
    return (
        float(cart.gravity), float(cart.mass_cart), float(cart.mass_pole), float(cart.half_length),
        float(cart.force), float(cart.friction_cart), float(cart.friction_pole), float(cart.tau),
    )  # fmt: skip


def bounds(limits: Limits) -> tuple[float, float, float, float]:
    """An episode's limits as the kernels take them."""
    return float(limits.left), float(limits.right), float(limits.lean_left), float(limits.lean_right)


def _run(
    cart: Cart, limits: Limits, policy: Policy, starts: int | np.ndarray, seed: int, *, record: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    from cutaway.science.control import rollout_kernel as kernel

    s = _started(limits, starts, seed)
    rows = np.array(policy.rows)  # a copy, since for what is read-only all would be compiled once more
    if not len(rows):
        raise InputError(f"policy: rollout expected at least one, got shape {policy.shape}")
    items = len(rows) * len(s)
    lengths, ends, finals = np.zeros(items, np.int64), np.zeros(items, np.uint8), np.empty((items, 4))
    states = np.full((items if record else 0, limits.steps + 1, 4), np.nan)
    pushes = np.full((items if record else 0, limits.steps), np.nan)
    cuts = np.array([len(cut) for cut in policy.edges] or [0] * 4, np.int64)
    edges = np.full((4, max(1, int(cuts.max()))), np.inf)
    for c, cut in enumerate(policy.edges):
        edges[c, : len(cut)] = cut
    work = partial(
        kernel.rolled,
        constants(cart), cart.integrator == "euler", bounds(limits), int(limits.steps),
        ("linear", "neural", "table").index(policy.kind), int(policy.hidden), policy.activation == "tanh",
        ("best", "sampled", "force").index(policy.choice), float(policy.most), edges, cuts,
        rows, s, stream_key(seed, 1),
    )  # fmt: skip
    share = min(SHARE, max(1, -(-items // cores())))
    at_once(
        lambda k: work(k * share, min(items, (k + 1) * share), lengths, ends, finals, states, pushes),
        -(-items // share),
    )
    return lengths, ends, finals, states, pushes


def _started(limits: Limits, starts: int | np.ndarray, seed: int) -> np.ndarray:
    if isinstance(starts, int | np.integer):
        if starts < 1:
            raise InputError(f"starts: rollout expected at least 1, got {starts}")
        return random_starts(limits, int(starts), seed=seed)
    s = np.atleast_2d(np.array(starts, float, order="C"))
    if s.ndim != 2 or s.shape[1] != 4 or not len(s):
        raise InputError(f"starts: rollout expected states (n, 4), got shape {s.shape}")
    if not np.isfinite(s).all():
        raise InputError("starts: rollout expected finite states, got NaN or infinity among them")
    return s
