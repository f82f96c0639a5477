"""What becomes of the losses of the rows: the conventions in which the frameworks differ.

With losses ℓᵢ, sample weights wᵢ (1 where none are given), class weights cᵢ (of the row's label, before smoothing) and
a mask mᵢ of zeros and ones, over N rows (elements, where the loss has several outputs a row):

    none                  mᵢ wᵢ ℓᵢ, in the shape of the losses (class weights are inside ℓᵢ)
    sum                   Σ mᵢ wᵢ ℓᵢ
    mean                  Σ mᵢ wᵢ ℓᵢ / N          Keras without a mask, XGBoost's and LightGBM's mean objective
    mean over mask        Σ mᵢ wᵢ ℓᵢ / Σ mᵢ       Keras with a mask
    weighted mean         Σ mᵢ wᵢ ℓᵢ / Σ mᵢ wᵢ cᵢ PyTorch's CrossEntropyLoss(weight); focal loss over Σα
    mean over positives   Σ mᵢ wᵢ ℓᵢ / max(1, Σ mᵢ yᵢ)   RetinaNet; binary losses only

A mean over nothing (no rows, an empty mask, weights that are all 0) is NaN, as in NumPy and PyTorch; the sum is 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError

Reduction = Literal["none", "sum", "mean", "mean over mask", "weighted mean", "mean over positives"]
REDUCTIONS: tuple[str, ...] = get_args(Reduction)


@dataclass(frozen=True)
class Share:
    """What one row counts: `weight` wᵢ, `class_weight` cᵢ, `mask` mᵢ, `positive` yᵢ; None where all are 1."""

    weight: Array | None = None
    class_weight: Array | None = None
    mask: Array | None = None
    positive: Array | None = None

    def reduced(self, loss: Array, reduction: str, function: str) -> Array:
        """The losses reduced, or as they are."""
        xp = arrays.namespace(loss)
        if self.weight is not None:
            loss = loss * self.weight
        if self.mask is not None:
            loss = xp.where(self.mask, loss, xp.zeros_like(loss))
        if reduction == "none":
            return loss
        total = xp.sum(loss)
        if reduction == "sum":
            return total
        if reduction == "mean" or (reduction == "mean over mask" and self.mask is None):
            size = math.prod(n for n in arrays.shape(loss) if n is not None)
            known = None not in arrays.shape(loss)
            return _ratio(total, size if known else xp.sum(xp.ones_like(loss)))
        if reduction == "mean over mask":
            return _ratio(total, xp.sum(self._kept(xp.ones_like(loss))))
        if reduction == "weighted mean":
            each = xp.ones_like(loss)
            for factor in (self.weight, self.class_weight):
                each = each if factor is None else each * factor
            return _ratio(total, xp.sum(self._kept(each)))
        if reduction == "mean over positives" and self.positive is not None:
            count = xp.sum(self._kept(self.positive))
            return total / xp.maximum(count, xp.ones_like(count))
        raise InputError(
            f"reduction: {function} expected one of {', '.join(self._choices())}, got {reduction!r}; "
            "cutaway.losses.REDUCTIONS names them all"
        )

    def _kept(self, each: Array) -> Array:
        xp = arrays.namespace(each)
        return each if self.mask is None else xp.where(self.mask, each, xp.zeros_like(each))

    def _choices(self) -> list[str]:
        return [name for name in REDUCTIONS if self.positive is not None or name != "mean over positives"]


def _ratio(total: Array, count: Array) -> Array:
    if isinstance(count, int) and count == 0:
        return total * math.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count
