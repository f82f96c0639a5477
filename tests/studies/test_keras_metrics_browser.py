"""The study of means over batches in a real browser: both needles are Python's, and only one of them moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from cutaway.science.metrics import Counts, batch_tables, mean_of_batches
from cutaway.studies import keras_metrics
from cutaway.studies.keras_metrics import Parameters, order_of, undefined
from cutaway.studies.run.keras_trainings import RATES, trainings
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(keras_metrics)
OUTCOME = stored(STUDY)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "li.mine .added", reduced_motion="reduce") as page:
        yield page


def state(page: Page) -> Parameters:
    params: Parameters = addressed(page, STUDY)
    return params


def needles(page: Page) -> tuple[list[float], list[float]]:
    """What is added up, and the means, as the page tells them."""
    return tuple(  # type: ignore[return-value]
        [float(text) if text != "–" else np.nan for text in page.locator(f"li {tag}").all_inner_texts()]
        for tag in ("b", "em")
    )


def true(page: Page) -> tuple[Parameters, list[float], list[float]]:
    """Hold both needles of every class to what Python counts."""
    params, data = state(page), trainings()
    called, at = data.called[params.model, int(params.epoch)], order_of(data.y, params)
    rate = RATES[params.rate]
    tables = batch_tables(data.y[at], called[at], params.batch, classes=10)
    added, means = needles(page)
    np.testing.assert_allclose(added, [rate.of(Counts(one)) for one in tables.sum(axis=0)], atol=5.1e-4)
    wanted = mean_of_batches(rate, tables, undefined=undefined(params))
    np.testing.assert_allclose(means, wanted, atol=5.1e-4)
    kind = int(params.kind)
    told = page.locator("p.told").inner_text()
    assert f"{wanted[kind]:.3f}" in told and f"{added[kind]:.3f}" in told
    return params, added, means


def test_a_shuffle_moves_one_needle_and_not_the_other(page: Page) -> None:
    _, added, before = true(page)
    tiles = page.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    for times in range(3):
        page.get_by_role("button", name="Shuffle", exact=True).click()
        params, again, means = true(page)
        assert (params.order, params.shuffle) == ("shuffled", times + 1)
        assert again == added and means != before
        before = means
    assert page.locator("canvas").evaluate("canvas => canvas.toDataURL()") != tiles


def test_sorted_by_class_the_mean_is_far_off(page: Page) -> None:
    page.get_by_role("button", name="Sort by class").click()
    _, added, means = true(page)
    assert all(mean < 0.5 * rate for mean, rate in zip(means, added, strict=True))
    page.get_by_text("Left out", exact=True).click()
    page.get_by_text("recall", exact=True).first.click()
    _, added, means = true(page)
    np.testing.assert_allclose(added, means, atol=0.02)


def test_the_size_of_batches_and_the_class_are_taken(page: Page) -> None:
    page.locator("form").get_by_role("slider", name="Batch").press("End")
    params, added, means = true(page)
    assert params.batch == 1000
    np.testing.assert_allclose(added, means, atol=0.01)
    page.locator("li button", has_text="coat").click()
    assert true(page)[0].kind == "4"
    page.get_by_role("slider", name="Epoch, on the curve").press("ArrowLeft")
    assert true(page)[0].epoch == "5"
    page.get_by_role("slider", name="Images in a batch, on the curve").press("Home")
    assert true(page)[0].batch == 4


def test_a_thousand_shuffles_are_counted_in_the_page_as_in_python(page: Page) -> None:
    python = np.array(OUTCOME["tables"]["shuffles"]["columns"]["mean"])
    card = page.locator("section", has=page.get_by_role("heading", name="A thousand shuffles of the same answers"))

    def told() -> str:
        return str(card.get_by_role("img").get_attribute("aria-label"))

    assert told().startswith("1,000 of 1,000 shuffles") and "Counted by Python" in card.inner_text()
    page.get_by_role("button", name="Shuffle a thousand times").click()
    card.get_by_text("Counted in this page").wait_for(timeout=60_000)
    assert told().startswith("1,000 of 1,000 shuffles")
    bars = card.locator("rect.bin").evaluate_all(
        "all => all.map(one => [Number(one.getAttribute('x')), Number(one.getAttribute('height'))])"
    )
    ticks = card.locator("text.tick").evaluate_all(
        "all => all.map(one => [one.textContent, Number(one.getAttribute('x'))])"
    )
    along = [(float(text), x) for text, x in ticks if re.fullmatch(r"0\.\d+", text)]
    slope = (along[-1][0] - along[0][0]) / (along[-1][1] - along[0][1])
    height = np.array([high for _, high in bars])
    place = np.array([along[0][0] + slope * (x - along[0][1]) for x, _ in bars])
    mean = float((place * height).sum() / height.sum())
    assert mean == pytest.approx(python.mean(), abs=0.003), "bins are wide, and orders are others"
