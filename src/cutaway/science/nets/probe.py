"""Probes of these networks by the tape: what passed in a watched run, and the gradients it left on the nodes.

    with recording(model, every=50) as record:
        for x, y in batches:  # every `value_and_gradient` in which the model runs is a step
            loss, gradient, state = value_and_gradient(…)

A step's update is known when the next step begins, so the last one has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.kinds import activation_of, kind_of
from cutaway.core.probe_numbers import Numbers, layer_probe, parameter_probe
from cutaway.core.probes import LayerProbe, NormProbe, ParameterProbe, Record, StepProbe, saturated_beyond
from cutaway.core.receptive_field import ReceptiveField, centre_of, field_of, place_of
from cutaway.science.nets.layer import Layer, Masked, Sequential, kind
from cutaway.science.nets.masks import values_and_mask
from cutaway.science.nets.tape import Node, Seen, backward, derived, entered, heard, passed, value_of, watching
from cutaway.science.nets.tree import Tree, leaves

Arrays = dict[str, np.ndarray]
"""Parameters or gradients by their path."""


@contextmanager
def recording(model: Layer, *, every: int = 50) -> Iterator[Record]:
    """Record the first and every so many training steps that run inside; nothing that is computed changes.

    Raises: InputError when `every` is below 1.
    """
    if every < 1:
        raise InputError(f"every: probe expected a whole number from 1, got {every}; 50 is usual")
    record, own = Record(), _layers(model)
    count = 0
    waiting: Callable[[Arrays | None], StepProbe] | None = None

    def finish(parameters: Arrays | None) -> None:
        nonlocal waiting
        if waiting is not None:
            record.steps.append(waiting(parameters))
            waiting = None

    def listener(function: Callable[..., Any], parameters: Tree, *rest: Any) -> tuple[float, Tree, Any]:
        nonlocal count, waiting
        now = _arrays(parameters)
        finish(now)
        with watching() as seen:
            answer = derived(function, parameters, *rest)
        if not seen or not (own is None or any(id(one.layer) in own for one in seen)):
            return answer
        if count % every == 0:
            waiting = _gathered(count, seen, answer[0], now, _arrays(answer[1]))
        count += 1
        return answer

    try:
        with heard(listener):
            yield record
    finally:
        finish(None)


def once(
    model: Layer,
    batch: tuple[Any, Any] | Any,
    loss: Callable[..., Any] | None = None,
    *,
    params: Tree,
    state: Tree = None,
    train: bool | None = None,
) -> StepProbe:
    """The probe of one batch (x, y), or x alone; `loss(output, y)` gives the loss, without it there are no gradients.

    `state`: the model's start unless given. `train` is True unless given.

    >>> from cutaway.science.nets.layer import Sequential
    >>> from cutaway.science.nets.activations import ReLU
    >>> from cutaway.science.nets.tape import total
    >>> x, y = np.array([[-1.0, 2.0]]), np.array([[0.0, 0.0]])
    >>> step = once(Sequential((ReLU(),)), (x, y), lambda out, y: total((out - y) * (out - y)), params=((),))
    >>> step.loss, step.layers[0].mean, step.layers[0].dead
    (4.0, 1.0, (0,))
    """
    x, y = batch if isinstance(batch, list | tuple) and len(batch) == 2 else (batch, None)
    before = model.start((0,)) if state is None else state

    def run(nodes: Tree) -> Any:
        name = kind(model)
        if isinstance(model, Sequential):
            out, after = model.apply(nodes, x, before, train is not False)
        else:
            entered(name)
            out, after = model.apply(nodes, x, before, train is not False)
            passed(name, name, out, layer=model, params=nodes, x=x, state=before, after=after, train=train is not False)
        return 0.0 if loss is None else loss(out) if y is None else loss(out, y)

    now = _arrays(params)
    with watching() as seen:
        value, gradient, _ = derived(run, params)
    return _gathered(0, seen, None if loss is None else value, now, _arrays(gradient))(None)


def receptive_field(
    model: Layer, x: np.ndarray, *, params: Tree, state: Tree = None, layer: str | None = None
) -> ReceptiveField:
    """Of the layer of that name, or the last whose output has places, in evaluation; images or sequences `x`.

    Raises: InputError for a layer that is not there or has no places.
    """
    node = Node(np.asarray(x), "input", kept=True)
    with watching() as seen:
        model.apply(params, node, model.start((0,)) if state is None else state, False)
    pairs = [(one.name, values_and_mask(one.output)[0]) for one in seen]
    outputs = [(name, values) for name, values in pairs if isinstance(values, Node)]
    shapes = [values.shape for _, values in outputs]
    found = place_of([name for name, _ in outputs], shapes, layer, node.ndim, -1)
    centre, index = centre_of(shapes[found], -1)
    name, output = outputs[found]
    seed = np.zeros_like(value_of(output))
    seed[index] = 1
    backward(output, seed)
    slope = np.zeros_like(node.value) if node.gradient is None else node.gradient
    return field_of(name, centre, slope, -1)


def step_probe(seen: Sequence[Seen], loss: float | None = None, *, step: int = 0) -> StepProbe:
    """The probe of a run that was watched and derived by hand: what `watching` collected."""
    return _gathered(step, seen, loss, {}, {})(None)


def _gathered(
    step: int, seen: Sequence[Seen], loss: float | None, parameters: Arrays, gradients: Arrays
) -> Callable[[Arrays | None], StepProbe]:
    """All that can be known now; the parameters after the step, or None, complete it."""
    within = {one.name.rpartition("/")[0] for one in seen}
    runs = [one for one in seen if one.name not in within]
    owners: dict[int, str] = {id(array): path for path, array in parameters.items()}
    weights = {path: _norm(array) for path, array in parameters.items()}
    slopes = {path: _norm(array) for path, array in gradients.items()}
    copies = {path: array.copy() for path, array in parameters.items()}
    owned: list[list[tuple[str, str]]] = []  # of each run: the path among all parameters, and within the layer
    taken: set[str] = set()
    for one in runs:
        own = [(owners.get(id(value_of(leaf)), ""), path) for path, leaf in leaves(one.params) if _is_array(leaf)]
        owned.append([pair for pair in own if pair[0] and pair[0] not in taken])
        taken.update(path for path, _ in owned[-1])
    names: list[str] = []
    for one in runs:
        before = sum(name == one.name or name.startswith(f"{one.name} (") for name in names)
        names.append(f"{one.name} ({before + 1})" if before else one.name)
    parts = [_layer(one, name, depth) for depth, (one, name) in enumerate(zip(runs, names, strict=True))]
    first = value_of(values_and_mask(runs[0].x)[0]) if runs and runs[0].x is not None else None

    def complete(after: Arrays | None) -> StepProbe:
        def parameter(path: str, name: str) -> ParameterProbe:
            update: Numbers = {}
            if after is not None and path in after and after[path].shape == copies[path].shape:
                update = _norm(after[path] - copies[path])
            shape = copies[path].shape
            return parameter_probe(weights[path], slopes.get(path, {}), update, name=name, shape=shape)

        layers = [
            layer_probe(*numbers, **told, parameters=tuple(parameter(*pair) for pair in own))
            for (numbers, told), own in zip(parts, owned, strict=True)
        ]
        left = tuple(parameter(path, path) for path in copies if path not in taken)
        if left:
            layers.append(LayerProbe(name="(own)", kind="parameters", depth=len(layers), parameters=left, called=False))
        return StepProbe(
            step=step,
            loss=math.nan if loss is None else loss,
            layers=tuple(layers),
            train=all(one.train for one in runs),
            rows=0 if first is None or not first.ndim else len(first),
            input_finite=first is None or bool(np.isfinite(first).all()),
            loss_finite=loss is None or math.isfinite(loss),
        )

    return complete


def _layer(one: Seen, name: str, depth: int) -> tuple[tuple[Numbers, Numbers], dict[str, Any]]:
    values, mask = values_and_mask(one.output)
    array, sort = value_of(values), kind_of(one.kind)
    bend = getattr(one.layer, "activation", None)
    activation = activation_of(sort) or (activation_of(bend) if isinstance(bend, str) else "")
    if sort in ("gru", "lstm"):
        activation = "tanh"
    gradient = values.gradient if isinstance(values, Node) else None
    told = {"name": name, "kind": sort, "depth": depth, "shape": array.shape, "activation": activation}
    told["norm"] = _norm_probe(one) if sort == "batchnorm" and isinstance(one.state, dict) else None
    came = isinstance(one.x, Masked)
    told["mask"] = {(1, 1): "kept", (1, 0): "used", (0, 1): "made"}.get((came, mask is not None), "none")
    return (_output(array, mask, activation), {} if gradient is None else _norm(gradient)), told


def _output(x: np.ndarray, mask: np.ndarray | None, activation: str) -> Numbers:
    if mask is not None and mask.shape == x.shape[: mask.ndim]:
        x = x[mask]
    if not x.size:
        return {}
    there = x != 0  # NaN is no zero
    active = there.sum(axis=tuple(range(x.ndim - 1))) if x.ndim > 1 else there
    with np.errstate(invalid="ignore", over="ignore"):
        numbers: dict[str, Any] = {"mean": x.mean(dtype=np.float64), "sd": x.std(dtype=np.float64)}
    numbers |= {"share_zero": 1 - active.sum() / x.size, "active": active, "finite": np.isfinite(x).all()}
    if (ends := saturated_beyond(activation)) is not None:
        numbers["share_saturated"] = ((x <= ends[0]) | (x >= ends[1])).mean()
    return numbers


def _norm(x: np.ndarray) -> Numbers:
    flat = np.ravel(x).astype(np.float64)
    return {"norm": math.sqrt(flat @ flat), "finite": np.isfinite(flat).all()}


def _norm_probe(one: Seen) -> NormProbe | None:
    values, mask = values_and_mask(one.x)
    x = value_of(values)
    rows = (x if mask is None else x[mask]).reshape(-1, x.shape[-1]).astype(np.float64)
    if not len(rows):
        return None
    epsilon = one.layer.epsilon
    kept = np.asarray(one.state["moving_variance"], dtype=np.float64) + epsilon
    gap = (rows.mean(axis=0) - one.state["moving_mean"]) ** 2 / kept
    batch = one.train and not one.layer.frozen
    return NormProbe(
        mean_gap=math.sqrt(gap.mean()),
        variance_ratio=float(np.exp(np.log((rows.var(axis=0) + epsilon) / kept).mean())),
        rows=len(rows),
        momentum=one.layer.momentum,
        epsilon=epsilon,
        uses_batch=batch,
        moved=batch,
    )


def _layers(model: Any) -> set[int] | None:
    """The layers of a Sequential, at any depth; None where a model of the user's own does not tell them."""
    if not isinstance(model, Sequential):
        return None
    below = [_layers(layer) or set() for layer in model.layers]
    return {id(layer) for layer in model.layers}.union(*below)


def _arrays(tree: Tree) -> Arrays:
    return {path: np.asarray(leaf) for path, leaf in leaves(tree) if _is_array(leaf)}


def _is_array(leaf: Any) -> bool:
    return leaf is not None and not isinstance(leaf, str)
