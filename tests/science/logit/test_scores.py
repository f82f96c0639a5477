"""Predictors, probabilities and losses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss

from cutaway.science import logit
from tests.science.logit.rows import binary, several

ETA = arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e300, 1e300))


@given(ETA)
def test_sigmoid_is_a_probability_and_odd_about_a_half(eta):
    p = logit.sigmoid(eta)
    assert np.all((p >= 0) & (p <= 1))
    np.testing.assert_allclose(p + logit.sigmoid(-eta), 1.0, atol=1e-15)


def test_losses_equal_scikit_learn():
    x, y = binary()
    params, w = logit.fit(x, y).params, np.random.default_rng(0).random(len(x))
    theirs = log_loss(y, logit.probabilities(x, params), sample_weight=w)
    assert logit.log_loss(logit.linear(x, params), y, w) == pytest.approx(theirs)
    x, y = several()
    params = logit.fit_multinomial(x, y).params
    eta = np.column_stack((logit.linear(x, params), np.zeros(len(x))))
    assert logit.log_loss(eta, y) == pytest.approx(log_loss(y, logit.probabilities(x, params)))


def test_the_reference_takes_its_place():
    p = logit.probabilities(np.zeros((1, 1)), np.array([[1.0, 0.0], [2.0, 0.0]]), reference=1)
    np.testing.assert_allclose(p, np.exp([[1.0, 0.0, 2.0]]) / np.exp([1.0, 0.0, 2.0]).sum())
    assert np.all(np.isfinite(logit.probabilities(np.full((1, 1), 1e5), np.array([[0.0, 1.0], [0.0, -1.0]]))))


def test_no_rows():
    assert np.isnan(logit.log_loss(np.zeros(0), np.zeros(0)))


def test_aliased_count_as_zero():
    assert logit.linear(np.ones((1, 2)), np.array([1.0, 2.0, np.nan]))[0] == 3.0
