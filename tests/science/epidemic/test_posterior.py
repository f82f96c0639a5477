"""The posterior finds what made the counts, says what was learned, and is calibrated."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science.epidemic import (
    CANNOT_TELL,
    Likelihood,
    Observed,
    Parameters,
    Posterior,
    Priors,
    calibration,
    counterfactual,
    decomposition,
    draw,
    growth,
    growth_rate,
    interval,
    likelihood_of,
    mode,
    placebo,
    posterior,
    predictive,
    waves,
)
from cutaway.science.epidemic.calibration import Calibration

TRUTH = np.array([[0.3, -0.4, 0.2, -0.3, -0.8, -0.8]])


@pytest.fixture(scope="module")
def seen(small: Observed, few: Priors) -> Observed:
    """Counts that the model draws at the truth."""
    cases, deaths, _ = likelihood_of(small, few).drawn(TRUTH, np.random.default_rng(8))[0]
    return replace(small, cases=cases, deaths=deaths)


@pytest.fixture(scope="module")
def found(seen: Observed, few: Priors) -> Posterior:
    return posterior(seen, few, steps=1000, warmup=300, walkers=20, ensembles=2, seed=4)


def test_it_finds_the_truth_and_its_walkers_have_met(found: Posterior, few: Priors) -> None:
    for k, (name, prior) in enumerate(few.free.items()):
        middle, low, high = found.interval(name, 0.998)
        assert low < float(prior.value(TRUTH[0, k])) < high, name
        assert low < middle < high
    assert max(found.r_hat.values()) < 1.05
    assert min(min(sizes) for sizes in found.effective_size.values()) > 1000
    assert found.z.shape == (2000, 6)
    assert found.seconds > 0


def test_what_counts_cannot_tell_stays_as_it_was(found: Posterior, few: Priors) -> None:
    learned = found.learned()
    assert learned["infections"] > 0.9
    assert learned["ascertainment"] == 0.0
    assert "never reported" in CANNOT_TELL[0]
    drawn = np.log(found.draws["ascertainment"])
    assert drawn.mean() == pytest.approx(np.log(0.15), abs=0.05)
    assert drawn.std() == pytest.approx(0.5, abs=0.04)


def test_the_ascertainment_changes_no_count(few: Priors) -> None:
    """Whatever the share reported, the expected reports and deaths are the same: so counts cannot tell it."""
    tenth, all_of_them = (waves(Parameters(ascertainment=a), 53, 90) for a in (0.1, 1.0))
    assert tenth.reports == pytest.approx(all_of_them.reports)
    assert tenth.deaths == pytest.approx(all_of_them.deaths)
    assert tenth.infections == pytest.approx(10 * all_of_them.infections)


def test_the_same_seed_gives_the_same_draws(seen: Observed, few: Priors) -> None:
    target = likelihood_of(seen, few)
    a, b, c = (draw(target, steps=50, warmup=80, walkers=12, seed=seed) for seed in (1, 1, 2))
    assert a.shape == (12, 10, 6)
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_the_mode_is_a_maximum(seen: Observed, few: Priors) -> None:
    target = likelihood_of(seen, few)
    top = mode(target)
    near = top + 0.02 * np.random.default_rng(0).normal(size=(50, 6))
    assert np.all(target.posterior(near) < target.posterior(top[None]))


def test_moves_draw_a_normal_law_as_it_is() -> None:
    """In 17 dimensions: emcee's DESnookerMove fails this, with 0.57 of the variance."""

    class Normal:
        priors = Priors.__new__(Priors)

        def posterior(self, z: np.ndarray) -> np.ndarray:
            return np.asarray(-0.5 * (z**2).sum(axis=1))

    from cutaway.science.epidemic.posterior import _ensemble

    chains = _ensemble(Normal(), np.zeros(17), 40, 400, 1500, (0, 0), lambda *_: None)
    assert chains.reshape(-1, 17).var(axis=0).mean() == pytest.approx(1, abs=0.05)


def test_shares_add_up_and_follow_the_cohort(found: Posterior) -> None:
    parts = decomposition(found)
    assert (parts.lockdown_day, parts.reported_day) == (30, 57)
    whole = [parts.reported[0], parts.ill[0], parts.infected[0], parts.after[0]]
    assert sum(whole) == pytest.approx(1, abs=0.01)
    assert parts.already[0] + parts.after[0] == pytest.approx(1, abs=1e-9)
    assert parts.already[1] < parts.already[0] < parts.already[2]
    assert parts.cases_had_it_stopped[0] == pytest.approx(parts.already[0] * parts.cases_then)
    assert parts.deaths_already[0] > parts.already[0], "deaths come later, so more of them stem from before"
    assert parts.infections[0] > 4 * parts.counted_infections[0]
    stated = decomposition(found, totals=(10.0, 500.0, 1.0, 20.0))
    assert (stated.case_factor, stated.death_factor) == (50.0, 20.0)
    with pytest.raises(InputError, match="days that ascend"):
        decomposition(found, 40, 39)


