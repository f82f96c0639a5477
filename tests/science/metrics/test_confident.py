"""The confident joint against its null."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science.metrics.confident import confident_joint, poisson_tail


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([0.3, 0.3, 0.3], n)
    return p, (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)


def test_calibrated_scores_are_contradicted_as_often_as_expected() -> None:
    z = np.array([confident_joint(*drawn(2000, seed)).z for seed in range(60)])
    off = z[:, ~np.eye(3, dtype=bool)]
    assert abs(off.mean()) < 0.15
    assert 0.85 < off.std() < 1.15


def test_counts_by_hand() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.05, 0.95]])
    joint = confident_joint(p, np.array([0, 0, 1, 1, 0]))
    assert joint.thresholds.tolist() == pytest.approx([(0.9 + 0.8 + 0.05) / 3, 0.75])
    assert joint.counts.tolist() == [[0, 1], [0, 0]]
    assert joint.suspects.tolist() == [False, False, False, False, True]
    assert joint.expected[0, 1] == pytest.approx(0.2 + 0.05)


def test_flipped_labels_stand_out() -> None:
    p, y = drawn(4000, 1)
    sure = np.flatnonzero(p[:, 0] > 0.99)[:40]
    y[sure] = 2
    joint = confident_joint(p, y, 0.99)
    assert joint.counts[2, 0] >= 40
    assert poisson_tail(joint.counts[2, 0], joint.expected[2, 0]) < 1e-12


def test_a_class_without_rows_is_never_sure() -> None:
    joint = confident_joint(np.array([[0.1, 0.9], [0.2, 0.8]]), np.array([0, 0]))
    assert joint.thresholds.tolist() == [pytest.approx(0.15), np.inf]
    assert joint.counts.sum() == 0
