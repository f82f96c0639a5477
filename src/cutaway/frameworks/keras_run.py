"""The traced run compiled once a shape of batch, and what it returns put together as the probe of a step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.core.probe_numbers import Numbers, layer_probe, number, parameter_probe
from cutaway.core.probes import LayerProbe, NormProbe, ParameterProbe, StepProbe
from cutaway.frameworks.keras_arrays import keras
from cutaway.frameworks.keras_sums import norm_sums
from cutaway.frameworks.keras_trace import (
    Call,
    Tracing,
    gradient_sums,
    is_float,
    layers_of,
    parameters_of,
    settle,
    watched_layers,
)

ops, tree = keras.ops, keras.tree

Loss = Callable[[Any, Any, Any, Any], Any]
"""Of (x, y, output, sample_weight); None where there is nothing to compute."""
State = tuple[list[Any], list[Any], list[Any]]
"""Values of the trainable, the other, and the metrics' variables."""


@dataclass(eq=False)
class Traced:
    """A compiled run, and what its trace told about the calls."""

    run: Callable[..., Any]
    calls: list[Call] = field(default_factory=list)
    lossy: bool = False


class Runs:
    """Runs of a model with one loss, each shape of batch compiled the first time that it comes."""

    def __init__(self, model: Any, loss: Loss | None, *, train: bool = True) -> None:
        self.model, self.loss, self.train = model, loss, train
        self._traced: dict[Any, Traced] = {}

    def state(self) -> State:
        """The variables' values as they stand."""
        model = self.model
        each = model.trainable_variables, model.non_trainable_variables, model.metrics_variables
        return tuple([variable.value for variable in some] for some in each)  # type: ignore[return-value]

    def build(self, data: Any) -> None:
        """Make every variable that a step makes the first time that it runs, which a traced run may not."""
        unbuilt = (getattr(self.model, f"_compile_{name}", None) for name in ("loss", "metrics"))
        if not self.model.built or any(one is not None and not one.built for one in unbuilt):
            self.model._symbolic_build(data_batch=data)

    def probe(self, step: int, data: Any, state: State) -> Callable[[list[Any] | None], StepProbe]:
        """Run on a batch (x, y, sample_weight); the trainable values after the step, or None, complete the probe."""
        data = tree.map_structure(lambda one: one if one is None else ops.convert_to_tensor(one), data)
        key = repr(tree.map_structure(lambda one: None if one is None else (tuple(one.shape), str(one.dtype)), data))
        if key not in self._traced:
            self._traced[key] = self._new()
        traced = self._traced[key]
        found, copies = traced.run(*state, data)
        weights = [variable.path for variable in self.model.trainable_variables]

        def complete(after: list[Any] | None) -> StepProbe:
            moved: Any = [{}] * len(weights) if after is None else _differences(copies, after)
            here, changes = fetched((found, moved))
            return self._put(step, traced, here, changes, data)

        return complete

    def _new(self) -> Traced:
        traced = Traced(lambda *given: None)
        backend = keras.backend.backend()
        if backend == "jax":
            traced.run = self._jax(traced)
        elif backend == "tensorflow":
            traced.run = self._tensorflow(traced)
        else:
            traced.run = self._torch(traced)
        return traced

    def _forward(self, tracing: Tracing, state: State, data: Any) -> tuple[Any, list[dict[str, Any]]]:
        """The loss and the numbers of every output, with these values in the variables' places."""
        model = self.model
        x, y, weight = data
        variables = model.trainable_variables, model.non_trainable_variables, model.metrics_variables
        mapping = [
            pair for some, values in zip(variables, state, strict=True) for pair in zip(some, values, strict=True)
        ]
        with keras.StatelessScope(state_mapping=mapping, collect_losses=True), watched_layers(model, tracing):
            output = model(x, training=self.train) if model._call_has_training_arg else model(x)
            sums = settle(tracing, output)
            loss = None if self.loss is None else self.loss(x, y, output, weight)
        return loss, sums

    def _numbers(
        self, loss: Any, sums: Any, by_weights: Any, by_outputs: Any, calls: list[Call], state: State, data: Any
    ) -> Any:
        inputs = [one for one in tree.flatten(data[0]) if is_float(one)]
        return {
            "loss": {} if loss is None else {"value": loss},
            "outputs": sums,
            "norms": [call.norm or {} for call in calls],
            "by_outputs": gradient_sums(
                [one if call.layer is not None else None for call, one in zip(calls, by_outputs, strict=True)]
            ),
            "by_weights": gradient_sums(by_weights),
            "weights": [norm_sums(value) for value in state[0]],
            "frozen": [norm_sums(one) if is_float(one) else {} for one in state[1]],
            "input": {"finite": ops.all(ops.isfinite(inputs[0]))} if inputs else {},
        }

    def _jax(self, traced: Traced) -> Callable[..., Any]:
        import jax

        def run(trainable: Any, others: Any, metrics: Any, data: Any) -> Any:
            def forward(values: Any, added: Any) -> Any:
                tracing = Tracing(added=added)
                loss, sums = self._forward(tracing, (values, others, metrics), data)
                traced.calls = tracing.calls
                outputs = [call.output for call in tracing.calls]
                norms = [call.norm for call in tracing.calls]
                return (jax.numpy.zeros(()) if loss is None else loss), (loss, sums, norms, outputs)

            shapes = jax.eval_shape(lambda values: forward(values, None)[1][3], trainable)
            added = [jax.numpy.zeros(one.shape, one.dtype) for one in shapes]
            traced_loss = jax.make_jaxpr(lambda values, more: forward(values, more)[0])(trainable, added)
            derived = jax.value_and_grad(forward, argnums=(0, 1), has_aux=True)
            (_, (loss, sums, norms, _)), (by_weights, by_outputs) = derived(trainable, added)
            for call, norm in zip(traced.calls, norms, strict=True):
                call.norm = norm
            # JAX gives 0 where the loss does not depend on a value at all, and the others give nothing
            reached = [loss is not None and one for one in used_inputs(traced_loss)]
            by_weights = [one if there else None for one, there in zip(by_weights, reached, strict=False)]
            rest = reached[len(by_weights) :]
            by_outputs = [one if there else None for one, there in zip(by_outputs, rest, strict=True)]
            found = self._numbers(loss, sums, by_weights, by_outputs, traced.calls, (trainable, others, metrics), data)
            return found, [jax.numpy.copy(value) for value in trainable]

        return run if self.model.run_eagerly else jax.jit(run)

    def _tensorflow(self, traced: Traced) -> Callable[..., Any]:
        import tensorflow as tf

        def run(trainable: Any, others: Any, metrics: Any, data: Any) -> Any:
            state = (trainable, others, metrics)
            with tf.GradientTape() as tape:
                tape.watch(trainable)
                tracing = Tracing(watched=tape.watch)
                loss, sums = self._forward(tracing, state, data)
            traced.calls = tracing.calls
            outputs = [call.output for call in tracing.calls]
            every = [None] * (len(trainable) + len(outputs))
            if loss is not None:
                every = tape.gradient(loss, [*trainable, *outputs])
            every = [None if one is None else tf.convert_to_tensor(one) for one in every]
            cut = len(trainable)
            found = self._numbers(loss, sums, every[:cut], every[cut:], tracing.calls, state, data)
            return found, [tf.identity(value) for value in trainable]

        return run if self.model.run_eagerly else tf.function(run, autograph=False)  # as Keras compiles its own steps

    def _torch(self, traced: Traced) -> Callable[..., Any]:
        import torch

        def run(trainable: Any, others: Any, metrics: Any, data: Any) -> Any:
            values = [value.detach().requires_grad_() for value in trainable]
            state = (values, others, metrics)
            tracing = Tracing()
            # Keras' unseeded dropout draws from PyTorch's own stream, from which the step after this run draws again
            devices = sorted({value.device.index for value in trainable if value.device.type == "cuda"})
            with torch.enable_grad(), torch.random.fork_rng(devices):
                loss, sums = self._forward(tracing, state, data)
            traced.calls = tracing.calls
            outputs = [call.output for call in tracing.calls]
            every: list[Any] = [None] * (len(values) + len(outputs))
            wanted = [i for i, one in enumerate([*values, *outputs]) if one.requires_grad]
            if loss is not None and loss.requires_grad:
                given = torch.autograd.grad(loss, [[*values, *outputs][i] for i in wanted], allow_unused=True)
                for i, one in zip(wanted, given, strict=True):
                    every[i] = one
            cut = len(values)
            found = self._numbers(loss, sums, every[:cut], every[cut:], tracing.calls, state, data)
            return found, [value.detach().clone() for value in trainable]

        return run

    def _put(self, step: int, traced: Traced, found: Any, moved: Any, data: Any) -> StepProbe:
        model = self.model
        trainable = {id(variable): i for i, variable in enumerate(model.trainable_variables)}
        others = {id(variable): i for i, variable in enumerate(model.non_trainable_variables)}
        taken: set[int] = set()

        def parameter(name: str, variable: Any) -> ParameterProbe:
            taken.add(id(variable))
            told = {"name": name, "shape": tuple(variable.shape), "trainable": id(variable) in trainable}
            if id(variable) in trainable:
                i = trainable[id(variable)]
                return parameter_probe(found["weights"][i], found["by_weights"][i], moved[i], **told)
            i = others[id(variable)]
            return parameter_probe(found["frozen"][i], {}, {}, **told)

        def held(layer: Any) -> tuple[ParameterProbe, ...]:
            own = [] if layer is None else parameters_of(layer)
            return tuple(
                parameter(name, variable)
                for name, variable in own
                if id(variable) not in taken and id(variable) in {**trainable, **others}
            )

        layers = []
        for depth, call in enumerate(traced.calls):
            norm = _norm_probe(call, found["norms"][depth], model, self.train) if found["norms"][depth] else None
            told = {"name": call.name, "kind": call.kind, "activation": call.activation, "depth": depth}
            layers.append(
                layer_probe(
                    found["outputs"][depth],
                    found["by_outputs"][depth],
                    **told,
                    shape=call.shape,
                    parameters=held(call.layer),
                    norm=norm,
                    mask=call.mask,
                )
            )
        ran = {id(call.layer) for call in traced.calls}
        for name, layer in layers_of(model):
            if id(layer) not in ran and (own := held(layer)):
                layers.append(
                    LayerProbe(
                        name=name, kind=type(layer).__name__.lower(), depth=len(layers), parameters=own, called=False
                    )
                )
        left = tuple(parameter(one.path, one) for one in model.trainable_variables if id(one) not in taken)
        if left:
            layers.append(LayerProbe(name="(own)", kind="parameters", depth=len(layers), parameters=left, called=False))
        first = tree.flatten(data[0])[0]
        loss = number(found["loss"], "value")
        return StepProbe(
            step=step,
            loss=loss,
            layers=tuple(layers),
            train=self.train,
            rows=int(first.shape[0]),
            input_finite=bool(number(found["input"], "finite", 1.0)),
            loss_finite=not found["loss"] or math.isfinite(loss),
        )


