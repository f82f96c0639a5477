"""Layer norm and group norm: each sample gets its own mean and spread, over its features or groups of channels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
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
    features = x.shape[x.ndim - axes :]
    normed, back = _standardised(x.reshape(-1, math.prod(features)), epsilon, None)
    normed = normed.reshape(x.shape)
    y = normed if gamma is None else normed * gamma
    y = y if beta is None else y + beta

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        through = g if gamma is None else g * gamma
        before = tuple(range(x.ndim - axes))
        return (
            back(through.reshape(-1, math.prod(features))).reshape(x.shape) if wanted[0] else None,
            (g * normed).sum(axis=before) if wanted[1] else None,
            g.sum(axis=before) if wanted[2] else None,
        )

    return y, pull


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

    Raises: InputError where the groups do not divide the channels.

    Source: Wu & He 2018, Group Normalization, equations 1 and 7.

    >>> group_norm(np.array([[1.0, 3.0, 5.0, 9.0]]), None, None, groups=2, epsilon=0.0).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    n, channels = x.shape[0], x.shape[-1]
    if groups < 1 or channels % groups:
        raise InputError(f"groups: group_norm expected a divisor of {channels} channels, got {groups}")
    split = (n, -1 if x.size else 0, groups, channels // groups)

    def grouped(v: np.ndarray) -> np.ndarray:
        return v.reshape(split).transpose(0, 2, 1, 3).reshape(n * groups, -1 if x.size else 0)

    def ungrouped(v: np.ndarray) -> np.ndarray:
        return v.reshape(n, groups, -1 if x.size else 0, channels // groups).transpose(0, 2, 1, 3).reshape(x.shape)

    inside = None
    if mask is not None:
        inside = np.broadcast_to(np.asarray(mask, bool)[(...,) + (None,) * (x.ndim - np.ndim(mask))], x.shape)
    rows, back = _standardised(grouped(x), epsilon, None if inside is None else grouped(inside))
    normed = ungrouped(rows)
    y = normed if gamma is None else normed * gamma
    y = y if beta is None else y + beta
    if inside is not None:
        y = np.where(inside, y, np.zeros((), x.dtype))

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        g = g if inside is None else np.where(inside, g, np.zeros((), g.dtype))
        before = tuple(range(x.ndim - 1))
        return (
            ungrouped(back(grouped(g if gamma is None else g * gamma))) if wanted[0] else None,
            (g * normed).sum(axis=before) if wanted[1] else None,
            g.sum(axis=before) if wanted[2] else None,
        )

    return y, pull


def _standardised(x: np.ndarray, epsilon: float, inside: np.ndarray | None) -> tuple[np.ndarray, Any]:
    """Rows of mean 0 and variance about 1, 0 where not `inside`, with the way back for a gradient."""
    none = np.zeros((), x.dtype)
    if inside is None:
        count: Any = x.dtype.type(max(x.shape[1], 1))
        mean = x.sum(axis=1, keepdims=True) / count
        centred = x - mean
    else:
        count = np.maximum(inside.sum(axis=1, keepdims=True), 1).astype(x.dtype)
        mean = np.where(inside, x, none).sum(axis=1, keepdims=True) / count
        centred = np.where(inside, x - mean, none)
    factor = 1 / np.sqrt((centred * centred).sum(axis=1, keepdims=True) / count + x.dtype.type(epsilon))
    normed = centred * factor

    def back(g: np.ndarray) -> np.ndarray:
        shift = g.sum(axis=1, keepdims=True) / count
        stretch = (g * normed).sum(axis=1, keepdims=True) / count
        out = (g - shift - normed * stretch) * factor
        return out if inside is None else np.where(inside, out, none)

    return normed, back


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
