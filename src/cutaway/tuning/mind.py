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
from cutaway.tuning.samplers import Seeded, distribution, distributions, known, needed, seed_of, suggested
from cutaway.tuning.space import Space, Value
from cutaway.tuning.trials import Ended, Task

BLIND = ("grid", "random")
"""Methods that ask without regard to what has been found."""

STATELESS = ("tpe", "gp", "random", "grid")
"""Methods whose question depends on the trials that have ended, and on nothing that the sampler keeps besides."""


class Mind:
    """The asking side of one search. `budget` counts for the method grid, whose points depend on it."""

    def __init__(self, method: str, space: Space, direction: Direction, seed: int, budget: int) -> None:
        optuna = needed("optuna", "tuning")
        self._optuna, self._method, self._space, self._direction, self._seed = optuna, method, space, direction, seed
        self._sampler = Seeded(method, seed, known(method, space))
        self._storage: Any = optuna.storages.InMemoryStorage()
        self._study: Any = optuna.create_study(direction=direction, storage=self._storage)
        self._asked: dict[int, int] = {}  # number -> Optuna's own for it
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
        if self._method == "grid":
            return self.points[number]
        source = self._sampler.at(number)
        if self._method == "random":  # it looks at no study: none is kept for it
            params: dict[str, Value] = {}
            for name, parameter in self._space.active(params):
                params[name] = source.sample_independent(self._study, None, name, distribution(parameter))
            return params
        with _one_thread(self._method):
            self._study.sampler = source
            trial = self._study.ask()
            assert trial.number == number, (trial.number, number)
            self._asked[number] = trial._trial_id
            return suggested(trial, self._space)

    def tell(self, number: int, end: Ended) -> None:
        """How an asked trial ended."""
        self._rungs.append((number, end.reports))
        if self._method in BLIND:
            return
        # To the storage itself: `Study.tell` would copy the trial to hand it back.
        trial = self._asked.pop(number)
        for step, value in end.reports.items():
            self._storage.set_trial_intermediate_value(trial, step, value)
        self._storage.set_trial_state_values(trial, self._state(end), None if end.value is None else [end.value])

    def _state(self, end: Ended) -> Any:
        states = self._optuna.trial.TrialState
        return {"complete": states.COMPLETE, "pruned": states.PRUNED}.get(end.state, states.FAIL)

    def learn(self, past: Sequence[tuple[int, Mapping[str, Value], Ended]]) -> None:
        """A whole batch of which the outcome is known: as to ask and to tell, without the sampler's work where that
        leaves no trace.
        """
        if self._method not in STATELESS:
            for number, _, _ in past:
                self.ask(number)
            for number, _, end in past:
                self.tell(number, end)
            return
        for number, params, end in past:
            self._rungs.append((number, end.reports))
            if self._method in BLIND:
                continue
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    state=self._state(end),
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
