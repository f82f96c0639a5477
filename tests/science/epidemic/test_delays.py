"""Delays: discretised laws against SciPy's, and convolutions that lose nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from cutaway.core.errors import InputError, InputTypeError
from cutaway.science.epidemic import Delay, convolved
from cutaway.science.epidemic.kernel import lognormal_days

LAWS = {
    "gamma": lambda mean, sd: stats.gamma((mean / sd) ** 2, scale=sd**2 / mean),
    "lognormal": lambda mean, sd: stats.lognorm(
        np.sqrt(np.log1p((sd / mean) ** 2)), scale=mean / np.sqrt(1 + (sd / mean) ** 2)
    ),
}


@pytest.mark.parametrize("kind", ["gamma", "lognormal"])
@pytest.mark.parametrize(("mean", "sd"), [(5.5, 2.4), (18.0, 9.0), (3.3, 4.2)])
def test_probabilities_are_the_integral_over_a_triangle(kind: str, mean: float, sd: float) -> None:
    delay = Delay(mean, sd, kind, longest=400)
    law = LAWS[kind](mean, sd)
    for d in (0, 1, 4, 20):
        wanted = quad(lambda x, d=d: (1 - abs(x - d)) * law.pdf(x), max(d - 1, 1e-12), d + 1, points=[d or 0.5])[0]
        assert delay.probabilities[d] == pytest.approx(wanted, abs=1e-7)


@given(st.floats(1, 25), st.floats(0.3, 1.0), st.sampled_from(["gamma", "lognormal"]))
def test_the_mean_is_the_laws_and_the_variance_at_most_a_quarter_more(mean: float, cv: float, kind: str) -> None:
    delay = Delay(mean, cv * mean, kind, longest=2000)
    days = np.arange(2001)
    variance = delay.probabilities @ days**2 - delay.discrete_mean**2
    assert delay.discrete_mean == pytest.approx(mean, rel=1e-5)
    assert -1e-2 * variance <= variance - (cv * mean) ** 2 <= 0.25 + 1e-6 * mean**2


@pytest.mark.parametrize(("mean", "sd", "longest"), [(5.5, 2.7, 30), (18.0, 9.0, 70), (4.7, 2.9, 30)])
def test_the_kernel_has_the_same_probabilities(mean: float, sd: float, longest: int) -> None:
    p = np.empty(longest + 1)
    lognormal_days(mean, sd, p)
    assert p == pytest.approx(Delay(mean, sd, "lognormal", longest).probabilities, abs=1e-13)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.floats(1, 10), st.floats(1, 8))
def test_a_convolution_conserves_the_total(series: list[float], mean: float, sd: float) -> None:
    padded = np.concatenate((series, np.zeros(91)))
    assert convolved(padded, Delay(mean, sd)).sum() == pytest.approx(sum(series), rel=1e-9, abs=1e-9)


def test_a_convolution_is_numpys_cut_to_the_days() -> None:
    rng = np.random.default_rng(1)
    x, delay = rng.random((3, 50)), Delay(6, 3)
    wanted = np.stack([np.convolve(row, delay.probabilities)[:50] for row in x])
    assert convolved(x, delay) == pytest.approx(wanted)


def test_what_is_no_delay_is_named() -> None:
    with pytest.raises(InputError, match="mean: Delay expected days above 0, got -1"):
        Delay(-1, 2)
    with pytest.raises(InputError, match="sd: Delay expected days above 0, got nan"):
        Delay(1, float("nan"))
    with pytest.raises(InputTypeError, match="expected 'gamma' or 'lognormal', got 'beta'"):
        Delay(1, 2, "beta")
    with pytest.raises(InputError, match="longest"):
        Delay(1, 2, longest=0)
    with pytest.raises(InputError, match="probabilities"):
        convolved(np.ones(3), np.array([-1.0, 2]))
    with pytest.raises(InputError, match="at least one day"):
        convolved(np.ones(0), Delay(1, 2))
