"""Bags of words: how often each word stands in a text, and how much it says (TF-IDF)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.embed.text import words_of


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """Counts of words in texts.

    Attributes:
        words: The d words, in the order of the alphabet.
        counts: A SciPy CSR matrix (n, d) of float64.
    """

    words: tuple[str, ...]
    counts: Any

    @property
    def nbytes(self) -> int:
        """Bytes of the words and of the counts."""
        matrix = self.counts
        return int(
            matrix.data.nbytes
            + matrix.indices.nbytes
            + matrix.indptr.nbytes
            + sum(len(word) + 49 for word in self.words)
        )


def bag(texts: Sequence[str]) -> Bag:
    """Count the words of texts, in small letters.

    Raises:
        InputError: None of the texts has a word.

    >>> found = bag(["to be or not to be", "be"])
    >>> found.words, found.counts.toarray().tolist()
    (('be', 'not', 'or', 'to'), [[2.0, 1.0, 1.0, 2.0], [1.0, 0.0, 0.0, 0.0]])
    """
    from scipy.sparse import csr_matrix

    each = [Counter(words_of(text)) for text in texts]
    known = tuple(sorted(set().union(*each))) if each else ()
    if not known:
        raise InputError(f"bag: expected texts with words, got {len(texts)} without any")
    place = {word: at for at, word in enumerate(known)}
    indices = np.array([place[word] for counted in each for word in counted], np.int32)
    data = np.array([count for counted in each for count in counted.values()], float)
    ends = np.cumsum([0, *(len(counted) for counted in each)])
    matrix = csr_matrix((data, indices, ends), shape=(len(each), len(known)))
    matrix.sort_indices()
    return Bag(known, matrix)


def weighted(train: Any, held: Any) -> tuple[Any, Any]:
    """TF-IDF of counts, its weights learnt from the first of the two alone.

    A word that stands f times counts 1 + log f, times log((1 + n) / (1 + texts with it)) + 1; rows then have length
    one. Words that no training text has are left out.

    Args:
        train: CSR counts (n, d).
        held: CSR counts (m, d) of the same words.

    Source: G. Salton, C. Buckley (1988), Term-weighting approaches in automatic text retrieval; the smoothing is that
        of scikit-learn's TfidfVectorizer(sublinear_tf=True).
    """
    among = np.diff(train.tocsc().indptr)
    seen = np.flatnonzero(among)
    idf = np.log((1 + train.shape[0]) / (1 + among[seen])) + 1
    return _rows(train[:, seen], idf), _rows(held[:, seen], idf)


def _rows(counts: Any, idf: Any) -> Any:
    from scipy.sparse import diags

    told = counts.copy()
    told.data = (1 + np.log(told.data)) * idf[told.indices]
    lengths = np.sqrt(np.asarray(told.multiply(told).sum(axis=1)).ravel())
    return (diags(1 / np.where(lengths > 0, lengths, 1)) @ told).tocsr()
