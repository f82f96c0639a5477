"""The distinct values of a column and how often each class has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cutaway.science.columns.hashes import MISSING


@njit("int64(uint64[::1], int32[::1], uint64, uint64[::1], int64[::1], int64[:,::1])", cache=True, nogil=True)
def _tally(hashes, y, threshold, keys, first, counts):  # type: ignore[no-untyped-def]
    """Counts (hash, class) into an open-addressing table; returns the number of hashes seen, or -1 when the table is
    full.
    """
    mask = np.uint64(keys.size - 1)
    used = 0
    for i in range(hashes.size):
        h = hashes[i]
        if h == MISSING or h > threshold:
            continue
        slot = h & mask
        while keys[slot] != h:
            if keys[slot] == MISSING:
                if 2 * used >= keys.size:
                    return -1
                keys[slot] = h
                first[slot] = i
                used += 1
                break
            slot = (slot + np.uint64(1)) & mask
        counts[slot, y[i]] += 1
    return used


@dataclass(frozen=True, eq=False)
class Distinct:
    """The `limit` distinct values of smallest hash, each with its count by class.

    A value kept at the end was kept in every part in which it occurs, so the counts are exact, and adding is exact.
    With at most `limit` distinct values (`complete`) it is the whole table of values against classes; beyond that, a
    uniform sample of the distinct values, whose spacing estimates how many there are (k minimum values: Bar-Yossef et
    al. 2002).
    """

    limit: int
    hashes: np.ndarray  # (m,) uint64, sorted
    values: np.ndarray  # (m,) float64, or object (text): the value behind each hash
    counts: np.ndarray  # (m, classes) int64
    complete: bool = True

    @classmethod
    def zero(cls, classes: int, limit: int = 1024, *, text: bool = False) -> Distinct:
        """The state of no rows."""
        return cls(
            limit, np.empty(0, np.uint64), np.empty(0, object if text else float), np.empty((0, classes), np.int64)
        )

    @classmethod
    def of(
        cls,
        hashes: np.ndarray,
        values: np.ndarray,
        y: np.ndarray,
        classes: int,
        limit: int = 1024,
        below: int = 2**64 - 1,
    ) -> Distinct:
        """From rows: `hashes` (n,) uint64 (0 where missing: not counted), `values` (n,), `y` (n,) int32 codes below
        `classes`.

        Hashes above `below` are skipped: a caller that already keeps `limit` smaller ones loses nothing by it.
        """
        for size in (4096, 2 << hashes.size.bit_length()):  # most columns have few values; the second never fills
            keys = np.zeros(size, np.uint64)
            first = np.zeros(size, np.int64)
            counts = np.zeros((size, classes), np.int64)
            if _tally(hashes, y, np.uint64(below), keys, first, counts) >= 0:
                break
        taken = np.flatnonzero(keys)
        taken = taken[np.argsort(keys[taken])]
        kept = taken[:limit]
        return cls(limit, keys[kept], values[first[kept]], counts[kept], taken.size <= limit)

    @classmethod
    def of_levels(
        cls, hashes: np.ndarray, levels: np.ndarray, codes: np.ndarray, y: np.ndarray, classes: int, limit: int = 1024
    ) -> Distinct:
        """From a coded column: `hashes` and `levels` (m,) of its vocabulary, `codes` (n,) int32 into it, -1 where
        missing.
        """
        there = codes >= 0
        cells = np.bincount(codes[there].astype(np.int64) * classes + y[there], minlength=levels.size * classes)
        counts = cells.reshape(levels.size, classes)
        order = np.argsort(hashes)
        order = order[counts[order].sum(axis=1) > 0]
        return cls(limit, hashes[order[:limit]], levels[order[:limit]], counts[order[:limit]], order.size <= limit)

    @property
    def threshold(self) -> int:
        """Largest hash that this table answers for."""
        return 2**64 - 1 if self.complete else int(self.hashes[-1])

    def __add__(self, other: Distinct) -> Distinct:
        both = np.concatenate([self.hashes, other.hashes])
        hashes, first, place = np.unique(both, return_index=True, return_inverse=True)
        counts = np.zeros((hashes.size, self.counts.shape[1]), np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        known = hashes <= np.uint64(min(self.threshold, other.threshold))
        keep = np.flatnonzero(known)[: self.limit]
        values = np.concatenate([self.values, other.values])[first[keep]]
        complete = self.complete and other.complete and keep.size == hashes.size
        return Distinct(self.limit, hashes[keep], values, counts[keep], complete)

    def absorb(self, hashes: np.ndarray, values: np.ndarray, y: np.ndarray) -> Distinct:
        """`self + Distinct.of(hashes, values, y)`, faster: what lies above the threshold is skipped."""
        return self + Distinct.of(hashes, values, y, self.counts.shape[1], self.limit, self.threshold)

    @property
    def n(self) -> int:
        """Rows behind the kept values."""
        return int(self.counts.sum())

    @property
    def number(self) -> float:
        """Number of distinct values: exact when complete, else estimated (relative standard error 1/√limit)."""
        return float(self.hashes.size) if self.complete else (self.hashes.size - 1) / (float(self.hashes[-1]) / 2.0**64)

    @property
    def repeated(self) -> float:
        """Share of the kept distinct values that occur more than once; NaN when there is none."""
        return float((self.counts.sum(axis=1) > 1).mean()) if self.hashes.size else float("nan")

    def ordered(self) -> tuple[np.ndarray, np.ndarray]:
        """Values and counts (m, classes), most frequent first, ties by value; for a complete table."""
        order = sorted(range(self.hashes.size), key=lambda i: (-int(self.counts[i].sum()), self.values[i]))
        return self.values[order], self.counts[order]
