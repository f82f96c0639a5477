"""From labels as people write them (text, whole numbers, truth values) to class codes and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, InputTypeError
from cutaway.science.metrics.counts import Counts, LabelCounts

SPAN = 1_000_000  # whole numbers within this range are coded by a table, which is about ten times faster than sorting


def counts(y: Any, pred: Any, weight: Any = None, labels: Iterable[Any] | None = None) -> Counts:
    """Confusion counts of labels `y` (n,) and predicted labels `pred` (n,), each row counted with its `weight`.

    Labels are text, truth values or whole numbers. `labels` gives the classes in their order, those that do not occur
    among them; left out, they are the values that occur, in ascending order, and 0 and 1 when nothing else occurs. In
    a table of two classes the last one is positive. No rows give a table of zeros.

    Raises: InputError for unequal lengths, missing labels, scores in place of labels, or a value that is not among the
    labels; InputTypeError for text in one and numbers in the other.

    >>> c = counts(["sick", "well", "sick", "well"], ["sick", "well", "well", "well"], labels=["well", "sick"])
    >>> c.tn, c.fp, c.fn, c.tp
    (2.0, 0.0, 1.0, 1.0)
    """
    truth, said = _values("y", y), _values("pred", pred)
    if truth.shape != said.shape:
        raise InputError(f"pred: expected one prediction a label, got {said.size:,} for {truth.size:,} labels")
    if truth.size and (truth.dtype.kind == "U") != (said.dtype.kind == "U"):
        kinds = ["text" if v.dtype.kind == "U" else "numbers" for v in (truth, said)]
        raise InputTypeError(
            f"pred: expected labels of the same type as y, got {kinds[1]} ({said[0].item()!r}) where y holds "
            f"{kinds[0]} ({truth[0].item()!r}); convert one of them"
        )
    classes = _classes(truth, said, labels)
    names = tuple(_name(v, truth, said) for v in classes.tolist())
    of_truth, of_said = _codes("y", truth, classes), _codes("pred", said, classes)
    return Counts.of(of_truth, of_said, weight, classes=classes.size, labels=names)


def label_counts(y: Any, pred: Any, weight: Any = None, labels: Iterable[Any] | None = None) -> LabelCounts:
    """Counts of several yes-or-no labels a row: `y` and `pred` (n, L) of 0 and 1, each label a table of two classes.

    `labels` names the L columns. Raises: InputError for unequal shapes, or values other than 0 and 1.

    >>> label_counts([[1, 0], [1, 1]], [[1, 0], [0, 1]]).tables[0].tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    """
    names = tuple(str(v) for v in labels) if labels is not None else ()
    out = LabelCounts.of(np.asarray(y), np.asarray(pred), weight, labels=names)
    if names and len(names) != len(out.tables):
        raise InputError(f"labels: expected a name for each of the {len(out.tables)} columns of y, got {len(names)}")
    return out


def _values(name: str, given: Any) -> np.ndarray:
    """One-dimensional integers, truth values or text; whole numbers in floats become integers."""
    mixed = isinstance(given, list | tuple) and any(isinstance(v, str) for v in given)  # NumPy would make all text
    values = np.array(given, dtype=object) if mixed else np.asarray(given)
    if values.ndim != 1:
        raise InputError(
            f"{name}: expected one label a row, got an array of shape {values.shape}; take argmax(axis=1) of one "
            f"column a class, or count several labels a row with label_counts"
        )
    if values.dtype.kind == "O":
        values = _plain(name, values)
    if values.dtype.kind == "f":
        return _whole(name, values)
    if values.dtype.kind not in "biuU":
        raise InputTypeError(f"{name}: expected text, whole numbers or truth values, got {values.dtype}")
    return values


def _plain(name: str, values: np.ndarray) -> np.ndarray:
    """An array of Python objects as text or numbers."""
    missing = [i for i, v in enumerate(values) if v is None or v != v or type(v).__name__ == "NAType"]
    if missing:
        raise InputError(f"{name}: expected a label in every row, got none at row {missing[0]}; drop or fill that row")
    text = [isinstance(v, str) for v in values]
    if any(text) and not all(text):
        other = text.index(False)
        raise InputTypeError(f"{name}: expected labels of one type, got text and {values[other]!r} at row {other}")
    return np.array(values.tolist(), dtype=str if any(text) else None)


def _whole(name: str, values: np.ndarray) -> np.ndarray:
    """Floats that hold whole numbers as integers."""
    missing = np.flatnonzero(np.isnan(values))
    if missing.size:
        raise InputError(f"{name}: expected a label in every row, got NaN at row {missing[0]}; drop or fill that row")
    odd = np.flatnonzero(values != np.floor(values))
    if odd.size:
        raise InputError(
            f"{name}: expected labels, got {values[odd[0]]:g} at row {odd[0]}, which looks like a score; cut scores "
            f"first, for example {name} >= 0.5, or rank them with roc_auc(y, scores)"
        )
    return values.astype(np.int64)


def _classes(truth: np.ndarray, said: np.ndarray, labels: Iterable[Any] | None) -> np.ndarray:
    """The classes in their order."""
    if labels is not None:
        listed = list(labels)
        if len(set(listed)) != len(listed):
            raise InputError(f"labels: expected each class once, got {listed}")
        return _values("labels", listed)
    found = np.union1d(_distinct(truth), _distinct(said))
    return np.array([0, 1]) if found.dtype.kind != "U" and np.isin(found, (0, 1)).all() else found


def _distinct(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "biu" and values.size and int(values.max()) - int(values.min()) < SPAN:
        low = int(values.min())
        shifted = values.astype(np.int64, copy=False)
        return np.flatnonzero(np.bincount(shifted - low if low else shifted)) + low
    return np.unique(values)


def _codes(name: str, values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Positions of the values among the classes."""
    if values.dtype.kind in "biu" and classes.dtype.kind in "biu" and classes.size:
        wanted = classes.astype(np.int64)
        low, high = int(wanted.min()), int(wanted.max())
        inside = not values.size or (low <= int(values.min()) and int(values.max()) <= high)
        if inside and np.array_equal(wanted, np.arange(wanted.size)):
            return values  # codes already
        if high - low < SPAN:
            table = np.full(high - low + 2, -1, np.int64)
            table[wanted - low] = np.arange(wanted.size)
            place = values.astype(np.int64) - low
            if not inside:
                place[(place < 0) | (place > high - low)] = -1
            return _known(name, values, classes, table[place])
    order = np.argsort(classes)
    if values.dtype.kind != classes.dtype.kind or not classes.size:
        return _known(name, values, classes, np.full(values.size, -1))
    place = order[np.minimum(np.searchsorted(classes[order], values), classes.size - 1)]
    return _known(name, values, classes, np.where(classes[place] == values, place, -1))


def _known(name: str, values: np.ndarray, classes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    strange = np.flatnonzero(codes < 0)
    if strange.size:
        raise InputError(
            f"{name}: expected one of the labels {', '.join(map(repr, classes.tolist()))}, got "
            f"{values[strange[0]].item()!r} at row {strange[0]}; add it to labels"
        )
    return codes


def _name(value: object, *arrays: np.ndarray) -> str:
    """A class as text; false and true where every label is a truth value."""
    return ("false", "true")[int(bool(value))] if all(a.dtype.kind == "b" for a in arrays) else str(value)
