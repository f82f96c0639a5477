"""The study of the responsible cell in a real browser: what is dragged, pressed and typed is what Python computes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from cutaway.science import images
from cutaway.studies import grid_cell
from cutaway.studies.grid_cell import KINDS, Parameters, annotated, target
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(grid_cell)
OUTCOME = stored(STUDY)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, ".photograph .handle") as page:
        yield page


def state(page: Page) -> Parameters:
    params: Parameters = addressed(page, STUDY)
    return params


def true(page: Page) -> Parameters:
    """Hold what is shown to what Python makes of the same parameters."""
    params = state(page)
    rows = OUTCOME["tables"]["anchors"]["columns"]
    fitted = [
        (w, h) for of, w, h in zip(rows["of"], rows["width"], rows["height"], strict=True) if of == params.anchors
    ]
    made, boxes, kind, at = target(params, np.array(fitted))
    grid = images.Grid(params.grid, params.grid, 480, 640)
    row, column = images.responsible_cell(images.centres(boxes)[at], grid)[0]
    told = page.locator("p.told").inner_text()
    assert f"box {at + 1}, a {KINDS[kind[at]]}, lies in row {row + 1}, column {column + 1}" in told
    assert f"{made.lost.size} of {len(boxes)} not in it" in page.locator(".pair").inner_text()
    assert page.locator(".photograph .box.lost").count() == made.lost.size
    assert ("is not in the target" in told) == (at in made.lost)
    if at not in made.lost:
        shown = [float(text.replace("\u2212", "-")) for text in page.locator(".place td").all_inner_texts()]
        place = np.argwhere(made.owner == at)[0]
        np.testing.assert_allclose(shown, made.tensor[tuple(place)], atol=5.1e-4)
        lit = page.locator(".sheets figure").first.locator(".on")
        assert lit.count() == (made.owner[:, :, place[2]] >= 0).sum()
    return params


def drag(page: Page, what: Locator, right: float, down: float) -> None:
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=7)
    page.mouse.up()


def test_a_drag_moves_the_box_and_its_place_in_the_target(page: Page) -> None:
    first = true(page)
    assert first == Parameters()
    scale = 640 / page.locator(".photograph svg").bounding_box()["width"]  # type: ignore[index]
    drag(page, page.locator(".photograph .spot"), -120, -60)
    moved = true(page)
    assert moved.right == pytest.approx(-120 * scale, abs=2) and moved.down == pytest.approx(-60 * scale, abs=2)
    drag(page, page.locator(".photograph .spot"), -2000, 2000)
    boxes = annotated().of(37)[0]
    far = true(page)
    assert (far.right, far.down) == (-boxes[0, 0], 480 - boxes[0, 3])


def test_another_box_is_taken_by_pressing_it(page: Page) -> None:
    drag(page, page.locator(".photograph .box").nth(6), 30, 0)
    taken = true(page)
    assert taken.object != 1 and taken.right > 0
    page.locator(".photograph .handle").press("PageDown")
    after = true(page)
    assert after.object == taken.object % 30 + 1 and (after.right, after.down) == (0, 0)


def test_keys_move_the_centre_by_one_pixel_and_ten(page: Page) -> None:
    handle = page.locator(".photograph .handle")
    handle.focus()
    for key, right, down in (
        ("ArrowRight", 1, 0),
        ("ArrowDown", 1, 1),
        ("Shift+ArrowLeft", -9, 1),
        ("Shift+ArrowUp", -9, -9),
        ("Home", 0, 0),
    ):
        page.keyboard.press(key)
        now = true(page)
        assert (now.right, now.down) == (right, down)


def test_one_pixel_over_the_line_is_another_cell(page: Page) -> None:
    def column() -> int:
        found = re.search(r"column (\d+)", page.locator("p.told").inner_text())
        assert found
        return int(found[1])

    button = page.get_by_role("button", name="One pixel over the line")
    button.click()
    first, there = true(page), column()
    button.click()
    second, back = true(page), column()
    assert abs(first.right - second.right) == 1 and abs(there - back) == 1


def test_onto_its_neighbour_one_of_two_vanishes_and_a_free_place_brings_it_back(page: Page) -> None:
    page.get_by_role("combobox", name="Photograph").select_option("14")
    for _ in range(6):
        page.locator("form").get_by_role("slider", name="Grid").press("ArrowRight")
    before = true(page)
    assert page.locator(".photograph .box.lost").count() == 0
    page.get_by_role("button", name="Onto its neighbour").click()
    after = true(page)
    assert replace(after, right=0, down=0) == before
    assert page.locator(".photograph .box.lost").count() == 1
    page.get_by_label("Which anchor takes a box").select_option("free")
    page.locator("form").get_by_role("slider", name="Places in a cell").press("ArrowRight")
    assert true(page).anchors == 2
    assert page.locator(".photograph .box.lost").count() == 0


def test_the_grid_is_moved_along_the_curve(page: Page) -> None:
    at = page.get_by_role("slider", name="Cells a side, on the curve")
    at.focus()
    for key, grid in (("ArrowRight", 8), ("ArrowRight", 9), ("Home", 2), ("End", 40)):
        page.keyboard.press(key)
        assert true(page).grid == grid
    drag(page, at, -90, 0)
    assert 10 < true(page).grid < 40
