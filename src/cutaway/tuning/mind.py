"""What the sampler of one search knows, and what it asks next: an Optuna study in memory, fed batch by batch.

Whoever evaluates the trials, and whatever is stored where, the study here hears of them in the order of their numbers
and only when their whole batch has ended. So what is asked depends on the seed and on earlier batches alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cutaway.core.blas import one_blas_thread
from cutaway.core.contest import Direction
from cutaway.tuning.halving import Halving, Rungs
from cutaway.tuning.samplers import distributions, needed, sampler, seed_of, suggested
from cutaway.tuning.space import Space, Value
from cutaway.tuning.trials import Ended, Task

STATELESS = ("tpe", "gp", "random", "grid")
"""Methods whose question depends on the trials that have ended, and on nothing that the sampler keeps besides."""


class Mind:
    """The asking side of one search. `budget` counts for the method grid, whose points depend on it."""

    def __init__(self, method: str, space: Space, direction: Direction, seed: int, budget: int) -> None:
        optuna = needed("optuna", "tuning")
        self._optuna, self._method, self._space, self._direction, self._seed = optuna, method, space, direction, seed
        self._study: Any = optuna.create_study(direction=direction)
        self._asked: dict[int, Any] = {}
        self._rungs: list[tuple[int, Mapping[int, float]]] = []
        self.points: list[dict[str, Value]] = []
        self.sentence = ""
        if method == "grid":
            grid = space.grid(budget)
            order = _shuffled(len(grid.points), seed)
            self.points = [grid.points[k] for k in order[:budget]]
            self.sentence = grid.sentence

    def ask(self, number: int) -> dict[str, Value]:
        """The parameters of the trial of this number, which is one more than that of the last one asked or learnt."""
        self._study.sampler = sampler(self._method, self._seed, number, self._space)
        if self._method == "grid":
            self._study.enqueue_trial(self.points[number])
        with _one_thread(self._method):
            trial = self._study.ask()
            assert trial.number == number, (trial.number, number)
            self._asked[number] = trial
            return suggested(trial, self._space)

    def tell(self, number: int, end: Ended) -> None:
        """How an asked trial ended."""
        states = self._optuna.trial.TrialState
        trial = self._asked.pop(number)
        for step, value in end.reports.items():
            trial.report(value, step)
        self._rungs.append((number, end.reports))
        if end.state == "complete":
            self._study.tell(trial, end.value)
        else:
            self._study.tell(trial, state=states.PRUNED if end.state == "pruned" else states.FAIL)

    def learn(self, known: Sequence[tuple[int, Mapping[str, Value], Ended]]) -> None:
        """A whole batch of which the outcome is known: as to ask and to tell, without the sampler's work where that
        leaves no trace.
        """
        if self._method not in STATELESS:
            for number, _, _ in known:
                self.ask(number)
            for number, _, end in known:
                self.tell(number, end)
            return
        states = self._optuna.trial.TrialState
        for number, params, end in known:
            self._rungs.append((number, end.reports))
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    state={"complete": states.COMPLETE, "pruned": states.PRUNED}.get(end.state, states.FAIL),
                    value=end.value,
                    params=dict(params),
                    distributions=distributions(self._space, params),
                    intermediate_values=dict(end.reports),
                )
            )

    def rungs(self, rule: Halving | None) -> Rungs:
        """What the batches that have ended reported at each rung."""
        return {} if rule is None else rule.rungs(self._rungs)

    def tasks(self, asked: Sequence[tuple[int, Mapping[str, Value]]], rule: Halving | None) -> list[Task]:
        """The trials of one batch as they are handed to whoever runs them."""
        before = self.rungs(rule)
        return [
            Task(number, params, seed_of(self._seed, "trial", number), self._direction, rule, before)
            for number, params in asked
        ]


@contextmanager
def _one_thread(method: str) -> Iterator[None]:
    """The Gaussian process's small products take longer on several threads, far longer where others work."""
    if method != "gp":
        yield
        return
    torch = needed("torch", "the method gp")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with one_blas_thread():
            yield
    finally:
        torch.set_num_threads(before)


def _shuffled(count: int, seed: int) -> list[int]:
    import random

    order = list(range(count))
    random.Random(seed_of(seed, "grid")).shuffle(order)
    return order
