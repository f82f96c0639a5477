"""Expected costs of decisions, which error comes first, and areas of several classes by pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cutaway.core.errors import InputError
from cutaway.science.metrics import (
    Cuts,
    cost_estimate,
    expected_costs,
    one_versus_one,
    one_versus_rest,
    which_first,
)
from cutaway.science.metrics.use_cases import USE_CASES


def test_expected_costs_by_hand() -> None:
    p = np.array([[0.9, 0.1], [0.5, 0.5]])
    cost = np.array([[0.0, 1.0, 0.2], [20.0, 0.0, 0.2]])  # the third decision: let somebody look
    np.testing.assert_allclose(expected_costs(p, cost), [[2.0, 0.9, 0.2], [10.0, 0.5, 0.2]])
    with pytest.raises(InputError, match="rows of the matrix are true classes"):
        expected_costs(p, cost.T)


def test_the_costlier_error_comes_first() -> None:
    assert [which_first(1, 20), which_first(20, 1), which_first(3, 3)] == ["recall", "precision", "neither"]
    assert {which_first(case.fp, case.fn) for case in USE_CASES} >= {"recall", "precision"}
    with pytest.raises(InputError):
        which_first(0, 1)


def test_a_cost_covers_its_expectation() -> None:
    rng = np.random.default_rng(0)
    fp, fn, inside = 1.0, 9.0, 0
    truth = fp * 0.5 * 0.3 + fn * 0.5 * 0.2  # half of the rows positive, false-alarm rate 0.3, miss rate 0.2
    for _ in range(400):
        y = rng.integers(0, 2, 600)
        alarm = np.where(y == 1, rng.random(600) >= 0.2, rng.random(600) < 0.3)
        cuts = Cuts.of(y, np.where(alarm, 1.0, -1.0))
        found = cost_estimate(cuts.point(cuts.place(0.0)), fp, fn)
        assert found.value == pytest.approx(np.mean(fp * (alarm & (y == 0)) + fn * (~alarm & (y == 1))))
        inside += found.low <= truth <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def test_areas_of_several_classes_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    p = rng.dirichlet([1, 1, 1], 500).round(2)
    p = p / p.sum(axis=1, keepdims=True)
    y = (rng.random(500)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    rest, pairs = one_versus_rest(y, p), one_versus_one(y, p)
    np.testing.assert_allclose(rest, roc_auc_score(y, p, multi_class="ovr", average=None))
    i, j = np.triu_indices(3, 1)
    mean = float(np.mean((pairs[i, j] + pairs[j, i]) / 2))
    assert mean == pytest.approx(roc_auc_score(y, p, multi_class="ovo"))
    assert all(math.isnan(pairs[k, k]) for k in range(3))
    with pytest.raises(InputError):
        one_versus_rest(np.full(500, 3), p)
