"""Layers that keep nothing between two batches, or have nothing to learn, or carry a mask on untouched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutaway.science.nets.layer import Key, Masked
from cutaway.science.nets.tape import Value
from cutaway.science.nets.tree import Tree


class Stateless:
    """A layer whose `apply` depends on its parameters and the batch alone."""

    __slots__ = ()

    def start(self, key: Key) -> Tree:
        """Nothing."""
        return ()


class Unlearned(Stateless):
    """A layer with neither parameters nor a state."""

    __slots__ = ()

    def init(self, key: Key) -> Tree:
        """Nothing."""
        return ()


def each_step(function: Callable[[Value], Any], x: Any) -> Any:
    """The function of a batch, or of the values of a `Masked` one with its mask as it was.

    For what treats every step alike; what lies outside the mask is computed too, and means nothing.
    """
    return Masked(function(x.values), x.mask) if isinstance(x, Masked) else function(x)
