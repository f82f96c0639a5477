"""One run of a Keras network that is traced: what its layers give, and the gradient of the loss at every output.

The layers' `call` is watched while the run is traced, within a scope in which nothing is assigned, so that neither
weights nor statistics, seeds or metrics change. The gradients come by the backend's own means: TensorFlow's tape,
PyTorch's `autograd.grad`, and in JAX by a 0 that is added to each output.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cutaway.core.kinds import activation_of, kind_of
from cutaway.core.probes import MaskState
from cutaway.frameworks.keras_arrays import carried_mask, keras
from cutaway.frameworks.keras_sums import batch_norm_sums, norm_sums, output_sums

tree = keras.tree


@dataclass(eq=False, slots=True)
class Call:
    """One layer's work; tensors are those of the trace."""

    name: str
    kind: str
    activation: str = ""
    layer: Any = None
    output: Any = None
    shape: tuple[int, ...] = ()
    axis: int = -1
    mask: MaskState = "none"
    norm: dict[str, Any] | None = None


@dataclass(eq=False)
class Tracing:
    """The calls so far; `added` are the numbers to add to each output, as many as there are calls."""

    added: Sequence[Any] | None = None
    watched: Callable[[Any], None] | None = None
    calls: list[Call] = field(default_factory=list)
    inside: int = 0
    masked: Call | None = None  # the newest whose output carries a mask
    known: set[int] = field(default_factory=set)  # outputs of layers, by id; `calls` keeps them alive


def layers_of(model: Any) -> Iterator[tuple[str, Any]]:
    """The layers that compute themselves, each once, under their names from the model down.

    Keras' own layers count as one, whatever they hold (a recurrent layer its cell, a wrapper its layer); models and
    layers of the user's that hold others are gone into.
    """
    seen: set[int] = set()

    def below(owner: Any, path: str) -> Iterator[tuple[str, Any]]:
        for layer in owner._flatten_layers(include_self=False, recursive=False):
            if id(layer) in seen or isinstance(layer, keras.layers.InputLayer):
                continue
            seen.add(id(layer))
            name = f"{path}{layer.name}"
            parts = list(layer._flatten_layers(include_self=False, recursive=False))
            own = type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.Model)
            if own or not parts:
                yield name, layer
            else:
                yield from below(layer, f"{name}/")

    yield from below(model, "")


@contextmanager
def watched_layers(model: Any, tracing: Tracing) -> Iterator[None]:
    """Every call of a layer inside is noted; the layers are as before after."""
    patched = []
    try:
        for name, layer in layers_of(model):
            before = vars(layer).get("call")
            patched.append((layer, before))
            vars(layer)["call"] = _watching(name, layer, layer.call, tracing)
        yield
    finally:
        for layer, before in patched:
            if before is None:
                vars(layer).pop("call", None)
            else:
                vars(layer)["call"] = before


def _watching(name: str, layer: Any, call: Callable[..., Any], tracing: Tracing) -> Callable[..., Any]:
    def run(*given: Any, **named: Any) -> Any:
        if tracing.inside:
            return call(*given, **named)
        first = _first((given, named))
        came = _mask_of((given, named))
        _lost_between(tracing, first, came)
        moving = None
        if isinstance(layer, keras.layers.BatchNormalization):
            moving = keras.ops.copy(layer.moving_mean), keras.ops.copy(layer.moving_variance)
        tracing.inside += 1
        try:
            output = call(*given, **named)
        finally:
            tracing.inside -= 1
        flat = tree.flatten(output)
        place = next((i for i, one in enumerate(flat) if is_float(one)), None)
        if place is None:
            return output
        noted = Call(_once(name, tracing.calls), kind_of(type(layer).__name__), layer=layer, axis=_axis(layer))
        noted.activation = _activation(layer, noted.kind)
        if noted.kind == "activation":  # Keras' layer for any of them
            noted.kind = noted.activation or noted.kind
        noted.shape = tuple(flat[place].shape)
        if tracing.added is not None and len(tracing.calls) < len(tracing.added):
            flat[place] = flat[place] + tracing.added[len(tracing.calls)]
            output = tree.pack_sequence_as(output, flat)
        if tracing.watched is not None:
            tracing.watched(flat[place])
        noted.output = flat[place]
        noted.mask = "used" if came else "none"  # until what leaves is known
        if moving is not None:
            noted.norm = batch_norm_sums(layer, first, came[0] if came else None, *moving)
        tracing.calls.append(noted)
        tracing.known.add(id(flat[place]))
        return output

    return run


