"""How each column is read, decided from what its cells hold, or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from cutaway.core.errors import InputError
from cutaway.core.table import Spec
from cutaway.engines.readers.contents import CODE_LEVELS, LARGEST, Extent, Words
from cutaway.engines.readers.decoding import Reading
from cutaway.engines.readers.wording import percent, shown

FEW_NUMBERS = 10  # so many distinct numbers in a text column are as likely codes as measurements
IDENTIFIERS = "whole numbers beyond 2^53, which only identifiers reach; read as a category"
IDENTIFIER_KINDS = 20  # identifiers of both sorts need so many distinct values each before they are believed


@dataclass(frozen=True, slots=True)
class Column:
    """A column's `Spec`, how its cells are decoded, and the words in it that were read as missing."""

    spec: Spec
    reading: Reading
    disguised: Mapping[str, int] = field(default_factory=dict)


def of_numbers(name: str, extent: Extent, integer: bool) -> Column:
    """A column whose storage type is numeric.

    Raises: InputError for infinite and huge values.
    """
    _refuse_beyond(name, extent)
    if integer and extent.coarse:
        return Column(Spec(name, "category", note=IDENTIFIERS), "level")
    return Column(Spec(name, "number", integral=integer or extent.whole), "number")


def of_text(name: str, words: Words, extent: Extent) -> Column:
    """A text column; `extent` is that of its numbers.

    All its cells are words: a category. All are numbers, or words for missing: a number column, unless the numbers look
    like codes (at most `FEW_NUMBERS` distinct whole ones, or written with leading zeros). Numbers and other words are a
    category where the words are levels with digits ("4+") or where both are nearly all distinct, as identifiers are.

    Raises: InputError for any other mixture, for infinite and huge values, and for NUL characters.
    """
    if words.first_nul is not None:
        raise InputError(
            f"column {shown(name)}: expected text, got a NUL character in data row {words.first_nul + 1:,}; the file "
            f"is damaged or binary: remove the NUL bytes (tr -d '\\000' < FILE > CLEAN) or leave the column out with "
            f"--drop {shown(name)}"
        )
    category = Column(Spec(name, "category"), "level")
    if words.numbers == 0:
        return category
    if words.words == 0:
        few = words.number_values is not None and len(words.number_values) <= FEW_NUMBERS
        if words.padded or (few and not words.fractions):
            return category
        _refuse_beyond(name, extent)
        if extent.coarse and not words.fractions:
            return Column(Spec(name, "category", note=IDENTIFIERS), "level")
        return Column(Spec(name, "number", integral=extent.whole, note=_note(words)), "words", dict(words.missing))
    if _are_levels(words) or _are_identifiers(words):
        return category
    _refuse_mixture(name, words)


def _note(words: Words) -> str:
    if not words.missing:
        return "text whose every cell is a number; read as numbers"
    cells = words.numbers + sum(words.missing.values())
    parts = [
        f"{percent(count, cells)} hold {shown(word)}"
        for word, count in sorted(words.missing.items(), key=lambda item: -item[1])
    ]
    return f"of the cells that are not empty, {', '.join(parts)}; read as missing"


def _are_levels(words: Words) -> bool:
    if words.number_values is None or words.word_values is None:
        return False
    few = len(words.number_values) + len(words.word_values) <= CODE_LEVELS
    return few and all(any(letter.isdigit() for letter in word) for word in words.word_values)


def _are_identifiers(words: Words) -> bool:
    """Nearly all distinct on both sides and many of each; numbers with fractions are measurements.

    Where the numbers are few they are words that happen to read as numbers, as one hexadecimal name of eight digits in
    forty does.
    """
    if words.word_kinds >= IDENTIFIER_KINDS and 2 * words.word_kinds > words.words and 20 * words.numbers < words.words:
        return True
    many = min(words.number_kinds, words.word_kinds) >= IDENTIFIER_KINDS
    distinct = 2 * words.number_kinds > words.numbers and 2 * words.word_kinds > words.words
    return many and distinct and not words.fractions


def _refuse_beyond(name: str, extent: Extent) -> None:
    if extent.infinite:
        expected, first = "finite numbers", extent.first_infinite
        got = f"{extent.infinite:,} infinite value{'s' * (extent.infinite != 1)}"
        cure = "df.replace([np.inf, -np.inf], np.nan)"
    elif extent.huge:
        expected, first = f"numbers up to {LARGEST:.0e}", extent.first_huge
        got = f"{extent.huge:,} beyond that, whose square{'s are' if extent.huge > 1 else ' is'} not finite"
        cure = f"column.where(column.abs() <= {LARGEST:.0e}), rescale them"
    else:
        return
    raise InputError(
        f"column {shown(name)}: expected {expected}, got {got} (the first in data row {(first or 0) + 1:,}); make them "
        f"missing, {cure}, or leave the column out with --drop {shown(name)}"
    )


def _refuse_mixture(name: str, words: Words) -> NoReturn:
    cells = words.numbers + words.words + sum(words.missing.values())
    row, example = words.first_word or (0, "")
    raise InputError(
        f"column {shown(name)}: a column of mixed types; expected numbers or words, got "
        f"{percent(words.numbers, cells)} numbers and {percent(words.words, cells)} words such as {shown(example)} in "
        f"data row {row + 1:,}; read it as categories with --text {shown(name)}, leave it out with "
        f"--drop {shown(name)}, or mend the words"
    )


def unusable(name: str, kind: object) -> InputError:
    """The error for a column whose storage type holds neither numbers, text nor dates."""
    return InputError(
        f"column {shown(name)}: expected numbers, text, booleans or dates, got {shown(kind)}; turn it into one column "
        f"for each number that it holds, or leave it out with --drop {shown(name)}"
    )
