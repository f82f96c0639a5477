"""What theory expects of spread and gradients, against integrals by quadrature and against simulated networks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    ActivationMoments,
    Curve,
    Deep,
    Expected,
    Scaled,
    activation_curve,
    activation_moments,
    backward_factor,
    batch_norm_factor,
    critical_weight,
    edge_of_chaos,
    expected_flow,
    fixed_variance,
    flow,
    next_variance,
)

NAMES = ("linear", "sigmoid", "tanh", "relu")
EDGES = np.linspace(-8, 8, 5)


@pytest.mark.parametrize("name", NAMES)
def test_a_slope_is_the_derivative_and_never_above_the_steepest(name: str) -> None:
    curve, z = activation_curve(name), np.linspace(-6, 6, 400)
    differences = (curve.value(z + 1e-6) - curve.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(curve.slope(z), differences, atol=1e-8)
    assert curve.slope(np.linspace(-50, 50, 20_001)).max() == pytest.approx(curve.steepest, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [1e-6, 0.3, 1.0, 7.0, 60.0])
def test_moments_are_integrals(name: str, q: float) -> None:
    curve = activation_curve(name)

    def mean(of: object) -> float:
        def weighed(t: float) -> float:
            return float(of(np.array(math.sqrt(q) * t))) * math.exp(-t * t / 2) / math.sqrt(2 * math.pi)  # type: ignore[operator]

        return sum(quad(weighed, a, b, epsabs=1e-13, limit=200)[0] for a, b in ((-12, -1), (-1, 0), (0, 1), (1, 12)))

    found = activation_moments(name, q)
    assert found.mean == pytest.approx(mean(curve.value), abs=1e-9)
    assert found.square == pytest.approx(mean(lambda z: curve.value(z) ** 2), rel=1e-9)
    assert found.slope == pytest.approx(mean(lambda z: curve.slope(z) ** 2), rel=1e-9)
    assert found.variance == pytest.approx(found.square - found.mean**2)


@pytest.mark.parametrize("q", [-1.0, math.nan, math.inf])
def test_no_variance_is_no_answer(q: float) -> None:
    with pytest.raises(InputError, match="q: activation_moments expected a variance"):
        activation_moments("tanh", q)
    with pytest.raises(InputError, match="activation: expected one of linear, sigmoid"):
        activation_curve("swish")


@pytest.mark.parametrize("name", ("sigmoid", "tanh", "relu"))
@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0, 5.0])
def test_a_wide_network_does_what_is_expected(name: str, weight: float) -> None:
    """Width 400, six layers, three seeds: the spread within 6 % and each factor within 10 %."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(32, 400)), rng.integers(0, 10, 32)
    deep = Deep(name, 6, 400, 400, 10)
    starts = [deep.init((seed,), Scaled(weight, "in", "normal")) for seed in range(3)]
    found = flow(deep, starts, x, y, EDGES)
    theory = expected_flow(name, 6, weight, weight * float(np.mean(x**2)))
    spread = np.sqrt(theory.variance)
    np.testing.assert_allclose(found.spread.mean(axis=0), spread, rtol=0.06)
    np.testing.assert_allclose(found.factor.mean(axis=0), theory.factor, rtol=0.1)


@pytest.mark.parametrize("name", ("sigmoid", "tanh", "relu"))
@pytest.mark.parametrize("weight", [0.1, 1.0, 9.0])
def test_batch_norm_forgets_the_weights_spread(name: str, weight: float) -> None:
    """Width 300, a batch of 600, three seeds: factors within 10 % of √(E[φ'²] / Var[φ])."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(600, 300)), rng.integers(0, 10, 600)
    deep = Deep(name, 4, 300, 300, 10, "batch")
    starts = [deep.init((seed,), Scaled(weight, "in", "normal")) for seed in range(3)]
    found = flow(deep, starts, x, y, EDGES)
    np.testing.assert_allclose(found.factor.mean(axis=0), batch_norm_factor(name), rtol=0.1)
    theory = expected_flow(name, 4, weight, weight, epsilon=1e-5)
    np.testing.assert_allclose(theory.factor, batch_norm_factor(name), rtol=2e-2)
    np.testing.assert_allclose(found.spread, 1, rtol=1e-2)


@pytest.mark.parametrize("name", NAMES)
def test_batch_norm_never_shrinks_the_gradient(name: str) -> None:
    """Poincaré's inequality, with equality for a line."""
    assert batch_norm_factor(name) >= 1 - 1e-12
    assert (batch_norm_factor(name) == pytest.approx(1)) == (name == "linear")


def test_an_epsilon_above_the_spread_undoes_the_norm() -> None:
    small = expected_flow("sigmoid", 20, 32e-4, 32e-4, epsilon=1e-3)
    assert small.variance[-1] < 0.5 and math.prod(small.factor) < 1e-3
    assert math.prod(expected_flow("sigmoid", 20, 32e-4, 32e-4, epsilon=1e-12).factor) > 1


@pytest.mark.parametrize("name", NAMES)
def test_the_critical_weight_is_at_the_edge_of_chaos(name: str) -> None:
    weight = critical_weight(name)
    q = fixed_variance(name, weight)
    assert backward_factor(name, q, weight) == pytest.approx(1, abs=2e-2)
    if name == "sigmoid":
        assert weight == pytest.approx(103.0, abs=0.1)
        assert next_variance(name, q, weight) == pytest.approx(q)


@pytest.mark.parametrize("q", [0.1, 1.0, 4.0])
def test_every_point_of_the_edge_keeps_its_variance(q: float) -> None:
    for name in ("tanh", "relu"):
        weight, bias = edge_of_chaos(name, q)
        assert bias >= -1e-12
        assert next_variance(name, q, weight, bias) == pytest.approx(q)
        assert backward_factor(name, q, weight) == pytest.approx(1)


def test_a_tanh_net_below_the_edge_forgets_and_above_it_stays() -> None:
    assert fixed_variance("tanh", 0.9) < 1e-6
    assert fixed_variance("tanh", 1.5) == pytest.approx(0.287, abs=1e-3)
    assert fixed_variance("relu", 2.1) == math.inf
    assert fixed_variance("sigmoid", 1.0) == pytest.approx(
        next_variance("sigmoid", fixed_variance("sigmoid", 1.0), 1.0)
    )


def test_a_network_has_a_layer() -> None:
    assert expected_flow("tanh", 1, 1.0, 1.0) == Expected((1.0,), ())
    assert isinstance(activation_curve("tanh"), Curve)
    assert activation_moments("linear", 2.0) == ActivationMoments(0.0, 2.0, 1.0)
    with pytest.raises(InputError, match="depth"):
        expected_flow("tanh", 0, 1.0, 1.0)
