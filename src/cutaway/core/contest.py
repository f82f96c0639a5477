"""A comparison of tuning methods as values: what `tuning` makes and the report, the terminal and the pages draw.

Scores stand as the objective gave them: `direction` says whether higher or lower is better. Every difference, optimism
and regret has its sign turned so that the sentence "positive is better" (differences) or "positive is too hopeful"
(optimism) or "0 is the best there is" (regret) holds in both directions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cutaway.core.wire import to_wire

Direction = Literal["maximize", "minimize"]
State = Literal["complete", "failed", "timeout", "pruned", "memory"]
Value = bool | int | float | str | None
Outcome = Literal["win", "tie", "loss"]

METHOD_NAMES = {
    "grid": "grid",
    "random": "random",
    "quasi": "quasi-random",
    "tpe": "TPE",
    "cmaes": "CMA-ES",
    "gp": "Gaussian process",
}
"""Tuning method -> what readers call it, in the order in which stored tables number them."""


def method_name(method: str) -> str:
    """A tuning method as a reader knows it.

    >>> method_name("tpe"), method_name("of my own")
    ('TPE', 'of my own')
    """
    return METHOD_NAMES.get(method, method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One configuration tried. `value` is None unless the trial is complete; absent parameters have no key.

    `began` and `seconds`: when it started, in seconds since its search began, and how long it took.
    """

    number: int
    batch: int
    params: Mapping[str, Value]
    value: float | None
    state: State
    seconds: float
    began: float = 0.0
    message: str = ""  # why it did not complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One run of one method. Searches of one `repeat` and `fold` are paired: same seed, splits and budget."""

    method: str
    repeat: int
    seed: int
    trials: tuple[Trial, ...]
    fold: int = 0  # the outer fold that it never saw, where there are folds
    seconds: float = 0.0  # of the whole search, the sampler's own time among them

    def best(self, direction: Direction) -> Trial | None:
        """The complete trial of the best value, the first among equals; None where none completed."""
        sign = 1.0 if direction == "maximize" else -1.0
        best: Trial | None = None
        for trial in self.trials:
            if trial.value is None or trial.state != "complete" or math.isnan(trial.value):
                continue
            if best is None or best.value is None or sign * trial.value > sign * best.value:
                best = trial
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval at `level`; an end is NaN where the interval cannot be known (one repeat)."""

    value: float
    low: float = math.nan
    high: float = math.nan
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one method did, over all repeats.

    `selected`: the score it selected by (inner). `outer`: the score on what the search never saw; None where there is
    nothing unseen. `optimism`: how much better `selected` looks than `outer`, paired by repeat. `corrected`:
    `selected` corrected by bootstrap without looking at anything unseen; None where the objective tells no rows.
    `regret`: distance to the best configuration that is known, which is the true one only if `truth` of the contest
    says so.
    """

    method: str
    selected: Estimate
    outer: Estimate | None
    corrected: Estimate | None
    optimism: Estimate | None
    regret: Estimate | None
    trials: float  # complete, a search
    failed: float  # failed, timed out, out of memory: a search
    seconds: float  # wall time, a search
    rank: float  # mean rank over the repeats, 1 is best
    chosen: tuple[Mapping[str, Value], ...] = ()  # the configuration of each search


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether method `a` beats method `b` in `measure`, by a paired test over the repeats.

    `difference` is positive where `a` is better, with its interval `low` … `high`. `p` is of the one test,
    `p_corrected` among all pairs (Holm). `outcome` is of `a`: a tie is a difference that is not shown.
    """

    a: str
    b: str
    outcome: Outcome
    difference: float
    low: float
    high: float
    p: float
    p_corrected: float
    sentence: str
    measure: str = "outer"
    wins: int = 0  # repeats in which a was better
    ties: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How far a method was after so many trials, or seconds, over its repeats.

    `middle` is the mean, `low` … `high` its interval, `lower` … `upper` the middle half of the repeats. `quantity`:
    "regret" (to the best known; 0 is the best) or "best" (the best value so far, in the objective's unit).
    """

    method: str
    by: Literal["trials", "seconds"]
    quantity: Literal["regret", "best"]
    x: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """The share of the score's variance over the space that a parameter has part in, with its interval.

    Shares of parameters that act together count it for each, so that the sum may be above 1. `alone` is the share
    that it has without any other.
    """

    parameter: str
    share: float
    low: float
    high: float
    alone: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What a surrogate makes of the finished trials over two parameters, on a square of `side` places along each.

    `mean` in the score's unit, `sd` and `gain` (expected improvement over what is believed best): place (i, j) of the
    first and second parameter stands at i · side + j, from the lower to the upper end of their ranges on their scales.
    `fixed`: the other parameters, as in the best trial; `best`: these two there. `trials` are what it is made of, of
    which `cut` were far below the others and taken as less far.
    """

    parameters: tuple[str, str]
    side: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    gain: tuple[float, ...]
    trials: int
    cut: int
    fixed: Mapping[str, Value]
    best: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRange:
    """A parameter as a picture needs it: ends of a number, or the choices; `when` are conditions as text."""

    name: str
    kind: Literal["float", "int", "choice"]
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Value, ...] = ()
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What every search was given: trials, seconds or both."""

    trials: int | None
    seconds: float | None
    repeats: int
    outer_folds: int = 0  # 0: nothing was held out
    inner_folds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Tuning methods compared on one objective."""

    objective: str
    direction: Direction
    budget: Budget
    methods: tuple[str, ...]
    searches: tuple[Search, ...]
    standings: tuple[Standing, ...]
    verdicts: tuple[Verdict, ...]
    importances: tuple[Importance, ...] = ()
    curves: tuple[Curve, ...] = ()
    space: tuple[ParameterRange, ...] = ()
    believed: Believed | None = None
    metric: str = "value"
    truth: float | None = None  # the best value there is, where it is known
    summary: str = ""  # the verdict in words
    notes: tuple[str, ...] = ()  # how the grid was derived, what was left out and why
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    seconds: float = 0.0

    def standing(self, method: str) -> Standing:
        """That of one method.

        Raises:
            KeyError: the method took no part.
        """
        for each in self.standings:
            if each.method == method:
                return each
        raise KeyError(method)

    def to_wire(self) -> dict[str, Any]:
        """As JSON takes it; what is not finite becomes null."""
        wire: dict[str, Any] = to_wire(self)
        return wire
