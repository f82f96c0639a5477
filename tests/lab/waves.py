"""Can a run be watched, stopped and found again?

Answer: A run that takes as long as it is told shows it.
Source: none; it exists for the tests of the lab.
Seconds: 1
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.part import Part, unheard
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Waves"
GROUP = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    frequency: float = number(1.0, "Frequency", low=0.1, high=10.0, unit="Hz")
    steps: int = whole(10, "Steps", low=1, high=1_000_000, help="How often progress is told.")
    pause: float = number(0.0, "Pause", low=0.0, high=1.0, unit="s")
    ending: str = choice(
        "well", "Ending", {"well": "well", "sentence": "a sentence", "bug": "a bug", "killed": "killed"}
    )
    parts: bool = switch(False, "Tells what it has on the way")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, part: Part = unheard) -> Result:
    print("a study that prints must not break the pipe")
    for step in range(params.steps):
        progress(f"waving in {os.getpid()}", step + 1, params.steps)
        if params.parts:
            part(lambda step=step: Result(numbers={"step": step + 1}))  # type: ignore[misc]
        until = time.monotonic() + params.pause
        while time.monotonic() < until:  # busy, so that processor time shows whether it goes on
            sum(range(1_000))
    if params.ending == "sentence":
        raise InputError("the sea is calm; choose another ending")
    if params.ending == "bug":
        raise ZeroDivisionError("in " + str(Path(__file__)))
    if params.ending == "killed":
        os._exit(3)
    x = np.linspace(0, 1, 200)
    y = np.sin(2 * np.pi * params.frequency * x)
    line = Line(name="wave", x=tuple(x.tolist()), y=tuple(y.tolist()))
    figure = Lines(alt="A wave", x=Axis(label="time", unit="s"), y=Axis(label="height"), lines=(line,))
    return Result(
        figures={"The wave": figure},
        tables={"wave": Table({"x": x, "y": y})},
        numbers={"process": os.getpid()},
        sentences=(f"It waves {params.frequency:g} times a second.",),
    )


@claim("The wave stays between -1 and 1.")
def bounded(params: Parameters, result: Result) -> tuple[bool, float]:
    highest = float(np.abs(np.asarray(result.tables["wave"].columns["y"])).max())
    return highest <= 1, highest
