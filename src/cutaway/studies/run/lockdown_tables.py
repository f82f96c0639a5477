"""What the study of lockdowns hands on of a fit: tables to look up in, and single numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from cutaway.core.progress import Progress
from cutaway.studies.run import covid
from cutaway.studies.run.lockdowns import Fit
from cutaway.studies.run.result import Table

BEFORE = 28  # days drawn before a lockdown
WAVES = ("infections", "onsets", "reports", "deaths")
MEASURES = {"reports": 2, "deaths": 3}
"""Which of the waves are counted, and their places."""


def interval(draws: np.ndarray) -> np.ndarray:
    """Low end, median and high end of the 95 % interval over the first axis: (3, …)."""
    return np.asarray(np.quantile(draws, (0.025, 0.5, 0.975), axis=0))


def columns(**each: np.ndarray) -> dict[str, list[Any]]:
    """Arrays as columns: plain values, what is not finite as nothing."""
    return {name: np.where(np.isfinite(values), values, np.nan).tolist() for name, values in each.items()}


def numbers(fit: Fit) -> dict[str, float]:
    """Days, counts on the day, fixed parameters, and how the sampler fared."""
    from cutaway.science.epidemic import Parameters

    found, priors = fit.posterior, fit.posterior.priors
    known = totals(fit)[:, fit.day - 1]
    fixed = {
        f"fixed_{one.name}": float(getattr(priors.fixed, one.name))
        for one in fields(Parameters)
        if one.name not in priors.free and one.name != "ascertainment"
    }
    definition = fit.observed.definition_day
    return {
        "first_day": float((fit.observed.dates[0] - date(1970, 1, 1)).days),
        "days": float(fit.days),
        "lockdown": float(fit.day),
        "definition": -1.0 if definition is None else float(definition),
        "known_cases": float(known[0]),
        "known_deaths": float(known[1]),
        "r_hat": max(found.r_hat.values()),
        "effective_size": min(min(both) for both in found.effective_size.values()),
        "steps": float(found.steps),
        "seconds": found.seconds,
        **fixed,
    }


def totals(fit: Fit) -> np.ndarray:
    """Cases and deaths reported until the end of each day, as the file has them: (2, days of the file)."""
    return np.stack(covid.reported(fit.observed.name)[1:])


def draws(fit: Fit) -> Table:
    """The posterior."""
    return Table(columns(**fit.posterior.draws), note="a draw of the posterior; ascertainment is drawn from its prior")


def counts(fit: Fit) -> Table:
    """What was counted, until as many days after the lockdown as are followed."""
    cases, deaths = totals(fit)
    series = {"cases": fit.observed.cases, "deaths": fit.observed.deaths, "total_cases": cases, "total_deaths": deaths}
    beyond = np.full(max(0, fit.days - len(cases)), np.nan)
    known = {name: np.concatenate((values, beyond))[: fit.days] for name, values in series.items()}
    return Table(
        {"day": list(range(fit.days)), **columns(**known)},
        note="a day: new counts, and all until its end as the file has them",
    )


def parameters(fit: Fit) -> Table:
    """Of each parameter the prior, the posterior, and how the sampler fared."""
    found = fit.posterior
    learned = found.learned()
    rows = []
    for name, prior in found.priors.free.items():
        low, middle, high = interval(found.draws[name])
        rows.append((name, *prior.interval(), low, middle, high, learned[name], found.r_hat[name],
                     *found.effective_size[name], prior.source))  # fmt: skip
    names = ("name", "prior_low", "prior_high", "low", "middle", "high", "learned", "r_hat", "bulk", "tail", "source")
    return Table(
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
        note="a parameter: 95 % intervals before and after the counts were seen; learned: 1 - the ratio of variances",
    )


def waves(moved: Fit, shift: int) -> Table:
    """The four waves with their intervals, from some days before the lockdown on."""
    first = max(0, moved.day - BEFORE)
    found = interval(moved.waves(shift))
    each = {
        f"{wave}_{end}": found[k, w, first:]
        for w, wave in enumerate(WAVES)
        for k, end in enumerate(("low", "middle", "high"))
    }
    return Table(
        {"day": list(range(first, moved.days)), **columns(**each)},
        note="a day: expected numbers with the ends of their 95 % intervals, the lockdown where it was moved to",
    )


def parted(moved: Fit, later: int) -> Table:
    """What was counted so many days after the lockdown, and which share of it had been infected before it."""
    from cutaway.science.epidemic import decomposition

    end = moved.day + later
    (cases, deaths), (cases_then, deaths_then) = (totals(moved)[:, day - 1] for day in (moved.day, end))
    found = decomposition(moved.posterior, reported_day=end - 1, totals=(cases, cases_then, deaths, deaths_then))
    middle, low, high = np.transpose((found.already, found.deaths_already))
    return Table(
        {
            "measure": list(MEASURES),
            **columns(known=np.array((cases, deaths)), counted=np.array((cases_then, deaths_then))),
            **columns(low=low, middle=middle, high=high),
            "ill": [found.ill[0], float("nan")],
        },
        note=f"counted until the lockdown and {later} days later, the share of it infected before the lockdown, and of "
        "cases the share that was ill by then and not reported",
    )


def infected(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Infections before the lockdown: those that came to be reported, and all, by the prior's ascertainment; (3,)."""
    some = fit.waves()[:, 0, : fit.day].sum(axis=1)
    return interval(some), interval(some / fit.posterior.draws["ascertainment"])


