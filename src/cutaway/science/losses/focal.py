"""Focal loss: log loss in which a row counts the less, the better it is predicted already."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError
from cutaway.science.losses import inputs
from cutaway.science.losses.log_loss import times
from cutaway.science.losses.reductions import Reduction

Soft = Literal["expected", "blended", "quality"]


def focal(
    logits: Array,
    y: Array,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    soft: Soft = "expected",
    reduction: Reduction = "mean",
) -> Array:
    """Binary focal loss of logits: -α_y (1 - p_y)^γ log p_y, where p_y is the probability of the label.

    Written with softplus, so that it is exact at every finite logit: with u = z for positives and -z for negatives,
    exp(-γ log(1 + eᵘ)) log(1 + e⁻ᵘ). γ = 0 is `log_loss`, to the bit. As γ grows, rows with p_y far above 1/γ cost
    nothing, and those at p_y = 0 keep their log loss. Not a proper scoring rule for γ > 0: what minimises it is not the
    probability (`focal_minimiser`), and `focal_recalibrated` leads back.

    Args:
        logits: log-odds of class 1, as in `log_loss`.
        y: labels, as in `log_loss`.
        gamma: γ ≥ 0; its authors take 2.
        alpha: weight of positives, with 1 - α for negatives; the same as class_weight=(1 - α, α), and multiplied with
            it where both are given. None is no weight (not 0.5). Its authors take 0.25 beside γ = 2.
        weight: sample weights of 0 or more.
        class_weight: (c₀, c₁), as in `log_loss`.
        mask: as in `log_loss`.
        smoothing: ε in y (1 - ε) + ε / 2.
        soft: for labels between 0 and 1. "expected" is y FL(1) + (1 - y) FL(0), what rows of both labels would cost;
            "blended" is (1 - p_t)^γ times the log loss, with p_t = y p + (1 - y)(1 - p) and class weights blended
            alike, as Keras, optax and torchvision have it; "quality" is |y - p|^γ times the log loss, least at p = y.
            Hard labels: all the same.
        reduction: "mean" divides by N, "weighted mean" by Σα (times weights), "mean over positives" by Σy or 1, as
            RetinaNet does; see `losses.REDUCTIONS`.

    Empty batches, a single class, NaN and infinite logits: as in `log_loss`.

    Raises: InputError as `log_loss`, and for γ below 0 or not finite, α outside [0, 1], or an unknown `soft`.

    Source: Lin, Goyal, Girshick, He & Dollár 2017, Focal Loss for Dense Object Detection, equation 5; Li et al. 2020,
    Generalized Focal Loss, equation 2 ("quality").

    >>> import numpy as np
    >>> round(float(focal(np.log([9.0]), np.array([1]), gamma=2)), 8)  # p = 0.9: (1 - 0.9)² · -log 0.9
    0.00105361
    """
    exponent(gamma, "focal")
    rows = inputs.binary(
        logits,
        y,
        weight=weight,
        class_weight=pair(alpha, class_weight, "focal"),
        mask=mask,
        smoothing=smoothing,
        function="focal",
    )
    if soft not in get_args(Soft):
        raise InputError(
            f"soft: focal expected one of {', '.join(get_args(Soft))}, got {soft!r}; hard labels need none"
        )
    xp = arrays.namespace(rows.scores)
    above, below = arrays.softplus(rows.scores), arrays.softplus(-rows.scores)  # -log(1 - p), -log p
    if gamma == 0:
        loss = times(rows.up, below) + times(rows.down, above)
    elif soft == "expected":
        loss = times(rows.up, xp.exp(-gamma * above) * below) + times(rows.down, xp.exp(-gamma * below) * above)
    else:
        p, q = arrays.sigmoid(rows.scores), arrays.sigmoid(-rows.scores)
        share = rows.y * q + (1 - rows.y) * p if soft == "blended" else xp.abs(rows.y * q - (1 - rows.y) * p)
        entropy = times(rows.y, below) + times(1 - rows.y, above)
        loss = power(share, gamma) * (rows.up + rows.down) * entropy
    return rows.share.reduced(loss, reduction, "focal")


def focal_categorical(
    logits: Array,
    y: Array,
    *,
    gamma: float = 2.0,
    alpha: float | Sequence[float] | Array | None = None,
    axis: int = -1,
    weight: Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    """Categorical focal loss of logits: -Σₖ αₖ yₖ (1 - pₖ)^γ log pₖ with p = softmax(z).

    γ = 0 is `categorical` with class_weight α. Soft labels are taken as expected ones: what rows of each label would
    cost.

    Args:
        logits: (…, K), as in `categorical`.
        y: classes or shares, as in `categorical`.
        gamma: γ ≥ 0.
        alpha: one weight a class (K,), or one number for all of them (Keras's default is 0.25).
        axis: of the classes.
        weight: sample weights of 0 or more.
        mask: as in `categorical`.
        smoothing: ε in yₖ (1 - ε) + ε / K.
        reduction: "mean" divides by N, "weighted mean" by Σα_y; see `losses.REDUCTIONS`.

    Empty batches, NaN and a single class: as in `categorical`.

    Raises: InputError as `categorical`, and for γ below 0 or not finite.

    Source: Lin et al. 2017, equation 5, with one p for each class.

    >>> import numpy as np
    >>> round(float(focal_categorical(np.log([[0.9, 0.06, 0.04]]), np.array([0]), gamma=2)), 8)
    0.00105361
    """
    exponent(gamma, "focal_categorical")
    if alpha is not None and not hasattr(alpha, "__len__") and not getattr(alpha, "shape", ()):
        alpha = [alpha] * (arrays.shape(arrays.floating(logits))[axis] or 1)
    rows = inputs.categorical(
        logits,
        y,
        axis=axis,
        weight=weight,
        class_weight=alpha,
        mask=mask,
        smoothing=smoothing,
        function="focal_categorical",
    )
    xp = arrays.namespace(rows.scores)
    logs = arrays.log_softmax(rows.scores)
    each = -logs if gamma == 0 else power(-xp.expm1(logs), gamma) * -logs
    return rows.share.reduced(xp.sum(times(rows.up, each), axis=-1), reduction, "focal_categorical")


def exponent(gamma: float, function: str) -> None:
    """Raises: InputError for a γ that is none."""
    if not 0 <= gamma < math.inf:
        raise InputError(
            f"gamma: {function} expected a finite number of 0 or more, got {gamma}; 2 is usual, 0 log loss"
        )


def pair(alpha: float | None, class_weight: Sequence[float] | Array | None, function: str) -> Array | None:
    """The weights of negatives and positives that α and class weights make."""
    if alpha is None:
        return class_weight
    if not 0 <= alpha <= 1:
        raise InputError(
            f"alpha: {function} expected a share between 0 and 1, got {alpha}; for other weights class_weight="
        )
    if class_weight is None:
        return (1 - alpha, alpha)
    negative, positive = class_weight
    return ((1 - alpha) * negative, alpha * positive)


def power(base: Array, gamma: float) -> Array:
    """`base` (0 or more) to the γ, with gradient 0 where it is 0."""
    xp = arrays.namespace(base)
    none = base == 0
    inside = xp.where(none, xp.ones_like(base), base)
    return xp.where(none, xp.zeros_like(base), inside**gamma)
