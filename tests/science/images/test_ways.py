"""Each library's resize and grey by formula, beside the library itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.images import WAYS, Way, axis_weights

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (37, 52, 3), np.uint8)
SIZES = [(16, 16), (24, 40), (37, 52), (61, 90)]


def opencv(x: np.ndarray, h: int, w: int) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(x, (w, h)))


def opencv_area(x: np.ndarray, h: int, w: int) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(x, (w, h), interpolation=cv2.INTER_AREA))


def pillow(x: np.ndarray, h: int, w: int) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(x).resize((w, h), Image.Resampling.BILINEAR))


def torch(x: np.ndarray, h: int, w: int, antialias: bool = False) -> np.ndarray:
    import torch as t

    planes = t.tensor(x.astype(np.float32)).permute(2, 0, 1)[None]
    made = t.nn.functional.interpolate(planes, (h, w), mode="bilinear", antialias=antialias)
    return np.asarray(made[0].permute(1, 2, 0))


def torch_antialias(x: np.ndarray, h: int, w: int) -> np.ndarray:
    return torch(x, h, w, antialias=True)


def scikit_image(x: np.ndarray, h: int, w: int) -> np.ndarray:
    from skimage.transform import resize

    return np.asarray(255 * resize(x, (h, w), anti_aliasing=True))


LIBRARIES: dict[str, tuple[Callable[[np.ndarray, int, int], np.ndarray], float]] = {
    "opencv": (opencv, 1.01),
    "opencv-area": (opencv_area, 1.01),
    "pillow": (pillow, 1.01),
    "torch": (torch, 0.01),
    "torch-antialias": (torch_antialias, 0.01),
    "scikit-image": (scikit_image, 1.5),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_resize_of_a_library(name: str, size: tuple[int, int]) -> None:
    """Whole levels differ by one where a half was rounded otherwise; scikit-image's spline filters at the border."""
    library, most = LIBRARIES[name]
    if name == "opencv-area" and size[0] > COLOUR.shape[0]:
        most = 256.0  # enlarging by area is another formula, which is not used to shrink
    apart = np.abs(WAYS[name](COLOUR, *size) - library(COLOUR, *size).astype(float))
    inside = apart[3:-3, 3:-3]
    assert inside.max() <= most
    assert inside.mean() < most / 2


def test_the_grey_of_libraries() -> None:
    import cv2
    from skimage.color import rgb2gray

    size = COLOUR.shape[:2]
    assert np.abs(WAYS["opencv"](COLOUR, *size, grey=True) - cv2.cvtColor(COLOUR, cv2.COLOR_RGB2GRAY)).max() <= 1
    assert np.allclose(WAYS["scikit-image"](COLOUR, *size, grey=True), 255 * rgb2gray(COLOUR), atol=0.01)


@pytest.mark.parametrize("rule", ["two pixels", "triangle", "cell", "corners", "blurred", "one pixel"])
@pytest.mark.parametrize(("n", "m"), [(8, 3), (9, 9), (5, 17), (1, 4), (6, 1)])
def test_weights_add_up_to_one(rule: str, n: int, m: int) -> None:
    weights = axis_weights(rule, n, m)  # type: ignore[arg-type]  # one of them
    assert weights.shape == (m, n) and (weights >= 0).all()
    assert np.allclose(weights.sum(1), 1, atol=1e-5)


def test_what_is_no_image_is_refused() -> None:
    way = WAYS["pillow"]
    assert isinstance(way, Way)
    with pytest.raises(InputError, match="expected shape"):
        way(np.zeros((3, 3, 4)), 2, 2)
    with pytest.raises(InputError, match="1 pixel or more"):
        way(np.zeros((3, 3)), 0, 2)
