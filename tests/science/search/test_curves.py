"""Curves of searches: what they hold at each trial and second, and their band."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science import search

VALUES = st.lists(st.one_of(st.floats(-5, 5), st.just(float("nan"))), min_size=1, max_size=20)


@given(VALUES)
def test_the_best_so_far_never_gets_worse_and_ends_at_the_best(values: list[float]) -> None:
    up = search.best_so_far(values)
    known = up[~np.isnan(up)]
    assert np.all(np.diff(known) >= 0)
    np.testing.assert_array_equal(search.best_so_far(-np.array(values), "minimize"), -up)
    if not np.all(np.isnan(values)):
        assert up[-1] == np.nanmax(values)


def test_regret_is_zero_at_the_best_and_the_same_both_ways() -> None:
    values = np.array([[0.2, 0.9, 0.5], [np.nan, 0.1, 0.4]])
    np.testing.assert_allclose(search.regret(values, 0.9), [[0.7, 0, 0], [np.nan, 0.8, 0.5]])
    np.testing.assert_allclose(search.regret(-values, -0.9, "minimize"), search.regret(values, 0.9))
    with pytest.raises(InputError, match=r"expected the best value there is, got 0\.8 where a trial has 0\.9"):
        search.regret(values, 0.8)


def test_a_curve_against_seconds_steps_when_trials_end() -> None:
    held = search.held_at([1.0, 3.0], [0.5, 0.2], [0.0, 1.0, 2.9, 3.0, 100.0])
    np.testing.assert_array_equal(held, [np.nan, 0.5, 0.5, 0.2, 0.2])
    with pytest.raises(InputError, match="in order of time"):
        search.held_at([3.0, 1.0], [0.5, 0.2], [1.0])
    with pytest.raises(InputError, match="one for each of"):
        search.held_at([3.0], [0.5, 0.2], [1.0])


def test_the_band_is_the_mean_with_its_interval_and_the_middle_half() -> None:
    curves = np.random.default_rng(0).normal(size=(12, 5))
    found = search.band(curves)
    one = search.mean_interval(curves[:, 3])
    assert (found.mean[3], found.low[3], found.high[3]) == pytest.approx((one.mean, one.low, one.high))
    np.testing.assert_allclose(found.lower, np.quantile(curves, 0.25, axis=0))
    np.testing.assert_allclose(found.upper, np.quantile(curves, 0.75, axis=0))
    shuffled = search.band(curves[::-1])
    np.testing.assert_allclose(shuffled.low, found.low)


def test_a_search_without_a_value_yet_leaves_the_band_without_one() -> None:
    found = search.band([[np.nan, 1.0], [2.0, 2.0]])
    assert np.isnan(found.mean[0])
    assert found.mean[1] == 1.5
    assert np.isnan(search.band([[1.0]]).low[0])


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match="at least one trial"):
        search.best_so_far([])
    with pytest.raises(InputError, match=r"\(searches, trials\)"):
        search.band([1.0])
    with pytest.raises(InputError, match="level of band"):
        search.band([[1.0]], level=1.0)
