"""Do two samples come from one distribution?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class TwoSample:
    """`distance`: 0 (alike) to 1 (apart); `p_value` under the null that both samples are of one distribution."""

    distance: float
    p_value: float


def ks_distance(a: np.ndarray, b: np.ndarray) -> TwoSample:
    """Largest gap between the distribution functions of two samples (n,), (m,); NaN is left out.

    The p-value is the asymptotic one, conservative for ties. An empty sample gives distance 0 and p-value 1.

    Source: Smirnov 1939; Stephens 1970 for the small-sample factor.
    """
    from scipy.special import kolmogorov

    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not a.size or not b.size:
        return TwoSample(0.0, 1.0)
    at = np.concatenate([a, b])
    gap = np.abs(np.searchsorted(a, at, "right") / a.size - np.searchsorted(b, at, "right") / b.size).max()
    root = math.sqrt(a.size * b.size / (a.size + b.size))
    return TwoSample(float(gap), float(kolmogorov((root + 0.12 + 0.11 / root) * gap)))


def share_distance(a: np.ndarray, b: np.ndarray) -> TwoSample:
    """Total variation distance between the shares of the values of two samples, with the chi-squared test of
    homogeneity.

    Values seen fewer than five times in expectation in either sample are pooled (Cochran's rule). One value only
    gives distance 0 and p-value 1.

    Source: Pearson 1900; Cochran 1954.
    """
    from scipy.special import chdtrc

    _, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    parts = place[: a.size], place[a.size :]
    counts = np.stack([np.bincount(part, minlength=place.max(initial=0) + 1) for part in parts])
    n = counts.sum(axis=1, keepdims=True).astype(float)
    if not n.all():
        return TwoSample(0.0, 1.0)
    distance = float(np.abs(counts / n - (counts / n)[::-1])[0].sum() / 2)
    expected = n * counts.sum(axis=0) / n.sum()
    rare = (expected < 5).any(axis=0)
    if rare.any():
        counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
        expected = np.column_stack([expected[:, ~rare], expected[:, rare].sum(axis=1)])
    if counts.shape[1] < 2:
        return TwoSample(distance, 1.0)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return TwoSample(distance, float(chdtrc(counts.shape[1] - 1, statistic)))


def permuted_auc(y: np.ndarray, scores: np.ndarray, rng: np.random.Generator, times: int = 1999) -> np.ndarray:
    """Areas under ROC (times,) of fixed scores (n,) with the labels y (n,) shuffled: the exact null of scores made
    elsewhere.
    """
    order = np.argsort(scores, kind="stable")
    _, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks = np.empty(scores.size)
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    positives = int(np.sum(y == 1))
    negatives = y.size - positives
    out = np.empty(times)
    for i in range(times):
        out[i] = rng.permutation(ranks)[:positives].sum()
    return np.asarray((out - positives * (positives + 1) / 2) / (positives * negatives))
