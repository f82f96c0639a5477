"""What is left of the order of words in a text's vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Static, cosine


@dataclass(frozen=True)
class WordOrder:
    """Cosines of texts with themselves in another order, and with others.

    Attributes:
        shuffled: Mean cosine of a text and its own words in random order; 1 where order counts for nothing.
        other: Mean cosine of a text and another one.
        blind: Share of texts whose shuffled words have the same vector (cosine above 0.9999).
        texts: How many texts were long enough to be shuffled.
        most: The text that changes most, its shuffled words, and their cosine.
    """

    shuffled: float
    other: float
    blind: float
    texts: int
    most: tuple[str, str, float]


def word_order(of: Static | Contextual, texts: Sequence[str], *, layer: int = -1, seed: int = 0) -> WordOrder:
    """How much a text's vector (the mean of its words' or tokens') changes when its words are shuffled.

    Args:
        of: Static vectors or a model.
        texts: At least two; those of fewer than three words are left out.
        layer: Of a model.
        seed: Of the order.

    Raises:
        InputError: Fewer than two texts are long enough.

    >>> toy = Static(("dog", "bites", "man", "sees"), np.eye(4, dtype=np.float32))
    >>> found = word_order(toy, ["dog bites man", "man sees dog"])
    >>> round(found.shuffled, 3), found.blind
    (1.0, 1.0)
    """
    long = [text for text in texts if len(text.split()) >= 3]
    if len(long) < 2:
        raise InputError(f"word_order needs at least two texts of three words; {len(long)} of {len(texts)} are so long")
    rng = np.random.default_rng(seed)
    mixed = [_shuffled(text, rng) for text in long]
    vectors = of.sentences([*long, *mixed]) if isinstance(of, Static) else of.sentences([*long, *mixed], layer)
    n = len(long)
    own = np.array([cosine(vectors[k], vectors[n + k]) for k in range(n)])
    turned = np.array([cosine(vectors[k], vectors[(k + 1) % n]) for k in range(n)])
    worst = int(own.argmin())
    return WordOrder(
        shuffled=float(own.mean()),
        other=float(turned.mean()),
        blind=float((own > 0.9999).mean()),
        texts=n,
        most=(long[worst], mixed[worst], float(own[worst])),
    )


def _shuffled(text: str, rng: np.random.Generator) -> str:
    """The text's words in another order, if they can be in one."""
    words = text.split()
    for _ in range(20):
        mixed = [words[k] for k in rng.permutation(len(words))]
        if mixed != words:
            return " ".join(mixed)
    return text
