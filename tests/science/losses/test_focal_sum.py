"""The compiled focal loss against the formulas, and its accuracy over the whole range of logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import losses
from cutaway.core.errors import InputError

REDUCTIONS = [name for name in losses.REDUCTIONS if name != "none"]


def rows(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = (3 * rng.normal(size=n)).astype(np.float32)
    return z, (rng.random(n) < 0.2).astype(np.float32), rng.random(n).astype(np.float32)


@given(
    n=st.integers(1, 1500),
    gamma=st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
    reduction=st.sampled_from(REDUCTIONS),
    alpha=st.sampled_from([None, 0.25]),
    weighted=st.booleans(),
)
def test_value_and_gradient_are_those_of_the_formulas(
    n: int, gamma: float, reduction: Any, alpha: float | None, weighted: bool
) -> None:
    z, y, w = rows(n, seed=n)
    settings: dict[str, Any] = {"gamma": gamma, "alpha": alpha, "weight": w if weighted else None}
    value, gradient = losses.focal_value_and_gradient(z, y, reduction=reduction, **settings)
    wide = z.astype(float)
    assert value == pytest.approx(float(losses.focal(wide, y, reduction=reduction, **settings)), rel=1e-6)
    ratio = float(losses.focal(wide, y, reduction=reduction, **settings)) / float(
        losses.focal(wide, y, reduction="sum", **settings)
    )
    expected = losses.derivatives(losses.focal, wide, y, **settings).gradient * ratio
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, expected, rtol=2e-5, atol=1e-9)
    wider, gradient = losses.focal_value_and_gradient(wide, y, reduction=reduction, **settings)
    assert wider == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 2.0, 2.5])
@pytest.mark.parametrize("y", [0, 1])
def test_every_row_is_accurate_over_the_whole_range(gamma: float, y: int) -> None:
    """One row at a time, so that no error hides in a sum; 1e-6 relative where float32 has normal numbers."""
    z = np.concatenate([np.linspace(-100, 100, 401), np.linspace(-1, 1, 201), [0.0, -0.0, 1e-30, 1e3, -1e3]])
    z = z.astype(np.float32)
    labels = np.full(1, y)
    each = [losses.focal_value_and_gradient(z[k : k + 1], labels, gamma=gamma, reduction="sum") for k in range(z.size)]
    values, slopes = np.array([v for v, _ in each]), np.array([g[0] for _, g in each])
    many = np.full(z.size, y)
    exact = losses.focal(z.astype(float), many, gamma=gamma, reduction="none")
    slope = losses.derivatives(losses.focal, z.astype(float), many, gamma=gamma).gradient
    # exp(-γ softplus) multiplies the rounding of its exponent, which reaches 87
    np.testing.assert_allclose(values, exact, rtol=2e-5 if gamma else 1e-6, atol=1e-36)
    np.testing.assert_allclose(slopes, slope, rtol=2e-5 if gamma else 1e-6, atol=1e-36)


def test_labels_of_any_dtype_and_shape_and_layout() -> None:
    z, y, w = rows(600)
    expected, slope = losses.focal_value_and_gradient(z, y, weight=w)
    for labels in (y.astype(bool), y.astype(np.uint8), y.astype(np.int64), y.astype(np.float64)):
        value, gradient = losses.focal_value_and_gradient(z, labels, weight=w)
        assert value == expected
        np.testing.assert_array_equal(gradient, slope)
    square = z.reshape(20, 30)
    value, gradient = losses.focal_value_and_gradient(square, y.reshape(20, 30), weight=w.reshape(20, 30))
    assert value == expected
    np.testing.assert_array_equal(gradient, slope.reshape(20, 30))
    value, gradient = losses.focal_value_and_gradient(square.T, y.reshape(20, 30).T, weight=w.reshape(20, 30).T)
    assert value == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(gradient, slope.reshape(20, 30).T, rtol=1e-4, atol=1e-9)


def test_soft_labels_empty_batches_nan_and_infinity() -> None:
    z, y, _ = rows(400)
    soft = 0.8 * y + 0.1
    value, gradient = losses.focal_value_and_gradient(z, soft, gamma=1.5)
    assert value == pytest.approx(float(losses.focal(z.astype(float), soft, gamma=1.5)), rel=1e-6)
    np.testing.assert_allclose(
        400 * gradient,
        losses.derivatives(losses.focal, z.astype(float), soft, gamma=1.5).gradient,
        rtol=1e-4,
        atol=1e-6,
    )
    none = np.zeros(0, np.float32)
    value, gradient = losses.focal_value_and_gradient(none, none)
    assert np.isnan(value)
    assert gradient.shape == (0,)
    assert losses.focal_value_and_gradient(none, none, reduction="sum")[0] == 0
    z[7] = np.nan
    value, gradient = losses.focal_value_and_gradient(z, y)
    assert np.isnan(value)
    assert np.flatnonzero(np.isnan(gradient)).tolist() == [7]
    ends = np.array([np.inf, -np.inf], np.float32)
    assert losses.focal_value_and_gradient(ends, np.array([1, 0]))[0] == pytest.approx(0, abs=1e-30)
    value, gradient = losses.focal_value_and_gradient(ends, np.array([0, 1]), reduction="sum")
    assert value == np.inf
    np.testing.assert_array_equal(gradient, [1, -1])


def test_threads_do_not_change_the_gradient() -> None:
    z, y, w = rows(400_000)
    value, gradient = losses.focal_value_and_gradient(z, y, weight=w, reduction="sum")
    parts = [losses.focal_value_and_gradient(z[k::4], y[k::4], weight=w[k::4], reduction="sum") for k in range(4)]
    assert sum(part for part, _ in parts) == pytest.approx(value, rel=1e-7)
    np.testing.assert_allclose(gradient[1::4], parts[1][1], rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(3)}, r"y: focal_value_and_gradient expected the shape of the logits, \(4,\), got \(3,\)"),
        ({"y": np.array([0, 1, 2, 0])}, "y: focal expected labels 0 and 1"),
        ({"weight": -np.ones(4)}, "weight: focal expected weights of 0 or more"),
        ({"reduction": "none"}, "expected one number, got 'none'; losses.focal gives one a row"),
        ({"reduction": "median"}, "reduction: focal expected one of"),
        ({"gamma": -1}, "gamma: focal_value_and_gradient expected a finite number of 0 or more"),
    ],
)
def test_what_cannot_be_used_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        losses.focal_value_and_gradient(np.zeros(4, np.float32), **{"y": np.zeros(4), **change})
