"""Hashes of values and rows: the same value has the same hash in every batch, file and process.

Sampling by smallest hash adds up, and is coordinated: two tables sampled this way keep the same values. Finaliser:
Stafford's variant 13 of MurmurHash3's mixer, as in SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable
pseudorandom number generators").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
MISSING = np.uint64(0)  # the hash of a missing value; no value has it but by a chance of 2^-64


@njit(cache=True, nogil=True, inline="always")
def _mix(z):  # type: ignore[no-untyped-def]
    z = z + _GOLDEN
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@njit("uint64[::1](uint64[::1])", cache=True, nogil=True)
def mix(keys):  # type: ignore[no-untyped-def]
    """Scrambles 64-bit keys (n,), one to one."""
    out = np.empty_like(keys)
    for i in range(keys.size):
        out[i] = _mix(keys[i])
    return out


@njit("uint64[::1](uint64[::1], boolean[::1])", cache=True, nogil=True)
def _mix_bits(bits, missing):  # type: ignore[no-untyped-def]
    out = np.empty_like(bits)
    for i in range(bits.size):
        out[i] = MISSING if missing[i] else _mix(bits[i])
    return out


def hash_numbers(values: np.ndarray) -> np.ndarray:
    """Hash of each number, (n,) float64 → (n,) uint64; equal numbers agree (-0.0 and 0.0 too), NaN gives 0
    (missing).
    """
    plain = np.ascontiguousarray(values, dtype=np.float64) + 0.0  # adding 0 turns -0.0 into 0.0
    return np.asarray(_mix_bits(plain.view(np.uint64), np.isnan(plain)))


def hash_levels(levels: Iterable[str]) -> np.ndarray:
    """Hash of each text, → (n,) uint64. BLAKE2b of its UTF-8 bytes, so that hostile values cannot be made to
    collide.
    """
    digest = hashlib.blake2b
    return np.array(
        [int.from_bytes(digest(s.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") for s in levels],
        dtype=np.uint64,
    )


@njit("void(uint64[::1], uint64[::1])", cache=True, nogil=True)
def extend_rows(rows, column):  # type: ignore[no-untyped-def]
    """Folds one more column's hashes into the rows' hashes, in place; the order of columns matters."""
    for i in range(rows.size):
        rows[i] = _mix(rows[i] * np.uint64(31) ^ column[i])


@njit("uint64(uint64[::1], int64[::1])", cache=True, nogil=True)
def fingerprint(column, positions):  # type: ignore[no-untyped-def]
    """A sum, modulo 2^64, that two columns share exactly when they hold the same values in the same rows.

    `column`: hashes (n,); `positions`: place of each row in the table. Chance of an accidental match of two given
    columns: 2^-64.
    """
    total = np.uint64(0)
    for i in range(column.size):
        total += _mix(column[i] ^ _mix(np.uint64(positions[i])))
    return total


@dataclass(frozen=True, eq=False)
class HashSet:
    """The `limit` smallest distinct hashes of a stream: exact membership for every hash up to `threshold`.

    With at most `limit` distinct values it is the whole set; beyond that it is a uniform sample of the distinct
    values, the same in every table (coordinated sampling, Cohen & Kaplan 2007).
    """

    limit: int
    hashes: np.ndarray  # (m,) uint64, sorted
    full: bool = False  # some hashes have been dropped

    @classmethod
    def zero(cls, limit: int = 1_000_000) -> HashSet:
        """The state of no rows."""
        return cls(limit, np.empty(0, np.uint64))

    @classmethod
    def of(cls, hashes: np.ndarray, limit: int = 1_000_000) -> HashSet:
        """From hashes (n,) uint64, in any order, with repeats; zeros (missing) are left out."""
        return cls._cut(limit, np.unique(hashes[hashes != MISSING]), False)

    @classmethod
    def _cut(cls, limit: int, unique: np.ndarray, full: bool) -> HashSet:
        return cls(limit, unique[:limit], full or unique.size > limit)

    @property
    def threshold(self) -> int:
        """Largest hash for which membership is known."""
        return int(self.hashes[-1]) if self.full else 2**64 - 1

    def __add__(self, other: HashSet) -> HashSet:
        known = np.uint64(min(self.threshold, other.threshold))
        both = np.union1d(self.hashes, other.hashes)
        return self._cut(self.limit, both[both <= known], self.full or other.full)

    def absorb(self, hashes: np.ndarray) -> HashSet:
        """`self + HashSet.of(hashes)`, faster."""
        return self + HashSet.of(hashes[hashes <= np.uint64(self.threshold)], self.limit)

    def known(self, hashes: np.ndarray) -> np.ndarray:
        """Which of the hashes (n,) this set can answer for, (n,) bool."""
        return np.asarray((hashes <= np.uint64(self.threshold)) & (hashes != MISSING))

    def contains(self, hashes: np.ndarray) -> np.ndarray:
        """Which of the hashes (n,) are members, (n,) bool; false beyond the threshold."""
        if self.hashes.size == 0:
            return np.zeros(hashes.shape, bool)
        at = np.minimum(np.searchsorted(self.hashes, hashes), self.hashes.size - 1)
        return np.asarray(self.hashes[at] == hashes)
