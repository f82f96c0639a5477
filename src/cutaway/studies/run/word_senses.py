"""What a contextual model makes of a word in two senses, layer by layer, as tables to look up in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.progress import Progress
from cutaway.studies.run import word_models
from cutaway.studies.run.homographs import ORDERS, Homograph
from cutaway.studies.run.result import Table

if TYPE_CHECKING:
    from cutaway.science.embed import Contextual, Static, Tokens, Use

Floats = NDArray[np.float64]
LAYERS = 7  # what goes in, and six blocks
PAIRS = 4_000  # random pairs of different words
SPANS = {"low": 0.025, "lower": 0.25, "middle": 0.5, "upper": 0.75, "high": 0.975}
DIGITS = 4  # of cosines and places that are drawn
BATCH = 16  # sentences between two words of progress


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A word in its sentences, and every other word of all sentences.

    Attributes:
        vectors: By word, (layers, sentences, d).
        background: Of every piece of all sentences, (layers, n, d); `text` (n,) says of which sentence, `piece` (n,)
            which piece.
    """

    vectors: dict[str, Floats]
    background: Floats
    text: NDArray[np.intp]
    piece: NDArray[np.object_]

    @property
    def middle(self) -> Floats:
        """The mean of everything at each layer, (layers, d): what centring takes away."""
        return np.asarray(self.background.mean(axis=1))


def read(model: Contextual, words: Sequence[Homograph], progress: Progress) -> Read:
    """Every sentence through every layer; a sentence that was read before is not read again."""
    texts = list(dict.fromkeys(text for word in words for text in word.texts))
    found: dict[str, list[Tokens]] = {}
    for first in range(0, len(texts), BATCH):
        some = texts[first : first + BATCH]
        found |= zip(some, _read(model, tuple(some)), strict=True)
        progress("reading sentences, layer by layer", min(first + BATCH, len(texts)), len(texts))
    vectors = {
        word.name: np.array([[found[text][k].of(word.word) for text in word.texts] for k in range(LAYERS)], float)
        for word in words
    }
    background = np.concatenate(
        [np.array([found[text][k].vectors for k in range(LAYERS)], float) for text in texts], axis=1
    )
    where = np.concatenate([np.full(len(found[text][0].pieces), at) for at, text in enumerate(texts)])
    pieces = np.concatenate([np.array(found[text][0].pieces, object) for text in texts])
    return Read(vectors, background, where.astype(np.intp), pieces)


@lru_cache(64)
def _read(model: Contextual, texts: tuple[str, ...]) -> list[list[Tokens]]:
    """Of each text its tokens at every layer."""
    return [list(layers) for layers in zip(*model.by_layer(texts), strict=True)]


def unit(vectors: Floats) -> Floats:
    """At length one, along the last axis."""
    told: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return told


def cosines(read: Read, words: Sequence[Homograph]) -> Table:
    """Of every two sentences of a word, at every layer, as they are and about the middle."""
    columns: dict[str, list[Any]] = {name: [] for name in ("word", "i", "j")}
    columns |= {f"{kind}{k}": [] for kind in "lc" for k in range(LAYERS)}
    for word in words:
        i, j = np.triu_indices(len(word.texts), 1)
        columns["word"] += [word.name] * len(i)
        columns["i"] += i.tolist()
        columns["j"] += j.tolist()
        for kind, centre in (("l", 0.0), ("c", read.middle[:, None])):
            rows = unit(read.vectors[word.name] - centre)
            for k in range(LAYERS):
                columns[f"{kind}{k}"] += (rows[k] @ rows[k].T)[i, j].round(DIGITS).tolist()
    return Table(columns, "two sentences of a word, by place; l0 … l6: cosine at each layer, c0 … c6: centred")


