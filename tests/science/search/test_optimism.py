"""The luck in a selected score: measured and corrected where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import roc_auc_score

from cutaway.core.errors import InputError
from cutaway.science import search


def test_mean_interval_is_students() -> None:
    x = np.random.default_rng(0).normal(2, 1, 9)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.9)
    found = search.mean_interval(x, level=0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    wider = search.mean_interval(x, level=0.9, share=0.25)
    assert (wider.high - wider.mean) / (found.high - found.mean) == pytest.approx(np.sqrt(1 + 9 * 0.25))


def test_optimism_is_positive_where_a_score_is_too_hopeful() -> None:
    assert search.optimism([0.9, 0.9], [0.8, 0.7]).mean == pytest.approx(0.15)
    assert search.optimism([0.1, 0.1], [0.2, 0.3], "minimize").mean == pytest.approx(0.15)


def simulated(rng: np.random.Generator, n: int, accuracies: np.ndarray) -> np.ndarray:
    """Rows (n, c): whether each configuration was right, with errors that they share in part."""
    hard = rng.random((n, 1))
    own = rng.random((n, len(accuracies)))
    return (0.5 * hard + 0.5 * own < stats.triang(0.5).ppf(accuracies)).astype(float)


def test_the_naive_score_is_biased_and_the_corrected_is_not() -> None:
    """Fifty configurations that are right with probability 0.7: whichever is selected, 0.7 is true."""
    rng = np.random.default_rng(1)
    naive, corrected = [], []
    for _ in range(60):
        found = search.bootstrap_corrected(simulated(rng, 80, np.full(50, 0.7)), bootstraps=200)
        naive.append(found.naive)
        corrected.append(found.value)
    bias, left = search.mean_interval(np.array(naive) - 0.7), search.mean_interval(np.array(corrected) - 0.7)
    assert bias.low > 0.05
    assert abs(left.mean) < 0.02
    assert left.low < 0 < left.high


def test_the_correction_errs_on_the_careful_side_where_one_is_better() -> None:
    rng = np.random.default_rng(2)
    accuracies = np.concatenate(([0.8], np.full(19, 0.7)))
    gap = []
    for _ in range(60):
        rows = simulated(rng, 100, accuracies)
        found = search.bootstrap_corrected(rows, bootstraps=200)
        gap.append(found.value - accuracies[found.selected])
    left = search.mean_interval(gap)
    assert -0.03 < left.mean < 0.01


def test_one_configuration_needs_no_correction() -> None:
    rows = np.random.default_rng(3).random((200, 1))
    found = search.bootstrap_corrected(rows)
    assert found.value == pytest.approx(found.naive, abs=0.003)
    assert found.low < found.naive < found.high


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (12, 4), elements=st.floats(-5, 5)))
def test_a_loss_is_a_score_turned_round(rows: np.ndarray) -> None:
    up = search.bootstrap_corrected(rows, bootstraps=30)
    down = search.bootstrap_corrected(-rows, "minimize", bootstraps=30)
    assert (up.naive, up.value, up.optimism) == pytest.approx((-down.naive, -down.value, down.optimism))
    assert up.selected == down.selected


def test_a_callable_score_of_means_agrees_with_the_table() -> None:
    rows = simulated(np.random.default_rng(4), 120, np.full(30, 0.6))
    table = search.bootstrap_corrected(rows, bootstraps=600)
    called = search.bootstrap_corrected_by(lambda index: rows[index].mean(axis=0), 120, bootstraps=600, seed=5)
    assert called.naive == table.naive
    assert called.value == pytest.approx(table.value, abs=0.01)


def test_areas_under_the_curve_of_guesses_come_back_to_a_half() -> None:
    rng = np.random.default_rng(6)
    y, scores = rng.integers(0, 2, 100), rng.random((100, 20))

    def area(index: np.ndarray) -> np.ndarray:
        positive = y[index] == 1
        if positive.all() or not positive.any():
            return np.full(20, np.nan)
        above = stats.rankdata(scores[index], axis=0)[positive].mean(axis=0) - (positive.sum() + 1) / 2
        return np.asarray(above / (~positive).sum())

    everything = np.arange(100)
    assert area(everything)[3] == pytest.approx(roc_auc_score(y, scores[:, 3]))
    found = search.bootstrap_corrected_by(area, 100, bootstraps=100)
    assert found.naive > 0.58
    assert abs(found.value - 0.5) < 0.05


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match="one for each of 2 selected scores, got 1"):
        search.optimism([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="a matrix of 2 rows or more"):
        search.bootstrap_corrected(np.ones((1, 3)))
    with pytest.raises(InputError, match="finite numbers, got nan in row 1"):
        search.bootstrap_corrected([[1.0], [np.nan]])
    with pytest.raises(InputError, match="bootstraps: expected 1 or more"):
        search.bootstrap_corrected(np.ones((4, 1)), bootstraps=0)
    with pytest.raises(InputError, match="too few rows"):
        search.bootstrap_corrected_by(lambda rows: np.full(1, 1.0 if len(rows) == 3 else np.nan), 3)
    with pytest.raises(InputError, match="two rows or more"):
        search.bootstrap_corrected_by(lambda rows: rows, 1)
    with pytest.raises(InputError, match="share of mean_interval"):
        search.mean_interval([1.0], share=-1)
