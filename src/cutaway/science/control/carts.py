"""Many carts as an environment that is stepped from outside, as learners want it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once, cores
from cutaway.science.control.cart import Cart
from cutaway.science.control.limits import Limits, stream_key
from cutaway.science.control.rollout import bounds, constants

STRETCH = 1 << 13  # fewer carts are stepped by one thread: to hand work to another one takes as long


class Step(NamedTuple):
    """What one step of n carts gave.

    Args:
        states: (n, 4), what is seen of the carts after the step, or at their new start.
        rewards: (n,) float32: 1 for a step, 0 where an episode was begun in place of one.
        terminated: (n,) bool: a limit of the track or of the lean is passed.
        truncated: (n,) bool: the limit of steps is reached.
        finals: (n, 4): the states that the step led to, where they are not `states`: with `reset="same"`; else None.
    """

    states: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    finals: np.ndarray | None


class Carts:
    """n carts, each of which begins a new episode where one is over.

    As Gymnasium's CartPoleVectorEnv: the same physics, limits, rewards and, with `reset="next"`, the same way of
    beginning anew: the step after the last one of an episode ignores its action, gives the new start and reward 0.
    With `reset="same"` the last step itself gives the new start, and its own state in `finals`.

    States come as in Gymnasium: (n, 4), each coordinate in a row of memory of its own.

    Cart i's starts depend on the seed, i and n alone; nothing depends on the number of cores.

    Args:
        n: carts.
        cart: their constants.
        limits: of their episodes, and the box of their starts.
        seed: of the starts.
        reset: `"next"` or `"same"`.
        dtype: of the states that are handed out, float32 or float64; the carts themselves are float64.

    Raises: InputError for less than one cart, another `reset` or another dtype.

    >>> carts = Carts(3, seed=1)
    >>> states = carts.reset()
    >>> found = carts.step(np.array([0, 1, 1]))
    >>> found.states.shape, found.rewards.tolist(), found.terminated.any()
    ((3, 4), [1.0, 1.0, 1.0], np.False_)
    """

    def __init__(
        self,
        n: int,
        cart: Cart | None = None,
        limits: Limits | None = None,
        *,
        seed: int = 0,
        reset: Literal["next", "same"] = "next",
        dtype: Any = np.float32,
    ) -> None:
        if n < 1:
            raise InputError(f"n: Carts expected at least 1, got {n}")
        if reset not in ("next", "same"):
            raise InputError(f"reset: Carts expected next or same, got {reset!r}")
        if np.dtype(dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise InputError(f"dtype: Carts expected float32 or float64, got {dtype}")
        self.n, self.cart, self.limits = n, cart or Cart(), limits or Limits()
        self.dtype = np.dtype(dtype)
        self._same = reset == "same"
        self._s, self._push = np.empty((4, n)), np.empty(n)
        self._taken, self._episode = np.zeros(n, np.int32), np.zeros(n, np.int64)
        self._over = np.zeros(n, np.uint8)
        self._numbers = (
            constants(self.cart), self.cart.integrator == "euler", bounds(self.limits), int(self.limits.steps),
        )  # fmt: skip
        self._half = float(self.limits.start)
        share = max(STRETCH, -(-n // cores()))
        self._cuts = [(a, min(n, a + share)) for a in range(0, n, share)]
        self.reset(seed=seed)

    def reset(self, *, seed: int | None = None) -> np.ndarray:
        """Begin a new episode of every cart, the stream's first one where a seed is given: the states (n, 4)."""
        from cutaway.science.control.carts_kernel import begun

        if seed is not None:
            self._key = stream_key(seed)
            self._episode[:] = 0
        begun(self._key, self._half, self._s, self._taken, self._episode, self._over)
        return self._s.astype(self.dtype).T

    @property
    def states(self) -> np.ndarray:
        """Where the carts are, exactly: (n, 4) float64, a copy."""
        return self._s.T.copy()

    @states.setter
    def states(self, states: np.ndarray) -> None:
        """Put the carts at (n, 4); their episodes go on."""
        states = np.asarray(states, float)
        if states.shape != (self.n, 4) or not np.isfinite(states).all():
            raise InputError(f"states: Carts expected finite numbers of shape {(self.n, 4)}, got shape {states.shape}")
        self._s[:] = states.T

    @property
    def taken(self) -> np.ndarray:
        """Steps of each cart's episode so far: (n,) int32, a copy."""
        return self._taken.copy()

    def step(self, actions: np.ndarray) -> Step:
        """Push every cart: actions (n,) are whole numbers, 0 to the left and 1 to the right, or shares of the force.

        Raises: InputError for another shape, other whole numbers, or shares that are not finite.
        """
        from cutaway.science.control import carts_kernel as kernel

        actions = np.asarray(actions)
        if actions.shape != (self.n,):
            raise InputError(f"actions: Carts.step expected shape ({self.n},), got {actions.shape}")
        if actions.dtype.kind == "b":
            actions = actions.view(np.uint8)
        forced = actions.dtype.kind == "f"
        if not forced and actions.dtype.kind not in "iu":
            raise InputError(f"actions: Carts.step expected whole numbers or shares of the force, got {actions.dtype}")
        if forced:
            np.copyto(self._push, actions, casting="same_kind")
            wrong = not np.isfinite(self._push).all()
        else:
            wrong = kernel.sided(actions, self._push) > 0
        if wrong:
            raise InputError("actions: Carts.step expected 0 and 1, or finite shares of the force; got others")
        seen, rewards = np.empty((4, self.n), self.dtype), np.empty(self.n, np.float32)
        terminated, truncated = np.empty(self.n, np.bool_), np.empty(self.n, np.bool_)
        finals = np.empty((4, self.n if self._same else 0))

        def stretch(a: int, b: int) -> None:
            kernel.stepped(
                *self._numbers, self._key, self._half, self._same, a, b, self._push,
                self._s, self._taken, self._episode, self._over, rewards, terminated, truncated, finals,
            )  # fmt: skip
            kernel.shown(self._s, a, b, seen)

        if len(self._cuts) == 1:
            stretch(0, self.n)
        else:
            at_once(lambda k: stretch(*self._cuts[k]), len(self._cuts))
        return Step(
            seen.T, rewards, terminated, truncated, finals.astype(self.dtype, copy=False).T if self._same else None
        )
