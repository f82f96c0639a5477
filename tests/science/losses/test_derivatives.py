"""Gradients and curvatures against finite differences; the Hessian that boosting divides by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import losses
from cutaway.core.errors import InputError
from tests.science.losses.laws import ROWS

DERIVED = [ROWS[loss.__name__] for loss in losses.DERIVED]
ROW = pytest.mark.parametrize("row", DERIVED, ids=lambda row: row.loss.__name__)


def settings_of(row: Any, gamma: float) -> dict[str, Any]:
    each = row.weights([0.5, 2.0, 1.0, 3.0][: max(row.classes, 2)])
    return {**each, **({"gamma": gamma} if row.same_as else {})}


@ROW
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@given(gamma=st.floats(0, 6), smoothing=st.sampled_from([0.0, 0.1]), seed=st.integers(0, 99))
def test_first_and_second_differences(row: Any, soft: bool, gamma: float, smoothing: float, seed: int) -> None:
    scores, y = row.input(5, seed, soft)
    scores = scores / 2
    settings = {**settings_of(row, gamma), "weight": np.linspace(0, 2, 5), "smoothing": smoothing}
    settings["mask"] = np.arange(5) != 3
    found = losses.derivatives(row.loss, scores, y, **settings)
    h = 1e-2
    for place in np.ndindex(scores.shape[1:]):
        moved = []
        for step in (-3, -2, -1, 0, 1, 2, 3):  # every row by itself, so all at once
            other = scores.copy()
            other[(slice(None), *place)] += step * h
            moved.append(row.loss(other, y, reduction="none", **settings))
        low3, low2, low, here, high, high2, high3 = moved
        slope = (45 * (high - low) - 9 * (high2 - low2) + high3 - low3) / (60 * h)
        bend = (270 * (high + low) - 27 * (high2 + low2) + 2 * (high3 + low3) - 490 * here) / (180 * h * h)
        np.testing.assert_allclose(found.gradient[(slice(None), *place)], slope, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(found.curvature[(slice(None), *place)], bend, rtol=1e-6, atol=1e-7)


@ROW
def test_positive_curvature_is_newtons_where_that_is_positive_enough(row: Any) -> None:
    scores, y = row.input(300)
    for gamma in (0.0, 0.5, 2.0):
        found = losses.derivatives(row.loss, 3 * scores, y, **settings_of(row, gamma))
        assert (found.reweighted >= 0).all()
        np.testing.assert_array_equal(found.positive_curvature, np.maximum(found.curvature, found.reweighted))
        if gamma == 0 or row.same_as is None:
            np.testing.assert_allclose(found.curvature, found.reweighted, rtol=1e-9, atol=1e-15)
        else:
            assert (found.curvature < 0).any()
    assert losses.derivatives(row.loss, scores[:0], y[:0]).gradient.shape == scores[:0].shape


@ROW
def test_extreme_logits_are_finite(row: Any) -> None:
    ends = np.array([1e3, -1e3, 0.0])
    scores = ends if row.classes == 1 else np.stack([ends, -ends], 1)
    for gamma in (0.0, 0.5, 2.0):
        settings = {"gamma": gamma} if row.same_as else {}
        for label in (0, 1):
            found = losses.derivatives(row.loss, scores, np.full(3, label), **settings)
            for part in (found.gradient, found.curvature, found.positive_curvature):
                assert np.isfinite(part).all()


def test_what_has_no_derivatives_is_refused() -> None:
    for loss, settings, message in (
        (np.mean, {}, "loss: derivatives expected one of log_loss, focal, categorical, focal_categorical, got mean"),
        (losses.focal, {"soft": "quality"}, "soft: derivatives knows 'expected', got 'quality'"),
        (losses.categorical, {"gamma": 1.0}, "gamma: this loss has no such setting"),
    ):
        with pytest.raises(InputError, match=message):
            losses.derivatives(loss, np.zeros((2, 2)), np.zeros((2, 2)), **settings)
