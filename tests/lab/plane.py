"""What do the reader's own columns look like from here?

Answer: As many columns as were chosen.
Source: none; it exists for the tests of the lab.
Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

from cutaway.core.progress import Progress, silent
from cutaway.studies.run.data import Columns
from cutaway.studies.run.parameter import seed
from cutaway.studies.run.result import Result

TITLE = "Plane"
GROUP = "training"
USES = "columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, data: Columns | None = None) -> Result:
    if data is None:
        return Result(sentences=("no data",))
    means = {name: float(column.mean()) for name, column in data.columns.items()}
    target = {} if data.target is None else {"target": float(data.target.mean())}
    return Result(numbers=means | target, sentences=(data.target_name,))
