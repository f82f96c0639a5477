"""Four waves of one outbreak: infections, onsets of symptoms, reports and deaths, each later than the one before."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import log
from typing import Self

import numpy as np

from cutaway.core.errors import InputError, InputTypeError
from cutaway.science.epidemic.delays import Delay
from cutaway.science.epidemic.kernel import (
    LONGEST_DEATH,
    LONGEST_GENERATION,
    LONGEST_INCUBATION,
    growth_of,
    median_on,
    waves_of,
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the waves follow from. Days count from day 0 of the series; all delays are in days.

    The delays are log-normal but for the report's: whoever is ill and not yet reported is so on a given day with a
    probability that is the same for all who wait. The median wait that it would give falls by the calendar from
    `report_early` to `report_late`, halfway on day `report_mid`, over some `report_width` days: those who fell ill
    early wait for the tests to come.

    Args:
        reproduction_before: how many each infection infects before the lockdown, R.
        reproduction_after: from the lockdown on.
        infections: a day, on the day called the anchor, had the growth before the lockdown gone on until then; only
            those that come to be reported.
        generation_mean, generation_sd: from an infection to those it causes.
        incubation_mean, incubation_sd: from an infection to the symptoms.
        report_early, report_late, report_mid, report_width: from the symptoms to the report.
        death_mean, death_sd: from the symptoms to the death.
        fatality: share of the reported who die.
        narrow: share of the cases that the definition before the change counts.
        ascertainment: share of all infections that come to be reported; counts alone do not tell it.
        ramp: days over which the reproduction number changes, in equal steps; 0: at once.
        clearing: share of the cases waiting for the wider definition that is counted on its first day, and of the rest
            on each later one.
    """

    reproduction_before: float = 2.8
    reproduction_after: float = 0.4
    infections: float = 4000.0
    generation_mean: float = 5.5
    generation_sd: float = 3.0
    incubation_mean: float = 5.5
    incubation_sd: float = 2.7
    report_early: float = 20.0
    report_late: float = 4.0
    report_mid: float = 55.0
    report_width: float = 5.0
    death_mean: float = 18.0
    death_sd: float = 9.0
    fatality: float = 0.047
    narrow: float = 0.7
    ascertainment: float = 1.0
    ramp: float = 0.0
    clearing: float = 1.0

    def vector(self) -> np.ndarray:
        """As the kernels take them: (18,)."""
        return np.array([getattr(self, one.name) for one in fields(self)], float)

    @classmethod
    def of(cls, vector: np.ndarray) -> Self:
        """From `vector()`."""
        return cls(*(float(value) for value in vector))

    def change(self, **values: float) -> Self:
        """These, with some changed."""
        return replace(self, **values)

    @property
    def generation(self) -> Delay:
        """From an infection to those it causes."""
        return Delay(self.generation_mean, self.generation_sd, "lognormal", LONGEST_GENERATION)

    @property
    def incubation(self) -> Delay:
        """From an infection to the symptoms."""
        return Delay(self.incubation_mean, self.incubation_sd, "lognormal", LONGEST_INCUBATION)

    @property
    def death(self) -> Delay:
        """From the symptoms to the death."""
        return Delay(self.death_mean, self.death_sd, "lognormal", LONGEST_DEATH)

    def report_median(self, day: float) -> float:
        """Days from the symptoms to the report for symptoms that began on that day, half of them sooner."""
        left, wait = log(2.0), 0.0
        while wait < 400:
            median = median_on(day + wait, self.report_early, self.report_late, self.report_mid, self.report_width)
            step = 0.1 * log(2.0) / median
            if step >= left:
                return float(wait + 0.1 * left / step)
            left, wait = left - step, wait + 0.1
        return float(wait)

    @property
    def growth_before(self) -> float:
        """A day, before the lockdown."""
        return float(growth_of(self.reproduction_before, self.generation.generation))

    @property
    def growth_after(self) -> float:
        """A day, long after it."""
        return float(growth_of(self.reproduction_after, self.generation.generation))


FIELDS = tuple(one.name for one in fields(Parameters))


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """Expected numbers by day, each (days,).

    `infections` are all of them, `onsets` the days on which those of them that come to be reported fall ill, `reports`
    when they are counted, `deaths` when those of them die that do.
    """

    infections: np.ndarray
    onsets: np.ndarray
    reports: np.ndarray
    deaths: np.ndarray


def waves(
    parameters: Parameters,
    lockdown_day: int,
    days: int,
    *,
    anchor: int | None = None,
    definition_day: int | None = None,
) -> Waves:
    """The expected waves: I_t = R_t Σ_s g_s I_{t−s}, and each later wave the convolution of the one before.

    Args:
        parameters: see there.
        lockdown_day: the first day of the new reproduction number.
        days: how many, from day 0 on.
        anchor: the day that `parameters.infections` speaks of; `lockdown_day` by default. To move the lockdown and
            leave what was before as it was, keep the anchor.
        definition_day: the day from which the wide definition counts, with all that waited for it; by default none.

    Returns: Waves, each of length `days`.

    Raises: InputError for a parameter out of its range, or no days.

    >>> early, late = (waves(Parameters(), day, 120, anchor=53).deaths.sum() for day in (46, 53))
    >>> bool(late > 3 * early)
    True
    """
    v = checked(parameters, "waves")
    if days < 1:
        raise InputError(f"days: waves expected at least 1, got {days}")
    out = np.empty((4, days))
    growth = waves_of(
        v,
        lockdown_day if anchor is None else anchor,
        lockdown_day,
        -1 if definition_day is None else definition_day,
        -1,
        -1,
        np.empty(LONGEST_GENERATION + 1),
        np.empty(LONGEST_INCUBATION + 1),
        np.empty(LONGEST_DEATH + 1),
        out,
        np.empty(days),
    )
    if not np.isfinite(growth) or not np.isfinite(out).all():
        raise InputError("parameters: waves expected a growth within floating point; shorten days or lower R")
    return Waves(out[0] / parameters.ascertainment, out[1], out[2], out[3])


def checked(parameters: Parameters, caller: str) -> np.ndarray:
    """The parameters' vector, once all are in their ranges."""
    if not isinstance(parameters, Parameters):
        raise InputTypeError(f"parameters: {caller} expected Parameters, got {type(parameters).__name__}")
    v = parameters.vector()
    for name, value in zip(FIELDS, v, strict=True):
        share = name in ("fatality", "narrow", "ascertainment", "clearing")
        low_ok = value >= 0 if name in ("ramp", "fatality") else value > 0 or name == "report_mid"
        if not np.isfinite(value) or not low_ok or (share and value > 1):
            bounds = "a share above 0, at most 1" if share else "a finite number above 0"
            raise InputError(f"{name}: {caller} expected {bounds}, got {value}")
    return v
