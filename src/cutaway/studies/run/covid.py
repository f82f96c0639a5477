"""Reported cases and deaths of COVID-19 in early 2020, and published delays; data/covid.md describes the files."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.epidemic import Note, Observed, spoken, steps_of

HUBEI = "Hubei"
LATE = date(2020, 2, 21)
"""From this day on the file of Hubei bears the day of publication."""


@dataclass(frozen=True, slots=True)
class Lockdown:
    """Where, from which day on, and what happened."""

    region: str
    day: date
    note: str


@dataclass(frozen=True, slots=True)
class PublishedDelay:
    """One published distribution of a delay: what, in whom, how many, its law, mean and standard deviation in days.

    `mean` and `sd` are None where only medians are known; `checked` says what of it was compared with its source.
    """

    quantity: str
    population: str
    n: int | None
    law: str
    mean: float | None
    sd: float | None
    note: str
    source: str
    checked: str


def _rows(name: str) -> list[dict[str, str]]:
    with (files("cutaway") / "data" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def lockdowns() -> tuple[Lockdown, ...]:
    """Of the seven regions, Hubei first."""
    return tuple(
        Lockdown(row["region"], date.fromisoformat(row["lockdown"]), row["note"])
        for row in _rows("covid_lockdowns.csv")
    )


@cache
def published_delays() -> tuple[PublishedDelay, ...]:
    """What others measured, elsewhere or earlier."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    return tuple(
        PublishedDelay(
            row["quantity"],
            row["population"],
            int(row["n"]) if row["n"] else None,
            row["distribution"],
            number(row["mean_d"]),
            number(row["sd_d"]),
            row["ci_or_note"],
            row["source"],
            row["checked"],
        )
        for row in _rows("covid_delays.csv")
    )


@cache
def reported(name: str = HUBEI) -> tuple[tuple[date, ...], np.ndarray, np.ndarray]:
    """Dates, and cases and deaths reported until each day's end, as the file has them, of a region."""
    if name == HUBEI:
        rows = _rows("covid_hubei.csv")
        days = tuple(date.fromisoformat(row["time"]) for row in rows)
        return days, np.array([float(row["cases"]) for row in rows]), np.array([float(row["deaths"]) for row in rows])
    known = [each.region for each in lockdowns()]
    if name not in known:
        raise InputError(f"name: reported expected one of {', '.join(known)}, got {name!r}")
    rows = [row for row in _rows("covid_regions.csv") if row["region"] == name]
    days = tuple(date.fromisoformat(row["date"]) for row in rows)
    return days, np.array([float(row["confirmed"]) for row in rows]), np.array([float(row["deaths"]) for row in rows])


@cache
def hubei() -> Observed:
    """Hubei from 1 December 2019 on, by day of report, with the onset curve of the cases confirmed by 11 February."""
    days, cases, deaths = reported()
    at = {day: k for k, day in enumerate(days)}

    def place(month: int, day: int) -> int:
        return at[date(2020, month, day)]

    new = {"cases": steps_of("cases", cases, days)[0], "deaths": steps_of("deaths", deaths, days)[0]}
    late = at[LATE]
    for (
        series
    ) in new.values():  # the row of the 21st revises the 19th and 20th; the row of a later day is of the day before
        series[late:-1] = series[late + 1 :]
        series[-1] = np.nan
    new["cases"][place(2, 19)] = 775.0
    new["cases"][place(2, 20)] = 631.0
    new["cases"][place(2, 13)] = 4823.0
    new["deaths"][place(2, 14)] = 139.0
    onsets = np.full(len(days), np.nan)
    for row in _rows("covid_onsets.csv"):
        onsets[at[date.fromisoformat(row["date"])]] = float(row["hubei_reported"])
    onsets[: place(1, 1)] = np.nan
    return Observed(
        HUBEI,
        days,
        new["cases"],
        new["deaths"],
        lockdown_day=place(1, 23),
        first=place(1, 17),
        last=place(3, 20),
        notes=tuple(_notes(at, new)),
        onsets=onsets,
        onsets_cut=place(2, 11),
        definition_day=place(2, 12),
    )


