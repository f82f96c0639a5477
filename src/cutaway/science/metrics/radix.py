"""Scores sorted with their labels packed in: a radix sort over threads whose later digits stay in the cache.

The bits of a score, read as an integer, ascend with it once those of negative scores are inverted. The first digit,
14 bits (the sign, eight of the exponent, five of the mantissa; the exponent of a float64 is clamped to the range of a
float32), parts the rows into bins by one scatter, in which each thread places its own rows. A bin never mixes signs,
so the bit of the sign is free and carries the label. The bins are then sorted one by one by what is left, lowest digit
first, in the cache and over threads. -0.0 is 0.0; infinities keep their place; NaN is refused.

Source: Knuth, The Art of Computer Programming 3, section 5.2.5, on both directions of radix sorting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once, cores

BINS = 1 << 14
_HALF = np.int32(BINS // 2)
_BLOCK = 2048  # rows whose digits are computed together, in vector registers
_PART = 1 << 17  # rows for which a thread pays
_FEW = 24  # rows that are put in order by insertion
_DIGIT = 10  # bits of a digit within a bin
SCRATCH = 7 << _DIGIT  # counters for all digits of 64 bits


@dataclass(frozen=True, eq=False)
class Binned:
    """Rows parted by the first digit: bin b holds packed[starts[b]:starts[b + 1]], its order within not yet made.

    `packed` (n,): the rest of a score's ordered bits, then the label at bit `base`, then, for float32 scores that carry
    something, 32 bits of load; `load` (n,): what rows with float64 scores carry, or None; `positives` (BINS,) of each
    bin; `dtype` of the scores.
    """

    packed: np.ndarray
    load: np.ndarray | None
    starts: np.ndarray
    positives: np.ndarray
    dtype: np.dtype
    base: int = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _pack32(bits, y, places, packed):  # type: ignore[no-untyped-def]
    """First digits and packed rest of a block of int32 bits; whether a score is NaN. No branch, so that LLVM makes
    vector instructions of it.
    """
    mask, infinity, zero = np.int32(0x7FFFFFFF), np.int32(0x7F800000), np.int32(0)
    nan = zero
    for i in range(places.size):
        size = bits[i] & mask
        nan |= np.int32(size > infinity)
        below = (bits[i] >> np.int32(31)) if size != zero else zero  # all ones for a negative score
        rest = size ^ (below & mask)
        packed[i] = (rest << np.int32(1)) | np.int32(y[i])
        places[i] = (rest >> np.int32(18)) | (_HALF & ~below)
    return nan != zero


@njit(cache=True, nogil=True, error_model="numpy")
def _pack64(bits, y, places, packed):  # type: ignore[no-untyped-def]
    """As `_pack32`, of int64 bits; the first digit is that of the score cut to a float32, its exponent clamped."""
    mask, infinity, zero = np.int64(0x7FFFFFFFFFFFFFFF), np.int64(0x7FF0000000000000), np.int64(0)
    least = np.int32((1023 - 127) << 5)
    nan = zero
    for i in range(places.size):
        size = bits[i] & mask
        nan |= np.int64(size > infinity)
        below = (bits[i] >> np.int64(63)) if size != zero else zero
        digit = min(max(np.int32(size >> np.int64(47)) - least, np.int32(0)), _HALF - np.int32(1))
        packed[i] = ((size ^ (below & mask)) << np.int64(1)) | np.int64(y[i])
        places[i] = (digit ^ (np.int32(below) & (_HALF - np.int32(1)))) | (_HALF & ~np.int32(below))
    return nan != zero


@njit(cache=True, nogil=True, error_model="numpy")
def _tally(bits, y, counts):  # type: ignore[no-untyped-def]
    """Adds rows to counts (2 · BINS,) by label and first digit; the start of a block with a NaN, or -1."""
    all_places, all_packed = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, bits.dtype)
    for start in range(0, bits.size, _BLOCK):
        stop = min(start + _BLOCK, bits.size)
        places, packed = all_places[: stop - start], all_packed[: stop - start]
        if bits.itemsize == 4:
            nan = _pack32(bits[start:stop], y[start:stop], places, packed)
        else:
            nan = _pack64(bits[start:stop], y[start:stop], places, packed)
        if nan:
            return start
        for i in range(places.size):
            counts[np.uint32(places[i] | (np.int32(y[start + i]) << np.int32(14)))] += 1
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter(bits, y, load, ends, out, out_load):  # type: ignore[no-untyped-def]
    """Places rows, and what they carry, at ends[bin], which moves on."""
    all_places, all_packed = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, bits.dtype)
    for start in range(0, bits.size, _BLOCK):
        stop = min(start + _BLOCK, bits.size)
        places, packed = all_places[: stop - start], all_packed[: stop - start]
        if bits.itemsize == 4:
            _pack32(bits[start:stop], y[start:stop], places, packed)
        else:
            _pack64(bits[start:stop], y[start:stop], places, packed)
        for i in range(places.size):
            b = np.uint32(places[i])
            at = np.uint64(ends[b])
            ends[b] += 1
            out[at] = packed[i]
            if load is not None:
                out_load[at] = load[start + i]


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter_loaded(bits, y, load, ends, out):  # type: ignore[no-untyped-def]
    """As `_scatter`, with the uint32 load of a row in the low half of its uint64."""
    all_places, all_packed = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, bits.dtype)
    for start in range(0, bits.size, _BLOCK):
        stop = min(start + _BLOCK, bits.size)
        places, packed = all_places[: stop - start], all_packed[: stop - start]
        _pack32(bits[start:stop], y[start:stop], places, packed)
        for i in range(places.size):
            b = np.uint32(places[i])
            at = np.uint64(ends[b])
            ends[b] += 1
            out[at] = (np.uint64(np.uint32(packed[i])) << np.uint64(32)) | np.uint64(load[start + i])


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(v, load, base, budget):  # type: ignore[no-untyped-def]
    """Insertion by the bits above `base`; whether it ended within `budget` steps, else the order is half made."""
    one = np.uint64(base + 1)
    for i in range(1, v.size):
        x = np.uint64(v[i])
        if np.uint64(v[i - 1]) >> one <= x >> one:
            continue
        k = i
        if load is not None:
            carried = load[i]
        while k > 0 and np.uint64(v[k - 1]) >> one > x >> one:
            v[k] = v[k - 1]
            if load is not None:
                load[k] = load[k - 1]
            k -= 1
        v[k] = x
        if load is not None:
            load[k] = carried
        budget -= i - k
        if budget < 0:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _digits(v, load, spare, spare_load, counts, low, top):  # type: ignore[no-untyped-def]
    """A stable sort by bits low … top - 1, lowest digit first."""
    passes = (top - low + _DIGIT - 1) // _DIGIT
    width = (top - low + passes - 1) // passes
    mask = np.uint64((1 << width) - 1)
    counts[: passes << width] = 0
    for i in range(v.size):
        x = np.uint64(v[i]) >> np.uint64(low)
        for k in range(passes):
            counts[np.uint64(k << width) + (x & mask)] += 1
            x >>= np.uint64(width)
    source, target, source_load, target_load = v, spare, load, spare_load
    for k in range(passes):
        ends = counts[k << width : (k + 1) << width]
        total = 0
        for e in range(ends.size):
            here = ends[e]
            ends[e] = total
            total += here
        shift = np.uint64(low + k * width)
        for i in range(v.size):
            value = source[i]
            d = (np.uint64(value) >> shift) & mask
            at = np.uint64(ends[d])
            ends[d] += 1
            target[at] = value
            if load is not None:
                target_load[at] = source_load[i]
        source, target = target, source
        source_load, target_load = target_load, source_load
    if passes % 2:
        v[:] = spare[: v.size]
        if load is not None:
            load[:] = spare_load[: v.size]


@njit(cache=True, nogil=True, error_model="numpy")
def sort_bin(v, load, spare, spare_load, counts, base):  # type: ignore[no-untyped-def]
    """Puts the packed values `v` (m,) unsigned of one bin in order of their scores, and `load` with them.

    By as many of the highest bits that differ as tell most of m values apart, then by insertion; where that takes
    long, since many agree in those bits, by all bits. `spare`, `spare_load` (m or more,) and `counts` (SCRATCH,) are
    scratch.
    """
    if v.size <= _FEW:
        _insert(v, load, base, v.size * v.size)
        return
    differ = np.uint64(0)
    for i in range(v.size):
        differ |= np.uint64(v[i]) ^ np.uint64(v[0])
    low, top, size = base + 1, base + 1, 0
    while top < 64 and differ >> np.uint64(top):
        top += 1
    while low < top and not (differ >> np.uint64(low)) & np.uint64(1):
        low += 1
    if low == top:
        return
    while v.size >> size:
        size += 1
    enough = max(low, top - size - 5)  # of m values about m / 64 then share these bits with another
    _digits(v, load, spare, spare_load, counts, enough, top)
    if enough > low and not _insert(v, load, base, 2 * v.size):
        _digits(v, load, spare, spare_load, counts, low, top)


def binned(scores: np.ndarray, y: np.ndarray, load: np.ndarray | None = None) -> Binned:
    """Rows parted by the first digit; `scores` (n,) float32, or anything else as float64, `y` (n,) 0 or 1.

    Each row carries its `load` (n,), a whole number below 2^32 (float64 scores: any), along.

    Raises: InputError for unequal lengths, a NaN score, a label other than 0 or 1.
    """
    scores, y = np.asarray(scores), np.asarray(y)
    if scores.ndim != 1 or scores.shape != y.shape:
        raise InputError(f"scores: expected one score a label, got {scores.shape} for {y.shape} labels")
    narrow = scores.dtype == np.float32
    values = np.require(scores, np.float32 if narrow else np.float64, ["C", "W", "A"])
    bits = values.view(np.int32 if narrow else np.int64)
    n = bits.size
    parts = max(1, min(cores(), n // _PART))
    bounds = [n * k // parts for k in range(parts + 1)]
    labels = y.view(np.uint8) if y.dtype == bool and y.flags.c_contiguous else np.empty(n, np.uint8)
    if not labels.flags.writeable:
        labels = labels.copy()

    def tally(k: int) -> np.ndarray:
        rows = slice(bounds[k], bounds[k + 1])
        if y.dtype != bool or not y.flags.c_contiguous:
            labels[rows] = y[rows]
            if labels[rows].max(initial=0) > 1 or not np.array_equal(labels[rows], y[rows]):
                _refuse_labels(y)
        counts = np.zeros(2 * BINS, np.int64)
        at = _tally(bits[rows], labels[rows], counts)
        if at >= 0:
            row = int(np.flatnonzero(np.isnan(scores))[0])
            raise InputError(f"scores: expected numbers, got NaN at row {row}; drop or mend it")
        return counts

    tallies = np.stack(at_once(tally, parts)).reshape(parts, 2, BINS)
    by_part = tallies.sum(axis=1)
    starts = np.zeros(BINS + 1, np.int64)
    np.cumsum(by_part.sum(axis=0), out=starts[1:])
    ends = starts[:-1] + np.cumsum(by_part, axis=0) - by_part
    within = narrow and load is not None
    packed = np.empty(n, np.uint64 if within else bits.dtype)
    carried = None if within or load is None else np.empty(n, load.dtype)

    def scatter(k: int) -> None:
        rows = slice(bounds[k], bounds[k + 1])
        some = None if load is None else load[rows]
        if within:
            _scatter_loaded(bits[rows], labels[rows], some, ends[k], packed)
        else:
            _scatter(bits[rows], labels[rows], some, ends[k], packed, carried)

    at_once(scatter, parts)
    unsigned = packed.view(np.uint32 if narrow and not within else np.uint64)
    return Binned(unsigned, carried, starts, tallies.sum(axis=0)[1], values.dtype, 32 if within else 0)


def _refuse_labels(y: np.ndarray) -> None:
    row = int(np.flatnonzero((y != 0) & (y != 1))[0])
    raise InputError(f"y: expected labels 0 or 1, got {y[row]} at row {row}; code the positive class as 1")


def score_of(packed: np.ndarray, bins: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The scores that packed values (m,) of `bins` (m,) stand for."""
    if dtype == np.float32:
        small = packed.view(np.uint32) >> np.uint32(1)
        return np.where(bins < BINS // 2, ~small, small & np.uint32(0x7FFFFFFF)).view(np.float32)
    rest = packed.view(np.uint64) >> np.uint64(1)
    return np.where(bins < BINS // 2, ~rest, rest & np.uint64(0x7FFFFFFFFFFFFFFF)).view(np.float64)