def used_inputs(closed: Any) -> list[bool]:
    """Which inputs of a JAX program its results depend on; all, where JAX does not tell."""
    from jax.interpreters import partial_eval

    find = getattr(partial_eval, "dce_jaxpr", None)
    if find is None:
        return [True] * len(closed.jaxpr.invars)
    return list(find(closed.jaxpr, [True] * len(closed.jaxpr.outvars))[1])


def output_gradient(model: Any, x: Any, chosen: Callable[[list[Call]], tuple[int, Any]]) -> tuple[list[Call], Any]:
    """The calls of a run in evaluation, and the gradient by `x` of the sum of one output's part.

    `chosen` says of the calls which output, and the index of its part.
    """
    runs, backend = Runs(model, None, train=False), keras.backend.backend()
    state, tracings = runs.state(), []

    def part(given: Any) -> Any:
        tracings.append(Tracing())
        runs._forward(tracings[-1], state, (given, None, None))
        at, index = chosen(tracings[-1].calls)
        return ops.sum(tracings[-1].calls[at].output[index])

    x = ops.convert_to_tensor(x)
    if backend == "jax":
        import jax

        slope = jax.grad(part)(x)
    elif backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            value = part(x)
        slope = tape.gradient(value, x)
    else:
        import torch

        x = x.detach().clone().requires_grad_()
        (slope,) = torch.autograd.grad(part(x), [x], allow_unused=True)
    return tracings[-1].calls, ops.convert_to_numpy(ops.zeros_like(x) if slope is None else slope)


