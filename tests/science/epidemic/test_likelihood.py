"""The likelihood is SciPy's negative binomial of the waves, on the days that are used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science.epidemic import Note, Observed, Parameters, Prior, Priors, likelihood_of, priors_of, waves
from cutaway.science.epidemic.likelihood_kernel import negative_binomial
from cutaway.science.epidemic.priors import NAMES


def test_negative_binomial_is_scipys() -> None:
    rng = np.random.default_rng(4)
    means = np.exp(rng.normal(3, 2, 60))
    counts = rng.poisson(means).astype(float)
    used = rng.random(60) < 0.7
    for k in (0.01, 0.3, 4.0):
        wanted = stats.nbinom(1 / k, 1 / (1 + k * 1.3 * means)).logpmf(counts)[used].sum()
        assert negative_binomial(counts, means, used, 1.3, k) == pytest.approx(wanted, rel=1e-10)


def test_the_likelihood_is_that_of_the_waves(small: Observed, few: Priors) -> None:
    target = likelihood_of(replace(small, cases=np.arange(70.0), deaths=np.arange(70.0) // 10), few)
    z = np.random.default_rng(0).normal(size=(3, 6))
    for row, found in zip(z, target(z), strict=True):
        v = dict(zip(NAMES, few.whole(row[None])[0], strict=True))
        p = Parameters(**{name: value for name, value in v.items() if name in Parameters.__dataclass_fields__})
        w = waves(p, 30, 70)
        wanted = 0.0
        for mean, count, k in (
            (w.reports, target.counts[0], v["case_dispersion"]),
            (w.deaths, target.counts[1], v["death_dispersion"]),
        ):
            wanted += stats.nbinom(1 / k, 1 / (1 + k * mean)).logpmf(count)[10:].sum()
        assert found == pytest.approx(wanted, rel=1e-9)
    assert target.posterior(z) == pytest.approx(target(z) - 0.5 * (z**2).sum(1))
    assert target.posterior(np.full((1, 6), 9.0))[0] == -np.inf


def test_onsets_seen_by_the_cut_are_those_reported_by_it(small: Observed, few: Priors) -> None:
    """With the cut on the last day, the onsets seen add up to the reports until then."""
    onsets = np.full(70, 5.0)
    target = likelihood_of(replace(small, onsets=onsets, onsets_cut=69), few)
    w, seen = target.means(np.zeros((1, 6)))
    assert seen.sum() == pytest.approx(w[0, 2].sum())
    early = likelihood_of(replace(small, onsets=onsets, onsets_cut=40, definition_day=41), few)
    w, seen = early.means(np.zeros((1, 6)))
    assert seen.sum() == pytest.approx(w[0, 2, :41].sum())
    assert np.all(seen[0, 41:] == 0)
    cohort, _ = target.means(np.zeros((1, 6)), until=30)
    assert np.all(cohort[0, 0, 30:] == 0)
    assert cohort[0, 0, :30] == pytest.approx(w[0, 0, :30])


def test_counts_drawn_have_the_mean_and_the_variance(small: Observed, few: Priors) -> None:
    target = likelihood_of(small, few)
    z = np.zeros((4000, 6))
    drawn = target.drawn(z, np.random.default_rng(2))
    means, _ = target.means(z[:1])
    mu = means[0, 2, 30:60]
    assert drawn[:, 0, 30:60].mean(0) == pytest.approx(mu, rel=0.03)
    assert drawn[:, 0, 30:60].var(0) == pytest.approx(mu + 0.05 * mu**2, rel=0.15)


def test_days_left_out_do_not_count(small: Observed, few: Priors) -> None:
    odd = small.cases.copy()
    odd[20] = 1e6
    noted = replace(small, cases=odd, notes=(Note("cases", 20, "revision", "left out"),))
    plain = replace(small, notes=(Note("cases", 20, "revision", "left out"),))
    z = np.zeros((1, 6))
    assert likelihood_of(noted, few)(z) == likelihood_of(plain, few)(z)
    assert not noted.fitted("cases")[20]
    assert noted.fitted("deaths")[20]
    assert not noted.fitted("onsets").any()
    assert not noted.fitted("cases")[9]
    kept = replace(small, notes=(Note("cases", 20, "revision", "kept", left_out=False),))
    assert kept.fitted("cases")[20]


def test_a_region_without_days_is_named(small: Observed, few: Priors) -> None:
    with pytest.raises(InputError, match="Somewhere has no day of cases"):
        likelihood_of(replace(small, cases=np.full(70, np.nan)), few)


def test_priors_have_their_values_and_intervals() -> None:
    z = np.linspace(-2, 2, 9)
    for prior in (Prior("normal", -3.0, 2.0), Prior("positive", 3.0, 0.4), Prior("share", 0.2, 0.7)):
        assert prior.z(prior.value(z)) == pytest.approx(z)
        assert float(prior.value(np.array(0.0))) == pytest.approx(prior.centre)
    low, high = Prior("share", 0.2, 0.7).interval()
    assert 0 < low < 0.2 < high < 1
    with pytest.raises(InputError, match="centre that a share law can have"):
        Prior("share", 1.2, 0.7)
    with pytest.raises(InputError, match="got ascertainment"):
        Priors({"ascertainment": Prior("share", 0.2, 1.0)}, Parameters(), Prior("share", 0.2, 1.0))


def test_the_default_priors_follow_what_is_there(small: Observed) -> None:
    plain = priors_of(small)
    assert "report_mid" not in plain.free
    assert "narrow" not in plain.free
    rich = priors_of(replace(small, onsets=np.ones(70), onsets_cut=40, definition_day=45))
    assert {"report_early", "report_mid", "onset_scale", "narrow"} <= set(rich.free)
    assert "ascertainment" not in rich.free
    assert list(rich.places) == [NAMES.index(name) for name in rich.free]
