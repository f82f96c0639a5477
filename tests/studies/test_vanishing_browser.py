"""The study of vanishing gradients in a real browser: what is switched is looked up, and what is told is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.report.numerals import number
from cutaway.studies import vanishing
from cutaway.studies.run.deep_networks import STARTS, WORDS, Networks
from cutaway.studies.run.result import Table
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(vanishing)
OUTCOME: dict[str, Any] = stored(STUDY) or {}
FOUND = Networks(Table(OUTCOME["tables"]["networks"]["columns"]))
DEPTH = OUTCOME["params"]["depth"]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".pictures svg") as page:
        yield page


def told(page: Page, activation: str, norm: str, start: str) -> None:
    """The sentence is of this network, with its numbers."""
    factor, reach, loss = (FOUND.of(activation, norm, start, name) for name in ("factor", "reach", "loss"))
    sentence = page.locator("p.told")
    norm_said = " with batch norm" if norm == "batch" else ""
    expect(sentence).to_contain_text(f"{DEPTH} layers of {WORDS[activation]} from {STARTS[start]} weights{norm_said}:")
    expect(sentence).to_contain_text(f"multiplies the gradient by {number(factor)}")
    expect(sentence).to_contain_text(f"layer 1 gets {number(reach, 2)} times")
    expect(sentence).to_contain_text(f"its loss is {number(loss)}")
    expect(sentence).to_contain_text("It learns:" if loss < vanishing.GUESS - 0.1 else "It learns nothing:")


def test_every_remedy_is_a_press_away(page: Page) -> None:
    table = page.get_by_role("group", name="Loss of every network")
    assert table.get_by_role("button").count() == 24
    for activation, norm, start in (
        ("relu", "none", "he"),
        ("sigmoid", "batch", "small"),
        ("tanh", "none", "critical"),
    ):
        with_norm = "with" if norm == "batch" else "without"
        name = f"{WORDS[activation]}, {STARTS[start]}, {with_norm} batch norm"
        table.get_by_role("button", name=name).click()
        told(page, activation, norm, start)
        assert table.locator("[aria-pressed=true]").count() == 1


def test_switches_change_the_picture_without_python(page: Page) -> None:
    told(page, "sigmoid", "none", "glorot")
    bars = page.locator(".pictures svg").first
    before = bars.inner_html()
    page.get_by_role("switch", name="Batch norm").press("Space")
    told(page, "sigmoid", "batch", "glorot")
    assert bars.inner_html() != before
    page.get_by_label("Initialisation").select_option("critical")
    told(page, "sigmoid", "batch", "critical")
    page.get_by_role("radio", name="ReLU").press("Space")
    told(page, "relu", "batch", "critical")


def test_a_press_on_a_bar_looks_into_its_layer(page: Page) -> None:
    slider = page.get_by_role("slider", name="Layer looked into", exact=True)
    assert slider.input_value() == "1"
    area = page.locator(".pictures svg rect.press").first
    box = area.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.76 * box["width"], box["y"] + 0.5 * box["height"])
    layer = int(slider.input_value())
    assert abs(layer - 0.76 * DEPTH) < 1.5
    expect(page.get_by_role("heading", name=f"What layer {layer} lets through")).to_be_visible()
    slider.press("ArrowLeft")
    expect(page.get_by_role("heading", name=f"What layer {layer - 1} lets through")).to_be_visible()
    columns = OUTCOME["tables"]["layers"]["columns"]
    row = FOUND.place("sigmoid", "none", "glorot") * DEPTH + layer - 2
    assert (columns["network"][row], columns["layer"][row]) == (FOUND.place("sigmoid", "none", "glorot"), layer - 1)
    expect(page.get_by_text(f"lets {number(columns['slope'][row])} through")).to_be_visible()


def test_bars_are_as_tall_as_the_gradient(page: Page) -> None:
    """Log scale: equal factors are equal steps; the heights of all bars against the table."""
    columns = OUTCOME["tables"]["layers"]["columns"]
    first = FOUND.place("sigmoid", "none", "glorot") * DEPTH
    logs = np.log([columns["gradient"][first + i] for i in range(DEPTH)])
    bars = page.locator(".pictures svg").first.locator("rect:not(.press)[rx]")
    assert bars.count() == DEPTH
    heights = np.array([float(bars.nth(i).get_attribute("height") or "nan") for i in range(DEPTH)])
    slope, level = np.polyfit(logs, heights, 1)
    assert slope > 0
    np.testing.assert_allclose(slope * logs + level, heights, atol=0.1)
