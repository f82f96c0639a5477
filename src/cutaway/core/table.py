"""A batch of rows as NumPy arrays: what an engine hands to a state's `of`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["number", "category", "date"]


@dataclass(frozen=True, slots=True)
class Spec:
    """A column's name and how it is read.

    number: float64 values, NaN where missing (booleans are categories "false"/"true"). category: text, booleans,
    dictionary types. date: dates, times and timestamps, as float64 seconds since 1970, NaN where missing. `integral`:
    a number column whose storage type is an integer, or whose every value is a whole number.
    """

    name: str
    kind: Kind
    integral: bool = False
    note: str = ""  # e.g. "2.1 % of the cells hold 'unknown'; read as missing"


@dataclass(frozen=True, slots=True)
class Coded:
    """A categorical column of one batch: `codes` (n,) int32 into `levels` (this batch's own vocabulary), -1 where
    missing.
    """

    codes: np.ndarray
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows. `start`: position of the first row in the table. `columns`: float64 (n,) arrays, or `Coded`."""

    start: int
    rows: int
    columns: Mapping[str, np.ndarray | Coded]
