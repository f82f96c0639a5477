"""A word's sentences as points in a plane, at every layer, turned to move as little as they can."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.core.progress import Progress
from cutaway.studies.run.homographs import Homograph
from cutaway.studies.run.result import Table
from cutaway.studies.run.word_senses import DIGITS, LAYERS

if TYPE_CHECKING:
    from cutaway.science.embed import Map
    from cutaway.studies.run.word_senses import Read

Floats = NDArray[np.float64]
PERPLEXITY = 4.0  # of a dozen sentences
MAPS: tuple[Literal["pca", "tsne"], ...] = ("pca", "tsne")


def maps(read: Read, words: Sequence[Homograph], progress: Progress) -> tuple[Table, Table]:
    """Places of every sentence at every layer by each method, and how much of their neighbourhoods a map keeps."""
    columns: dict[str, list[Any]] = {name: [] for name in ("word", "place", "method")}
    columns |= {f"{axis}{k}": [] for k in range(LAYERS) for axis in "xy"}
    kept: dict[str, list[Any]] = {name: [] for name in ("word", "layer", "method", "explained", "kept", "chance")}
    for at, word in enumerate(words):
        for method in MAPS:
            before: Floats | None = None
            for k in range(LAYERS):
                vectors = read.vectors[word.name][k]
                made = _map(vectors.tobytes(), vectors.shape, method)
                size = float(np.linalg.norm(made.points, axis=1).max())
                points = made.points / size if size > 0 else made.points
                before = points if before is None else turned(points, before)
                columns[f"x{k}"] += before[:, 0].round(DIGITS).tolist()
                columns[f"y{k}"] += before[:, 1].round(DIGITS).tolist()
                row = (word.name, k, method, made.explained, made.kept, made.neighbours / (len(word.texts) - 1))
                for name, value in zip(kept, row, strict=True):
                    kept[name].append(value)
                progress("drawing maps", at + (k + 1) / LAYERS, len(words) + 1)
            columns["word"] += [word.name] * len(word.texts)
            columns["place"] += range(len(word.texts))
            columns["method"] += [method] * len(word.texts)
    return (
        Table(columns, "a sentence of a word in a plane, at each layer; the farthest is at distance one"),
        Table(
            kept,
            "explained: share of the spread in two principal components; kept: share of each one's nearest that are "
            "its nearest on the map",
        ),
    )


@lru_cache(400)
def _map(vectors: bytes, shape: tuple[int, int], method: Literal["pca", "tsne"]) -> Map:
    """The same vectors are drawn once."""
    from cutaway.science import embed

    return embed.neighbourhood(np.frombuffer(vectors).reshape(shape), method, perplexity=PERPLEXITY)


def turned(plane: Floats, before: Floats) -> Floats:
    """Points (n, 2) turned and mirrored to where they were before.

    Source: P. H. Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.

    >>> turned(np.array([[0.0, 1.0], [0.0, -1.0]]), np.array([[1.0, 0.0], [-1.0, 0.0]])).round(9).tolist()
    [[1.0, 0.0], [-1.0, 0.0]]
    """
    left, _, right = np.linalg.svd(plane.T @ before)
    told: Floats = plane @ left @ right + 0.0
    return told
