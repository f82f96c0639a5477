"""Stochastic outbreaks: their mean is the expected waves, and nobody is lost."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.epidemic import Parameters, ensemble, mean_of, waves

P = Parameters(infections=400.0, ascertainment=0.5, fatality=0.1)


def test_the_mean_is_the_waves() -> None:
    runs = ensemble(P, 40, 80, runs=400, seed=1, start=30, spread=1.0, definition_day=60)
    found, wanted = mean_of(runs), waves(P, 40, 80, definition_day=60)
    for name in ("infections", "onsets", "reports", "deaths"):
        many, one = getattr(runs, name)[:, 35:], getattr(wanted, name)[35:]
        error = many.std(0) / np.sqrt(400)
        assert np.abs(getattr(found, name)[35:] - one).max() < 5 * error.max(), name
        assert getattr(found, name).sum() == pytest.approx(getattr(wanted, name).sum(), rel=0.05), name


def test_nobody_is_reported_twice_and_everybody_at_last() -> None:
    runs = ensemble(P.change(reproduction_after=0.05, ascertainment=1.0), 30, 300, runs=20, seed=2, start=25)
    assert np.array_equal(runs.onsets.sum(1), runs.infections.sum(1))
    assert np.array_equal(runs.reports.sum(1), runs.infections.sum(1))
    assert np.all(runs.deaths.sum(1) < runs.reports.sum(1))
    for wave in (runs.infections, runs.onsets, runs.reports, runs.deaths):
        assert np.array_equal(wave, np.floor(wave))


def test_super_spreading_spreads_the_runs() -> None:
    spread = [
        ensemble(P, 60, 60, runs=200, seed=3, start=20, anchor=40, spread=k).infections[:, -1].std()
        for k in (0.1, np.inf)
    ]
    assert spread[0] > 1.5 * spread[1]


def test_the_same_seed_gives_the_same_runs() -> None:
    a, b, c = (ensemble(P, 40, 60, runs=8, seed=seed, start=30).reports for seed in (5, 5, 6))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_quantiles_are_by_day() -> None:
    runs = ensemble(P, 40, 60, runs=30, start=30)
    q = runs.quantiles("deaths", (0.1, 0.5))
    assert q.shape == (2, 60)
    assert q[1] == pytest.approx(np.median(runs.deaths, axis=0))
    with pytest.raises(InputError, match="wave: quantiles expected one of infections, onsets, reports, deaths"):
        runs.quantiles("cases")


def test_what_is_out_of_range_is_named() -> None:
    with pytest.raises(InputError, match="runs, spread, start"):
        ensemble(P, 40, 60, runs=0)
    with pytest.raises(InputError, match="below 1e9 infections a day"):
        ensemble(P, 300, 300, anchor=40)
