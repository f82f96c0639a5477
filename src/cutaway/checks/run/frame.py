"""What each column of the table is to the audit, and the rows of a batch read accordingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from cutaway.checks.run.roles import NO_ROLES, Roles
from cutaway.core.errors import InputError
from cutaway.core.table import Batch, Coded, Spec
from cutaway.science.columns import hash_levels, hash_numbers, mix


@dataclass(frozen=True)
class Rows:
    """The usable rows of a batch: those whose target (and weight) is there."""

    positions: np.ndarray  # (n,) int64, place in the table
    y: np.ndarray  # (n,) int32
    weight: np.ndarray | None  # (n,) float64
    columns: Mapping[str, np.ndarray | Coded]
    left_out: Mapping[str, int]

    def number(self, name: str) -> np.ndarray:
        """Values (n,) float64 of a number or date column."""
        return cast("np.ndarray", self.columns[name])

    def coded(self, name: str) -> Coded:
        """Codes of a category column."""
        return cast(Coded, self.columns[name])

    def missing(self, name: str) -> np.ndarray:
        """Which values (n,) are missing."""
        column = self.columns[name]
        return column.codes < 0 if isinstance(column, Coded) else np.isnan(column)

    def take(self, keep: np.ndarray) -> Rows:
        """The rows of a mask (n,)."""
        if keep.all():
            return self
        columns = {
            name: Coded(c.codes[keep], c.levels) if isinstance(c, Coded) else c[keep]
            for name, c in self.columns.items()
        }
        weight = None if self.weight is None else self.weight[keep]
        return Rows(self.positions[keep], self.y[keep], weight, columns, self.left_out)

    def hashes(self, name: str) -> np.ndarray:
        """Hash of each value (n,), 0 where missing."""
        column = self.columns[name]
        if not isinstance(column, Coded):
            return hash_numbers(column)
        table = np.append(hash_levels(column.levels), np.uint64(0))
        return np.asarray(table[column.codes])


@dataclass(frozen=True)
class Frame:
    """The roles of the columns. A row's code is the place of its class in `classes`; in a binary target the positive
    one is last.

    `codes` maps each value of the target, as text, to its code: several values share one when a class is set against
    the rest.
    """

    target: Spec
    codes: Mapping[str, int]
    classes: tuple[str, ...]
    positive: str | None
    positive_chosen: str
    weight: str | None
    specs: tuple[Spec, ...]  # the features' specs, in table order: neither target nor weight
    seed: int
    sample_limit: int = 16_384
    roles: Roles = NO_ROLES

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the number columns."""
        return tuple(s.name for s in self.specs if s.kind == "number")

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the category columns."""
        return tuple(s.name for s in self.specs if s.kind == "category")

    @property
    def dates(self) -> tuple[str, ...]:
        """Names of the date columns."""
        return tuple(s.name for s in self.specs if s.kind == "date")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that has to be read, but those of scores."""
        return (self.target.name, *((self.weight,) if self.weight else ()), *(s.name for s in self.specs))

    @property
    def scored_columns(self) -> tuple[str, ...]:
        """Every column that has to be read where scores are judged."""
        group = () if self.roles.group is None else (self.roles.group,)
        weight = (self.weight,) if self.weight else ()
        return tuple(dict.fromkeys((self.target.name, *weight, *self.roles.columns, *group)))

    def target_codes(self, column: np.ndarray | Coded) -> np.ndarray:
        """Class codes (n,) int32 of the target's values; -1 where missing or of an unknown class."""
        if isinstance(column, Coded):
            table = np.array([*(self.codes.get(level, -1) for level in column.levels), -1], np.int32)
            return np.asarray(table[column.codes])
        pairs = sorted((float(value), code) for value, code in self.codes.items())
        values, codes = np.array([v for v, _ in pairs]), np.array([c for _, c in pairs], np.int32)
        at = np.minimum(np.searchsorted(values, column), values.size - 1)
        return np.where(values[at] == column, codes[at], np.int32(-1))

    def rows(self, batch: Batch) -> Rows:
        """The batch's usable rows, with the reasons why the others are not.

        Raises: InputError for a negative weight.
        """
        y = self.target_codes(batch.columns[self.target.name])
        keep = y >= 0
        left_out = {f"{self.target.name} (the target) is missing": int(batch.rows - keep.sum())}
        weight = None
        if self.weight is not None:
            weight = cast("np.ndarray", batch.columns[self.weight])
            if (weight < 0).any():
                row = batch.start + int(np.flatnonzero(weight < 0)[0])
                raise InputError(
                    f"--weight {self.weight}: expected weights of 0 or more, got {weight[row - batch.start]:g} "
                    f"in row {row + 1}"
                )
            usable = keep & (weight > 0)
            left_out[f"{self.weight} (the weight) is missing or zero"] = int(keep.sum() - usable.sum())
            keep = usable
        positions = np.arange(batch.start, batch.start + batch.rows)
        return Rows(positions, y, weight, batch.columns, left_out).take(keep)

    def keys(self, positions: np.ndarray, purpose: int = 0) -> np.ndarray:
        """A scrambled key (n,) uint64 a row, from its position and the seed; another `purpose` gives independent
        keys.
        """
        salt = mix(np.array([(self.seed * 16 + purpose) % 2**64], np.uint64))[0]
        return np.asarray(mix(positions.astype(np.uint64) ^ salt))
