"""The study of the Cauchy law in a real browser: rays land one by one, what is told is measured, stillness is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.studies import cauchy
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(cauchy)
OUTCOME: dict[str, Any] = stored(STUDY) or {}
SHOWN = OUTCOME["tables"]["shown"]["columns"]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".stage svg", reduced_motion="reduce") as page:
        yield page


def landed(page: Page) -> int:
    return int(page.get_by_role("slider", name="Draws that have landed").input_value())


def put(page: Page, at: int) -> None:
    """So many have landed."""
    slider = page.get_by_role("slider", name="Draws that have landed")
    slider.evaluate("(it, at) => { it.value = at; it.dispatchEvent(new Event('input', { bubbles: true })); }", at)


def metres(text: str) -> float:
    found = re.search(r"(−?)([\d.,]+)\s(mm|km|m)\b", text)
    assert found is not None, text
    sign, digits, unit = found.groups()
    return (-1 if sign else 1) * float(digits.replace(",", "")) * {"mm": 0.001, "m": 1, "km": 1000}[unit]


def test_the_wall_tells_mean_and_median_of_what_has_landed(page: Page) -> None:
    for origin, words in cauchy.ORIGINS.items():
        page.get_by_label("How it comes about").select_option(origin)
        for at in (1, 40, 240):
            put(page, at)
            places = np.array(SHOWN[origin][:at])
            said = page.locator(".foot span").inner_text()
            assert said.startswith(f"{at} landed: ")
            mean, median = said.split("mean ")[1].split(", median ")
            assert metres(mean) == pytest.approx(places.mean(), rel=0.06), words
            assert metres(median) == pytest.approx(np.median(places), rel=0.06, abs=1e-4), words
            beyond = int((np.abs(places) >= 6).sum())
            assert (f"{beyond} beyond the picture" in said) == (beyond > 0)


def test_the_distance_stretches_everything(page: Page) -> None:
    told = page.locator("p.told")
    before = metres(told.locator("b").first.inner_text())
    slider = page.get_by_role("slider", name="Distance from the wall", exact=True)
    slider.evaluate("it => { it.value = 2; it.dispatchEvent(new Event('input', { bubbles: true })); }")
    after = metres(told.locator("b").first.inner_text())
    assert after == pytest.approx(2 * before, rel=0.06)
    assert after == pytest.approx(2 * OUTCOME["numbers"]["mean"], rel=0.06)
    assert addressed(page, STUDY).distance == 2.0


def test_a_ray_lands_where_it_is_counted(page: Page) -> None:
    """The last ray's path ends on the wall at d tan θ, to a pixel."""
    put(page, 5)
    x = SHOWN["rays"][4]
    way = page.locator("path.ray.last").get_attribute("d") or ""
    ends = [tuple(map(float, one.split(","))) for one in re.split("[ML]", way) if one]
    box = page.locator(".stage svg").first.bounding_box()
    assert box is not None
    assert ends[0][0] == pytest.approx(box["width"] / 2, abs=1)
    assert ends[1][0] == pytest.approx(box["width"] / 2 + x * box["width"] / 12, abs=1)


def test_who_asks_for_stillness_sees_all_of_them_at_rest(page: Page) -> None:
    assert landed(page) == cauchy.SHOWN
    page.wait_for_timeout(700)
    assert landed(page) == cauchy.SHOWN
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("button", name="Step")).to_be_disabled()


def test_step_play_and_pause_by_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    """It begins by itself on the screen, stops off it, and every way to go on has a key."""
    with opened(browser, tmp_path, STUDY, OUTCOME, ".stage svg") as page:
        page.get_by_role("button", name="Pause").press("Enter")
        at = landed(page)
        page.get_by_role("button", name="Step").press("Enter")
        assert landed(page) == at + 1
        page.wait_for_timeout(900)
        assert landed(page) == at + 1
        page.get_by_role("radio", name="Fast").press("Space")
        page.get_by_role("button", name="Play").press("Enter")
        page.wait_for_function("n => Number(document.querySelector('.row input[type=range]').value) > n", arg=at + 6)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # off the screen
        page.wait_for_timeout(300)
        off = landed(page)
        page.wait_for_timeout(500)
        assert landed(page) == off < cauchy.SHOWN
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_function("n => Number(document.querySelector('.row input[type=range]').value) > n", arg=off)


def test_the_pile_of_many_settles_to_the_law(page: Page) -> None:
    """Heights of Python's bars against the curve that is drawn, at the bars' middles."""
    page.get_by_label("the pile of 20,000").check()
    bars = page.locator(".stage rect.bar")
    piles = OUTCOME["tables"]["piles"]["columns"]
    inside = [n for n, low in zip(piles["rays"], piles["low"], strict=True) if low is not None and -6 <= low < 6]
    assert bars.count() == len(inside)
    heights = np.array([float(bars.nth(i).get_attribute("height") or "nan") for i in range(bars.count())])
    np.testing.assert_allclose(heights / heights.sum(), np.array(inside) / sum(inside), rtol=1e-4)
