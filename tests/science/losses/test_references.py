"""The losses against scikit-learn, SciPy and arithmetic in more digits."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn import metrics as sk

from cutaway import losses


@given(st.integers(2, 60), st.integers(0, 99))
def test_scikit_learns_log_loss_with_weights(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, y, w = 3 * rng.normal(size=n), rng.integers(0, 2, n), rng.random(n) + 0.01
    p = special.expit(z)
    for weight in (None, w):
        expected = sk.log_loss(y, p, sample_weight=weight, labels=[0, 1])
        assert losses.log_loss(z, y, weight=weight, reduction="weighted mean") == pytest.approx(expected)
        assert losses.log_loss_of_p(p, y, weight=weight, reduction="weighted mean") == pytest.approx(expected)
        total = sk.log_loss(y, p, sample_weight=weight, labels=[0, 1], normalize=False)
        assert losses.log_loss(z, y, weight=weight, reduction="sum") == pytest.approx(total)
    many, label = 3 * rng.normal(size=(n, 4)), rng.integers(0, 4, n)
    p = special.softmax(many, 1)
    expected = sk.log_loss(label, p, sample_weight=w, labels=range(4))
    assert losses.categorical(many, label, weight=w, reduction="weighted mean") == pytest.approx(expected)
    assert losses.categorical_of_p(p, label, weight=w, reduction="weighted mean") == pytest.approx(expected)
    two = np.stack([0 * z, z], 1)
    np.testing.assert_allclose(
        losses.categorical(two, y, reduction="none"), losses.log_loss(z, y, reduction="none"), rtol=1e-12, atol=1e-15
    )


def test_clipping_is_scikit_learns() -> None:
    p, y = np.array([0.0, 1.0, 0.3]), np.array([1, 0, 1])
    eps = np.finfo(float).eps
    assert losses.log_loss_of_p(p, y, eps=eps) == pytest.approx(sk.log_loss(y, p), rel=1e-12)
    assert losses.log_loss_of_p(p, y) == np.inf
    assert losses.log_loss_of_p(np.array([0.0, 1.0]), np.array([0, 1])) == 0
    assert np.isnan(losses.log_loss_of_p(np.array([1.5, 0.5]), np.array([1, 1])))
    assert losses.categorical_of_p(np.eye(2), np.array([0, 1])) == 0
    assert losses.categorical_of_p(np.eye(2), np.array([1, 1])) == np.inf


@pytest.mark.parametrize("z", [-745.0, -50.0, -1.0, 0.0, 1e-9, 3.0, 37.0, 700.0])
@pytest.mark.parametrize("gamma", [0, 1, 2])
def test_sixty_digits(z: float, gamma: int) -> None:
    with localcontext() as context:
        context.prec = 700
        p = 1 / (1 + (-Decimal(z)).exp())
        expected = float(-p.ln() * (1 - p) ** gamma)
    got = float(losses.focal(np.array([z]), np.array([1.0]), gamma=float(gamma)))
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert float(losses.focal(np.array([-z]), np.array([0.0]), gamma=float(gamma))) == got


def test_infinite_logits_cost_nothing_on_the_right_side() -> None:
    ends, y = np.array([np.inf, -np.inf, np.inf, -np.inf]), np.array([1, 0, 0, 1])
    for gamma in (0.0, 2.0):
        np.testing.assert_array_equal(losses.focal(ends, y, gamma=gamma, reduction="none"), [0, 0, np.inf, np.inf])
    ruled_out = np.array([[0.0, -np.inf, 0.0]])
    for label, expected in ((0, np.log(2)), (1, np.inf), (2, np.log(2))):
        assert losses.categorical(ruled_out, np.array([label])) == pytest.approx(expected)


def test_soft_labels_of_focal_loss() -> None:
    """The three readings agree on hard labels; "quality" is least at p = y, "blended" a factor times the log loss."""
    z, y = np.linspace(-4, 4, 17), np.tile([0.0, 1.0], 9)[:17]
    hard = [losses.focal(z, y, alpha=0.3, soft=soft, reduction="none") for soft in ("expected", "blended", "quality")]
    np.testing.assert_allclose(hard[1], hard[0], rtol=1e-12)
    np.testing.assert_allclose(hard[2], hard[0], rtol=1e-12)
    p = special.expit(z)
    plain = losses.log_loss(z, np.full(17, 0.3), reduction="none")
    blended = losses.focal(z, np.full(17, 0.3), soft="blended", reduction="none")
    np.testing.assert_allclose(blended, (1 - (0.3 * p + 0.7 * (1 - p))) ** 2 * plain, rtol=1e-12)
    quality = losses.focal(z, np.full(17, 0.3), soft="quality", reduction="none")
    np.testing.assert_allclose(quality, np.abs(0.3 - p) ** 2 * plain, rtol=1e-11)
    assert float(losses.focal(np.log([0.3 / 0.7]), np.array([0.3]), soft="quality")) < 1e-30
