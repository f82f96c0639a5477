"""Boxes as corners, and how much two of them share."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError


def checked_boxes(boxes: np.ndarray, height: float, width: float) -> np.ndarray:
    """The boxes as float64 (n, 4): left, top, right, bottom in pixels, each inside the image and with an area.

    A box may touch the image's edges. No boxes are no error.

    Raises: InputError for another shape, a box whose right or bottom side is not beyond its left or top, one that
    leaves the image (NaN is no place inside it either), with its row.

    >>> checked_boxes([[0, 0, 10, 20]], height=20, width=30)
    array([[ 0.,  0., 10., 20.]])
    """
    given = np.asarray(boxes, dtype=float)
    out = given.reshape(0, 4) if given.size == 0 else given
    if out.ndim != 2 or out.shape[1] != 4:
        raise InputError(f"boxes: expected left, top, right, bottom of each, shape (n, 4), got {given.shape}")
    left, top, right, bottom = out.T
    inside = (left >= 0) & (top >= 0) & (right <= width) & (bottom <= height)
    flat = np.flatnonzero(inside & ~((right > left) & (bottom > top)))
    if flat.size:
        raise InputError(
            f"boxes: expected right > left and bottom > top, got {out[flat[0]].tolist()} at row {flat[0]}; a box "
            "without an area has no object in it, leave it out"
        )
    bad = np.flatnonzero(~inside)
    if bad.size:
        raise InputError(
            f"boxes: expected boxes inside an image of {width:g} × {height:g}, got {out[bad[0]].tolist()} at row "
            f"{bad[0]}; cut it with np.clip, or drop it"
        )
    return out


def centres(boxes: np.ndarray) -> np.ndarray:
    """The middle (n, 2), as x and y, of boxes (n, 4) given by their corners."""
    boxes = np.asarray(boxes, dtype=float)
    middle: np.ndarray = (boxes[..., :2] + boxes[..., 2:]) / 2
    return middle


def sizes(boxes: np.ndarray) -> np.ndarray:
    """Width and height (n, 2) of boxes (n, 4) given by their corners."""
    boxes = np.asarray(boxes, dtype=float)
    out: np.ndarray = boxes[..., 2:] - boxes[..., :2]
    return out


def box_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union (n, m), in 0 … 1, of boxes (n, 4) and (m, 4) given by their corners.

    Two boxes without an area share 0.

    Source: Jaccard 1901.

    >>> box_iou([[0, 0, 2, 2]], [[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]]).round(3)
    array([[1.   , 0.333, 0.   ]])
    """
    one, other = np.asarray(one, dtype=float)[:, None], np.asarray(other, dtype=float)[None]
    low = np.maximum(one[..., :2], other[..., :2])
    shared = np.clip(np.minimum(one[..., 2:], other[..., 2:]) - low, 0, None).prod(-1)
    return _share(shared, sizes(one).prod(-1) + sizes(other).prod(-1) - shared)


def size_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union (n, m) of boxes with one common middle, of which only the sizes (n, 2), (m, 2) count.

    It is how anchors are compared with boxes: 1 for the same width and height.

    >>> size_iou([[2, 2]], [[2, 2], [4, 1]]).round(3)
    array([[1.   , 0.333]])
    """
    one, other = np.asarray(one, dtype=float)[:, None], np.asarray(other, dtype=float)[None]
    shared = np.minimum(one, other).prod(-1)
    return _share(shared, one.prod(-1) + other.prod(-1) - shared)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.zeros(np.broadcast_shapes(part.shape, whole.shape))
    np.divide(part, whole, out=out, where=whole > 0)
    return out
