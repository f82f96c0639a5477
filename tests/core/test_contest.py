"""The values of a contest: what the best trial is, and that all of it is JSON."""

from __future__ import annotations

import json
import math

import pytest

from cutaway.core.contest import Budget, Contest, Estimate, Search, Standing, Trial, Verdict


def trial(number: int, value: float | None, state: str = "complete") -> Trial:
    return Trial(number=number, batch=number, params={"c": 1.0, "k": "rbf"}, value=value, state=state, seconds=0.5)  # type: ignore[arg-type]


def test_the_best_trial_is_the_first_of_the_best_that_completed() -> None:
    trials = (trial(0, 0.5), trial(1, 0.9), trial(2, 0.9), trial(3, 2.0, "pruned"), trial(4, None, "failed"))
    search = Search(method="random", repeat=0, seed=1, trials=(*trials, trial(5, math.nan)))
    assert search.best("maximize") == trials[1]
    assert search.best("minimize") == trials[0]
    assert Search(method="random", repeat=0, seed=1, trials=trials[4:]).best("maximize") is None


def test_a_contest_is_json() -> None:
    one = Estimate(value=0.9)
    standing = Standing(
        method="random",
        selected=one,
        outer=one,
        corrected=None,
        optimism=None,
        regret=None,
        trials=2,
        failed=0,
        seconds=1.0,
        rank=1.0,
        chosen=({"c": 1.0},),
    )
    verdict = Verdict(
        a="tpe", b="random", outcome="tie", difference=0.0, low=-1, high=1, p=1, p_corrected=1, sentence="No."
    )
    contest = Contest(
        objective="f",
        direction="maximize",
        budget=Budget(trials=2, seconds=None, repeats=1),
        methods=("random",),
        searches=(Search(method="random", repeat=0, seed=1, trials=(trial(0, 0.5),)),),
        standings=(standing,),
        verdicts=(verdict,),
    )
    wire = json.loads(json.dumps(contest.to_wire(), allow_nan=False))
    assert wire["standings"][0]["selected"] == {"value": 0.9, "low": None, "high": None, "level": 0.95}
    assert wire["searches"][0]["trials"][0]["params"] == {"c": 1.0, "k": "rbf"}
    assert contest.standing("random") is standing
    with pytest.raises(KeyError, match="tpe"):
        contest.standing("tpe")
