"""A map of vectors in the plane, and how much of their neighbourhoods it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError, MissingExtraError

FEW = 500
"""Vectors below which t-SNE is faster on one thread."""


@dataclass(frozen=True)
class Map:
    """Vectors in the plane.

    Attributes:
        points: (n, 2).
        method: `pca` or `tsne`.
        explained: Share of the vectors' variance along the first two principal directions.
        kept: Mean share of each vector's k nearest that are among its k nearest on the map too; by chance k / (n - 1).
        neighbours: That k.
    """

    points: NDArray[np.float64]
    method: str
    explained: float
    kept: float
    neighbours: int


def neighbourhood(
    vectors: NDArray[Any], method: Literal["pca", "tsne"] = "pca", *, perplexity: float = 30.0, seed: int = 0
) -> Map:
    """A map of vectors by their cosines: along their two principal directions, or by t-SNE started from there.

    Args:
        vectors: (n, d), n at least 3; lengths count for nothing.
        method: `pca` keeps large distances, `tsne` near neighbours (distances between its groups mean nothing).
        perplexity: How many neighbours t-SNE minds; at most a third of n is used.
        seed: Of t-SNE.

    Raises:
        InputError: Fewer than three vectors; no such method; a number that is not finite.
        MissingExtraError: t-SNE without scikit-learn.

    Source: van der Maaten & Hinton (2008), Visualizing data using t-SNE; Kobak & Berens (2019) (started from PCA).

    >>> rng = np.random.default_rng(0)
    >>> made = neighbourhood(rng.normal(size=(30, 2)) @ rng.normal(size=(2, 8)))
    >>> made.points.shape, made.explained > 0.6
    ((30, 2), True)
    """
    x = np.asarray(vectors, dtype=np.float64)
    if x.ndim != 2 or len(x) < 3 or not np.isfinite(x).all():
        raise InputError(f"neighbourhood needs at least three vectors (n, d) of finite numbers, not shape {x.shape}")
    if method not in ("pca", "tsne"):
        raise InputError(f"method of neighbourhood must be 'pca' or 'tsne', not {method!r}")
    length = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
    away = x - x.mean(axis=0)
    left, strength, _ = np.linalg.svd(away, full_matrices=False)
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])])  # or a map may come out mirrored
    main = left * signs * strength
    total = float((strength**2).sum())
    explained = float((strength[:2] ** 2).sum() / total) if total else 0.0
    points = main[:, :2] if main.shape[1] > 1 else np.column_stack([main[:, 0], np.zeros(len(main))])
    if method == "tsne":
        points = _tsne(main[:, :50], points, perplexity, seed)
    k = min(10, len(x) - 2)
    kept = _shared(_nearest(x, k), _nearest(points, k))
    return Map(np.ascontiguousarray(points), method, explained, kept, k)


def _tsne(x: NDArray[np.float64], start: NDArray[np.float64], perplexity: float, seed: int) -> NDArray[np.float64]:
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtraError("t-SNE", "text") from error
    wide = float(start[:, 0].std())
    tsne = TSNE(
        n_components=2,
        perplexity=min(perplexity, max((len(x) - 1) / 3.0, 1.0)),
        init=start / wide * 1e-4 if wide else np.random.default_rng(seed).normal(scale=1e-4, size=start.shape),
        random_state=seed,
    )
    # Of few points each of a thousand steps is over before a second thread has begun; threads that wait spin.
    with threadpool_limits(1 if len(x) < FEW else None):
        made: NDArray[np.float64] = tsne.fit_transform(x)
    return np.asarray(made, dtype=np.float64)


def _nearest(x: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    squares = (x**2).sum(axis=1)
    apart = squares[:, None] + squares[None, :] - 2.0 * x @ x.T
    np.fill_diagonal(apart, np.inf)
    found: NDArray[np.int64] = np.argpartition(apart, k, axis=1)[:, :k]
    return found


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    shares = [len(np.intersect1d(a, b)) / one.shape[1] for a, b in zip(one, other, strict=True)]
    return float(np.mean(shares))
