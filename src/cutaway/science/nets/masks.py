"""Padding masks: which steps of a sequence are there, and how to sum sequences up without the padding.

Sequences of unequal length travel in one array (n, t, …) because the short ones are padded. A padding mask (n, t) is
True where there is a step and False where there is padding; it says nothing of the values, which may be anything
there. A layer keeps the steps and hands the mask on, or reduces the steps and must use it: what is reduced without it
depends on how much padding a batch happens to have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Masked
from cutaway.science.nets.stateless import Unlearned
from cutaway.science.nets.tape import Gradients, Pull, Value, operation, value_of
from cutaway.science.nets.tree import Tree


def padding_mask(lengths: np.ndarray, steps: int, *, before: bool = False) -> np.ndarray:
    """True (n, steps) at the steps of sequences of these lengths (n,), padded after their end, or `before` them.

    >>> padding_mask(np.array([1, 3]), 3).astype(int).tolist()
    [[1, 0, 0], [1, 1, 1]]
    >>> padding_mask(np.array([1, 3]), 3, before=True).astype(int).tolist()
    [[0, 0, 1], [1, 1, 1]]
    """
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or (lengths.size and (lengths.min() < 0 or lengths.max() > steps)):
        raise InputError(f"lengths: padding_mask expected numbers (n,) from 0 to {steps}, got {lengths}")
    place = np.arange(steps)
    return (place >= steps - lengths[:, None]) if before else (place < lengths[:, None])


def values_and_mask(x: Any) -> tuple[Value, np.ndarray | None]:
    """A batch and its mask, None where it has none."""
    return (x.values, x.mask) if isinstance(x, Masked) else (x, None)


def with_mask(values: Value, mask: np.ndarray | None) -> Any:
    """The batch `Masked`, or as it is where there is no mask."""
    return values if mask is None else Masked(values, mask)


@operation
def blanked(x: np.ndarray, *, mask: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Steps of x (n, t, …) where the mask (n, t) is True, 0 elsewhere, whatever was there.

    >>> blanked(np.array([[1.0, np.nan]]), mask=np.array([[True, False]])).tolist()
    [[1.0, 0.0]]
    """
    inside, none = _inside(x, mask), np.zeros((), x.dtype)
    return np.where(inside, x, none), lambda g, _: (np.where(inside, g, none),)


@operation
def masked_mean(x: np.ndarray, *, mask: np.ndarray | None = None) -> tuple[np.ndarray, Pull]:
    """The mean (n, …) over the steps of x (n, t, …) that the mask (n, t) leaves; 0 where it leaves none.

    >>> masked_mean(np.array([[[1.0], [3.0], [99.0]]]), mask=np.array([[True, True, False]])).tolist()
    [[2.0]]
    """
    inside = _inside(x, mask)
    count = np.maximum(inside.sum(axis=1), 1).astype(x.dtype)
    none = np.zeros((), x.dtype)
    y = np.where(inside, x, none).sum(axis=1) / count
    return y, lambda g, _: (np.where(inside, (g / count)[:, None], none),)


@operation
def masked_max(x: np.ndarray, *, mask: np.ndarray | None = None) -> tuple[np.ndarray, Pull]:
    """The largest (n, …) over the steps of x (n, t, …) that the mask leaves; 0 where it leaves none.

    Its gradient goes to the first of equal ones.

    >>> masked_max(np.array([[[1.0], [3.0], [99.0]]]), mask=np.array([[True, True, False]])).tolist()
    [[3.0]]
    """
    inside = np.broadcast_to(_inside(x, mask), x.shape)
    if not x.shape[1]:
        return np.zeros((x.shape[0], *x.shape[2:]), x.dtype), lambda g, _: (np.zeros_like(x),)
    place = np.where(inside, x, np.array(-np.inf, x.dtype)).argmax(axis=1)[:, None]
    some = np.take_along_axis(inside, place, 1)
    y = np.where(some, np.take_along_axis(x, place, 1), np.zeros((), x.dtype))[:, 0]

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        out = np.zeros_like(x)
        np.put_along_axis(out, place, np.where(some, g[:, None], np.zeros((), g.dtype)), 1)
        return (out,)

    return y, pull


@operation
def masked_last(x: np.ndarray, *, mask: np.ndarray | None = None) -> tuple[np.ndarray, Pull]:
    """The last step (n, …) of x (n, t, …) that the mask leaves; 0 where it leaves none.

    >>> masked_last(np.array([[[1.0], [3.0], [99.0]]]), mask=np.array([[True, True, False]])).tolist()
    [[3.0]]
    """
    inside = np.ones(x.shape[:2], bool) if mask is None else _checked(mask, x)
    some = inside.any(axis=1)
    rows = np.flatnonzero(some)
    place = x.shape[1] - 1 - inside[rows, ::-1].argmax(axis=1) if rows.size else rows
    y = np.zeros((x.shape[0], *x.shape[2:]), x.dtype)
    y[rows] = x[rows, place]

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        out = np.zeros_like(x)
        out[rows, place] = g[rows]
        return (out,)

    return y, pull


def _checked(mask: np.ndarray, x: np.ndarray) -> np.ndarray:
    mask = np.asarray(mask, bool)
    if mask.shape != x.shape[:2]:
        raise InputError(f"mask: expected one truth a step, shape {x.shape[:2]}, got {mask.shape}")
    return mask


def _inside(x: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """The mask with as many axes as x."""
    given = np.ones(x.shape[:2], bool) if mask is None else _checked(mask, x)
    return given[(...,) + (None,) * (x.ndim - 2)]


@dataclass(frozen=True, slots=True)
class Masking(Unlearned):
    """Steps whose features all equal `value` are padding from here on, as in Keras; they are set to 0.

    A mask that a batch has already is kept: both must leave a step.
    """

    value: float = 0.0

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The sequences (n, t, features), `Masked`."""
        values, before = values_and_mask(x)
        mask = (value_of(values) != self.value).any(axis=-1)
        mask = mask if before is None else mask & before
        return Masked(blanked(values, mask=mask), mask), state


@dataclass(frozen=True, slots=True)
class GlobalPool1D(Unlearned):
    """From steps (n, t, features) to one row (n, features): their mean, largest or last; padding does not count."""

    how: Literal["mean", "max", "last"] = "mean"

    def __post_init__(self) -> None:
        if self.how not in _POOLS:
            raise InputError(f"how: GlobalPool1D expected one of {', '.join(_POOLS)}, got {self.how!r}")

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """One row a sequence; there are no steps left, so no mask either."""
        values, mask = values_and_mask(x)
        return _POOLS[self.how](values, mask=mask), state


_POOLS = {"mean": masked_mean, "max": masked_max, "last": masked_last}
