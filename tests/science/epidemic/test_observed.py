"""Counts, their days, and what is odd about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.epidemic import Observed, spoken, steps_of


def test_negative_steps_are_found_and_named() -> None:
    dates = [date(2020, 4, k) for k in range(10, 15)]
    daily, notes = steps_of("deaths", np.array([3.0, 4, 4, 2, 9]), dates)
    assert daily[1:].tolist() == [1, 0, -2, 7]
    assert np.isnan(daily[0])
    assert [(note.day, note.why, note.left_out) for note in notes] == [(3, "negative step", True)]
    assert notes[0].text.startswith("13 April 2020: the total of deaths falls by 2")


def test_days_have_places(small: Observed) -> None:
    assert small.day("2020-02-03") == small.day(date(2020, 2, 3)) == 2
    assert spoken(small.dates[2]) == "3 February 2020"
    with pytest.raises(InputError, match="2021-01-01 is not among the days"):
        small.day("2021-01-01")


def test_what_does_not_fit_together_is_named(small: Observed) -> None:
    with pytest.raises(InputError, match="cases: Observed expected one count for each of 70 days"):
        replace(small, cases=np.ones(3))
    with pytest.raises(InputError, match="gap after 2020-02-01"):
        replace(small, dates=(small.dates[0], *small.dates[2:], date(2021, 1, 1)))
    with pytest.raises(InputError, match="places among 70 days"):
        replace(small, last=70)
    with pytest.raises(InputError, match="before definition_day 40"):
        replace(small, onsets=np.ones(70), onsets_cut=40, definition_day=40)
