"""Rows whose scores contradict their labels with confidence, against what calibrated scores bring about by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ConfidentJoint:
    """For each labelled class i and other class j: how many rows labelled i are confidently j.

    `counts` (K, K): what is seen; `expected` (K, K) and `spread` (K, K): mean and standard deviation if every label
    were drawn with the probabilities that the scores give; diagonals are 0. `thresholds` (K,): the p_j from which a
    row is confidently j. `suspects` (n,) bool: the rows counted.
    """

    counts: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    thresholds: np.ndarray
    suspects: np.ndarray

    @property
    def z(self) -> np.ndarray:
        """(counts - expected) / spread (K, K); 0 where nothing can vary."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (self.counts - self.expected) / self.spread
        return np.where(self.spread > 0, z, 0.0)


def confident_joint(p: np.ndarray, y: np.ndarray, at: float | None = None) -> ConfidentJoint:
    """From probabilities p (n, K), rows adding up to 1, and labels y (n,) in 0 … K-1.

    A row is confidently j if p_j reaches the mean p_j of the rows labelled j (or `at`), and is the largest that does. A
    confident row of another label is no error yet: where a calibrated score says 0.9, one row in ten is of another
    class. So each count stands beside its mean and spread under the null that label i comes with probability p_i. A
    class without rows has no threshold, and no row is confidently of it.

    Source: Northcutt, Jiang & Chuang 2021 (the joint); the null is that of the Poisson binomial distribution.

    >>> joint = confident_joint(np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9]]), np.array([0, 1, 1, 0]))
    >>> float(joint.counts[0, 1]), round(float(joint.expected[0, 1]), 1)
    (1.0, 0.2)
    """
    n, k = p.shape
    own = np.array([p[y == j, j].mean() if (y == j).any() else np.inf for j in range(k)])
    thresholds = own if at is None else np.where(np.isfinite(own), at, np.inf)
    reached = np.where(p >= thresholds, p, -np.inf)
    confident = np.where(np.isfinite(reached.max(axis=1)), reached.argmax(axis=1), -1) if n else np.empty(0, int)
    counts, expected, variance = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k))
    for j in range(k):
        mine = confident == j
        if not mine.any():
            continue
        counts[:, j] = np.bincount(y[mine], minlength=k)
        expected[:, j] = p[mine].sum(axis=0)
        variance[:, j] = (p[mine] * (1 - p[mine])).sum(axis=0)
    for table in (counts, expected, variance):
        np.fill_diagonal(table, 0.0)
    return ConfidentJoint(counts, expected, np.sqrt(variance), thresholds, (confident >= 0) & (confident != y))


def poisson_tail(count: float, mean: float) -> float:
    """Chance of `count` or more where `mean` are expected, by Poisson's law, which bounds the Poisson binomial's tail
    from above a little beyond the mean (Hoeffding 1956); 1 for a count of 0.

    >>> round(poisson_tail(5, 1.0), 5)
    0.00366
    """
    from scipy.special import pdtrc

    return 1.0 if count <= 0 else float(pdtrc(count - 1, mean)) if mean > 0 else 0.0
