"""One word in two meanings: which layers tell them apart, and how often the nearest centroid is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual, span_of
from cutaway.science.embed.static import Static

_TOGETHER = 512  # uses whose tokens are held at every layer at a time


@dataclass(frozen=True)
class Use:
    """A word where it is used.

    Attributes:
        text: The sentence.
        start: The word's first character in it, `end` the one after its last.
        sense: Which meaning it has there.
        word: The word in its plain form, which groups the uses; the stretch of the text if empty.
    """

    text: str
    start: int
    end: int
    sense: str
    word: str = ""


def uses_of(word: str, by_sense: Mapping[str, Sequence[str]]) -> tuple[Use, ...]:
    """The uses of a word in sentences, given by sense.

    Raises:
        InputError: A sentence does not hold the word.

    >>> [(use.sense, use.start) for use in uses_of("bank", {"river": ["the bank is muddy"], "money": ["a bank lends"]})]
    [('river', 4), ('money', 2)]
    """
    return tuple(
        Use(text, *span_of(text, word), sense=sense, word=word) for sense, texts in by_sense.items() for text in texts
    )


@dataclass(frozen=True)
class Separation:
    """Cosines between the uses of a word at one layer.

    Attributes:
        within: Mean cosine of two uses in one sense.
        between: Mean cosine of two uses in different senses.
        separation: `within` less `between`: 0 where the vectors do not know of senses.
        score: The silhouette's mean over uses, by cosine distance: 1 apart, 0 mixed, below 0 wrongly grouped.
    """

    within: float
    between: float
    separation: float
    score: float


def separation(vectors: NDArray[np.float32], labels: Sequence[str]) -> Separation:
    """How far apart senses lie.

    Args:
        vectors: (n, d), a use a row.
        labels: The n senses; at least two, each at least twice.

    Raises:
        InputError: Fewer senses or uses.

    Source: Rousseeuw (1987), Silhouettes.

    >>> separation(np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], dtype=np.float32), list("aabb")).separation > 0.7
    True
    """
    kinds, code = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    counts = np.bincount(code)
    if len(kinds) < 2 or counts.min() < 2 or len(code) != len(vectors):
        raise InputError(
            f"separation needs at least two senses with two uses each and a vector a use; "
            f"{len(kinds)} senses of {counts.tolist()} uses came with {len(vectors)} vectors"
        )
    unit = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(unit, axis=1, keepdims=True)
    unit = np.divide(unit, length, out=np.zeros_like(unit), where=length > 0)
    cosines = unit @ unit.T
    same = code[:, None] == code[None, :]
    apart = ~np.eye(len(code), dtype=bool)
    means = np.stack([(1 - cosines)[:, code == k].sum(axis=1) for k in range(len(kinds))], axis=1)
    own = means[np.arange(len(code)), code] / (counts[code] - 1)
    others = means / counts
    others[np.arange(len(code)), code] = np.inf
    nearest = others.min(axis=1)
    widest = np.maximum(own, nearest)
    silhouette = np.divide(nearest - own, widest, out=np.zeros(len(code)), where=widest > 0)
    within, between = float(cosines[same & apart].mean()), float(cosines[~same].mean())
    return Separation(within, between, within - between, float(silhouette.mean()))


def senses(model: Contextual, uses: Sequence[Use]) -> tuple[Separation, ...]:
    """How far a word's senses lie apart at each layer, from 0.

    Raises:
        InputError: Fewer than two senses with two uses each.
    """
    by_layer = use_vectors(model, uses)
    labels = [use.sense for use in uses]
    return tuple(separation(by_layer[layer], labels) for layer in range(model.layers))


def use_vectors(model: Contextual, uses: Sequence[Use]) -> NDArray[np.float32]:
    """The vectors of uses at every layer, (layers, n, d): the mean over the word's pieces."""
    made = np.zeros((model.layers, len(uses), model.dimension), dtype=np.float32)
    for first in range(0, len(uses), _TOGETHER):
        part = uses[first : first + _TOGETHER]
        for layer, read in enumerate(model.by_layer([use.text for use in part])):
            for k, (tokens, use) in enumerate(zip(read, part, strict=True)):
                made[layer, first + k] = tokens.at(use.start, use.end)
    return made


def context_vectors(vectors: Static, uses: Sequence[Use], *, window: int = 10) -> NDArray[np.float32]:
    """What static vectors can say of a use, (n, d): the mean of the words around it, at most `window` to each side.

    The word itself has one vector in all uses, so it is left out.
    """
    around = []
    for use in uses:
        before = use.text[: use.start].split()[-window:]
        after = use.text[use.end :].split()[:window]
        around.append(" ".join((*before, *after)))
    return vectors.sentences(around)


