"""Running mean, median and extremes of a stream of draws, of any length, in the memory of a few kilobytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import in_turn
from cutaway.science.tails.cauchy import cauchy_distribution, cauchy_quantile, stream_key

BINS = 1 << 14
CHUNK = 1 << 22  # draws that one thread makes at a time


@dataclass(frozen=True, eq=False, slots=True)
class Running:
    """What is known of the draws so far: how many, their sum, least and largest, and counts by bins (`BINS`,).

    A bin holds an equal share of the standard Cauchy law, whatever the draws are from: fine near 0, and the last ones
    hold everything beyond 5,000. Two add to that of both streams; the sum is then exact to rounding.

    >>> found = Running.of(np.array([1.0, -2.0, 4.0]))
    >>> found.n, found.mean, found.largest
    (3, 1.0, 4.0)
    """

    n: int = 0
    total: float = 0.0
    least: float = np.inf
    largest: float = -np.inf
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))

    @classmethod
    def of(cls, draws: np.ndarray) -> Self:
        """Of one batch (m,), without NaN."""
        x = np.asarray(draws, float)
        if not x.size:
            return cls()
        place = np.minimum((cauchy_distribution(x) * BINS).astype(np.int64), BINS - 1)
        return cls(x.size, float(x.sum()), float(x.min()), float(x.max()), np.bincount(place, minlength=BINS))

    def __add__(self, other: Running, /) -> Running:
        """Of the draws of both."""
        return Running(
            self.n + other.n,
            self.total + other.total,
            min(self.least, other.least),
            max(self.largest, other.largest),
            self.counts + other.counts,
        )

    @property
    def mean(self) -> float:
        """Of all draws; NaN of none."""
        return self.total / self.n if self.n else float("nan")

    @property
    def median(self) -> float:
        """Of all draws, interpolated within its bin, which near 0 is 2e-4 wide; NaN of none."""
        return self.quantile(0.5)

    def quantile(self, p: float) -> float:
        """The p-quantile of the draws, interpolated within its bin; NaN of none."""
        if not self.n:
            return float("nan")
        before = np.concatenate(([0], np.cumsum(self.counts)))
        k = int(np.clip(np.searchsorted(before, p * self.n, side="right") - 1, 0, BINS - 1))
        inside = (p * self.n - before[k]) / max(int(self.counts[k]), 1)
        found = float(cauchy_quantile(np.array((k + np.clip(inside, 0, 1)) / BINS)))
        return float(np.clip(found, self.least, self.largest))


def running(seed: int, stops: Sequence[int]) -> Iterator[Running]:
    """The state of a stream of standard Cauchy draws at each of the ascending `stops`, as soon as it is there.

    Raises: InputError where the stops do not ascend.
    """
    from cutaway.science.tails.cauchy_kernel import folded

    key = stream_key(seed)

    def part(first: int, stop: int) -> Running:
        counts = np.zeros(BINS, np.int64)
        total, least, largest = folded(key, np.uint64(first), np.uint64(stop), counts)
        return Running(stop - first, float(total), float(least), float(largest), counts)

    return _stopped(part, stops)


def running_of(draw: Callable[[int, int], np.ndarray], stops: Sequence[int]) -> Iterator[Running]:
    """The same for any law: `draw(first, n)` gives the draws (n,) from place `first` of the stream on."""
    return _stopped(lambda first, stop: Running.of(draw(first, stop - first)), stops)


def _stopped(part: Callable[[int, int], Running], stops: Sequence[int]) -> Iterator[Running]:
    if any(a >= b for a, b in pairwise((0, *stops))):
        raise InputError(f"stops: running expected whole numbers that ascend from 1 on, got {list(stops)[:5]}")
    edges = sorted({*stops, *range(0, max(stops, default=0), CHUNK)} | {0})
    wanted, state = set(stops), Running()
    for stop, piece in zip(edges[1:], in_turn(lambda i: part(edges[i], edges[i + 1]), len(edges) - 1), strict=True):
        state = state + piece
        if stop in wanted:
            yield state
