"""When an episode of the cart and pole is over, where it starts, and the random starts themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError

TWELVE_DEGREES = 12 * 2 * math.pi / 360  # in this order, in which Gymnasium rounds it
ENDS = ("steps", "left", "right", "fell left", "fell right")
"""Why an episode ended; `Rollouts.ends` holds places in this list."""


@dataclass(frozen=True, slots=True)
class Limits:
    """An episode lasts while left <= x <= right and lean_left <= lean <= lean_right, for at most `steps` steps.

    Args:
        left: end of the track, m; -inf where there is none.
        right: the other end, m.
        lean_left: rad; -inf lets the pole hang.
        lean_right: rad.
        steps: after so many the episode is over, and nothing was wrong.
        start: half the width of the box around 0 in which all four coordinates of a start are uniform.

    Raises: InputError where 0 is not between the limits, or the steps or the start cannot be.
    """

    left: float = -2.4
    right: float = 2.4
    lean_left: float = -TWELVE_DEGREES
    lean_right: float = TWELVE_DEGREES
    steps: int = 500
    start: float = 0.05

    def __post_init__(self) -> None:
        if not (self.left < 0 < self.right and self.lean_left < 0 < self.lean_right):
            raise InputError(
                "left, right, lean_left, lean_right: Limits expected 0 between them, "
                f"got {self.left}, {self.right} and {self.lean_left}, {self.lean_right}"
            )
        if not (isinstance(self.steps, int | np.integer) and self.steps >= 1):
            raise InputError(f"steps: Limits expected a whole number from 1 on, got {self.steps!r}")
        if not (np.isfinite(self.start) and self.start >= 0):
            raise InputError(f"start: Limits expected a number from 0 on, got {self.start}; 0 always starts upright")

    @property
    def unlimited(self) -> bool:
        """Whether the track has no end on either side."""
        return math.isinf(self.left) and math.isinf(self.right)


def random_starts(limits: Limits, n: int, *, seed: int, first: int = 0) -> np.ndarray:
    """Random states (n, 4), the `first`-th and those after it of the stream that the seed names.

    The k-th start depends on the seed and on k alone, so that it is the same wherever and by whomever it is made.

    >>> a = random_starts(Limits(), 10, seed=1)
    >>> bool((a[4:] == random_starts(Limits(), 6, seed=1, first=4)).all() and abs(a).max() <= 0.05)
    True
    """
    from cutaway.science.control.random_kernel import boxes

    if n < 0 or first < 0:
        raise InputError(f"n, first: random_starts expected numbers from 0 on, got {n} and {first}")
    out = np.empty((n, 4))
    boxes(stream_key(seed), np.uint64(first), float(limits.start), out)
    return out


def stream_key(seed: int, purpose: int = 0) -> np.uint64:
    """The key of the stream of draws that a seed names; of starts (0) or of pushes (1). Raises: InputError below 0."""
    if seed < 0:
        raise InputError(f"seed: expected a number from 0 on, got {seed}; leave out the sign")
    entropy = (int(seed), purpose) if purpose else int(seed)
    return np.uint64(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0])
