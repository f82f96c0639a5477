"""Gradients of a Keras model's loss on each backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradients(model: Any, loss: Callable[[], Any], variables: list[Any]) -> tuple[float, list[Any]]:
    """The loss, and its gradient by each variable as the backend's tensor; None where there is no path.

    Under JAX a variable without a path has a gradient of zeros; those are None, too.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            value = loss()
        found = tape.gradient(value, [v.value for v in variables])
        return float(value), [None if g is None else tf.convert_to_tensor(g) for g in found]
    if backend == "torch":
        import torch

        value = loss()
        if not value.requires_grad:
            return float(value), [None] * len(variables)
        grads = torch.autograd.grad(value, [v.value for v in variables], allow_unused=True)
        return float(value.detach()), list(grads)
    import jax

    others = [v for v in model.variables if not any(v is own for own in variables)]

    def of(values: list[Any]) -> tuple[Any, list[Any]]:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
            value = loss()
        return value, [scope.get_current_value(v) for v in others]

    (value, after), found = jax.value_and_grad(of, has_aux=True)([v.value for v in variables])
    for v, new in zip(others, after, strict=True):
        if new is not None:
            v.assign(new)
    return float(value), [g if bool((g != 0).any()) else None for g in found]


def repeated(model: Any, loss: Callable[[], Any], variables: list[Any]) -> Callable[[], tuple[float, list[Any]]]:
    """`gradients` to be called many times on one batch: compiled where that is possible, else as it is."""
    if keras.backend.backend() == "torch":
        return lambda: gradients(model, loss, variables)
    if keras.backend.backend() == "tensorflow":
        return _by_tensorflow(model, loss, variables)
    import jax

    others = [v for v in model.variables if not any(v is own for own in variables)]

    def of(values: list[Any], rest: list[Any]) -> tuple[Any, list[Any]]:
        mapping = [*zip(variables, values, strict=True), *zip(others, rest, strict=True)]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            value = loss()
        return value, [scope.get_current_value(v) for v in others]

    compiled = jax.jit(jax.value_and_grad(of, has_aux=True))

    def run() -> tuple[float, list[Any]]:
        rest = [v.value for v in others]
        (value, after), found = compiled([v.value for v in variables], rest)
        for v, new, old in zip(others, after, rest, strict=True):
            v.assign(old if new is None else new)
        return float(value), list(found)

    return run


def _by_tensorflow(model: Any, loss: Callable[[], Any], variables: list[Any]) -> Callable[[], tuple[float, list[Any]]]:
    import tensorflow as tf

    values = [v.value for v in variables]

    def both() -> tuple[Any, list[Any]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            value = loss()
        return value, tape.gradient(value, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    compiled = tf.function(both, autograph=False)

    def run() -> tuple[float, list[Any]]:
        try:
            value, found = compiled()
        except Exception:  # code that runs eagerly only
            return gradients(model, loss, variables)
        return float(value), [tf.convert_to_tensor(g) for g in found]

    return run


def to_array(tensor: Any) -> np.ndarray:
    """As a NumPy array of its own memory."""
    return np.array(keras.ops.convert_to_numpy(tensor))
