"""Activations: what a network bends its numbers with, element by element, and softmax over an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.stateless import Unlearned, each_step
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def relu(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """max(x, 0); its derivative at 0 is 0.

    >>> relu(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]
    """
    y = np.maximum(x, 0)
    return y, lambda g, _: (g * (y > 0),)


@operation
def leaky_relu(x: np.ndarray, *, slope: float = 0.01) -> tuple[np.ndarray, Pull]:
    """`x` where it is positive, else slope x; PyTorch's slope is 0.01, Keras' layer has 0.3, its function 0.2.

    Raises: InputError for a slope outside [0, 1].

    >>> leaky_relu(np.array([-2.0, 3.0]), slope=0.1).tolist()
    [-0.2, 3.0]
    """
    if not 0 <= slope <= 1:
        raise InputError(f"slope: leaky_relu expected a number from 0 to 1, got {slope}; 0.01 is usual")
    y = np.maximum(x, x * slope)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        slopes = np.multiply(x > 0, 1 - slope, dtype=x.dtype)
        slopes += slope
        return (g * slopes,)

    return y, pull


@operation
def gelu(x: np.ndarray, *, tanh: bool = False) -> tuple[np.ndarray, Pull]:
    """X Φ(x), with Φ the normal distribution function; `tanh` takes its approximation, as GPT-2 did.

    Source: Hendrycks & Gimpel 2016, Gaussian Error Linear Units, section 2.

    >>> gelu(np.array([-1.0, 1.0])).round(4).tolist(), gelu(np.array([1.0]), tanh=True).round(4).tolist()
    ([-0.1587, 0.8413], [0.8412])
    """
    if tanh:
        squared = x * x
        share = squared * 0.044715
        share += 1
        share *= x
        share *= _GELU
        np.tanh(share, out=share)
        share += 1
        share *= 0.5

        def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
            return (g * (share + share * (1 - share) * x * (squared * (6 * 0.044715 * _GELU) + 2 * _GELU)),)

        return x * share, pull
    share = _share_below(x)

    def pull_exact(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        slope = x * x
        slope *= -0.5
        np.exp(slope, out=slope)
        slope *= x
        slope *= 1 / math.sqrt(2 * math.pi)
        slope += share
        slope *= g
        return (slope,)

    return x * share, pull_exact


def _share_below(x: np.ndarray) -> np.ndarray:
    """The normal distribution function; of float32 to within 3e-7."""
    if x.dtype == np.float32:
        from cutaway.science.nets import normal_kernel  # compiled code is loaded when it is needed

        out = np.empty(x.shape, np.float32)
        normal_kernel.share_below(np.ascontiguousarray(x).reshape(-1), out.reshape(-1))
        return out
    from scipy.special import ndtr

    return np.asarray(ndtr(x))


_GELU = math.sqrt(2 / math.pi)


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), off the tape; far below 0 it is 0."""
    with np.errstate(over="ignore"):
        y = np.exp(-x)
    y += 1
    return np.asarray(np.reciprocal(y, out=y) if isinstance(y, np.ndarray) else 1 / y)


@operation
def sigmoid(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """1 / (1 + e⁻ˣ), whose derivative y (1 - y) is never above 1/4.

    >>> sigmoid(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    y = logistic(x)
    return y, lambda g, _: (g * (y * (1 - y)),)


@operation
def tanh(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The hyperbolic tangent, whose derivative 1 - y² is never above 1.

    >>> tanh(np.array([0.0, 1.0])).round(4).tolist()
    [0.0, 0.7616]
    """
    y = np.tanh(x)
    return y, lambda g, _: (g * (1 - y * y),)


@operation
def softmax(x: np.ndarray, *, axis: int = -1) -> tuple[np.ndarray, Pull]:
    """exp(x) / Σ exp(x), the sum over the axis, without overflow; minus infinity gives 0.

    Slices that are minus infinity throughout give NaN, as no share is defined.

    >>> softmax(np.log([[1.0, 3.0]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    with np.errstate(invalid="ignore"):
        y = np.exp(x - x.max(axis=axis, keepdims=True))
    y /= y.sum(axis=axis, keepdims=True)

    def pull(g: np.ndarray, _: tuple[bool, ...]) -> Gradients:
        gy = g * y
        return (gy - y * gy.sum(axis=axis, keepdims=True),)

    return y, pull


@operation
def log_softmax(x: np.ndarray, *, axis: int = -1) -> tuple[np.ndarray, Pull]:
    """X - log Σ exp(x), the sum over the axis: the logarithm of `softmax`, exact where that is 0.

    >>> log_softmax(np.array([[0.0, -1000.0]])).tolist()
    [[0.0, -1000.0]]
    """
    with np.errstate(invalid="ignore"):
        y = x - x.max(axis=axis, keepdims=True)
    y = y - np.log(np.exp(y).sum(axis=axis, keepdims=True))
    return y, lambda g, _: (g - np.exp(y) * g.sum(axis=axis, keepdims=True),)


@dataclass(frozen=True, slots=True)
class ReLU(Unlearned):
    """`relu` as a layer."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """max(x, 0)."""
        return each_step(relu, x), state


@dataclass(frozen=True, slots=True)
class LeakyReLU(Unlearned):
    """`leaky_relu` as a layer."""

    slope: float = 0.01

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """`x` or slope x."""
        return each_step(lambda v: leaky_relu(v, slope=self.slope), x), state


@dataclass(frozen=True, slots=True)
class GELU(Unlearned):
    """`gelu` as a layer; `tanh` takes its approximation."""

    tanh: bool = False

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """X Φ(x)."""
        return each_step(lambda v: gelu(v, tanh=self.tanh), x), state


@dataclass(frozen=True, slots=True)
class Sigmoid(Unlearned):
    """`sigmoid` as a layer."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """1 / (1 + e⁻ˣ)."""
        return each_step(sigmoid, x), state


@dataclass(frozen=True, slots=True)
class Tanh(Unlearned):
    """`tanh` as a layer."""

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The hyperbolic tangent."""
        return each_step(tanh, x), state


@dataclass(frozen=True, slots=True)
class Softmax(Unlearned):
    """`softmax` over an axis, as a layer; axis 0, the batch, is refused."""

    axis: int = -1

    def __post_init__(self) -> None:
        if self.axis == 0:
            raise InputError("axis: Softmax expected an axis of the classes, got 0, the batch; -1 is the last")

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Shares that sum to 1 along the axis."""
        return each_step(lambda v: softmax(v, axis=self.axis), x), state
