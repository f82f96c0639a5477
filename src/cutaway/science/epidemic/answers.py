"""What the posterior says of the lockdown: who was infected by then, and what another day would have meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.epidemic.kernel import (
    AFTER,
    BEFORE,
    GENERATION,
    GENERATION_SD,
    LONGEST_GENERATION,
    growth_of,
    lognormal_days,
    reported,
)
from cutaway.science.epidemic.posterior import Posterior, interval

Interval = tuple[float, float, float]
"""Median, and the bounds of the central 95 %."""

CANNOT_TELL = (
    "How many infections were never reported: counts of cases and deaths are the same whether a tenth or all of the "
    "infections come to be reported. All numbers of infections rest on a borrowed prior of that share.",
    "Whether the decree did it: people kept their distance from 20 January on, when it was announced that the disease "
    "passes from person to person, holidays began, and hospitals filled. The model knows of one change only.",
    "Delays: incubation, generation and the time to death were measured elsewhere in a few hundred patients. If the "
    "incubation was longer, the change came earlier.",
    "Who counted as a case changed several times and only one change is modelled; the share of infections reported may "
    "have changed with each. If it rose in late January, more were infected before the lockdown than the shares say.",
    "Deaths that were never tested: 1,290 were added in April 2020, without their days.",
)
"""What the data cannot tell, in sentences to be shown beside the answers."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Of what was reported by a later day, who was infected when; shares of the model's expectation, 95 % intervals.

    Args:
        lockdown_day, reported_day: places in the region's dates; the lockdown begins with the former, the latter is
            included.
        cases_before, cases_then, deaths_before, deaths_then: reported before the lockdown and by the later day.
        case_factor, death_factor: by how many times they grew.
        reported: share of the later cases that had been reported before the lockdown.
        ill: that had symptoms but were not reported.
        infected: that were infected and without symptoms.
        after: that were infected from the lockdown on.
        already: the first three together: infected before the lockdown.
        deaths_already: share of the later deaths whose infection lay before the lockdown.
        cases_had_it_stopped: reported by the later day had no one been infected from the lockdown on.
        deaths_had_it_stopped: the same of deaths.
        counted_infections: infected before the lockdown who ever came to be reported.
        infections: all who were infected before it; rests on the prior of ascertainment.
    """

    lockdown_day: int
    reported_day: int
    cases_before: float
    cases_then: float
    deaths_before: float
    deaths_then: float
    case_factor: float
    death_factor: float
    reported: Interval
    ill: Interval
    infected: Interval
    after: Interval
    already: Interval
    deaths_already: Interval
    cases_had_it_stopped: Interval
    deaths_had_it_stopped: Interval
    counted_infections: Interval
    infections: Interval


def decomposition(
    found: Posterior,
    lockdown_day: int | None = None,
    reported_day: int | None = None,
    *,
    totals: tuple[float, float, float, float] | None = None,
) -> Decomposition:
    """Split what was reported by a later day by when it was infected.

    The infections of days before the lockdown are followed through incubation, report and death alone, and compared
    with all: within the model that is no estimate of an effect but book-keeping, and holds whatever the lockdown did.

    Args:
        found: the posterior.
        lockdown_day: by default the region's.
        reported_day: by default 27 days later, so that 28 days have passed since the last day before.
        totals: cases before and then, deaths before and then, as they stood in the reports of the day; by default
            summed from the observed counts, revisions included.

    Raises: InputError for days out of order or beyond those fitted.
    """
    target = found.likelihood
    start = found.observed.lockdown_day if lockdown_day is None else lockdown_day
    end = start + 27 if reported_day is None else reported_day
    days = target.counts.shape[1]
    if not 0 < start <= end < days:
        raise InputError(
            f"lockdown_day, reported_day: decomposition expected days that ascend from 1 to {days - 1}, got "
            f"{start}, {end}"
        )
    every, _ = target.means(found.z)
    before, _ = target.means(found.z, until=start)
    ill = _reported_of_onsets(found, every[:, 1], start, end)
    total = every[:, 2, : end + 1].sum(axis=1)
    known = every[:, 2, :start].sum(axis=1)
    early = before[:, 2, : end + 1].sum(axis=1)
    deaths, deaths_early = every[:, 3, : end + 1].sum(axis=1), before[:, 3, : end + 1].sum(axis=1)
    if totals is None:
        cases_seen, deaths_seen = np.nan_to_num(found.observed.cases), np.nan_to_num(found.observed.deaths)
        totals = (
            float(cases_seen[:start].sum()),
            float(cases_seen[: end + 1].sum()),
            float(deaths_seen[:start].sum()),
            float(deaths_seen[: end + 1].sum()),
        )
    counted = every[:, 0, :start].sum(axis=1)
    return Decomposition(
        start,
        end,
        *totals,
        totals[1] / max(totals[0], 1.0),
        totals[3] / max(totals[2], 1.0),
        reported=interval(known / total),
        ill=interval((ill - known) / total),
        infected=interval((early - ill) / total),
        after=interval(1 - early / total),
        already=interval(early / total),
        deaths_already=interval(deaths_early / deaths),
        cases_had_it_stopped=interval(early / total * totals[1]),
        deaths_had_it_stopped=interval(deaths_early / deaths * totals[3]),
        counted_infections=interval(counted),
        infections=interval(counted / found.draws["ascertainment"]),
    )


def _reported_of_onsets(found: Posterior, onsets: np.ndarray, start: int, end: int) -> np.ndarray:
    """How many of those ill before day `start` are reported by day `end` (n,)."""
    vectors = found.priors.whole(found.z)
    definition = found.likelihood.definition_day
    out, seen = np.empty(onsets.shape[1]), np.empty(onsets.shape[1])
    total = np.empty(len(onsets))
    for k, row in enumerate(onsets):
        cohort = row.copy()
        cohort[start:] = 0.0
        reported(cohort, vectors[k], definition, -1, out, seen)
        total[k] = out[: end + 1].sum()
    return total


@dataclass(frozen=True, slots=True)
class Growth:
    """Of infections before the lockdown and long after it: a day, and in days.

    Args:
        before, after: the growth r, a day; infections change by the factor e^r.
        doubling: days in which they doubled before.
        halving: days in which they halve after; negative where they grow.
    """

    before: Interval
    after: Interval
    doubling: Interval
    halving: Interval


def growth(found: Posterior) -> Growth:
    """What the counts say of the growth, which is more than of the reproduction numbers.

    R = 1 / Σ g_s e^(−r s) takes the generation interval g from elsewhere, and what is not known of it widens R.
    """
    generation = np.empty(LONGEST_GENERATION + 1)
    rates = np.empty((len(found.z), 2))
    for k, v in enumerate(found.priors.whole(found.z)):
        lognormal_days(v[GENERATION], v[GENERATION_SD], generation)
        generation[0] = 0.0
        g = generation / generation.sum()
        rates[k] = growth_of(v[BEFORE], g), growth_of(v[AFTER], g)
    before, after = rates.T
    return Growth(interval(before), interval(after), interval(np.log(2) / before), interval(-np.log(2) / after))


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """Had the lockdown come some days earlier (negative) or later, all else as it was.

    Args:
        shift_days: negative: earlier.
        by_day: up to which the totals count, included.
        cases, deaths: expected totals by then, reported.
        case_ratio, death_ratio: to those of the true day.
        infections: all, reported or not; rests on the prior of ascertainment.
        case_quantiles, death_quantiles: expected new ones by day: (3, days), median and 95 %.
        beyond: share of the draws in which more than a tenth of 58.5 million would be infected, where the model, which
            has no end of people, is too high.
    """

    shift_days: int
    by_day: int
    cases: Interval
    deaths: Interval
    case_ratio: Interval
    death_ratio: Interval
    infections: Interval
    case_quantiles: np.ndarray
    death_quantiles: np.ndarray
    beyond: float


def counterfactual(
    found: Posterior, shift_days: int, *, by_day: int | None = None, population: float = 58.5e6
) -> Counterfactual:
    """What the waves would have been with the same fall of the reproduction number on another day.

    It takes the whole change for the lockdown's effect, and that people would otherwise have gone on as before; the
    reporting and its change of definition stay on their days. An earlier effect of fear would make a later decree look
    less harmful, and an earlier one less useful.

    Args:
        found: the posterior.
        shift_days: negative: earlier.
        by_day: last day of the totals; by default the last one fitted.
        population: of the region.

    Raises: InputError for a day beyond those fitted.
    """
    target = found.likelihood
    days = target.counts.shape[1]
    end = days - 1 if by_day is None else by_day
    start = found.observed.lockdown_day + shift_days
    if not 0 < start < days or not 0 <= end < days:
        raise InputError(
            f"shift_days, by_day: counterfactual expected a lockdown and an end from 1 to {days - 1}, got "
            f"{start}, {end}"
        )
    fact, _ = target.means(found.z)
    other, _ = target.means(found.z, lockdown_day=start)
    cases, deaths = (other[:, k, : end + 1].sum(axis=1) for k in (2, 3))
    infections = other[:, 0, : end + 1].sum(axis=1) / found.draws["ascertainment"]
    middle = (0.5, 0.025, 0.975)
    return Counterfactual(
        shift_days,
        end,
        interval(cases),
        interval(deaths),
        interval(cases / fact[:, 2, : end + 1].sum(axis=1)),
        interval(deaths / fact[:, 3, : end + 1].sum(axis=1)),
        interval(infections),
        np.quantile(other[:, 2], middle, axis=0),
        np.quantile(other[:, 3], middle, axis=0),
        float((infections > population / 10).mean()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """What counts the model would bring forth, by day: quantiles of cases, deaths and onsets, (3, len(p), days).

    `covered` are the shares of the fitted days whose count lies within the outermost two quantiles, one a series; NaN
    of a series that is not there.
    """

    p: tuple[float, ...]
    quantiles: np.ndarray
    covered: tuple[float, float, float]


def predictive(found: Posterior, *, p: Sequence[float] = (0.025, 0.25, 0.5, 0.75, 0.975), seed: int = 0) -> Predictive:
    """The posterior predictive check: draw counts for every draw of the parameters, and see where the true ones lie."""
    target = found.likelihood
    drawn = target.drawn(found.z, np.random.default_rng(seed))
    found_quantiles = np.quantile(drawn, p, axis=0).swapaxes(0, 1)
    inside = (target.counts >= found_quantiles[:, 0]) & (target.counts <= found_quantiles[:, -1])
    covered = [float(inside[k][target.used[k]].mean()) if target.used[k].any() else float("nan") for k in range(3)]
    return Predictive(tuple(p), found_quantiles, (covered[0], covered[1], covered[2]))
