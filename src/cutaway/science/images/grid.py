"""The grid of a detector: which of its cells is responsible for an object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Grid:
    """An image of `height` by `width` pixels, cut into `rows` by `columns` cells of equal size."""

    rows: int
    columns: int
    height: float
    width: float

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "height", "width"):
            if not getattr(self, name) > 0:
                raise InputError(f"Grid: expected {name} above 0, got {getattr(self, name)}")


def responsible_cell(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Row and column (n, 2), int64, of the cell that holds each point (n, 2), given as x and y in pixels.

    It is ⌊y · rows / height⌋ and ⌊x · columns / width⌋: a cell owns its left and top side, so that a point on a line
    between two cells belongs to the one on the right, or below. The image's own right and bottom edge have no cell
    beyond them and belong to the last one.

    Raises: InputError for a point outside the image.

    Source: Redmon, Divvala, Girshick & Farhadi 2016, You Only Look Once, section 2.

    >>> grid = Grid(rows=2, columns=4, height=100, width=200)
    >>> responsible_cell([[49.9, 0], [50, 0], [200, 100]], grid).tolist()
    [[0, 0], [0, 1], [1, 3]]
    """
    along = _along(points, grid)
    cell: np.ndarray = np.minimum(np.floor(along).astype(np.int64), [grid.columns - 1, grid.rows - 1])
    return cell[:, ::-1]


def cell_offset(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Where in its cell each point (n, 2) lies: right and down (n, 2), as a share of the cell, in [0, 1).

    Only on the image's right and bottom edge it is 1. Times the cell's size, and added to its corner, it gives the
    point back.

    >>> cell_offset([[49, 25], [50, 25]], Grid(rows=2, columns=4, height=100, width=200)).tolist()
    [[0.98, 0.5], [0.0, 0.5]]
    """
    out: np.ndarray = _along(points, grid) - responsible_cell(points, grid)[:, ::-1]
    return out


def _along(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Points (n, 2) in cells from the left and from the top."""
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    bad = np.flatnonzero(~((points >= 0) & (points <= [grid.width, grid.height])).all(axis=1))
    if bad.size:
        raise InputError(
            f"points: expected x in 0 … {grid.width:g} and y in 0 … {grid.height:g}, got {points[bad[0]].tolist()} at "
            f"row {bad[0]}; no cell is responsible for what lies outside the image"
        )
    return points * [grid.columns, grid.rows] / [grid.width, grid.height]
