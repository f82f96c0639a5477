"""Contests of tuning methods: one that was really held, on a function whose best is known, and some by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from cutaway.core.contest import (
    Budget,
    Contest,
    Curve,
    Estimate,
    Importance,
    ParameterRange,
    Search,
    Standing,
    Trial,
    Value,
    Verdict,
)
from tests.report.audits import HOSTILE

TRIALS, REPEATS = 16, 8
METHODS = ("grid", "random", "local")
SPACE = (
    ParameterRange(name="C", kind="float", low=1e-3, high=1e3, log=True),
    ParameterRange(name="kernel", kind="choice", choices=("linear", "rbf")),
    ParameterRange(name="gamma", kind="float", low=1e-4, high=1e1, log=True, when={"kernel": "rbf"}),
    ParameterRange(name="steps", kind="int", low=10, high=100),
)


def score(params: Mapping[str, Value]) -> float:
    """Best at C = 10, gamma = 0.1 with the kernel rbf: 0.9. The number of steps decides nothing."""
    c = math.log10(float(params["C"]))  # type: ignore[arg-type]
    if params["kernel"] == "linear":
        return 0.8 - 0.03 * (c - 0.5) ** 2
    gamma = math.log10(float(params["gamma"]))  # type: ignore[arg-type]
    return 0.9 - 0.04 * (c - 1) ** 2 - 0.06 * (gamma + 1) ** 2 - 0.03 * (c - 1) * (gamma + 1)


def drawn(luck: np.random.Generator) -> dict[str, Value]:
    params: dict[str, Value] = {
        "C": float(10 ** luck.uniform(-3, 3)),
        "kernel": ("linear", "rbf")[int(luck.integers(2))],
        "steps": int(luck.integers(10, 101)),
    }
    return params | ({"gamma": float(10 ** luck.uniform(-4, 1))} if params["kernel"] == "rbf" else {})


def _grid(luck: np.random.Generator, at: int, told: list[Trial]) -> dict[str, Value]:
    c, gamma = divmod(at, 4)
    return {"C": 10.0 ** (-2.25 + 1.5 * c), "kernel": "rbf", "gamma": 10.0 ** (-3.4 + 1.2 * gamma), "steps": 55}


def _random(luck: np.random.Generator, at: int, told: list[Trial]) -> dict[str, Value]:
    return drawn(luck)


def _local(luck: np.random.Generator, at: int, told: list[Trial]) -> dict[str, Value]:
    """Eight draws, then steps around the best so far."""
    known = [one for one in told if one.value is not None]
    if at < 8 or not known:
        return drawn(luck)
    best = dict(max(known, key=lambda one: one.value or -math.inf).params)
    for name, low, high in (("C", -3, 3), ("gamma", -4, 1)):
        if name in best:
            near = math.log10(float(best[name])) + luck.normal(0, 0.5)  # type: ignore[arg-type]
            best[name] = float(10 ** min(high, max(low, near)))
    return best


ASK: dict[str, Callable[[np.random.Generator, int, list[Trial]], dict[str, Value]]] = {
    "grid": _grid,
    "random": _random,
    "local": _local,
}


def search(method: str, repeat: int) -> Search:
    """Noisy trials, one of which fails where C is tiny and one of which takes too long where it is huge."""
    luck, noise = (np.random.default_rng((repeat, at)) for at in (0, 1))
    told: list[Trial] = []
    began = 0.0
    for number in range(TRIALS):
        params = ASK[method](luck, number, told)
        c, seconds = float(params["C"]), 0.2 + 0.1 * float(noise.random())  # type: ignore[arg-type]
        value, state, message = score(params) + 0.01 * float(noise.standard_normal()), "complete", ""
        if c < 2e-3:
            value, state, message = None, "failed", "ValueError: the penalty leaves no weight"  # type: ignore[assignment]
        elif c > 7e2:
            value, state, seconds, message = None, "timeout", 2.0, "more than 2 s"  # type: ignore[assignment]
        told.append(
            Trial(number=number, batch=number // 4, params=params, value=value, state=state,  # type: ignore[arg-type]
                  seconds=seconds, began=began, message=message)
        )  # fmt: skip
        began += seconds + 0.01
    return Search(method=method, repeat=repeat, seed=repeat, trials=tuple(told), seconds=began)


def interval(values: np.ndarray) -> Estimate:
    error = 2.36 * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(value=float(values.mean()), low=float(values.mean()) - error, high=float(values.mean()) + error)


@cache
def held() -> Contest:
    """A contest over the function above, with everything that a report draws."""
    searches = tuple(search(method, repeat) for repeat in range(REPEATS) for method in METHODS)
    chosen = {m: [one.best("maximize") for one in searches if one.method == m] for m in METHODS}
    selected = {m: np.array([one.value for one in each if one is not None]) for m, each in chosen.items()}
    outer = {m: np.array([score(one.params) for one in each if one is not None]) for m, each in chosen.items()}
    ranks = np.argsort(np.argsort([-outer[m] for m in METHODS], axis=0), axis=0) + 1.0
    standings = tuple(
        Standing(
            method=m,
            selected=interval(selected[m]),
            outer=interval(outer[m]),
            corrected=interval(selected[m] - 0.008),
            optimism=interval(selected[m] - outer[m]),
            regret=interval(0.9 - outer[m]),
            trials=TRIALS - 1.0,
            failed=1.0 if m != "grid" else 0.0,
            seconds=float(np.mean([one.seconds for one in searches if one.method == m])),
            rank=float(ranks[at].mean()),
            chosen=tuple(one.params for one in chosen[m] if one is not None),
        )
        for at, m in enumerate(METHODS)
    )
    verdicts = tuple(_verdict(a, b, outer[a] - outer[b]) for a, b in
                     (("local", "random"), ("local", "grid"), ("random", "grid")))  # fmt: skip
    return Contest(
        objective="a function of four settings",
        direction="maximize",
        metric="accuracy",
        budget=Budget(trials=TRIALS, seconds=None, repeats=REPEATS, outer_folds=5, inner_folds=3),
        methods=METHODS,
        searches=searches,
        standings=standings,
        verdicts=verdicts,
        importances=(
            Importance(parameter="C", share=0.52, low=0.41, high=0.66, alone=0.4),
            Importance(parameter="gamma", share=0.38, low=0.22, high=0.5, alone=0.3),
            Importance(parameter="kernel", share=0.12, low=0.04, high=0.2, alone=0.05),
            Importance(parameter="steps", share=0.004, low=0.0, high=0.03, alone=0.0),
        ),
        curves=tuple(_curve(searches, m, by) for m in METHODS for by in ("trials", "seconds")),
        space=SPACE,
        truth=0.9,
        summary="Of three methods local is shown to be better than grid; against random nothing is shown",
        notes=(
            "the grid has 4 values of C and 4 of gamma, 16 in all, at the middle of their steps",
            "One seed a repeat.",
        ),
        versions={"cutaway": "0.1", "optuna": "5.0"},
        seed=7,
        seconds=12.5,
    )


def _verdict(a: str, b: str, difference: np.ndarray) -> Verdict:
    told = interval(difference)
    outcome = "win" if told.low > 0 else "loss" if told.high < 0 else "tie"
    words = {"win": "is better than", "loss": "is worse than", "tie": "is not shown to differ from"}[outcome]
    return Verdict(
        a=a, b=b, outcome=outcome, difference=told.value, low=told.low, high=told.high, p=0.01, p_corrected=0.03,  # type: ignore[arg-type]
        sentence=f"{a} {words} {b}: by {told.value:.3f} ({told.low:.3f} to {told.high:.3f})",
        wins=int((difference > 0).sum()), ties=int((difference == 0).sum()), losses=int((difference < 0).sum()),
    )  # fmt: skip


def _curve(searches: tuple[Search, ...], method: str, by: str) -> Curve:
    x = np.arange(1, TRIALS + 1.0) if by == "trials" else np.linspace(0.3, 5, 20)
    regret = []
    for one in searches:
        if one.method == method:
            ends = [trial.number + 1 if by == "trials" else trial.began + trial.seconds for trial in one.trials]
            worth = [0.5 if trial.value is None else score(trial.params) for trial in one.trials]
            regret.append([0.9 - max([0.5, *(w for w, end in zip(worth, ends, strict=True) if end <= at)]) for at in x])
    values = np.array(regret)
    error = 2.36 * values.std(axis=0, ddof=1) / math.sqrt(len(values))
    lower, upper = np.quantile(values, [0.25, 0.75], axis=0)
    parts = {"x": x, "middle": values.mean(axis=0), "low": np.maximum(0, values.mean(axis=0) - error),
             "high": values.mean(axis=0) + error, "lower": lower, "upper": upper}  # fmt: skip
    return Curve(
        method=method, by=by, quantity="regret", **{name: tuple(each.tolist()) for name, each in parts.items()}
    )  # type: ignore[arg-type]


def single() -> Contest:
    """One method, one repeat, lower is better: nothing to compare, no interval, nothing unseen."""
    contest = held()
    only = contest.searches[1]
    value = Estimate(value=0.31)
    standing = Standing(
        method="random", selected=value, outer=None, corrected=None, optimism=None, regret=None,
        trials=16, failed=0, seconds=4.0, rank=1.0, chosen=(only.trials[0].params,),
    )  # fmt: skip
    return replace(
        contest,
        objective="my_module:objective",
        direction="minimize",
        metric="value",
        budget=Budget(trials=TRIALS, seconds=60.0, repeats=1),
        methods=("random",),
        searches=(only,),
        standings=(standing,),
        verdicts=(),
        importances=(),
        curves=(),
        truth=None,
        summary="",
        notes=(),
    )


def barren() -> Contest:
    """No trial completed."""
    contest = single()
    failed = tuple(
        replace(one, value=None, state="failed", message="ZeroDivisionError: by zero")
        for one in contest.searches[0].trials
    )
    nothing = Estimate(value=math.nan)
    return replace(
        contest,
        searches=(replace(contest.searches[0], trials=failed),),
        standings=(replace(contest.standings[0], selected=nothing, trials=0, failed=16, chosen=()),),
        notes=("no trial of random completed: ZeroDivisionError: by zero",),
    )


def hostile() -> Contest:
    """Names that try to be markup, code, escape sequences or very long."""
    contest = held()
    names = dict(zip(("C", "kernel", "gamma", "steps"), HOSTILE, strict=False))
    searches = tuple(
        replace(one, trials=tuple(
            replace(t, params={names.get(k, k): HOSTILE[0] if v == "rbf" else v for k, v in t.params.items()},
                    message=HOSTILE[0] if t.message else "")
            for t in one.trials
        ))
        for one in contest.searches
    )  # fmt: skip
    space = tuple(
        replace(one, name=names.get(one.name, one.name), choices=("linear", HOSTILE[0]) if one.choices else ())
        for one in contest.space
    )
    importances = tuple(replace(one, parameter=names.get(one.parameter, one.parameter)) for one in contest.importances)
    return replace(
        contest, objective=HOSTILE[0], metric=HOSTILE[1], searches=searches, space=space, importances=importances,
        summary=HOSTILE[0], notes=(HOSTILE[2], HOSTILE[0]),
    )  # fmt: skip


ALL: dict[str, Callable[[], Contest]] = {"held": held, "single": single, "barren": barren, "hostile": hostile}
