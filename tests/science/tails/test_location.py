from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cutaway import tails
from cutaway.core.errors import InputError
from cutaway.science.tails import laws
from cutaway.science.tails.location import LOCATIONS

samples = arrays(np.float64, st.integers(8, 25), elements=st.floats(-1e6, 1e6).map(lambda v: round(v, 3)))


def test_the_mean_and_its_interval_are_scipys() -> None:
    x = np.random.default_rng(0).normal(size=17)
    low, high = stats.ttest_1samp(x, 0).confidence_interval()
    found = tails.mean_location(x)
    assert (found.value, found.low, found.high) == pytest.approx((x.mean(), low, high), rel=1e-12)


def test_the_trimmed_mean_is_scipys() -> None:
    x = np.random.default_rng(1).standard_t(2, 41)
    found = tails.trimmed_location(x)
    assert found.value == pytest.approx(stats.trim_mean(x, 0.2))
    reach = stats.t(24).ppf(0.975) * stats.mstats.trimmed_stde(x, (0.2, 0.2))  # 41 - 2 · 8 are kept
    assert found.high - found.value == pytest.approx(reach, rel=0.05)  # SciPy divides the winsorised squares by n


@pytest.mark.parametrize("n", [6, 9, 20, 55, 333])
def test_the_interval_of_the_median_is_the_sign_tests(n: int) -> None:
    x = np.arange(1.0, n + 1)
    found = tails.median_location(x)
    k = int(found.low)
    assert stats.binom(n, 0.5).cdf(k - 1) <= 0.025 < stats.binom(n, 0.5).cdf(k)
    assert found.high == n + 1 - k


@pytest.mark.parametrize("n", [6, 11, 20, 60])
def test_the_interval_of_hodges_and_lehmann_is_what_wilcoxon_does_not_reject(n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    found = tails.hodges_lehmann(x)
    for end, inside in ((found.low, 1e-9), (found.high, -1e-9)):
        assert stats.wilcoxon(x - end - inside, method="exact").pvalue > 0.05
        assert stats.wilcoxon(x - end + inside, method="exact").pvalue <= 0.05


@given(samples, st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_estimates_move_and_stretch_with_the_data(x: np.ndarray, by: float, scale: float) -> None:
    for method in LOCATIONS.values():
        one, other = method(x), method(x * scale + by)
        reach = 1e-9 * (np.abs(x).max() * scale + abs(by) + 1)
        for a, b in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
            assert b == pytest.approx(a * scale + by, abs=reach)


@pytest.mark.parametrize("name", ["mean", "median", "trimmed mean", "Hodges–Lehmann"])
def test_on_normal_draws_intervals_cover_what_they_say(name: str) -> None:
    found = tails.coverage(laws.normal(), 30, LOCATIONS[name], replicates=2_000, seed=1)
    assert abs(found.share - 0.95) < 0.01 + 4 * found.error


def test_thirty_draws_of_a_skewed_law_do_not_carry_students_interval() -> None:
    mean = tails.coverage(laws.lognormal(2.0), 30, tails.mean_location, replicates=2_000)
    assert mean.share + 4 * mean.error < 0.75
    median = tails.coverage(laws.lognormal(2.0), 30, tails.median_location, aim=1.0, replicates=2_000)
    assert abs(median.share - 0.957) < 4 * median.error  # the exact level at n = 30


def test_on_cauchy_draws_the_mean_has_the_widest_interval_and_the_median_a_narrow_one() -> None:
    widths = {name: tails.coverage(laws.student(1), 100, LOCATIONS[name], replicates=500).width for name in LOCATIONS}
    assert widths["mean"] > 5 * widths["median"]
    assert widths["Hodges–Lehmann"] < 3 * widths["median"]


def test_too_few_draws_have_no_bounded_interval() -> None:
    for method in (tails.median_location, tails.hodges_lehmann):
        found = method(np.arange(4.0))
        assert (found.low, found.high) == (-np.inf, np.inf)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="2 draws"):
        tails.mean_location(np.array([1.0]))
    with pytest.raises(InputError, match="share"):
        tails.trimmed_location(np.arange(9.0), 0.5)
    with pytest.raises(InputError, match="all pairs"):
        tails.hodges_lehmann(np.arange(5_001.0))
    with pytest.raises(InputError, match="8 draws"):
        tails.median_of_means(np.arange(7.0))
