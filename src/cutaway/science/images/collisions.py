"""Objects that share a cell, of which the target can describe only some."""

from __future__ import annotations

from math import comb

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images.grid import Grid, responsible_cell


def lost_boxes(
    points: np.ndarray, grid: Grid, image: np.ndarray, *, anchor: np.ndarray | None = None, slots: int = 1
) -> np.ndarray:
    """Which boxes of a data set have no place in their image's target: (n,) bool.

    `points` (n, 2): their centres in pixels, in the order in which they are written. `image` (n,): the image of each,
    as a number. `anchor` (n,): the anchor of each, where a cell has a place for each anchor. A later box overwrites
    an earlier one. With `slots` above 1 a cell takes so many boxes, whichever comes first, as in `encode_boxes` with
    `spare`.

    Raises: InputError for lengths that differ, or both `anchor` and `slots`.

    >>> lost_boxes([[10, 10], [12, 12], [90, 90]], Grid(2, 2, 100, 100), [0, 0, 0]).tolist()
    [True, False, False]
    """
    cells, image = responsible_cell(points, grid), np.asarray(image)
    if image.shape != (len(cells),):
        raise InputError(f"image: expected one number a point, shape ({len(cells)},), got {image.shape}")
    if anchor is not None and slots != 1:
        raise InputError("slots: a box has either its own anchor or any of some slots; leave one out")
    key = (np.unique(image, return_inverse=True)[1] * grid.rows + cells[:, 0]) * grid.columns + cells[:, 1]
    if anchor is not None:
        key = key * (np.max(anchor, initial=0) + 1) + np.asarray(anchor)
    place = np.unique(key, return_inverse=True)[1]
    out = np.ones(len(cells), bool)
    if slots == 1:
        last = np.zeros(place.max(initial=-1) + 1, np.int64)
        last[place] = np.arange(place.size)  # of several values for one place, the last stays
        out[last] = False
        return out
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], place[order])
    out[order] = np.arange(place.size) - first >= slots
    return out


def expected_lost(objects: int, cells: int, slots: int = 1) -> float:
    """How many of so many objects are lost on average if each falls into any cell with the same chance.

    cells · E[max(0, X - slots)] with X binomial of `objects` and 1 / cells: what a grid loses where objects neither
    cluster nor keep apart.

    Raises: InputError for fewer than one cell or slot, or fewer than no objects.

    >>> expected_lost(2, 4)
    0.25
    """
    if objects < 0 or cells < 1 or slots < 1:
        raise InputError(f"expected_lost: expected objects ≥ 0, cells ≥ 1, slots ≥ 1, got {(objects, cells, slots)}")
    p = 1 / cells
    return cells * sum(
        (k - slots) * comb(objects, k) * p**k * (1 - p) ** (objects - k) for k in range(slots + 1, objects + 1)
    )
