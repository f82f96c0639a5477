"""What a layer is: a plain value that makes its parameters from a key and computes with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.tape import Value, entered, passed
from cutaway.science.nets.tree import Tree

Key = tuple[int, ...]
"""Where random numbers come from: a seed, and the places below it. The same key gives the same numbers."""


def random(key: Key) -> np.random.Generator:
    """The generator of a key."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """Sequences (n, t, …) with the steps that count (n, t), True where there is something; layers hand it on."""

    values: Value
    mask: np.ndarray


class Layer(Protocol):
    """A layer or a whole model. `params` and `state` are trees of arrays; both are () where there is nothing to keep.

    `state` is what a training step changes without a gradient: batch norm's statistics, dropout's place in its stream
    of random numbers. So a run is repeated exactly from its parameters and state.
    """

    def init(self, key: Key) -> Tree:
        """New parameters, float32."""

    def start(self, key: Key) -> Tree:
        """The state before the first step."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The output for a batch `x` (n, …) or a `Masked` one, and the state after it."""


@dataclass(frozen=True, slots=True)
class Sequential:
    """Layers one after the other; each may have a name, else it is its place and kind ("0 dense")."""

    layers: tuple[Layer, ...]
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.names and (len(self.names) != len(self.layers) or len(set(self.names)) != len(self.names)):
            raise InputError(f"names: Sequential expected {len(self.layers)} different names, got {self.names}")

    def init(self, key: Key) -> Tree:
        """The parameters of each layer."""
        return tuple(layer.init((*key, i)) for i, layer in enumerate(self.layers))

    def start(self, key: Key) -> Tree:
        """The state of each layer."""
        return tuple(layer.start((*key, i)) for i, layer in enumerate(self.layers))

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Through all layers."""
        after = []
        for i, layer in enumerate(self.layers):
            name = self.names[i] if self.names else f"{i} {kind(layer)}"
            entered(name)
            y, new = layer.apply(params[i], x, state[i], train)
            after.append(new)
            told = {"layer": layer, "params": params[i], "x": x, "state": state[i], "after": new, "train": train}
            passed(name, kind(layer), y, **told)
            x = y
        return x, tuple(after)


def kind(layer: Layer) -> str:
    """What sort of layer it is, in lower case."""
    return type(layer).__name__.lower()