def by_layer(read: Read, words: Sequence[Homograph]) -> Table:
    """Of each word at each layer: mean cosine within and between its senses, as it is and centred."""
    from cutaway.science import embed

    rows = []
    for word in words:
        known = [at for at, sense in enumerate(word.sense) if sense < 2]
        labels = [word.senses[word.sense[at]] for at in known]
        for centred, centre in ((False, 0.0), (True, read.middle[:, None])):
            vectors = (read.vectors[word.name] - centre)[:, known].astype(np.float32)
            for k in range(LAYERS):
                found = embed.separation(vectors[k], labels)
                rows.append((word.name, k, centred, found.within, found.between))
    return _table(
        ("word", "layer", "centred", "within", "between"),
        rows,
        "a word at a layer; within, between: mean cosine of two of its sentences in one sense, in two",
    )


def uses(words: Sequence[Homograph]) -> tuple[list[Use], dict[str, str]]:
    """The sentences of cutaway's own words, one after the other, and a sense of each word, as common as its other."""
    from cutaway.science.embed import uses_of

    found: list[Use] = []
    for word in words:
        by_sense = {
            sense: [text for text, s in zip(word.texts, word.sense, strict=True) if s == at]
            for at, sense in enumerate(word.senses)
        }
        found += uses_of(word.word, by_sense)
    return found, {word.word: word.senses[0] for word in words}


def discriminated(read: Read, words: Sequence[Homograph], seed: int) -> tuple[Table, Table]:
    """The share of sentences whose sense the nearest centroid of the others tells, over all words, and by word."""
    from cutaway.science import embed

    given, common = uses(words)
    rows, each = [], []
    for centred, centre in ((False, 0.0), (True, read.middle[:, None])):
        vectors = np.concatenate([(read.vectors[word.name] - centre)[:, : len(word.known)] for word in words], axis=1)
        for k in range(LAYERS):
            found = embed.discrimination(vectors[k].astype(np.float32), given, common=common, seed=seed)
            rows.append((k, centred, found.accuracy, found.low, found.high, found.majority))
            each += [(name, k, centred, share) for name, (_, share, _) in found.by_word.items()]
    return (
        _table(
            ("layer", "centred", "right", "low", "high", "majority"),
            rows,
            "sentences told right by the nearest centroid, each left out in turn; low to high: 95 %, words drawn again",
        ),
        _table(("word", "layer", "centred", "right"), each, "the same by word"),
    )


def reading(read: Read, words: Sequence[Homograph]) -> Table:
    """Of the reader's sentence: its word's mean cosine with each sense, layer by layer."""
    rows = []
    for word in words:
        if 2 not in word.sense:
            continue
        sense = np.array(word.sense)
        for centred, centre in ((False, 0.0), (True, read.middle[:, None])):
            unit_rows = unit(read.vectors[word.name] - centre)
            for k in range(LAYERS):
                mine = unit_rows[k][sense == 2][0]
                one, other = (float((unit_rows[k][sense == s] @ mine).mean()) for s in (0, 1))
                rows.append((word.name, k, centred, one, other))
    return _table(
        ("word", "layer", "centred", "one", "other"),
        rows,
        "the reader's sentence: mean cosine of its word with that of each sense's sentences",
    )


def anisotropy(read: Read, static: Static, seed: int) -> Table:
    """The mean cosine of any two pieces at each layer, as they are and centred; of static vectors in layer -1."""
    from cutaway.science import embed

    rows = []
    for k in range(-1, LAYERS):
        found = embed.anisotropy(_static(read, static) if k < 0 else read.background[k], pairs=PAIRS, seed=seed)
        rows.append((k, found.cosine, found.spread, found.centred, found.largest, found.first))
    return _table(
        ("layer", "cosine", "error", "centred", "largest", "first"),
        rows,
        "any two pieces of all sentences; largest, first: share of the squared length in one number, one direction",
    )


def _static(read: Read, static: Static) -> Floats:
    known = sorted({word.lower() for word in read.piece.tolist() if word.isalpha() and word.lower() in static})
    return np.array([static.vector(word) for word in known], float)


