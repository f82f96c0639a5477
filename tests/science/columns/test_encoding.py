"""Cells and cross-fitted log-odds: what one column alone says of a class, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cutaway.science.columns.encoding import Cells, cells_for, copies, stratified

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.integers(20, 400))
def test_noise_ranks_at_chance_on_rows_it_was_not_learned_from(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    scores = Cells.of_numbers(rng.normal(size=n)).log_odds(y == 1, stratified(y, 5), 5)
    assert roc_auc_score(y, scores) < 0.5 + 5 / np.sqrt(n)


@given(SEEDS, st.integers(20, 400))
def test_the_ranking_with_hindsight_bounds_any_ranking_of_the_cells(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 6, n), np.arange(n) % 2
    cells = Cells.of_numbers(x.astype(float))
    best = cells.most_auc(y == 1)
    assert not cells.coarse
    for ranking in (x, -x, rng.normal(size=6)[x], (x - 2.5) ** 2):
        assert roc_auc_score(y, ranking) <= best + 1e-12


def test_a_threshold_inside_a_cell_is_seen_by_interpolation() -> None:
    x = np.linspace(0, 1, 8000)
    y = (x > 0.5037).astype(int)
    order = np.random.default_rng(0).permutation(x.size)
    scores = Cells.of_numbers(x[order]).log_odds(y[order] == 1, stratified(y[order], 5), 5)
    assert roc_auc_score(y[order], scores) > 0.9995


def test_a_bump_is_seen_though_it_has_no_direction() -> None:
    rng = np.random.default_rng(1)
    y = np.arange(2000) % 2
    x = np.where(y == 1, rng.normal(0, 0.1, 2000), rng.normal(0, 3, 2000))
    assert abs(roc_auc_score(y, x) - 0.5) < 0.05
    assert roc_auc_score(y, Cells.of_numbers(x).log_odds(y == 1, stratified(y, 5), 5)) > 0.95


def test_missing_values_have_a_cell_of_their_own() -> None:
    y = np.arange(200) % 2
    x = np.where(y == 1, np.nan, np.arange(200.0))
    scores = Cells.of_numbers(x).log_odds(y == 1, stratified(y, 5), 5)
    assert roc_auc_score(y, scores) == 1.0
    assert np.unique(scores[y == 1]).size <= 5  # one a fold


def test_levels_that_the_other_folds_do_not_know_say_nothing() -> None:
    y = np.arange(50) % 2
    scores = Cells.of_levels(np.arange(1, 51, dtype=np.uint64)).log_odds(y == 1, stratified(y, 5), 5)
    assert (scores == 0).all()


def test_only_missing_values_and_single_classes() -> None:
    nothing = Cells.of_numbers(np.full(10, np.nan))
    assert nothing.number == 1 and (nothing.log_odds(np.arange(10) < 5, np.arange(10) % 5, 5) < 1).all()
    assert np.isnan(nothing.most_auc(np.ones(10, bool)))


@pytest.mark.parametrize(("n", "cells"), [(1, 8), (100, 10), (10**6, 64)])
def test_cells_grow_as_the_root_of_the_rows(n: int, cells: int) -> None:
    assert cells_for(n) == cells


@given(SEEDS)
def test_folds_hold_the_classes_evenly(seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 3, 100)
    fold = stratified(y, 5)
    for k in range(3):
        held = np.bincount(fold[y == k], minlength=5)
        assert held.max() - held.min() <= 1


def test_copies_need_a_bijection_and_enough_rows() -> None:
    none = np.zeros(2, int)
    assert copies(np.array([[0, 50], [50, 0]]), none, True, 0.001)
    assert not copies(np.array([[0, 50], [50, 0]]), np.array([1, 0]), True, 0.001)
    assert not copies(np.array([[1, 50], [50, 0]]), none, True, 0.001)
    assert not copies(np.array([[0, 50], [25, 0], [25, 0]]), none, True, 0.001)
    assert not copies(np.array([[50, 0], [50, 0]]), none, True, 0.001)
    assert not copies(np.array([[0, 3], [3, 0]]), none, True, 0.001)  # one in ten by chance
    assert not copies(np.array([[0, 50], [50, 0]]), none, False, 0.001)
