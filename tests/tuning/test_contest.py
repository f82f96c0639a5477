"""Contests on objectives whose truth is known: what is biased, what is shown, what is said of it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.contest import Search
from cutaway.core.errors import InputError
from cutaway.tuning import Attempt, Budget, Choice, Float, Int, Interrupted, Space, search
from cutaway.tuning.contest import ContestInterrupted, contest
from cutaway.tuning.samplers import seed_of
from cutaway.tuning.standings import unit

PLANE = Space({"x": Float(-1, 1), "y": Float(-1, 1), "z": Float(-1, 1)})


def noise(params: Any, attempt: Attempt) -> float:
    """Every configuration is worth 0; what is seen of it is luck."""
    return float(np.random.default_rng(attempt.seed).normal())


def one_matters(params: Any) -> float:
    return float((params["x"] - 0.123) ** 2)


def test_the_selected_score_is_too_hopeful_and_the_unseen_one_is_not() -> None:
    found = contest(
        noise, PLANE, methods=("random", "quasi"), budget=20, repeats=12, direction="maximize", unseen=lambda p: 0.0
    )
    for standing in found.standings:
        assert standing.selected.low > 1.2  # the largest of 20 standard normals is 1.87 on average
        assert standing.outer is not None and standing.optimism is not None
        assert standing.outer.value == 0.0
        assert standing.optimism.low < 1.867 < standing.optimism.high
    assert found.verdicts[0].outcome == "tie"
    assert "too hopeful" in found.summary


def test_a_grid_wastes_trials_on_what_does_not_matter_and_the_verdict_says_so() -> None:
    """Bergstra and Bengio, 2012: 27 points of a grid look at 3 values of the one parameter that matters."""
    found = contest(
        one_matters, PLANE, methods=("grid", "random"), budget=27, repeats=10, truth=0.0, unseen=one_matters
    )
    verdict = found.verdicts[0]
    assert (verdict.a, verdict.b, verdict.outcome, verdict.measure) == ("grid", "random", "loss", "outer")
    assert verdict.high < 0 < verdict.losses
    assert verdict.p_corrected < 0.05
    assert verdict.sentence.startswith("random beats grid")
    assert found.summary.startswith("random beats every other method.")
    assert found.standing("random").rank < found.standing("grid").rank
    assert found.importances[0].parameter == "x"
    assert found.importances[0].share > 0.9
    assert "x: 3 values" in found.notes[0]


def test_searches_of_a_place_are_paired_and_cost_the_same() -> None:
    found = contest(one_matters, PLANE, methods=("grid", "random", "tpe"), budget=9, repeats=2)
    assert len(found.searches) == 6
    assert {len(one.trials) for one in found.searches} == {9}
    for repeat in range(2):
        assert len({one.seed for one in found.searches if one.repeat == repeat}) == 1
    assert len({one.seed for one in found.searches}) == 2
    alone = search(one_matters, PLANE, method="tpe", budget=9, seed=seed_of(0, "place", 1, 0), repeat=1)
    same = next(one for one in found.searches if one.method == "tpe" and one.repeat == 1)
    assert [dict(t.params) for t in same.trials] == [dict(t.params) for t in alone.trials]


def test_curves_fall_to_the_regret_that_is_left() -> None:
    found = contest(
        one_matters, PLANE, methods=("random", "quasi"), budget=12, repeats=3, truth=0.0, unseen=one_matters
    )
    for method in found.methods:
        trials, seconds = (c for c in found.curves if c.method == method)
        assert (trials.by, seconds.by) == ("trials", "seconds")
        assert list(trials.x) == list(range(1, 13))
        assert np.all(np.diff(trials.middle) <= 1e-12)
        regret = found.standing(method).regret
        assert regret is not None and trials.middle[-1] == pytest.approx(regret.value)
        assert seconds.middle[-1] == pytest.approx(regret.value)
    json.dumps(found.to_wire(), allow_nan=False)


def test_without_anything_unseen_the_best_value_is_compared_and_a_note_says_so() -> None:
    found = contest(one_matters, PLANE, methods=("random", "grid"), budget=6, repeats=2)
    assert found.verdicts[0].measure == "selected"
    assert found.standings[0].outer is None
    assert any(note.startswith("Nothing was held out") for note in found.notes)
    assert any("2 repeats cannot show a difference among 2 methods" in note for note in found.notes)
    assert found.verdicts[0].outcome == "tie"


def fragile(params: Any) -> float:
    if params["x"] > 0:
        raise ValueError("x above 0")
    return float(params["x"])


def hopeless(params: Any) -> float:
    raise RuntimeError("no licence")


def test_failures_are_counted_and_a_method_without_a_value_ends_it_with_the_reason() -> None:
    found = contest(fragile, PLANE, methods=("random",), budget=20, repeats=2)
    assert 0 < found.standings[0].failed < 20
    assert found.standings[0].trials + found.standings[0].failed == 20
    assert any("trials failed; the first: ValueError: x above 0" in note for note in found.notes)
    with pytest.raises(InputError, match="random in repeat 1: RuntimeError: no licence"):
        contest(hopeless, PLANE, methods=("random",), budget=2, repeats=1)


class Counting:
    """An objective that knows how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, params: Any) -> float:
        self.asked += 1
        return one_matters(params)


