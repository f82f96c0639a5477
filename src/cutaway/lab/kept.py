"""Answers kept for the next time, the ones used longest ago given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key, of at most `most` bytes together as `size` counts them; a larger one is not kept at all."""

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self._most, self._size = most, size
        self._values: OrderedDict[str, V] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> V | None:
        """The value, which is now the last to be given up."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: str, value: V) -> None:
        """Keep the value."""
        if (size := self._size(value)) > self._most:
            return
        if key in self._values:
            self._bytes -= self._size(self._values.pop(key))
        self._values[key] = value
        self._bytes += size
        while self._bytes > self._most:
            self._bytes -= self._size(self._values.popitem(last=False)[1])

    def __len__(self) -> int:
        return len(self._values)
