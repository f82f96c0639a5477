"""Images: convolutions, pooling, resizing, grey and JPEG against values worked out by hand or another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft, ndimage, signal

from cutaway.compare.run.discovery import named
from tests.compare.running import agreeing, compared, formula, groups


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (
            "strided-same",
            ["torch_one", "keras_same keras_torch_same keras_jax_same tensorflow_same jax_same flax_same"],
        ),
        (
            "transposed-convolution",
            [
                "torch_plain keras_valid",
                "torch_padding",
                "torch_output_padding",
                "keras_same keras_torch_same keras_jax_same tensorflow_same jax_turned",
                "jax_same flax_same",
            ],
        ),
        (
            "average-pool-pads",
            [
                "torch_counted flax_counted",
                "torch_not_counted keras_same keras_torch_same keras_jax_same tensorflow_same flax_not_counted",
            ],
        ),
        (
            "max-pool-rounding",
            [
                "torch_floor keras_valid",
                "torch_ceil",
                "torch_padding keras_same keras_torch_same keras_jax_same tensorflow_same flax_same",
                "flax_plain",
            ],
        ),
        (
            "resize-nearest",
            [
                "opencv_nearest torch_nearest tensorflow_old",
                "opencv_exact pillow_nearest skimage_integer torch_exact tensorflow_nearest keras_nearest "
                "keras_torch_nearest keras_jax_nearest jax_nearest",
                "skimage_float",
                "scipy_zoom",
            ],
        ),
        (
            "resize-bilinear",
            [
                "opencv_linear skimage_plain torch_bilinear tensorflow_bilinear keras_resizing keras_torch_resizing "
                "keras_jax_resizing",
                "pillow_bilinear torch_antialias tensorflow_antialias jax_bilinear",
                "opencv_area",
                "skimage_default",
                "scipy_zoom torch_corners",
            ],
        ),
        (
            "bicubic",
            [
                "opencv_cubic torch_cubic keras_torch_cubic",
                "pillow_cubic torch_antialias tensorflow_cubic keras_cubic keras_jax_cubic jax_cubic",
                "skimage_cubic",
            ],
        ),
        (
            "grey",
            [
                "opencv_rgb pillow_l",
                "opencv_swapped",
                "opencv_float",
                "skimage_gray",
                "tensorflow_grey",
                "tensorflow_float",
                "keras_grey keras_torch_grey keras_jax_grey",
            ],
        ),
        (
            "jpeg-decoding",
            [
                "pillow_open opencv_decode skimage_read tensorflow_accurate",
                "tensorflow_default tensorflow_image",
                "tensorflow_stepped",
            ],
        ),
    ],
)
def test_who_agrees_with_whom(topic: str, expected: list[str]) -> None:
    assert groups(topic) == agreeing(*expected)


@pytest.mark.parametrize(
    ("topic", "name", "expected"),
    [
        ("transposed-convolution", "whole", [1, 10, 100 + 2, 20, 200 + 3, 30, 300]),
        ("transposed-convolution", "without_last", [1, 10, 102, 20, 203, 30]),
        ("transposed-convolution", "without_first", [10, 102, 20, 203, 30, 300]),
        ("transposed-convolution", "without_ends", [10, 102, 20, 203, 30]),
        ("transposed-convolution", "turned", [100, 10, 1 + 200, 20, 2 + 300, 30]),
        ("average-pool-pads", "over_windows", [12 / 9, 21 / 9, 16 / 9, 27 / 9, 5, 33 / 9, 24 / 9, 39 / 9, 28 / 9]),
        ("average-pool-pads", "over_pixels", [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]),
        ("max-pool-rounding", "whole_windows", [-3, -2]),
        ("max-pool-rounding", "started_windows", [-3, -2, -8]),
        ("max-pool-rounding", "centred_windows", [-5, -3, -2]),
        ("max-pool-rounding", "every_window", [-3, -3, -3, -2, -2]),
        ("resize-nearest", "upper_left", [0, 2, 5, 20, 22, 25, 50, 52, 55]),
        ("resize-nearest", "middle", [11, 14, 16, 41, 44, 46, 61, 64, 66]),
        ("resize-nearest", "corners", [0, 4, 7, 40, 44, 47, 70, 74, 77]),
        ("grey", "rounded", [88, 157, 30, 255]),
        ("grey", "broadcast", [59.8 + 17.61 + 10.374, 2.99 + 146.75 + 6.84, 0.299 + 1.174 + 28.5, 255]),
        ("grey", "swapped", [68, 166, 76, 255]),
        ("grey", "television", [42.5 + 21.462 + 6.5611, 2.125 + 178.85 + 4.326, 0.2125 + 1.4308 + 18.025, 255]),
        ("grey", "cut_off", [87, 156, 29, 254]),
        ("grey", "widened", [87, 156, 30, 255]),
    ],
)
def test_values_worked_out_by_hand(topic: str, name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(formula(topic, name).ravel(), expected, rtol=1e-12)


@pytest.mark.parametrize(("name", "first"), [("after", 2), ("around", 1)])
def test_a_strided_convolution_takes_every_second_place_of_the_whole_one(name: str, first: int) -> None:
    at = named("strided-same").given
    whole = signal.correlate2d(at["x"], at["kernel"])
    np.testing.assert_allclose(formula("strided-same", name), whole[first::2, first::2][:3, :3])


def at_places(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The image between its pixels."""
    return np.asarray(ndimage.map_coordinates(x, np.meshgrid(places, places, indexing="ij"), order=1))


