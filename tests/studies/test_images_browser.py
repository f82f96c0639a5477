"""The picture of images in a real browser: the divider by hand and by keys, and the window under the pointer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cutaway.studies import images
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

STUDY = Study(images)


@pytest.mark.chromium
def test_divider_and_window(browser: Browser, tmp_path: Path) -> None:
    outcome = STUDY.run(source="garment", pipeline="median radius=2").to_json()
    with opened(browser, tmp_path, STUDY, outcome, ".frame canvas", ".divider") as page:
        divider = page.get_by_role("slider", name="Divider between before and after")
        divider.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("PageUp")
        assert divider.get_attribute("aria-valuenow") == "61"
        box = page.locator(".frame").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.61 * box["width"], box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
        page.mouse.up()
        assert divider.get_attribute("aria-valuenow") == "30"
        page.mouse.move(box["x"] + 10.5 / 28 * box["width"], box["y"] + 4.5 / 28 * box["height"])
        page.get_by_text("levels around row 5, column 11").wait_for()
        params = addressed(page, STUDY)
        assert (params.divider, params.row, params.column) == (30, 5, 11)
        assert page.locator(".map canvas").count() == 8
