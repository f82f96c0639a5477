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


def to_array(tensor: Any) -> np.ndarray:
    """As a NumPy array of its own memory."""
    return np.array(keras.ops.convert_to_numpy(tensor))
