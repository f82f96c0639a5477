"""Vectors against what people say: how alike words are, and which word completes an analogy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Static, cosine

_PACKAGED = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt", "analogies": "questions-words.txt"}


@dataclass(frozen=True)
class Similarity:
    """How well cosines rank pairs of words as people do.

    Attributes:
        correlation: Spearman's rank correlation of cosines and people's ratings, -1 to 1.
        low: Lower end of its 95 % interval, by a bootstrap over pairs.
        high: Upper end.
        pairs: Pairs that were judged.
        unknown: Pairs left out since a word has no vector; they speak against the vectors as much.
        worst: The pairs whose ranks differ most: two words, the people's rating, the cosine.
    """

    correlation: float
    low: float
    high: float
    pairs: int
    unknown: int
    worst: tuple[tuple[str, str, float, float], ...]


@dataclass(frozen=True)
class Analogies:
    """How many analogies "a is to b as c is to ?" the nearest word to b - a + c completes.

    Attributes:
        accuracy: Share of those asked.
        low: Lower end of its 95 % interval (Wilson's).
        high: Upper end.
        asked: Questions of which all four words are among the vectors.
        unknown: Questions left out since one is not.
        sections: For each kind of question: asked, and the share completed.
    """

    accuracy: float
    low: float
    high: float
    asked: int
    unknown: int
    sections: dict[str, tuple[int, float]]


def packaged(name: str) -> Path:
    """Where gensim's package keeps `wordsim353`, `simlex999` or `analogies` (questions-words).

    Raises:
        InputError: No such list.
        MissingExtraError: gensim is not installed.
    """
    if name not in _PACKAGED:
        raise InputError(f"a packaged list is one of {', '.join(_PACKAGED)}, not {name!r}")
    spec = util.find_spec("gensim")
    if spec is None or spec.origin is None:
        raise MissingExtraError(f"the list {name}", "text")
    return Path(spec.origin).parent / "test" / "test_data" / _PACKAGED[name]


def rated_pairs(path: Path) -> list[tuple[str, str, float]]:
    """Pairs of words with people's ratings: lines of two words and a number behind tabs; `#` begins a remark.

    Raises:
        InputError: The file is not such a list.
    """
    pairs: list[tuple[str, str, float]] = []
    for number, line in enumerate(_lines(path), start=1):
        fields = line.split("\t")
        if not line.strip() or line.startswith("#"):
            continue
        if not pairs and fields[0].lower().startswith("word") and not fields[-1][:1].isdigit():
            continue  # the columns' names
        try:
            pairs.append((fields[0].strip().lower(), fields[1].strip().lower(), float(fields[2])))
        except (IndexError, ValueError):
            raise InputError(
                f"{path}: line {number} must be two words and a rating with tabs between: {line[:60]!r}"
            ) from None
    if len(pairs) < 3:
        raise InputError(f"{path}: {len(pairs)} rated pairs; at least 3 are needed")
    return pairs


def similarity_benchmark(
    of: Static | Contextual,
    pairs: Iterable[tuple[str, str, float]] | None = None,
    *,
    layer: int = -1,
    resamples: int = 1000,
    seed: int = 0,
) -> Similarity:
    """Spearman's correlation of cosines with people's ratings.

    Args:
        of: Static vectors, or a model that reads each word alone.
        pairs: Two words and their rating; WordSim-353 if None.
        layer: Of a model.
        resamples: Bootstrap draws.
        seed: Of the draws.

    Raises:
        InputError: Fewer than three pairs are known.

    Source: Finkelstein et al. (2001), Placing search in context (WordSim-353); Hill, Reichart & Korhonen (2015).
    """
    asked = list(pairs) if pairs is not None else rated_pairs(packaged("wordsim353"))
    found = word_vectors(of, {word for one, other, _ in asked for word in (one, other)}, layer=layer)
    judged = [pair for pair in asked if pair[0] in found and pair[1] in found]
    if len(judged) < 3:
        raise InputError(
            f"{len(judged)} of {len(asked)} rated pairs have vectors for both words; at least 3 are needed"
        )
    rating = np.array([rate for _, _, rate in judged])
    cosines = np.array([cosine(found[one], found[other]) for one, other, _ in judged])
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(judged), size=(resamples, len(judged)))
    low, high = np.quantile([spearman(rating[rows], cosines[rows]) for rows in drawn], [0.025, 0.975])
    off = np.argsort(-np.abs(ranks(rating) - ranks(cosines)), kind="stable")[:5]
    worst = tuple((*judged[k], float(cosines[k])) for k in off)
    return Similarity(spearman(rating, cosines), float(low), float(high), len(judged), len(asked) - len(judged), worst)


def word_vectors(of: Static | Contextual, words: Iterable[str], *, layer: int = -1) -> dict[str, NDArray[np.float32]]:
    """The vectors of words alone, those that have one; a model's are the mean over a word's pieces, in no context."""
    wanted = sorted(words)
    if isinstance(of, Static):
        every = {word: of.find(word) for word in wanted}
        return {word: vector for word, vector in every.items() if vector is not None}
    read = of.tokens(wanted, layer)
    return {word: one.vectors.mean(axis=0) for word, one in zip(wanted, read, strict=True) if len(one.pieces)}


def analogies(of: Static, path: Path | None = None, *, among: int = 30_000) -> Analogies:
    """Analogies completed by the nearest word to b - a + c, which must not be one of the three.

    Args:
        of: Static vectors.
        path: Lines of four words, under headings that begin with a colon; questions-words if None.
        among: Only so many of the first (commonest) words may answer or be asked for.

    Raises:
        InputError: Not one question can be asked; the file is not such a list.

    Source: Mikolov et al. (2013), Efficient estimation of word representations, sec. 4.1 (the questions); Levy &
        Goldberg (2014), Linguistic regularities (this rule, 3CosAdd).
    """
    path = path or packaged("analogies")
    among = min(among, len(of))
    rows: dict[str, int] = {}
    for k in range(among):
        rows.setdefault(of.words[k].lower(), k)
    sections: dict[str, list[tuple[int, int, int, int]]] = {}
    title, unknown = "all", 0
    for number, line in enumerate(_lines(path), start=1):
        words = line.lower().split()
        if not words:
            continue
        if words[0].startswith(":"):
            title = " ".join(words)[1:].strip()
        elif len(words) != 4:
            raise InputError(f"{path}: line {number} must be four words: {line[:60]!r}")
        elif all(word in rows for word in words):
            a, b, c, d = (rows[word] for word in words)
            sections.setdefault(title, []).append((a, b, c, d))
        else:
            unknown += 1
    if not sections:
        raise InputError(f"{path}: not one of its {unknown} analogies has all four words among the vectors")
    unit = of.unit()[:among]
    found = {title: _completed(unit, np.array(asked)) for title, asked in sections.items()}
    asked = sum(map(len, found.values()))
    right = int(sum(answers.sum() for answers in found.values()))
    low, high = wilson(right, asked)
    shares = {title: (len(answers), float(answers.mean())) for title, answers in found.items()}
    return Analogies(right / asked, low, high, asked, unknown, shares)


def _completed(unit: NDArray[np.float32], questions: NDArray[np.int64]) -> NDArray[np.bool_]:
    right = np.zeros(len(questions), dtype=bool)
    for first in range(0, len(questions), 256):
        part = questions[first : first + 256]
        cosines = (unit[part[:, 1]] - unit[part[:, 0]] + unit[part[:, 2]]) @ unit.T
        np.put_along_axis(cosines, part[:, :3], -np.inf, axis=1)
        right[first : first + 256] = cosines.argmax(axis=1) == part[:, 3]
    return right


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    found: NDArray[np.float64] = (last - (counts - 1) / 2.0)[code]
    return found


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's rank correlation, -1 to 1; 0 where all of one side are equal.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    lengths = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / lengths if lengths else 0.0


def wilson(right: int, asked: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95 % interval for a share.

    >>> tuple(round(end, 3) for end in wilson(5, 10))
    (0.237, 0.763)
    """
    share, squared = right / asked, z * z
    middle = (share + squared / (2 * asked)) / (1 + squared / asked)
    half = z / (1 + squared / asked) * float(np.sqrt(share * (1 - share) / asked + squared / (4 * asked**2)))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start + 1}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
