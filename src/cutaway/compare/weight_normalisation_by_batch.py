"""Is the weighted loss of small batches, on average, the weighted loss of all rows?

Answer: in Keras and optax it is, for they divide by the rows. PyTorch's cross-entropy divides each batch by its own Σw,
so that a row counts for more where it meets no heavier one: averaged over all batches of two, the weight of 9 acts as
one of 2.25 here. No learning rate repairs that; reduction="sum" over the batch's rows does.

Source: the mean over every batch of two out of five rows, by each framework.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Class weights in small batches"


def given() -> dict[str, np.ndarray]:
    """Logits of five rows and two classes, one row of the rare class, whose weight is 9; batches are of two rows."""
    logits = np.array([[1.0, 0.2], [0.5, 0.1], [0.3, 0.8], [2.0, -1.0], [0.4, 0.6]])
    return {"logits": logits, "y": np.array([0, 0, 0, 0, 1]), "class_weight": np.array([1.0, 9.0])}


def _losses(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(np.logaddexp(logits[:, 0], logits[:, 1]) - logits[np.arange(len(y)), y])


def _batches(n: int) -> list[list[int]]:
    return [[i, j] for i in range(n) for j in range(i)]


@formula("E[Σ w ℓ / B] = Σ w ℓ / N")
def over_rows(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    return float((class_weight[y] * _losses(logits, y)).mean())


@formula("E[Σ w ℓ / Σ w], a ratio in each batch")
def mean_of_ratios(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    loss, w = _losses(logits, y), class_weight[y]
    return float(np.mean([(w[batch] * loss[batch]).sum() / w[batch].sum() for batch in _batches(len(y))]))


@formula("Σ w ℓ / Σ w of all rows")
def ratio_of_sums(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    return float(np.average(_losses(logits, y), weights=class_weight[y]))


@variant("pytorch", call="F.cross_entropy(z, y, weight=w), mean over all batches of 2", follows=mean_of_ratios)
def torch_batches(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn.functional import cross_entropy

    z, labels, w = torch.tensor(logits), torch.tensor(y), torch.tensor(class_weight)
    return torch.stack([cross_entropy(z[batch], labels[batch], weight=w) for batch in _batches(len(y))]).mean()


@variant("pytorch", call="F.cross_entropy(z, y, weight=w) of all rows", follows=ratio_of_sums)
def torch_all(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn.functional import cross_entropy

    return cross_entropy(torch.tensor(logits), torch.tensor(y), weight=torch.tensor(class_weight))


@variant("keras", call="SparseCategoricalCrossentropy()(y, z, sample_weight=w[y]), batches of 2", follows=over_rows)
def keras_batches(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    w = class_weight[y]
    return np.mean([float(loss(y[batch], logits[batch], sample_weight=w[batch])) for batch in _batches(len(y))])


@variant("keras", call="SparseCategoricalCrossentropy()(y, z, sample_weight=w[y]) of all rows", follows=over_rows)
def keras_all(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    return loss(y, logits, sample_weight=class_weight[y])


@variant(
    "optax", call="(w[y] * softmax_cross_entropy_with_integer_labels(z, y)).mean(), batches of 2", follows=over_rows
)
def optax_batches(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    batches = np.array(_batches(len(y)))
    each = optax.softmax_cross_entropy_with_integer_labels(jax.numpy.asarray(logits)[batches], y[batches])
    return (class_weight[y][batches] * each).mean(1).mean()


CONVERTERS = (
    Converter(
        of=keras_batches,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn.functional import cross_entropy

z, labels, w = torch.tensor(logits), torch.tensor(y), torch.tensor(class_weight)
batches = [[i, j] for i in range(len(y)) for j in range(i)]
each = [cross_entropy(z[rows], labels[rows], weight=w, reduction="sum") / len(rows) for rows in batches]
value = torch.stack(each).mean()
""",
    ),
    Converter(
        of=torch_batches,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
w = class_weight[y]
batches = [[i, j] for i in range(len(y)) for j in range(i)]
each = [loss(y[rows], logits[rows], sample_weight=w[rows] / w[rows].mean()) for rows in batches]  # of this batch
value = np.mean([float(one) for one in each])
""",
    ),
)
