"""Networks of one shape side by side: every array has one more axis in front, one place for each network.

They share nothing but the time that a step takes: a product of many small matrices costs less than many products. So
the seeds of a band, or several ways to begin, are trained together, each as it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from cutaway.science.nets.batch_norm import BatchNorm
from cutaway.science.nets.dense import Dense
from cutaway.science.nets.layer import Key, Layer, Sequential
from cutaway.science.nets.shift import Disturbance
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation, value_of
from cutaway.science.nets.tree import Tree, mapped


@operation
def stacked_dense(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None) -> tuple[np.ndarray, Pull]:
    """X W + b of each network: x (s, n, in), W (s, in, out), b (s, out) or None.

    >>> x = np.array([[[1.0, 2.0]], [[1.0, 2.0]]])
    >>> stacked_dense(x, np.array([np.eye(2), 2 * np.eye(2)])).tolist()
    [[[1.0, 2.0]], [[2.0, 4.0]]]
    """
    y = x @ kernel
    if bias is not None:
        y += bias[:, None]

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        parts = (
            g @ np.swapaxes(kernel, 1, 2) if wanted[0] else None,
            np.swapaxes(x, 1, 2) @ g if wanted[1] else None,
        )
        return parts if len(wanted) == 2 else (*parts, g.sum(axis=1) if wanted[2] else None)

    return y, pull


@operation
def stacked_batch_norm(
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    *,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float,
    fixed: bool = False,
) -> tuple[np.ndarray, Pull]:
    """Each network normalised by its own batch: x (s, n, c); γ, β, `mean` and `variance`, those of the batch, (s, c).

    The moments' own dependence on x is in the gradient, as in `batch_norm`, unless they are `fixed`.

    >>> x = np.array([[[1.0], [3.0]], [[10.0], [30.0]]])
    >>> one, zero = np.ones((2, 1)), np.zeros((2, 1))
    >>> moments = {"mean": x.mean(axis=1), "variance": x.var(axis=1)}
    >>> stacked_batch_norm(x, one, zero, epsilon=0.0, **moments).tolist()
    [[[-1.0], [1.0]], [[-1.0], [1.0]]]
    """
    factor = (1 / np.sqrt(variance + x.dtype.type(epsilon)))[:, None]
    normed = x - mean[:, None]
    normed *= factor
    y = normed * gamma[:, None]
    y += beta[:, None]

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        by_beta, by_gamma = _summed(g), _summed(g * normed)
        by_x = None
        if wanted[0]:
            by_x = g.copy() if fixed else g - normed * (by_gamma / x.shape[1]) - by_beta / x.shape[1]
            by_x *= factor * gamma[:, None]
        return by_x, by_gamma[:, 0] if wanted[1] else None, by_beta[:, 0] if wanted[2] else None

    return y, pull


def _summed(x: np.ndarray) -> np.ndarray:
    """Over the rows (s, 1, c); a product of matrices adds faster."""
    return np.asarray(np.ones((1, x.shape[1]), x.dtype) @ x)


@dataclass(frozen=True, slots=True)
class StackedDense(Stateless):
    """`networks` dense layers; kernel (s, in, out), bias (s, out)."""

    networks: int
    inputs: int
    units: int

    def init(self, key: Key) -> Tree:
        """As `Dense` begins, each network from a key of its own."""
        return stacked([Dense(self.inputs, self.units).init((*key, i)) for i in range(self.networks)])

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """X W + b, each its own."""
        return stacked_dense(x, params["kernel"], params["bias"]), state


@dataclass(frozen=True, slots=True)
class StackedBatchNorm:
    """A `BatchNorm` for each of `networks`; parameters and kept moments (s, c)."""

    networks: int
    norm: BatchNorm

    def init(self, key: Key) -> Tree:
        """Ones and zeros."""
        return stacked([self.norm.init(key)] * self.networks)

    def start(self, key: Key) -> Tree:
        """Moments of 0 and 1."""
        return stacked([self.norm.start(key)] * self.networks)

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Each normalised by its own batch in training, by its own kept moments else."""
        values, epsilon = value_of(x), self.norm.epsilon
        gamma, beta = params["gamma"], params["beta"]
        if not train:
            kept = {name: state[f"moving_{name}"].astype(values.dtype) for name in ("mean", "variance")}
            return stacked_batch_norm(x, gamma, beta, epsilon=epsilon, fixed=True, **kept), state
        rows = values.shape[1]
        mean = _summed(values) / rows
        centred = values - mean
        mean, variance = mean[:, 0], _summed(centred * centred)[:, 0] / rows
        y = stacked_batch_norm(x, gamma, beta, mean=mean, variance=variance, epsilon=epsilon)
        old = self.norm.momentum
        grown = variance * (rows / (rows - 1)) if self.norm.unbiased else variance
        after = {"moving_mean": mean, "moving_variance": grown}
        return y, {name: (old * state[name] + (1 - old) * new).astype(new.dtype) for name, new in after.items()}


def stack_of(model: Sequential, networks: int) -> Sequential:
    """So many of a model side by side; it takes and gives arrays (networks, n, features).

    Raises: InputError for a layer that is neither dense, batch norm nor one that works element by element.
    """
    return Sequential(tuple(_stacked(layer, networks) for layer in model.layers), model.names)


def _stacked(layer: Layer, networks: int) -> Layer:
    if isinstance(layer, Dense) and layer.bias:
        return StackedDense(networks, layer.inputs, layer.units)
    if isinstance(layer, BatchNorm) and layer.scale and layer.center and not layer.frozen:
        return StackedBatchNorm(networks, layer)
    if isinstance(layer, Disturbance | GELU | LeakyReLU | ReLU | Sigmoid | Tanh):
        return layer
    raise InputError(f"model: stack_of expected dense layers, batch norm and activations, got {layer}")


def stacked(trees: Sequence[Tree]) -> Tree:
    """Trees of one shape as one, its leaves with a new first axis."""
    return mapped(lambda *leaves: np.stack(leaves), trees[0], *trees[1:])


def unstacked(tree: Tree, at: int) -> Tree:
    """The tree of the network at that place."""
    return mapped(lambda leaf: leaf[at], tree)
