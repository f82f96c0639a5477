"""One trial where it runs: what an objective is given, and what comes back whatever happens."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cutaway.core.contest import Direction, State
from cutaway.core.errors import InputTypeError
from cutaway.tuning.halving import Halving, Rungs
from cutaway.tuning.space import Value

Objective = Callable[..., float]
"""`objective(params)` or `objective(params, attempt)`, with the value to be made small, or large."""

MESSAGE_CHARACTERS = 300


class Pruned(BaseException):
    """Ends a trial that `Attempt.report` gives up. No `Exception`, so that an objective's own handling lets it pass."""


@dataclass(frozen=True, slots=True)
class Task:
    """A trial to be run: the same wherever and whenever that is. `seed` is the trial's own."""

    number: int
    params: Mapping[str, Value]
    seed: int
    direction: Direction = "minimize"
    pruning: Halving | None = None
    before: Rungs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a trial ended. `clock`: when it began, by the clock of 1970. `reports`: by step."""

    state: State
    value: float | None
    seconds: float
    clock: float
    message: str = ""
    reports: Mapping[int, float] = field(default_factory=dict)


class Attempt:
    """A trial as its objective sees it: its number, its seed, and where it reports how far it has come."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.number = task.number
        self.seed = task.seed
        self.reports: dict[int, float] = {}

    def report(self, step: int, value: float) -> None:
        """Say the value reached after `step` steps (1, 2, …); with pruning, a hopeless trial ends here.

        Raises: InputTypeError where the step is no whole number or the value is no number.
        """
        if isinstance(step, bool) or not hasattr(step, "__index__"):
            raise InputTypeError(f"report: expected step as a whole number, got {step!r}")
        self.reports[int(step)] = number_of(value, "report")
        rule = self._task.pruning
        if rule is None:
            return
        bracket = rule.bracket(self.number)
        earlier = {key: each for key, each in self.reports.items() if key != int(step)}
        fresh = len(rule.reached(self.reports, bracket)) > len(rule.reached(earlier, bracket))
        if fresh and rule.ends(self.reports, self._task.direction, bracket, self._task.before):
            raise Pruned(f"given up after step {int(step)}, where it was not among the best 1/{rule.factor}")


def number_of(value: Any, what: str) -> float:
    """The value as a number.

    Raises: InputTypeError.
    """
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputTypeError(f"{what}: expected a number, got {type(value).__name__} {str(value)[:60]!r}") from error


def takes_attempt(objective: Objective) -> bool:
    """Whether the objective wants its `Attempt` beside the parameters."""
    try:
        return _taking(objective)
    except TypeError:  # it has no hash, so nothing can be kept of it
        return _taking.__wrapped__(objective)


@lru_cache(maxsize=1)
def _taking(objective: Objective) -> bool:
    try:
        given = inspect.signature(objective).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [p for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    return len(required) > 1 or any(p.kind is p.VAR_POSITIONAL for p in given)


def ended(objective: Objective, task: Task) -> Ended:
    """Run the trial. Whatever the objective raises becomes the trial's state, but for an interruption from outside."""
    attempt = Attempt(task)
    clock, start = time.time(), time.perf_counter()

    def out(state: State, value: float | None, message: str) -> Ended:
        return Ended(state, value, time.perf_counter() - start, clock, message[:MESSAGE_CHARACTERS], attempt.reports)

    try:
        params = dict(task.params)
        value = number_of(objective(params, attempt) if takes_attempt(objective) else objective(params), "objective")
    except Pruned as why:
        return out("pruned", None, str(why))
    except MemoryError as error:
        return out("memory", None, f"out of memory {told(error)}".strip())
    except Exception as error:
        return out("failed", None, f"{type(error).__name__}: {told(error)}")
    except SystemExit as error:
        return out("failed", None, f"the objective ended its process with {error.code!r}")
    if not math.isfinite(value):
        return out("failed", None, f"the objective returned {value}; expected a finite number")
    return out("complete", value, "")


def told(error: BaseException) -> str:
    """What an exception says, in one line."""
    return " ".join(str(error).split())
