"""Plain deep networks: a dense layer, perhaps a norm, an activation, so many times; then the classes' logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.activations import ReLU, Sigmoid, Tanh
from cutaway.science.nets.batch_norm import BatchNorm
from cutaway.science.nets.dense import Dense
from cutaway.science.nets.initialisers import Initialiser
from cutaway.science.nets.layer import Key, Layer, Sequential
from cutaway.science.nets.shift import Disturbance
from cutaway.science.nets.tree import Tree

Norm = Literal["none", "batch", "disturbed"]
_ACTIVATIONS: dict[str, Layer] = {"sigmoid": Sigmoid(), "tanh": Tanh(), "relu": ReLU()}


@dataclass(frozen=True, slots=True)
class Deep:
    """A network of `depth` hidden layers of one width. `norm` "disturbed" is batch norm with noise after it.

    Batch norm has PyTorch's conventions: ε = 1e-5, a tenth of the running statistics renewed at each step.

    >>> Deep("relu", depth=2, width=3, inputs=4, classes=5, norm="batch").pre
    (1, 4)
    """

    activation: str
    depth: int
    width: int
    inputs: int
    classes: int
    norm: Norm = "none"

    def __post_init__(self) -> None:
        if self.activation not in _ACTIVATIONS:
            raise InputError(f"activation: Deep expected one of {', '.join(_ACTIVATIONS)}, got {self.activation!r}")
        if self.depth < 1:
            raise InputError(f"depth: Deep expected 1 hidden layer or more, got {self.depth}")

    @property
    def block(self) -> int:
        """Layers of the model that make one hidden layer."""
        return {"none": 2, "batch": 3, "disturbed": 4}[self.norm]

    @property
    def dense(self) -> tuple[int, ...]:
        """Places in the model of the hidden layers' weights."""
        return tuple(range(0, self.block * self.depth, self.block))

    @property
    def pre(self) -> tuple[int, ...]:
        """Places of the outputs that meet the activation: the pre-activations."""
        return tuple(place + self.block - 2 for place in self.dense)

    @property
    def post(self) -> tuple[int, ...]:
        """Places of the activations."""
        return tuple(place + self.block - 1 for place in self.dense)

    @property
    def model(self) -> Sequential:
        """The network."""
        layers: list[Layer] = []
        for i in range(self.depth):
            layers.append(Dense(self.width if i else self.inputs, self.width))
            if self.norm != "none":
                layers.append(BatchNorm.of_pytorch(self.width))
            if self.norm == "disturbed":
                layers.append(Disturbance())
            layers.append(_ACTIVATIONS[self.activation])
        return Sequential((*layers, Dense(self.width, self.classes)))

    def init(self, key: Key, kernel: Initialiser) -> Tree:
        """Parameters with kernels by this initialiser, biases of 0, scales of 1."""
        params: list[Tree] = []
        for i, layer in enumerate(self.model.layers):
            if isinstance(layer, Dense):
                drawn = kernel((*key, i), (layer.inputs, layer.units))
                params.append({"kernel": drawn, "bias": np.zeros(layer.units, np.float32)})
            else:
                params.append(layer.init((*key, i)))
        return tuple(params)
