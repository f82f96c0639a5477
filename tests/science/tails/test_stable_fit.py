from __future__ import annotations

import numpy as np
import pytest

from cutaway import tails
from cutaway.core.errors import InputError

# McCulloch (1986), table III for β = 0: α by the ratio (q95 - q05) / (q75 - q25), to 0.003 as he interpolated
MCCULLOCH = {2.439: 2.000, 2.5: 1.916, 2.7: 1.729, 3.0: 1.563, 3.5: 1.391, 4.0: 1.279, 6.0: 1.029, 10.0: 0.818}


def drawn(alpha: float, beta: float, n: int, seed: int) -> np.ndarray:
    return 3 + 2 * tails.stable_draws(n, alpha=alpha, beta=beta, random=np.random.default_rng(seed))


@pytest.mark.parametrize(("ratio", "alpha"), MCCULLOCH.items())
def test_quantiles_are_those_of_mccullochs_table(ratio: float, alpha: float) -> None:
    q = tails.stable_quantile(np.array([0.05, 0.25, 0.75, 0.95]), alpha=alpha)
    assert (q[3] - q[0]) / (q[2] - q[1]) == pytest.approx(ratio, rel=1e-2)


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.7), (1.0, 0.0), (1.0, -0.4), (1.7, 1.0), (2.0, 0.0)])
def test_quantiles_invert_the_distribution(alpha: float, beta: float) -> None:
    p = np.array([0.001, 0.2, 0.5, 0.9, 0.999])
    x = tails.stable_quantile(p, alpha=alpha, beta=beta)
    assert tails.stable_distribution(x, alpha=alpha, beta=beta) == pytest.approx(p, abs=1e-9)
    assert np.isnan(tails.stable_quantile(np.array([0.0, 1.0, np.nan]), alpha=alpha, beta=beta)).all()


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.8])
@pytest.mark.parametrize("beta", [-0.5])
def test_exact_quantiles_give_the_law_back(alpha: float, beta: float) -> None:
    p = (np.arange(2_000) + 0.5) / 2_000
    inner = tails.stable_quantile(np.linspace(0.04, 0.96, 93), alpha=alpha, beta=beta)
    x = np.interp(p, np.linspace(0.04, 0.96, 93), 3 + 2 * inner)
    found = tails.stable_fit(x, method="quantiles")
    assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=0.01)
    assert (found.location, found.scale) == pytest.approx((3, 2), abs=0.02)


@pytest.mark.parametrize(("alpha", "beta"), [(0.7, 0.3), (1.0, 0.0), (1.8, -0.6)])
def test_the_truth_is_found_by_both_methods(alpha: float, beta: float) -> None:
    x = drawn(alpha, beta, 2_000, 1)
    rough, fine = tails.stable_fit(x, method="quantiles"), tails.stable_fit(x)
    truth = np.array([alpha, beta, 3, 2])
    for found, times in ((rough, 8), (fine, 4)):  # the method of quantiles varies up to twice as much
        estimate = np.array([found.alpha, found.beta, found.location, found.scale])
        assert (np.abs(estimate - truth) < times * np.array(fine.errors)).all(), (found, fine.errors)
    assert isinstance(fine, tails.StableFit)


@pytest.mark.parametrize(("alpha", "beta"), [(0.7, 0.3), (1.3, -0.5)])
def test_the_likelihood_is_that_of_the_density_and_is_a_maximum(alpha: float, beta: float) -> None:
    x = drawn(alpha, beta, 600, 2)
    found = tails.stable_fit(x)

    def exact(a: float, b: float, location: float, scale: float) -> float:
        return float(np.log(tails.stable_density((x - location) / scale, alpha=a, beta=b) / scale).sum())

    at = [found.alpha, found.beta, found.location, found.scale]
    best = exact(*at)
    assert found.loglik == pytest.approx(best, abs=1e-5 * x.size)
    for i in range(4):
        for side in (-1, 1):
            moved = at.copy()
            moved[i] += side * 0.2 * found.errors[i]
            if i != 1 or abs(moved[1]) <= 1:
                assert exact(*moved) < best + 1e-3


@pytest.mark.slow
def test_errors_are_the_spread_of_the_estimates() -> None:
    fits = [tails.stable_fit(drawn(1.5, 0.0, 300, 100 + seed)) for seed in range(20)]
    estimates = np.array([(one.alpha, one.beta, one.location, one.scale) for one in fits])
    stated = np.nanmedian([one.errors for one in fits], axis=0)
    assert estimates.std(axis=0, ddof=1) == pytest.approx(stated, rel=0.5)  # 3.1 standard deviations of it
    assert estimates.mean(axis=0) == pytest.approx([1.5, 0, 3, 2], abs=0.2)


def test_normal_data_are_on_the_edge() -> None:
    x = np.random.default_rng(3).normal(1.0, 2.0, 3_000)
    found = tails.stable_fit(x)
    assert found.alpha > 1.97
    if found.alpha == 2:
        assert (found.location, found.scale) == pytest.approx((x.mean(), x.std() / np.sqrt(2)), rel=1e-2)
        assert np.isnan(found.errors[0])
        assert found.errors[2] == pytest.approx(2 / np.sqrt(3_000), rel=0.1)


def test_shift_and_scale_move_only_what_they_should() -> None:
    x = drawn(1.4, 0.3, 800, 4)
    one, other = tails.stable_fit(x), tails.stable_fit(-10 * x + 5)
    assert (other.alpha, other.beta) == pytest.approx((one.alpha, -one.beta), abs=2e-3)
    assert (other.location, other.scale) == pytest.approx((5 - 10 * one.location, 10 * one.scale), rel=2e-3)
    assert other.errors == pytest.approx((*one.errors[:2], 10 * one.errors[2], 10 * one.errors[3]), rel=0.02)


@pytest.mark.parametrize(
    ("x", "method", "message"),
    [
        (np.arange(5.0), "likelihood", "at least 20 values, got 5"),
        (np.append(np.arange(30.0), np.inf), "likelihood", "infinite"),
        (np.zeros(50), "quantiles", "differ"),
        (np.arange(30.0), "moments", "'likelihood' or 'quantiles'"),
    ],
    ids=["few", "infinite", "equal", "unknown"],
)
def test_bad_input_is_refused(x: np.ndarray, method: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tails.stable_fit(x, method=method)  # type: ignore[arg-type]
