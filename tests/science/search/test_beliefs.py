"""The Gaussian process against scikit-learn's, Parzen's estimator by quadrature, importance on known surfaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from cutaway.core.errors import InputError
from cutaway.science import search


def surface(n: int, d: int = 2, noise: float = 0.05, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    return x, np.sin(6 * x[:, 0]) + 0.3 * x[:, 1] ** 2 + rng.normal(0, noise, n)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_belief_is_scikit_learns(d: int) -> None:
    rng = np.random.default_rng(d)
    x, y, at = rng.random((25, d)), rng.normal(3, 2, 25), rng.random((40, d))
    lengths = rng.uniform(0.2, 1.5, d)
    kernel = ConstantKernel(1.7**2) * Matern(lengths, nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=0.3**2, optimizer=None).fit(x, y - y.mean())
    mean, sd = theirs.predict(at, return_std=True)
    ours = search.gaussian_process(x, y, lengths=lengths, signal=1.7, noise=0.3)
    belief = ours.at(at)
    np.testing.assert_allclose(belief.mean, mean + y.mean(), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(belief.sd, sd, rtol=1e-6, atol=1e-8)


def test_the_likelihood_and_its_gradient_are_scikit_learns() -> None:
    x, y = surface(30)
    y = y - y.mean()
    kernel = ConstantKernel(0.8**2) * Matern([0.3, 0.9], nu=2.5) + WhiteKernel(0.2**2)
    theirs = GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(x, y)
    value, gradient = theirs.log_marginal_likelihood(theirs.kernel_.theta, eval_gradient=True)
    ours, slope = search.log_marginal_likelihood(x, y, [0.3, 0.9], 0.8, 0.2)
    assert ours == pytest.approx(value)
    np.testing.assert_allclose(slope[[0, 1]], gradient[[1, 2]], rtol=1e-6)
    np.testing.assert_allclose(slope[[2, 3]], 2 * gradient[[0, 3]], rtol=1e-6)  # theirs by the logarithm of variances


def test_the_fit_is_at_least_as_likely_as_scikit_learns() -> None:
    x, y = surface(40)
    fitted = search.gaussian_process(x, y)
    z = (y - y.mean()) / y.std()
    kernel = ConstantKernel(1.0, (0.0025, 400)) * Matern([0.5, 0.5], (0.03, 30), nu=2.5) + WhiteKernel(0.01, (1e-12, 4))
    theirs = GaussianProcessRegressor(kernel, alpha=0, n_restarts_optimizer=2, random_state=0).fit(x, z)
    assert fitted.log_likelihood >= theirs.log_marginal_likelihood_value_ - 0.01
    assert fitted.noise == pytest.approx(0.05, abs=0.03)
    assert fitted.lengths[1] > 2 * fitted.lengths[0]  # the first column bends the surface, the second hardly


def test_a_belief_passes_through_what_is_known_and_forgets_far_away() -> None:
    x, y = surface(20, noise=0.0)
    fitted = search.gaussian_process(x, y, noise=1e-4)
    near, far = fitted.at(x), fitted.at(np.full((1, 2), 80.0))
    np.testing.assert_allclose(near.mean, y, atol=1e-3)
    assert near.sd.max() < 1e-3
    assert (far.mean[0], far.sd[0]) == pytest.approx((y.mean(), fitted.signal))


def test_units_and_order_do_not_matter() -> None:
    x, y = surface(25)
    at = np.random.default_rng(1).random((9, 2))
    one = search.gaussian_process(x, y).at(at)
    other = search.gaussian_process(x[::-1], 100 * y[::-1] - 7).at(at)
    np.testing.assert_allclose(other.mean, 100 * one.mean - 7, rtol=1e-3, atol=0.05)
    np.testing.assert_allclose(other.sd, 100 * one.sd, rtol=1e-2)


def test_the_same_lengths_given_other_points() -> None:
    x, y = surface(30)
    whole = search.gaussian_process(x, y)
    part = whole.given(x[:10], y[:10])
    again = search.gaussian_process(x[:10], y[:10], lengths=whole.lengths, signal=whole.signal, noise=whole.noise)
    np.testing.assert_allclose(part.at(x).mean, again.at(x).mean)
    single = search.gaussian_process(x[:1], y[:1]).at(x)
    assert np.all(np.isfinite(single.sd))


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_expected_improvement_is_what_draws_improve(direction: str) -> None:
    belief = search.Belief(np.array([0.0, 0.5, -1.0]), np.array([1.0, 0.2, 2.0]))
    draws = belief.mean + belief.sd * np.random.default_rng(2).normal(size=(400_000, 3))
    sign = 1 if direction == "maximize" else -1
    expected = np.maximum(sign * (draws - 0.3), 0).mean(axis=0)
    np.testing.assert_allclose(search.expected_improvement(belief, 0.3, direction), expected, atol=0.012)


def test_expected_improvement_of_what_is_known_is_the_improvement() -> None:
    known = search.Belief(np.array([1.0, -1.0]), np.zeros(2))
    np.testing.assert_array_equal(search.expected_improvement(known, 0.25), [0.75, 0.0])


def test_densities_integrate_to_one_and_stay_inside() -> None:
    rng = np.random.default_rng(3)
    line, plane = search.parzen(rng.random((7, 1))), search.parzen(rng.random((5, 2)))
    t = (np.arange(2000) + 0.5) / 2000
    assert line.density(t[:, None]).mean() == pytest.approx(1, abs=1e-5)
    s = (np.arange(120) + 0.5) / 120
    square = np.stack(np.meshgrid(s, s), axis=-1).reshape(-1, 2)
    assert plane.density(square).mean() == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(line.density([[-0.1], [1.1]]), [0, 0])
    np.testing.assert_allclose(search.parzen(np.empty((0, 2))).density(square[:5]), 1.0)


def test_the_ratio_is_high_among_the_good_and_the_same_both_ways() -> None:
    x, y = surface(60)
    up, down = search.density_ratio(x, y), search.density_ratio(x, -y, "minimize")
    at = np.random.default_rng(4).random((50, 2))
    np.testing.assert_allclose(up.at(at), down.at(at))
    assert up.threshold == -down.threshold == np.sort(y)[-15]
    best, worst = x[np.argsort(-y)[:5]], x[np.argsort(y)[:5]]
    assert up.at(best).min() > 1 > up.at(worst).max()


def test_importance_of_a_sum_is_its_shares_of_the_variance() -> None:
    """y = 3a + b on the unit cube has variance 9/12 + 1/12; a third parameter has none."""
    rng = np.random.default_rng(5)
    x = rng.random((120, 3))
    found = search.importance(x, 3 * x[:, 0] + x[:, 1] + rng.normal(0, 0.05, 120))
    np.testing.assert_allclose(found.total, [0.9, 0.1, 0.0], atol=0.03)
    np.testing.assert_allclose(found.alone, found.total, atol=0.05)  # nothing interacts
    assert np.all(found.low <= found.total)
    assert np.all(found.total <= found.high)
    assert found.explained > 0.98


def test_importance_counts_an_interaction_for_both() -> None:
    x = np.random.default_rng(6).random((150, 2))
    found = search.importance(x, (x[:, 0] - 0.5) * (x[:, 1] - 0.5))
    assert found.total.min() > 0.85
    assert found.alone.max() < 0.15


def test_importance_of_choices_and_of_what_a_condition_left_out() -> None:
    rng = np.random.default_rng(7)
    kernel, gamma = rng.integers(0, 3, 150), rng.random(150)
    y = np.array([0.0, 1.0, 3.0])[kernel]
    x = np.column_stack((kernel, np.where(kernel == 1, gamma, np.nan)))
    found = search.importance(x, y, categories=(3, 0), searches=np.arange(150) // 15)
    assert found.total[0] > 0.95
    assert found.total[1] < 0.05


def test_crowding_about_an_optimum_does_not_change_what_matters() -> None:
    """Trials of a search crowd; importance is over the space."""
    rng = np.random.default_rng(8)
    even = rng.random((80, 2))
    crowd = np.column_stack((rng.normal(0.5, 0.02, 120).clip(0, 1), rng.random(120)))
    x = np.concatenate((even, crowd))
    found = search.importance(x, -8 * (x[:, 0] - 0.5) ** 2 + 0.1 * x[:, 1], resamples=8)
    assert found.total[0] > 0.9
    flat = search.importance(x, np.ones(len(x)))
    assert flat.total.tolist() == [0, 0]


X, Y = surface(8)
BAD: dict[str, tuple[Any, str]] = {
    "pairs": (lambda: search.gaussian_process(X, Y[:3]), "expected one score for each of 8 points, got 3"),
    "lengths": (lambda: search.gaussian_process(X, Y, lengths=[1.0]), "expected 2, one a column"),
    "noise": (lambda: search.gaussian_process(X, Y, noise=0.0), "noise of gaussian_process: expected above 0"),
    "many": (lambda: search.gaussian_process(np.zeros((2001, 1)), np.zeros(2001)), "at most 2000 points"),
    "columns": (lambda: search.gaussian_process(X, Y).at([[1.0]]), "expected 2 columns, got 1"),
    "cube": (lambda: search.parzen([[1.5]]), "the unit cube"),
    "density": (lambda: search.parzen(X).density([[0.5]]), "expected 2 columns, got 1"),
    "ratio": (lambda: search.density_ratio(X, Y[:2]), "one score for each of 8 trials, got 2"),
    "share": (lambda: search.density_ratio(X, Y, share=1.0), "share of density_ratio"),
    "few": (lambda: search.importance(X[:3], Y[:3]), "4 trials or more, got 3"),
    "rows": (lambda: search.importance(X, Y[:5]), "expected 5 rows"),
    "kinds": (lambda: search.importance(X, Y, categories=(0,)), "expected 2, one a column, got 1"),
    "range": (lambda: search.importance(X * 3, Y), r"expected column 0 in 0 … 1"),
    "blocks": (lambda: search.importance(X, Y, searches=[1]), "expected 8, one a trial"),
    "resamples": (lambda: search.importance(X, Y, resamples=0), "resamples of importance"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_argument_is_named(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
