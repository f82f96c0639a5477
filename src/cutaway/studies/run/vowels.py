"""Utterances of unequal length, and what layers of frameworks do with padding, as both are stored with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np

SPEAKERS, COEFFICIENTS = 9, 12
DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Utterances:
    """Utterances as arrays (t, 12), and their speakers 0 … 8."""

    steps: list[np.ndarray]
    speaker: np.ndarray

    def rows(self, at: np.ndarray) -> list[np.ndarray]:
        """Those at these places."""
        return [self.steps[i] for i in at]


@cache
def utterances() -> tuple[Utterances, Utterances]:
    """The training and the test set of Japanese Vowels; mean 0 and spread 1 over the training steps, three decimals."""
    import pyarrow.parquet as pq

    with as_file(files("cutaway").joinpath("data", "japanese_vowels.parquet")) as path:
        table = pq.read_table(path)
    steps = np.column_stack([table[f"c{at + 1}"].to_numpy() for at in range(COEFFICIENTS)]).astype(float)
    number, test, speaker = (table[name].to_numpy() for name in ("utterance", "test", "speaker"))
    known = steps[test == 0]
    steps = np.round((steps - known.mean(axis=0)) / known.std(axis=0), DECIMALS) + 0.0
    first = np.flatnonzero(np.diff(number, prepend=-1))
    each = np.split(steps, first[1:])
    train, held = (np.flatnonzero(test[first] == part) for part in (0, 1))
    return tuple(  # type: ignore[return-value]
        Utterances([each[i] for i in mine], speaker[first][mine].astype(np.int64) - 1) for mine in (train, held)
    )


@cache
def layers() -> dict[str, Any]:
    """The stored run of the frameworks' layers: "date", "python", "versions" and a row for each layer."""
    read: dict[str, Any] = json.loads(files("cutaway").joinpath("data", "masking.json").read_text("utf-8"))
    return read
