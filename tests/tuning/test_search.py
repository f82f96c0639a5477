"""Searches: the same trials for any number of workers, budgets, pruning, and objectives that go wrong."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import pytest

from cutaway.core.contest import Search
from cutaway.core.errors import InputError
from cutaway.tuning import METHODS, Budget, Choice, Float, Halving, Here, Interrupted, Limits, Processes, Space, search
from cutaway.tuning.samplers import seed_of, silent
from tests.tuning import objectives
from tests.tuning.objectives import PLANE, SPACE


def essence(found: Search) -> list[Any]:
    """What must be the same whoever ran it."""
    return [(t.number, t.batch, dict(t.params), t.value, t.state, t.message) for t in found.trials]


@pytest.fixture(scope="module")
def two() -> Any:
    with Processes(2) as workers:
        yield workers


@pytest.fixture(scope="module")
def four() -> Any:
    with Processes(4) as workers:
        yield workers


@pytest.mark.parametrize("method", METHODS)
def test_any_number_of_workers_gives_the_same_trials(method: str, two: Processes, four: Processes) -> None:
    budget = 13 if method == "gp" else 18
    one = search(objectives.lucky, PLANE, method=method, budget=budget, seed=3)
    assert [trial.number for trial in one.trials] == list(range(budget))
    assert essence(one) == essence(search(objectives.lucky, PLANE, method=method, budget=budget, seed=3, workers=two))
    assert essence(one) == essence(search(objectives.lucky, PLANE, method=method, budget=budget, seed=3, workers=four))
    assert essence(one) != essence(search(objectives.lucky, PLANE, method=method, budget=budget, seed=4))


@pytest.mark.parametrize("method", ["grid", "random", "quasi", "tpe", "cmaes"])
def test_conditions_hold_in_every_trial(method: str) -> None:
    found = search(objectives.bowl, SPACE, method=method, budget=22, seed=1)
    assert {trial.params["kernel"] for trial in found.trials} == {"rbf", "linear"}
    assert all(SPACE.contains(trial.params) for trial in found.trials)
    assert all(trial.value == objectives.bowl(dict(trial.params)) for trial in found.trials)


@pytest.mark.parametrize("method", METHODS)
def test_a_longer_budget_goes_on_where_a_shorter_one_ends(method: str) -> None:
    if method == "grid":  # a longer one is another grid
        points = {str(t.params) for t in search(objectives.plane, PLANE, method=method, budget=20).trials}
        assert len(points) == 20
        return
    short = search(objectives.plane, PLANE, method=method, budget=10, seed=2)
    long = search(objectives.plane, PLANE, method=method, budget=14, seed=2)
    assert essence(long)[:10] == essence(short)


def test_samplers_learn() -> None:
    """TPE, GP and CMA-ES end nearer to the best value, 0.1, than random search, in the mean of 5 seeds."""

    def end(method: str) -> float:
        found = [search(objectives.plane, PLANE, method=method, budget=40, seed=k) for k in range(5)]
        best = [one.best("minimize") for one in found]
        return sum(t.value for t in best if t is not None and t.value is not None) / 5

    assert end("tpe") < end("random")
    assert end("cmaes") < end("random")


def test_the_quasi_random_points_are_one_sobol_sequence() -> None:
    """In one dimension the first 16 points of a scrambled Sobol sequence fall into 16 equal parts, one in each."""
    found = search(lambda p: p["x"], Space({"x": Float(0, 16)}), method="quasi", budget=16, seed=5)
    assert sorted(math.floor(float(t.params["x"] or 0)) for t in found.trials) == list(range(16))


def test_pruning_is_the_same_for_any_number_of_workers(two: Processes) -> None:
    rule = Halving(first=1, factor=3)
    one = search(objectives.climbing, PLANE, method="tpe", budget=24, pruning=rule)
    assert essence(one) == essence(
        search(objectives.climbing, PLANE, method="tpe", budget=24, pruning=rule, workers=two)
    )
    states = [trial.state for trial in one.trials]
    assert states[:4] == ["complete"] * 4  # nobody came before them
    assert states.count("pruned") >= 6
    pruned = next(trial for trial in one.trials if trial.state == "pruned")
    assert pruned.value is None and pruned.message.startswith("given up after step ")


def test_hyperband_shares_its_trials_among_brackets() -> None:
    rule = Halving(first=1, factor=3, brackets=3)
    brackets = [rule.bracket(number) for number in range(90)]
    counts = [brackets.count(b) for b in range(3)]
    assert counts[0] > counts[1] > counts[2] > 0
    found = search(objectives.climbing, PLANE, method="random", budget=40, pruning=rule)
    assert {trial.state for trial in found.trials} == {"complete", "pruned"}


def test_what_goes_wrong_is_recorded_and_survived(tmp_path: Path) -> None:
    limits = Limits(seconds=3.0, memory_mb=1500)
    storage = f"sqlite:///{tmp_path}/runs.db"

    def run(budget: int) -> Search:
        return search(
            objectives.troubled, PLANE, method="random", budget=budget, workers=2, limits=limits, storage=storage
        )

    found = run(8)
    assert [trial.state for trial in found.trials] == [
        "complete",
        "failed",
        "failed",
        "timeout",
        "memory",
        "failed",
        "failed",
        "complete",
    ]
    said = [trial.message for trial in found.trials]
    assert said[1] == "ZeroDivisionError: it divides by nothing"
    assert said[2] == "the objective returned nan; expected a finite number"
    assert said[3] == "not done after 3 s"
    assert said[5] == "its process ended by signal 11"
    assert said[6] == "the objective ended its process with 'enough'"
    assert 3.0 <= found.trials[3].seconds < 20
    assert essence(run(8)) == essence(found)  # read back, none is tried again


def test_memory_is_watched_from_outside_too() -> None:
    found = search(objectives.hoarding, PLANE, budget=1, workers=1, limits=Limits(seconds=50, memory_mb=600))
    assert found.trials[0].state == "memory"
    assert found.trials[0].message.endswith("MB of 600 MB allowed")


def test_an_objective_that_returns_no_number() -> None:
    found = search(objectives.worded, PLANE, method="random", budget=1)
    assert found.trials[0].state == "failed"
    assert "expected a number, got str '0.5 or so'" in found.trials[0].message
    assert found.best("minimize") is None


def test_seconds_end_a_search_between_trials(two: Processes) -> None:
    start = time.monotonic()
    budget = Budget(trials=10_000, seconds=1.0)
    found = search(objectives.slow_plane, PLANE, method="random", budget=budget, workers=two)
    assert 1.0 <= time.monotonic() - start < 5.0
    assert 0 < len(found.trials) < 10_000
    assert [trial.number for trial in found.trials] == list(range(len(found.trials)))
    same = search(objectives.slow_plane, PLANE, method="random", budget=len(found.trials))
    assert essence(same) == essence(found)


def test_ctrl_c_hands_over_what_has_ended(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/runs.db"
    with pytest.raises(Interrupted) as caught:
        search(objectives.interrupting, PLANE, method="random", budget=12, storage=storage)
    assert [trial.number for trial in caught.value.search.trials] == list(range(6))
    assert isinstance(caught.value, KeyboardInterrupt)


def test_an_objective_that_cannot_travel_is_refused() -> None:
    with pytest.raises(InputError, match=r"to another process \(it stays here\); define it at the top"):
        search(objectives.Unpicklable(), PLANE, budget=2, workers=2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "tpee"}, "method 'tpee': there is none of that name; did you mean 'tpe'?"),
        ({"budget": 0}, "expected 1 to 1,000,000 trials, got 0"),
        ({"budget": -3}, "expected 1 to 1,000,000 trials, got -3"),
        ({"batch": 0}, "batch: expected at least 1, got 0"),
        ({"workers": 0}, "workers: expected at least 1, got 0"),
        ({"direction": "up"}, "direction 'up': expected minimize or maximize"),
        ({"method": "grid", "budget": Budget(seconds=1)}, "give the budget in trials, too"),
    ],
    ids=["method", "no trials", "negative", "batch", "workers", "direction", "grid"],
)
def test_wrong_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        search(objectives.plane, PLANE, **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Budget(), "expected trials, seconds or both, got neither"),
        (lambda: Budget(seconds=0), "more than 0 seconds, got 0"),
        (lambda: Limits(seconds=-1), "expected seconds above 0, got -1"),
        (lambda: Limits(memory_mb=0), "expected memory_mb above 0, got 0"),
        (lambda: Halving(first=0), "expected first of at least 1, got 0"),
        (lambda: Halving(factor=1), "expected factor of at least 2, got 1"),
        (lambda: Processes(0), "workers: expected at least 1, got 0"),
    ],
    ids=["neither", "no seconds", "limit", "memory", "first", "factor", "processes"],
)
def test_wrong_values_are_named(made: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        made()
    assert said in str(caught.value)


def test_direction_decides_what_is_best() -> None:
    found = search(objectives.plane, PLANE, method="random", budget=10, direction="maximize")
    best = found.best("maximize")
    assert best is not None and best.value == max(t.value for t in found.trials if t.value is not None)


def test_optuna_speaks_as_before_afterwards() -> None:
    import optuna

    before = optuna.logging.get_verbosity()
    with silent():
        assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert optuna.logging.get_verbosity() == before


def test_here_runs_in_this_process() -> None:
    seen: list[int] = []

    def noting(params: dict[str, Any]) -> float:
        seen.append(os.getpid())
        return 0.0

    search(noting, Space({"k": Choice(("a", "b"))}), method="random", budget=3, workers=Here())
    assert seen == [os.getpid()] * 3


@pytest.mark.parametrize("method", ["tpe", "cmaes", "random"])
def test_the_trials_are_those_of_optunas_own_sampler(method: str) -> None:
    """Asked one at a time, each time with a sampler of the trial's seed and the trials before it."""
    import optuna

    kinds: dict[str, Any] = {
        "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True),
        "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
        "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    }
    found = search(objectives.plane, PLANE, method=method, budget=20, seed=6, batch=1)
    with silent():
        study = optuna.create_study()
        for trial in found.trials:
            study.sampler = kinds[method](seed_of(6, method, trial.number))
            theirs = study.ask()
            params = {"x": theirs.suggest_float("x", -5, 5), "n": theirs.suggest_int("n", 1, 20)}
            assert params == trial.params
            study.tell(theirs, objectives.plane(params))


def test_an_objective_without_a_hash() -> None:
    class Listed(list[float]):
        def __call__(self, params: dict[str, Any], attempt: Any) -> float:
            return float(attempt.number)

    found = search(Listed(), PLANE, method="random", budget=3)
    assert [trial.value for trial in found.trials] == [0.0, 1.0, 2.0]
