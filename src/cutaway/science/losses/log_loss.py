"""The log loss of two classes, from logits and from probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError
from cutaway.science.losses import inputs
from cutaway.science.losses.reductions import Reduction


def log_loss(
    logits: Array,
    y: Array,
    *,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    """Binary log loss (cross-entropy) of logits, in nats: c₁ y log(1 + e⁻ᶻ) + c₀ (1 - y) log(1 + eᶻ).

    Exact at every finite logit: nothing is clipped, and at z = -1000 with y = 1 the loss is 1000 and its gradient -1.
    An infinite logit costs 0 on the right side and infinity on the wrong one.

    Args:
        logits: log-odds of class 1, any shape, of NumPy, PyTorch, JAX or TensorFlow; gradients flow through theirs.
        y: labels 0 and 1, or shares between them (soft labels), of the same shape; a last axis of length 1 may be
            there or not. Other differences are refused, never broadcast.
        weight: sample weights of 0 or more, shape of the logits or their first axes.
        class_weight: (c₀, c₁), inside the loss; (1, c) is PyTorch's `pos_weight=c`.
        mask: true (not 0) for what counts, shape of the logits or their first axes. What lies outside it may hold
            anything, NaN too, and touches neither the value nor the gradient.
        smoothing: ε in y (1 - ε) + ε / 2.
        reduction: see `losses.REDUCTIONS`; a mean over no rows is NaN, a sum 0.

    A NaN logit gives NaN. A single class is no special case. Returns the logits' dtype; whole numbers count as float64.

    Raises: InputError for shapes that do not fit and, outside compiled graphs, for labels beyond [0, 1] or weights
    below 0.

    Source: Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2.2 (the softplus form).

    >>> import numpy as np
    >>> log_loss(np.array([0.0, -1000.0, 1000.0]), np.array([1, 1, 0]), reduction="none").round(6).tolist()
    [0.693147, 1000.0, 1000.0]
    """
    rows = inputs.binary(
        logits, y, weight=weight, class_weight=class_weight, mask=mask, smoothing=smoothing, function="log_loss"
    )
    loss = times(rows.up, arrays.softplus(-rows.scores)) + times(rows.down, arrays.softplus(rows.scores))
    return rows.share.reduced(loss, reduction, "log_loss")


def log_loss_of_p(
    p: Array,
    y: Array,
    *,
    eps: float = 0.0,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    """Binary log loss of probabilities of class 1: -c₁ y log p - c₀ (1 - y) log(1 - p).

    A positive with p = 0 (a negative with p = 1) costs infinity: that is what was claimed. With `eps`, p is first
    clipped to [eps, 1 - eps], as scikit-learn (2.2e-16) and Keras (1e-7) do; the gradient of what was clipped is 0.
    Probabilities cannot tell 1 - 1e-17 from 1, so prefer `log_loss` of logits wherever they are to be had. Other
    arguments as there; probabilities outside [0, 1] give NaN.

    Raises: InputError as `log_loss`, and for eps outside [0, 0.5).

    >>> import numpy as np
    >>> float(log_loss_of_p(np.array([0.5, 0.0]), np.array([1, 1])))
    inf
    >>> round(float(log_loss_of_p(np.array([0.5, 0.0]), np.array([1, 1]), eps=1e-7)), 4)
    8.4056
    """
    rows = inputs.binary(
        p,
        y,
        weight=weight,
        class_weight=class_weight,
        mask=mask,
        smoothing=smoothing,
        function="log_loss_of_p",
        blank=0.5,
    )
    p = probabilities(rows.scores, eps, "log_loss_of_p")
    return rows.share.reduced(minus_log(rows.up, p) + minus_log(rows.down, 1 - p), reduction, "log_loss_of_p")


def times(share: Array, value: Array) -> Array:
    """`share` · `value`, 0 where the share is 0 and the value infinite."""
    xp = arrays.namespace(value)
    with np.errstate(invalid="ignore"):  # 0 times infinity, which is not used
        return xp.where(share == 0, xp.zeros_like(value), share * value)


def minus_log(share: Array, p: Array) -> Array:
    """-`share` · log p, 0 with gradient 0 where the share is 0; NaN stays."""
    xp = arrays.namespace(p)
    none = share == 0
    with np.errstate(divide="ignore"):  # p = 0 costs infinity, and that is meant
        return xp.where(none, 0 * p, -share * xp.log(xp.where(none, xp.ones_like(p), p)))


def probabilities(p: Array, eps: float, function: str) -> Array:
    """`p` within [eps, 1 - eps]; NaN where it was outside [0, 1]."""
    if not 0 <= eps < 0.5:
        raise InputError(f"eps: {function} expected 0 ≤ eps < 0.5, got {eps}; Keras takes 1e-7")
    xp = arrays.namespace(p)
    p = xp.where((p >= 0) & (p <= 1), p, xp.zeros_like(p) + float("nan"))
    if eps == 0:
        return p
    return xp.minimum(xp.maximum(p, xp.zeros_like(p) + eps), xp.zeros_like(p) + (1 - eps))
