"""The study of lockdowns: its claims in every region, what its draws say computed again, and the browser's fixture."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.progress import silent
from cutaway.science import epidemic
from cutaway.studies import lockdown
from cutaway.studies.run import covid, lockdown_tables, lockdowns
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(lockdown)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "lockdown.json"

every_region = pytest.mark.parametrize("region", lockdowns.REGIONS)


@cache
def outcome(region: str = "hubei") -> Outcome:
    return STUDY.run(region=region)


def table(name: str, region: str = "hubei") -> dict[str, Any]:
    return dict(outcome(region).result.tables[name].columns)


@every_region
def test_claims_hold_in_every_region(region: str) -> None:
    claims = outcome(region).claims
    assert [claim.text for claim in claims if claim.holds is False] == []
    assert sum(claim.holds is True for claim in claims) >= 6


def test_the_headline_is_in_the_sentences() -> None:
    said = outcome().result.sentences
    assert "23 January 2020, with 444 cases and 17 deaths" in said[0]
    assert "62,031 and 2,029: 140 and 119 times as many" in said[0]
    parted = table("parted")
    for k in (0, 1):
        assert f"{parted['middle'][k]:.0%} (95 % interval {parted['low'][k]:.0%}" in said[1]
    assert parted["known"] == [444, 17] and parted["counted"] == [62_031, 2_029]


def test_shares_are_of_the_same_model_followed_from_those_infected_before() -> None:
    """One draw at a time, by the public waves of science/epidemic, and infections before the day set apart."""
    fit = lockdowns.stored_fit("italy")
    whole, cohort = fit.waves(), fit.waves(until=fit.day)
    np.testing.assert_array_equal(cohort[:, 0, : fit.day], whole[:, 0, : fit.day])
    assert np.all(cohort[:, 0, fit.day :] == 0) and np.all(cohort <= whole + 1e-9)
    names = epidemic.Parameters.__dataclass_fields__
    for k in (0, 57, 199):
        values = {name: float(draw[k]) for name, draw in fit.posterior.draws.items() if name in names}
        one = fit.posterior.priors.fixed.change(**values | {"ascertainment": 1.0})
        made = epidemic.waves(one, fit.day, fit.days)
        for place, wave in enumerate(lockdown_tables.WAVES):
            np.testing.assert_allclose(getattr(made, wave), whole[k, place], rtol=1e-9)
        later = epidemic.convolved(np.where(np.arange(fit.days) < fit.day, made.infections, 0), one.incubation)
        np.testing.assert_allclose(later, cohort[k, 1], rtol=1e-9, atol=1e-9)


def test_parted_is_the_ratio_of_sums() -> None:
    fit = lockdowns.stored_fit("hubei")
    whole, cohort = fit.waves(), fit.waves(until=fit.day)
    end = fit.day + 28
    share = cohort[:, 2, :end].sum(axis=1) / whole[:, 2, :end].sum(axis=1)
    np.testing.assert_allclose(np.quantile(share, 0.5), table("parted")["middle"][0])
    dates, cases, deaths = covid.reported("Hubei")
    before = [day.isoformat() for day in dates].index("2020-01-22")
    assert (cases[before], deaths[before], cases[before + 28], deaths[before + 28]) == (444, 17, 62_031, 2_029)
    assert fit.day == before + 1


def test_an_earlier_lockdown_leaves_what_was_before_it() -> None:
    fit = lockdowns.stored_fit("spain")
    early, there = fit.waves(-5), fit.waves()
    np.testing.assert_allclose(early[:, :, : fit.day - 5], there[:, :, : fit.day - 5])
    assert np.all(early[:, 0, fit.day :] < there[:, 0, fit.day :])
    columns = table("shifts", "spain")
    for measure in ("reports", "deaths"):
        assert np.all(np.diff(columns[f"{measure}_middle"]) > 0)
        ends = np.array([columns[f"{measure}_{end}"] for end in ("low", "middle", "high")])
        assert np.all(np.diff(ends, axis=0) > 0)


def test_a_factor_multiplies_the_draws() -> None:
    fit = lockdowns.stored_fit("germany")
    slow = fit.changed({"incubation_mean": 1.5, "incubation_sd": 1.5, "reproduction_after": 0.5})
    for name in ("incubation_mean", "reproduction_after"):
        factor = 1.5 if name == "incubation_mean" else 0.5
        values = slow.posterior.priors.free[name].value(
            slow.posterior.z[:, list(slow.posterior.priors.free).index(name)]
        )
        np.testing.assert_allclose(values, factor * fit.posterior.draws[name])
        np.testing.assert_allclose(values, slow.posterior.draws[name])
    assert slow.posterior.priors.fixed.incubation_sd == 1.5 * fit.posterior.priors.fixed.incubation_sd
    peak = [np.median(one.waves()[:, 1], axis=0).argmax() for one in (fit, slow)]
    assert peak[1] > peak[0]


@every_region
def test_stored_draws_are_those_of_a_posterior(region: str) -> None:
    """They lie in the priors' range, the fit's waves make the counts about as probable as the best of them, and all
    that is told of them is there."""
    fit = lockdowns.stored_fit(region)
    assert len(fit.posterior.z) == lockdowns.KEPT and np.abs(fit.posterior.z).max() < 8
    density = fit.posterior.likelihood.posterior(fit.posterior.z)
    free = fit.posterior.z.shape[1]
    assert density.max() - np.median(density) < 1.5 * free, "of a normal law half the draws lie within free / 2"
    assert set(fit.posterior.r_hat) == set(fit.posterior.priors.free) == set(fit.posterior.effective_size)
    worst, least = max(fit.posterior.r_hat.values()), min(min(both) for both in fit.posterior.effective_size.values())
    assert worst < 1.06 and least > 300
    assert fit.placebo.shift.tolist() == list(range(-14, 15))
    found = fit.placebo
    assert np.all((found.low <= found.effect) & (found.effect <= found.high) & (found.high < 100))
    assert found.probability.sum() == pytest.approx(1, abs=1e-4)


def test_bands_hold_their_middle() -> None:
    for name, stems in (("waves", lockdown_tables.WAVES), ("predicted", ("reports", "deaths"))):
        for stem in stems:
            low, middle, high = (np.array(table(name)[f"{stem}_{end}"]) for end in ("low", "middle", "high"))
            assert np.all((low <= middle) & (middle <= high)), stem


def test_a_region_that_is_none() -> None:
    with pytest.raises(InputError, match="expected one of hubei, italy"):
        lockdowns.stored_fit("atlantis")


@pytest.mark.parametrize(
    ("claim", "name", "column", "value"),
    [
        ("many_were_infected", "parted", "high", [0.6, 0.9]),
        ("deaths_come_last", "parted", "middle", [0.9, 0.8]),
        ("growth_ends", "parameters", "high", [1.2]),
        ("placebos_work_too", "placebo", "low", [-1.0]),
        ("a_week_matters", "shifts", "deaths_middle", [1.0]),
        ("waves_follow", "waves", "onsets_middle", [1.0]),
        ("counts_are_expected", "predicted", "reports_high", [-1.0]),
    ],
)
def test_claims_can_fail(claim: str, name: str, column: str, value: list[float]) -> None:
    tables = dict(outcome().result.tables)
    columns = dict(tables[name].columns)
    columns[column] = [value[k % len(value)] for k in range(len(columns[column]))]
    tables[name] = Table(columns)
    spoiled = Result(tables=tables, numbers=outcome().result.numbers)
    assert getattr(lockdown, claim)(STUDY.parameters({}), spoiled)[0] is False


def test_claims_on_single_numbers_can_fail() -> None:
    usual = dict(outcome().result.numbers)
    for name, value in {"r_hat": 1.02, "effective_size": 399.0}.items():
        assert lockdown.walkers_have_met(STUDY.parameters({}), Result(numbers=usual | {name: value}))[0] is False
    assert lockdown.few_were_known(STUDY.parameters({}), Result(numbers=usual | {"infected_low": 880.0}))[0] is False


def fixture() -> dict[str, Any]:
    """What the browser must find, from Python alone: the waves of some parameters, and a study's tables."""
    cases = []
    usual = epidemic.Parameters()
    for one, day, anchor, definition in (
        (usual, 30, 30, None),
        (replace(usual, ramp=6.5, clearing=0.6, narrow=0.55, report_mid=33.0), 24, 30, 50),
        (replace(usual, incubation_mean=3.1, incubation_sd=1.4, death_mean=25.0, reproduction_after=1.2), 37, 30, 48),
    ):
        made = epidemic.waves(one, day, 80, anchor=anchor, definition_day=definition)
        draw = {name: getattr(one, name) for name in one.__dataclass_fields__ if name != "ascertainment"}
        cases.append(
            {
                "draw": draw,
                "day": day,
                "anchor": anchor,
                "definition": -1 if definition is None else definition,
                "growth": one.growth_before,
                "waves": {wave: getattr(made, wave).tolist() for wave in lockdown_tables.WAVES},
            }
        )
    luck = np.random.default_rng(5).normal(size=41)
    return {"cases": cases, "values": luck.tolist(), "quantiles": np.quantile(luck, (0.025, 0.5, 0.975)).tolist()}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), relative=1e-6)


@pytest.mark.slow
def test_a_fit_anew_agrees_with_the_stored_one() -> None:
    """A short run of the sampler: medians of R and of the share within half of the stored interval."""
    fit, short = lockdowns.stored_fit("hubei"), lockdowns.anew("hubei", 1, silent)
    assert short.posterior.seconds > 0 and len(short.posterior.z) == lockdowns.KEPT
    for name in ("reproduction_before", "reproduction_after", "infections"):
        low, middle, high = np.quantile(fit.posterior.draws[name], (0.025, 0.5, 0.975))
        assert abs(np.median(short.posterior.draws[name]) - middle) < (high - low) / 2
