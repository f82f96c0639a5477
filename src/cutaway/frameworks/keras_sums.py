"""What a probe reads off Keras' tensors, in compiled graphs of every backend."""

from __future__ import annotations

from typing import Any

from cutaway.core.probes import saturated_beyond
from cutaway.frameworks.keras_arrays import keras

ops = keras.ops


def output_sums(x: Any, mask: Any, axis: int, activation: str) -> dict[str, Any]:
    """Mean, spread, zeros, saturation, how often each unit is not 0, whether all is finite; without masked steps."""
    x = _real(x)
    many = len(x.shape)
    inside = None
    if mask is not None and tuple(mask.shape) == tuple(x.shape)[: len(mask.shape)]:
        mask = ops.cast(mask, "bool")
        inside = ops.broadcast_to(ops.reshape(mask, (*mask.shape, *[1] * (many - len(mask.shape)))), x.shape)
    count = float(_size(x)) if inside is None else ops.sum(ops.cast(inside, x.dtype))
    none = ops.zeros_like(x)
    kept = x if inside is None else ops.where(inside, x, none)
    mean = ops.sum(kept) / count
    away = x - mean if inside is None else ops.where(inside, x - mean, none)
    there = ops.cast(kept != 0, x.dtype)
    others = tuple(i for i in range(many) if i != axis % max(many, 1))
    active = ops.sum(there, others) if others else there
    sums = {
        "mean": mean,
        "sd": ops.sqrt(ops.sum(away * away) / count),
        "share_zero": (count - ops.sum(active)) / count,
        "active": active,
        "finite": ops.all(ops.isfinite(kept)),
    }
    if (ends := saturated_beyond(activation)) is not None:
        beyond = ops.logical_or(x <= ends[0], x >= ends[1])
        beyond = beyond if inside is None else ops.logical_and(beyond, inside)
        sums["share_saturated"] = ops.sum(ops.cast(beyond, x.dtype)) / count
    return sums


def norm_sums(x: Any) -> dict[str, Any]:
    """The Euclidean norm, without overflow of the squares, and whether all entries are finite."""
    x = _real(x)
    largest = ops.max(ops.absolute(x))
    scale = ops.where(largest > 0, largest, ops.ones_like(largest))
    part = x / scale
    return {"norm": scale * ops.sqrt(ops.sum(part * part)), "finite": ops.all(ops.isfinite(x))}


def batch_norm_sums(layer: Any, x: Any, mask: Any, kept_mean: Any, kept_variance: Any) -> dict[str, Any]:
    """The batch against the moving statistics as they were before it."""
    x = _real(x)
    axis = layer.axis % len(x.shape)
    others = tuple(i for i in range(len(x.shape)) if i != axis)
    if mask is None:
        mean, variance = ops.mean(x, others), ops.var(x, others)
        rows = ops.cast(_size(x) // x.shape[axis], x.dtype)
    else:
        mask = ops.cast(mask, x.dtype)
        inside = ops.broadcast_to(ops.reshape(mask, (*mask.shape, *[1] * (len(x.shape) - len(mask.shape)))), x.shape)
        each = ops.sum(inside, others)
        rows = ops.max(each)
        mean = ops.sum(x * inside, others) / each
        shape = [1] * len(x.shape)
        shape[axis] = x.shape[axis]
        variance = ops.sum(inside * (x - ops.reshape(mean, shape)) ** 2, others) / each
    spread = _real(kept_variance) + layer.epsilon
    gap = (mean - _real(kept_mean)) ** 2 / spread
    return {
        "mean_gap": ops.sqrt(ops.mean(gap)),
        "variance_ratio": ops.exp(ops.mean(ops.log((variance + layer.epsilon) / spread))),
        "rows": rows,
    }


def _size(x: Any) -> int:
    many = 1
    for length in x.shape:
        many *= length
    return many


def _real(x: Any) -> Any:
    dtype = keras.backend.standardize_dtype(x.dtype)
    return x if dtype in ("float32", "float64") else ops.cast(x, "float32")