def _notes(at: dict[date, int], new: dict[str, np.ndarray]) -> list[Note]:
    def day(month: int, number: int) -> int:
        return at[date(2020, month, number)]

    notes = [
        Note(
            "cases",
            day(1, 16),
            "pause",
            "Until 16 January hardly any case was reported, as there were few tests and "
            "narrow rules for whom to test; the fit begins on 17 January.",
            left_out=False,
        ),
        Note(
            "cases",
            day(2, 12),
            "change of definition",
            "12 February: 14,840 new cases, 13,332 of them diagnosed "
            "without a laboratory's test under a definition in force from that day on. Fitted: the share that the "
            "narrower definition counted is a parameter, and the rest of earlier days is counted on this day.",
            left_out=False,
        ),
        Note(
            "cases",
            day(2, 13),
            "revision",
            "13 February: reported as 4,823 new cases; 1,043 that had been counted "
            "twice were taken off the total that day and are put back here; left out.",
        ),
        Note(
            "deaths",
            day(2, 12),
            "change of definition",
            "12 February: 242 deaths, of which the definition's change "
            "brought more than half, 108 of them counted twice; left out.",
        ),
        Note(
            "deaths",
            day(2, 14),
            "revision",
            "14 February: 139 deaths; the total rose by 31 only, as 108 counted "
            "twice were taken off it. 139 is fitted.",
            left_out=False,
        ),
        Note(
            "cases",
            day(2, 19),
            "revision",
            "19 February: 349 new cases were reported, after cases counted before had "
            "been taken off; two days later it was said that this was a mistake, and 775. 775 is fitted.",
            left_out=False,
        ),
        Note(
            "cases",
            day(2, 20),
            "revision",
            "20 February: 411 new cases, 631 with those found in prisons. 631 is fitted.",
            left_out=False,
        ),
        Note(
            "cases",
            at[LATE],
            "dating",
            "From 21 February on the file's rows bear the day of publication, one day "
            "late; they are moved back by a day, and the row of 21 February, which revises the two days before, is "
            "taken apart.",
            left_out=False,
        ),
        Note(
            "deaths",
            at[LATE],
            "dating",
            "From 21 February on the file's rows bear the day of publication; moved back by a day.",
            left_out=False,
        ),
        Note(
            "onsets",
            day(1, 1),
            "artefact",
            "1 January: more onsets than on the days about it, as if the first of the "
            "month had been written where the day was not known; left out.",
        ),
        Note(
            "onsets",
            day(2, 1),
            "artefact",
            "1 February: 2,600 onsets between 1,757 and 1,532, as on 1 January; left out.",
        ),
        Note(
            "deaths",
            day(4, 16),
            "revision",
            "17 April: Wuhan added 1,290 deaths and 325 cases of the months before, "
            "whose days are not known; neither is fitted.",
        ),
        Note("cases", day(4, 16), "revision", "17 April: 325 cases of the months before; left out."),
        Note(
            "cases",
            day(1, 23),
            "dating",
            "The other file of Hubei, of the Johns Hopkins University, is dated a day "
            "late before 14 February and repeats 22 as 23 January, 28 as 29 January and 11 as 12 February; it is not "
            "fitted.",
            left_out=False,
        ),
    ]
    dates = sorted(at)
    for series in ("cases", "deaths"):
        for k in np.flatnonzero(new[series] < 0):
            what = f"{spoken(dates[k])}: the total of {series} falls by {-new[series][k]:,.0f}; left out."
            notes.append(Note("cases" if series == "cases" else "deaths", int(k), "negative step", what))
    return notes


@cache
def region(name: str) -> Observed:
    """One of the seven regions, fitted from the day of the hundredth case to 45 days after its lockdown.

    Raises: InputError for a name that is none of theirs.
    """
    if name == HUBEI:
        return hubei()
    days, cases, deaths = reported(name)
    decree = next(each.day for each in lockdowns() if each.region == name)
    start = days.index(decree)
    new_cases, of_cases = steps_of("cases", cases, days)
    new_deaths, of_deaths = steps_of("deaths", deaths, days)
    first = int(np.argmax(cases >= 100))
    return Observed(
        name,
        days,
        new_cases,
        new_deaths,
        lockdown_day=start,
        first=min(first, start),
        last=min(start + 45, len(days) - 1),
        notes=(*of_cases, *of_deaths),
    )
