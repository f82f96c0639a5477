"""Where focal loss is least, what that does to calibration, and its limits in γ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from cutaway import losses
from cutaway.core.errors import InputError

GAMMA = st.floats(0, 8)
P = st.floats(1e-4, 1 - 1e-4)
ALPHA = st.sampled_from([None, 0.1, 0.25, 0.75])


@given(P, GAMMA, ALPHA)
def test_the_minimiser_is_where_a_search_finds_it(p: float, gamma: float, alpha: float | None) -> None:
    def risk(z: float) -> float:
        return float(losses.focal(np.array([z]), np.array([p]), gamma=gamma, alpha=alpha))

    best = float(losses.focal_minimiser(p, gamma=gamma, alpha=alpha))
    z = np.log(best / (1 - best))
    slope = losses.derivatives(losses.focal, np.array([z]), np.array([p]), gamma=gamma, alpha=alpha).gradient
    assert abs(float(slope[0])) < 1e-12
    found = optimize.minimize_scalar(risk, bounds=(-12, 12), method="bounded", options={"xatol": 1e-9})
    assert risk(z) <= found.fun + 1e-14


@given(P, GAMMA, ALPHA)
def test_recalibration_leads_back(p: float, gamma: float, alpha: float | None) -> None:
    best = losses.focal_minimiser(p, gamma=gamma, alpha=alpha)
    assert float(losses.focal_recalibrated(np.log(best / (1 - best)), gamma=gamma, alpha=alpha)) == pytest.approx(p)


@given(P, st.floats(0, 8), st.floats(0.1, 4))
def test_scores_are_drawn_to_a_half_keep_their_order_and_mirror(p: float, gamma: float, more: float) -> None:
    one, two = (float(losses.focal_minimiser(p, gamma=g)) for g in (gamma, gamma + more))
    assert abs(two - 0.5) <= abs(one - 0.5) + 1e-12 <= abs(p - 0.5) + 2e-12
    assert float(losses.focal_minimiser(1 - p, gamma=gamma)) == pytest.approx(1 - one)
    every = losses.focal_minimiser(np.linspace(0, 1, 101), gamma=gamma)
    assert (np.diff(every) > 0).all()
    assert every[0] == 0
    assert every[-1] == 1


def test_known_values() -> None:
    assert float(losses.focal_minimiser(0.9, gamma=2)) == pytest.approx(0.6942, abs=5e-5)
    assert float(losses.focal_minimiser(0.9, gamma=0)) == pytest.approx(0.9, rel=1e-14)
    assert float(losses.focal_minimiser(0.1, gamma=0, class_weight=(1, 9))) == pytest.approx(0.5)
    assert float(losses.prior_bias(0.01)) == pytest.approx(-np.log(99))
    assert np.isneginf(losses.prior_bias(0.0))
    assert float(losses.prior_bias(0.02, class_weight=(1, 49))) == pytest.approx(0, abs=1e-12)
    bias = losses.prior_bias(0.02, gamma=2, alpha=0.25)
    slope = losses.derivatives(losses.focal, np.full(50, bias), np.arange(50) == 0, gamma=2, alpha=0.25).gradient
    assert slope.sum() == pytest.approx(0, abs=1e-12)
    ends = np.array([-1e3, -800.0, 0.0, 800.0, 1e3])
    back = losses.focal_recalibrated(ends, gamma=2)
    np.testing.assert_allclose(back, [0, 0, 0.5, 1, 1], atol=1e-300)


def test_a_first_step_from_the_prior_bias_is_smaller() -> None:
    """Starting from the base rate a batch costs what the base rate costs; from 0 it costs log 2."""
    y = (np.arange(1000) < 10).astype(float)
    start = losses.log_loss(np.full(1000, losses.prior_bias(0.01)), y)
    assert float(start) == pytest.approx(-(0.01 * np.log(0.01) + 0.99 * np.log(0.99)))
    assert float(start) < 0.1 * float(losses.log_loss(np.zeros(1000), y))


def test_limits_in_gamma() -> None:
    """γ = 0 is the log loss; as γ grows only rows with p about 1/γ or less keep a loss, exp(-γ p) of the log loss."""
    z, y = np.linspace(-8, 8, 33), np.ones(33)
    plain = losses.log_loss(z, y, reduction="none")
    np.testing.assert_array_equal(losses.focal(z, y, gamma=0, reduction="none"), plain)
    np.testing.assert_allclose(losses.focal(z, y, gamma=1e-9, reduction="none"), plain, rtol=1e-7)
    gamma = 1e6
    p = np.array([0.3, 3, 30]) / gamma
    kept = losses.focal(np.log(p / (1 - p)), np.ones(3), gamma=gamma, reduction="none") / -np.log(p)
    np.testing.assert_allclose(kept, np.exp(-gamma * p), rtol=1e-3)
    assert losses.focal(z, y, gamma=gamma, reduction="none").max() < 1e-100
    assert float(losses.focal(np.array([-1e3]), np.ones(1), gamma=gamma)) == 1e3


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(InputError, match=r"p: focal_minimiser expected probabilities in \[0, 1\], got 1.5"):
        losses.focal_minimiser(1.5)
    with pytest.raises(InputError, match="class_weight: prior_bias expected weights above 0"):
        losses.prior_bias(0.1, alpha=1.0)
    with pytest.raises(InputError, match="gamma: focal_recalibrated"):
        losses.focal_recalibrated(0.0, gamma=-1)
