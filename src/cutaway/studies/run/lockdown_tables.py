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
        note="a day: expected numbers a day with the ends of their 95 % intervals, with the lockdown where it was moved to",
    )


def parted(moved: Fit, later: int) -> Table:
    """What was counted so many days after the lockdown, and which share of it had been infected before it."""
    whole, cohort = moved.waves(), moved.waves(until=moved.day)
    end = moved.day + later
    known, counted = (totals(moved)[:, day - 1] for day in (moved.day, end))
    shares = [interval(cohort[:, k, :end].sum(axis=1) / whole[:, k, :end].sum(axis=1)) for k in MEASURES.values()]
    low, middle, high = np.transpose(shares)
    return Table(
        {"measure": list(MEASURES), **columns(known=known, counted=counted, low=low, middle=middle, high=high)},
        note=f"counted until the lockdown and {later} days later, and the share of it infected before the lockdown",
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
    """The effect at every other date."""
    found = fit.placebo
    return Table(
        columns(shift=found.shift, low=found.low, middle=found.middle, high=found.high, fit=found.fit),
        note="a date, against the true one: R after it, of R before, and the largest log-posterior",
    )


def predicted(fit: Fit, seed: int) -> Table:
    """What the fitted model would count on each fitted day, chance and all."""
    likelihood = fit.posterior.likelihood
    drawn = likelihood.drawn(fit.posterior.z, np.random.default_rng((seed, 1)))
    days = np.arange(fit.observed.first, min(fit.observed.last + 1, fit.days))
    ends = dict(zip(("low", "low50", "high50", "high"), (0.025, 0.25, 0.75, 0.975), strict=True))
    each: dict[str, np.ndarray] = {}
    for k, (name, values) in enumerate({"reports": fit.observed.cases, "deaths": fit.observed.deaths}.items()):
        used = fit.observed.fitted("cases" if name == "reports" else "deaths")
        each[f"{name}_counted"] = np.where(used, values, np.nan)[days]
        for end, share in ends.items():
            each[f"{name}_{end}"] = np.quantile(drawn[:, k][:, days], share, axis=0)
    return Table({"day": days.tolist(), **columns(**each)}, note="a fitted day: counts, and intervals of 50 and 95 %")


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
