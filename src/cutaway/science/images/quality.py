"""How sharp and how well exposed an image is, in numbers that can be compared across a folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in grey (ITU-R BT.601), as Pillow and OpenCV have them."""


def grey_of(image: np.ndarray) -> np.ndarray:
    """The image (h, w) or (h, w, 3) as float32 grey (h, w), in its own unit.

    Raises: InputError for another shape.

    >>> grey_of(np.full((1, 2, 3), 7, np.uint8))
    array([[7., 7.]], dtype=float32)
    """
    image = np.asarray(image)
    if image.ndim == 2:
        return image.astype(np.float32)
    if image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"image: grey_of expected shape (h, w) or (h, w, 3), got {image.shape}; take RGB")
    return np.asarray(image.astype(np.float32) @ LUMA)


def blur(grey: np.ndarray, window: int = 11) -> float:
    """How blurred an image (h, w) is, from 0 (sharp) to 1: how little of its slopes a further blur takes away.

    A moving mean over `window` pixels flattens the slopes of a sharp image and hardly those of a blurred one; the worse
    of the two directions counts. Content matters less than for the variance of the Laplacian. NaN for an image without
    slopes, or smaller than the window in one direction.

    Raises: InputError for what is no grey image.

    Source: Crete, Dolmiere, Ladret & Nicolas 2007, "The blur effect", with the Sobel slopes of scikit-image's
    `blur_effect`.

    >>> rng = np.random.default_rng(0)
    >>> noise = rng.uniform(size=(64, 64))
    >>> smooth = noise.cumsum(0).cumsum(1)
    >>> blur(noise) < 0.4 < blur(smooth)
    True
    """
    grey = np.asarray(grey, np.float64)
    if grey.ndim != 2:
        raise InputError(f"grey: blur expected an image (h, w), got shape {grey.shape}; make it grey first")
    if min(grey.shape) < window:
        return float("nan")
    from scipy import ndimage

    inside = (slice(2, -1), slice(2, -1))
    kept = []
    for axis in (0, 1):
        smoothed = ndimage.uniform_filter1d(grey, window, axis=axis)
        slopes = np.abs(ndimage.sobel(grey, axis=axis))[inside]
        left = np.maximum(slopes - np.abs(ndimage.sobel(smoothed, axis=axis))[inside], 0).sum()
        total = slopes.sum()
        kept.append((total - left) / total if total > 0 else np.nan)
    return float(np.nanmax(kept)) if not np.isnan(kept).all() else float("nan")


@dataclass(frozen=True, slots=True)
class Exposure:
    """How light an 8-bit image is: mean grey, 0 to 255, the shares of its pixels that are black or white to the
    eye, and contrast, the grey between which nine tenths of the pixels lie.
    """

    mean: float
    black: float  # share of pixels at `darkest` or below
    white: float  # share of pixels at `lightest` or above
    contrast: float  # 95th less 5th percentile


def exposure(grey: np.ndarray, darkest: float = 5, lightest: float = 250) -> Exposure:
    """The exposure of a grey image (h, w) with values from 0 to 255.

    Raises: InputError for what is no grey image, or is empty.

    >>> exposure(np.array([[0, 0, 0, 255]], np.uint8)).black
    0.75
    """
    grey = np.asarray(grey, np.float64)
    if grey.ndim != 2 or not grey.size:
        raise InputError(f"grey: exposure expected an image (h, w), got shape {grey.shape}; make it grey first")
    low, high = np.percentile(grey, [5, 95])
    return Exposure(
        float(grey.mean()), float((grey <= darkest).mean()), float((grey >= lightest).mean()), float(high - low)
    )
