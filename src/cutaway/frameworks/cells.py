"""From scores and labels to cells of a confusion matrix, once for the arrays of every framework.

The functions use only what NumPy, PyTorch and `keras.ops` spell alike, so they run inside compiled graphs too. What
cannot be used (a label that is no class, a "probability" of 3) is counted, not raised: in a graph, values are unknown.
The host reads the counts and raises (`Reading.refuse`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cutaway.core.errors import InputError

TALLIES = ("rows", "outside", "unordered", "labels", "weights")
"""Counted besides the cells: rows used, and of these with a value outside [0, 1], with NaN, an odd label or weight."""

SLACK = 1e-6  # by which rounding may put a probability outside [0, 1]
FEW = 32  # rows from which scores that never leave [0, 1] are no chance of logits


@dataclass(frozen=True)
class Namespace:
    """The functions of one array library: `xp` is numpy, torch or keras.ops.

    `cast(x, dtype)` and `count(x)`, how many are true, differ between them. `real`: the dtype of weights.
    """

    xp: Any
    cast: Callable[[Any, str], Any]
    count: Callable[[Any], Any]
    real: str = "float32"


@dataclass(frozen=True)
class Cells:
    """`cells` (n,) int32: class · K + predicted class, K² for rows left out; `weight` (n,) or None for ones.

    `tallies`: see TALLIES.
    """

    cells: Any
    weight: Any | None
    tallies: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How scores are read as classes.

    `from_logits`: the scores are logits (True) or probabilities (False); None where it does not matter, which is when
    the largest score decides. `threshold`: the probability at or above which class 1 is predicted, for two classes, as
    everywhere in cutaway (Keras's and torchmetrics' own metrics take only what lies above). `ignore`: the label of rows
    to leave out. `axis`: of the classes, in scores and one-hot labels.
    """

    classes: int
    from_logits: bool | None = None
    threshold: float | None = None
    ignore: int | None = None
    axis: int = -1
    caller: str = "Confusion"
    spelled: tuple[str, str] = ("from_logits=False", "from_logits=True")  # how the caller says probabilities, logits

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise InputError(f"classes: {self.caller} expected at least 2, got {self.classes}; name both of a binary y")
        if self.threshold is None:
            return
        if self.classes > 2:
            raise InputError(
                f"threshold: {self.caller} cuts the scores of 2 classes, got {self.classes} classes; leave it out, "
                "the largest score decides"
            )
        if not 0 < self.threshold < 1:
            raise InputError(
                f"threshold: {self.caller} expected a probability between 0 and 1, got {self.threshold}; "
                "turn log-odds z into 1 / (1 + exp(-z))"
            )

    def cells(
        self, of: Namespace, y: Any, scores: Any, weight: Any = None, mask: Any = None, *, decided: bool = False
    ) -> Cells:
        """The cell of every row.

        Scores (…,) or (…, K), labels (…,), (…, 1) or one-hot (…, K), weight and mask (…) or its first axes.
        `decided`: the scores are predicted classes (…,) already.

        Raises: InputError for shapes that do not belong together, or when logits and probabilities would be read
        differently and `from_logits` does not say which these are.
        """
        xp = of.xp
        if decided:
            rows = tuple(scores.shape)
            pred, unordered, _ = self._labels(of, scores, rows)
            outside = xp.zeros_like(unordered)
        else:
            many = self._many(scores)
            scores = self._columns_last(xp, scores, many)
            rows = tuple(scores.shape)[: -1 if many else None]
            pred, outside, unordered = self._predicted(of, scores, many)
        code, odd, keep = self._labels(of, y, rows)
        if mask is not None:
            keep = keep & (self._spread(of, mask, keep, rows, "mask") != 0)
        strange = xp.zeros_like(keep)
        if weight is not None:
            weight = self._spread(of, weight, keep, rows, "weight")
            strange = keep & ~((weight >= 0) & (weight < math.inf))
            keep = keep & (weight != 0)
        sound = keep & ~(odd | strange | unordered)
        cell = code * self.classes + of.cast(pred, "int32")
        cell = xp.where(sound, cell, xp.full_like(cell, self.classes * self.classes))
        if weight is not None:
            weight = xp.reshape(xp.where(sound, weight, xp.zeros_like(weight)), (-1,))
        counted = (keep, keep & outside, keep & unordered, keep & odd, strange)
        return Cells(xp.reshape(cell, (-1,)), weight, tuple(of.cast(of.count(those), of.real) for those in counted))

    def refuse(self, tallies: Iterable[float]) -> None:
        """Raise what the tallies tell; warn where logits look like probabilities."""
        rows, outside, unordered, labels, weights = (int(count) for count in tallies)
        p, logits = self.spelled
        if labels:
            raise InputError(
                f"y: {self.caller} expected labels 0 … {self.classes - 1} or one-hot rows of 0 and 1, got others in "
                f"{labels} of {rows} rows; recode y, or name the label to leave out with ignore="
            )
        if unordered:
            raise InputError(
                f"scores: {self.caller} expected numbers, or classes 0 … {self.classes - 1}, got NaN or others in "
                f"{unordered} of {rows} rows; see whether the loss diverged"
            )
        if weights:
            raise InputError(
                f"weight: {self.caller} expected finite weights of 0 or more, got something else in {weights} rows; "
                "mend them or mask those rows"
            )
        if self.from_logits is False and outside:
            raise InputError(
                f"scores: {self.caller} was told probabilities ({p}), got values outside [0, 1] in "
                f"{outside} of {rows} rows; pass {logits}, or end the model in a sigmoid or softmax"
            )
        if self.from_logits and rows >= FEW and not outside:
            warnings.warn(
                f"scores: {self.caller} was told logits ({logits}), and all values of {rows} rows lie in "
                f"[0, 1] as probabilities do; if the model ends in a sigmoid or softmax, pass {p}",
                stacklevel=3,
            )

    def _many(self, scores: Any) -> bool:
        """Whether the scores have one column a class, rather than one for both of two."""
        if self.classes == 2:
            return len(scores.shape) > 1 and scores.shape[self.axis] == 2
        if len(scores.shape) < 2 or scores.shape[self.axis] != self.classes:
            raise InputError(
                f"scores: {self.caller} expected {self.classes} classes along axis {self.axis}, got shape "
                f"{tuple(scores.shape)}; set classes= to what the model puts out"
            )
        return True

    def _columns_last(self, xp: Any, scores: Any, many: bool) -> Any:
        if len(scores.shape) < 2 or not (many or scores.shape[self.axis] == 1):
            return scores
        scores = xp.moveaxis(scores, self.axis, -1)
        return scores if many else scores[..., 0]

    def _predicted(self, of: Namespace, scores: Any, many: bool) -> tuple[Any, Any, Any]:
        """Of every row: the predicted class, whether a value lies outside [0, 1], whether one is NaN."""
        xp = of.xp
        low, high, unordered = scores, scores, scores != scores
        if many:
            low, high, unordered = xp.amin(scores, -1), xp.amax(scores, -1), xp.any(unordered, -1)
        outside = ~((low >= -SLACK) & (high <= 1 + SLACK))
        if many and self.threshold is None:
            return xp.argmax(scores, axis=-1), outside, unordered
        if self.from_logits is None:
            raise InputError(
                f"from_logits: {self.caller} cuts scores at a threshold, and 0.5 is one thing for a probability and "
                "another for a logit; pass from_logits=True, or False for the output of a sigmoid or softmax"
            )
        cut = 0.5 if self.threshold is None else self.threshold
        if self.from_logits:
            positive = (scores[..., 1] - scores[..., 0] if many else scores) >= math.log(cut / (1 - cut))
        else:
            positive = (scores[..., 1] if many else scores) >= cut
        return of.cast(positive, "int32"), outside, unordered

    def _labels(self, of: Namespace, y: Any, rows: tuple[int | None, ...]) -> tuple[Any, Any, Any]:
        """Of every row: the class as int32, whether it is none, and whether the row counts."""
        xp = of.xp
        columns = y.shape[self.axis] if len(y.shape) == len(rows) + 1 else None
        if columns in (1, self.classes):
            y = xp.moveaxis(y, self.axis, -1)
        rest = tuple(y.shape)[:-1] if columns in (1, self.classes) else tuple(y.shape)
        if not _fits(rest, rows):
            raise InputError(
                f"y: {self.caller} expected labels of shape {rows} or one-hot with {self.classes} classes, got "
                f"{tuple(y.shape)}; give one label a row of scores"
            )
        y = of.cast(y, "float32")
        if columns == self.classes:
            odd = xp.any((y != 0) & (y != 1), -1) | (xp.sum(y, -1) != 1)
            return of.cast(xp.argmax(y, axis=-1), "int32"), odd, xp.ones_like(odd)
        y = y[..., 0] if columns == 1 else y
        odd = ~((y >= 0) & (y < self.classes) & (y == xp.floor(y)))
        keep = xp.ones_like(odd) if self.ignore is None else y != self.ignore
        return of.cast(xp.where(odd, xp.zeros_like(y), y), "int32"), odd, keep

    def _spread(self, of: Namespace, given: Any, like: Any, rows: tuple[int | None, ...], name: str) -> Any:
        """A weight or mask for every row; with fewer axes than rows it is the same along the missing last ones."""
        xp = of.xp
        given = of.cast(given, of.real)
        if len(given.shape) == len(rows) + 1 and given.shape[-1] == 1:
            given = given[..., 0]
        shape = tuple(given.shape)
        if len(shape) > len(rows) or not _fits(shape, rows[: len(shape)]):
            raise InputError(f"{name}: {self.caller} expected one a row, shape {rows} or its first axes, got {shape}")
        for _ in range(len(rows) - len(shape)):
            given = given[..., None]
        return given * xp.ones_like(of.cast(like, of.real))


def _fits(shape: tuple[int | None, ...], rows: tuple[int | None, ...]) -> bool:
    """Whether the shapes agree, as far as they are known."""
    known = zip(shape, rows, strict=True) if len(shape) == len(rows) else [(0, 1)]
    return all(a is None or b is None or a == b for a, b in known)
