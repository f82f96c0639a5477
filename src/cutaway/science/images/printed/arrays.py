"""What the code with scikit-image and that with OpenCV have in common: NumPy only."""

from __future__ import annotations

import numpy as np


def white(x: np.ndarray) -> float:
    """The level of white."""
    return 255.0 if x.dtype == np.uint8 else 1.0


def bytes_of(x: np.ndarray) -> np.ndarray:
    """The image in 256 levels."""
    return x if x.dtype == np.uint8 else np.rint(np.clip(x, 0, 1) * 255).astype(np.uint8)


def like(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """256 levels or a mask in the type of the image x."""
    y = y.astype(np.uint8) * 255 if y.dtype == bool else y
    return y if x.dtype == np.uint8 else y.astype(np.float32) / 255


def crop(x: np.ndarray, height: int, width: int, top: int | None, left: int | None) -> np.ndarray:
    """Cut out the middle, or from top and left."""
    top = (x.shape[0] - height) // 2 if top is None else top
    left = (x.shape[1] - width) // 2 if left is None else left
    return x[top : top + height, left : left + width]


def weights_of(n: int, m: int, method: str) -> np.ndarray:
    """How much each of n pixels counts in each of m: (m, n), rows that add up to one."""
    scale = n / m
    if method == "area":
        start = np.arange(m)[:, None] * scale
        share = np.minimum(start + scale, np.arange(1, n + 1)) - np.maximum(start, np.arange(n))
        return np.clip(share, 0, None) / scale
    centre = (np.arange(m)[:, None] + 0.5) * scale - 0.5
    d = np.abs(np.arange(n) - centre) / max(scale, 1.0)
    if method == "cubic":
        near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
        share = np.where(d < 1, near, np.where(d < 2, far, 0))
    else:
        share = np.clip(1 - d, 0, None)
    return share / share.sum(1, keepdims=True)


def footprint(radius: int, shape: str) -> np.ndarray:
    """A square, a cross or a disk: ones in zeros."""
    down, right = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    inside = {
        "disk": down**2 + right**2 <= radius**2,
        "cross": (down == 0) | (right == 0),
        "square": np.ones((2 * radius + 1,) * 2, bool),
    }[shape]
    return inside.astype(np.uint8)


def parted(inside: np.ndarray, flood: np.ndarray) -> np.ndarray:
    """The mask without the pixels where one number meets another."""
    cut = np.zeros(inside.shape, bool)
    cut[:, :-1] |= (flood[:, :-1] != flood[:, 1:]) & (flood[:, 1:] > 0)
    cut[:-1] |= (flood[:-1] != flood[1:]) & (flood[1:] > 0)
    return inside & ~cut
