"""The extremes of a column: its largest and smallest values, kept exactly while the rows go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from cutaway.core.errors import InputError

DEFAULT_SIZE = 12_000


def _none() -> np.ndarray:
    return np.empty(0)


@dataclass(frozen=True, eq=False, slots=True)
class TailSketch:
    """The `size` largest and `size` smallest values of a column, and how many values there were.

    `largest` descends and `smallest` ascends, each of shape (min(n, size),). `n` counts the values that are not NaN.
    Two sketches add by keeping the extremes of both, so the sketch of many batches is the sketch of the whole column,
    to the last bit. An empty column has n = 0 and empty arrays. Infinite values are kept: they are the extremes.

    >>> sketch = TailSketch.of(np.array([3.0, np.nan, -1.0, 7.0]), size=2)
    >>> sketch.n, sketch.largest.tolist(), sketch.smallest.tolist()
    (3, [7.0, 3.0], [-1.0, 3.0])
    """

    n: int = 0
    largest: np.ndarray = field(default_factory=_none)
    smallest: np.ndarray = field(default_factory=_none)
    size: int = DEFAULT_SIZE

    def __post_init__(self) -> None:
        """Refuses a sketch that could hold nothing."""
        if self.size < 1:
            raise InputError(f"TailSketch: size must be at least 1, got {self.size}; the default is {DEFAULT_SIZE}.")

    @classmethod
    def zero(cls, size: int = DEFAULT_SIZE) -> Self:
        """The sketch of no rows."""
        return cls(size=size)

    @classmethod
    def of(cls, values: np.ndarray, size: int = DEFAULT_SIZE) -> Self:
        """The sketch of one batch of float64 values (n,); NaN is left out."""
        present = _present(values)
        return cls(len(present), -_smallest(-present, size), _smallest(present, size), size)

    def __add__(self, other: Self, /) -> Self:
        """The sketch of the rows of both; the smaller `size` holds, since beyond it one side has forgotten."""
        if not isinstance(other, TailSketch):
            return NotImplemented
        size = min(self.size, other.size)
        return type(self)(
            self.n + other.n,
            _merged_largest(self.largest, other.largest, size),
            _merged_smallest(self.smallest, other.smallest, size),
            size,
        )

    def absorb(self, values: np.ndarray) -> Self:
        """The same as `self + TailSketch.of(values)`, without sorting what cannot enter.

        Once the sketch is full, a value enters only beyond its innermost ones, and after the first batches few do.
        """
        if self.n < self.size:
            return self + type(self).of(values, self.size)
        values = np.asarray(values, dtype=np.float64)
        n = self.n + len(values) - int(np.count_nonzero(np.isnan(values)))
        high = values[values > self.largest[-1]]  # no comparison holds for NaN
        low = values[values < self.smallest[-1]]
        return type(self)(
            n,
            _merged_largest(self.largest, high, self.size) if len(high) else self.largest,
            _merged_smallest(self.smallest, low, self.size) if len(low) else self.smallest,
            self.size,
        )

    @property
    def complete(self) -> bool:
        """Whether every value of the column is in the sketch, so that nothing about it is unknown."""
        return self.n <= len(self.largest) + len(self.smallest)

    def values(self) -> np.ndarray:
        """Every value that the sketch knows, ascending and each once; of shape (n,) if `complete`."""
        inner = max(0, len(self.largest) + len(self.smallest) - self.n)
        return np.concatenate((self.smallest, self.largest[::-1][inner:]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TailSketch):
            return NotImplemented
        return (
            self.n == other.n
            and self.size == other.size
            and np.array_equal(self.largest, other.largest)
            and np.array_equal(self.smallest, other.smallest)
        )

    def __hash__(self) -> int:
        return hash((self.n, self.size, self.largest.tobytes(), self.smallest.tobytes()))


def _present(values: np.ndarray) -> np.ndarray:
    """The values that are not NaN, as float64, without a copy where none is missing."""
    values = np.asarray(values, dtype=np.float64)
    missing = np.isnan(values)
    return values[~missing] if missing.any() else values


def _smallest(values: np.ndarray, size: int) -> np.ndarray:
    if len(values) > size:
        values = np.partition(values, size - 1)[:size]
    return np.sort(values)


def _merged_smallest(kept: np.ndarray, new: np.ndarray, size: int) -> np.ndarray:
    """The `size` smallest of both, ascending; `kept` ascends."""
    if 8 * len(new) > len(kept):
        return _smallest(np.concatenate((kept, new)), size)
    new = np.sort(new)  # few: they are put between the others, which costs less than to sort all again
    merged = np.empty(len(kept) + len(new))
    places = np.searchsorted(kept, new) + np.arange(len(new))
    old = np.ones(len(merged), dtype=bool)
    old[places] = False
    merged[places], merged[old] = new, kept
    return merged[:size]


def _merged_largest(kept: np.ndarray, new: np.ndarray, size: int) -> np.ndarray:
    return -_merged_smallest(-kept, -new, size)
