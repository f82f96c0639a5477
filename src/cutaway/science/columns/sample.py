"""A deterministic sample of rows that adds up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Sample:
    """The `limit` rows of smallest key, with their positions; ties go to the earlier row.

    With key = hash of the position it is a simple random sample without replacement. Numbers are kept as they are,
    categories as hashes (0 where missing), because a hash means the same in every batch.
    """

    limit: int
    keys: np.ndarray  # (m,) uint64, sorted
    positions: np.ndarray  # (m,) int64
    y: np.ndarray  # (m,) int32
    weight: np.ndarray  # (m,) float64
    numbers: np.ndarray  # (m, a) float64
    levels: np.ndarray  # (m, b) uint64
    seen: int = 0  # rows that the sample stands for

    @classmethod
    def zero(cls, limit: int, a: int, b: int) -> Sample:
        """The state of no rows."""
        return cls(
            limit,
            np.empty(0, np.uint64),
            np.empty(0, np.int64),
            np.empty(0, np.int32),
            np.empty(0),
            np.empty((0, a)),
            np.empty((0, b), np.uint64),
        )

    @classmethod
    def of(
        cls,
        limit: int,
        keys: np.ndarray,
        positions: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
        numbers: list[np.ndarray],
        levels: list[np.ndarray],
        below: int = 2**64 - 1,
    ) -> Sample:
        """From n rows: keys, positions, y, weight (n,); `numbers` and `levels`: lists of (n,) columns.

        Keys above `below` are skipped: a caller that keeps `limit` smaller ones loses nothing by it.
        """
        taken = np.flatnonzero(keys <= np.uint64(below)) if below < 2**64 - 1 else np.arange(keys.size)
        if taken.size > limit:
            nearest = np.partition(keys[taken], limit - 1)[limit - 1]
            taken = taken[keys[taken] <= nearest]
        taken = taken[np.lexsort((positions[taken], keys[taken]))][:limit]
        return cls(
            limit,
            keys[taken],
            positions[taken],
            y[taken],
            weight[taken],
            np.column_stack([c[taken] for c in numbers]) if numbers else np.empty((taken.size, 0)),
            np.column_stack([c[taken] for c in levels]) if levels else np.empty((taken.size, 0), np.uint64),
            int(keys.size),
        )

    def __add__(self, other: Sample) -> Sample:
        keys = np.concatenate([self.keys, other.keys])
        positions = np.concatenate([self.positions, other.positions])
        order = np.lexsort((positions, keys))[: self.limit]
        return Sample(
            self.limit,
            keys[order],
            positions[order],
            np.concatenate([self.y, other.y])[order],
            np.concatenate([self.weight, other.weight])[order],
            np.concatenate([self.numbers, other.numbers])[order],
            np.concatenate([self.levels, other.levels])[order],
            self.seen + other.seen,
        )

    @property
    def threshold(self) -> int:
        """Largest key that can still enter."""
        return int(self.keys[-1]) if self.keys.size == self.limit else 2**64 - 1

    def take(self, rows: np.ndarray) -> Sample:
        """Those rows of the sample (indices or mask), in the order asked for."""
        return Sample(
            self.limit,
            self.keys[rows],
            self.positions[rows],
            self.y[rows],
            self.weight[rows],
            self.numbers[rows],
            self.levels[rows],
            self.seen,
        )
