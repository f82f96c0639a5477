"""One search: a method asks for trials in numbered batches, workers run them, and a storage keeps them.

The trials are the same for any number of workers, and for a search that was interrupted and taken up again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from cutaway.core.contest import Direction, Search, Trial
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.tuning import samplers
from cutaway.tuning.halving import Halving
from cutaway.tuning.limits import Limits
from cutaway.tuning.mind import Mind
from cutaway.tuning.space import Space, Value
from cutaway.tuning.storage import Kept, Stored, opened
from cutaway.tuning.trials import Ended, Objective, Task
from cutaway.tuning.workers import Here, Processes

BATCH = 4
"""Trials that are asked for at once. More let more workers work at a time; fewer let the sampler learn sooner."""

MOST_TRIALS = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may use: trials, seconds by the clock, or both; whichever ends first. Trials that have begun are
    finished.

    Raises: InputError where neither is given, or one is not positive.
    """

    trials: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.trials is None and self.seconds is None:
            raise InputError("budget: expected trials, seconds or both, got neither; give Budget(trials=60)")
        if self.trials is not None and not 0 < self.trials <= MOST_TRIALS:
            raise InputError(f"budget: expected 1 to {MOST_TRIALS:,} trials, got {self.trials}")
        if self.seconds is not None and not self.seconds > 0:
            raise InputError(f"budget: expected more than 0 seconds, got {self.seconds}")


class Workers(Protocol):
    """Whoever runs trials. Each is handed on as it ends, in any order; trials begin in the order of the tasks."""

    def run(self, objective: Objective, tasks: Iterable[Task], until: float | None) -> Iterator[tuple[int, Ended]]:
        """Run the tasks. After `until` (by `time.monotonic`) none is begun."""
        ...


class Interrupted(KeyboardInterrupt):
    """The search was interrupted; `search` holds what had ended by then."""

    def __init__(self, search: Search) -> None:
        super().__init__("interrupted")
        self.search = search


def search(
    objective: Objective,
    space: Space,
    *,
    method: str = "tpe",
    budget: int | Budget = 60,
    direction: Direction = "minimize",
    seed: int = 0,
    repeat: int = 0,
    fold: int = 0,
    storage: Any = None,
    name: str = "search",
    workers: int | Workers = 1,
    batch: int = BATCH,
    pruning: Halving | None = None,
    limits: Limits | None = None,
    progress: Progress = silent,
) -> Search:
    """Search the space with one of `samplers.METHODS`.

    Args:
        objective: `objective(params)` or `objective(params, attempt)`; see `trials.Attempt`. What it raises, and
            values that are not finite, are recorded as failed trials. With processes it must be importable.
        space: What is searched.
        method: grid, random, quasi, tpe, gp or cmaes.
        budget: Trials, or a `Budget` with seconds.
        direction: "minimize" or "maximize".
        seed: Decides every trial, together with the budget for a grid, and with `batch`.
        repeat: Written into the result.
        fold: Likewise.
        storage: None, or an address of Optuna's storage such as `sqlite:///runs.db`, where every trial is kept as it
            ends; a search of the same `name` there is taken up where it stopped.
        name: The search's name in the storage.
        workers: Processes, or an object that runs trials; 1 without limits runs them in this process.
        batch: Trials that are asked for at once. More workers than this have nothing to do.
        pruning: Gives up trials that report too little; see `Halving`.
        limits: Seconds and memory that a trial may use.
        progress: Told after each trial.

    Raises:
        InputError: a method that does not exist, a budget or batch that is not positive, a stored search of the same
            name that was another one.
        MissingExtraError: Optuna or what the method needs is not installed.
        Interrupted: on ctrl-C; it holds the trials that have ended.

    Examples:
        >>> from cutaway.tuning import Float, Space
        >>> found = search(lambda p: (p["x"] - 1) ** 2, Space({"x": Float(-5, 5)}), method="random", budget=20)
        >>> len(found.trials), found.best("minimize").value < 1
        (20, True)
    """
    samplers.method_named(method)
    samplers.check_installed(method)
    budget = Budget(trials=budget) if isinstance(budget, int) else budget
    if direction not in ("minimize", "maximize"):
        raise InputError(f"direction {direction!r}: expected minimize or maximize")
    if batch < 1:
        raise InputError(f"batch: expected at least 1, got {batch}")
    most = MOST_TRIALS if budget.trials is None else budget.trials
    if method == "grid" and budget.trials is None:
        raise InputError("method 'grid': a grid is derived from a number of trials; give the budget in trials, too")
    with ExitStack() as stack:
        stack.enter_context(samplers.silent())
        mind = Mind(method, space, direction, seed, most)
        settings = {
            "objective": described(objective),
            "space": space.to_wire(),
            "method": method,
            "direction": direction,
            "seed": seed,
            "batch": batch,
            "pruning": None if pruning is None else [pruning.first, pruning.factor, pruning.brackets],
            **({"budget": most} if method == "grid" else {}),
        }
        kept = opened(storage, name, direction, settings)
        runners = workers if not isinstance(workers, int) else stack.enter_context(_started(workers, limits))
        course = _Course(objective, space, mind, kept, runners, budget, batch, pruning, progress)
        most = min(most, len(mind.points)) if method == "grid" else most

        def result() -> Search:
            return Search(
                method=method,
                repeat=repeat,
                fold=fold,
                seed=seed,
                trials=course.trials(),
                seconds=course.seconds(),
            )

        try:
            course.go(most)
        except KeyboardInterrupt as error:
            raise Interrupted(result()) from error
        finally:
            kept.close(course.seconds())
        return result()


