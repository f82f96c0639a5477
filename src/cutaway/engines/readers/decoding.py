"""Arrow arrays made into the NumPy arrays of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cutaway.core.table import Coded
from cutaway.engines.readers import buffers

if TYPE_CHECKING:
    import pyarrow as pa

Family = Literal["number", "text", "declared", "boolean", "date", "unusable"]
Reading = Literal[
    "number", "words", "level", "date"
]  # "words": text whose numbers are read, and whose words are missing

# Cells that pyarrow's CSV reader takes as missing. Text of any other format is read alike.
NULLS = frozenset(
    (
        *("", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "-NaN", "-nan", "#NA", "#N/A", "#N/A N/A"),
        *("1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN"),
    )
)
NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)$"
COMPACT_LEVELS = 4096  # a longer dictionary is cut to the levels that its batch uses
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
DAY = 86_400.0
STORAGE = {
    f"{sign}int{bits}": f"{letter}{bits // 8}" for sign, letter in (("", "i"), ("u", "u")) for bits in (8, 16, 32, 64)
}
STORAGE |= {"halffloat": "f2", "float": "f4", "double": "f8"}


def family(kind: Any) -> Family:
    """What an Arrow type holds; "declared" is a dictionary type, whose owner said that it is a category."""
    import pyarrow as pa

    t = pa.types
    if t.is_dictionary(kind):
        return "declared" if family(kind.value_type) in ("text", "number", "boolean") else "unusable"
    if str(kind) in ("string", "large_string", "string_view"):
        return "text"
    if t.is_boolean(kind):
        return "boolean"
    if t.is_date(kind) or t.is_timestamp(kind) or t.is_time(kind):
        return "date"
    if t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind) or t.is_duration(kind) or t.is_null(kind):
        return "number"
    return "unusable"


def decode(array: pa.Array, reading: Reading) -> np.ndarray | Coded:
    """Float64 (n,), NaN where missing, or `Coded` for "level"; always new memory, C-contiguous and writable."""
    if reading == "level":
        return coded(array)
    if reading == "words":
        return numbers_among_words(array)
    if reading == "date":
        return seconds(array)
    return numbers(array)


def numbers(array: pa.Array) -> np.ndarray:
    """Float64 (n,) of a numeric array; durations in seconds; NaN where missing."""
    import pyarrow as pa

    if pa.types.is_null(array.type):
        return np.full(len(array), np.nan)
    if pa.types.is_decimal(array.type):
        return _floats(array.cast(pa.float64()), "f8")
    if pa.types.is_duration(array.type):
        return _floats(array, "i8") / PER_SECOND[array.type.unit]
    return _floats(array, STORAGE[str(array.type)])


def seconds(array: pa.Array) -> np.ndarray:
    """Float64 (n,) seconds since 1970-01-01 UTC of dates and timestamps, since midnight of times; NaN where missing."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_date32(kind):
        return _floats(array, "i4") * DAY
    per_second = 1_000 if pa.types.is_date64(kind) else PER_SECOND[kind.unit]
    # Nanoseconds since 1970 are beyond what float64 holds exactly; whole seconds and the rest are not.
    ticks = buffers.filled(array, "i4" if pa.types.is_time32(kind) else "i8", 0)
    rest = np.fmod(ticks, per_second)
    found: np.ndarray = (ticks - rest) // per_second + rest / per_second
    there = buffers.present(array)
    if there is not None:
        found[~there] = np.nan
    return found


def encoded(array: pa.Array) -> pa.DictionaryArray:
    """The array as int32 codes into distinct strings, its dictionary no longer than need be; missing stays missing."""
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        return _strings(array).dictionary_encode()
    if len(array.dictionary) > COMPACT_LEVELS:
        return _strings(array.dictionary_decode()).dictionary_encode()
    values = _strings(array.dictionary)
    if values.null_count or len(set(values.to_pylist())) < len(values):
        return values.take(array.indices).dictionary_encode()
    narrow = array.indices if pa.types.is_int32(array.indices.type) else array.indices.cast(pa.int32())
    return pa.DictionaryArray.from_arrays(narrow, values)


def coded(array: pa.Array) -> Coded:
    """Codes and levels of a text, boolean, dictionary or numeric array; the spellings in `NULLS` are missing (-1)."""
    dictionary = encoded(array)
    codes = np.array(buffers.filled(dictionary.indices, "i4", -1), dtype=np.int32)
    levels: list[str] = dictionary.dictionary.to_pylist()
    if NULLS.isdisjoint(levels):
        return Coded(codes, tuple(levels))
    kept = [level not in NULLS for level in levels]
    place = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    place = np.append(place, np.int32(-1))  # where code -1, missing already, looks
    return Coded(place[codes], tuple(level for level in levels if level not in NULLS))


def numbers_among_words(array: pa.Array) -> np.ndarray:
    """Float64 (n,) of a text array: its numbers, and NaN where the cell is missing or a word."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dictionary = encoded(array)
    trimmed = pc.utf8_trim_whitespace(dictionary.dictionary)
    numeric = pc.match_substring_regex(trimmed, NUMBER)
    values = np.full(len(trimmed) + 1, np.nan)  # the last one is where code -1, missing, looks
    digits = pc.utf8_ltrim(trimmed.filter(numeric), "+").cast(pa.float64())
    values[:-1][buffers.truths(numeric)] = buffers.stored(digits, "f8")
    found: np.ndarray = values[buffers.filled(dictionary.indices, "i4", -1)]
    return found


def _floats(array: pa.Array, dtype: str) -> np.ndarray:
    values = buffers.stored(array, dtype).astype(np.float64, order="C", copy=True)
    there = buffers.present(array)
    if there is not None:
        values[~there] = np.nan
    return values


def _strings(array: pa.Array) -> pa.Array:
    """The array as text: large strings once they are not plain ones, so that no batch can overflow."""
    import pyarrow as pa

    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array
    return array.cast(pa.large_string())
