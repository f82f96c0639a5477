"""How losses read what they are given: shapes made to fit, masked rows blanked, values looked at where they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError
from cutaway.science.losses.reductions import Share


@dataclass(frozen=True)
class Binary:
    """`scores`, smoothed labels `y`, and what they count: `up` = c₁ y of the positive term, `down` = c₀ (1 - y)."""

    scores: Array
    y: Array
    up: Array
    down: Array
    share: Share


@dataclass(frozen=True)
class Categorical:
    """`scores` (…, K) and smoothed shares `y` (…, K) of the classes; `up` = cₖ yₖ; the class axis is the last."""

    scores: Array
    y: Array
    up: Array
    share: Share


def binary(
    scores: Array,
    y: Array,
    *,
    weight: Array | None,
    class_weight: Sequence[float] | Array | None,
    mask: Array | None,
    smoothing: float,
    function: str,
    blank: float = 0.0,
) -> Binary:
    """Scores and labels of one shape; rows outside the mask hold `blank` and 0."""
    _between(smoothing, "smoothing", function)
    scores = arrays.floating(scores)
    xp = arrays.namespace(scores)
    y = arrays.like(y, scores)
    wanted, given = arrays.shape(scores), arrays.shape(y)
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        y = y[..., 0]
    elif len(given) == len(wanted) - 1 and wanted[-1] == 1:
        y = y[..., None]
    if not _fits(arrays.shape(y), wanted):
        raise InputError(
            f"y: {function} expected one label a score, shape {wanted}, got {given}; reshape y, since arrays of "
            "different shapes would be paired each with each"
        )
    keep = spread(mask, scores, "mask", function)
    if keep is not None:
        keep = keep != 0
        scores = xp.where(keep, scores, xp.zeros_like(scores) + blank)
        y = xp.where(keep, y, xp.zeros_like(y))
    _labels_between(y, function)
    share = Share(_weights(weight, scores, function), None, keep, y)
    hard = y
    if smoothing:
        y = y * (1 - smoothing) + smoothing / 2
    if class_weight is None:
        return Binary(scores, y, y, 1 - y, share)
    pair = _class_weights(class_weight, scores, 2, function)
    share = Share(share.weight, pair[1] * hard + pair[0] * (1 - hard), keep, hard)
    return Binary(scores, y, pair[1] * y, pair[0] * (1 - y), share)


def categorical(
    scores: Array,
    y: Array,
    *,
    axis: int,
    weight: Array | None,
    class_weight: Sequence[float] | Array | None,
    mask: Array | None,
    smoothing: float,
    function: str,
    blank: float = 0.0,
) -> Categorical:
    """Scores and one share a class; rows outside the mask hold `blank` and the first class."""
    _between(smoothing, "smoothing", function)
    scores = arrays.floating(scores)
    xp = arrays.namespace(scores)
    axes = len(arrays.shape(scores))
    if axes == 0 or not -axes <= axis < axes:
        raise InputError(
            f"logits: {function} expected the classes along axis {axis}, got shape {arrays.shape(scores)}; "
            "for one score a row use losses.log_loss"
        )
    last = axis % axes == axes - 1
    scores = scores if last else xp.moveaxis(scores, axis, -1)
    *rows, classes = arrays.shape(scores)
    if classes is None or classes < 1:
        raise InputError(f"logits: {function} expected at least one class, got shape {arrays.shape(scores)}")
    if not hasattr(y, "shape"):
        y = np.asarray(y)
    given = arrays.shape(y)
    soft = len(given) == axes and given[axis] == classes
    if soft and len(given) == 2 and given[-1] == 1 and classes == 1:
        soft = False
    shares = arrays.like(y, scores)
    if soft:
        shares = shares if last else xp.moveaxis(shares, axis, -1)
    elif len(given) == axes and given[-1] == 1:
        shares = shares[..., 0]
    if not _fits(arrays.shape(shares)[:-1] if soft else arrays.shape(shares), tuple(rows)):
        raise InputError(
            f"y: {function} expected classes of shape {tuple(rows)}, or one share a class of shape "
            f"{(*rows, classes)}, got {given}; give one label a row of logits"
        )
    pattern = xp.sum(scores, axis=-1)
    keep = spread(mask, pattern, "mask", function)
    if keep is not None:
        keep = keep != 0
        scores = xp.where(keep[..., None], scores, xp.zeros_like(scores) + blank)
        inside = keep[..., None] if soft else keep
        shares = xp.where(inside, shares, xp.zeros_like(shares))
    if soft:
        _labels_between(shares, function)
    else:
        shares = _one_hot(shares, scores, classes, function)
    share = Share(_weights(weight, pattern, function), None, keep)
    hard = shares
    if smoothing:
        shares = shares * (1 - smoothing) + smoothing / classes
    if class_weight is None:
        return Categorical(scores, shares, shares, share)
    each = _class_weights(class_weight, scores, classes, function)
    share = Share(share.weight, xp.sum(each * hard, axis=-1), keep)
    return Categorical(scores, shares, each * shares, share)


def spread(given: Array | None, pattern: Array, name: str, function: str) -> Array | None:
    """One value a row, in the shape of the losses; with fewer axes it is the same along the missing last ones."""
    if given is None:
        return None
    xp = arrays.namespace(pattern)
    value = arrays.like(given, pattern)
    wanted = arrays.shape(pattern)
    if len(arrays.shape(value)) == len(wanted) + 1 and arrays.shape(value)[-1] == 1:
        value = value[..., 0]
    size = len(arrays.shape(value))
    if size > len(wanted) or not _fits(arrays.shape(value), wanted[:size]):
        raise InputError(
            f"{name}: {function} expected one value a row, shape {wanted} or its first axes, got "
            f"{arrays.shape(given) if hasattr(given, 'shape') else arrays.shape(value)}"
        )
    for _ in range(len(wanted) - size):
        value = value[..., None]
    return value * xp.ones_like(pattern)


def _weights(weight: Array | None, pattern: Array, function: str) -> Array | None:
    value = spread(weight, pattern, "weight", function)
    seen = None if value is None else arrays.known(value)
    if seen is not None and (seen < 0).any():
        raise InputError(
            f"weight: {function} expected weights of 0 or more, got {seen.min():g}; a negative weight rewards errors"
        )
    return value


def _class_weights(class_weight: Sequence[float] | Array, scores: Array, classes: int, function: str) -> Array:
    each = arrays.like(class_weight, scores)
    if arrays.shape(each) != (classes,):
        raise InputError(
            f"class_weight: {function} expected one weight a class, shape ({classes},), got {arrays.shape(each)}; "
            "order them as the classes are"
        )
    return each


def _one_hot(y: Array, scores: Array, classes: int, function: str) -> Array:
    """Ones and zeros; a label that is no class makes the row NaN where it cannot be refused."""
    xp = arrays.namespace(scores)
    seen = arrays.known(y)
    if seen is not None:
        wrong = np.flatnonzero(~((seen >= 0) & (seen < classes) & (seen == np.floor(seen))))
        if wrong.size:
            raise InputError(
                f"y: {function} expected classes 0 … {classes - 1}, got {seen.ravel()[wrong[0]]:g} at row {wrong[0]}; "
                "leave rows out with mask="
            )
    shares = arrays.like(y[..., None] == arrays.like(np.arange(classes), scores), scores)
    if seen is not None:
        return shares
    some = xp.sum(shares, axis=-1)[..., None]
    return xp.where(some > 0, shares, xp.zeros_like(shares) + float("nan"))


def _labels_between(y: Array, function: str) -> None:
    seen = arrays.known(y)
    if seen is None or not seen.size:
        return
    inside = (seen >= 0) & (seen <= 1)
    if not inside.all():
        row = int(np.flatnonzero(~inside)[0])
        raise InputError(
            f"y: {function} expected labels 0 and 1, or shares between them, got {seen.ravel()[row]:g} at element "
            f"{row}; leave rows out with mask="
        )


def _between(smoothing: float, name: str, function: str) -> None:
    if not 0 <= smoothing <= 1:
        raise InputError(f"{name}: {function} expected a share between 0 and 1, got {smoothing}; 0.1 is usual")


def _fits(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(shape, wanted, strict=True)
    )