def test_growth_is_that_of_the_draws(found: Posterior) -> None:
    rates = growth(found)
    first = Parameters.of(found.priors.whole(found.z)[0, :18])
    assert rates.before[1] - 0.05 < first.growth_before < rates.before[2] + 0.05
    assert growth_rate(found.interval("reproduction_before")[0], first.generation) == pytest.approx(rates.before[0])
    assert growth_rate(found.interval("reproduction_after")[0], first.generation) == pytest.approx(rates.after[0])
    assert rates.doubling[0] == pytest.approx(np.log(2) / rates.before[0], rel=1e-3)
    assert rates.halving[0] == pytest.approx(-np.log(2) / rates.after[0], rel=1e-3)


def test_an_earlier_lockdown_means_fewer(found: Posterior) -> None:
    none = counterfactual(found, 0)
    early, late = (counterfactual(found, shift) for shift in (-7, 7))
    assert none.case_ratio == (1.0, 1.0, 1.0)
    assert early.case_ratio[2] < 0.5 < 1.5 < late.case_ratio[1]
    assert early.deaths[0] < none.deaths[0] < late.deaths[0]
    assert none.case_quantiles.shape == (3, 70)
    assert counterfactual(found, 7, population=1e3).beyond == 1
    with pytest.raises(InputError, match="shift_days"):
        counterfactual(found, 60)


def test_new_counts_cover_the_old_ones(found: Posterior) -> None:
    check = predictive(found)
    assert check.quantiles.shape == (3, 5, 70)
    assert np.all(np.diff(check.quantiles[:2], axis=1) >= 0)
    assert 0.85 < check.covered[0] <= 1
    assert np.isnan(check.covered[2])


def test_the_true_day_stands_out_among_placebos(seen: Observed, few: Priors) -> None:
    days = range(22, 39, 2)
    strip = placebo(seen, days, few)
    assert abs(strip.best_day - 30) <= 2
    assert strip.probability.sum() == pytest.approx(1)
    assert strip.log_posterior.max() == 0
    true = list(strip.days).index(30)
    ratio = 100 * (
        1
        - float(few.free["reproduction_after"].value(TRUTH[0, 1]))
        / float(few.free["reproduction_before"].value(TRUTH[0, 0]))
    )
    assert strip.low[true] < ratio < strip.high[true]
    assert strip.low[true] < strip.effect[true] < strip.high[true]
    with pytest.raises(InputError, match="days: placebo expected places"):
        placebo(seen, [0], few)


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform(small: Observed, few: Priors) -> None:
    """Simulation-based calibration of 30 posteriors; benchmarks/epidemic.py does it for hundreds, and all of Hubei's.

    Six p-values above 0.001; of the 180 intervals of 90 % at least 144 hold the truth (p below 1e-4 if right).
    """

    def sampler(target: Likelihood, seed: int) -> np.ndarray:
        return draw(target, steps=180, warmup=120, walkers=14, seed=seed)[:, ::3].reshape(-1, 6)

    done = calibration(small, few, sampler, replicates=30, draws=99, seed=11)
    assert min(done.p_value(name, bins=5) for name in few.free) > 0.001
    assert np.mean([done.covered(name) for name in few.free]) >= 0.8


def test_a_sampler_that_is_too_sure_is_found() -> None:
    rng = np.random.default_rng(0)
    wrong = Calibration({"x": rng.choice([0, 1, 2, 97, 98, 99], 60)}, 99)
    right = Calibration({"x": rng.integers(0, 100, 60)}, 99)
    assert wrong.p_value("x") < 1e-6 < 0.01 < right.p_value("x")
    assert wrong.covered("x") < 0.3 < 0.75 < right.covered("x")


def test_intervals_are_quantiles() -> None:
    assert interval(np.arange(1001.0)) == (500.0, pytest.approx(25), pytest.approx(975))


def test_what_is_missing_or_too_little_is_named(seen: Observed, few: Priors, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="walkers: draw expected an even number, at least 12"):
        posterior(seen, few, walkers=10)
    with pytest.raises(InputError, match="steps, warmup, ensembles"):
        posterior(seen, few, steps=3)
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cutaway\[epidemic\]'"):
        posterior(seen, few, steps=20, warmup=0)
