"""The study of a convolution in a real browser: what is pointed at, pressed, drawn and dropped is what is computed."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from cutaway.science import nets
from cutaway.studies import convnet
from cutaway.studies.convnet import Parameters
from cutaway.studies.run.clothes_networks import DESIGNS, Packed, unpacked
from cutaway.studies.run.fashion import CLASSES, kept
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(convnet)
OUTCOME = stored(STUDY)
assert OUTCOME is not None
TABLES = OUTCOME["tables"]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, ".three canvas") as page:
        yield page


def state(page: Page) -> Parameters:
    params: Parameters = addressed(page, STUDY)
    return params


def weights(params: Parameters) -> object:
    parts = [
        Packed(path, tuple(map(int, shape.split())), bits, shift, data)
        for name, at, path, shape, bits, shift, data in zip(*TABLES["weights"]["columns"].values(), strict=True)
        if (name, at) == (params.network, params.moment)
    ]
    return nets.mapped(lambda leaf: leaf.astype(float), unpacked(DESIGNS[params.network], parts))


def image(params: Parameters) -> np.ndarray:
    row = TABLES["images"]["columns"]["row"][params.image - 1]
    return kept().test.images[row].reshape(1, 28, 28, 1) / 255.0


def numbers(page: Page) -> list[float]:
    """What stands in the list below the nine products."""
    return [float(text.replace("\u2212", "-")) for text in page.locator(".three dd").all_inner_texts()]


def true(page: Page) -> Parameters:
    """Hold the arithmetic and what the network says to what Python computes."""
    params = state(page)
    p, x, design = weights(params), image(params), DESIGNS[params.network]
    first = p[0]  # type: ignore[index]
    f = min(params.filter, design.filters[0]) - 1
    if params.view == "forward":
        row, column = (min(at, 26) - 1 for at in (params.row, params.column))
        sums = np.asarray(nets.conv2d(x, first["kernel"], first["bias"]))
        value = float(sums[0, row, column, f])
        shown = numbers(page)
        assert shown[2:] == pytest.approx([value, max(0.0, value)], abs=0.0051)
        assert shown[1] == pytest.approx(first["bias"][f], abs=0.0051)
        products = x[0, row : row + 3, column : column + 3, 0] * first["kernel"][:, :, 0, f]
        cells = page.locator(".three td b").all_inner_texts()
        found = [float(text.replace("\u2212", "-")) for text in cells]
        assert found == pytest.approx(products.reshape(-1).tolist(), abs=0.0051)
    logits = np.asarray(design.model.apply(p, x, design.model.start((0,)), False)[0])[0]
    assert page.locator("p.told > b").first.inner_text() == CLASSES[design.classes[int(logits.argmax())]]
    return params


def box(of: Locator) -> dict[str, float]:
    of.scroll_into_view_if_needed()
    found = of.bounding_box()
    assert found is not None
    return dict(found)


def test_the_pixel_under_the_pointer_is_added_up(page: Page) -> None:
    assert true(page) == Parameters()
    grid = page.get_by_role("slider", name="What the filter finds")
    for row, column in ((20, 6), (2, 13), (26, 26)):
        at = box(grid)
        page.mouse.move(at["x"] + (column - 0.5) / 26 * at["width"], at["y"] + (row - 0.5) / 26 * at["height"])
        now = true(page)
        assert (now.row, now.column) == (row, column)
    whole = page.get_by_role("slider", name="The image, and the window")
    at = box(whole)
    page.mouse.move(at["x"] + 9.5 / 28 * at["width"], at["y"] + 14.5 / 28 * at["height"])
    now = true(page)
    assert (now.row, now.column) == (14, 9), "the middle of the window is under the pointer"


def test_keys_move_the_frame_by_one_pixel_and_five(page: Page) -> None:
    start = Parameters()
    page.get_by_role("slider", name="What the filter finds").focus()
    for key, row, column in (("ArrowRight", 0, 1), ("ArrowDown", 1, 1), ("Shift+ArrowLeft", 1, -4), ("ArrowUp", 0, -4)):
        page.keyboard.press(key)
        now = true(page)
        assert (now.row, now.column) == (start.row + row, start.column + column)


@pytest.mark.parametrize("network", DESIGNS)
def test_networks_moments_filters_and_photographs(page: Page, network: str) -> None:
    page.get_by_label("Network").select_option(network)
    true(page)
    page.locator(".moments .row button").nth(2).click()
    filters = page.locator(".filters > button")
    assert filters.count() == DESIGNS[network].filters[0]
    filters.last.click()
    page.locator(".photographs button").nth(14).click()
    now = true(page)
    assert (now.moment, now.filter, now.image) == (2, DESIGNS[network].filters[0], 15)


def test_backward_is_the_gradient(page: Page) -> None:
    page.get_by_role("button", name="Backward", exact=True).click()
    page.get_by_label("Network").select_option("one")
    grid = page.get_by_role("slider", name="Gradient of the loss by the pixels")
    params = state(page)
    design, p = DESIGNS["one"], weights(params)
    label = TABLES["images"]["columns"]["label"][params.image - 1]

    def loss(x: object) -> object:
        return nets.cross_entropy(design.model.apply(p, x, design.model.start((0,)), True)[0], np.array([label]))

    gradient = nets.value_and_gradient(loss, image(params))[1][0, :, :, 0]
    steepest = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    for row, column in (steepest, (9, 8), (27, 0)):
        at = box(grid)
        page.mouse.move(at["x"] + (column + 0.5) / 28 * at["width"], at["y"] + (row + 0.5) / 28 * at["height"])
        page.wait_for_timeout(50)
        assert numbers(page) == pytest.approx([gradient[row, column]], abs=0.000051)


def test_the_training_is_played_to_its_end(page: Page) -> None:
    page.get_by_role("button", name="Play the training").click()
    assert state(page).moment < 5
    page.get_by_role("button", name="Play the training").wait_for(timeout=20_000)
    assert true(page).moment == 5


def test_a_drawing_is_judged_and_given_back(page: Page) -> None:
    before = page.locator("p.told").inner_text()
    pad = page.get_by_role("slider", name=re.compile("^Drawing"))
    at = box(pad)
    page.mouse.move(at["x"] + 0.3 * at["width"], at["y"] + 0.2 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + 0.3 * at["width"], at["y"] + 0.9 * at["height"], steps=12)
    page.mouse.up()
    drawn = page.locator("p.told").inner_text()
    assert drawn != before and "right" not in drawn and "It is a" not in drawn
    assert page.locator("h3", has_text="Your image").count() == 1
    pad.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    assert page.locator("p.told").inner_text() != drawn
    page.get_by_role("button", name="Back to it").click()
    assert true(page) == Parameters()


def png(pixels: np.ndarray) -> bytes:
    """A grey image as PNG."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    h, w = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("inverted", [False, True])
def test_a_picture_that_is_dropped_is_called_as_its_photograph(page: Page, inverted: bool) -> None:
    row = TABLES["images"]["columns"]["row"][7]
    pixels = np.kron(kept().test.images[row], np.ones((4, 4), np.uint8))
    pixels = 255 - pixels if inverted else pixels
    page.locator("input[type=file]").set_input_files(
        {"name": "shoe.png", "mimeType": "image/png", "buffer": png(np.ascontiguousarray(pixels))}
    )
    page.locator("h3", has_text="Your image").wait_for()
    said = page.locator("p.told > b").first.inner_text()
    page.locator(".photographs button").nth(7).click()
    true(page)
    assert said == page.locator("p.told > b").first.inner_text()


def test_what_is_no_image_is_refused(page: Page) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "words.txt", "mimeType": "text/plain", "buffer": b"no image"}
    )
    page.get_by_role("alert").filter(has_text="words.txt is no image").wait_for()
    true(page)
