"""The study of means in a real browser: samples are drawn one by one, sizes are pressed, what is told is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.report.numerals import number
from cutaway.studies import clt
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(clt)
OUTCOME: dict[str, Any] = stored(STUDY) or {}
SIZES = OUTCOME["tables"]["sizes"]["columns"]
POOL = np.array(OUTCOME["tables"]["pool"]["columns"]["draw"])


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".stage svg", reduced_motion="reduce") as page:
        yield page


def told(page: Page, n: int) -> None:
    """The sentence is of means of so many draws, with their distance."""
    at = [int(each) for each in SIZES["n"]].index(n)
    many = "One draw" if n == 1 else f"The mean of {n:,} draws"
    expect(page.locator("p.told")).to_contain_text(f"{many} of Pareto (α = 2.5) is {number(SIZES['distance'][at], 2)}")


def test_every_size_is_a_press_away(page: Page) -> None:
    told(page, 30)
    group = page.get_by_role("radiogroup", name="Draws in a mean")
    for n in (1, 1000, 5):
        group.get_by_text(f"{n:,}", exact=True).click()
        told(page, n)
        assert addressed(page, STUDY).n == str(n)
    page.get_by_label("Draws in a mean", exact=True).last.focus()
    page.get_by_role("combobox", name="Draws in a mean").select_option("100")
    told(page, 100)


def test_a_press_on_the_distances_chooses_the_nearest_size(page: Page) -> None:
    page.locator("rect.press").scroll_into_view_if_needed()
    area = page.locator("rect.press").bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + 0.35 * area["width"], area["y"] + 0.5 * area["height"])  # 10^1.05
    told(page, 10)


def test_samples_are_those_of_the_pool(page: Page) -> None:
    slider = page.get_by_role("slider", name="Samples that are drawn")
    assert slider.get_attribute("max") == "100"
    slider.evaluate("it => { it.value = 7; it.dispatchEvent(new Event('input', { bubbles: true })); }")
    mean = POOL[6 * 30 : 7 * 30].mean()
    expect(page.locator("p.now")).to_contain_text(f"Sample 7 of 100: the mean of 30 draws, {number(mean)}")
    inside = page.locator("circle.draw").count() + page.locator("path.far").count()
    assert inside == 30
    page.get_by_role("button", name="Step").press("Enter")
    expect(page.locator("p.now")).to_contain_text("Sample 8 of 100")


def test_the_pile_is_pythons(page: Page) -> None:
    """Bars as tall as the counts; the tallest may be cut, none is here."""
    counts = np.array(OUTCOME["tables"]["piles"]["columns"]["n30"], float)
    bars = page.locator("rect.pile")
    assert bars.count() == counts.size
    heights = np.array([float(bars.nth(i).get_attribute("height") or "nan") for i in range(bars.count())])
    np.testing.assert_allclose(heights / heights.max(), counts / counts.max(), atol=1e-3)


def test_cases_and_methods_are_told_as_measured(page: Page) -> None:
    cases = OUTCOME["tables"]["cases"]["columns"]
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="log-normal (σ = 2)"))
    at = cases["case"].index("lognormal")
    expect(row).to_contain_text(number(cases["distance"][at], 2))
    expect(row).to_contain_text(f"{100 * cases['mean_coverage'][at]:.0f}")
    for name in ("mean", "median", "trimmed mean", "median of means", "Hodges–Lehmann"):
        expect(page.get_by_role("rowheader", name=name, exact=True)).to_be_visible()


def test_what_is_not_measured_yet_is_not_told(browser: Browser, tmp_path: Path) -> None:
    """A part of a result: piles at once, intervals to come."""
    tables = {name: {**table, "columns": dict(table["columns"])} for name, table in OUTCOME["tables"].items()}
    for table, names in (("cases", clt._CASE), ("methods", ("coverage", "error", "width"))):
        for name in names:
            tables[table]["columns"][name] = [None] * len(tables[table]["columns"][name])
    part = {**OUTCOME, "tables": tables, "claims": []}
    with opened(browser, tmp_path, STUDY, part, "p.told", ".stage svg", reduced_motion="reduce") as page:
        told(page, 30)
        assert page.get_by_role("cell", name="…").count() == 6 * 4 + 5 * 3
        assert "NaN" not in page.locator(".pictures").inner_text()
