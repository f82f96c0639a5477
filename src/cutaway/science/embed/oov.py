"""Words that vectors do not have: how many, and what is done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Static
from cutaway.science.embed.text import words_of


@dataclass(frozen=True)
class OutOfVocabulary:
    """How the words of texts are known.

    Attributes:
        words: Words of the texts, each appearance counted.
        types: Different words.
        whole: Share of `words` that have a vector of their own.
        pieced: Share read in several pieces.
        lost: Share that has none at all: left out, or read as the mark for the unknown.
        lost_types: Share of `types` without any.
        pieces: Mean number of pieces a word is read as; of those without any, 0.
        examples: Words that are not whole, commonest first, each with its pieces; no pieces if it is lost.
    """

    words: int
    types: int
    whole: float
    pieced: float
    lost: float
    lost_types: float
    pieces: float
    examples: tuple[tuple[str, tuple[str, ...]], ...]


def oov(of: Static | Contextual, texts: Sequence[str], *, examples: int = 10) -> OutOfVocabulary:
    """How many words of texts the vectors have, have in pieces, and do not have.

    Args:
        of: Static vectors (those of fastText make a vector of pieces), or a model with its vocabulary of pieces.
        texts: The texts.
        examples: How many words to name.

    Raises:
        InputError: The texts have no word.

    >>> import numpy as np
    >>> toy = Static(("a", "cat"), np.ones((2, 3), dtype=np.float32))
    >>> found = oov(toy, ["A cat, a catamaran"])
    >>> found.whole, found.lost, found.examples
    (0.75, 0.25, (('catamaran', ()),))
    """
    counts = Counter(word for text in texts for word in words_of(text))
    if not counts:
        raise InputError(f"the {len(texts)} texts have no word in them")
    read = {word: pieces_of(of, word) for word in counts}
    total = counts.total()
    share = {
        kind: sum(counts[word] for word, pieces in read.items() if min(len(pieces), 2) == kind) / total
        for kind in (0, 1, 2)
    }
    named = [(word, read[word]) for word, _ in counts.most_common() if len(read[word]) != 1]
    return OutOfVocabulary(
        words=total,
        types=len(counts),
        whole=share[1],
        pieced=share[2],
        lost=share[0],
        lost_types=sum(not pieces for pieces in read.values()) / len(counts),
        pieces=sum(counts[word] * len(pieces) for word, pieces in read.items()) / total,
        examples=tuple(named[:examples]),
    )


def pieces_of(of: Static | Contextual, word: str) -> tuple[str, ...]:
    """What a word is read as: itself alone, its pieces, or nothing where it has no vector."""
    if isinstance(of, Contextual):
        pieces = of.pieces(word)
        return () if of.unknown in pieces else pieces
    if word in of:
        return (word,)
    if of.pieces is None or of.pieces(word) is None:
        return ()
    marked = f"<{word}>"
    shortest = getattr(of.pieces, "shortest", 3)
    return tuple(marked[k : k + shortest] for k in range(max(len(marked) - shortest + 1, 1)))
