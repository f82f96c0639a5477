"""What does a test at 5 % promise to someone who looks at it every day?

Answer: Not 5 %. Each look is another chance to be wrong, and whoever stops at the first significant result is wrong
about one time in five after ten looks.

Source: Armitage, McPherson and Rowe 1969, Repeated Significance Tests on Accumulating Data, table 2.

Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.figures import Axis, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Looking at a test before it ends"
GROUP = "decision"
ROUND = 100  # experiments at once
CRITICAL = {"0.1": 1.6448536, "0.05": 1.9599640, "0.01": 2.5758293}
"""Two-sided critical values of the normal law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What may be moved."""

    looks: int = whole(10, "Looks", low=1, high=50, help="How often the experiment is looked at, evenly spread.")
    level: str = choice("0.05", "Level", {"0.1": "10 %", "0.05": "5 %", "0.01": "1 %"}, help="Of the test at one look.")
    rows: int = whole(50, "Rows between two looks", low=1, high=200, help="Each row is one measurement.")
    experiments: int = whole(2_000, "Experiments", low=500, high=5_000, scale="log", help="All without any effect.")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Experiments without an effect: in which of them would somebody have stopped, after how many looks?"""
    rng = np.random.default_rng(params.seed)
    stopped = np.zeros(params.looks)
    at = params.rows * np.arange(1, params.looks + 1)
    for done in range(0, params.experiments, ROUND):
        progress("running experiments without an effect", done, params.experiments)
        n = min(ROUND, params.experiments - done)
        sums = rng.normal(0.0, np.sqrt(params.rows), (n, params.looks)).cumsum(axis=1)
        significant = np.abs(sums) / np.sqrt(at) > CRITICAL[params.level]
        stopped += np.maximum.accumulate(significant, axis=1).sum(axis=0)
    share = stopped / params.experiments
    level, last = float(params.level), float(share[-1])
    looks = tuple(map(float, range(1, params.looks + 1)))
    return Result(
        figures={
            "False alarms by the number of looks": Lines(
                alt=f"After {params.looks} looks {last:.0%} of experiments without an effect were significant.",
                x=Axis(label="looks"),
                y=Axis(label="share called significant"),
                lines=(Line(name="stopped at the first significant look", x=looks, y=tuple(share.tolist())),),
                marks=(Mark(label="what one look promises", y=level, role="other"),),
            )
        },
        tables={"looks": Table({"looks": list(looks), "share": share.tolist()}, "a number of looks")},
        numbers={"after_one_look": float(share[0]), "after_the_last_look": last},
        sentences=(
            f"Of {params.experiments:,} experiments without any effect, {last:.1%} were significant at one of their "
            f"{params.looks} looks.",
            f"At the first look alone it was {share[0]:.1%}, where {level:.0%} were promised.",
        ),
    )


@claim("One look at the end keeps the promise")
def one_look(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The share at the first look, which is a test as any other, lies within four standard errors of the level."""
    level, found = float(params.level), result.numbers["after_one_look"]
    return abs(found - level) < 4 * (level * (1 - level) / params.experiments) ** 0.5, found


@claim("Whoever looks ten times is wrong more than twice as often as promised")
def more_looks(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """At ten looks Armitage has 0.19 for a test at 5 %."""
    ratio = result.numbers["after_the_last_look"] / float(params.level)
    return (ratio > 2 if params.looks >= 10 else None), ratio
