"""What a column holds, found by a look at every cell: a state for text and a state for numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

from cutaway.engines.readers import buffers, decoding
from cutaway.engines.readers.buffers import strings, truths

if TYPE_CHECKING:
    import pyarrow as pa

# Words that people write where they have no number; compared in lower case, without spaces around them.
MISSING_WORDS = frozenset(
    (
        *("", "?", "??", "-", "--", "---", ".", "..", "*", "n/a", "na", "n.a.", "n.a", "nan", "<na>", "none", "(none)"),
        *("null", "(null)", "nil", "missing", "(missing)", "unknown", "(unknown)", "unk", "unspecified", "undefined"),
        *("not available", "not applicable", "not known", "not recorded", "not stated", "not reported", "no data"),
        *("blank", "empty", "#n/a", "#na", "#null!", "#value!", "#div/0!", "#ref!", "#name?", "#num!"),
    )
)
CODE_LEVELS = 20  # at most so many distinct values, some of them words with digits ("4+"), are the levels of a category
EXACT = 2.0**53  # above it float64 no longer tells neighbouring integers apart
LARGEST = 1e150  # beyond it squares, and so every variance, leave what a float64 can hold

E = TypeVar("E", int, tuple[int, str])


@dataclass(frozen=True, slots=True)
class Words:
    """Cells of a text column by what they look like. A set that is None stands for more than `CODE_LEVELS` values.

    `number_kinds`, `word_kinds`: distinct values summed over batches, so a repeat is only noticed within its batch.
    """

    numbers: int = 0
    words: int = 0  # neither numbers nor words for missing
    missing: Mapping[str, int] = field(default_factory=dict)  # words for missing, as written, to cells
    number_values: frozenset[str] | None = frozenset()
    word_values: frozenset[str] | None = frozenset()
    number_kinds: int = 0
    word_kinds: int = 0
    fractions: bool = False  # a number is written with a point or an exponent
    padded: bool = False  # a number is written with a leading zero, as codes are
    first_word: tuple[int, str] | None = None  # position of the row, value
    first_nul: int | None = None  # position of the first row with a NUL character

    @classmethod
    def zero(cls) -> Self:
        """No cells."""
        return cls()

    @classmethod
    def of(cls, array: pa.DictionaryArray, start: int = 0) -> Self:
        """The state of one batch's cells; `start`: position of its first row. Missing cells count nowhere."""
        import pyarrow.compute as pc

        values = array.dictionary
        codes = buffers.filled(array.indices, "i4", len(values))
        cells = np.bincount(codes, minlength=len(values) + 1)[:-1]
        trimmed = pc.utf8_trim_whitespace(values)
        used = (cells > 0) & ~truths(pc.is_in(values, strings(decoding.NULLS, values.type)))
        number = used & truths(pc.match_substring_regex(trimmed, decoding.NUMBER))
        missing = used & ~number & truths(pc.is_in(pc.utf8_lower(trimmed), strings(MISSING_WORDS, values.type)))
        word = used & ~number & ~missing
        nul = used & truths(pc.match_substring(values, "\x00"))
        digits = trimmed.filter(buffers.mask(number))
        first_word, first_nul = _first(codes, word), _first(codes, nul)
        return cls(
            numbers=int(cells[number].sum()),
            words=int(cells[word].sum()),
            missing=_tally(trimmed, cells, missing),
            number_values=_few(trimmed, number),
            word_values=_few(trimmed, word),
            number_kinds=int(number.sum()),
            word_kinds=int(word.sum()),
            fractions=bool(pc.any(pc.match_substring_regex(digits, "[.eE]")).as_py()),
            padded=bool(pc.any(pc.match_substring_regex(digits, r"^0\d")).as_py()),
            first_word=None if first_word is None else (start + first_word, values[int(codes[first_word])].as_py()),
            first_nul=None if first_nul is None else start + first_nul,
        )

    def __add__(self, other: Self, /) -> Self:
        return type(self)(
            numbers=self.numbers + other.numbers,
            words=self.words + other.words,
            missing=Counter(self.missing) + Counter(other.missing),
            number_values=_union(self.number_values, other.number_values),
            word_values=_union(self.word_values, other.word_values),
            number_kinds=self.number_kinds + other.number_kinds,
            word_kinds=self.word_kinds + other.word_kinds,
            fractions=self.fractions or other.fractions,
            padded=self.padded or other.padded,
            first_word=_earlier(self.first_word, other.first_word),
            first_nul=_earlier(self.first_nul, other.first_nul),
        )