def test_a_stored_contest_goes_on_where_it_stopped(tmp_path: Path) -> None:
    storage, objective = f"sqlite:///{tmp_path}/runs.db", Counting()
    first = contest(objective, PLANE, methods=("random", "tpe"), budget=3, repeats=1, storage=storage)
    assert objective.asked == 6
    again = contest(objective, PLANE, methods=("random", "tpe"), budget=3, repeats=2, storage=storage)
    assert objective.asked == 12
    assert [one.best("minimize") for one in again.searches[:2]] == [one.best("minimize") for one in first.searches]


def test_an_interrupted_contest_hands_on_what_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    contests = importlib.import_module("cutaway.tuning.contest")
    real, calls = contests.search, []

    def stops(*args: Any, **kwargs: Any) -> Search:
        calls.append(kwargs["method"])
        found = real(*args, **kwargs)
        if len(calls) == 3:
            raise Interrupted(found)
        return found

    monkeypatch.setattr(contests, "search", stops)
    with pytest.raises(ContestInterrupted) as caught:
        contest(one_matters, PLANE, methods=("random", "quasi"), budget=3, repeats=4)
    assert [one.method for one in caught.value.searches] == ["random", "quasi", "quasi"]  # the order turns
    assert caught.value.search is caught.value.searches[-1]


def test_seconds_are_a_budget_too() -> None:
    found = contest(one_matters, PLANE, methods=("random",), budget=Budget(trials=500, seconds=0.2), repeats=2)
    assert found.budget.seconds == 0.2
    assert all(0 < len(one.trials) <= 500 for one in found.searches)
    assert not any("did not use up" in note for note in found.notes)


def test_a_finite_space_that_is_used_up_is_told() -> None:
    found = contest(lambda p: p["k"], Space({"k": Int(1, 3)}), methods=("grid", "random"), budget=5, repeats=2)
    assert any(note.startswith("grid did not use up the budget") for note in found.notes)


def test_values_have_a_place_in_their_range() -> None:
    space = Space({"C": Float(0.01, 100, log=True), "n": Int(0, 4), "k": Choice((True, 2, "a"))})
    assert [unit(space, "C", 0.1), unit(space, "n", 1)] == pytest.approx([0.25, 0.25])
    assert [unit(space, "k", value) for value in (True, 2, "a")] == [0, 1, 2]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "twice": ({"methods": ("random", "random")}, "'random' stands there twice"),
    "none": ({"methods": ()}, "methods: expected a list"),
    "text": ({"methods": "random"}, "methods: expected a list"),
    "unknown": ({"methods": ("rando",)}, "did you mean 'random'"),
    "repeats": ({"repeats": 0}, "repeats: expected 1 or more"),
    "space": ({"space": None}, "expected the space of the objective"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_argument_is_named(case: str) -> None:
    given, message = BAD[case]
    with pytest.raises(InputError, match=message):
        contest(one_matters, **{"space": PLANE, "budget": 2, "repeats": 1, "methods": ("random",), **given})
