"""Likeness of neighbours: exact moments over all orders, invariances, blocks."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cutaway.science.columns.adjacency import adjacency, block_p, uniform_ranks
from cutaway.science.columns.order import blocks_of, level_marks, order_of, runs

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.integers(4, 6), st.integers(1, 3))
def test_moments_are_those_of_all_orders(seed: int, n: int, p: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, p))
    totals = [float(np.sum(x[list(order)][:-1] * x[list(order)][1:])) for order in permutations(range(n))]
    found = adjacency(x)
    assert found.expected == pytest.approx(np.mean(totals), abs=1e-9)
    assert found.sd == pytest.approx(np.std(totals), rel=1e-6, abs=1e-6)


@given(SEEDS)
def test_class_marks_count_neighbours_of_one_class_and_order_may_be_turned_round(seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 3, 50)
    found = adjacency(np.eye(3)[y])
    assert found.total == np.sum(y[1:] == y[:-1])
    assert adjacency(np.eye(3)[y[::-1]]) == found


def test_p_values_are_uniform_in_random_order() -> None:
    rng = np.random.default_rng(0)
    p = [adjacency(rng.normal(size=(200, 3))).p for _ in range(2000)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(np.array(p) < 0.001) < 0.005


def test_degenerate_rows() -> None:
    for x in (np.zeros((0, 2)), np.ones((1, 1)), np.ones((3, 1)), np.ones((50, 1))):
        assert adjacency(x).p == 1.0 and np.isnan(adjacency(x).z)
    assert np.isnan(adjacency(np.zeros((9, 2))).distance_ratio)


def test_sorted_rows_are_near_their_neighbours() -> None:
    x = uniform_ranks(np.arange(1000.0) ** 3)[:, None]
    assert adjacency(x).distance_ratio < 0.01 and adjacency(x).z > 25


def test_ranks() -> None:
    ranks = uniform_ranks(np.array([3.0, np.nan, 1.0, 1e300, 1.0]))
    assert ranks[1] == 0 and ranks[2] == ranks[4] < ranks[0] < ranks[3]
    assert ranks[[0, 2, 3, 4]].var() == pytest.approx(1)
    assert not uniform_ranks(np.full(5, 7.0)).any() and not uniform_ranks(np.full(5, np.nan)).any()


def test_blocks_are_pearsons_test() -> None:
    rng = np.random.default_rng(2)
    y, blocks = rng.integers(0, 3, 300), blocks_of(300)
    table = np.array([np.bincount(y[blocks == b], minlength=3) for b in range(5)])
    assert block_p(y, blocks) == pytest.approx(stats.chi2_contingency(table).pvalue)
    assert block_p(np.zeros(20, int), blocks_of(20)) == 1.0


def test_stretches_and_blocks() -> None:
    assert np.bincount(blocks_of(23)).tolist() == [5, 5, 4, 5, 4]
    chosen = runs(100_000, 4000)
    assert chosen.size == 4000 and np.sum(np.diff(chosen) == 1) == 3992 and chosen[-1] == 99_999
    assert runs(10, 4000).tolist() == list(range(10))


def test_level_marks_have_unit_variance() -> None:
    marks = level_marks(np.repeat(np.arange(1, 20, dtype=np.uint64), 10))
    assert marks.shape == (190, 8) and marks.var(axis=0).sum() == pytest.approx(1)
    assert not level_marks(np.ones(10, np.uint64)).any()


def test_a_relation_that_turns_is_seen_though_labels_and_features_are_even() -> None:
    rng = np.random.default_rng(3)
    n = 4000
    x = rng.normal(size=n)
    sign = np.where(blocks_of(n) % 2, -1, 1)
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * sign * x))).astype(int)
    found = order_of(y, 2, [uniform_ranks(x)[:, None]], np.arange(n))
    assert found.p_values["relation"] < 1e-6
    assert min(found.p_values[name] for name in ("blocks", "features")) > 1e-3
    assert order_of(y, 2, [], np.arange(n)).features is None