def shifts(moved: Fit, all_shifts: Sequence[int], progress: Progress) -> Table:
    """Reports and deaths until the last day, had the lockdown been on other days."""
    rows = []
    for at, shift in enumerate(all_shifts):
        progress("the lockdown on other days", at, len(all_shifts))
        sums = moved.waves(shift).sum(axis=2)
        rows.append([shift, *(end for k in MEASURES.values() for end in interval(sums[:, k]).tolist())])
    names = ["shift", *(f"{measure}_{end}" for measure in MEASURES for end in ("low", "middle", "high"))]
    return Table(
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
        note="a day of lockdown, against the true one: what would have been counted until the last day",
    )


def placebo(fit: Fit) -> Table:
    """The effect at every other date, and how probable each is, if all were equally so before."""
    found = fit.placebo
    each = {"effect": found.effect, "low": found.low, "high": found.high, "probability": found.probability}
    return Table(
        {"shift": found.shift.astype(int).tolist(), **columns(**each)},
        note="a date, against the true one: the fall of R in percent, had it fallen then; the date's probability",
    )


def predicted(fit: Fit, seed: int) -> Table:
    """What the fitted model would count on each fitted day, chance and all."""
    from cutaway.science.epidemic import predictive

    found = predictive(fit.posterior, seed=seed)
    days = np.arange(fit.observed.first, fit.observed.last + 1)
    each: dict[str, np.ndarray] = {}
    known = {"reports": (fit.observed.cases, "cases"), "deaths": (fit.observed.deaths, "deaths")}
    used = {"cases": fit.observed.fitted("cases"), "deaths": fit.observed.fitted("deaths")}
    for k, (name, (values, series)) in enumerate(known.items()):
        each[f"{name}_counted"] = np.where(used[series], values, np.nan)[days]
        for end, row in zip(("low", "low50", "middle", "high50", "high"), found.quantiles[k], strict=True):
            each[f"{name}_{end}"] = row[days]
    return Table({"day": days.tolist(), **columns(**each)}, note="a fitted day: counts, and intervals of 50 and 95 %")


def chance(fit: Fit, seed: int, runs: int = 100, shown: int = 10, every: int = 2) -> Table:
    """Outbreaks of one draw of the parameters, the most probable, that differ by chance alone."""
    from cutaway.science.epidemic import Parameters, ensemble

    found = fit.posterior
    best = int(np.argmax(found.likelihood.posterior(found.z)))
    names = [one.name for one in fields(Parameters)]
    values = {name: float(draw[best]) for name, draw in found.draws.items() if name in names}
    one = found.priors.fixed.change(**values | {"ascertainment": 1.0})
    first = max(0, fit.day - BEFORE)
    made = ensemble(
        one, fit.day, fit.days, runs=runs, seed=seed, start=first, definition_day=fit.observed.definition_day
    )
    days = np.arange(first, fit.days)[::-every][::-1]
    each: dict[str, np.ndarray] = {}
    for name in MEASURES:
        sums = getattr(made, name).cumsum(axis=1)[:, days]
        each |= {f"{name}_{end}": row for end, row in zip(("low", "middle", "high"), interval(sums), strict=True)}
        each |= {f"{name}_run{k}": sums[k] for k in range(shown)}
    return Table(
        {"day": days.tolist(), **columns(**each)},
        note=f"a day: counted until then in {shown} of {runs} outbreaks of the same parameters; where 95 % lie",
    )


def inside(table: Table) -> float:
    """The share of all counts that lie in their 95 % band."""
    kept: list[bool] = []
    for name in MEASURES:
        counted, low, high = (np.array(table.columns[f"{name}_{end}"], float) for end in ("counted", "low", "high"))
        seen = np.isfinite(counted)
        kept += ((low <= counted) & (counted <= high))[seen].tolist()
    return sum(kept) / len(kept)


def notes(fit: Fit) -> Table:
    """What is odd about the counts, and what is done about it."""
    known = fit.observed.notes
    return Table(
        {
            "series": [one.series for one in known],
            "day": [one.day for one in known],
            "why": [one.why for one in known],
            "text": [one.text for one in known],
            "left_out": [one.left_out for one in known],
        },
        note="something odd about the counts",
    )
