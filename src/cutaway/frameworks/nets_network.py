"""A network of `cutaway.nets`, as the checks of networks run it: its parameters and state are plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cutaway.core.audit import LayerFacts
from cutaway.core.errors import InputError
from cutaway.core.probes import StepProbe
from cutaway.frameworks.batch import Batch
from cutaway.frameworks.network import Call, Parameter, Parts, Stepped, Trace, unique
from cutaway.science import nets
from cutaway.science.nets.probe import once
from cutaway.science.nets.tree import Tree

RATE = 1e-3


class NetsNetwork:
    """See `frameworks.network.Network`. Without `parts.params` the network is made from key 0.

    Raises: InputError for a step function: `nets.fit` trains these networks, and nothing of it can be forgotten.
    """

    framework = "cutaway.nets"

    def __init__(self, model: nets.Layer, parts: Parts) -> None:
        if parts.step is not None:
            raise InputError("step: a network of cutaway.nets is trained by nets.fit; leave step out")
        self.model: Any = model
        self.parts = parts
        self.name = type(model).__name__
        self._params = model.init((0, 0)) if parts.params is None else parts.params
        self._state = model.start((0, 1)) if parts.state is None else parts.state

    def layers(self) -> tuple[LayerFacts, ...]:
        """The parts of a `Sequential`, else the whole."""
        return tuple(
            LayerFacts(name=name, kind=nets.kind(layer), parameters=(size := _size(params)), trainable=size)
            for name, layer, params, _ in self._parts()
        )

    def parameters(self) -> tuple[Parameter, ...]:
        """By their path in the tree."""
        names = [name for name, *_ in self._parts()]
        out = []
        for path, value in nets.leaves(self._params):
            place = path.split("/")[0]
            layer = names[int(place)] if isinstance(self.model, nets.Sequential) else self.name
            out.append(Parameter(path, layer, np.array(value), True))
        return tuple(out)

    def example(self, rows: int) -> Batch | None:
        """For a first layer that is dense."""
        first = self._parts()[0][1]
        width = getattr(first, "inputs", None)
        rng = np.random.default_rng(0)
        return None if not isinstance(width, int) else Batch(rng.standard_normal((rows, width)).astype(np.float32))

    def output(self, batch: Batch, *, train: bool = False) -> np.ndarray:
        """One forward run; its state is kept until `kept` puts it back."""
        output, self._state = self.model.apply(self._params, _input(batch), self._state, train)
        return _plain(output)

    def output_with(self, batch: Batch, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The parameters stay changed until `kept` puts them back."""
        self._put(values)
        return self.output(batch)

    def traced(self, batch: Batch, *, train: bool = False) -> Trace:
        """One watched run."""
        with nets.watching() as seen:
            output = self.output(batch, train=train)
        names = unique(one.name for one in seen)
        calls = tuple(
            Call(
                name=name,
                kind=one.kind,
                input=None if one.x is None else _plain(one.x),
                output=_plain(one.output),
                mask=one.output.mask if isinstance(one.output, nets.Masked) else None,
                input_mask=one.x.mask if isinstance(one.x, nets.Masked) else None,
            )
            for name, one in zip(names, seen, strict=True)
        )
        return Trace(calls, output)

    def loss(self, batch: Batch, *, train: bool = False) -> float:
        """The user's loss of the network's own output, with its mask."""
        output, self._state = self.model.apply(self._params, _input(batch), self._state, train)
        return float(nets.value_of(self.parts.loss(output, batch.y)))

    def loss_of(self, output: np.ndarray, batch: Batch) -> float:
        """The user's loss of a given output, under the mask where it has steps."""
        masked = batch.mask is not None and output.shape[:2] == batch.mask.shape
        given = nets.Masked(output, batch.mask) if masked and batch.mask is not None else output
        return float(nets.value_of(self.parts.loss(given, batch.y)))

    def gradients(self, batch: Batch) -> tuple[float, dict[str, np.ndarray | None]]:
        """By the tape."""
        loss, gradients, self._state = nets.value_and_gradient(self._of(batch), self._params)
        return loss, dict(nets.leaves(gradients))

    def fit(self, batch: Batch, *, steps: int, rate: float, enough: float) -> list[float]:
        """Adam on all parameters."""
        adam, losses = nets.Adam(), []
        params = nets.mapped(np.array, self._params)
        moments = adam.start(params)
        for _ in range(steps):
            loss, gradients, self._state = nets.value_and_gradient(self._of(batch), params)
            losses.append(loss)
            if loss < enough or not np.isfinite(loss):
                break
            params, moments = adam.step(params, gradients, moments, rate)
        self._params = params
        return losses

    def stepped(self, batch: Batch, *, times: int = 1) -> list[Stepped]:
        """Steps of the optimiser that was given, at a rate of 0.001."""
        out = []
        for _ in range(times):
            params = nets.mapped(np.array, self._params)
            _, gradients, _ = nets.value_and_gradient(self._of(batch), params)
            optimiser = self.parts.optimiser
            after, _ = optimiser.step(params, gradients, optimiser.start(params), RATE)
            out.append(Stepped(dict(nets.leaves(gradients)), dict(nets.leaves(after))))
        return out

    def trained(self, batch: Batch, *, steps: int) -> list[float]:
        """There is no step of the user's own; Adam's."""
        return self.fit(batch, steps=steps, rate=RATE, enough=0.0)

    def held(self) -> frozenset[str] | None:
        """An optimiser is handed all parameters."""
        return None

    def measured(self, metric: Any, output: np.ndarray, y: np.ndarray) -> float:
        """A metric is called with (outputs, labels), as those of `nets.fit`."""
        return float(metric(output, y))

    def probed(self, batch: Batch) -> StepProbe:
        """By `science/nets/probe.py`."""
        return once(self.model, (_input(batch), batch.y), self.parts.loss, params=self._params, state=self._state)

    def untouched(self) -> frozenset[str]:
        """By their running statistics: all 0 or all 1."""
        return frozenset(
            name
            for name, layer, _, state in self._parts()
            if nets.kind(layer) == "batchnorm"
            and all(bool((np.asarray(v) == 0).all() or (np.asarray(v) == 1).all()) for _, v in nets.leaves(state))
        )

    def seed(self, seed: int) -> None:
        """Nothing is drawn but by the keys in the state."""

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The trees themselves are never written into."""
        before = self._params, self._state
        try:
            yield
        finally:
            self._params, self._state = before

    def _of(self, batch: Batch) -> Callable[[Tree], tuple[Any, Tree]]:
        def loss(params: Tree) -> tuple[Any, Tree]:
            output, state = self.model.apply(params, _input(batch), self._state, True)
            return self.parts.loss(output, batch.y), state

        return loss

    def _parts(self) -> list[tuple[str, Any, Tree, Tree]]:
        if not isinstance(self.model, nets.Sequential):
            return [(self.name, self.model, self._params, self._state)]
        names = self.model.names or tuple(f"{i} {nets.kind(one)}" for i, one in enumerate(self.model.layers))
        return list(zip(names, self.model.layers, self._params, self._state, strict=True))

    def _put(self, values: Mapping[str, np.ndarray]) -> None:
        def put(tree: Tree, path: str) -> Tree:
            if isinstance(tree, dict):
                return {name: put(part, f"{path}/{name}" if path else str(name)) for name, part in tree.items()}
            if isinstance(tree, list | tuple):
                return type(tree)(put(part, f"{path}/{i}" if path else str(i)) for i, part in enumerate(tree))
            return values[path].astype(tree.dtype) if path in values else tree

        self._params = put(self._params, "")


def _input(batch: Batch) -> Any:
    return batch.x if batch.mask is None else nets.Masked(batch.x, batch.mask)


def _plain(value: Any) -> np.ndarray:
    held: np.ndarray = np.array(nets.value_of(value.values if isinstance(value, nets.Masked) else value))
    return held


def _size(params: Tree) -> int:
    return sum(np.size(value) for _, value in nets.leaves(params))
