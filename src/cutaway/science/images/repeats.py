"""The same picture more than once: which thumbnails are too much alike to be two pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.science.images.hashes import likeness, near_pairs, perceptual_hash

MOST_BITS = 8
LEAST_LIKENESS = 0.99
TYPICAL_AMONG = 2048
TYPICAL_OF = 512


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Pairs (m, 2) of numbers i < j that show one picture, how alike they are, and what is usual in the folder.

    `usual`: 1 - correlation with the most similar other picture, below which a quarter of them lie. `limit`: what
    1 - correlation of a pair must not exceed. `complete`: no candidate was left unlooked at.
    """

    pairs: np.ndarray
    likeness: np.ndarray
    usual: float
    limit: float
    complete: bool


def repeated(thumbnails: np.ndarray, *, factor: float = 20.0, least_contrast: float = 4.0, seed: int = 0) -> Repeats:
    """Which of the thumbnails (n, 32, 32), levels 0 to 255, show the same picture.

    Candidates differ in 8 bits or fewer of the perceptual hash. They are taken for one picture when their correlation r
    has 1 - r of 0.01 or less and `factor` times less than usual: the same between a picture and its most similar other
    one, of which a quarter of the pictures have more. So faces cut out alike, or cells on one ground, are
    not taken for copies because all of them look alike. Thumbnails with a standard deviation below `least_contrast`
    levels are left out: flat pictures are all alike.

    Of more than 2,048 pictures, what is usual is measured on a sample by `seed`.

    >>> a = np.random.default_rng(0).uniform(0, 255, (40, 32, 32))
    >>> a[7] = 0.9 * a[3] + 5
    >>> repeated(a).pairs.tolist()
    [[3, 7]]
    """
    thumbnails = np.asarray(thumbnails, np.float64)
    seen = np.flatnonzero(thumbnails.std((1, 2)) >= least_contrast) if len(thumbnails) else np.zeros(0, np.int64)
    none = Repeats(np.zeros((0, 2), np.int64), np.zeros(0), float("nan"), float("nan"), True)
    if seen.size < 2:
        return none
    pairs, complete = near_pairs(perceptual_hash(thumbnails[seen]), MOST_BITS)
    rows = seen[pairs]
    alike = np.concatenate(
        [np.zeros(0), *(likeness(thumbnails[some[:, 0]], thumbnails[some[:, 1]]) for some in _chunks(rows))]
    )
    kept = alike >= LEAST_LIKENESS
    usual = _usual(thumbnails[seen], np.random.default_rng(seed))
    limit = min(1 - LEAST_LIKENESS, usual / factor)
    kept &= 1 - alike <= limit
    return Repeats(rows[kept], alike[kept], usual, limit, complete)


def groups(pairs: np.ndarray) -> list[list[int]]:
    """Numbers that are joined by pairs (m, 2), together; each group in order.

    >>> groups(np.array([[1, 5], [2, 3], [5, 9]]))
    [[1, 5, 9], [2, 3]]
    """
    of: dict[int, list[int]] = {}
    for a, b in np.asarray(pairs).reshape(-1, 2).tolist():
        one, other = of.setdefault(a, [a]), of.setdefault(b, [b])
        if one is not other:
            one += other
            of.update((each, one) for each in other)
    return sorted((sorted(each) for each in {id(each): each for each in of.values()}.values()), key=lambda g: g[0])


def _chunks(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + 4096] for start in range(0, len(rows), 4096)]


def _usual(thumbnails: np.ndarray, rng: np.random.Generator) -> float:
    """75th percentile of 1 - correlation with the most similar other picture."""
    among = np.sort(rng.permutation(len(thumbnails))[:TYPICAL_AMONG])
    flat = thumbnails[among].reshape(among.size, -1)
    flat = flat - flat.mean(1, keepdims=True)
    flat /= np.sqrt((flat**2).sum(1, keepdims=True))
    of = rng.permutation(among.size)[:TYPICAL_OF]
    alike = flat[of] @ flat.T
    alike[np.arange(of.size), of] = -1
    return float(np.quantile(1 - alike.max(1), 0.75))
