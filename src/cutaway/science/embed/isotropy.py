"""How vectors fill their space: in a narrow cone, where every cosine is near one, or all around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual


@dataclass(frozen=True)
class Anisotropy:
    """The mean cosine of vectors drawn at random, as they are and once their mean is taken away.

    Attributes:
        cosine: Mean cosine of random pairs, -1 to 1; 0 where vectors point all around.
        spread: Its standard error over the pairs.
        centred: The same once the mean vector is subtracted from all.
        largest: The share of all squared length (after centring) that stands in the single largest coordinate.
        first: The share of it along the first principal direction.
        pairs: How many pairs.
    """

    cosine: float
    spread: float
    centred: float
    largest: float
    first: float
    pairs: int


def anisotropy(vectors: NDArray[Any], *, pairs: int = 2000, seed: int = 0) -> Anisotropy:
    """How narrow the cone is in which vectors lie.

    Args:
        vectors: (n, d), n at least 2.
        pairs: Pairs of different vectors, drawn with replacement.
        seed: Of the draws.

    Raises:
        InputError: Fewer than two vectors, or one that is not finite.

    Source: Ethayarajh (2019), How contextual are contextualized word representations?, sec. 4.1; Mu & Viswanath (2018),
        All-but-the-top (the effect of centring).

    >>> rng = np.random.default_rng(0)
    >>> cone = rng.normal(size=(500, 20)) + 3.0
    >>> found = anisotropy(cone)
    >>> found.cosine > 0.85, abs(found.centred) < 0.05
    (True, True)
    """
    x = np.asarray(vectors, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise InputError(f"anisotropy needs at least two vectors (n, d), not an array of shape {x.shape}")
    if not np.isfinite(x).all():
        raise InputError("anisotropy needs finite numbers; a vector holds one that is not")
    rng = np.random.default_rng(seed)
    one = rng.integers(len(x), size=pairs)
    other = (one + rng.integers(1, len(x), size=pairs)) % len(x)  # never itself
    plain = _cosines(x, one, other)
    away = x - x.mean(axis=0)
    squares = (away**2).sum(axis=0)
    total = float(squares.sum())
    top = float(np.linalg.svd(away, compute_uv=False)[0] ** 2) if total else 0.0
    return Anisotropy(
        cosine=float(plain.mean()),
        spread=float(plain.std() / np.sqrt(pairs)),
        centred=float(_cosines(away, one, other).mean()),
        largest=float(squares.max() / total) if total else 0.0,
        first=top / total if total else 0.0,
        pairs=pairs,
    )


def anisotropy_by_layer(
    model: Contextual, texts: Sequence[str], *, pairs: int = 2000, seed: int = 0
) -> tuple[Anisotropy, ...]:
    """The anisotropy of all tokens of texts, layer by layer from 0.

    Raises:
        InputError: The texts have fewer than two tokens.
    """
    return tuple(
        anisotropy(np.concatenate([one.vectors for one in layer]), pairs=pairs, seed=seed)
        for layer in model.by_layer(texts)
    )


def centred(vectors: NDArray[Any], *, directions: int = 0) -> NDArray[Any]:
    """Vectors (n, d) without their mean, and without their `directions` strongest principal directions.

    Source: Mu & Viswanath (2018), All-but-the-top, algorithm 1.

    >>> centred(np.array([[1.0, 2.0], [3.0, 2.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    if directions < 0 or directions >= min(vectors.shape):
        raise InputError(f"directions of centred must be from 0 to {min(vectors.shape) - 1}, not {directions}")
    away = vectors - vectors.mean(axis=0)
    if directions:
        top = np.linalg.svd(away, full_matrices=False)[2][:directions]
        away = away - away @ top.T @ top
    found: NDArray[Any] = away
    return found


def _cosines(x: NDArray[np.float64], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    length = np.linalg.norm(x, axis=1)
    lengths = length[one] * length[other]
    dots = np.einsum("ij,ij->i", x[one], x[other])
    found: NDArray[np.float64] = np.divide(dots, lengths, out=np.zeros(len(one)), where=lengths > 0)
    return found
