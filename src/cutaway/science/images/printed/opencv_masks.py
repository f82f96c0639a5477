"""The operations on edges, masks and regions with OpenCV."""

from __future__ import annotations

import numpy as np

from cutaway.science.images.printed.arrays import bytes_of, footprint, like, parted, white


def scaled(y: np.ndarray, by: float, x: np.ndarray) -> np.ndarray:
    """How large the numbers are, times a factor, in the type of the image x."""
    import cv2

    return cv2.convertScaleAbs(y, alpha=by) if x.dtype == np.uint8 else y * np.float32(by)


def sobel(x: np.ndarray) -> np.ndarray:
    """How steep the levels are."""
    import cv2

    across = cv2.Sobel(x, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(x, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    return scaled(cv2.magnitude(across, down), 0.5**0.5 / 4, x)


def scharr(x: np.ndarray) -> np.ndarray:
    """How steep the levels are, alike in all directions."""
    import cv2

    across = cv2.Scharr(x, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Scharr(x, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    return scaled(cv2.magnitude(across, down), 0.5**0.5 / 16, x)


def laplacian(x: np.ndarray) -> np.ndarray:
    """How much a pixel differs from its four neighbours."""
    import cv2

    y = cv2.Laplacian(x, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REPLICATE)
    return scaled(y, 1.0, x) if x.dtype == np.uint8 else np.minimum(np.abs(y), np.float32(1))


def canny(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Edges as lines of one pixel."""
    import cv2

    return like(cv2.Canny(bytes_of(x), low * 1020, high * 1020, L2gradient=True), x)


def otsu(x: np.ndarray) -> np.ndarray:
    """White above the level that parts the histogram best."""
    import cv2

    y = bytes_of(x)
    if y.min() == y.max():
        return np.zeros_like(x)
    return like(cv2.threshold(y, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], x)


def adaptive(x: np.ndarray, radius: int, offset: float) -> np.ndarray:
    """White above the mean of the square around it, less an offset."""
    import cv2

    y, side = bytes_of(x), 2 * radius + 1
    total = cv2.boxFilter(y, cv2.CV_64F, (side, side), normalize=False, borderType=cv2.BORDER_REPLICATE)
    return like(y * float(side**2) > total - offset * 255 * side**2, x)


def hysteresis(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """White above low where joined to something above high."""
    import cv2

    least, enough = np.float32(low * white(x)), np.float32(high * white(x))
    count, part = cv2.connectedComponents((x > least).astype(np.uint8), connectivity=4)
    chosen = np.zeros(count, bool)
    chosen[part[x > enough]] = True
    chosen[0] = False
    return like(chosen[part], x)


def erosion(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The darkest level in a shape around each pixel."""
    import cv2

    return cv2.erode(x, footprint(radius, shape))


def dilation(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The brightest level in a shape around each pixel."""
    import cv2

    return cv2.dilate(x, footprint(radius, shape))


def opening(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """Erosion, then dilation."""
    import cv2

    return cv2.morphologyEx(x, cv2.MORPH_OPEN, footprint(radius, shape))


def closing(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """Dilation, then erosion."""
    import cv2

    return cv2.morphologyEx(x, cv2.MORPH_CLOSE, footprint(radius, shape))


def tophat(x: np.ndarray, radius: int, shape: str) -> np.ndarray:
    """The image less its opening."""
    import cv2

    return cv2.morphologyEx(x, cv2.MORPH_TOPHAT, footprint(radius, shape))


def components(x: np.ndarray, smallest: int, give: str) -> np.ndarray:
    """Connected parts of some size, as a mask or by number."""
    import cv2

    count, part, stats, _ = cv2.connectedComponentsWithStats((x > 0).astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= smallest
    kept[0] = False
    if give == "mask":
        return like(kept[part], x)
    first = np.full(count, x.size)
    first[part.ravel()[::-1]] = np.arange(x.size)[::-1]  # of several places for one part, the last assigned stays
    first[~kept] = x.size
    number = np.zeros(count, np.float32)
    number[np.argsort(first, kind="stable")[: kept.sum()]] = np.arange(1, kept.sum() + 1)
    return number[part]


def contours(x: np.ndarray) -> np.ndarray:
    """The outline of each part."""
    import cv2

    inside = (x > 0).astype(np.uint8)
    return like((inside > cv2.erode(inside, footprint(1, "cross"))), x)


def flooded(depth: np.ndarray, part: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Numbers spread from the markers over the mask, lowest depth first; cv2.watershed goes by colours instead."""
    import heapq

    part, age = part.copy(), 0
    h, w = part.shape
    heap = [(depth[i, j], 0, i, j) for i, j in np.argwhere(part > 0).tolist()]
    heapq.heapify(heap)
    while heap:
        _, _, i, j = heapq.heappop(heap)
        for a, b in ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
            p, q = i + a, j + b
            if 0 <= p < h and 0 <= q < w and inside[p, q] and not part[p, q]:
                age += 1
                part[p, q] = part[i, j]
                heapq.heappush(heap, (depth[p, q], age, p, q))
    return part


def watershed(x: np.ndarray, top: float) -> np.ndarray:
    """Part objects that touch."""
    import cv2

    inside = x > 0
    if inside.all():
        return like(inside, x)
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    square = np.rint(distance.astype(np.float64) ** 2).astype(np.int64)
    count, part = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    largest = np.zeros(count, np.int64)
    np.maximum.at(largest, part, square)
    tops = inside & (square >= top**2 * largest[part])
    flood = flooded(-square, cv2.connectedComponents(tops.astype(np.uint8), connectivity=8)[1], inside)
    return like(parted(inside, flood), x)
