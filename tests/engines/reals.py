"""States and functions that a cluster's workers import: so nothing else is imported here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from cutaway.core.errors import InputError
from cutaway.core.table import Batch
from cutaway.engines.source import BATCH_ROWS
from cutaway.engines.sums import BLOCK_BATCHES

ROWS = 3 * BLOCK_BATCHES * BATCH_ROWS + 3 * BATCH_ROWS + 17  # three blocks and a rest


@dataclass(frozen=True)
class Real:
    """A floating-point sum, whose last bits show the order, and the positions of the rows."""

    rows: int
    value: float
    positions: int

    @classmethod
    def of(cls, batch: Batch) -> Real:
        first, end = batch.start, batch.start + batch.rows
        return cls(batch.rows, float(np.sum(batch.columns["x"])), (end * (end - 1) - first * (first - 1)) // 2)

    def __add__(self, other: Real) -> Real:
        return Real(self.rows + other.rows, self.value + other.value, self.positions + other.positions)


@dataclass(frozen=True)
class Total:
    """The same of a replay's arrays."""

    value: float

    @classmethod
    def of(cls, x: np.ndarray) -> Total:
        return cls(float(x.sum()))

    def __add__(self, other: Total) -> Total:
        return Total(self.value + other.value)


def slow(batch: Batch) -> Real:
    time.sleep(0.05)
    return Real.of(batch)


def arrays(batch: Batch) -> tuple[Any, ...]:
    return (np.sqrt(np.abs(batch.columns["x"])),)


def fails_in_the_last_rows(batch: Batch) -> Real:
    if batch.start > ROWS // 2:
        raise InputError(f"a bad value in the batch from row {batch.start:,} on")
    return Real.of(batch)


def born() -> tuple[float, int]:
    """When this process began, and its number."""
    this = psutil.Process()
    return this.create_time(), this.pid
