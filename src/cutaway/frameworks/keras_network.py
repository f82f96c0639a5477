"""A Keras 3 model, as the checks of networks run it, on any backend."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from cutaway.core.audit import LayerFacts
from cutaway.core.probes import StepProbe
from cutaway.frameworks.batch import Batch, changed
from cutaway.frameworks.keras_gradients import gradients, repeated, to_array
from cutaway.frameworks.keras_parts import (
    as_input,
    count_of,
    first_of,
    is_statistic,
    listening,
    loss_function,
    made_up,
    mask_of,
    metrics_of,
)
from cutaway.frameworks.network import Call, Parameter, Parts, Stepped, Trace, unique


class KerasNetwork:
    """See `frameworks.network.Network`. What the model was compiled with stands in for parts that were not given."""

    framework = "Keras"

    def __init__(self, model: Any, parts: Parts) -> None:
        self.model = model
        compiled = bool(getattr(model, "compiled", False))
        self._compiled_loss = parts.loss is None and compiled and getattr(model, "loss", None) is not None
        self.parts = replace(
            parts,
            loss=parts.loss if parts.loss is not None else (model.loss if self._compiled_loss else None),
            optimiser=parts.optimiser if parts.optimiser is not None else (model.optimizer if compiled else None),
            metrics=parts.metrics or (metrics_of(model) if compiled else ()),
        )
        self._loss_function = None if self._compiled_loss else loss_function(parts.loss)
        self._masked: tuple[Any, Any] | None = None
        self.name = model.name
        self._takes_mask = not isinstance(model, keras.Sequential) and not hasattr(model, "_operations")
        self._takes_mask &= "mask" in inspect.signature(model.call).parameters

    def layers(self) -> tuple[LayerFacts, ...]:
        """The layers without layers of their own, and wrappers as one."""
        return tuple(
            LayerFacts(
                name=layer.name,
                kind=type(layer).__name__.lower(),
                parameters=count_of(layer.weights),
                trainable=count_of(layer.trainable_weights),
            )
            for layer in self._leaves()
            if not isinstance(layer, keras.layers.InputLayer)
        )

    def parameters(self) -> tuple[Parameter, ...]:
        """By the path of the variable; statistics of batch norm are none."""
        trainable = {id(v) for v in self.model.trainable_variables}
        named = self._named()
        owner = {id(v): layer.name for layer in self._leaves() for v in layer.variables}
        return tuple(
            Parameter(name, owner.get(id(v), self.name), to_array(v), id(v) in trainable) for name, v in named.items()
        )

    def example(self, rows: int) -> Batch | None:
        """Inputs of the shapes that a built model declares."""
        with suppress(AttributeError, ValueError):
            inputs = self.model.inputs
            if inputs:
                codes = next((one for one in self._leaves() if isinstance(one, keras.layers.Embedding)), None)
                made = [made_up(one, rows, codes) for one in inputs]
                return Batch(made[0] if len(made) == 1 else tuple(made))
        return None

    def output(self, batch: Batch, *, train: bool = False) -> np.ndarray:
        """One forward run."""
        return to_array(first_of(self._forward(batch, train)))

    def output_with(self, batch: Batch, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The variables stay changed until `kept` puts them back."""
        named = self._named()
        for name, value in values.items():
            named[name].assign(value)
        return self.output(batch)

    def traced(self, batch: Batch, *, train: bool = False) -> Trace:
        """One forward run in which every layer's call is noted; the class is as it was afterwards."""
        if not self.model.built:
            self._forward(batch, train)  # a first call builds the layers, on symbols
        leaves = {id(layer) for layer in self._leaves()}
        seen: list[tuple[str, str, Any, Any]] = []
        original = keras.layers.Layer.__call__
        inside = 0

        def noted(layer: Any, *args: Any, **more: Any) -> Any:
            nonlocal inside
            if id(layer) not in leaves or inside:
                return original(layer, *args, **more)
            inside += 1
            try:
                result = original(layer, *args, **more)
            finally:
                inside -= 1
            seen.append(
                (layer.name, type(layer).__name__.lower(), first_of(args[0]) if args else None, first_of(result))
            )
            return result

        keras.layers.Layer.__call__ = noted
        try:
            output = to_array(first_of(self._forward(batch, train)))
        finally:
            keras.layers.Layer.__call__ = original
        names = unique(name for name, *_ in seen)
        calls = tuple(
            Call(
                name=name,
                kind=kind,
                input=None if given is None else to_array(given),
                output=None if result is None else to_array(result),
                mask=mask_of(result),
                input_mask=mask_of(given),
            )
            for name, (_, kind, given, result) in zip(names, seen, strict=True)
        )
        return Trace(calls, output)

    def loss(self, batch: Batch, *, train: bool = False) -> float:
        """The user's loss; masks that the model made are heeded, as Keras does."""
        return float(to_array(self._loss(self._forward(batch, train), batch)))

    def loss_of(self, output: np.ndarray, batch: Batch) -> float:
        """The user's loss of a given output, under the mask that the model makes for this batch."""
        tensor = keras.ops.convert_to_tensor(output)
        if batch.mask is not None and output.shape[:2] == batch.mask.shape:
            mask = self._mask_of(batch)
            if mask is not None:
                tensor._keras_mask = mask
        return float(to_array(self._loss(tensor, batch)))

    def _mask_of(self, batch: Batch) -> Any:
        """The mask of the model's output for these inputs; asked for many times with the same ones."""
        if self._masked is None or self._masked[0] is not batch.x:
            self._masked = (batch.x, getattr(first_of(self._forward(batch, False)), "_keras_mask", None))
        return self._masked[1]

    def gradients(self, batch: Batch) -> tuple[float, dict[str, np.ndarray | None]]:
        """Of the loss in training mode, by variable."""
        named = {name: v for name, v in self._named().items() if any(v is t for t in self.model.trainable_variables)}
        loss, found = gradients(self.model, lambda: self._loss(self._forward(batch, True), batch), list(named.values()))
        return loss, dict(zip(named, (None if g is None else to_array(g) for g in found), strict=True))

    def fit(self, batch: Batch, *, steps: int, rate: float, enough: float) -> list[float]:
        """A new Adam over the trainable variables, in training mode."""
        own = list(self.model.trainable_variables)
        if not own:
            return [self.loss(batch)]
        adam = keras.optimizers.Adam(rate)
        losses: list[float] = []
        run = repeated(self.model, lambda: self._loss(self._forward(batch, True), batch), own)
        for _ in range(steps):
            loss, found = run()
            losses.append(loss)
            there = [(g, v) for g, v in zip(found, own, strict=True) if g is not None]
            if loss < enough or not np.isfinite(loss) or not there:
                break
            adam.apply([g for g, _ in there], [v for _, v in there])
        return losses

    def stepped(self, batch: Batch, *, times: int = 1) -> list[Stepped]:
        """The gradients are those that the optimiser is handed."""
        named = self._named()
        before = {name: to_array(v) for name, v in named.items()}
        by_id = {id(v): name for name, v in named.items()}
        out = []
        for _ in range(times):
            seen: dict[str, np.ndarray | None] = {}
            with listening(self.parts.optimiser, by_id, seen):
                self.seed(0)
                self._step(batch)
            out.append(Stepped(seen, {name: to_array(v) for name, v in named.items()}))
            for name, v in named.items():
                v.assign(before[name])
        return out

    def trained(self, batch: Batch, *, steps: int) -> list[float]:
        """The loss in evaluation, at first and at the end of each tenth of the steps."""
        losses = [self.loss(batch)]
        for i in range(steps):
            self._step(batch)
            if (i + 1) % max(1, steps // 10) == 0:
                losses.append(self.loss(batch))
        return losses

    def held(self) -> frozenset[str] | None:
        """Those an optimiser was built on; None before that, since Keras hands it all that is trainable."""
        optimiser = self.parts.optimiser
        if optimiser is None or not getattr(optimiser, "built", False):
            return None
        ids = {id(v) for v in optimiser._trainable_variables}
        return frozenset(name for name, v in self._named().items() if id(v) in ids)

    def measured(self, metric: Any, output: np.ndarray, y: np.ndarray) -> float:
        """A metric object is reset, updated and read; a function is averaged."""
        if isinstance(metric, keras.metrics.Metric):
            metric.reset_state()
            metric.update_state(y, output)
            value = float(to_array(metric.result()))
            metric.reset_state()
            return value
        return float(np.mean(to_array(metric(y, keras.ops.convert_to_tensor(output)))))

    def probed(self, batch: Batch) -> StepProbe:
        """By `keras_probe.once`."""
        from cutaway.frameworks.keras_probe import once

        x = changed(batch.x, as_input)
        x = list(x) if isinstance(x, tuple) else x
        return once(self.model, (x, batch.y), lambda output, y: self._loss(output, batch), train=True)

    def untouched(self) -> frozenset[str]:
        """By their moving statistics."""
        norms = [layer for layer in self._leaves() if isinstance(layer, keras.layers.BatchNormalization)]
        return frozenset(
            layer.name
            for layer in norms
            if not to_array(layer.moving_mean).any() and bool((to_array(layer.moving_variance) == 1).all())
        )

    def seed(self, seed: int) -> None:
        """NumPy's and Python's, the backend's own, and the seeds that layers carry."""
        np.random.seed(seed)
        random.seed(seed)
        for i, state in enumerate(self._seeds()):
            state.assign(np.array([seed, i], dtype=keras.backend.standardize_dtype(state.dtype)))
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.random.set_seed(seed)
        elif keras.backend.backend() == "torch":
            import torch

            torch.manual_seed(seed)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Every variable of the model, its metrics and its optimiser is put back; an optimiser's new ones to zero."""
        optimiser, model = self.parts.optimiser, self.model
        layers = [model, *model._flatten_layers(include_self=False)]
        flags = [(layer, layer._trainable) for layer in layers if hasattr(layer, "_trainable")]
        known = {id(v): (v, to_array(v)) for v in self._everything()}
        drawn = np.random.get_state(), random.getstate()
        try:
            yield
        finally:
            for v, value in known.values():
                v.assign(value)
            for v in getattr(optimiser, "variables", ()):
                if id(v) not in known and "learning_rate" not in v.path:
                    v.assign(np.zeros(v.shape, v.dtype))
            for layer, trainable in flags:
                if layer._trainable != trainable:
                    layer.trainable = trainable
            np.random.set_state(drawn[0])
            random.setstate(drawn[1])

    def _everything(self) -> Iterator[Any]:
        yield from self.model.variables
        yield from self._seeds()
        yield from getattr(self.model, "metrics_variables", ())
        yield from getattr(self.parts.optimiser, "variables", ())
        for metric in self.parts.metrics:
            yield from getattr(metric, "variables", ())

    def _seeds(self) -> list[Any]:
        out = {}
        for layer in [self.model, *self.model._flatten_layers(include_self=False)]:
            for generator in getattr(layer, "_seed_generators", ()):
                out[id(generator.state)] = generator.state
        glob = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
        if glob is not None:
            out[id(glob.state)] = glob.state
        return list(out.values())

    def _named(self) -> dict[str, Any]:
        """Weights by path, without statistics and seeds."""
        plain = [v for v in self.model.weights if not is_statistic(v)]
        return dict(zip(unique(v.path for v in plain), plain, strict=True))

    def _leaves(self) -> list[Any]:
        out = []

        def walk(layer: Any) -> None:
            inner = list(layer._layers) if hasattr(layer, "_layers") else []
            whole = not isinstance(layer, keras.Model) and type(layer).__module__.startswith("keras.")
            if inner and not whole:
                for one in inner:
                    walk(one)
            elif layer not in out:
                out.append(layer)

        for one in self.model._layers:
            walk(one)
        return out

    def _forward(self, batch: Batch, train: bool) -> Any:
        x = changed(batch.x, as_input)
        more = {"mask": keras.ops.convert_to_tensor(batch.mask)} if self._takes_mask and batch.mask is not None else {}
        return self.model(list(x) if isinstance(x, tuple) else x, training=train, **more)

    def _loss(self, output: Any, batch: Batch) -> Any:
        assert batch.y is not None
        if self._compiled_loss:
            return self.model.compute_loss(x=batch.x, y=batch.y, y_pred=output, sample_weight=batch.weight)
        output = first_of(output)
        assert self._loss_function is not None
        if isinstance(self._loss_function, keras.losses.Loss):
            return self._loss_function(batch.y, output, sample_weight=batch.weight)
        value = self._loss_function(keras.ops.convert_to_tensor(batch.y), output)
        return keras.ops.mean(value)

    def _step(self, batch: Batch) -> None:
        step, optimiser = self.parts.step, self.parts.optimiser
        if step is not None:
            x, y = changed(batch.x, as_input), keras.ops.convert_to_tensor(batch.y)
            taken = len([p for p in inspect.signature(step).parameters.values() if p.default is p.empty])
            if taken == 1:
                step((x, y))
            else:
                step(*(x, y, batch.mask)[:taken])
            return
        own = list(self.model.trainable_variables)
        _, found = gradients(self.model, lambda: self._loss(self._forward(batch, True), batch), own)
        there = [(g, v) for g, v in zip(found, own, strict=True) if g is not None]
        optimiser.apply([g for g, _ in there], [v for _, v in there])
