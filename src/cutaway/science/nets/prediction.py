"""What a model says of many rows, in batches, and how often it is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Layer, Masked
from cutaway.science.nets.tape import value_of
from cutaway.science.nets.tree import Tree, mapped


def predict(model: Layer, params: Tree, state: Tree, x: Any, *, batch: int = 256) -> Any:
    """The model's output for all rows of `x`, as in use: batch norm by its running statistics, no dropout.

    `x` is an array (n, …), a `Masked`, or a tree of them; the output is an array or a `Masked` likewise.
    """
    n = rows(x)
    parts = [model.apply(params, taken_rows(x, slice(at, at + batch)), state, False)[0] for at in range(0, n, batch)]
    if not parts:
        raise InputError("x: predict expected at least one row, got none")
    if isinstance(parts[0], Masked):
        return Masked(
            *(np.concatenate([np.asarray(getattr(one, name)) for one in parts]) for name in ("values", "mask"))
        )
    return np.concatenate([value_of(one) for one in parts])


def accuracy(outputs: Any, y: np.ndarray) -> float:
    """Share of rows whose class is right: the largest of K outputs, or whether a single logit is above 0.

    Of a `Masked` output the steps that count.

    >>> accuracy(np.array([[0.1, 2.0], [3.0, 1.0]]), np.array([1, 1]))
    0.5
    """
    mask = outputs.mask if isinstance(outputs, Masked) else None
    logits = value_of(outputs.values if isinstance(outputs, Masked) else outputs)
    one = logits.ndim == np.ndim(y) or logits.shape[-1] == 1
    right = ((logits.reshape(np.shape(y)) > 0) if one else logits.argmax(axis=-1)) == y
    return float(np.mean(right if mask is None else right[mask]))


def rows(x: Any) -> int:
    """How many rows an array, a `Masked` or a tree of them has.

    Raises: InputError where its parts have different numbers of rows, or are no arrays.
    """
    counts: set[int | None] = set()
    mapped(lambda leaf: counts.update(np.shape(part)[0] if np.ndim(part) else None for part in _parts(leaf)), x)
    if len(counts) != 1:
        raise InputError(f"x: expected arrays of the same number of rows, got {counts}")
    (n,) = counts
    if n is None:
        raise InputError("x: expected arrays, got a list of numbers; give np.asarray of it")
    return n


def taken_rows(x: Any, which: Any) -> Any:
    """Those rows of an array, a `Masked` or a tree of them."""
    if isinstance(x, np.ndarray):
        return x[which]
    return mapped(lambda leaf: Masked(*(part[which] for part in _parts(leaf))) if _is(leaf) else leaf[which], x)


def in_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    """The same with its floating-point arrays in that type; what is in it already is not copied."""

    def cast(given: Any) -> np.ndarray:
        part: np.ndarray = np.asarray(given)
        return part.astype(dtype, copy=False) if part.dtype.kind == "f" else part

    return mapped(lambda leaf: Masked(cast(leaf.values), np.asarray(leaf.mask)) if _is(leaf) else cast(leaf), x)


def _is(leaf: Any) -> bool:
    return isinstance(leaf, Masked)


def _parts(leaf: Any) -> tuple[Any, ...]:
    return (leaf.values, leaf.mask) if _is(leaf) else (leaf,)
