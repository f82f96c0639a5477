"""How far the order of a table's rows is from a random one: labels, features, and what the features say of the
labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.science.columns.adjacency import Adjacency, adjacency, block_p

BLOCKS = 5  # consecutive ones, as the folds of a cross-validation
PRODUCTS = 256  # columns of feature times class, beyond which their likeness is not asked for: 0.1 s on 4,096 rows
LEVELS = 8  # of a category: the commonest


@dataclass(frozen=True, eq=False)
class Order:
    """What speaks for an order among the rows.

    `labels`, `features`: likeness of neighbours; `z` by feature. `p_values`, not corrected for being several,
    of "blocks", "features" and "relation"; that of the labels is `metrics.association.class_runs_p`. `shares` (BLOCKS,
    classes): of each class in the consecutive blocks.
    """

    labels: Adjacency
    features: Adjacency | None
    z: tuple[float, ...]
    p_values: dict[str, float]
    shares: np.ndarray


def blocks_of(n: int, blocks: int = BLOCKS) -> np.ndarray:
    """The consecutive block (n,) of each row, all of one size but for one row."""
    return np.arange(n) * blocks // n


def runs(n: int, most: int, stretches: int = 8) -> np.ndarray:
    """Rows (m,): all n, or stretches of consecutive ones, evenly apart, `most` in all.

    >>> runs(20, 8, stretches=2).tolist()
    [0, 1, 2, 3, 16, 17, 18, 19]
    """
    if n <= most:
        return np.arange(n)
    length = most // stretches
    return np.concatenate([np.arange(length) + (n - length) * r // (stretches - 1) for r in range(stretches)])


def level_marks(hashes: np.ndarray) -> np.ndarray:
    """A category (n,) as centred columns (n, q) of total variance 1, one for each of its commonest levels.

    The missing level (0) is one like the others; a single level gives zeros.
    """
    levels, place, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    common = np.argsort(-counts, kind="stable")[: min(LEVELS, max(levels.size - 1, 1))]
    marks = (place[:, None] == common).astype(float)
    marks -= marks.mean(axis=0)
    total = float(marks.var(axis=0).sum())
    return np.asarray(marks / math.sqrt(total) if total > 0 else marks)


def order_of(y: np.ndarray, classes: int, features: Sequence[np.ndarray], rows: np.ndarray) -> Order:
    """The order among labels y (n,), codes below `classes`, and features: columns (m, q) of the `rows` (m,), centred.

    Compared with all orders of the rows: how often neighbours share a class; how evenly the classes fall on consecutive
    blocks; how near neighbours are in the features; and how alike in feature times class, which shows a relation that
    changes along the table while both stay even. Without features the last two are not asked.
    """
    marks = np.eye(classes)[y]
    labels = adjacency(marks)
    blocks = blocks_of(y.size)
    shares = np.array([marks[blocks == b].mean(axis=0) for b in range(BLOCKS)])
    p = {"blocks": block_p(y, blocks)}
    if not features:
        return Order(labels, None, (), p, shares)
    x = np.column_stack(features)
    near = adjacency(x)
    p["features"] = near.p
    centred = (marks - marks.mean(axis=0))[rows, 1:]
    if x.shape[1] * centred.shape[1] <= PRODUCTS:
        p["relation"] = adjacency((x[:, :, None] * centred[:, None, :]).reshape(len(x), -1)).p
    return Order(labels, near, tuple(adjacency(part).z for part in features), p, shares)
