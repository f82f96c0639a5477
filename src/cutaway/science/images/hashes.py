"""Images as 64 bits that change little when the image does: finding the same picture twice in a folder."""

from __future__ import annotations

from functools import cache

import numpy as np

from cutaway.core.errors import InputError

SIDE = 32
"""Side of the thumbnail from which a hash is made."""


def thumbnail(grey: np.ndarray, side: int = SIDE) -> np.ndarray:
    """The mean grey of side × side equal parts of an image (h, w), as float32 (side, side), in the image's own unit.

    A pixel that lies in two parts counts for each by its share, so that shrinking in steps gives the same means.

    Raises: InputError for what is no grey image, or is empty.

    >>> thumbnail(np.arange(16.0).reshape(4, 4), 2)
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    grey = np.asarray(grey)
    if grey.ndim != 2 or not grey.size:
        raise InputError(f"grey: thumbnail expected an image (h, w), got shape {grey.shape}; make it grey first")
    rows, columns = _means(grey.shape[0], side), _means(grey.shape[1], side)
    return np.asarray(rows @ grey.astype(np.float32) @ columns.T)


@cache
def _means(n: int, parts: int) -> np.ndarray:
    """Each row weighs n pixels by their share in one of the equal parts."""
    start = np.arange(parts)[:, None] * (n / parts)
    inside = np.clip(np.minimum(start + n / parts, np.arange(1, n + 1)) - np.maximum(start, np.arange(n)), 0, None)
    return np.asarray(inside / (n / parts), np.float32)


def perceptual_hash(thumbnails: np.ndarray) -> np.ndarray:
    """One number of 64 bits for each thumbnail (n, 32, 32): which of its 64 slowest cosines are above their median.

    The constant cosine is left out, so that brightness does not count, nor does contrast. Images that look alike
    differ in few bits, unlike ones in about 32.

    Raises: InputError for thumbnails of another shape.

    Source: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", section 3.2.1 (DCT
    hash), here with the cosines 1 … 8 of both directions.

    >>> a = np.random.default_rng(0).uniform(0, 255, (1, 32, 32))
    >>> bool(perceptual_hash(a)[0] == perceptual_hash(0.5 * a + 20)[0])
    True
    """
    thumbnails = np.asarray(thumbnails, np.float64)
    if thumbnails.ndim != 3 or thumbnails.shape[1:] != (SIDE, SIDE):
        raise InputError(f"thumbnails: expected shape (n, {SIDE}, {SIDE}), got {thumbnails.shape}")
    angle = np.pi / SIDE * (np.arange(SIDE) + 0.5)
    cosines = np.cos(np.arange(1, 9)[:, None] * angle)
    slow = (cosines @ thumbnails @ cosines.T).reshape(len(thumbnails), 64)
    above = slow > np.median(slow, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(">u8").astype(np.uint64).reshape(-1)


def bits_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """In how many bits hashes differ (Hamming distance, 0 to 64), element by element.

    >>> bits_between(np.array([0b1011], np.uint64), np.array([0b0001], np.uint64))
    array([2])
    """
    differ = np.bitwise_xor(np.asarray(a, np.uint64), np.asarray(b, np.uint64))
    return np.asarray(np.unpackbits(differ[..., None].view(np.uint8), axis=-1).sum(-1, dtype=np.int64))


def near_pairs(hashes: np.ndarray, most_bits: int, most_pairs: int = 1_000_000) -> tuple[np.ndarray, bool]:
    """All pairs i < j of hashes (n,) that differ in `most_bits` bits or fewer: (m, 2) row numbers, in order.

    Every pair is compared, about 10⁹ a second. The second value is False where there are more than `most_pairs`, and
    only the first of them are given.

    Raises: InputError for hashes that are not of 64 bits, or a number of bits outside 0 to 64.

    >>> near_pairs(np.array([0, 7, 1, 2**63], np.uint64), 2)[0].tolist()
    [[0, 2], [0, 3], [1, 2], [2, 3]]
    """
    hashes = np.asarray(hashes)
    if hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise InputError(f"hashes: expected uint64 (n,), got {hashes.dtype} {hashes.shape}; take perceptual_hash's")
    if not 0 <= most_bits <= 64:
        raise InputError(f"most_bits: near_pairs expected 0 to 64, got {most_bits}")
    from cutaway.science.images.hashes_kernel import pairs_within

    out = np.empty((min(most_pairs, hashes.size * (hashes.size - 1) // 2), 2), np.int64)
    found = pairs_within(hashes, most_bits, out)
    return out[: min(found, len(out))].copy(), bool(found <= len(out))


def likeness(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation, -1 to 1, between thumbnails (n, h, w) pair by pair; 0 where one of the two has no contrast.

    >>> a = np.arange(4.0).reshape(1, 2, 2)
    >>> likeness(a, 3 * a + 1).round(6), likeness(a, -a).round(6), likeness(a, np.ones((1, 2, 2)))
    (array([1.]), array([-1.]), array([0.]))
    """
    flat = [np.asarray(x, np.float64).reshape(len(x), -1) for x in (a, b)]
    flat = [x - x.mean(1, keepdims=True) for x in flat]
    size = np.sqrt((flat[0] ** 2).sum(1) * (flat[1] ** 2).sum(1))
    return np.where(size > 0, (flat[0] * flat[1]).sum(1) / np.where(size > 0, size, 1), 0.0)
