"""What weights do to a fit, against fits, simulated batches and exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from cutaway import losses, weights
from cutaway.core.errors import InputError

SHARE = st.floats(0.01, 0.99)
WEIGHT = st.floats(0.05, 50)


@given(st.lists(st.tuples(WEIGHT, st.integers(1, 1000)), min_size=1, max_size=6), st.floats(0.01, 100))
def test_mean_one_keeps_ratios_and_any_scale(rows: list[tuple[float, int]], factor: float) -> None:
    w, n = np.array(rows).T
    level = weights.mean_one(w, n)
    assert (n * level).sum() == pytest.approx(n.sum())
    np.testing.assert_allclose(level / level[0], w / w[0])
    np.testing.assert_allclose(weights.mean_one(factor * w, n), level)
    np.testing.assert_allclose(weights.mean_one(weights.balanced(n), n), weights.balanced(n))
    np.testing.assert_allclose(weights.mean_one(weights.square_root(n), n), weights.square_root(n))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_balanced_weights_make_all_classes_equal(counts: list[int]) -> None:
    n = np.array(counts, dtype=float)
    for formula in (weights.balanced, weights.max_over, weights.median_frequency):
        np.testing.assert_allclose(weights.effective_prior(formula(n), n), 1 / n.size)
    np.testing.assert_allclose(weights.effective_prior(np.ones(n.size), n), n / n.sum())


def test_the_effective_prior_is_where_a_weighted_fit_ends() -> None:
    y = np.repeat([0, 1, 2], [70, 20, 10])
    w = np.array([1.0, 2.0, 5.0])
    fit = optimize.minimize(
        lambda z: losses.categorical(np.broadcast_to(z, (100, 3)), y, class_weight=w),
        np.zeros(3),
        jac=lambda z: losses.derivatives(
            losses.categorical, np.broadcast_to(z, (100, 3)), y, class_weight=w
        ).gradient.mean(0),
        options={"gtol": 1e-10},
    )
    p = np.exp(fit.x) / np.exp(fit.x).sum()
    np.testing.assert_allclose(p, weights.effective_prior(w, [0.7, 0.2, 0.1]), atol=1e-8)


def exactly(w0: Fraction, w1: Fraction, pi: Fraction, batch: int) -> Fraction:
    """The expectation in whole numbers."""
    return sum(
        (
            comb(batch, k) * pi**k * (1 - pi) ** (batch - k) * w1 * k / (w1 * k + w0 * (batch - k))
            for k in range(batch + 1)
        ),
        Fraction(0),
    )


@pytest.mark.parametrize("batch", [1, 2, 7, 32])
def test_the_sum_over_the_binomial_is_exact(batch: int) -> None:
    for w1, pi in ((Fraction(49), Fraction(1, 50)), (Fraction(1, 3), Fraction(1, 4))):
        expected = float(exactly(Fraction(1), w1, pi, batch))
        assert weights.batch_prior([1.0, float(w1)], float(pi), batch) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("w1", "pi", "batch"), [(49.0, 0.02, 32), (9.0, 0.1, 16), (0.2, 0.6, 8)])
def test_simulated_batches_have_these_means(w1: float, pi: float, batch: int) -> None:
    k = np.random.default_rng(0).binomial(batch, pi, 400_000)
    total = w1 * k + batch - k
    for mean, drawn in (
        (weights.batch_prior([1.0, w1], pi, batch), w1 * k / total),
        (weights.expected_inverse_weight([1.0, w1], pi, batch), batch / total),
        (weights.expected_batch_weight([1.0, w1], [1 - pi, pi], batch)[0], total),
    ):
        assert abs(drawn.mean() - mean) < 5 * drawn.std() / np.sqrt(k.size)
    assert weights.expected_batch_weight([1.0, w1], [1 - pi, pi], batch)[1] == pytest.approx(total.std(), rel=0.01)


@given(WEIGHT, SHARE, st.integers(1, 400))
def test_small_batches_take_weights_back(w1: float, pi: float, batch: int) -> None:
    """From none of the weight with one row, monotonely, towards all of it with all rows."""
    ratio = weights.batch_weight_ratio([1.0, w1], pi, batch)
    low, high = sorted((1.0, w1))
    assert low * (1 - 1e-9) <= ratio <= high * (1 + 1e-9)
    assert weights.batch_weight_ratio([1.0, w1], pi, 1) == pytest.approx(1)
    more = weights.batch_weight_ratio([1.0, w1], pi, batch + 1)
    assert (more - ratio) * np.sign(w1 - 1) >= -1e-9 * high
    assert weights.batch_prior([3.0, 3 * w1], pi, batch) == pytest.approx(weights.batch_prior([1.0, w1], pi, batch))
    mirrored = weights.batch_prior([w1, 1.0], 1 - pi, batch)
    assert mirrored == pytest.approx(1 - weights.batch_prior([1.0, w1], pi, batch))
    mean = pi * w1 + 1 - pi
    assert weights.expected_inverse_weight([1.0, w1], pi, batch) >= (1 - 1e-9) / mean


@pytest.mark.parametrize(("w1", "pi"), [(49.0, 0.02), (4.0, 0.2), (0.5, 0.5)])
def test_the_delta_method_is_right_to_second_order(w1: float, pi: float) -> None:
    """Ten times the batch: the error of the expansion falls a hundredfold, that of the limit tenfold."""
    for value in (weights.batch_prior, weights.expected_inverse_weight):
        errors = [
            abs(value([1.0, w1], pi, batch, method="delta") - value([1.0, w1], pi, batch)) for batch in (3000, 30000)
        ]
        assert errors[1] == pytest.approx(errors[0] / 100, rel=0.3)
    limit = float(weights.effective_prior([1.0, w1], [1 - pi, pi])[1])
    gaps = [abs(limit - weights.batch_prior([1.0, w1], pi, batch)) for batch in (3000, 30000)]
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.1)


def test_mean_gradients_of_batches_are_those_of_the_ratio() -> None:
    """Over drawn batches, dividing by Σw points where dividing by N points with the weight that is left."""
    rng = np.random.default_rng(3)
    rows, batch, w1 = 400_000, 16, 9.0
    y = (rng.random(rows) < 0.1).astype(float)
    x, z = rng.normal(size=rows) + y, np.zeros(rows)  # a first step from nothing
    each = losses.derivatives(losses.log_loss, z, y, class_weight=(1, w1)).gradient * np.stack([np.ones(rows), x])
    w = np.where(y == 1, w1, 1.0)
    sums = each.reshape(2, -1, batch).sum(2)
    by_weight = (sums / w.reshape(-1, batch).sum(1)).mean(1)
    ratio = weights.batch_weight_ratio([1.0, w1], 0.1, batch)
    other = losses.derivatives(losses.log_loss, z, y, class_weight=(1, ratio)).gradient * np.stack([np.ones(rows), x])
    direction = other.mean(1)
    np.testing.assert_allclose(by_weight / np.linalg.norm(by_weight), direction / np.linalg.norm(direction), atol=0.01)
    naive = each.mean(1)
    assert abs(by_weight / np.linalg.norm(by_weight) - naive / np.linalg.norm(naive)).max() > 0.1
    assert 3 < ratio < 7


def test_learning_rates_that_keep_a_full_batchs_step() -> None:
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=1000), np.repeat([0.0, 1.0], [900, 100])
    w = (0.5, 5.0)
    wanted = losses.log_loss(z, y, class_weight=w, reduction="weighted mean")
    for reduction, batch in (("sum", 1000), ("mean", None), ("weighted mean", None)):
        factor = weights.learning_rate_factor(w, [0.9, 0.1], reduction, batch)
        loss: Any = losses.log_loss(z, y, class_weight=w, reduction=reduction)  # type: ignore[arg-type]
        assert factor * float(loss) == pytest.approx(float(wanted))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weights.mean_one([1.0], [1.0, 2.0]), r"counts: mean_one expected one value a class .* got \(2,\)"),
        (lambda: weights.effective_prior([1.0, 0.0], [0.5, 0.5]), "class_weight: .* got 0 for class 1"),
        (lambda: weights.expected_batch_weight([1.0], [1.0], 0), "batch: .* at least 1 row, got 0"),
        (lambda: weights.learning_rate_factor([1.0], [1.0], "sum"), "'sum' with batch=, 'mean' or"),
        (lambda: weights.batch_prior([1.0, 2.0, 3.0], 0.5, 4), r"class_weight: batch_prior expected \(w₀, w₁\)"),
        (lambda: weights.batch_prior([1.0, 2.0], 1.0, 4), "prior: batch_prior expected a share between 0 and 1, got 1"),
        (lambda: weights.batch_prior([1.0, 2.0], 0.5, 4, method="guess"), "'exact' or 'delta', got 'guess'"),
        (lambda: weights.expected_inverse_weight([1.0, 2.0], 0.5, 4, method="x"), "'exact' or 'delta', got 'x'"),
        (lambda: weights.batch_weight_ratio([1.0, np.nan], 0.5, 4), "class_weight: .* got nan for class 1"),
    ],
)
def test_what_cannot_be_used_is_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
