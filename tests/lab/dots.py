"""What do the reader's own predictions look like from here?

Answer: As many rows as were brought.
Source: none; it exists for the tests of the lab.
Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.progress import Progress, silent
from cutaway.studies.run.data import Predictions
from cutaway.studies.run.parameter import number
from cutaway.studies.run.result import Result, Table

TITLE = "Dots"
GROUP = "decision"
USES = "predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    threshold: float = number(0.5, "Threshold", low=0.0, high=1.0)


def run(params: Parameters, progress: Progress = silent, data: Predictions | None = None) -> Result:
    if data is None:
        data = Predictions(np.array([0, 1], np.uint8), np.array([0.2, 0.8]), "two rows")
    alarms = data.p >= params.threshold
    numbers = {
        "rows": data.p.size,
        "positives": int(data.y.sum()),
        "tp": int((alarms & (data.y == 1)).sum()),
        "mean": float(data.p.mean()),
    }
    counts, _ = np.histogram(data.p, bins=1_000, range=(0, 1))
    return Result(numbers=numbers, tables={"scores": Table({"count": counts})}, sentences=(data.positive,))
