"""The operations with scikit-image, and NumPy where it has none that does the same.

Arrays are (h, w) or (h, w, 3) in RGB, of uint8 or of float32 from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.science.images.printed.arrays import bytes_of, like, weights_of, white
from cutaway.science.images.printed.arrays import crop as crop


def levels(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Numbers in the type of the image x: whole levels from 0 to 255, or floats as they are."""
    return np.clip(np.rint(y), 0, 255).astype(np.uint8) if x.dtype == np.uint8 else y.astype(np.float32)


def resize(x: np.ndarray, height: int, width: int, method: str) -> np.ndarray:
    """Resize; skimage's anti_aliasing blurs by a Gaussian first, which is none of these, so it stays off."""
    import skimage.transform

    h, w = x.shape[:2]
    if (h, w) == (height, width):
        return x
    if method == "nearest":
        rows, columns = ((2 * np.arange(m) + 1) * n // (2 * m) for n, m in ((h, height), (w, width)))
        return x[rows[:, None], columns]
    if method == "linear":
        y = x.astype(float)
        return levels(skimage.transform.resize(y, (height, width), order=1, mode="edge", anti_aliasing=False), x)
    rows, columns = weights_of(h, height, method), weights_of(w, width, method)
    y = np.tensordot(rows, x.astype(float), 1)
    return levels(np.moveaxis(np.tensordot(columns, y, (1, 1)), 0, 1), x)


def rotate(x: np.ndarray, degrees: float, fill: float) -> np.ndarray:
    """Turn counter-clockwise about the middle."""
    import skimage.transform

    if degrees % 90 == 0:
        return np.rot90(x, int(degrees // 90) % 4)
    level = fill * white(x)
    return levels(skimage.transform.rotate(x.astype(float), degrees, order=1, mode="constant", cval=level), x)


def flip(x: np.ndarray, direction: str) -> np.ndarray:
    """Mirror left to right or top to bottom."""
    return x[:, ::-1] if direction == "horizontal" else x[::-1]


def pad(x: np.ndarray, top: int, bottom: int, left: int, right: int, mode: str, fill: float) -> np.ndarray:
    """Add a frame."""
    frame = [(top, bottom), (left, right)] + [(0, 0)] * (x.ndim - 2)
    if mode == "constant":
        return np.pad(x, frame, constant_values=round(fill * 255) if x.dtype == np.uint8 else round(fill * 255) / 255)
    return np.pad(x, frame, mode="edge" if mode == "edge" else "reflect")


def grey(x: np.ndarray, weights: str) -> np.ndarray:
    """One channel of three; rgb2gray knows the weights of BT.709 only."""
    import skimage.color

    if x.ndim == 2:
        return x
    if weights == "601":
        return levels(x @ np.array([0.299, 0.587, 0.114]), x)
    return levels(skimage.color.rgb2gray(x) * white(x), x)


def colour(x: np.ndarray, to: str) -> np.ndarray:
    """Another colour space, each channel scaled to black … white; rgb2ycbcr is that of television, not of JPEG."""
    import skimage.color

    if to == "hsv":
        y = skimage.color.rgb2hsv(x)
    elif to == "lab":
        y = (skimage.color.rgb2lab(x) + np.array([0, 128, 128])) / np.array([100, 255, 255])
    else:
        share = x / white(x)
        luma = share @ np.array([0.299, 0.587, 0.114])
        blue, red = (share[:, :, 2] - luma) / 1.772, (share[:, :, 0] - luma) / 1.402
        y = np.stack([luma, blue + 128 / 255, red + 128 / 255], axis=2)
    return levels(y * white(x), x)


def rgb(x: np.ndarray, of: str) -> np.ndarray:
    """R, G and B of another colour space, cut off at black and white."""
    import skimage.color

    y = x / white(x)
    if of == "hsv":
        y = skimage.color.hsv2rgb(y)
    elif of == "lab":
        y = skimage.color.lab2rgb(y * np.array([100, 255, 255]) - np.array([0, 128, 128]))
    else:
        luma, blue, red = y[:, :, 0], (y[:, :, 1] - 128 / 255) * 1.772, (y[:, :, 2] - 128 / 255) * 1.402
        y = np.stack([luma + red, luma - (0.299 * red + 0.114 * blue) / 0.587, luma + blue], axis=2)
    return levels(np.clip(y, 0, 1) * white(x), x)


def standardise(
    x: np.ndarray, mean: tuple[float, ...] | None = None, deviation: tuple[float, ...] | None = None
) -> np.ndarray:
    """Subtract a mean and divide by a standard deviation: float32."""
    y = x / white(x)
    if mean is None or deviation is None:
        return ((y - y.mean()) / (y.std() if y.std() > 1e-7 else np.inf)).astype(np.float32)
    if x.ndim == 2:
        return ((y - mean[0]) / deviation[0]).astype(np.float32)
    return ((y - np.array(mean)) / np.array(deviation)).astype(np.float32)


def gamma(x: np.ndarray, power: float) -> np.ndarray:
    """Raise each level to a power."""
    import skimage.exposure

    return skimage.exposure.adjust_gamma(np.maximum(x, 0), power)


def stretch(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Spread the levels between two percentiles over all."""
    import skimage.exposure

    a, b = np.percentile(x, [low, high])
    if a >= b:
        return x
    return levels(skimage.exposure.rescale_intensity(x.astype(float), (a, b), (0, white(x))), x)


def with_value(x: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The image with its brightest channel changed from old to new, the others in proportion; black becomes grey."""
    if x.ndim == 2:
        return new
    y = x * (new / np.maximum(old, 1))[:, :, None]
    return levels(np.where(old[:, :, None] == 0, new[:, :, None], y), x)


def equalise(x: np.ndarray) -> np.ndarray:
    """Equalise the histogram; skimage.exposure.equalize_hist leaves the lowest level above black."""
    levels_of_x = bytes_of(x)
    value = levels_of_x if x.ndim == 2 else levels_of_x.max(axis=2)
    below = np.cumsum(np.bincount(value.ravel(), minlength=256))
    least = below[value.min()]
    if least == value.size:
        return x
    table = np.clip(np.rint((below - least) * (255 / (value.size - least))), 0, 255).astype(np.uint8)
    return like(with_value(levels_of_x, value, table[value]), x)


def tables(value: np.ndarray, limit: float, tiles: int) -> tuple[np.ndarray, int, int]:
    """The table of levels of each tile (tiles, tiles, 256), and the tiles' height and width."""
    h, w = value.shape
    if h % tiles or w % tiles:
        value = np.pad(value, ((0, tiles - h % tiles), (0, tiles - w % tiles)), mode="reflect")
    high, wide = value.shape[0] // tiles, value.shape[1] // tiles
    out = np.zeros((tiles, tiles, 256))
    for i in range(tiles):
        for j in range(tiles):
            tile = value[i * high : (i + 1) * high, j * wide : (j + 1) * wide]
            count = np.bincount(tile.ravel(), minlength=256)
            most = max(int(limit * tile.size / 256), 1)
            spare = int(np.maximum(count - most, 0).sum())
            count = np.minimum(count, most) + spare // 256
            left = spare % 256
            if left:
                count[:: max(256 // left, 1)][:left] += 1
            out[i, j] = np.clip(np.rint(np.cumsum(count) * (255 / tile.size)), 0, 255)
    return out, high, wide


def clahe(x: np.ndarray, limit: float, tiles: int) -> np.ndarray:
    """Equalise the histogram of each tile, with a limit; equalize_adapthist counts its limit otherwise."""
    levels_of_x = bytes_of(x)
    value = levels_of_x if x.ndim == 2 else levels_of_x.max(axis=2)
    table, high, wide = tables(value, limit, tiles)
    down, right = np.arange(value.shape[0]) / high - 0.5, np.arange(value.shape[1]) / wide - 0.5
    i, j = np.floor(down).astype(int)[:, None], np.floor(right).astype(int)[None, :]
    a, b = down[:, None] - i, right[None, :] - j
    above, below = np.maximum(i, 0), np.minimum(i + 1, tiles - 1)
    before, after = np.maximum(j, 0), np.minimum(j + 1, tiles - 1)
    y = (table[above, before, value] * (1 - b) + table[above, after, value] * b) * (1 - a)
    y = y + (table[below, before, value] * (1 - b) + table[below, after, value] * b) * a
    return like(with_value(levels_of_x, value, levels(y, value)), x)


def gaussian(x: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth by a Gaussian that ends at four standard deviations."""
    import skimage.filters

    axis = 2 if x.ndim == 3 else None
    return levels(skimage.filters.gaussian(x.astype(float), sigma, mode="nearest", truncate=4, channel_axis=axis), x)


def median(x: np.ndarray, radius: int) -> np.ndarray:
    """The median of the square around each pixel."""
    import skimage.filters

    square = np.ones((2 * radius + 1,) * 2 + (1,) * (x.ndim - 2))
    if x.dtype == np.uint8 or radius < 3:
        return skimage.filters.median(x, square, mode="nearest")
    return like(skimage.filters.median(bytes_of(x), square, mode="nearest"), x)


def shifts(x: np.ndarray, radius: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """The image moved by every step of up to the radius, its edge continued."""
    h, w = x.shape[:2]
    wide = np.pad(x, [(radius, radius)] * 2 + [(0, 0)] * (x.ndim - 2), mode="edge")
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            yield down - radius, right - radius, wide[down : down + h, right : right + w]


def bilateral(x: np.ndarray, radius: int, level: float, space: float) -> np.ndarray:
    """Average what is near in place and in level; denoise_bilateral looks at a square, and at Euclid's difference."""
    y = x.astype(float) / white(x)
    total, mass = np.zeros_like(y), np.zeros((*x.shape[:2], 1))
    for down, right, there in shifts(y, radius):
        if down**2 + right**2 <= radius**2:
            apart = np.abs(there - y).reshape(*x.shape[:2], -1).sum(axis=2, keepdims=True)
            weight = np.exp(-(down**2 + right**2) / (2 * space**2) - apart**2 / (2 * level**2))
            total += there * (weight if x.ndim == 3 else weight[:, :, 0])
            mass += weight
    return levels(total / (mass if x.ndim == 3 else mass[:, :, 0]) * white(x), x)


def non_local_means(x: np.ndarray, strength: float, patch: int, search: int) -> np.ndarray:
    """Average what has like surroundings; denoise_nl_means mirrors the border and skips what differs much."""
    import scipy.ndimage

    frame = [(patch, patch)] * 2 + [(0, 0)] * (x.ndim - 2)
    y = np.pad(x.astype(float) / white(x), frame, mode="edge")
    inner = (slice(patch, -patch), slice(patch, -patch))
    total, mass = np.zeros(x.shape), np.zeros((*x.shape[:2], 1))
    for _, _, there in shifts(y, search):
        square = ((there - y) ** 2).reshape(*y.shape[:2], -1).mean(axis=2)
        apart = scipy.ndimage.uniform_filter(square, 2 * patch + 1, mode="nearest")[inner]
        weight = np.exp(-apart / strength**2)[:, :, None]
        total += there[inner] * (weight if x.ndim == 3 else weight[:, :, 0])
        mass += weight
    return levels(total / (mass if x.ndim == 3 else mass[:, :, 0]) * white(x), x)


def fourier(x: np.ndarray, cutoff: float, keep: str, order: int) -> np.ndarray:
    """Keep the frequencies below or above a cutoff."""
    import skimage.filters

    axis = 2 if x.ndim == 3 else None
    high = keep == "high"
    y = skimage.filters.butterworth(x.astype(float), cutoff, high, order, axis, squared_butterworth=True)
    return levels(y + 128 / 255 * white(x) if high else y, x)
