"""The operations on edges, masks and regions with scikit-image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cutaway.science.images.printed.arrays import bytes_of, footprint, like, parted, white
from cutaway.science.images.printed.skimage import levels


def each(act: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """What is done to every channel, on numbers with a point."""
    y = x.astype(float)
    return act(y) if x.ndim == 2 else np.stack([act(y[:, :, k]) for k in range(3)], axis=2)


def sobel(x: np.ndarray) -> np.ndarray:
    """How steep the levels are."""
    import skimage.filters

    return levels(each(skimage.filters.sobel, x), x)


def scharr(x: np.ndarray) -> np.ndarray:
    """How steep the levels are, alike in all directions."""
    import skimage.filters

    return levels(each(skimage.filters.scharr, x), x)


def laplacian(x: np.ndarray) -> np.ndarray:
    """How much a pixel differs from its four neighbours."""
    import skimage.filters

    return levels(np.minimum(np.abs(each(skimage.filters.laplace, x)), white(x)), x)


def canny(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Edges as lines of one pixel; skimage.feature.canny thins them between pixels instead, and smooths first."""
    import skimage.measure

    h, w = x.shape
    y = np.pad(bytes_of(x).astype(np.int64), 1, mode="edge")
    rows = y[:-2] + 2 * y[1:-1] + y[2:]
    columns = y[:, :-2] + 2 * y[:, 1:-1] + y[:, 2:]
    across, down = rows[:, 2:] - rows[:, :-2], columns[2:] - columns[:-2]
    slope = np.pad(across**2 + down**2, 1)

    def at(i: int, j: int) -> np.ndarray:
        return slope[1 + i : 1 + i + h, 1 + j : 1 + j + w]

    here, steep, flat = at(0, 0), np.abs(down) << 15, np.abs(across)
    level = steep < flat * 13573  # tan 22.5° in 15 bits
    upright = steep > flat * 13573 + (flat << 16)
    same = (across ^ down) >= 0
    ridge = np.where(same, (here > at(-1, -1)) & (here > at(1, 1)), (here > at(-1, 1)) & (here > at(1, -1)))
    ridge = np.where(upright, (here > at(-1, 0)) & (here >= at(1, 0)), ridge)
    ridge = np.where(level, (here > at(0, -1)) & (here >= at(0, 1)), ridge)
    least, enough = np.floor((low * 1020) ** 2), np.floor((high * 1020) ** 2)
    part = skimage.measure.label(ridge & (here > least), connectivity=2)
    return like(np.isin(part, np.unique(part[ridge & (here > enough)])) & (part > 0), x)


def otsu(x: np.ndarray) -> np.ndarray:
    """White above the level that parts the histogram best."""
    import skimage.filters

    y = bytes_of(x)
    return like(y > skimage.filters.threshold_otsu(y), x)


def adaptive(x: np.ndarray, radius: int, offset: float) -> np.ndarray:
    """White above the mean of the square around it, less an offset."""
    import skimage.filters

    y = bytes_of(x).astype(float)
    return like(y > skimage.filters.threshold_local(y, 2 * radius + 1, "mean", offset * 255, "nearest"), x)


def hysteresis(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """White above low where joined to something above high."""
    import skimage.filters

    least, enough = np.float32(low * white(x)), np.float32(high * white(x))
    return like(skimage.filters.apply_hysteresis_threshold(x, least, enough), x)


def of_each(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The shape, for each channel alone."""
    inside = footprint(radius, shape)
    return inside if x.ndim == 2 else inside[:, :, None]


def erosion(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The darkest level in a shape around each pixel."""
    import skimage.morphology

    return skimage.morphology.erosion(x, of_each(x, radius, shape), mode="ignore")


def dilation(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The brightest level in a shape around each pixel."""
    import skimage.morphology

    return skimage.morphology.dilation(x, of_each(x, radius, shape), mode="ignore")


def opening(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """Erosion, then dilation."""
    import skimage.morphology

    return skimage.morphology.opening(x, of_each(x, radius, shape), mode="ignore")


def closing(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """Dilation, then erosion."""
    import skimage.morphology

    return skimage.morphology.closing(x, of_each(x, radius, shape), mode="ignore")


def tophat(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The image less its opening."""
    import skimage.morphology

    return skimage.morphology.white_tophat(x, of_each(x, radius, shape), mode="ignore")


def components(x: np.ndarray, smallest: int, give: str) -> np.ndarray:
    """Connected parts of some size, as a mask or by number."""
    import skimage.measure
    import skimage.segmentation

    part = skimage.measure.label(x > 0, connectivity=2)
    kept = np.bincount(part.ravel()) >= smallest
    kept[0] = False
    if give == "mask":
        return like(kept[part], x)
    return skimage.segmentation.relabel_sequential(np.where(kept[part], part, 0))[0].astype(np.float32)


def contours(x: np.ndarray) -> np.ndarray:
    """The outline of each part."""
    import skimage.segmentation

    return like(skimage.segmentation.find_boundaries(x > 0, connectivity=1, mode="inner"), x)


def watershed(x: np.ndarray, top: float) -> np.ndarray:
    """Part objects that touch."""
    import scipy.ndimage
    import skimage.measure
    import skimage.segmentation

    inside = x > 0
    if inside.all():
        return like(inside, x)
    square = np.rint(scipy.ndimage.distance_transform_edt(inside) ** 2).astype(np.int64)
    part = skimage.measure.label(inside, connectivity=2)
    largest = np.zeros(part.max() + 1, np.int64)
    np.maximum.at(largest, part, square)
    tops = skimage.measure.label(inside & (square >= top**2 * largest[part]), connectivity=2)
    flood = skimage.segmentation.watershed(-square, tops, connectivity=2, mask=inside)
    return like(parted(inside, flood), x)