def chance(read: Read, static: Static, seed: int) -> Table:
    """Cosines of random pairs of different words in different sentences, as they are and centred."""
    luck = np.random.default_rng((seed, 1))
    i, j = luck.integers(0, len(read.text), (2, 4 * PAIRS))
    kept = np.flatnonzero((read.text[i] != read.text[j]) & (read.piece[i] != read.piece[j]))[:PAIRS]
    i, j = i[kept], j[kept]
    rows = []
    for centred, centre in ((False, 0.0), (True, read.middle[:, None])):
        rows_ = unit(read.background - centre)
        rows += [(k, centred, *_spread((rows_[k][i] * rows_[k][j]).sum(axis=1))) for k in range(LAYERS)]
    vectors = _static(read, static)
    a, b = luck.integers(0, len(vectors), (2, PAIRS))
    for centred, middle in ((False, 0.0), (True, vectors.mean(axis=0))):
        rows_ = unit(vectors - middle)
        rows.append((-1, centred, *_spread((rows_[a] * rows_[b]).sum(axis=1)[a != b])))
    return _table(
        ("layer", "centred", "mean", *SPANS),
        rows,
        "cosines of random pairs of different words; low to high holds 95 %; layer -1: static vectors",
    )


def _spread(values: Floats) -> tuple[float, ...]:
    return (float(values.mean()), *(float(each) for each in np.quantile(values, list(SPANS.values()))))


@cache
def order() -> Table:
    """Sentences of the same words in another order: the cosine of their vectors, averaged over words."""
    static, model = word_models.opened()
    both = [text for pair in ORDERS for text in pair]
    told = {
        "static": unit(np.asarray(static.sentences(both), float)),
        "contextual": unit(np.asarray(model.sentences(both), float)),
    }
    columns: dict[str, list[Any]] = {"one": [one for one, _ in ORDERS], "other": [other for _, other in ORDERS]}
    for name, rows in told.items():
        columns[name] = (rows[::2] * rows[1::2]).sum(axis=1).tolist()
    shifted = told["contextual"]
    columns["unrelated"] = (shifted[::2] * np.roll(shifted[1::2], 1, axis=0)).sum(axis=1).tolist()
    return Table(columns, "two sentences of the same words; unrelated: with the other sentence of the next pair")


def pieces(words: Sequence[str]) -> Table:
    """Words as the model reads them, in pieces, and whether there is a static vector."""
    static, model = word_models.opened()
    return _table(
        ("word", "pieces", "static"),
        [(word, " ".join(model.pieces(word)), word.lower() in static) for word in dict.fromkeys(words)],
        "a word; pieces: as the contextual model reads it; static: whether it has a vector of its own in GloVe",
    )


def poolings(seen: Read, words: Sequence[Homograph], seed: int) -> Table:
    """What could tell the sense of a word: its own vector, or one of its whole sentence by each pooling."""
    from cutaway.science import embed

    given, common = uses(words)
    own = np.concatenate([seen.vectors[word.name][4, : len(word.known)] for word in words])
    wholes = {"the word itself, layer 4": own, **_wholes(tuple(use.text for use in given))}
    rows = []
    for name, vectors in wholes.items():
        found = embed.discrimination(np.asarray(vectors, np.float32), given, common=common, seed=seed)
        rows.append((name, found.accuracy, found.low, found.high))
    return _table(("name", "right", "low", "high"), rows, "what the sense is told by; low to high: 95 %")


@lru_cache(4)
def _wholes(texts: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """One vector a sentence, by each pooling."""
    static, model = word_models.opened()
    return {
        "sentence, mean of its pieces": model.sentences(texts, pooling="mean"),
        "sentence, largest of its pieces": model.sentences(texts, pooling="max"),
        "sentence, the mark before it": model.sentences(texts, pooling="cls"),
        "static, mean of the words": static.sentences(texts, "mean"),
        "static, rare words weigh more": static.sentences(texts, "weighted"),
    }


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]], note: str) -> Table:
    return Table({name: [_plain(row[at]) for row in rows] for at, name in enumerate(names)}, note)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
