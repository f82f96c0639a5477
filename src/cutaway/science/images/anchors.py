"""Anchors: the few sizes of boxes from which a detector starts."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images.boxes import size_iou

STARTS, ROUNDS = 3, 100


def best_anchor(size: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Which of the anchors (a, 2) shares most with each size (n, 2): (n,) int64, the first of equals.

    >>> best_anchor([[10, 12], [50, 40]], [[10, 10], [60, 60]]).tolist()
    [0, 1]
    """
    best: np.ndarray = size_iou(size, anchors).argmax(axis=1)
    return best


def anchor_overlap(size: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """The share (n,) of each size (n, 2) with its best anchor, as intersection over union."""
    most: np.ndarray = size_iou(size, anchors).max(axis=1)
    return most


def fit_anchors(size: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Anchors (count, 2) for sizes (n, 2), smallest area first: k-means with 1 - intersection over union as distance.

    Large boxes do not count for more than small ones, as they would by their Euclidean distance. It starts three times
    from boxes drawn one after the other with a chance that grows with their distance, and returns the anchors with
    the highest mean overlap that it passed, since a mean of sizes need not be the best of its group.

    Raises: InputError for no size, a size that is not positive, or fewer different sizes than anchors.

    Source: Redmon & Farhadi 2017, YOLO9000, section 2; Arthur & Vassilvitskii 2007 for the start.

    >>> fit_anchors([[10, 10], [10, 10], [50, 40], [50, 40]], 2).tolist()
    [[10.0, 10.0], [50.0, 40.0]]
    """
    size = np.asarray(size, dtype=float)
    if size.ndim != 2 or size.shape[1] != 2 or not (size > 0).all():
        raise InputError(f"size: expected widths and heights above 0, shape (n, 2), got {size.shape}")
    distinct = len(np.unique(size, axis=0))
    if not 1 <= count <= distinct:
        raise InputError(f"count: expected 1 … {distinct} anchors for {distinct} distinct sizes, got {count}")
    luck = np.random.default_rng(seed)
    tried = [_from(_start(size, count, luck), size) for _ in range(STARTS)]
    best = max(tried, key=lambda anchors: float(anchor_overlap(size, anchors).mean()))
    order = np.argsort(best.prod(axis=1), kind="stable")
    return np.asarray(best[order])


def _start(size: np.ndarray, count: int, luck: np.random.Generator) -> np.ndarray:
    anchors: np.ndarray = size[luck.integers(len(size))][None]
    while len(anchors) < count:
        away = (1 - anchor_overlap(size, anchors)) ** 2
        anchors = np.vstack([anchors, size[luck.choice(len(size), p=away / away.sum())]])
    return anchors


def _from(anchors: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The best anchors on the way from these."""
    best, most = anchors, -1.0
    for _ in range(ROUNDS):
        overlap = size_iou(size, anchors)
        if (mean := overlap.max(axis=1).mean()) > most:
            best, most = anchors, mean
        group = overlap.argmax(axis=1)
        moved = np.array(
            [size[group == k].mean(axis=0) if (group == k).any() else one for k, one in enumerate(anchors)]
        )
        if np.array_equal(moved, anchors):
            break
        anchors = moved
    return best
