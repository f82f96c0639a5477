"""Fixed, order-preserving bins of real scores, and the threaded loop that counts rows into them.

The bin of s ≥ 0 is BINS/2 + floor(BINS/2 · (1 - KNEE / (KNEE + |s|))), that of s < 0 its mirror image: equal steps of
|s| / (KNEE + |s|), finest around 0 and still apart at ±100. Bin width at s: 2 (KNEE + |s|)² / (KNEE · BINS), that is
0.00012 at 0, 0.0006 at ±5. Each rounding in it is monotone in |s|, so no two scores can change places; |s| / (KNEE +
|s|) itself would not be. float32 scores are computed in float64, so that one score has one bin whatever its type.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once, cores

BINS = 65_536
KNEE = 4.0
_HALF = BINS // 2
_BLOCK = 2048  # rows whose bins are computed together, in vector registers, before they are counted
_SLICE = 1 << 16  # rows converted together where the labels are not of one byte
_PART = 1 << 18  # rows for which a thread pays

_fast = {"cache": True, "nogil": True, "error_model": "numpy"}  # division by KNEE + |s| > 0 needs no check


@njit(inline="always", **_fast)
def _places(scores, start, stop, places):  # type: ignore[no-untyped-def]
    """Bins of scores[start:stop]; whether one is NaN."""
    wrong = 0
    for i in range(stop - start):
        s = np.float64(scores[start + i])
        step = np.int32(min(_HALF * (1.0 - KNEE / (KNEE + abs(s))), _HALF - 1.0))
        places[i] = _HALF + step if s >= 0.0 else _HALF - 1 - step
        wrong |= s != s
    return wrong


@njit(["int64(float32[::1], uint8[::1], int32[:,::1])", "int64(float64[::1], uint8[::1], int32[:,::1])"], **_fast)
def _count(scores, y, counts):  # type: ignore[no-untyped-def]
    """Adds rows to counts (2, BINS); the start of the block with a NaN score or a label above 1, or -1."""
    places = np.empty(_BLOCK, np.int32)
    flat = counts.reshape(-1)
    for start in range(0, scores.size, _BLOCK):
        stop = min(start + _BLOCK, scores.size)
        wrong = _places(scores, start, stop, places)
        for i in range(stop - start):
            wrong |= y[start + i] > 1
        if wrong:
            return start
        for i in range(stop - start):
            flat[np.int32(y[start + i]) * BINS + places[i]] += 1
    return -1


@njit("int64(float64[::1], uint8[::1], float64[::1], float64[:,::1])", **_fast)
def _weigh(scores, y, weight, counts):  # type: ignore[no-untyped-def]
    """As `_count`, with a weight a row."""
    places = np.empty(_BLOCK, np.int32)
    for start in range(0, scores.size, _BLOCK):
        stop = min(start + _BLOCK, scores.size)
        wrong = _places(scores, start, stop, places)
        for i in range(start, stop):
            wrong |= (y[i] > 1) | (not weight[i] >= 0.0)
        if wrong:
            return start
        for i in range(stop - start):
            counts[y[start + i], places[i]] += weight[start + i]
    return -1


def bin_of(score: float) -> int:
    """The bin of one score."""
    step = int(min(_HALF * (1.0 - KNEE / (KNEE + abs(score))), _HALF - 1.0))
    return _HALF + step if score >= 0 else _HALF - 1 - step


def edges() -> np.ndarray:
    """Ends (BINS + 1,) of the bins, from -inf to inf."""
    i = np.arange(_HALF, dtype=float)
    above = np.append(KNEE * i / (_HALF - i), np.inf)
    return np.concatenate([-above[:0:-1], above])


def log_odds(p: np.ndarray) -> np.ndarray:
    """Log-odds (n,) float64 of probabilities (n,), ±inf at 1 and 0.

    Raises: InputError for a probability outside [0, 1], NaN included.
    """
    p = np.asarray(p)
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        at = int(np.flatnonzero(~((p >= 0) & (p <= 1)))[0])
        raise InputError(f"p: expected probabilities in [0, 1], got {p[at]} at row {at}; pass log-odds as scores")
    p = p.astype(float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


def counted(scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, float, float]:
    """Counts (2, BINS) float64, Σ weight² and the number of rows; see `ScoreHistogram.of`."""
    scores, y = np.asarray(scores), np.asarray(y)
    if scores.ndim != 1 or scores.shape != y.shape or (weight is not None and np.shape(weight) != y.shape):
        shapes = [scores.shape, y.shape, *([np.shape(weight)] if weight is not None else [])]
        raise InputError(f"scores: expected one score, label and weight a row, got {shapes}; pass columns of one table")
    if scores.dtype not in (np.float32, np.float64) or weight is not None:
        scores = scores.astype(float, copy=False)
    if scores.dtype.byteorder not in "=|" or not scores.flags.c_contiguous:
        scores = np.ascontiguousarray(scores, scores.dtype.newbyteorder("="))
    n = scores.size
    if weight is None:
        parts = max(1, min(cores(), n // _PART), -(-n // 2**30))
        bounds = np.linspace(0, n, parts + 1).astype(int)
        tables = at_once(lambda k: _part(scores, y, int(bounds[k]), int(bounds[k + 1])), parts)
        counts = tables[0].astype(float)
        for table in tables[1:]:
            counts += table
        return counts, float(n), float(n)
    w = np.ascontiguousarray(weight, float)
    parts = max(1, min(16, n // (4 * _PART)))  # by rows alone: sums of fractions do not depend on the machine
    bounds = np.linspace(0, n, parts + 1).astype(int)
    weighed = at_once(lambda k: _part(scores, y, int(bounds[k]), int(bounds[k + 1]), w), parts)
    counts = weighed[0]
    for table in weighed[1:]:
        counts += table
    return counts, float(w @ w), float(n)


def _part(scores: np.ndarray, y: np.ndarray, start: int, stop: int, weight: np.ndarray | None = None) -> np.ndarray:
    counts = np.zeros((2, BINS), np.int32 if weight is None else np.float64)
    direct = y.dtype.itemsize == 1 and y.flags.c_contiguous
    step = stop - start if direct else _SLICE
    for a in range(start, stop, max(step, 1)):
        b = min(a + step, stop)
        labels = y[a:b].view(np.uint8) if direct else _bytes(y[a:b], a)
        if weight is None:
            at = _count(scores[a:b], labels, counts)
        else:
            at = _weigh(scores[a:b], labels, weight[a:b], counts)
        if at >= 0:
            raise _fault(scores, y, weight, a + at)
    return counts


def _bytes(y: np.ndarray, row: int) -> np.ndarray:
    """Labels of any numeric type as bytes."""
    out = y.astype(np.uint8)
    if not np.array_equal(out, y):
        at = int(np.flatnonzero(out != y)[0])
        raise InputError(f"y: expected labels 0 or 1, got {y[at]} at row {row + at}; code the positive class as 1")
    return out


def _fault(scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None, start: int) -> InputError:
    """What is wrong in the block of rows from `start`."""
    rows = slice(start, start + _BLOCK)
    for row in range(start, min(start + _BLOCK, scores.size)):
        if math.isnan(scores[row]):
            return InputError(f"scores: expected numbers, got NaN at row {row}; drop or mend it")
        if y[row] not in (0, 1):
            return InputError(f"y: expected labels 0 or 1, got {y[row]} at row {row}; code the positive class as 1")
        if weight is not None and not weight[row] >= 0:
            return InputError(f"weight: expected weights of 0 or more, got {weight[row]} at row {row}; mend it")
    raise AssertionError(rows)  # pragma: no cover
