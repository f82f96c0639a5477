"""What the checks of networks need of a model, whatever framework it is written in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from cutaway.core.audit import LayerFacts
from cutaway.core.errors import InputTypeError
from cutaway.core.probes import StepProbe
from cutaway.frameworks.batch import Batch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """What a user gives beside the model; None or empty where it was not given.

    `step`: one training step of the user's own, called with (x, y). `accumulation`: over how many steps gradients are
    meant to be added up.
    """

    loss: Any = None
    optimiser: Any = None
    step: Callable[..., Any] | None = None
    metrics: tuple[Any, ...] = ()
    classes: int | None = None
    accumulation: int = 1
    params: Any = None  # of a network of `cutaway.nets`, as its state
    state: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that there are."""
        there = {
            "loss": self.loss is not None,
            "optimiser": self.optimiser is not None,
            "step": self.step is not None,
            "metrics": bool(self.metrics),
        }
        return tuple(name for name, given in there.items() if given)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One layer's work in one forward run: arrays with the samples first, None where it took or gave no array.

    `mask`: of the steps, as the framework itself carries it (Keras); None where it carries none.
    """

    name: str
    kind: str
    input: np.ndarray | None
    output: np.ndarray | None
    mask: np.ndarray | None = None
    input_mask: np.ndarray | None = None
    axis: int | None = None  # of a softmax


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One forward run: its calls in their order, the output, and every softmax as a call of its own."""

    calls: tuple[Call, ...]
    output: np.ndarray
    softmaxes: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One array of a layer that training changes, or would if it were not frozen."""

    name: str
    layer: str
    value: np.ndarray
    trainable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Stepped:
    """What one training step did: the gradients that the optimiser saw, and the parameters after it."""

    gradients: Mapping[str, np.ndarray | None]
    after: Mapping[str, np.ndarray]
    loss: float = field(default=float("nan"))


class Network(Protocol):
    """A model in its framework. Everything that changes it is done within `kept()`, which puts it back."""

    framework: str
    name: str
    parts: Parts

    def layers(self) -> tuple[LayerFacts, ...]:
        """The layers that compute, in their order."""

    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, each under its own name."""

    def example(self, rows: int) -> Batch | None:
        """Inputs of the shape that the model declares, standard normal or any codes; None where it declares none."""

    def output(self, batch: Batch, *, train: bool = False) -> np.ndarray:
        """What the model answers, in evaluation unless `train`."""

    def output_with(self, batch: Batch, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The output in evaluation with these parameters in place of the model's own."""

    def traced(self, batch: Batch, *, train: bool = False) -> Trace:
        """The same with every layer's output."""

    def loss(self, batch: Batch, *, train: bool = False) -> float:
        """The loss as the user's training computes it."""

    def loss_of(self, output: np.ndarray, batch: Batch) -> float:
        """The loss of an output that is given."""

    def gradients(self, batch: Batch) -> tuple[float, dict[str, np.ndarray | None]]:
        """The loss in training mode, and its gradient by each trainable parameter; None where there is no path."""

    def fit(self, batch: Batch, *, steps: int, rate: float, enough: float) -> list[float]:
        """Adam on this batch: the loss before each step, until it is below `enough`."""

    def stepped(self, batch: Batch, *, times: int = 1) -> list[Stepped]:
        """Training steps as the user does them, with the weights put back between them, the gradients not."""

    def trained(self, batch: Batch, *, steps: int) -> list[float]:
        """The loss before the first and after each of the user's own steps."""

    def held(self) -> frozenset[str] | None:
        """Names of the parameters that the optimiser holds; None where that cannot be known."""

    def measured(self, metric: Any, output: np.ndarray, y: np.ndarray) -> float:
        """What a metric says of these predictions."""

    def probed(self, batch: Batch) -> StepProbe:
        """What a probe sees in one batch in training mode, under the user's loss."""

    def untouched(self) -> frozenset[str]:
        """Names of the batch norms whose running statistics are as they were made: mean 0, variance 1."""

    def seed(self, seed: int) -> None:
        """Seeds what the framework draws from."""

    def kept(self) -> AbstractContextManager[None]:
        """Puts weights, statistics, the optimiser, modes and random generators back when it is left."""


def network_of(model: Any, parts: Parts) -> Network:
    """The model behind the one interface.

    Raises: InputTypeError for what is no model of a framework that is known here.
    """
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if keras is not None and isinstance(model, keras.Model):
        from cutaway.frameworks.keras_network import KerasNetwork

        return KerasNetwork(model, parts)
    if torch is not None and isinstance(model, torch.nn.Module):
        from cutaway.frameworks.torch_network import TorchNetwork

        return TorchNetwork(model, parts)
    if not isinstance(model, type) and all(hasattr(model, name) for name in ("init", "start", "apply")):
        from cutaway.frameworks.nets_network import NetsNetwork

        return NetsNetwork(model, parts)
    raise InputTypeError(
        f"model: expected a torch.nn.Module, a keras.Model or a network of cutaway.nets, got "
        f"{type(model).__name__}; give the model itself"
    )


def unique(names: Iterable[str]) -> list[str]:
    """The names with a number at those that come again: of the second call of one layer, say.

    >>> unique(["a", "b", "a"])
    ['a', 'b', 'a (call 2)']
    """
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} (call {seen[name]})")
    return out
