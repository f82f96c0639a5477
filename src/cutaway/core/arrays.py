"""One formula for the arrays of NumPy, PyTorch, JAX and TensorFlow: their namespace, and what they spell differently.

A library is recognised by looking it up among the modules that are imported already, so none is imported here. NumPy,
PyTorch and JAX answer the array API (array-api-compat); TensorFlow answers the part of it that the losses use. Of the
functions below, PyTorch, JAX and TensorFlow use their own, whose gradients are right where the plain formula's are not.
"""

from __future__ import annotations

import sys
from typing import Any

import array_api_compat
import numpy as np

Array = Any
"""An array of one of the libraries, or what NumPy makes one of."""


def library(x: Array) -> str:
    """`numpy`, `torch`, `jax`, `tensorflow`; lists, numbers and tables of other libraries count as NumPy's."""
    if isinstance(x, np.ndarray):
        return "numpy"
    if array_api_compat.is_torch_array(x):
        return "torch"
    if array_api_compat.is_jax_array(x):
        return "jax"
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and tensorflow.is_tensor(x):
        return "tensorflow"
    return "numpy"


def namespace(x: Array) -> Any:
    """The functions of the library of `x`, spelled as in the array API."""
    name = library(x)
    if name == "tensorflow":
        return _TensorFlow()
    return array_api_compat.array_namespace(x if name != "numpy" else np.asarray(x))


def floating(x: Array) -> Array:
    """`x` as an array of floats of its own precision; whole numbers, lists and tables become float64."""
    name = library(x)
    if name == "numpy":
        values = np.asarray(x)
        return values if values.dtype.kind == "f" else values.astype(np.float64)
    if name == "tensorflow":
        tensorflow = sys.modules["tensorflow"]
        x = tensorflow.convert_to_tensor(x)
        return x if x.dtype.is_floating else tensorflow.cast(x, tensorflow.float64)
    xp = array_api_compat.array_namespace(x)
    return x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, xp.float64)


def like(value: Array, pattern: Array) -> Array:
    """`value` as an array of the pattern's library, dtype and device."""
    name = library(pattern)
    if name == "tensorflow":
        tensorflow = sys.modules["tensorflow"]
        # by way of the value's own dtype: the cast of a tensor keeps its gradient
        return tensorflow.cast(tensorflow.convert_to_tensor(value), pattern.dtype)
    if name == "torch":
        torch = sys.modules["torch"]
        return torch.as_tensor(value).to(device=pattern.device, dtype=pattern.dtype)
    if name == "jax":
        return sys.modules["jax"].numpy.asarray(value, dtype=pattern.dtype)
    return np.asarray(value, dtype=pattern.dtype)


def known(x: Array) -> np.ndarray | None:
    """The values in NumPy where they can be read at once: not inside a compiled graph, nor on another device."""
    name = library(x)
    if name == "numpy":
        return np.asarray(x)
    if name == "torch":
        torch = sys.modules["torch"]
        if x.device.type != "cpu" or torch.compiler.is_compiling():
            return None
        try:
            return np.asarray(x.detach().numpy())
        except (RuntimeError, TypeError):  # a batched tensor of torch.func, or bfloat16, which NumPy does not have
            return None
    if name == "jax":
        return None if isinstance(x, sys.modules["jax"].core.Tracer) else np.asarray(x)
    return np.asarray(x.numpy()) if hasattr(x, "numpy") and sys.modules["tensorflow"].executing_eagerly() else None


def shape(x: Array) -> tuple[int | None, ...]:
    """The shape as far as it is known; None for an axis that a compiled graph leaves open."""
    return tuple(x.shape)


def wide(x: np.ndarray) -> np.ndarray:
    """Values (n,) as one column (n, 1); (n, k) stays. Of no rows too, for which reshape cannot infer the columns.

    >>> wide(np.zeros(0)).shape, wide(np.zeros((0, 3))).shape
    ((0, 1), (0, 3))
    """
    return x[:, None] if x.ndim == 1 else x


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow, with the gradient σ(x) everywhere."""
    name = library(x)
    if name == "torch":  # its own softplus is linear above 20
        return -sys.modules["torch"].nn.functional.logsigmoid(-x)
    if name == "jax":
        return sys.modules["jax"].nn.softplus(x)
    if name == "tensorflow":
        return sys.modules["tensorflow"].nn.softplus(x)
    with np.errstate(invalid="ignore"):  # NaN in, NaN out, without a word
        return np.logaddexp(np.zeros((), x.dtype), x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    name = library(x)
    if name == "torch":
        return sys.modules["torch"].sigmoid(x)
    if name == "jax":
        return sys.modules["jax"].nn.sigmoid(x)
    if name == "tensorflow":
        return sys.modules["tensorflow"].sigmoid(x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, np.ones((), x.dtype), small) / (1 + small)


def log_softmax(x: Array) -> Array:
    """Return x - log Σ exp(x) along the last axis, without overflow."""
    name = library(x)
    if name == "torch":
        return sys.modules["torch"].log_softmax(x, -1)
    if name == "jax":
        return sys.modules["jax"].nn.log_softmax(x, -1)
    if name == "tensorflow":
        return sys.modules["tensorflow"].nn.log_softmax(x, -1)
    if not x.size:
        return x
    top = np.max(x, axis=-1, keepdims=True)
    lower = x - np.where(np.isfinite(top), top, np.zeros((), x.dtype))
    return np.asarray(lower - np.log(np.sum(np.exp(lower), axis=-1, keepdims=True)))


class _TensorFlow:
    """The functions of the array API that the losses use, by TensorFlow's, inside compiled graphs too."""

    def __init__(self) -> None:
        self._tf = sys.modules["tensorflow"]

    def __getattr__(self, name: str) -> Any:
        """Functions that are spelled alike: abs, exp, where, zeros_like, ones_like, maximum, minimum."""
        found = getattr(self._tf, name, None)
        return getattr(self._tf.math, name) if found is None else found

    def isnan(self, x: Array) -> Array:
        return self._tf.math.is_nan(x)

    def sum(self, x: Array, axis: int | None = None) -> Array:
        return self._tf.reduce_sum(x, axis)

    def any(self, x: Array, axis: int | None = None) -> Array:
        return self._tf.reduce_any(x, axis)

    def moveaxis(self, x: Array, source: int, destination: int) -> Array:
        order = list(range(len(x.shape)))
        order.insert(destination % len(order), order.pop(source))
        return self._tf.transpose(x, order)

    def arange(self, stop: int, dtype: Any) -> Array:
        return self._tf.range(stop, dtype=dtype)
