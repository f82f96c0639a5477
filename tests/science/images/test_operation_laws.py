"""What must hold of an operation whatever the image."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cutaway import images
from cutaway.core.errors import InputError
from cutaway.science.images import Step
from tests.science.images.examples import noisy_scene

GREY = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)))
COLOUR = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))
EITHER = GREY | COLOUR
SHAPES = st.sampled_from(["square", "cross", "disk"])
laws = settings(max_examples=40, deadline=None)


@laws
@given(EITHER, st.sampled_from(["horizontal", "vertical"]))
def test_to_flip_twice_is_to_do_nothing(image: np.ndarray, direction: str) -> None:
    flip = images.Flip(direction)  # type: ignore[arg-type]
    assert np.array_equal(flip(flip(image)), image)


@laws
@given(EITHER)
def test_four_quarter_turns_are_none_and_two_are_both_flips(image: np.ndarray) -> None:
    turn = images.Rotate(90.0)
    twice = turn(turn(image))
    assert np.array_equal(turn(turn(twice)), image)
    assert np.array_equal(twice, images.Flip("vertical")(images.Flip()(image)))
    assert np.array_equal(images.Rotate(-90.0)(turn(image)), image)


@laws
@given(EITHER, st.integers(1, 3), SHAPES)
def test_opening_and_closing_once_more_change_nothing(image: np.ndarray, radius: int, shape: str) -> None:
    for kind in (images.Opening, images.Closing):
        act = kind(radius, shape)  # type: ignore[arg-type]
        assert np.array_equal(act(act(image)), act(image))


@laws
@given(EITHER, st.integers(1, 3), SHAPES)
def test_morphology_is_ordered_and_dual(image: np.ndarray, radius: int, shape: str) -> None:
    erosion, dilation = images.Erosion(radius, shape), images.Dilation(radius, shape)  # type: ignore[arg-type]
    opening, closing = images.Opening(radius, shape), images.Closing(radius, shape)  # type: ignore[arg-type]
    ordered = [act(image) for act in (erosion, opening)] + [image] + [act(image) for act in (closing, dilation)]
    assert all((low <= high).all() for low, high in pairwise(ordered))
    assert np.array_equal(erosion(255 - image), 255 - dilation(image))
    assert np.array_equal(opening(255 - image), 255 - closing(image))
    assert np.array_equal(images.TopHat(radius, shape)(image), image - opening(image))  # type: ignore[arg-type]


@laws
@given(EITHER)
def test_the_identities(image: np.ndarray) -> None:
    h, w = image.shape[:2]
    for step in (images.Gamma(1.0), images.Rotate(0.0), images.Resize(h, w), images.Crop(h, w), images.Pad()):
        assert np.array_equal(step(image), image), step


@laws
@given(st.integers(0, 255), st.integers(3, 9))
def test_an_even_image_stays_even(level: int, size: int) -> None:
    even = np.full((size, size + 1, 3), level, np.uint8)
    keep: list[Step] = [
        images.Resize(5, 4), images.Resize(20, 4, "cubic"), images.Resize(2, 3, "area"), images.Resize(7, 7, "linear"),
        images.Gaussian(1.2), images.Median(2), images.Bilateral(2), images.NonLocalMeans(0.1, 1, 1),
        images.Fourier(0.1), images.Stretch(), images.Equalise(), images.Opening(),
    ]  # fmt: skip
    for step in keep:
        assert (step(even) == level).all(), step
    for step in (images.Sobel(), images.Scharr(), images.Laplacian(), images.TopHat(1)):
        assert (step(even) == 0).all(), step
    assert (images.Fourier(0.1, "high")(even) == 128).all()
    assert (images.Otsu()(even[:, :, 0]) == 0).all()
    assert (images.Standardise()(even) == 0).all()


@laws
@given(EITHER)
def test_standardised_levels_have_mean_0_and_deviation_1(image: np.ndarray) -> None:
    out = images.Standardise()(image).astype(np.float64)
    assert out.mean() == pytest.approx(0, abs=1e-4)
    assert out.std() == pytest.approx(0 if image.min() == image.max() else 1, abs=1e-4)


@laws
@given(EITHER)
def test_a_stretch_from_end_to_end_reaches_both_and_is_done_once(image: np.ndarray) -> None:
    stretch = images.Stretch(0.0, 100.0)
    out = stretch(image)
    if image.min() < image.max():
        assert (out.min(), out.max()) == (0, 255)
    assert np.array_equal(stretch(out), out)
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(out.ravel()[order].astype(int)) >= 0).all()


@laws
@given(GREY)
def test_equalising_keeps_the_order_of_levels(image: np.ndarray) -> None:
    out = images.Equalise()(image)
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(out.ravel()[order].astype(int)) >= 0).all()
    if image.min() < image.max():
        assert (out.min(), out.max()) == (0, 255)


@laws
@given(COLOUR)
def test_equalising_keeps_the_brightest_channel_the_brightest(image: np.ndarray) -> None:
    out = images.Equalise()(image)
    value = images.Equalise()(image.max(axis=2))
    assert np.array_equal(out.max(axis=2), value)


@laws
@given(GREY, st.floats(0.05, 0.95))
def test_hysteresis_lies_between_its_two_thresholds(image: np.ndarray, low: float) -> None:
    out = images.Hysteresis(low, min(low + 0.2, 1.0))(image) > 0
    least, enough = np.float32(low * 255), np.float32(min(low + 0.2, 1.0) * 255)
    assert (out <= (image > least)).all()
    assert (out >= (image > enough)).all()
    assert np.array_equal(images.Hysteresis(low, low)(image) > 0, image > least)


@laws
@given(GREY)
def test_parts_of_a_mask(image: np.ndarray) -> None:
    mask = np.where(image > 127, 255, 0).astype(np.uint8)
    number = images.Components(1, "numbers")(mask)
    assert np.array_equal(number > 0, mask > 0)
    found = number[number > 0]
    first = [int(np.flatnonzero(number == k)[0]) for k in range(1, int(number.max()) + 1)]
    assert first == sorted(first)
    sizes = np.bincount(found.astype(int), minlength=2)[1:]
    kept = images.Components(3)(mask) > 0
    assert kept.sum() == sizes[sizes >= 3].sum()
    outline = images.Contours()(mask)
    assert (outline <= mask).all()
    assert np.array_equal(outline == 255, (mask > 0) & ~(images.Erosion(1, "cross")(mask) > 0))
    cut = images.Watershed()(mask)
    assert (cut <= mask).all()


def test_low_and_high_frequencies_add_up_to_the_image() -> None:
    image = noisy_scene().astype(np.float32) / 255
    low, high = images.Fourier(0.07, "low", 3)(image), images.Fourier(0.07, "high", 3)(image)
    assert low + high - np.float32(128 / 255) == pytest.approx(image, abs=1e-5)


def test_powers_of_gamma_multiply() -> None:
    image = noisy_scene().astype(np.float32) / 255
    assert images.Gamma(2.0)(images.Gamma(1.5)(image)) == pytest.approx(images.Gamma(3.0)(image), abs=1e-6)
    assert images.Gamma(0.5)(images.Gamma(2.0)(image)) == pytest.approx(image, abs=1e-6)


@pytest.mark.parametrize("step", [images.Sobel(), images.Scharr(), images.Laplacian(), images.Median(2),
                                  images.Gaussian(2.0), images.Bilateral(), images.NonLocalMeans(0.1, 1, 2)],
                         ids=lambda one: one.name)  # fmt: skip
def test_what_looks_alike_in_all_directions_turns_with_the_image(step: Step) -> None:
    image = noisy_scene()
    turn = images.Rotate(90.0)
    apart = np.abs(step(turn(image)).astype(int) - turn(step(image)).astype(int))
    assert apart.max() <= 1


def test_a_steep_edge_is_white_and_a_slope_has_no_laplacian() -> None:
    edge = np.zeros((9, 9), np.uint8)
    edge[:, 5:] = 255
    assert images.Sobel()(edge)[4].tolist() == [0, 0, 0, 0, 180, 180, 0, 0, 0]  # 255 / √2
    assert images.Canny(0.1, 0.2)(edge)[4].tolist().count(255) == 1
    slope = np.tile(np.arange(0, 90, 10, dtype=np.uint8), (9, 1))
    assert (images.Laplacian()(slope)[:, 1:-1] == 0).all()


def test_more_light_changes_no_adaptive_threshold() -> None:
    image = (noisy_scene(colour=False) // 2).astype(np.uint8)
    adaptive = images.Adaptive(5, 0.02)
    assert np.array_equal(adaptive(image + np.uint8(40)), adaptive(image))
    assert np.array_equal(images.Otsu()(image + np.uint8(40)), images.Otsu()(image))


def test_a_watershed_parts_two_disks_that_touch() -> None:
    down, right = np.mgrid[:40, :70]
    disks = ((down - 20) ** 2 + (right - 22) ** 2 < 196) | ((down - 20) ** 2 + (right - 45) ** 2 < 196)
    mask = np.where(disks, 255, 0).astype(np.uint8)
    assert images.Components(1, "numbers")(mask).max() == 1
    parts = images.Components(1, "numbers")(images.Watershed(0.7)(mask))
    assert parts.max() == 2
    assert (mask > 0).sum() - (parts > 0).sum() < 40  # a cut of one pixel
    whole = np.full((5, 5), 255, np.uint8)
    assert np.array_equal(images.Watershed()(whole), whole)


def test_grey_weights_and_colour_spaces() -> None:
    pixels = np.array([[[200, 30, 91], [10, 250, 60], [255, 255, 255], [0, 0, 0]]], np.uint8)
    assert images.Grey()(pixels)[0].tolist() == [88, 157, 255, 0]
    assert images.Grey("709")(pixels)[0].tolist() == [71, 185, 255, 0]
    even = np.full((2, 2, 3), 100, np.uint8)
    assert images.Colour("hsv")(even)[0, 0].tolist() == [0, 0, 100]
    assert images.Colour("ycbcr")(even)[0, 0].tolist() == [100, 128, 128]
    assert images.Colour("lab")(np.full((2, 2, 3), 255, np.uint8))[0, 0].tolist() == [255, 128, 128]
    assert np.array_equal(images.Grey()(even[:, :, 0]), even[:, :, 0])


@pytest.mark.parametrize(("space", "floats", "levels"), [("hsv", 0.001, 3), ("lab", 0.6, 3), ("ycbcr", 0.001, 1)])
def test_there_and_back_is_the_image(space: Literal["hsv", "lab", "ycbcr"], floats: float, levels: int) -> None:
    """256 levels up to what was rounded in between; floats up to single precision, and in Lab to OpenCV's tables."""
    image = noisy_scene()
    back = images.Pipeline((images.Colour(space), images.Rgb(space)))
    assert np.abs(back((image / 255).astype(np.float32)) * 255 - image).max() < floats
    assert np.abs(back(image).astype(int) - image).max() <= levels


def test_colours_beyond_a_screen_are_cut_off() -> None:
    vivid = np.array([[[0.5, 1.0, 1.0], [0.9, 0.0, 0.5], [0.0, 1.0, 0.0]]], np.float32)
    for space in ("hsv", "lab", "ycbcr"):
        made = images.Rgb(space)(vivid)
        assert made.min() >= 0 and made.max() <= 1
    with pytest.raises(InputError, match="rgb: expected a colour image"):
        images.Rgb()(vivid[:, :, 0])


def test_shrinking_by_triangle_sees_what_linear_misses() -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::4] = 255
    assert images.Resize(16, 16, "nearest")(stripes).std() == 0  # every pixel is one that nobody asked for
    assert images.Resize(16, 16)(stripes).mean() == pytest.approx(stripes.mean(), abs=3)
    assert images.Resize(16, 16, "linear")(stripes).mean() < stripes.mean() - 50


def test_clahe_stops_where_the_limit_is() -> None:
    image = noisy_scene(colour=False)
    gentle, strong = (images.Clahe(limit, 4)(image).astype(float).std() for limit in (1.0, 40.0))
    assert gentle < strong
