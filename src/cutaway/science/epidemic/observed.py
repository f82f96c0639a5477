"""What was counted, by day, and by name what is odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Series = Literal["cases", "deaths", "onsets"]
SERIES: tuple[Series, ...] = ("cases", "deaths", "onsets")
Why = Literal["revision", "negative step", "change of definition", "pause", "dating", "artefact"]


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was odd on one day of one series.

    Args:
        series: "cases", "deaths" or "onsets".
        day: its place in `Observed.dates`.
        why: "revision", "negative step", "change of definition", "pause", "dating" or "artefact".
        text: what happened and what is done about it, a sentence.
        left_out: whether the likelihood leaves the day out.
    """

    series: Series
    day: int
    why: Why
    text: str
    left_out: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Counts by day of one region.

    Args:
        name: of the region.
        dates: consecutive days.
        cases: newly reported, by day of report (days,).
        deaths: newly reported (days,).
        lockdown_day: place in `dates` of the first day of the lockdown.
        first, last: the days whose counts are fitted, both included.
        notes: what is odd; the days of notes that are `left_out` are not fitted.
        onsets: by day of onset, of those reported by day `onsets_cut` (days,); NaN where there is none. Optional.
        definition_day: place of the day on which a wider definition of a case came into force, if one did.

    Raises: InputError where lengths differ, days have gaps, or a place lies outside the days.
    """

    name: str
    dates: tuple[date, ...]
    cases: np.ndarray
    deaths: np.ndarray
    lockdown_day: int
    first: int
    last: int
    notes: tuple[Note, ...] = ()
    onsets: np.ndarray | None = None
    onsets_cut: int = -1
    definition_day: int | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        n = len(self.dates)
        series = {"cases": self.cases, "deaths": self.deaths, "onsets": self.onsets}
        for title, values in series.items():
            if values is not None and np.shape(values) != (n,):
                raise InputError(f"{title}: Observed expected one count for each of {n} days, got {np.shape(values)}")
        gaps = [a for a, b in zip(self.dates, self.dates[1:], strict=False) if b - a != timedelta(1)]
        if gaps:
            raise InputError(f"dates: Observed expected consecutive days, got a gap after {gaps[0]}")
        if not (0 <= self.first <= self.last < n and 0 <= self.lockdown_day < n):
            raise InputError(
                f"first, last, lockdown_day: Observed expected places among {n} days, got "
                f"{self.first}, {self.last}, {self.lockdown_day}"
            )
        if self.definition_day is not None and self.onsets_cut >= self.definition_day:
            raise InputError(
                f"onsets_cut: Observed expected a day before definition_day {self.definition_day}, got "
                f"{self.onsets_cut}"
            )

    def day(self, when: date | str) -> int:
        """The place of a date, such as "2020-01-23".

        Raises: InputError where it is not among the dates.
        """
        wanted = date.fromisoformat(when) if isinstance(when, str) else when
        place = (wanted - self.dates[0]).days
        if not 0 <= place < len(self.dates):
            raise InputError(f"when: {wanted} is not among the days from {self.dates[0]} to {self.dates[-1]}")
        return place

    def fitted(self, series: Series) -> np.ndarray:
        """Which days the likelihood uses, (days,) of bool: from `first` to `last` but for those noted as left out."""
        values = {"cases": self.cases, "deaths": self.deaths, "onsets": self.onsets}[series]
        if values is None:
            return np.zeros(len(self.dates), bool)
        used = np.isfinite(values) & (values >= 0)
        if series != "onsets":
            used[: self.first] = False
            used[self.last + 1 :] = False
        for note in self.notes:
            if note.series == series and note.left_out:
                used[note.day] = False
        return np.asarray(used)


def steps_of(series: Series, cumulative: np.ndarray, dates: Sequence[date]) -> tuple[np.ndarray, tuple[Note, ...]]:
    """New counts by day from cumulative ones, and a note for each day on which the total fell.

    The first day's count is NaN, as what it holds of the days before is not known.

    >>> daily, notes = steps_of("cases", np.array([5.0, 9, 8]), [date(2020, 4, k) for k in (1, 2, 3)])
    >>> daily[1:].tolist(), notes[0].text
    ([4.0, -1.0], '3 April 2020: the total of cases falls by 1: a revision of earlier days; left out')
    """
    total = np.asarray(cumulative, float)
    daily = np.concatenate(([np.nan], np.diff(total)))
    notes = tuple(
        Note(
            series,
            int(day),
            "negative step",
            f"{spoken(dates[int(day)])}: the total of {series} falls by {-daily[day]:,.0f}: "
            "a revision of earlier days; left out",
        )
        for day in np.flatnonzero(daily < 0)
    )
    return daily, notes


def spoken(when: date) -> str:
    """As a sentence has it: 23 January 2020."""
    return f"{when.day} {when:%B %Y}"
