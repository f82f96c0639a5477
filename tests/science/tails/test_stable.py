from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cutaway import tails
from cutaway.core.errors import InputError

X = np.array([-50.0, -5.0, -1.0, -0.3, 0.0, 0.01, 0.5, 2.0, 7.0, 100.0])


def inverted(x: float, alpha: float, beta: float) -> float:
    """The distribution from the characteristic function (Gil-Pelaez), by adaptive quadrature."""

    def integrand(t: float) -> float:
        turned = np.exp(-1j * t * x) * tails.stable_characteristic(np.array(t), alpha=alpha, beta=beta)
        return float(np.imag(turned) / t)

    area, _ = integrate.quad(integrand, 1e-13, 40, limit=4000, epsabs=1e-13)
    return 0.5 - area / np.pi


@pytest.mark.parametrize("alpha", [0.95, 1.02, 1.5, 1.8, 1.99, 1.999])
@pytest.mark.parametrize("beta", [0.0, 0.5, -1.0])
def test_distribution_is_the_inverted_characteristic_function(alpha: float, beta: float) -> None:
    x = np.array([-5.0, -1.0, -0.3, 0.01, 0.5, 2.0, 7.0])
    expected = [inverted(one, alpha, beta) for one in x]
    assert tails.stable_distribution(x, alpha=alpha, beta=beta) == pytest.approx(expected, abs=2e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.0), (0.5, 1.0), (0.8, -1.0), (1.2, 0.5), (1.5, 1.0)])
def test_density_and_distribution_are_scipys(alpha: float, beta: float) -> None:
    law = stats.levy_stable
    law.parameterization = "S0"
    away = X[np.abs(X + beta * np.tan(np.pi * alpha / 2)) > 1e-3]
    assert tails.stable_density(away, alpha=alpha, beta=beta) == pytest.approx(law.pdf(away, alpha, beta), rel=1e-6)
    assert tails.stable_distribution(away, alpha=alpha, beta=beta) == pytest.approx(
        law.cdf(away, alpha, beta), abs=1e-8
    )


def test_known_members() -> None:
    assert tails.stable_distribution(X, alpha=2.0) == pytest.approx(special.ndtr(X / np.sqrt(2)), abs=1e-15)
    assert tails.stable_distribution(X, alpha=1.0) == pytest.approx(tails.cauchy_distribution(X), abs=1e-15)
    levy = stats.levy(loc=-1)  # tan(π/4) = 1: the parametrisation "0" moves it
    assert tails.stable_distribution(X[X > -0.9], alpha=0.5, beta=1.0) == pytest.approx(levy.cdf(X[X > -0.9]), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.4, 2.0), st.floats(-1, 1), st.floats(-20, 20))
def test_a_law_and_its_mirror(alpha: float, beta: float, x: float) -> None:
    here = tails.stable_distribution(np.array(x), alpha=alpha, beta=beta)
    there = tails.stable_distribution(np.array(-x), alpha=alpha, beta=-beta)
    assert here + there == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.4])
def test_density_is_the_slope_also_at_the_seam(alpha: float) -> None:
    beta = 0.5
    seam = 0.0 if alpha == 1 else -beta * np.tan(np.pi * alpha / 2)
    x, h = seam + np.array([-1.0, -1e-3, 0.0, 1e-3, 1.0]), 1e-4
    ends = [tails.stable_distribution(x + side * h, alpha=alpha, beta=beta) for side in (-1, 1)]
    assert tails.stable_density(x, alpha=alpha, beta=beta) == pytest.approx((ends[1] - ends[0]) / (2 * h), rel=1e-4)


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.4), (1.0, 0.0), (1.0, -0.7), (1.3, 1.0), (1.9, -0.5), (2.0, 0.0)])
def test_draws_follow_the_distribution(alpha: float, beta: float) -> None:
    x = np.sort(tails.stable_draws(20_000, alpha=alpha, beta=beta, random=np.random.default_rng(1)))
    found = tails.ks_distance(x, lambda v: tails.stable_distribution(v, alpha=alpha, beta=beta))
    assert found.value < 1.95 / np.sqrt(x.size)  # 1 in 1,000


def test_a_sum_of_draws_is_stable_again() -> None:
    alpha, n = 1.5, 8
    x = tails.stable_draws(80_000, alpha=alpha, random=np.random.default_rng(2)).reshape(-1, n).sum(axis=1)
    found = tails.ks_distance(x / n ** (1 / alpha), lambda v: tails.stable_distribution(v, alpha=alpha))
    assert found.value < 1.95 / np.sqrt(x.size)


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (2.1, 0.0), (1.5, 1.1), (float("nan"), 0.0)])
def test_bad_input_is_refused(alpha: float, beta: float) -> None:
    with pytest.raises(InputError, match="alpha, beta"):
        tails.stable_draws(1, alpha=alpha, beta=beta, random=np.random.default_rng(0))
