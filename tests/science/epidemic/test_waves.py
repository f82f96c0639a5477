"""The renewal process: its growth is Euler and Lotka's, its waves are convolutions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError, InputTypeError
from cutaway.science.epidemic import (
    Delay,
    Parameters,
    convolved,
    doubling_time,
    growth_rate,
    reproduction_number,
    waves,
)


@given(st.floats(0.1, 8), st.floats(3, 9), st.floats(0.3, 0.8))
def test_growth_and_reproduction_are_inverse(reproduction: float, mean: float, cv: float) -> None:
    interval = Delay(mean, cv * mean, "gamma", 40)
    assert reproduction_number(growth_rate(reproduction, interval), interval) == pytest.approx(reproduction, rel=1e-9)


@pytest.mark.parametrize("growth", [-0.1, 0.05, 0.2])
def test_a_gamma_interval_has_the_closed_form(growth: float) -> None:
    """R = (1 + r θ)^k of the law in continuous time; days blur it by the factor of a triangle, 1 + r²/12 + …"""
    mean, sd = 7.5, 3.4
    k, scale = (mean / sd) ** 2, sd**2 / mean
    blur = ((np.exp(growth / 2) - np.exp(-growth / 2)) / growth) ** 2
    assert reproduction_number(growth, Delay(mean, sd, longest=90)) * blur == pytest.approx(
        (1 + growth * scale) ** k, rel=2e-3
    )


@pytest.mark.parametrize("after", [0.3, 0.9, 1.0, 1.4])
def test_a_renewal_process_grows_at_the_rate_of_its_reproduction_number(after: float) -> None:
    p = Parameters(reproduction_after=after)
    infections = waves(p, 40, 400).infections
    step = np.log(infections[1:] / infections[:-1])
    assert step[:39] == pytest.approx(np.full(39, growth_rate(2.8, p.generation)))
    assert step[-1] == pytest.approx(growth_rate(after, p.generation), abs=1e-6)
    assert p.growth_before == pytest.approx(step[0])
    assert p.growth_after == pytest.approx(growth_rate(after, p.generation))
    assert doubling_time(step[0]) == pytest.approx(np.log(2) / step[0])
    assert doubling_time(0.0) == np.inf


def test_the_day_after_the_lockdown_is_the_renewal_equation() -> None:
    p = Parameters(ramp=4.0)
    found = waves(p, 60, 100).infections
    g = p.generation.generation
    for t, r in ((60, 2.8 - 2.4 / 4), (61, 2.8 - 2.4 / 2), (63, 0.4), (90, 0.4)):
        assert found[t] == pytest.approx(r * sum(g[s] * found[t - s] for s in range(1, len(g))))


def test_each_wave_is_a_convolution_of_the_one_before() -> None:
    p = Parameters(ascertainment=0.2)
    found = waves(p, 53, 200)
    assert found.onsets == pytest.approx(0.2 * convolved(found.infections, p.incubation))
    assert found.deaths == pytest.approx(p.fatality * convolved(found.onsets, p.death))
    waiting, reports = 0.0, np.empty(200)
    for t in range(200):
        fall = 1 / (1 + np.exp((t - p.report_mid) / p.report_width))
        hazard = np.log(2) / (p.report_late + (p.report_early - p.report_late) * fall)
        reports[t] = waiting * (1 - np.exp(-hazard)) + found.onsets[t] * (1 - np.exp(-hazard / 2))
        waiting += found.onsets[t] - reports[t]
    assert found.reports == pytest.approx(reports)


def test_the_median_wait_follows_the_calendar() -> None:
    p = Parameters()
    assert p.report_median(-400) == pytest.approx(p.report_early, rel=1e-3)
    assert p.report_median(500) == pytest.approx(p.report_late, rel=1e-3)
    assert p.report_late < p.report_median(50) < p.report_early
    left, day = 1.0, 40.0  # by days, from the morning after
    while left > 0.5:
        fall = 1 / (1 + np.exp((day - p.report_mid) / p.report_width))
        left *= 2 ** (-0.05 / (p.report_late + (p.report_early - p.report_late) * fall))
        day += 0.05
    assert p.report_median(40) == pytest.approx(day - 40, abs=0.2)


def test_the_change_of_definition_loses_no_case() -> None:
    p = Parameters()
    wide, narrow = waves(p, 53, 240), waves(p, 53, 240, definition_day=73)
    assert narrow.reports.sum() == pytest.approx(wide.reports.sum())
    assert narrow.reports[:73] == pytest.approx(p.narrow * wide.reports[:73])
    backlog = (1 - p.narrow) * wide.reports[:73].sum()
    assert narrow.reports[74:] == pytest.approx(wide.reports[74:])
    assert narrow.reports[73] - wide.reports[73] == pytest.approx(backlog)
    slow = waves(p.change(clearing=0.6), 53, 240, definition_day=73).reports - wide.reports
    assert slow[73:76] == pytest.approx(backlog * 0.6 * 0.4 ** np.arange(3))
    assert slow.sum() == pytest.approx(0, abs=1e-6)


def test_a_later_lockdown_changes_nothing_before_it() -> None:
    p = Parameters()
    early, late = waves(p, 53, 120), waves(p, 60, 120, anchor=53)
    assert late.infections[:53] == pytest.approx(early.infections[:53])
    assert np.all(late.infections[53:] > early.infections[53:])
    assert late.infections[59] == pytest.approx(4000 * np.exp(6 * p.growth_before))


def test_parameters_become_a_vector_and_return() -> None:
    p = Parameters(fatality=0.01).change(ramp=2.0)
    assert Parameters.of(p.vector()) == p


def test_what_is_no_parameter_is_named() -> None:
    with pytest.raises(InputError, match="reproduction_after: waves expected a finite number above 0, got -1"):
        waves(Parameters(reproduction_after=-1), 10, 20)
    with pytest.raises(InputError, match=r"narrow: waves expected a share above 0, at most 1, got 1\.5"):
        waves(Parameters(narrow=1.5), 10, 20)
    with pytest.raises(InputError, match="days: waves expected at least 1"):
        waves(Parameters(), 10, 0)
    with pytest.raises(InputError, match="growth within floating point"):
        waves(Parameters(reproduction_before=50.0), 9000, 9000, anchor=0)
    with pytest.raises(InputTypeError, match="expected Parameters, got dict"):
        waves({}, 10, 20)
    with pytest.raises(InputError, match="reproduction: growth_rate"):
        growth_rate(0, Delay(5, 2))
    with pytest.raises(InputError, match="the first"):
        growth_rate(2, np.array([0.5, 0.5]))