def fetched(found: Any) -> Any:
    """The same structure in NumPy."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.device_get(found)
    return tree.map_structure(lambda one: np.asarray(ops.convert_to_numpy(one)), found)


def _differences(before: list[Any], after: list[Any]) -> list[dict[str, Any]]:
    return _compiled()(before, after)  # type: ignore[no-any-return]


_compilations: dict[str, Callable[..., Any]] = {}


def _compiled() -> Callable[..., Any]:
    def norms(before: list[Any], after: list[Any]) -> list[dict[str, Any]]:
        return [norm_sums(new - old) for old, new in zip(before, after, strict=True)]

    backend = keras.backend.backend()
    if backend not in _compilations:
        if backend == "jax":
            import jax

            _compilations[backend] = jax.jit(norms)
        elif backend == "tensorflow":
            import tensorflow as tf

            _compilations[backend] = tf.function(norms, autograph=False)
        else:
            import torch

            _compilations[backend] = torch.no_grad()(norms)
    return _compilations[backend]


def _norm_probe(call: Call, sums: Numbers, model: Any, train: bool) -> NormProbe:
    layer = call.layer
    batch = train and layer.trainable
    return NormProbe(
        mean_gap=number(sums, "mean_gap"),
        variance_ratio=number(sums, "variance_ratio"),
        rows=round(number(sums, "rows")),
        momentum=float(layer.momentum),
        epsilon=float(layer.epsilon),
        uses_batch=batch,
        moved=batch,
    )
