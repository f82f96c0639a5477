"""The operations with OpenCV. Arrays are (h, w) or (h, w, 3) in RGB, of uint8 or of float32 from 0 to 1."""

from __future__ import annotations

import numpy as np

from cutaway.science.images.printed.arrays import bytes_of, like, weights_of, white
from cutaway.science.images.printed.arrays import crop as crop


def levels(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Numbers in the type of the image x: whole levels from 0 to 255, or floats as they are."""
    import cv2

    y = y.astype(np.float32, copy=False)
    return cv2.convertScaleAbs(np.maximum(y, 0)) if x.dtype == np.uint8 else y


def resize(x: np.ndarray, height: int, width: int, method: str) -> np.ndarray:
    """Resize; OpenCV has no triangle or cubic that grows with the scale, and a nearest that is off where two are."""
    import cv2

    h, w = x.shape[:2]
    if (h, w) == (height, width):
        return x
    if method == "nearest":
        rows, columns = ((2 * np.arange(m) + 1) * n // (2 * m) for n, m in ((h, height), (w, width)))
        return x.take(rows, 0).take(columns, 1)
    if method == "linear":
        return cv2.resize(x, (width, height), interpolation=cv2.INTER_LINEAR)
    if method == "area" and height <= h and width <= w:
        return cv2.resize(x, (width, height), interpolation=cv2.INTER_AREA)
    rows, columns = (weights_of(*one, method).astype(np.float32) for one in ((h, height), (w, width)))
    y = np.tensordot(rows, x.astype(np.float32), 1)
    return levels(np.moveaxis(np.tensordot(columns, y, (1, 1)), 0, 1), x)


def rotate(x: np.ndarray, degrees: float, fill: float) -> np.ndarray:
    """Turn counter-clockwise about the middle."""
    import cv2

    if degrees % 90 == 0:
        return np.rot90(x, int(degrees // 90) % 4)
    h, w = x.shape[:2]
    matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), degrees, 1)
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_CONSTANT
    return cv2.warpAffine(x, matrix, (w, h), flags=flags, borderMode=border, borderValue=(fill * white(x),) * 3)


def flip(x: np.ndarray, direction: str) -> np.ndarray:
    """Mirror left to right or top to bottom."""
    import cv2

    return cv2.flip(x, 1 if direction == "horizontal" else 0)


def pad(x: np.ndarray, top: int, bottom: int, left: int, right: int, mode: str, fill: float) -> np.ndarray:
    """Add a frame."""
    import cv2

    kinds = {"constant": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE, "mirror": cv2.BORDER_REFLECT_101}
    return cv2.copyMakeBorder(x, top, bottom, left, right, kinds[mode], value=(round(fill * 255) / 255 * white(x),) * 3)


def grey(x: np.ndarray, weights: str) -> np.ndarray:
    """One channel of three."""
    import cv2

    if x.ndim == 2:
        return x
    if weights == "601":
        return cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)
    return cv2.transform(x, np.array([[0.2125, 0.7154, 0.0721]]))


def colour(x: np.ndarray, to: str) -> np.ndarray:
    """Another colour space, each channel scaled to black … white."""
    import cv2

    if to == "ycbcr":
        y, b, r = np.array([0.299, 0.587, 0.114]), 1.772, 1.402
        rows = [y, (np.array([0, 0, 1]) - y) / b, (np.array([1, 0, 0]) - y) / r]
        middle = 128 / 255 * white(x)
        return cv2.transform(x, np.column_stack([np.array(rows), [0, middle, middle]]))
    shares = x.astype(np.float32) / np.float32(white(x))
    if to == "hsv":
        y = cv2.cvtColor(shares, cv2.COLOR_RGB2HSV) / np.array([360, 1, 1], np.float32)
    else:
        y = cv2.cvtColor(shares, cv2.COLOR_RGB2Lab)
        y = (y + np.array([0, 128, 128], np.float32)) / np.array([100, 255, 255], np.float32)
    return levels(y * np.float32(white(x)), x)


def rgb(x: np.ndarray, of: str) -> np.ndarray:
    """R, G and B of another colour space, cut off at black and white."""
    import cv2

    shares = x.astype(np.float32) / np.float32(white(x))
    if of == "hsv":
        y = cv2.cvtColor(shares * np.array([360, 1, 1], np.float32), cv2.COLOR_HSV2RGB)
    elif of == "lab":
        y = shares * np.array([100, 255, 255], np.float32) - np.array([0, 128, 128], np.float32)
        y = cv2.cvtColor(y, cv2.COLOR_Lab2RGB)
    else:
        rows = np.array([[1, 0, 1.402], [1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587], [1, 1.772, 0]])
        y = cv2.transform(shares, np.column_stack([rows, -128 / 255 * rows[:, 1:].sum(1)]))
    return levels(np.clip(y, 0, 1) * np.float32(white(x)), x)


def standardise(
    x: np.ndarray, mean: tuple[float, ...] | None = None, deviation: tuple[float, ...] | None = None
) -> np.ndarray:
    """Subtract a mean and divide by a standard deviation: float32."""
    import cv2

    if mean is None or deviation is None:
        centre, spread = (float(one[0, 0]) for one in cv2.meanStdDev(x.reshape(len(x), -1)))
        gain = 1 / spread if spread > 1e-7 * white(x) else 0.0
        return np.multiply(np.subtract(x, np.float32(centre), dtype=np.float32), np.float32(gain))
    channels = 1 if x.ndim == 2 else 3
    gains = 1 / (np.array(deviation[:channels]) * white(x))
    start = -np.array(mean[:channels]) / np.array(deviation[:channels])
    return cv2.transform(x.astype(np.float32), np.column_stack([np.diag(gains), start]))


def gamma(x: np.ndarray, power: float) -> np.ndarray:
    """Raise each level to a power."""
    import cv2

    if x.dtype == np.uint8:
        return cv2.LUT(x, np.rint((np.arange(256) / 255) ** power * 255).astype(np.uint8))
    return np.maximum(x, 0) ** np.float32(power)


def stretch(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Spread the levels between two percentiles over all."""
    import cv2

    if x.dtype != np.uint8:
        a, b = np.percentile(x, [low, high])
        return np.clip((x - a) / (b - a), 0, 1).astype(np.float32) if b > a else x
    below = np.cumsum(cv2.calcHist([x.reshape(-1, 1)], [0], None, [256], [0, 256]).ravel().astype(np.int64))
    rank = np.array([low, high]) / 100 * (x.size - 1)
    first = np.searchsorted(below, np.floor(rank), "right")
    a, b = first + (np.searchsorted(below, np.ceil(rank), "right") - first) * (rank - np.floor(rank))
    if a >= b:
        return x
    return cv2.LUT(x, np.rint(np.clip((np.arange(256) - a) / (b - a), 0, 1) * 255).astype(np.uint8))


def brightest(x: np.ndarray) -> np.ndarray:
    """The largest of the three channels."""
    import cv2

    red, green, blue = cv2.split(x)
    return cv2.max(cv2.max(red, green), blue)


def with_value(x: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The image with its brightest channel changed from old to new, the others in proportion; black becomes grey."""
    import cv2

    if x.ndim == 2:
        return new
    gain = cv2.divide(new, np.maximum(old, 1), dtype=cv2.CV_32F)
    y = cv2.multiply(x, cv2.merge([gain] * 3), dtype=cv2.CV_8U)
    return y + cv2.merge([new * (old == 0)] * 3)


def equalise(x: np.ndarray) -> np.ndarray:
    """Equalise the histogram."""
    import cv2

    levels_of_x = bytes_of(x)
    value = levels_of_x if x.ndim == 2 else brightest(levels_of_x)
    return like(with_value(levels_of_x, value, cv2.equalizeHist(value)), x)


def clahe(x: np.ndarray, limit: float, tiles: int) -> np.ndarray:
    """Equalise the histogram of each tile, with a limit."""
    import cv2

    levels_of_x = bytes_of(x)
    value = levels_of_x if x.ndim == 2 else brightest(levels_of_x)
    changed = cv2.createCLAHE(clipLimit=limit, tileGridSize=(tiles, tiles)).apply(value)
    return like(with_value(levels_of_x, value, changed), x)


def gaussian(x: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth by a Gaussian that ends at four standard deviations."""
    import cv2

    side = 2 * int(4 * sigma + 0.5) + 1
    return cv2.GaussianBlur(x, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)


def median(x: np.ndarray, radius: int) -> np.ndarray:
    """The median of the square around each pixel."""
    import cv2

    if x.dtype == np.uint8 or radius < 3:
        return cv2.medianBlur(np.ascontiguousarray(x), 2 * radius + 1)
    return like(cv2.medianBlur(bytes_of(x), 2 * radius + 1), x)


def bilateral(x: np.ndarray, radius: int, level: float, space: float) -> np.ndarray:
    """Average what is near in place and in level."""
    import cv2

    return cv2.bilateralFilter(x, 2 * radius + 1, level * white(x), space, borderType=cv2.BORDER_REPLICATE)


def non_local_means(x: np.ndarray, strength: float, patch: int, search: int) -> np.ndarray:
    """Average what has like surroundings; cv2.fastNlMeansDenoising rounds distances, these lines do not."""
    import cv2

    reach, side = search + patch, 2 * patch + 1
    h, w = x.shape[:2]
    y = x.astype(np.float32) / np.float32(white(x))
    wide = cv2.copyMakeBorder(y, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    here = wide[search : search + h + 2 * patch, search : search + w + 2 * patch]
    total, mass = np.zeros_like(y), np.zeros((h, w), np.float32)
    for down in range(2 * search + 1):
        for right in range(2 * search + 1):
            there = wide[down : down + h + 2 * patch, right : right + w + 2 * patch]
            apart = cv2.absdiff(here, there)
            square = apart * apart if x.ndim == 2 else np.einsum("hwc,hwc->hw", apart, apart) / 3
            mean = cv2.boxFilter(square, -1, (side, side))[patch : patch + h, patch : patch + w]
            weight = cv2.exp(mean * np.float32(-1 / strength**2))
            moved = there[patch : patch + h, patch : patch + w]
            total += moved * (weight if x.ndim == 2 else weight[:, :, None])
            mass += weight
    return levels(total / (mass if x.ndim == 2 else mass[:, :, None]) * np.float32(white(x)), x)


def fourier(x: np.ndarray, cutoff: float, keep: str, order: int) -> np.ndarray:
    """Keep the frequencies below or above a cutoff."""
    import cv2

    f2 = np.fft.fftfreq(x.shape[0])[:, None] ** 2 + np.fft.fftfreq(x.shape[1]) ** 2
    passed = 1 / (1 + (f2 / cutoff**2) ** order)
    passed = (passed if keep == "low" else 1 - passed).astype(np.float32)
    out = []
    for channel in cv2.split(x.astype(np.float32)):
        waves = cv2.dft(channel, flags=cv2.DFT_COMPLEX_OUTPUT) * passed[:, :, None]
        out.append(cv2.idft(waves, flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT))
    y = cv2.merge(out) if x.ndim == 3 else out[0]
    return levels(y if keep == "low" else y + np.float32(128 / 255 * white(x)), x)
