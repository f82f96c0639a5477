"""Losses of logits as operations: cross-entropy and focal loss of two or K classes, on the formulas of `losses`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.losses import (
    REDUCTIONS,
    Reduction,
    categorical,
    derivatives,
    focal,
    focal_categorical,
    log_loss,
)
from cutaway.science.nets.layer import Masked
from cutaway.science.nets.tape import Gradients, Pull, Value, operation, value_of


def cross_entropy(
    logits: Value | Masked,
    y: np.ndarray,
    *,
    axis: int = -1,
    weight: np.ndarray | None = None,
    class_weight: Sequence[float] | np.ndarray | None = None,
    mask: np.ndarray | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Any:
    """Cross-entropy of K classes from logits, -log softmax(z)_y, reduced; its gradient is softmax(z) - y.

    Args:
        logits: (…, K); of a `Masked` batch its mask is taken unless one is given, and then "mean over mask" is the mean
            of what is there, "mean" divides by padding too.
        y: classes 0 … K-1 (…), or shares (…, K).
        axis: of the classes.
        weight: one a row, or its first axes.
        class_weight: one a class, as PyTorch has it.
        mask: True where a row counts; what lies outside gets a gradient of 0, whatever it holds.
        smoothing: as in `losses.categorical`.
        reduction: see `losses.REDUCTIONS`.

    Raises: InputError as `losses.categorical`.

    >>> round(float(cross_entropy(np.log([[0.7, 0.2, 0.1]]), np.array([1]))), 6)
    1.609438
    """
    logits, mask = _with_mask(logits, mask)
    plain = weight is None and class_weight is None and mask is None and not smoothing
    if plain and axis in (-1, value_of(logits).ndim - 1) and _are_classes(y, logits) and reduction in REDUCTIONS[:5]:
        return softmax_cross_entropy(logits, y, reduction=reduction)
    settings = {"axis": axis, "weight": weight, "class_weight": class_weight, "mask": mask, "smoothing": smoothing}
    return loss_of_logits(logits, y, loss=categorical, reduction=reduction, settings=settings)


def binary_cross_entropy(
    logits: Value | Masked,
    y: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    class_weight: Sequence[float] | np.ndarray | None = None,
    mask: np.ndarray | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Any:
    """Cross-entropy of labels 0 and 1 from log-odds, log(1 + e⁻ᶻ) where y is 1; its gradient is σ(z) - y.

    A last axis of length 1 in the logits may be missing in y. `class_weight` (1, c) is PyTorch's `pos_weight=c`; the
    rest as in `cross_entropy`.

    Raises: InputError as `losses.log_loss`.

    >>> binary_cross_entropy(np.array([0.0, -1000.0]), np.array([1, 1]), reduction="none").round(6).tolist()
    [0.693147, 1000.0]
    """
    logits, mask = _with_mask(logits, mask)
    settings = {"weight": weight, "class_weight": class_weight, "mask": mask, "smoothing": smoothing}
    return loss_of_logits(logits, y, loss=log_loss, reduction=reduction, settings=settings)


def focal_cross_entropy(
    logits: Value | Masked,
    y: np.ndarray,
    *,
    gamma: float = 2.0,
    alpha: float | Sequence[float] | np.ndarray | None = None,
    axis: int = -1,
    weight: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Any:
    """Focal loss of K classes from logits, -α_y (1 - p_y)^γ log p_y; with γ = 0 it is `cross_entropy`.

    `alpha`: one weight a class, or one for all; the rest as in `cross_entropy`.

    Raises: InputError as `losses.focal_categorical`.

    >>> round(float(focal_cross_entropy(np.log([[0.9, 0.1]]), np.array([0]))), 6)  # 0.1² · -log 0.9
    0.001054
    """
    logits, mask = _with_mask(logits, mask)
    settings = {"gamma": gamma, "alpha": alpha, "axis": axis, "weight": weight, "mask": mask, "smoothing": smoothing}
    return loss_of_logits(logits, y, loss=focal_categorical, reduction=reduction, settings=settings)


def focal_binary_cross_entropy(
    logits: Value | Masked,
    y: np.ndarray,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    weight: np.ndarray | None = None,
    class_weight: Sequence[float] | np.ndarray | None = None,
    mask: np.ndarray | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Any:
    """Focal loss of labels 0 and 1 from log-odds; `alpha` weighs positives, 1 - α negatives, None neither.

    The rest as in `binary_cross_entropy`.

    Raises: InputError as `losses.focal`.

    >>> round(float(focal_binary_cross_entropy(np.log([9.0]), np.array([1]))), 6)
    0.001054
    """
    logits, mask = _with_mask(logits, mask)
    settings = {
        "gamma": gamma,
        "alpha": alpha,
        "weight": weight,
        "class_weight": class_weight,
        "mask": mask,
        "smoothing": smoothing,
    }
    return loss_of_logits(logits, y, loss=focal, reduction=reduction, settings=settings)


@operation
def softmax_cross_entropy(logits: np.ndarray, y: np.ndarray, *, reduction: str) -> tuple[np.ndarray, Pull]:
    """Cross-entropy of hard labels where all rows count alike: one pass for the value, one for the gradient."""
    z = logits.reshape(-1, logits.shape[-1])
    rows, labels = np.arange(len(z)), y.reshape(-1)
    wrong = np.flatnonzero((labels < 0) | (labels >= z.shape[1]))
    if wrong.size:
        raise InputError(
            f"y: cross_entropy expected classes 0 … {z.shape[1] - 1}, got {labels[wrong[0]]} at row {wrong[0]}; "
            "leave rows out with mask="
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = z - z.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        sums = p.sum(axis=1, keepdims=True)
        each = np.log(sums[:, 0]) - shifted[rows, labels]
        count = {"none": 1, "sum": 1}.get(reduction, len(z))
        value = each.reshape(y.shape) if reduction == "none" else each.sum() / z.dtype.type(count)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        gradient = p / sums
        gradient[rows, labels] -= 1
        gradient *= g.reshape(-1, 1) / count
        return gradient.reshape(logits.shape), None

    return np.asarray(value), pull


@operation
def loss_of_logits(
    logits: np.ndarray, y: np.ndarray, *, loss: Callable[..., Any], reduction: Reduction, settings: dict[str, Any]
) -> tuple[np.ndarray, Pull]:
    """One of the losses that `losses.derivatives` knows, with any of its settings and reductions."""
    value = np.asarray(loss(logits, y, reduction=reduction, **settings))

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        axis = settings.get("axis", -1)
        by_row = np.asarray(derivatives(loss, logits, y, **settings).gradient)
        if reduction == "none":
            by_row = by_row * (g.reshape(by_row.shape) if "axis" not in settings else g[..., None])
        else:
            by_row = by_row * (g * _share(loss, logits, y, reduction, settings))
        gradient = by_row if "axis" not in settings else np.moveaxis(by_row, -1, axis)
        return np.asarray(gradient.reshape(logits.shape), dtype=logits.dtype), None

    return value, pull


def _share(
    loss: Callable[..., Any], logits: np.ndarray, y: np.ndarray, reduction: Reduction, settings: dict[str, Any]
) -> float:
    """What a reduction multiplies the sum by; it does not depend on the logits."""
    if reduction == "sum":
        return 1.0
    zeros = np.zeros(logits.shape)
    reduced = float(loss(zeros, y, reduction=reduction, **settings))
    total = float(loss(zeros, y, reduction="sum", **settings))
    return reduced / total if total else (reduced if math.isnan(reduced) else 0.0)


def _with_mask(logits: Value | Masked, mask: np.ndarray | None) -> tuple[Value, np.ndarray | None]:
    if isinstance(logits, Masked):
        return logits.values, logits.mask if mask is None else mask
    return logits, mask


def _are_classes(y: Any, logits: Any) -> bool:
    return isinstance(y, np.ndarray) and y.dtype.kind in "iu" and y.shape == logits.shape[:-1]
