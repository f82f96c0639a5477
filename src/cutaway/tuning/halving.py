"""Successive halving and Hyperband: which trials are not worth their later steps.

A trial is judged against trials of earlier batches only, so that the answer does not depend on which trial of its own
batch happened to be faster.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cutaway.core.contest import Direction
from cutaway.core.errors import InputError

Rungs = Mapping[tuple[int, int], tuple[float, ...]]
"""(bracket, rung) -> what earlier trials had reported there."""


@dataclass(frozen=True, slots=True)
class Halving:
    """At the steps `first`, `first · factor`, `first · factor²`, … only the best 1/`factor` of the trials go on.

    With several `brackets` this is Hyperband: bracket b has its first rung at `first · factor^b`, so that later
    brackets spare more; trials are shared out so that each bracket spends about the same, and are compared within it.

    Raises: InputError for a step below 1, a factor below 2, no bracket.

    Source: Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning" (asynchronous successive halving);
    Li et al. 2018, "Hyperband", JMLR 18(185).

    Examples:
        >>> rule = Halving(first=1, factor=2)
        >>> rule.ends({1: 0.9}, "minimize", 0, {(0, 0): (0.1, 0.2, 0.3)})
        True
        >>> rule.ends({1: 0.05}, "minimize", 0, {(0, 0): (0.1, 0.2, 0.3)})
        False
    """

    first: int = 1
    factor: int = 3
    brackets: int = 1

    def __post_init__(self) -> None:
        for name, least in (("first", 1), ("factor", 2), ("brackets", 1)):
            if getattr(self, name) < least:
                raise InputError(f"Halving: expected {name} of at least {least}, got {getattr(self, name)}")

    def bracket(self, number: int) -> int:
        """The bracket of the trial of this number."""
        return _brackets(self, number + 1)[number]

    def reached(self, reports: Mapping[int, float], bracket: int) -> list[float]:
        """What stands at each rung that these reports (by step) have reached: the first report at or after its step."""
        out: list[float] = []
        steps = sorted(reports)
        while True:
            needed = self.first * self.factor ** (bracket + len(out))
            later = [step for step in steps if step >= needed]
            if not later:
                return out
            out.append(reports[later[0]])

    def ends(self, reports: Mapping[int, float], direction: Direction, bracket: int, before: Rungs) -> bool:
        """Whether the trial ends at the rung that it has reached last; `before`: the rungs of earlier batches."""
        reached = self.reached(reports, bracket)
        if not reached:
            return False
        sign = 1.0 if direction == "minimize" else -1.0
        own = sign * reached[-1]
        if math.isnan(own):
            return True
        others = sorted(sign * value for value in before.get((bracket, len(reached) - 1), ()))
        going = max(1, (len(others) + 1) // self.factor)
        better = bisect_right(others, own) - sum(other == own for other in others)
        return better >= going

    def rungs(self, trials: Sequence[tuple[int, Mapping[int, float]]]) -> Rungs:
        """The rungs of trials, given as number and reports."""
        out: dict[tuple[int, int], list[float]] = {}
        for number, reports in trials:
            bracket = self.bracket(number)
            for rung, value in enumerate(self.reached(reports, bracket)):
                if not math.isnan(value):
                    out.setdefault((bracket, rung), []).append(value)
        return {key: tuple(values) for key, values in out.items()}


@cache
def _brackets(rule: Halving, count: int) -> tuple[int, ...]:
    """The brackets of the first trials: each time the one that is furthest behind its share."""
    count = 64 * -(-count // 64)  # a longer list begins as the shorter one does: fewer are made
    weights = [rule.factor**-b * (b + 1) for b in range(rule.brackets)]
    shares = [weight / sum(weights) for weight in weights]
    out: list[int] = []
    given = [0] * rule.brackets
    for number in range(count):
        chosen = max(range(rule.brackets), key=lambda b: (shares[b] * (number + 1) - given[b], -b))
        given[chosen] += 1
        out.append(chosen)
    return tuple(out)
