"""A plain network of `science/nets` on the user's own samples: what any model should be able to do with them.

It is imported where it is fitted: an audit of a table finds this file, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.checks.run.outputs import Task
from cutaway.frameworks.batch import Batch

WIDTH, CODE_WIDTH, MOST_FEATURES = 64, 8, 20_000
Predict = Callable[[np.ndarray], np.ndarray]


def features(batch: Batch, seed: int = 0) -> np.ndarray:
    """The inputs as one standardised row a sample, (n, d): codes become random vectors, padding zeros."""
    parts = []
    for name, array in batch.named().items():
        if not name.startswith("x"):
            continue
        values = array
        if values.dtype.kind in "iub" and values.ndim >= 2:
            codes = np.unique(values)
            vectors = np.random.default_rng(seed).standard_normal((len(codes), CODE_WIDTH))
            values = vectors[np.searchsorted(codes, values)]
        values = values.astype(float)
        if batch.mask is not None and values.ndim >= 2 and values.shape[:2] == batch.mask.shape:
            values = values * batch.mask.reshape(*batch.mask.shape, *[1] * (values.ndim - 2))
        parts.append(values.reshape(len(values), -1))
    flat = np.concatenate(parts, 1)
    flat = flat[:, :: max(1, flat.shape[1] // MOST_FEATURES)]
    sd = flat.std(0)
    return np.asarray((flat - flat.mean(0)) / np.where(sd > 0, sd, 1), np.float32)


def reference(
    x: np.ndarray, y: np.ndarray, task: Task | None, *, steps: int, seed: int = 0
) -> tuple[float, float, Predict]:
    """A network of one hidden layer fitted to x (n, d) and y: its loss at first and at last, and what it predicts."""
    from cutaway.science import nets

    loss: Callable[..., Any] = nets.cross_entropy
    if task is not None and task.kind == "coded":
        target: np.ndarray = y.reshape(len(y)).astype(int)
        units = task.classes
    elif task is not None and task.kind == "one-hot":
        target, units = y.argmax(-1), task.classes
    elif task is not None:
        target = y.reshape(len(y), -1).astype(np.float32)
        units, loss = target.shape[1], _binary
    else:
        target = y.reshape(len(y), -1).astype(np.float32)
        sd = target.std(0)
        target = (target - target.mean(0)) / np.where(sd > 0, sd, 1)
        units, loss = target.shape[1], squared_error
    model = nets.Sequential((nets.Dense(x.shape[1], WIDTH), nets.ReLU(), nets.Dense(WIDTH, units)))
    fitted = nets.fit(model, x, target, loss=loss, rate=1e-2, epochs=steps, batch=len(x), seed=seed)
    return fitted.history[0].loss, fitted.history[-1].loss, fitted.predict


def _binary(logits: Any, y: np.ndarray) -> Any:
    from cutaway.science import nets

    return nets.binary_cross_entropy(logits, y)


def squared_error(output: Any, y: np.ndarray) -> Any:
    """Mean squared difference, as an operation."""
    from cutaway.science import nets

    off = output + (-y)
    return nets.total(off * off) * (1 / y.size)
