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


@njit(cache=True, nogil=True, error_model="numpy")
def _places(scores, y, places):  # type: ignore[no-untyped-def]
    """Writes the flat places in counts (2, BINS) of a block; whether it has a NaN score or a label above 1.

    Three loops, each over one width of number, without a branch: LLVM makes vector instructions of them.
    """
    labels = y[0]
    for i in range(places.size):
        labels |= y[i]
    nan = np.int32(0)
    for i in range(places.size):
        nan |= np.int32(scores[i] != scores[i])
    for i in range(places.size):
        s = np.float64(scores[i])
        step = min(np.int32(_HALF * (1.0 - KNEE / (KNEE + abs(s)))), np.int32(_HALF - 1))
        places[i] = (np.int32(_HALF) + (step ^ -np.int32(s < 0.0))) | (np.int32(y[i]) << np.int32(16))
    return (np.uint64(labels) > 1) | (nan != 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _count(scores, y, flat):  # type: ignore[no-untyped-def]
    """Adds rows to flat counts (2 · BINS,); the start of the first faulty block, or -1."""
    block = np.empty(_BLOCK, np.int32)
    for start in range(0, scores.size, _BLOCK):
        stop = min(start + _BLOCK, scores.size)
        places = block[: stop - start]
        if _places(scores[start:stop], y[start:stop], places):
            return start
        for i in range(places.size):
            flat[np.uint32(places[i])] += 1  # unsigned: no test for an index from the end
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(scores, y, weight, flat):  # type: ignore[no-untyped-def]
    """As `_count`, with a weight a row; a weight below 0 or NaN is a fault too."""
    block = np.empty(_BLOCK, np.int32)
    for start in range(0, scores.size, _BLOCK):
        stop = min(start + _BLOCK, scores.size)
        places = block[: stop - start]
        wrong = _places(scores[start:stop], y[start:stop], places)
        for i in range(start, stop):
            wrong |= not weight[i] >= 0.0
        if wrong:
            return start
        for i in range(places.size):
            flat[np.uint32(places[i])] += weight[start + i]
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
    flat = counts.reshape(-1)
    direct = _as_it_lies(scores, (4, 8) if weight is None else (8,), "f") and (
        _as_it_lies(y, (1,), "bui") or (weight is None and _as_it_lies(y, (8,), "i"))
    )
    step = stop - start if direct and (weight is None or weight.flags.writeable) else _SLICE
    for a in range(start, stop, max(step, 1)):
        b = min(a + step, stop)
        s = scores[a:b] if direct else scores[a:b].astype(float)
        labels = _bytes(y[a:b], a) if not direct else y[a:b].view(np.uint8) if y.dtype.itemsize == 1 else y[a:b]
        if weight is None:
            at = _count(s, labels, flat)
        else:
            w = weight[a:b]
            at = _weigh(s, labels, w if w.flags.writeable else w.copy(), flat)
        if at >= 0:
            raise _fault(scores, y, weight, a + at)
    return counts


def _as_it_lies(x: np.ndarray, sizes: tuple[int, ...], kinds: str) -> bool:
    """Whether the loops can read it in place; they are compiled for writable arrays, which is one version less."""
    right = x.dtype.itemsize in sizes and x.dtype.kind in kinds and x.dtype.isnative
    return right and x.flags.c_contiguous and x.flags.writeable


def _bytes(y: np.ndarray, row: int) -> np.ndarray:
    """Labels of any numeric type as bytes."""
    out = y.astype(np.uint8)
    if not np.array_equal(out, y):
        at = int(np.flatnonzero(out != y)[0])
        raise InputError(f"y: expected labels 0 or 1, got {y[at]} at row {row + at}; code the positive class as 1")
    return out


def _fault(scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None, start: int) -> InputError:
    """What is wrong in the block of rows from `start`."""
    for row in range(start, min(start + _BLOCK, scores.size)):
        if math.isnan(scores[row]):
            return InputError(f"scores: expected numbers, got NaN at row {row}; drop or mend it")
        if y[row] not in (0, 1):
            return InputError(f"y: expected labels 0 or 1, got {y[row]} at row {row}; code the positive class as 1")
        if weight is not None and not weight[row] >= 0:
            return InputError(f"weight: expected weights of 0 or more, got {weight[row]} at row {row}; mend it")
    raise AssertionError("a block without a fault")  # pragma: no cover
