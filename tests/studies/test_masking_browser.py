"""The study of masking in a real browser, in a page that stands alone: what it shows is what Python computes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from cutaway.science.nets.sequences import Side
from cutaway.studies.masking import MOST, Parameters, chosen
from cutaway.studies.run import stored
from cutaway.studies.run.padded import MODELS, probabilities, reader
from cutaway.studies.run.vowels import utterances
from tests.studies.opened import addressed, opened
from tests.studies.test_masking import STUDY, parameters

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(
        browser, tmp_path, STUDY, stored.stored(STUDY), ".lanes .wires, .lanes .zone", reduced_motion="reduce"
    ) as page:
        yield page


def state(page: Page) -> Parameters:
    params: Parameters = addressed(page, STUDY)
    return params


def true(params: Parameters, model: str, padding: int) -> np.ndarray:
    """The probabilities that the network gives the utterance."""
    test = utterances()[1]
    steps = test.steps[chosen(test)[params.utterance - 1]]
    side: Side = "after" if params.side == "after" else "before"
    return probabilities(reader(model), parameters(model, side), [steps], side, padding)[0]


def told(page: Page) -> str:
    return page.locator(".told").inner_text().replace("\u00a0", " ")


def rows(page: Page) -> list[tuple[float, str]]:
    """The true speaker's probability in percent and what is said of its moves, network by network."""
    page.wait_for_timeout(50)
    shown = page.locator("li span.value").all_inner_texts()
    values = [float(re.findall(r"[\d.]+", text)[0]) for text in shown]  # "> 99.99 %" too
    return list(zip(values, page.locator("li span.moves").all_inner_texts(), strict=True))


def held(page: Page) -> Parameters:
    """Hold what is shown to what Python computes."""
    params = state(page)
    test = utterances()[1]
    speaker = int(test.speaker[chosen(test)[params.utterance - 1]])
    for model, (value, moves) in zip(MODELS, rows(page), strict=True):
        now, alone = (true(params, model, padding) for padding in (params.padding, 0))
        assert value == pytest.approx(100 * now[speaker], abs=0.51), model
        if np.abs(now - alone).max() > 1e-6:
            assert "moves by up to" in moves, model
        if model in ("lstm", "mean", "attention"):
            assert moves == "does not move"
    p = true(params, params.model, params.padding)
    assert f"speaker {p.argmax() + 1}" in told(page)
    real, pads = (len(test.steps[chosen(test)[params.utterance - 1]]), params.padding)
    first = page.locator(".lanes section").first
    assert first.locator("rect.cell").count() == real + pads
    return params


def drag(page: Page, by: float) -> None:
    handle = page.locator(".lanes .handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=6)
    page.mouse.up()


def test_pulling_the_handle_adds_padding(page: Page) -> None:
    before = held(page)
    drag(page, 60)
    after = held(page)
    assert after.padding > before.padding
    drag(page, -2000)
    assert held(page).padding == 0
    drag(page, 2000)
    assert held(page).padding == MOST


def test_before_the_utterance_the_handle_runs_the_other_way(page: Page) -> None:
    page.get_by_role("radio", name="before").locator("xpath=..").click()
    before = held(page)
    assert before.side == "before"
    drag(page, -60)
    assert held(page).padding > before.padding


def test_keys_add_and_take_padding(page: Page) -> None:
    page.locator(".lanes .handle").focus()
    seen = [state(page).padding]
    for key in ("ArrowRight", "ArrowLeft", "End", "Home", "PageUp"):
        page.keyboard.press(key)
        seen.append(held(page).padding)
    assert seen[1:] == [seen[0] + 1, seen[0], MOST, 0, 10]


def test_every_network_shows_where_its_mask_ends(page: Page) -> None:
    ends = {"operation": "loses the mask without a word", "convolution": "drops the mask, with a warning"}
    ends |= {"maximum": "drops the mask, with a warning", "shortcut": "loses the mask without a word"}
    for at, model in enumerate(MODELS):
        page.locator("li button").nth(at).click()
        assert held(page).model == model
        fates = page.locator(".lanes .fate").all_inner_texts()
        harmed = page.locator(".lanes .fate.harm").all_inner_texts()
        assert harmed[:1] == ([ends[model]] if model in ends else harmed[:1])
        assert bool(harmed) == (model not in ("lstm", "mean", "attention"))
        assert page.locator(".lanes .cut").count() > 0 or model in ("lstm", "mean", "attention", "bare", "maximum")
        assert (page.locator(".lanes .wire").count() > 0) == (model != "bare")
        assert len(fates) == len(MODELS[model][1]) + 1


def test_the_table_of_layers_is_there(page: Page) -> None:
    text = page.locator("table tbody tr", has_text="convolution over steps").inner_text()
    assert "drops it, warns" in text and "takes none" in text
