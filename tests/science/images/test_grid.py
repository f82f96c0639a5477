"""The grid: one cell is responsible for each point of the image, on a line too."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.images import Grid, cell_offset, responsible_cell

grids = st.builds(Grid, st.integers(1, 40), st.integers(1, 40), st.just(480), st.just(640))
points = st.lists(st.tuples(st.floats(0, 640), st.floats(0, 480)), min_size=1, max_size=20).map(np.array)


@given(grids, points)
def test_the_cell_and_the_offset_give_the_point_back(grid: Grid, at: np.ndarray) -> None:
    cell, offset = responsible_cell(at, grid), cell_offset(at, grid)
    assert ((cell >= 0) & (cell < [grid.rows, grid.columns])).all()
    assert ((offset >= 0) & (offset <= 1)).all()
    inside = (at < [640, 480]).all(axis=1)
    assert (offset[inside] < 1 + 1e-12).all()
    back = (cell[:, ::-1] + offset) * [640 / grid.columns, 480 / grid.rows]
    np.testing.assert_allclose(back, at, atol=1e-9)


@given(st.integers(1, 40), st.integers(0, 1280), st.integers(0, 960))
def test_half_pixels_are_in_the_cell_that_fractions_say(side: int, x: int, y: int) -> None:
    """Middles of boxes with whole sides are halves, and no rounding of floats may put them elsewhere."""
    (row, column) = responsible_cell([[x / 2, y / 2]], Grid(side, side, 480, 640))[0]
    assert column == min(side - 1, floor(Fraction(x, 2) * side / 640))
    assert row == min(side - 1, floor(Fraction(y, 2) * side / 480))


@pytest.mark.parametrize("side", [2, 4, 5, 8, 10, 16, 20, 32, 40])
def test_a_point_on_a_line_belongs_to_the_right_and_to_below(side: int) -> None:
    """Where the line is at a whole pixel; a hair before it, the cell is the one before."""
    grid = Grid(side, side, 480, 640)
    lines = np.arange(1, side)
    at = np.column_stack([lines * 640 / side, lines * 480 / side])
    assert responsible_cell(at, grid).tolist() == [[k, k] for k in lines]
    np.testing.assert_array_equal(cell_offset(at, grid), 0)
    before = np.nextafter(at, 0)
    assert (responsible_cell(before - 1e-9, grid) == np.column_stack([lines - 1, lines - 1])).all()
    assert (cell_offset(before - 1e-9, grid) > 1 - 1e-6).all()


def test_the_right_and_bottom_edge_belong_to_the_last_cell() -> None:
    grid = Grid(7, 5, 480, 640)
    assert responsible_cell([[640, 480], [640, 0], [0, 480]], grid).tolist() == [[6, 4], [0, 4], [6, 0]]
    assert cell_offset([[640, 480]], grid).tolist() == [[1, 1]]
    assert responsible_cell([[0, 0]], grid).tolist() == [[0, 0]]


@pytest.mark.parametrize("point", [[-1e-9, 5], [640.0001, 5], [5, -1], [5, 481], [float("nan"), 5], [5, float("inf")]])
def test_a_point_outside_has_no_cell(point: list[float]) -> None:
    for function in (responsible_cell, cell_offset):
        with pytest.raises(InputError, match=r"points: expected x in 0 … 640 and y in 0 … 480, got .* at row 1"):
            function([[1, 1], point], Grid(7, 7, 480, 640))


def test_no_points_have_no_cells() -> None:
    assert responsible_cell([], Grid(7, 7, 480, 640)).shape == (0, 2)


@pytest.mark.parametrize("given_", [(0, 7, 480, 640), (7, 7, 0, 640), (7, 7, 480, -1)])
def test_a_grid_has_cells_and_an_area(given_: tuple[int, int, float, float]) -> None:
    with pytest.raises(InputError, match="Grid: expected"):
        Grid(*given_)