@dataclass(frozen=True)
class Discrimination:
    """How often the nearest sense is the right one, each use judged by the others.

    Attributes:
        uses: How many uses were judged, of how many words.
        words: The words.
        accuracy: Share of uses given their own sense by the nearest centroid, with its 95 % interval over words.
        low: Lower end.
        high: Upper end.
        majority: Share that the word's commonest sense gets right.
        difference: `accuracy` less `majority`, with its own interval.
        difference_low: Lower end.
        difference_high: Upper end.
        by_word: For each word: its uses, the share the centroids get right, and the majority's share.
        losing: The words where the majority is right more often.
    """

    uses: int
    words: int
    accuracy: float
    low: float
    high: float
    majority: float
    difference: float
    difference_low: float
    difference_high: float
    by_word: dict[str, tuple[int, float, float]]
    losing: tuple[str, ...]


def discrimination(
    vectors: NDArray[np.float32],
    uses: Sequence[Use],
    *,
    common: Mapping[str, str] | None = None,
    centre: bool = False,
    resamples: int = 2000,
    seed: int = 0,
) -> Discrimination:
    """Senses told by the nearest centroid, leaving the judged use out, against the commonest sense.

    Args:
        vectors: (n, d), a use a row.
        uses: The n uses; those of a word need its name in `word`. A sense with one use cannot be judged by the others,
            and is there only to be mistaken for.
        common: The commonest sense of each word, known from elsewhere (a dictionary's first). Where it is not, it is
            the commonest among the word's uses, the judged one among them, so that the baseline is rather flattered:
            leaving it out would make the majority of two equally common senses always wrong.
        centre: Whether the mean of each word's vectors is taken away first.
        resamples: Bootstrap draws, of words.
        seed: Of the draws.

    Raises:
        InputError: Not one vector a use; no word with two senses of which one has two uses.

    Source: Wiedemann et al. (2019), Does BERT make any sense?, sec. 3 (nearest neighbours on contextual vectors);
        Peters et al. (2018), ELMo, sec. 5.3 (first-sense baseline).
    """
    if len(vectors) != len(uses):
        raise InputError(f"discrimination needs one vector a use; {len(uses)} uses came with {len(vectors)} vectors")
    groups: dict[str, list[int]] = {}
    for k, use in enumerate(uses):
        groups.setdefault(use.word or use.text[use.start : use.end].lower(), []).append(k)
    by_word = {}
    for word, rows in groups.items():
        labels = [uses[k].sense for k in rows]
        judged = _judged(np.asarray(vectors[rows], dtype=np.float64), labels, (common or {}).get(word), centre)
        if judged is not None:
            by_word[word] = judged
    if not by_word:
        raise InputError("discrimination needs a word with at least two senses, one of them with two uses")
    counts = np.array(list(by_word.values()), dtype=float)  # uses, right by centroid, right by majority
    rng = np.random.default_rng(seed)
    drawn = counts[rng.integers(len(counts), size=(resamples, len(counts)))].sum(axis=1)
    right, plain = drawn[:, 1] / drawn[:, 0], drawn[:, 2] / drawn[:, 0]
    total = counts.sum(axis=0)
    ends = np.quantile(right, [0.025, 0.975]), np.quantile(right - plain, [0.025, 0.975])
    return Discrimination(
        uses=int(total[0]),
        words=len(counts),
        accuracy=float(total[1] / total[0]),
        low=float(ends[0][0]),
        high=float(ends[0][1]),
        majority=float(total[2] / total[0]),
        difference=float((total[1] - total[2]) / total[0]),
        difference_low=float(ends[1][0]),
        difference_high=float(ends[1][1]),
        by_word={word: (n, good / n, most / n) for word, (n, good, most) in by_word.items()},
        losing=tuple(sorted(word for word, (_, good, most) in by_word.items() if most > good)),
    )


def _judged(
    x: NDArray[np.float64], labels: Sequence[str], common: str | None, centre: bool
) -> tuple[int, int, int] | None:
    """Of one word: uses judged, those right by the nearest centroid of the others, those right by the commonest."""
    kinds = list(dict.fromkeys(labels))
    code = np.array([kinds.index(label) for label in labels])
    counts = np.bincount(code)
    if len(kinds) < 2 or counts.max() < 2:
        return None
    if centre:
        x = x - x.mean(axis=0)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    unit = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
    sums = np.stack([unit[code == k].sum(axis=0) for k in range(len(kinds))])
    uses = right = most = 0
    for k in np.flatnonzero(counts[code] > 1):
        mine = sums.copy()
        mine[code[k]] -= unit[k]
        lengths = np.linalg.norm(mine, axis=1)
        cosines = np.divide(mine @ unit[k], lengths, out=np.full(len(kinds), -1.0), where=lengths > 1e-12)
        first = kinds.index(common) if common in kinds else int(counts.argmax())
        uses += 1
        right += int(cosines.argmax() == code[k])
        most += int(first == code[k])
    return uses, right, most
