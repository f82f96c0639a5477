"""Clusters by density: what scikit-learn's HDBSCAN finds, and what no order or place of the points changes."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import density_clusters


def heaps(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    each = [rng.normal(rng.normal(0, 4, 3), rng.uniform(0.1, 1.5), (rng.integers(20, 90), 3)) for _ in range(6)]
    return np.concatenate(each)


@pytest.mark.parametrize("seed", range(6))
def test_they_are_scikit_learns(seed: int) -> None:
    """But for a point or two: where neighbours are equally far the tree may be built in another order."""
    from sklearn.cluster import HDBSCAN
    from sklearn.metrics import adjusted_rand_score

    x = heaps(seed)
    theirs = HDBSCAN(min_cluster_size=15, min_samples=5, copy=True).fit_predict(x)
    ours = density_clusters(x, 15, 5)
    assert ours.max() == theirs.max()
    assert adjusted_rand_score(theirs, ours) > 0.98


def test_order_and_place_change_nothing() -> None:
    x = heaps(1)
    order = np.random.default_rng(0).permutation(len(x))
    labels = density_clusters(x)
    assert np.mean(density_clusters(x[order]) == labels[order]) > 0.98
    assert np.mean(density_clusters(x + 100.0) == labels) > 0.98


def test_the_largest_comes_first() -> None:
    sizes = np.bincount(density_clusters(heaps(2)) + 1)[1:]
    assert (np.diff(sizes) <= 0).all()


def test_one_heap_or_too_few_points_are_no_clusters() -> None:
    assert (density_clusters(np.random.default_rng(0).normal(size=(29, 2))) == -1).all()
    two = np.concatenate([np.zeros((20, 1)), np.ones((20, 1))]) + np.random.default_rng(0).normal(0, 0.01, (40, 1))
    assert np.bincount(density_clusters(two)).tolist() == [20, 20]


def test_bad_input_is_named() -> None:
    with pytest.raises(
        InputError, match=r"points: density_clusters expected finite numbers \(n, d\), got shape \(3,\)"
    ):
        density_clusters(np.zeros(3))
    with pytest.raises(
        InputError, match="least, neighbours: density_clusters expected 2 or more and 1 … 40, got 1 and 5"
    ):
        density_clusters(np.zeros((40, 2)), 1)