def test_bilinear_means() -> None:
    x = named("resize-bilinear").given["x"]
    middles = np.array([5 / 6, 3.5, 37 / 6])
    np.testing.assert_allclose(formula("resize-bilinear", "two_pixels"), at_places(x, middles))
    np.testing.assert_allclose(formula("resize-bilinear", "corners"), at_places(x, np.linspace(0, 7, 3)))
    thirds = x.repeat(3, 0).repeat(3, 1)  # each pixel in nine, so that a cell is 8 x 8 of them
    np.testing.assert_allclose(formula("resize-bilinear", "cell"), thirds.reshape(3, 8, 3, 8).mean((1, 3)))
    blurred = ndimage.gaussian_filter(x, 5 / 6, mode="mirror")
    np.testing.assert_allclose(formula("resize-bilinear", "blurred"), at_places(blurred, middles))


def test_the_triangle_looks_at_every_pixel() -> None:
    x = named("resize-bilinear").given["x"]
    # of the middle cell, centred between pixels 3 and 4: 1 - d / s at d = 1/2, 3/2, 5/2
    weights = np.array([0, 0.5, 3.5, 6.5, 6.5, 3.5, 0.5, 0]) / 21
    weights[1] = weights[6] = (8 / 3 - 2.5) / (2 * (3 * 8 / 3 - 4.5))
    weights[2] = weights[5] = (8 / 3 - 1.5) / (2 * (3 * 8 / 3 - 4.5))
    weights[3] = weights[4] = (8 / 3 - 0.5) / (2 * (3 * 8 / 3 - 4.5))
    assert weights.sum() == pytest.approx(1)
    assert formula("resize-bilinear", "triangle")[1, 1] == pytest.approx(weights @ x @ weights)


def test_the_blur_before_nearest() -> None:
    x = named("resize-nearest").given["x"]
    blurred = ndimage.gaussian_filter(x, 5 / 6, mode="mirror")
    np.testing.assert_allclose(formula("resize-nearest", "blurred"), blurred[np.ix_([1, 4, 6], [1, 4, 6])])


def test_the_two_cubics() -> None:
    # the last row is 0, 0, 8, 8 all the way up to where it is looked at; a quarter beyond pixel 1, Keys' weights of
    # pixels 2 and 3 are (0.26171875, -0.03515625) for a = -0.75 and (0.2265625, -0.0234375) for a = -0.5
    assert formula("bicubic", "repeated")[7, 3] == pytest.approx(8 * (0.26171875 - 0.03515625))
    assert formula("bicubic", "left_out")[7, 3] == pytest.approx(8 * (0.2265625 - 0.0234375))


def test_the_spline() -> None:
    x = named("bicubic").given["x"]
    other = ndimage.zoom(x, 2, order=3, mode="mirror", grid_mode=True)
    assert other.max() > 8
    np.testing.assert_allclose(formula("bicubic", "spline"), other.clip(0, 8), atol=1e-12)


def test_a_jpeg_s_pixels() -> None:
    topic = named("jpeg-decoding")
    at, module = topic.given, topic.module
    block = np.rint(fft.idctn(at["luma"], norm="ortho") + 128)
    blended = np.array([100, 100, 100, 117, 153, 170, 170, 170])  # (3 * 100 + 170) / 4 and (3 * 170 + 100) / 4
    np.testing.assert_array_equal(module._blended(at["blue"])[12:20], blended)
    np.testing.assert_array_equal(module._repeated(at["blue"])[12:20], [100] * 4 + [170] * 4)
    blue = np.clip(np.hstack([block[:, 4:], block[:, :4]]) + np.rint(1.772 * (blended - 128)), 0, 255)
    np.testing.assert_array_equal(formula("jpeg-decoding", "accurate")[..., 2], blue)


def test_how_far_the_fast_transform_is_off() -> None:
    off = np.abs(formula("jpeg-decoding", "fast") - formula("jpeg-decoding", "accurate"))
    assert off.max() == 1
    assert (off > 0).mean() == pytest.approx(0.5)
    steps = np.abs(formula("jpeg-decoding", "stepped") - formula("jpeg-decoding", "accurate"))
    assert steps.max() == 32


@pytest.mark.slow
def test_what_the_answers_say() -> None:
    grey = {row.variant: np.asarray(row.value) for row in compared("grey").rows}
    assert grey["keras_grey"][3] == 254
    assert grey["skimage_gray"][0] / grey["opencv_float"][0] == pytest.approx(0.8, abs=0.01)
    pooled = {row.variant: np.asarray(row.value) for row in compared("average-pool-pads").rows}
    assert pooled["torch_counted"][0, 0] / pooled["keras_same"][0, 0] == pytest.approx(4 / 9)