def settle(tracing: Tracing, output: Any) -> list[dict[str, Any]]:
    """After the run: what became of every mask, and the numbers of every output."""
    last = _first(output)
    _lost_between(tracing, last, _mask_of(output))
    sums: list[dict[str, Any]] = []
    for call in tracing.calls:
        if call.layer is None:
            sums.append({})
            continue
        left = carried_mask(call.output)
        came = call.mask == "used"
        if left is not None:
            call.mask = "kept" if came else "made"
        elif came and not (call.layer.supports_masking and _takes_mask(call.layer)):
            call.mask = "dropped"
        sums.append(output_sums(call.output, left, call.axis, call.activation))
    return sums


def _lost_between(tracing: Tracing, given: Any, came: list[Any]) -> None:
    """A mask that the last layer handed on, and that a plain operation between the layers dropped."""
    before = next((call for call in reversed(tracing.calls) if call.layer is not None), None)
    if before is None or given is None or came or id(given) in tracing.known:
        return
    mask = carried_mask(before.output)
    if mask is None or tuple(given.shape)[: len(mask.shape)] != tuple(mask.shape):
        return
    name = _once(f"operation after {before.name}", tracing.calls)
    tracing.calls.append(Call(name, "operation", shape=tuple(given.shape), mask="dropped", output=given))
    tracing.known.add(id(given))


def _takes_mask(layer: Any) -> bool:
    return any("mask" in name for name in inspect.signature(type(layer).call).parameters)


def _mask_of(given: Any) -> list[Any]:
    """The masks that tensors among it carry, and those that are handed over by name."""
    found = [carried_mask(one) for one in tree.flatten(given) if _is_tensor(one)]
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
        found += [one for name, value in given[1].items() if "mask" in name for one in tree.flatten(value)]
    return [one for one in found if one is not None]


def _first(given: Any) -> Any:
    return next((one for one in tree.flatten(given) if _is_tensor(one)), None)


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_float(value: Any) -> bool:
    """Whether it is a tensor of real numbers."""
    return _is_tensor(value) and "float" in keras.backend.standardize_dtype(value.dtype)


def _axis(layer: Any) -> int:
    if isinstance(layer, keras.layers.BatchNormalization):
        return int(layer.axis)
    return 1 if getattr(layer, "data_format", None) == "channels_first" else -1


def _activation(layer: Any, kind: str) -> str:
    if own := activation_of(kind):
        return own
    if kind in ("gru", "lstm"):
        return "tanh"
    bend = getattr(layer, "activation", None)
    if bend is None:
        return ""
    return activation_of(getattr(bend, "__name__", type(bend).__name__))


def _once(name: str, calls: list[Call]) -> str:
    before = sum(call.name == name or call.name.startswith(f"{name} (") for call in calls)
    return f"{name} ({before + 1})" if before else name


def parameters_of(layer: Any) -> list[tuple[str, Any]]:
    """What a layer may learn, frozen or not, under the names it gives them; not what it keeps beside."""
    owners = [layer, *layer._flatten_layers(include_self=False, recursive=True)]
    found = []
    for owner in owners:
        prefix = "" if owner is layer else f"{owner.name}/"
        found += [(f"{prefix}{variable.name}", variable) for variable in owner._trainable_variables]
    return found


def gradient_sums(gradients: Sequence[Any]) -> list[dict[str, Any]]:
    """The norms of those that there are."""
    return [{} if gradient is None else norm_sums(gradient) for gradient in gradients]
