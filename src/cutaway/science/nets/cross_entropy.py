"""Losses of logits as operations: cross-entropy and focal loss of two or K classes, on the formulas of `losses`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from cutaway.science.losses.inputs import spread
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
    if axis in (-1, value_of(logits).ndim - 1) and not smoothing:
        rows = _rows(value_of(logits), y, weight, class_weight, mask, reduction)
        if rows is not None:
            return softmax_cross_entropy(logits, y, rows=rows, reduction=reduction)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Which rows count (n,), None for all; what each of these counts (kept,), None for 1; what their sum is over."""

    kept: np.ndarray | None
    factor: np.ndarray | None
    count: float


def _rows(logits: np.ndarray, y: Any, weight: Any, class_weight: Any, mask: Any, reduction: str) -> _Rows | None:
    """None for soft labels, and for what `losses` refuses."""
    classes = isinstance(y, np.ndarray) and y.dtype.kind in "iu" and y.shape == logits.shape[:-1]
    if not classes or reduction not in REDUCTIONS[:5] or (weight is not None and np.min(weight, initial=0) < 0):
        return None
    if class_weight is not None and np.shape(class_weight) != logits.shape[-1:]:
        return None
    labels, pattern = y.reshape(-1), np.empty(y.shape, logits.dtype)
    kept = None
    if mask is not None:
        kept = np.flatnonzero(np.asarray(spread(mask, pattern, "mask", "cross_entropy")))
        labels = labels[kept]
    wrong = np.flatnonzero((labels < 0) | (labels >= logits.shape[-1]))
    if wrong.size:
        raise InputError(
            f"y: cross_entropy expected classes 0 … {logits.shape[-1] - 1}, got {labels[wrong[0]]} at row "
            f"{wrong[0] if kept is None else kept[wrong[0]]}; leave rows out with mask="
        )
    factor = None
    if weight is not None:
        factor = np.asarray(spread(weight, pattern, "weight", "cross_entropy")).reshape(-1)
        factor = factor if kept is None else factor[kept]
    if class_weight is not None:
        each = np.asarray(class_weight, logits.dtype)[labels]
        factor = each if factor is None else factor * each
    counts = {"none": 1.0, "sum": 1.0, "mean": y.size, "mean over mask": labels.size}
    total = labels.size if factor is None else factor.sum(dtype=float)
    return _Rows(kept, factor, float(counts.get(reduction, total)))


@operation
def softmax_cross_entropy(logits: np.ndarray, y: np.ndarray, *, rows: _Rows, reduction: str) -> tuple[np.ndarray, Pull]:
    """Cross-entropy of hard labels: one pass over the rows that count for the value, one for the gradient."""
    z, labels = logits.reshape(-1, logits.shape[-1]), y.reshape(-1)
    if rows.kept is not None:
        z, labels = z[rows.kept], labels[rows.kept]
    places = np.arange(len(z))
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = z - z.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        sums = p.sum(axis=1, keepdims=True)
        each = np.log(sums[:, 0]) - shifted[places, labels]
        if rows.factor is not None:
            each *= rows.factor
        value = each.sum() / z.dtype.type(rows.count)
    if reduction == "none":
        value = _placed(each, rows.kept, y.size).reshape(y.shape)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        gradient = p / sums
        gradient[places, labels] -= 1
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.broadcast_to(g, y.shape).reshape(-1) / g.dtype.type(rows.count)
            share = share if rows.kept is None else share[rows.kept]
            gradient *= (share if rows.factor is None else share * rows.factor)[:, None]
        return _placed(gradient, rows.kept, y.size).reshape(logits.shape), None

    return np.asarray(value), pull


def _placed(rows: np.ndarray, kept: np.ndarray | None, size: int) -> np.ndarray:
    """The rows where they came from, 0 elsewhere."""
    if kept is None:
        return rows
    out = np.zeros((size, *rows.shape[1:]), rows.dtype)
    out[kept] = rows
    return out


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
