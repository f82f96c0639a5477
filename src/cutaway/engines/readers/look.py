"""The first look at every cell of a table, as a sum: what decides how each column is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cutaway.engines.readers import decoding
from cutaway.engines.readers.contents import Extent, Words
from cutaway.engines.readers.decoding import Family
from cutaway.engines.readers.verdicts import unusable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Look:
    """What the cells of each column look like, by name; `bytes`: of the batches as `Looking.settled` makes them."""

    words: Mapping[str, Words]
    extents: Mapping[str, Extent]
    rows: int
    bytes: int

    @classmethod
    def zero(cls, names: Sequence[str]) -> Self:
        """No rows of these columns."""
        return cls({name: Words.zero() for name in names}, {name: Extent.zero() for name in names}, 0, 0)

    def __add__(self, other: Self, /) -> Self:
        return type(self)(
            {name: one + other.words[name] for name, one in self.words.items()},
            {name: one + other.extents[name] for name, one in self.extents.items()},
            self.rows + other.rows,
            self.bytes + other.bytes,
        )


@dataclass(frozen=True)
class Looking:
    """Which columns are looked at, and as what. `text`: those that are categories whatever they hold."""

    families: Mapping[str, Family]
    text: frozenset[str]

    @classmethod
    def at(cls, schema: pa.Schema, names: Sequence[str], text: Collection[str]) -> Self:
        """The named columns of a schema.

        Raises: InputError for a column whose type holds neither numbers, text nor dates.
        """
        families = {name: decoding.family(schema.field(name).type) for name in names}
        for name, family in families.items():
            if family == "unusable":
                raise unusable(name, schema.field(name).type)
        return cls(families, frozenset(text))

    @property
    def zero(self) -> Look:
        """The look at no rows."""
        return Look.zero(list(self.families))

    def settled(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's wanted columns, text as codes."""
        arrays = [
            decoding.encoded(batch.column(name)) if family in ("text", "declared") else batch.column(name)
            for name, family in self.families.items()
        ]
        return type(batch).from_arrays(arrays, names=list(self.families))

    def of(self, settled: pa.RecordBatch, start: int) -> Look:
        """The look at one batch; `start`: position of its first row."""
        words, extents = {}, {}
        for name, family in self.families.items():
            array = settled.column(name)
            words[name], extents[name] = Words.zero(), Extent.zero()
            if name in self.text:
                continue
            if family == "text":
                words[name] = Words.of(array, start)
                if words[name].numbers:
                    extents[name] = Extent.of(decoding.numbers_among_words(array), start)
            elif family == "number":
                extents[name] = Extent.of(decoding.numbers(array), start)
        return Look(words, extents, settled.num_rows, settled.nbytes)
