"""Batch norm: each channel gets the mean and spread that are learned for it, measured over the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Key, Masked
from cutaway.science.nets.tape import Gradients, Pull, operation, value_of
from cutaway.science.nets.tree import Tree


@dataclass(frozen=True, slots=True, eq=False)
class ChannelMoments:
    """Mean (c,) and biased variance (c,) of each channel, over `count` rows: of a batch, or as they were kept."""

    mean: np.ndarray
    variance: np.ndarray
    count: int = 0


def channel_moments(x: np.ndarray, mask: np.ndarray | None = None) -> ChannelMoments:
    """Of each last-axis channel of x (…, c) over all other axes; a mask (…) of leading axes leaves rows out.

    Nothing to go by (no row, an empty mask) gives 0 and 0.

    >>> found = channel_moments(np.array([[1.0, 5.0], [3.0, 5.0], [9.0, 9.0]]), np.array([True, True, False]))
    >>> found.mean.tolist(), found.variance.tolist(), found.count
    ([2.0, 5.0], [1.0, 0.0], 2)
    """
    rows = x.reshape(-1, x.shape[-1])
    if mask is not None:
        rows = rows[spread(mask, x).reshape(-1)]
    if not len(rows):
        return ChannelMoments(np.zeros(x.shape[-1], x.dtype), np.zeros(x.shape[-1], x.dtype))
    times = _times(rows)
    wide = rows.reshape(-1, times * x.shape[-1])
    mean = _summed(wide, times) / x.dtype.type(len(rows))
    centred = wide - np.tile(mean, times)
    return ChannelMoments(mean, _summed(centred * centred, times) / x.dtype.type(len(rows)), len(rows))


def _times(rows: np.ndarray) -> int:
    """How many rows (n, c) are best seen as one: loops over the few channels of an image are short, and cost most."""
    times = 1
    while times * rows.shape[1] < 128 and len(rows) % (2 * times) == 0:
        times *= 2
    return times


def _summed(wide: np.ndarray, times: int) -> np.ndarray:
    """The sum (c,) over rows seen `times` at a time; a product of matrices adds fast, and in blocks."""
    total = np.ones(len(wide), wide.dtype) @ wide
    return np.asarray(total.reshape(times, -1).sum(axis=0))


@operation
def batch_norm(
    x: np.ndarray,
    gamma: np.ndarray | None,
    beta: np.ndarray | None,
    *,
    epsilon: float = 1e-3,
    mask: np.ndarray | None = None,
    moments: ChannelMoments | None = None,
    fixed: bool = False,
) -> tuple[np.ndarray, Pull]:
    """γ (x - μ) / √(σ² + ε) + β per channel of x (…, c), with the moments of the batch.

    Their own dependence on x takes two directions out of the gradient: what moves all rows alike, and what stretches
    them. With `fixed` moments (inference: the kept ones) it is left whole, and γ / √(σ² + ε) is a constant factor.

    Args:
        x: (…, c).
        gamma: (c,) or None for 1.
        beta: (c,) or None for 0.
        epsilon: added to the variance; Keras 1e-3, PyTorch 1e-5.
        mask: (…) of leading axes; what lies outside touches no moment, and its result is 0.
        moments: `channel_moments(x, mask)` unless given.
        fixed: the moments do not depend on x.

    Source: Ioffe & Szegedy 2015, Batch Normalization, algorithm 1 and section 3.

    >>> batch_norm(np.array([[1.0], [3.0]]), None, None, epsilon=0.0).tolist()
    [[-1.0], [1.0]]
    """
    given = moments if moments is not None else channel_moments(x, mask)
    channels, none = x.shape[-1], np.zeros((), x.dtype)
    times = _times(x.reshape(-1, channels))
    wide = x.reshape(-1, times * channels)
    inside = None
    if mask is not None:
        inside = np.broadcast_to(spread(mask, x)[..., None], x.shape).reshape(wide.shape)
    factor = (1 / np.sqrt(given.variance + epsilon)).astype(x.dtype)
    normed = wide - np.tile(given.mean.astype(x.dtype), times)
    normed *= np.tile(factor, times)
    if inside is not None:
        normed = np.where(inside, normed, none)
    y = normed.copy() if gamma is None else normed * np.tile(gamma, times)
    if beta is not None:
        y += np.tile(beta, times)
        if inside is not None:
            y = np.where(inside, y, none)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        g = g.reshape(wide.shape)
        if inside is not None:
            g = np.where(inside, g, none)
        by_beta, by_gamma = _summed(g, times), _summed(g * normed, times)
        by_x = None
        if wanted[0]:
            scale = np.tile(factor if gamma is None else factor * gamma, times)
            by_x = g * scale
            if not fixed:
                count = x.dtype.type(max(given.count, 1))
                by_x -= normed * (np.tile(by_gamma / count, times) * scale)
                by_x -= np.tile(by_beta / count, times) * scale
                if inside is not None:
                    by_x = np.where(inside, by_x, none)
            by_x = by_x.reshape(x.shape)
        return by_x, by_gamma if wanted[1] else None, by_beta if wanted[2] else None

    return y.reshape(x.shape), pull


def spread(mask: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The mask (n, …) of leading axes of x (n, …, c) as one truth for each of its rows (n, …)."""
    mask = np.asarray(mask, bool)
    if x.shape[: mask.ndim] != mask.shape or mask.ndim >= x.ndim:
        raise InputError(f"mask: expected the leading axes of shape {x.shape[:-1]}, got {mask.shape}; one truth a step")
    return np.broadcast_to(mask[(...,) + (None,) * (x.ndim - 1 - mask.ndim)], x.shape[:-1])


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """`batch_norm` that keeps running moments while it trains and uses them afterwards.

    running ← momentum · running + (1 - momentum) · batch. `momentum` is the share kept, as in Keras; PyTorch's argument
    of that name is the share renewed, so its 0.1 is 0.9 here. Keras keeps the biased variance, PyTorch the `unbiased`
    one, n / (n - 1) of it; both normalise by the biased. `BatchNorm.of_pytorch` has PyTorch's values.
    A `frozen` layer uses the kept moments in training too, and does not change them.
    """

    features: int
    momentum: float = 0.99
    epsilon: float = 1e-3
    unbiased: bool = False
    scale: bool = True
    center: bool = True
    frozen: bool = False

    @classmethod
    def of_pytorch(cls, features: int, momentum: float = 0.1, epsilon: float = 1e-5) -> BatchNorm:
        """With PyTorch's conventions: `momentum` is the share renewed."""
        return cls(features, 1 - momentum, epsilon, unbiased=True)

    def init(self, key: Key) -> Tree:
        """Ones and zeros."""
        params = {"gamma": np.ones(self.features, np.float32)} if self.scale else {}
        return {**params, "beta": np.zeros(self.features, np.float32)} if self.center else params

    def start(self, key: Key) -> Tree:
        """Moments of 0 and 1."""
        return {
            "moving_mean": np.zeros(self.features, np.float32),
            "moving_variance": np.ones(self.features, np.float32),
        }

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Normalised by the batch while training, by what was kept else; a mask leaves padding out of both.

        Raises: InputError for a batch with one row a channel in training with `unbiased`, which has no such variance.
        """
        values, mask = (x.values, x.mask) if isinstance(x, Masked) else (x, None)
        fixed = not train or self.frozen
        if fixed:
            moments = ChannelMoments(state["moving_mean"], state["moving_variance"])
        else:
            moments = channel_moments(value_of(values), mask)
            state = self._renewed(state, moments)
        y = batch_norm(
            values,
            params.get("gamma"),
            params.get("beta"),
            epsilon=self.epsilon,
            mask=mask,
            moments=moments,
            fixed=fixed,
        )
        return (y if mask is None else Masked(y, mask)), state

    def _renewed(self, state: Tree, batch: ChannelMoments) -> Tree:
        if not batch.count:
            return state
        variance = batch.variance
        if self.unbiased:
            if batch.count == 1:
                raise InputError(
                    "x: BatchNorm with an unbiased variance expected more than 1 row a channel in training, got 1; "
                    "take larger batches, or LayerNorm"
                )
            variance = variance * (batch.count / (batch.count - 1))
        new = {"moving_mean": batch.mean, "moving_variance": variance}
        return {
            name: (self.momentum * old + (1 - self.momentum) * new[name]).astype(old.dtype)
            for name, old in state.items()
        }
