"""The loss over the slope alone: convex, least at the fit, falling for ever on separated data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science import logit

labelled = st.lists(st.tuples(st.integers(-400, 400).map(lambda k: k / 100), st.integers(0, 1)), max_size=25).map(
    lambda found: np.array([(-1.0, 0), *found, (0.5, 1)])
)


@settings(deadline=None)
@given(labelled)
def test_convex_and_least_at_the_fit(points: np.ndarray) -> None:
    x, y = points[:, 0], points[:, 1].astype(int)
    losses = logit.slope_losses(x, y, np.linspace(-4, 4, 33))
    assert (np.diff(losses, 2) > -1e-9).all()
    fit = logit.fit(x[:, None], y)
    if fit.status == "converged":
        least = logit.slope_losses(x, y, fit.usable[1:])[0]
        assert least == pytest.approx(-fit.loglik / len(x), abs=1e-9)
        assert (losses >= least - 1e-12).all()


@given(labelled, st.floats(-30, 30))
def test_the_best_intercept_makes_the_probabilities_sum_to_the_ones(points: np.ndarray, slope: float) -> None:
    x, y = points[:, 0], points[:, 1]
    intercept = logit.best_intercepts(x, y, np.array([slope]))[0]
    assert logit.sigmoid(intercept + slope * x).sum() == pytest.approx(y.sum(), abs=1e-9)


def test_separated_points_fall_for_ever() -> None:
    losses = logit.slope_losses(np.array([-1.0, 0.0, 1.0, 2.0]), np.array([0, 0, 1, 1]), np.linspace(0, 60, 30))
    assert (np.diff(losses) < 0).all() and losses[-1] < 1e-12


def test_both_classes_are_needed() -> None:
    with pytest.raises(InputError, match="one class"):
        logit.slope_losses(np.arange(3.0), np.ones(3), np.zeros(1))
