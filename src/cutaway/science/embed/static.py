"""Static vectors: one vector a word, whatever stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.text import Note, unheard, words_of

Matrix = NDArray[np.float32]

Pooling = Literal["mean", "max", "weighted"]
POOLINGS: tuple[Pooling, ...] = ("mean", "max", "weighted")


class Pieces(Protocol):
    """Makes a vector for a word that has none, of its pieces."""

    def __call__(self, word: str, /) -> Matrix | None:
        """The vector (d,), or None where no piece is known either."""


@dataclass(frozen=True)
class Static:
    """Words with one vector each; the matrix may lie in a file that is mapped into memory.

    Attributes:
        words: The n words, commonest first where the source says so.
        matrix: float32 (n, d), row k for `words[k]`.
        name: What to call these vectors in a table.
        counts: How often each word stood in the corpus, (n,); None where that is not known.
        pieces: Makes vectors of words that are not among the n (fastText); None where the source cannot.
        note: What a reader should know of the source, in one sentence; empty if nothing.

    Raises:
        InputError: Not one vector a word, or a word twice.

    >>> import numpy as np
    >>> vectors = Static(("cat", "dog"), np.array([[1.0, 0.0], [0.8, 0.6]], dtype=np.float32))
    >>> round(vectors.similarity("cat", "dog"), 3)
    0.8
    >>> "axolotl" in vectors
    False
    """

    words: Sequence[str]
    matrix: Matrix
    name: str = "vectors"
    counts: NDArray[np.int64] | None = None
    pieces: Pieces | None = None
    note: str = ""
    _rows: dict[str, int] = field(init=False, repr=False, compare=False)
    _kept: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix) or not self.matrix.size:
            shape = " × ".join(map(str, self.matrix.shape))
            raise InputError(
                f"Static needs one vector for each word; {len(self.words)} words came with {shape} numbers"
            )
        rows = {word: k for k, word in enumerate(self.words)}
        if len(rows) != len(self.words):
            twice = next(word for k, word in enumerate(self.words) if rows[word] != k)
            raise InputError(f"Static needs every word once; {twice!r} came twice")
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self.matrix.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors, in memory or in the mapped file."""
        return int(self.matrix.nbytes)

    def row(self, word: str) -> int | None:
        """Where the word stands among the words; None if it does not."""
        return self._rows.get(word)

    def find(self, word: str) -> Matrix | None:
        """The vector (d,) of a word, or of its pieces; None if neither is known."""
        row = self._rows.get(word)
        if row is not None:
            return np.asarray(self.matrix[row])
        return self.pieces(word) if self.pieces is not None else None

    def vector(self, word: str) -> Matrix:
        """The vector (d,) of a word.

        Raises:
            InputError: The word was never seen, and has no pieces that were.
        """
        found = self.find(word)
        if found is None:
            near = word.lower()
            hint = f"; {near!r} is there" if near in self._rows else ""
            raise InputError(f"{self.name} has no vector for {word!r}: it is none of its {len(self):,} words{hint}")
        return found

    def unit(self) -> Matrix:
        """All vectors at length one, (n, d); a vector of zeros stays one. Made at the first call, and kept."""
        if "unit" not in self._kept:
            length = np.linalg.norm(self.matrix, axis=1, keepdims=True)
            self._kept["unit"] = np.divide(
                self.matrix, length, out=np.zeros(self.matrix.shape, np.float32), where=length > 0
            )
        kept: Matrix = self._kept["unit"]
        return kept

    def similarity(self, one: str, other: str) -> float:
        """The cosine of two words' vectors, from -1 to 1.

        Raises:
            InputError: One of them was never seen.
        """
        return cosine(self.vector(one), self.vector(other))

    def nearest(self, of: str | Matrix, count: int = 10) -> list[tuple[str, float]]:
        """The words whose vectors have the largest cosine with that of a word (itself left out) or with a vector.

        Raises:
            InputError: The word was never seen.
        """
        target = self.vector(of) if isinstance(of, str) else of
        length = float(np.linalg.norm(target))
        cosines = self.unit() @ (target / length if length else target).astype(np.float32)
        if isinstance(of, str) and of in self._rows:
            cosines[self._rows[of]] = -np.inf
            count = min(count, len(self) - 1)
        count = min(count, len(self))
        best = np.argpartition(-cosines, count - 1)[:count] if count else np.array([], dtype=np.intp)
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(self.words[k], float(cosines[k])) for k in best]

    def sentences(self, texts: Sequence[str], pooling: Pooling = "mean", *, note: Note = unheard) -> Matrix:
        """One vector a text, (k, d), made of those of its words.

        Args:
            texts: k texts; their words are looked up as they are, then in small letters.
            pooling: `mean` of the words' vectors; `max`, number by number; or `weighted`, a mean in which a word of
                frequency f weighs 0.001 / (0.001 + f), so that "the" says little. Where the counts are not known,
                f is taken from the word's rank by Zipf's law.
            note: Is told how many words had no vector, and which texts had none at all: those are zeros.

        Raises:
            InputError: No such pooling.

        Source: Arora, Liang & Ma (2017), A simple but tough-to-beat baseline for sentence embeddings (`weighted`).
        """
        if pooling not in POOLINGS:
            raise InputError(f"pooling of Static.sentences must be one of {', '.join(POOLINGS)}, not {pooling!r}")
        made = np.zeros((len(texts), self.dimension), dtype=np.float32)
        weights = self._weights() if pooling == "weighted" else None
        unseen = said = 0
        empty = []
        for k, text in enumerate(texts):
            words = words_of(text, lower=False)
            said += len(words)
            rows, others = self._looked_up(words)
            unseen += len(words) - len(rows) - len(others)
            parts = np.concatenate([self.matrix[rows], np.reshape(others, (len(others), self.dimension))])
            if not len(parts):
                empty.append(k + 1)
            elif pooling == "max":
                made[k] = parts.max(axis=0)
            elif weights is None:
                made[k] = parts.mean(axis=0)
            else:
                share = np.concatenate([weights[rows], np.ones(len(others))])
                made[k] = share @ parts / share.sum()
        if unseen:
            note(f"{unseen:,} of {said:,} words have no vector in {self.name} and were left out")
        if empty:
            which = ", ".join(map(str, empty[:5])) + (" …" if len(empty) > 5 else "")
            note(
                f"{len(empty)} of {len(texts)} texts have no word that {self.name} knows; they are zeros (text {which})"
            )
        return made

    def _looked_up(self, words: Sequence[str]) -> tuple[list[int], list[Matrix]]:
        """The rows of the words that are known, and the vectors made of pieces for those that are not."""
        rows, others = [], []
        for word in words:
            row = self._rows.get(word, self._rows.get(word.lower()))
            if row is not None:
                rows.append(row)
            elif self.pieces is not None and (made := self.pieces(word)) is not None:
                others.append(made)
        return rows, others

    def _weights(self) -> NDArray[np.float64]:
        if "weights" not in self._kept:
            share = 1.0 / np.arange(1, len(self) + 1) if self.counts is None else np.asarray(self.counts, dtype=float)
            self._kept["weights"] = 1e-3 / (1e-3 + share / share.sum())
        kept: NDArray[np.float64] = self._kept["weights"]
        return kept


def cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The cosine of the angle between two vectors, from -1 to 1; 0 where one of them is zero.

    >>> round(cosine(np.array([1.0, 0.0]), np.array([1.0, 1.0])), 4)
    0.7071
    """
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(np.clip(np.dot(one, other) / lengths, -1.0, 1.0)) if lengths else 0.0
