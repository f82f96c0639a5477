"""The study of embeddings in a real browser: the layer moves what is seen, and all of it is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.report.numerals import number
from cutaway.studies import embeddings
from cutaway.studies.run.result import Table
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from cutaway.studies.run.word_figures import rows
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(embeddings)
OUTCOME: dict[str, Any] = stored(STUDY) or {}


def found(name: str, **where: Any) -> list[dict[str, Any]]:
    return rows(Table(OUTCOME["tables"][name]["columns"]), **where)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".stage svg circle.same") as page:
        yield page


def test_the_layer_splits_the_senses(page: Page) -> None:
    expect(page.locator("p.told")).to_contain_text("Into the model goes one vector for “bank”")
    slider = page.get_by_role("slider", name="Layer", exact=True)
    for _ in range(3):
        slider.press("ArrowRight")
    mean = found("layers", word="bank", layer=3, centred=False)[0]
    told = page.locator("p.told")
    expect(told).to_contain_text("At layer 3 two sentences’ “bank”")
    expect(told).to_contain_text(f"{number(mean['within'])} in one sense and {number(mean['between'])} in two")
    assert addressed(page, STUDY).layer == 3
    page.get_by_role("switch", name="Centred").press("Space")
    mean = found("layers", word="bank", layer=3, centred=True)[0]
    expect(told).to_contain_text(f"{number(mean['within'])} in one sense and {number(mean['between'])} in two")


def test_another_word_and_map_are_there_without_python(page: Page) -> None:
    page.get_by_label("Word", exact=True).select_option("seal")
    expect(page.get_by_role("heading", name="Every two sentences with “seal”")).to_be_visible()
    expect(page.get_by_text("It does not hold “seal”")).to_be_visible()
    assert page.locator("svg circle.same:not(.dim)").count() >= 30
    marks = page.locator("svg .mark")
    assert marks.count() == 12
    before = [marks.nth(k).get_attribute("style") for k in range(12)]
    page.get_by_role("radio", name="t-SNE").press("Space")
    expect(marks.first).not_to_have_attribute("style", before[0] or "")
    page.get_by_label("Word", exact=True).select_option("yours")
    expect(page.get_by_role("heading", name="Every two sentences with “light”")).to_be_visible()


def test_a_sentence_is_looked_at(page: Page) -> None:
    text = found("sentences", word="bank", place=0)[0]["text"]
    button = page.get_by_role("button", name=text)
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    pairs = [row for row in found("cosines", word="bank") if max(row["i"], row["j"]) < 12]
    shown = page.locator("svg circle.same:not(.dim), svg circle.other:not(.dim)")
    others = sum(0 in (row["i"], row["j"]) for row in pairs)
    # Of the dots of pairs, those of this sentence stand out; the line chart has two more, which are never faint.
    expect(shown).to_have_count(others + 2)


def test_the_sentence_typed_is_read(page: Page) -> None:
    page.get_by_role("slider", name="Layer", exact=True).press("End")
    row = found("reading", word="bank", layer=6, centred=False)[0]
    sense = "money" if row["one"] > row["other"] else "river"
    expect(page.get_by_text(f"At layer 6 its “bank” is nearer to that of {sense}")).to_be_visible()
    page.get_by_label("Your sentence").fill("The river burst its bank.")
    page.get_by_label("Your sentence").press("Tab")
    expect(page.get_by_text("This page holds stored results only")).to_be_visible()
