"""Do four small batches with accumulated gradients equal one large batch?

Answer: only if each batch's loss is divided by what the large batch would divide by. Means over batches of unequal
size, and PyTorch's class-weighted cross-entropy (which divides by each batch's own sum of weights), give another
gradient; sums divided once at the end are exact.

Source: the mean of means is the mean only for equal denominators; gradients taken by each framework's autograd.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Gradient accumulation with class weights"


def given() -> dict[str, Any]:
    """Eight rows of one feature and two classes in batches of four; weights 1 and 9; the slope's gradient is asked
    for at slope 0.5.
    """
    return {
        "x": np.array([-1.0, 0.5, 2.0, 0.1, -0.3, 1.2, -2.0, 0.4]),
        "y": np.array([0, 0, 1, 0, 1, 1, 0, 1]),
        "class_weight": np.array([1.0, 9.0]),
        "slope": 0.5,
    }


def _gradients(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> np.ndarray:
    """W (p − y) x of each row."""
    return np.asarray(class_weight[y] * (1 / (1 + np.exp(-slope * x)) - y) * x)


@formula("Σ wᵢ gᵢ / Σ wᵢ over all rows")
def of_all(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> float:
    return float(_gradients(x, y, class_weight, slope).sum() / class_weight[y].sum())


@formula("mean over batches of Σ wᵢ gᵢ / Σ wᵢ")
def of_batches(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> float:
    g = _gradients(x, y, class_weight, slope).reshape(2, 4).sum(1)
    return float((g / class_weight[y].reshape(2, 4).sum(1)).mean())


@formula("Σ wᵢ gᵢ / N over all rows")
def of_rows(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> float:
    return float(_gradients(x, y, class_weight, slope).mean())


def _torch(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float, batches: int) -> float:
    import torch
    from torch.nn import functional

    parameter = torch.tensor(slope, dtype=torch.float64, requires_grad=True)
    for rows in np.array_split(np.arange(len(y)), batches):
        z = parameter * torch.tensor(x[rows])
        logits = torch.stack([torch.zeros_like(z), z], 1)
        loss = functional.cross_entropy(logits, torch.tensor(y[rows]), weight=torch.tensor(class_weight))
        (loss / batches).backward()
    return float(parameter.grad)


@variant("pytorch", call="F.cross_entropy(z, y, weight=w).backward() on all rows", follows=of_all)
def torch_one(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> Any:
    return _torch(x, y, class_weight, slope, 1)


@variant("pytorch", call="(F.cross_entropy(z, y, weight=w) / 2).backward() a batch", follows=of_batches)
def torch_accumulated(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> Any:
    return _torch(x, y, class_weight, slope, 2)


@variant("keras", call="loss(y, z, sample_weight=w[y]) in batches of equal size, gradients averaged", follows=of_rows)
def keras_accumulated(x: np.ndarray, y: np.ndarray, class_weight: np.ndarray, slope: float) -> Any:
    import keras
    import tensorflow as tf

    parameter = tf.Variable(slope, dtype=tf.float64)
    loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    total = 0.0
    for rows in np.array_split(np.arange(len(y)), 2):
        with tf.GradientTape() as tape:
            z = parameter * tf.constant(x[rows])[:, None]
            value = loss(y[rows][:, None].astype(float), z, sample_weight=class_weight[y[rows]])
        total += float(tape.gradient(value, parameter)) / 2
    return total


CONVERTERS = (
    Converter(
        of=torch_one,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

w = torch.tensor(class_weight)
parameter = torch.tensor(slope, dtype=torch.float64, requires_grad=True)
for rows in (slice(0, 4), slice(4, 8)):
    z = parameter * torch.tensor(x[rows])
    logits = torch.stack([torch.zeros_like(z), z], 1)
    F.cross_entropy(logits, torch.tensor(y[rows]), weight=w, reduction="sum").backward()
value = parameter.grad / w[torch.tensor(y)].sum()
""",
    ),
)
