"""The packaged counts are read as they were reported, and what is odd about them is named."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.studies.run import covid


def test_the_question_is_in_the_file() -> None:
    days, cases, deaths = covid.reported()
    eve = days.index(date(2020, 1, 22))
    assert (cases[eve], deaths[eve]) == (444, 17)
    assert (cases[eve + 28], deaths[eve + 28]) == (62031, 2029)
    assert cases[eve + 28] / cases[eve] > 120 > deaths[eve + 28] / deaths[eve] > 119


def test_hubei_has_its_true_days() -> None:
    """By the daily briefings: 14,840 on 12 February, 423 and 45 on the 28th, 570 and 34 on the 29th."""
    hubei = covid.hubei()
    assert hubei.cases[hubei.day("2020-02-12")] == 14840
    assert [hubei.cases[hubei.day(f"2020-02-{day}")] for day in (13, 14, 19, 20, 21, 28, 29)] == [
        4823,
        2420,
        775,
        631,
        366,
        423,
        570,
    ]
    assert [hubei.deaths[hubei.day(f"2020-02-{day}")] for day in (14, 20, 21, 28, 29)] == [139, 115, 106, 45, 34]
    assert hubei.dates[hubei.lockdown_day] == date(2020, 1, 23)
    assert hubei.dates[hubei.onsets_cut] == date(2020, 2, 11)
    by_the_29th = slice(0, hubei.day("2020-02-29") + 1)
    assert np.nansum(hubei.cases[by_the_29th]) == pytest.approx(66907 + 1043 - 1, abs=3)


def test_what_is_odd_is_named_and_left_out_or_not() -> None:
    hubei = covid.hubei()
    why = {note.why for note in hubei.notes}
    assert {"revision", "negative step", "change of definition", "pause", "dating", "artefact"} <= why
    for series, day in (("cases", "2020-02-13"), ("deaths", "2020-02-12"), ("onsets", "2020-02-01")):
        assert not hubei.fitted(series)[hubei.day(day)]
    assert hubei.fitted("cases")[hubei.day("2020-02-12")]
    assert hubei.fitted("cases").sum() == 63
    assert not hubei.fitted("onsets")[hubei.day("2019-12-20")]


@pytest.mark.parametrize("name", [each.region for each in covid.lockdowns()])
def test_every_region_is_read(name: str) -> None:
    region = covid.region(name)
    decree = next(each.day for each in covid.lockdowns() if each.region == name)
    assert region.dates[region.lockdown_day] == decree
    assert region.fitted("cases").sum() > 40
    for series in ("cases", "deaths"):
        values = getattr(region, series)
        falls = set(np.flatnonzero(values < 0))
        named = {note.day for note in region.notes if note.series == series and note.why == "negative step"}
        assert falls == named
        assert not region.fitted(series)[list(falls)].any()


def test_published_delays_say_what_was_checked() -> None:
    delays = covid.published_delays()
    assert len(delays) == 16
    assert all(each.source and each.checked for each in delays)
    lauer = delays[0]
    assert (lauer.quantity, lauer.n, lauer.mean) == ("incubation", 181, 5.5)


def test_an_unknown_region_is_named() -> None:
    with pytest.raises(InputError, match="expected one of Hubei, Italy"):
        covid.region("Atlantis")
