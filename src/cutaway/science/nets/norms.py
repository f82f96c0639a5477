"""Layer norm and group norm: each sample gets its own mean and spread, over its features or groups of channels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.batch_norm import spread
from cutaway.science.nets.layer import Key, Masked
from cutaway.science.nets.stateless import Stateless, each_step
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def layer_norm(
    x: np.ndarray, gamma: np.ndarray | None, beta: np.ndarray | None, *, epsilon: float = 1e-3, axes: int = 1
) -> tuple[np.ndarray, Pull]:
    """γ (x - μ) / √(σ² + ε) + β, with the moments of each sample's last `axes` axes; γ and β have their shape.

    Source: Ba, Kiros & Hinton 2016, Layer Normalization, equation 4.

    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]]), None, None, epsilon=0.0).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """
    features = math.prod(x.shape[x.ndim - axes :])
    samples = math.prod(x.shape[: x.ndim - axes])
    return _normalised(x, (samples, 1, 1, features), np.ones((samples, 1), bool), gamma, beta, epsilon)


@operation
def group_norm(
    x: np.ndarray,
    gamma: np.ndarray | None,
    beta: np.ndarray | None,
    *,
    groups: int,
    epsilon: float = 1e-3,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, Pull]:
    """γ (x - μ) / √(σ² + ε) + β, with the moments of each sample's group of neighbouring channels, all places.

    x (n, …, c), γ and β (c,). A mask (n, …) leaves places out; their result is 0. One group takes all channels
    together; as many groups as channels is instance norm.

    Raises: InputError where the groups do not divide the channels, or the mask's axes are not the first of x.

    Source: Wu & He 2018, Group Normalization, equations 1 and 7.

    >>> group_norm(np.array([[1.0, 3.0, 5.0, 9.0]]), None, None, groups=2, epsilon=0.0).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    channels = x.shape[-1]
    if groups < 1 or channels % groups:
        raise InputError(f"groups: group_norm expected a divisor of {channels} channels, got {groups}")
    places = math.prod(x.shape[1:-1])
    inside = np.ones(x.shape[:-1], bool) if mask is None else spread(mask, x)
    shape = (x.shape[0], places, groups, channels // groups)
    return _normalised(x, shape, inside.reshape(shape[:2]), gamma, beta, epsilon)


def _normalised(
    x: np.ndarray,
    shape: tuple[int, int, int, int],
    inside: np.ndarray,
    gamma: np.ndarray | None,
    beta: np.ndarray | None,
    epsilon: float,
) -> tuple[np.ndarray, Pull]:
    """X seen as (samples, places, groups, channels of a group), each group of a sample normalised by itself."""
    from cutaway.science.nets import row_kernel  # compiled code is loaded when it is needed

    rows = np.ascontiguousarray(x).reshape(shape)
    inside = np.ascontiguousarray(inside)
    scale = np.ones(shape[2:], x.dtype) if gamma is None else gamma.astype(x.dtype, copy=False).reshape(shape[2:])
    shift = np.zeros(shape[2:], x.dtype) if beta is None else beta.astype(x.dtype, copy=False).reshape(shape[2:])
    mean, factor = np.empty((2, shape[0], shape[2]), x.dtype)
    y = np.empty_like(rows)
    row_kernel.normalised(rows, inside, x.dtype.type(epsilon), scale, shift, mean, factor, y)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        given = np.ascontiguousarray(g).reshape(shape)
        by_x, by_gamma, by_beta = np.empty_like(rows), np.zeros(shape[2:]), np.zeros(shape[2:])
        row_kernel.back(given, rows, inside, scale, mean, factor, by_x, by_gamma, by_beta)
        return (
            by_x.reshape(x.shape),
            by_gamma.reshape(gamma.shape).astype(x.dtype) if gamma is not None else None,
            by_beta.reshape(beta.shape).astype(x.dtype) if beta is not None else None,
        )

    return y.reshape(x.shape), pull


@dataclass(frozen=True, slots=True)
class LayerNorm(Stateless):
    """`layer_norm` over the last axis, or the last axes of the shape `features`. Keras' ε is 1e-3, PyTorch's 1e-5."""

    features: int | tuple[int, ...]
    epsilon: float = 1e-3

    def init(self, key: Key) -> Tree:
        """Ones and zeros."""
        return {"gamma": np.ones(self.features, np.float32), "beta": np.zeros(self.features, np.float32)}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Each sample, or each of its steps, normalised by itself."""
        axes = len(self.features) if isinstance(self.features, tuple) else 1
        gamma, beta = params["gamma"], params["beta"]
        return each_step(lambda v: layer_norm(v, gamma, beta, epsilon=self.epsilon, axes=axes), x), state


@dataclass(frozen=True, slots=True)
class GroupNorm(Stateless):
    """`group_norm`: groups of neighbouring channels of one sample. Keras' ε is 1e-3, PyTorch's 1e-5."""

    features: int
    groups: int = 32
    epsilon: float = 1e-3

    def init(self, key: Key) -> Tree:
        """Ones and zeros."""
        return {"gamma": np.ones(self.features, np.float32), "beta": np.zeros(self.features, np.float32)}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Each sample normalised by itself; padding touches no moment."""
        values, mask = (x.values, x.mask) if isinstance(x, Masked) else (x, None)
        settings = {"groups": self.groups, "epsilon": self.epsilon, "mask": mask}
        y = group_norm(values, params["gamma"], params["beta"], **settings)
        return (y if mask is None else Masked(y, mask)), state
