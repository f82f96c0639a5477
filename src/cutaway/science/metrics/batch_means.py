"""The mean of the rates of batches: what a progress bar shows that averages, and how far it is from the rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.counts import against_rest
from cutaway.science.metrics.rate import Rate, Undefined


def batch_tables(y: np.ndarray, pred: np.ndarray, size: int, *, classes: int) -> np.ndarray:
    """Each class against the rest in each batch: tables [[tn, fp], [fn, tp]], shape (batches, classes, 2, 2).

    `y` and `pred` (n,): codes 0 … classes - 1, in the order in which they come; the last batch may be smaller. Their
    sum over batches is that of all rows, whatever the order and the size.

    Raises: InputError for unequal lengths, no rows, codes outside the classes, or a size below 1.

    >>> batch_tables([0, 1, 1], [0, 1, 0], 2, classes=2)[:, 1].tolist()
    [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [1.0, 0.0]]]
    """
    y, pred = _codes(y, pred, classes)
    batch = _places(y.size, size)
    cells = (batch * classes + y) * classes + pred
    matrices = np.bincount(cells, minlength=(batch[-1] + 1) * classes**2).reshape(-1, classes, classes)
    return against_rest(matrices.astype(float))


def mean_of_batches(rate: Rate, tables: np.ndarray, *, undefined: Undefined = 0.0) -> np.ndarray:
    """The mean of the rates of batches, one value a class (k,), from tables (batches, k, 2, 2).

    It is not the rate: rates are quotients, and batches in which one is not defined have none. `undefined`: the number
    that takes its place there (0 is what a small ε in the denominator comes to), or "omit" to leave such batches out;
    a class that no batch defines is then NaN. Every batch counts the same, a smaller last one too.

    >>> from cutaway.science.metrics import recall
    >>> tables = batch_tables([0, 1, 0, 0], [0, 1, 0, 0], 2, classes=2)
    >>> float(mean_of_batches(recall, tables)[1]), float(mean_of_batches(recall, tables, undefined="omit")[1])
    (0.5, 1.0)
    """
    tables = np.asarray(tables, dtype=float)
    tn, fp, fn, tp = (tables[..., i, j] for i in (0, 1) for j in (0, 1))
    part, whole = rate.fraction(tn, fp, fn, tp)
    return _mean(part, whole, undefined)


def shuffled_means(
    rate: Rate,
    y: np.ndarray,
    pred: np.ndarray,
    size: int,
    *,
    classes: int,
    shuffles: int,
    seed: int = 0,
    undefined: Undefined = 0.0,
    heard: Callable[[int], None] | None = None,
) -> np.ndarray:
    """The mean of batches of each class when the same rows come in other orders: (shuffles, classes).

    The rate itself does not depend on the order. `heard` is told how many shuffles are done.

    Raises: InputError as `batch_tables`.
    """
    y, pred = _codes(y, pred, classes)
    batch = _places(y.size, size)
    count, luck = int(batch[-1]) + 1, np.random.default_rng(seed)
    rows = np.bincount(batch, minlength=count)[:, None].astype(float)
    hit = np.where(y == pred, y, classes)  # one place more, for what is wrong
    out = np.empty((shuffles, classes))
    for i in range(shuffles):
        order = luck.permutation(y.size)
        there, called, tp = (
            np.bincount(batch * (classes + 1) + codes[order], minlength=count * (classes + 1))
            .reshape(count, classes + 1)[:, :classes]
            .astype(float)
            for codes in (y, pred, hit)
        )
        part, whole = rate.fraction(rows - there - called + tp, called - tp, there - tp, tp)
        out[i] = _mean(part, whole, undefined)
        if heard is not None:
            heard(i + 1)
    return out


def _mean(part: np.ndarray, whole: np.ndarray, undefined: Undefined) -> np.ndarray:
    defined = whole != 0
    value = np.divide(part, whole, out=np.zeros_like(part), where=defined)
    if undefined != "omit":
        return np.asarray(np.where(defined, value, undefined).mean(axis=0))
    many = defined.sum(axis=0)
    out: np.ndarray = np.full(many.shape, np.nan)
    np.divide(value.sum(axis=0), many, out=out, where=many > 0)
    return out


def _codes(y: np.ndarray, pred: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    y, pred = np.asarray(y, dtype=np.int64), np.asarray(pred, dtype=np.int64)
    if y.shape != pred.shape or y.ndim != 1 or not y.size:
        raise InputError(
            f"pred: expected one prediction a label and at least one, got {pred.shape} for {y.shape} labels"
        )
    for name, codes in (("y", y), ("pred", pred)):
        if not 0 <= codes.min() <= codes.max() < classes:
            raise InputError(f"{name}: expected codes in 0 … {classes - 1}, got {codes.min()} to {codes.max()}")
    return y, pred


def _places(rows: int, size: int) -> np.ndarray:
    if size < 1:
        raise InputError(f"size: expected batches of 1 row or more, got {size}")
    return np.arange(rows) // size
