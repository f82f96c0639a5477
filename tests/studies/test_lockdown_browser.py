"""The study of lockdowns in a real browser: the day is dragged and typed, and what is told is what Python computes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.studies import lockdown
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(lockdown)
OUTCOME: dict[str, Any] = stored(STUDY) or {}


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".grip", ".strips svg") as page:
        yield page


def about(value: float) -> str:
    """Two digits that mean something."""
    short = float(f"{value:.2g}")
    return f"{short:,.0f}" if short >= 10 else f"{short:g}"


def at_shift(shift: int, name: str, outcome: dict[str, Any] = OUTCOME) -> float:
    columns = outcome["tables"]["shifts"]["columns"]
    return float(columns[name][columns["shift"].index(shift)])


RESTS = ".pictures [aria-busy=false]"  # every draw is in what is shown


def told(page: Page, shift: int, date: str, measure: str = "deaths") -> None:
    """The sentence is of this day, with Python's numbers."""
    sentence = page.locator("p.told")
    words = f"{abs(shift)} day{'s' if abs(shift) > 1 else ''} {'earlier' if shift < 0 else 'later'}"
    expect(sentence).to_contain_text(f"lockdown begun on {date}, {words}")
    page.wait_for_selector(RESTS)
    low, middle, high = (about(at_shift(shift, f"{measure}_{end}")) for end in ("low", "middle", "high"))
    text = re.sub(r"\s+", " ", sentence.inner_text())
    assert f"the model counts {middle} " in text and f"95 % interval {low} to {high}." in text.replace("\u00a0", " ")


def test_the_first_frame_tells_the_headline(page: Page) -> None:
    sentence = page.locator("p.told")
    expect(sentence).to_contain_text("On the morning of 23 January, Hubei knew of 444 cases.")
    expect(sentence).to_contain_text(about(OUTCOME["numbers"]["infected_middle"]))
    shares = page.locator(".pictures").get_by_text("already infected on 23 January")
    parted = OUTCOME["tables"]["parted"]["columns"]
    for k, share in enumerate(parted["middle"]):
        expect(shares.nth(k)).to_contain_text(f"{100 * share:.0f}\u00a0%")
    expect(page.get_by_text("62,031 cases", exact=True)).to_be_visible()


def test_keys_move_the_day(page: Page) -> None:
    grip = page.get_by_role("slider", name="Day of the lockdown")
    grip.focus()
    waves = page.locator("svg:has(.grip)")
    before = waves.locator("path.wave").first.get_attribute("d")
    grip.press("PageDown")
    told(page, -7, "16 January")
    assert waves.locator("path.wave").first.get_attribute("d") != before
    assert waves.locator("path.before").count() == 4, "where the waves were stays to be seen"
    grip.press("ArrowRight")
    told(page, -6, "17 January")
    assert grip.get_attribute("aria-valuetext") == "17 January"
    assert addressed(page, STUDY).shift == -6
    grip.press("End")
    told(page, 14, "6 February")
    page.get_by_role("button", name="Back to 23 January").click()
    expect(page.locator("p.told")).to_contain_text("On the morning of 23 January")


def test_the_day_is_dragged_across_the_waves(page: Page) -> None:
    tag = page.locator(".grip rect.tag")
    grid = page.locator("svg:has(.grip)").bounding_box()
    box = tag.bounding_box()
    assert box is not None and grid is not None
    day = (grid["width"] - 50 - 8) / (OUTCOME["numbers"]["days"] - 1 - (OUTCOME["numbers"]["lockdown"] - 28))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2 * day, y + 5, steps=4)
    page.mouse.move(x + 5 * day, y + 40, steps=4)
    page.mouse.up()
    told(page, 5, "28 January")
    page.mouse.move(x - 12 * day, y)
    assert addressed(page, STUDY).shift == 5, "let go is let go"


def test_a_press_on_the_strip_asks_of_that_date(page: Page) -> None:
    strip = page.locator(".strips svg").first
    strip.scroll_into_view_if_needed()
    area = strip.locator("rect.press").bounding_box()
    assert area is not None
    columns = OUTCOME["tables"]["placebo"]["columns"]
    share = (columns["shift"].index(3) + 0.7) / (len(columns["shift"]) - 1 + 1.4)
    page.mouse.click(area["x"] + share * area["width"], area["y"] + 0.5 * area["height"])
    told(page, 3, "26 January")
    assert strip.locator("circle").count() == len(columns["shift"]) and strip.locator("circle.true").count() == 1


def test_what_is_set_is_computed_as_python_does(page: Page) -> None:
    """Days later, delays and R by their sliders: against a run of the study at the same values."""
    page.get_by_role("slider", name="Counted so many days later").press("Home")
    page.get_by_role("slider", name="R after", exact=True).press("End")
    page.get_by_role("slider", name="Symptoms to death").press("Home")
    params = addressed(page, STUDY)
    assert (params.later, params.after, params.death) == (7, 2, 0.5)
    made = STUDY.run(params).to_json()
    expect(page.get_by_role("heading", name="Counted 7 days later, but infected when?")).to_be_visible()
    shares = page.locator(".pictures").get_by_text("already infected on 23 January")
    for k, share in enumerate(made["tables"]["parted"]["columns"]["middle"]):
        expect(shares.nth(k)).to_contain_text(f"{100 * share:.0f}\u00a0%")
    page.wait_for_selector(RESTS)
    ends = page.locator("svg text.mine tspan").all_text_contents()
    assert ends[-1].strip() == about(at_shift(0, "deaths_middle", made))
    expect(page.get_by_text("no longer fitted to the counts")).to_be_visible()


def test_reported_cases_and_logarithms(page: Page) -> None:
    page.get_by_role("radio", name="reported cases").press("Space")
    page.get_by_role("switch", name="Logarithmic scales").press("Space")
    page.get_by_role("slider", name="Lockdown moved by").press("ArrowLeft")
    told(page, -1, "22 January", "reports")
    assert addressed(page, STUDY).log
    expect(page.get_by_role("heading", name="Earlier or later: reported cases until 26 March")).to_be_visible()


def test_it_says_what_the_counts_cannot_tell(page: Page) -> None:
    said = page.locator("ul.untold li").all_inner_texts()
    assert said == lockdown.UNTOLD
