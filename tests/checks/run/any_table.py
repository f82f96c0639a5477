"""Small tables of everything that a column can be, with scores, weights and test rows: what no check may stumble on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Rng = np.random.Generator
ROWS = (4, 5, 8, 13, 30, 80, 200)


def _gaps(values: Any, rng: Rng) -> np.ndarray:
    out = np.array(values, object)
    out[rng.random(len(out)) < rng.random()] = None
    return out


COLUMNS: tuple[Callable[[Rng, int], Any], ...] = (
    lambda rng, n: rng.normal(size=n),
    lambda rng, n: np.full(n, rng.choice([0.0, 1.0, np.nan, -999.0])),
    lambda rng, n: np.where(rng.random(n) < rng.random(), np.nan, rng.normal(size=n) * 10.0 ** rng.integers(-300, 140)),
    lambda rng, n: np.array(rng.choice(["a", "b", None, "", "NA", "ü", "a\n", "<b>"], n), object),
    lambda rng, n: np.array([f"n{i}" for i in range(n)], object),
    lambda rng, n: rng.permutation(pd.date_range("2020-01-01", periods=n).to_numpy()),
    lambda rng, n: rng.random(n) < rng.random(),
    lambda rng, n: rng.integers(0, rng.integers(1, 5), n),
    lambda rng, n: np.arange(n),
    lambda rng, n: _gaps(["only"] * n, rng),
    lambda rng, n: rng.choice([-999, 0, 1, 2, 999_999], n),
    lambda rng, n: np.exp(rng.normal(size=n) * 50),
    lambda rng, n: rng.integers(-(2**62), 2**62, n),
    lambda rng, n: np.array([None] * n, object),
    lambda rng, n: _gaps([str(each) for each in rng.integers(0, 60, n)], rng),
)
TARGETS: tuple[Callable[[Rng, int], Any], ...] = (
    lambda rng, n: rng.integers(0, 2, n),
    lambda rng, n: rng.integers(0, 3, n),
    lambda rng, n: np.array(rng.choice(["yes", "no", None], n), object),
    lambda rng, n: rng.random(n) < 0.1,
    lambda rng, n: np.arange(n) % 2,
)
SCORES: tuple[Callable[[Rng, int], Any], ...] = (
    lambda rng, n: rng.random(n),
    lambda rng, n: np.round(rng.random(n), 1),
    lambda rng, n: np.full(n, 0.5),
    lambda rng, n: rng.choice([0.0, 1.0, np.nan], n),
    lambda rng, n: 1 / (1 + np.exp(-rng.normal(size=n) * 30)),
    lambda rng, n: rng.random(n) ** 20,
    lambda rng, n: np.where(rng.random(n) < 0.5, 1e-300, 1 - 1e-16),
)


def any_table(seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table with its target in "y", and how it is to be audited."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice(ROWS))

    def one(kinds: tuple[Callable[[Rng, int], Any], ...]) -> Any:
        return kinds[rng.integers(len(kinds))](rng, n)

    columns = {f"c{j}": one(COLUMNS) for j in range(rng.integers(0, 6))}
    columns["y"] = one(TARGETS)
    asked: dict[str, Any] = {}
    if rng.random() < 0.4:
        classes = len(pd.Series(columns["y"]).dropna().unique())
        each, models = (classes if classes > 2 else 1), int(rng.integers(1, 3))
        kind = rng.choice(["scores", "logits"], p=[0.8, 0.2])
        asked[kind] = [f"s{i}" for i in range(each * models)]
        given = np.stack([np.asarray(one(SCORES), float) for _ in asked[kind]])
        if kind == "logits":
            given = 100 * (given - 0.5)
        elif each > 1:  # shares of one
            parts = given.reshape(models, each, n) + 1e-9
            given = (parts / parts.sum(axis=1, keepdims=True)).reshape(-1, n)
        columns |= dict(zip(asked[kind], given, strict=True))
        if rng.random() < 0.3:
            asked |= {"cost_fp": 1.0, "cost_fn": float(10.0 ** rng.integers(-3, 4))}
        elif rng.random() < 0.2:
            columns["cost"] = rng.choice([0.0, 1.0, 1e9], n)
            asked["cost_column"] = "cost"
    if rng.random() < 0.2:
        columns["group"] = rng.choice(["left", "right", "", "rare"], n, p=[0.5, 0.4, 0.05, 0.05])
        asked["group"] = "group"
    if rng.random() < 0.2:
        columns["w"] = rng.choice([0.0, 1.0, 2.0, 1e-12, 1e12], n)
        asked["weight"] = "w"
    if rng.random() < 0.1:
        asked["profile"] = True
    table = pd.DataFrame(columns)
    if rng.random() < 0.2:
        asked["test"] = table.sample(frac=rng.choice([0.7, 1.0]), random_state=seed)
    return table, asked
