"""The binormal model: its rates are those of drawn scores, its log-odds are calibrated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cutaway.core.errors import InputError
from cutaway.science.metrics import Binormal

SEPARATION = st.floats(0, 4)
THRESHOLD = st.floats(-4, 6)
SHARE = st.floats(0.001, 0.999)


@given(SEPARATION, THRESHOLD)
def test_rates_are_areas_of_two_normals(separation: float, threshold: float) -> None:
    model = Binormal(separation)
    assert float(model.recall(threshold)) == pytest.approx(norm(separation).sf(threshold), rel=1e-12)
    assert float(model.specificity(threshold)) == pytest.approx(norm.cdf(threshold), rel=1e-12)
    assert float(model.false_alarm_rate(threshold)) == pytest.approx(norm.sf(threshold), rel=1e-12)


@given(SEPARATION, THRESHOLD, SHARE)
def test_log_odds_at_a_score_are_those_of_the_two_densities(separation: float, score: float, share: float) -> None:
    said = float(Binormal(separation).log_odds(np.array(score), share))
    densities = norm.logpdf(score, separation) - norm.logpdf(score)
    assert said == pytest.approx(math.log(share / (1 - share)) + densities, abs=1e-9)


def test_precision_is_the_share_among_drawn_scores() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(400_000) < 0.2
    called = rng.standard_normal(y.size) + 1.5 * y >= 1.0
    assert y[called].mean() == pytest.approx(float(Binormal(1.5).precision(1.0, 0.2)), abs=0.005)


def test_edges() -> None:
    assert float(Binormal(0.0).precision(1.0, 0.3)) == pytest.approx(0.3)
    assert math.isnan(float(Binormal(1.0).precision(math.inf, 0.3)))
    with pytest.raises(InputError, match="separation"):
        Binormal(math.nan)
    with pytest.raises(InputError, match="prevalence"):
        Binormal(1.0).log_odds(np.zeros(1), 1.0)
