"""How libraries shrink an image and make it grey by default: the same photograph, other numbers.

Each rule of resizing is a row of weights for every output pixel, applied along both axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Rule = Literal["two pixels", "triangle", "cell", "corners", "blurred", "one pixel"]


@dataclass(frozen=True, slots=True)
class Way:
    """How a library resizes and makes grey.

    Args:
        name: of the library, and the setting where there is more than one.
        call: what a user writes.
        rule: which pixels are averaged.
        grey: weights of red, green and blue.
        bytes: the result is rounded to whole levels.
    """

    name: str
    call: str
    rule: Rule
    grey: tuple[float, float, float]
    bytes: bool

    def __call__(self, image: np.ndarray, height: int, width: int, grey: bool = False) -> np.ndarray:
        """An image (h, w) or (h, w, 3) of levels 0 to 255 at another size, as float32 levels; grey first if asked.

        Raises: InputError for another shape, or a size below one pixel.

        >>> WAYS["opencv"](np.array([[0, 10, 20, 30]], np.uint8), 1, 2)
        array([[ 5., 25.]], dtype=float32)
        """
        image = np.asarray(image, np.float32)
        if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or not image.size:
            raise InputError(f"image: Way expected shape (h, w) or (h, w, 3), got {image.shape}; take RGB")
        if height < 1 or width < 1:
            raise InputError(f"height, width: Way expected 1 pixel or more, got {height} × {width}")
        if grey and image.ndim == 3:
            image = self._whole(image @ np.array(self.grey, np.float32))
        rows = axis_weights(self.rule, image.shape[0], height)
        columns = axis_weights(self.rule, image.shape[1], width)
        half = np.tensordot(rows, image, (1, 0))
        out = np.moveaxis(np.tensordot(half, columns, (1, 1)), -1, 1)
        return self._whole(np.asarray(out, np.float32))

    def _whole(self, levels: np.ndarray) -> np.ndarray:
        return np.rint(levels) if self.bytes else levels


@lru_cache(64)
def axis_weights(rule: Rule, n: int, m: int) -> np.ndarray:
    """Weights (m, n) by which m output pixels average n input pixels along one axis; each row adds up to one.

    "two pixels": the two nearest to (i + ½) n/m - ½. "triangle": all under a triangle that grows with n/m. "cell": the
    mean over the output pixel's cell. "corners": two pixels at i (n - 1)/(m - 1). "blurred": a Gaussian of standard
    deviation (n/m - 1)/2, then two pixels. "one pixel": the nearest.

    Source: the formulas of `cutaway compare resize_bilinear`, where each library is run.

    >>> axis_weights("two pixels", 6, 2)
    array([[0., 1., 0., 0., 0., 0.],
           [0., 0., 0., 0., 1., 0.]], dtype=float32)
    """
    scale = n / m
    middle = (np.arange(m) + 0.5) * scale - 0.5
    if rule == "corners":
        return _triangles(np.arange(m) * ((n - 1) / max(m - 1, 1)), 1.0, n)
    if rule == "triangle":
        return _triangles(middle, max(scale, 1.0), n)
    if rule == "one pixel":
        return np.asarray(np.arange(n) == np.minimum((np.arange(m) * scale).astype(int), n - 1)[:, None], np.float32)
    if rule == "cell" and scale > 1:
        start = np.arange(m)[:, None] * scale
        inside = np.minimum(start + scale, np.arange(1, n + 1)) - np.maximum(start, np.arange(n))
        return np.asarray(np.clip(inside, 0, None) / scale, np.float32)
    two = _triangles(np.clip(middle, 0, n - 1), 1.0, n)
    if rule == "blurred" and scale > 1:
        sigma = (scale - 1) / 2
        reach = int(4 * sigma + 0.5)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        blur = np.zeros((n, n))
        for offset, weight in zip(range(-reach, reach + 1), kernel / kernel.sum(), strict=True):
            np.add.at(blur, (np.arange(n), _mirrored(np.arange(n) + offset, n)), weight)
        return np.asarray(two @ blur, np.float32)
    return two


def _triangles(centres: np.ndarray, reach: float, n: int) -> np.ndarray:
    weights = np.clip(1 - np.abs(np.arange(n) - centres[:, None]) / reach, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def _mirrored(at: np.ndarray, n: int) -> np.ndarray:
    """Places beyond the border, mirrored about the border's own pixel."""
    if n == 1:
        return np.zeros_like(at)
    at = np.abs(at) % (2 * n - 2)
    return np.asarray(np.minimum(at, 2 * n - 2 - at))


BT601, BT709, SHORT = (0.299, 0.587, 0.114), (0.2125, 0.7154, 0.0721), (0.2989, 0.587, 0.114)

WAYS = {
    way.name: way
    for way in (
        Way("opencv", "cv2.resize(x, (width, height))", "two pixels", BT601, True),
        Way("opencv-area", "cv2.resize(x, (width, height), interpolation=cv2.INTER_AREA)", "cell", BT601, True),
        Way("pillow", "image.resize((width, height), Image.Resampling.BILINEAR)", "triangle", BT601, True),
        Way("torch", 'F.interpolate(x, (height, width), mode="bilinear")', "two pixels", SHORT, False),
        Way(
            "torch-antialias",
            'F.interpolate(x, (height, width), mode="bilinear", antialias=True)',
            "triangle",
            SHORT,
            False,
        ),
        Way("tensorflow", "tf.image.resize(x, (height, width))", "two pixels", SHORT, False),
        Way("keras", "keras.layers.Resizing(height, width)(x)", "two pixels", SHORT, False),
        Way("jax", 'jax.image.resize(x, (height, width), "bilinear")', "triangle", SHORT, False),
        Way(
            "scikit-image",
            "255 * skimage.transform.resize(x, (height, width), anti_aliasing=True)",
            "blurred",
            BT709,
            False,
        ),
    )
}
"""The default of each library, and OpenCV's and PyTorch's better one, by name."""