def described(objective: Any) -> Any:
    """What the objective is, as a storage compares it: what it (or what it wraps) says of itself, or where it is
    defined.
    """
    each: Any
    for each in (objective, getattr(objective, "objective", None)):
        if hasattr(each, "describe"):
            return each.describe()
    kind = objective if hasattr(objective, "__qualname__") else type(objective)
    return f"{kind.__module__}:{kind.__qualname__}"


def _started(count: int, limits: Limits | None) -> AbstractContextManager[Workers]:
    if count < 1:
        raise InputError(f"workers: expected at least 1, got {count}")
    return Here() if count == 1 and limits is None else Processes(count, limits or Limits())


class _Course:
    """A search under way."""

    def __init__(
        self,
        objective: Objective,
        space: Space,
        mind: Mind,
        kept: Kept,
        workers: Workers,
        budget: Budget,
        batch: int,
        pruning: Halving | None,
        progress: Progress,
    ) -> None:
        self._objective, self._space, self._mind, self._kept, self._workers = objective, space, mind, kept, workers
        self._budget, self._batch, self._pruning, self._progress = budget, batch, pruning, progress
        self._asked: dict[int, Mapping[str, Value]] = {}
        self._ended: dict[int, Ended] = {}
        self._begun: dict[int, float] = {}
        self._start = time.monotonic() - kept.seconds
        self._clock = time.time() - kept.seconds

    def go(self, most: int) -> None:
        """Batch after batch, until the budget is used."""
        until = None if self._budget.seconds is None else self._start + self._budget.seconds
        for first in range(0, most, self._batch):
            if until is not None and time.monotonic() >= until and first not in self._kept.trials:
                return
            if not self._one(range(first, min(first + self._batch, most)), first, until):
                return

    def _one(self, numbers: range, first: int, until: float | None) -> bool:
        """One batch; whether all of it has ended."""
        stored = self._kept.trials
        done = [number in stored and stored[number].end is not None for number in numbers]
        whole = len(numbers) == self._batch  # the last one of a budget may be followed by more on another day
        if all(done) and whole and numbers[-1] + 1 in stored:
            for number in numbers:
                self._taken(number, stored[number])
            self._mind.learn([(number, self._asked[number], self._ended[number]) for number in numbers])
            return True
        for number in numbers:
            self._asked[number] = self._mind.ask(number)
            self._agree(number)
        self._kept.begin(first // self._batch, [(number, self._asked[number]) for number in numbers])
        for number in numbers:
            if number in stored and stored[number].end is not None:
                self._taken(number, stored[number])
        waiting = [(number, self._asked[number]) for number in numbers if number not in self._ended]
        for number, end in self._workers.run(self._objective, self._mind.tasks(waiting, self._pruning), until):
            self._begun[number] = max(0.0, end.clock - self._clock)
            self._kept.end(number, end, self._begun[number])
            self._ended[number] = end
            self._progress("trying", len(self._ended), self._budget.trials)
        if any(number not in self._ended for number in numbers):
            return False
        for number in numbers:
            self._mind.tell(number, self._ended[number])
        return True

    def _taken(self, number: int, stored: Stored) -> None:
        assert stored.end is not None
        self._asked[number], self._ended[number] = stored.params, stored.end
        self._begun[number] = stored.began

    def _agree(self, number: int) -> None:
        """Raise the error for a stored trial that this search would not have asked for."""
        stored = self._kept.trials.get(number)
        if stored is not None and not samplers.equal(stored.params, self._asked[number]):
            raise InputError(
                f"storage: trial {number} of {self._kept.name!r} has other parameters than the same seed gives now; it "
                f"was made with other versions of Optuna or its libraries: go on with those, or choose another name"
            )

    def trials(self) -> tuple[Trial, ...]:
        """What has ended, by number."""
        return tuple(
            Trial(
                number=number,
                batch=number // self._batch,
                params=dict(self._asked[number]),
                value=end.value,
                state=end.state,
                seconds=end.seconds,
                began=self._begun[number],
                message=end.message,
            )
            for number, end in sorted(self._ended.items())
        )

    def seconds(self) -> float:
        """The time that the search has taken so far, earlier parts of it included."""
        return time.monotonic() - self._start
