"""Rows for the tests of the logistic fits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st


def binary(n: int = 400, p: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    eta = x @ np.linspace(-1, 1, p) - 0.3
    return x, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(np.int32)


def several(n: int = 900, p: int = 3, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    eta = x @ rng.normal(size=(p, classes)) + rng.normal(size=classes)
    return x, np.argmax(eta + rng.gumbel(size=eta.shape), axis=1).astype(np.int32)


def odd(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A long table of normal, Cauchy and log-normal columns, rare flags, and columns far from zero or tiny."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(33_000, 120_000)), int(rng.integers(1, 10))
    makers = (
        lambda: rng.normal(size=n),
        lambda: rng.standard_cauchy(n),
        lambda: (rng.random(n) < 10 ** -rng.uniform(0.3, 4.3)).astype(float),
        lambda: np.exp(2 * rng.normal(size=n)),
        lambda: rng.integers(0, 3, n) * 1e6 + 1e7,
        lambda: np.round(rng.normal(size=n)) * 1e-5,
    )
    x = np.column_stack([makers[rng.integers(0, 6)]() for _ in range(p)])
    spread = np.quantile(x, 0.75, axis=0) - np.quantile(x, 0.25, axis=0)
    z = np.clip((x - np.median(x, axis=0)) / np.maximum(spread, 1e-30), -5, 5)
    eta = np.where(np.ptp(x, axis=0) <= 1, x, z) @ (rng.normal(size=p) * rng.choice([0.2, 1, 3]))
    return x, (rng.random(n) < 1 / (1 + np.exp(rng.choice([0, 1, 4]) - eta))).astype(np.int32)


def folded(cuts: list[int], *arrays: np.ndarray | None):
    """A fold over batches cut at these positions."""
    whole = [a for a in arrays if a is not None]
    edges = [0, *cuts, len(whole[0])]

    def fold(of):
        parts = [of(*(None if a is None else a[i:j] for a in arrays)) for i, j in pairwise(edges)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    return fold


@st.composite
def three_batches(draw, classes: int = 2):
    """(x, y, w or None) and two cuts, so that there are three batches, some of them perhaps empty."""
    n = draw(st.integers(0, 300))
    p = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    x = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-2, 3, size=p)
    x[:, 0] = np.round(x[:, 0])
    y = rng.integers(0, classes, n).astype(np.int32)
    w = rng.integers(0, 4, n).astype(float) if draw(st.booleans()) else None
    a, b = sorted((draw(st.integers(0, n)), draw(st.integers(0, n))))
    return x, y, w, a, b