@dataclass(frozen=True, slots=True)
class Extent:
    """What the values of a number column reach: enough to tell whole numbers, identifiers, and what has no square."""

    whole: bool = True  # every value within `LARGEST` is a whole number
    largest: float = 0.0  # absolute value, among those within `LARGEST`
    infinite: int = 0
    first_infinite: int | None = None  # position of the row
    huge: int = 0  # beyond `LARGEST`, and finite
    first_huge: int | None = None

    @property
    def coarse(self) -> bool:
        """Whether they may have been integers that float64 does not tell apart."""
        return self.whole and self.largest > EXACT

    @classmethod
    def zero(cls) -> Self:
        """No values."""
        return cls()

    @classmethod
    def of(cls, values: np.ndarray, start: int = 0) -> Self:
        """The state of one batch's float64 values; `start`: position of its first row. NaN counts nowhere."""
        if not len(values):
            return cls()
        low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
        if np.isnan(low):
            return cls()
        if max(abs(low), abs(high)) > LARGEST:
            infinite = np.isinf(values)
            huge = (np.abs(values) > LARGEST) & ~infinite
            usual = cls.of(values[~(infinite | huge)])
            first, first_huge = (start + int(np.argmax(each)) if each.any() else None for each in (infinite, huge))
            return cls(usual.whole, usual.largest, int(infinite.sum()), first, int(huge.sum()), first_huge)
        # A column of fractions shows itself in its first values: the rest need not be looked at.
        probe = values[:256]
        whole = _are_whole(probe) and _are_whole(values)
        return cls(whole, max(abs(low), abs(high)))

    def __add__(self, other: Self, /) -> Self:
        return type(self)(
            whole=self.whole and other.whole,
            largest=max(self.largest, other.largest),
            infinite=self.infinite + other.infinite,
            first_infinite=_earlier(self.first_infinite, other.first_infinite),
            huge=self.huge + other.huge,
            first_huge=_earlier(self.first_huge, other.first_huge),
        )


def _are_whole(values: np.ndarray) -> bool:
    return bool(np.all((values == np.rint(values)) | np.isnan(values)))


def _first(codes: np.ndarray, chosen: np.ndarray) -> int | None:
    """Place of the first row whose value is among the chosen ones; missing rows look one past the values."""
    if not chosen.any():
        return None
    return int(np.argmax(np.append(chosen, False)[codes]))


def _tally(trimmed: pa.Array, cells: np.ndarray, chosen: np.ndarray) -> Counter[str]:
    counts: Counter[str] = Counter()
    for place in np.flatnonzero(chosen):
        counts[trimmed[int(place)].as_py()] += int(cells[place])
    return counts


def _few(values: pa.Array, chosen: np.ndarray) -> frozenset[str] | None:
    """The distinct ones among the chosen values, None for more than `CODE_LEVELS`; most often the first ones tell."""
    places = np.flatnonzero(chosen)
    found = frozenset(values[int(place)].as_py() for place in places[: 2 * CODE_LEVELS])
    if len(found) <= CODE_LEVELS and len(places) > 2 * CODE_LEVELS:  # trimming has made values equal
        found = frozenset(values.filter(buffers.mask(chosen)).unique().to_pylist())
    return found if len(found) <= CODE_LEVELS else None


def _union(one: frozenset[str] | None, two: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or two is None:
        return None
    both = one | two
    return both if len(both) <= CODE_LEVELS else None


def _earlier(one: E | None, two: E | None) -> E | None:
    if one is None or two is None:
        return two if one is None else one
    return min(one, two)
