"""Sentences against words: which way to make one vector of many finds the text that belongs to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import TOKEN_POOLINGS, Contextual
from cutaway.science.embed.scores import wilson
from cutaway.science.embed.static import POOLINGS, Static


@dataclass(frozen=True)
class Retrieval:
    """How often a text's own counterpart is the nearest of all.

    Attributes:
        pooling: How one vector was made of many.
        layer: Of a model; 0 for static vectors.
        first: Share of texts whose counterpart comes first.
        low: Lower end of its 95 % interval (Wilson's).
        high: Upper end.
        rank: Mean reciprocal rank of the counterpart, 0 to 1.
        texts: How many pairs; by chance the share is one in so many.
    """

    pooling: str
    layer: int
    first: float
    low: float
    high: float
    rank: float
    texts: int


def retrieval(
    one: NDArray[Any], other: NDArray[Any], *, pooling: str = "", layer: int = 0, centre: bool = False
) -> Retrieval:
    """How often row k of `other` is the nearest to row k of `one`, by cosine.

    Args:
        one: (n, d).
        other: (n, d).
        pooling: What to write into the result.
        layer: What to write into the result.
        centre: Whether each side's mean is taken away first.

    Raises:
        InputError: Shapes differ, or fewer than two rows.

    >>> retrieval(np.eye(4), np.eye(4)).first
    1.0
    """
    if one.shape != other.shape or one.ndim != 2 or len(one) < 2:
        raise InputError(f"retrieval needs two arrays (n, d) of one shape, not {one.shape} and {other.shape}")
    a, b = (_unit(side - side.mean(axis=0) if centre else side) for side in (one, other))
    cosines = a @ b.T
    own = np.diag(cosines)[:, None]
    above = (cosines > own).sum(axis=1) + ((cosines == own).sum(axis=1) - 1) / 2.0  # equal ones share the place
    n = len(a)
    hits = int((above < 0.5).sum())
    low, high = wilson(hits, n)
    return Retrieval(pooling, layer, hits / n, low, high, float((1.0 / (1.0 + above)).mean()), n)


def poolings(
    of: Static | Contextual, one: Sequence[str], other: Sequence[str], *, layers: Iterable[int] = (-1,)
) -> tuple[Retrieval, ...]:
    """`retrieval` of texts and their counterparts (a title and its abstract, a word's definition and an example).

    Every pooling is tried, and of a model every layer that is named; the best comes first.

    Raises:
        InputError: Not equally many texts on both sides, or fewer than two.
    """
    if len(one) != len(other) or len(one) < 2:
        raise InputError(f"poolings needs as many texts as counterparts, two at least; not {len(one)} and {len(other)}")
    texts = [*one, *other]
    n = len(one)
    found = []
    if isinstance(of, Static):
        for kind in POOLINGS:
            made = of.sentences(texts, kind)
            found.append(retrieval(made[:n], made[n:], pooling=kind))
    else:
        for layer in layers:
            for way in TOKEN_POOLINGS:
                made = of.sentences(texts, layer, way)
                found.append(retrieval(made[:n], made[n:], pooling=way, layer=layer % of.layers))
    return tuple(sorted(found, key=lambda each: -each.rank))


def _unit(x: NDArray[Any]) -> NDArray[Any]:
    length = np.linalg.norm(x, axis=1, keepdims=True)
    made: NDArray[Any] = np.divide(x, length, out=np.zeros(x.shape), where=length > 0)
    return made
