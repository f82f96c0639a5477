"""Does a class weight of 9 mean the same loss everywhere?

Answer: no. Keras adds up the weighted losses and divides by the number of rows; PyTorch's cross-entropy with class
indices divides by the sum of the weights; PyTorch with probabilities as targets divides by the rows again.

Source: the documentation of `torch.nn.CrossEntropyLoss` and of `keras.Model.fit`, held against what they return.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Class weights in the cross-entropy"


def given() -> dict[str, np.ndarray]:
    """Logits (8, 3) of eight rows and three classes, their labels, and a weight a class."""
    rng = np.random.default_rng(7)
    return {
        "logits": rng.normal(size=(8, 3)).round(3),
        "y": np.array([0, 0, 0, 0, 0, 1, 1, 2]),
        "class_weight": np.array([0.5, 2.0, 9.0]),
    }


def _losses(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return np.asarray(np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(y)), y])


@formula("Σ wᵢ ℓᵢ / N")
def over_rows(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    return float((class_weight[y] * _losses(logits, y)).mean())


@formula("Σ wᵢ ℓᵢ / Σ wᵢ")
def over_weights(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    w = class_weight[y]
    return float((w * _losses(logits, y)).sum() / w.sum())


@variant("pytorch", call="F.cross_entropy(logits, y, weight=w)", follows=over_weights)
def torch_index(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.cross_entropy(torch.tensor(logits), torch.tensor(y), weight=torch.tensor(class_weight))


@variant("pytorch", call="F.cross_entropy(logits, one_hot, weight=w)", follows=over_rows)
def torch_one_hot(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    one_hot = torch.eye(3, dtype=torch.float64)[torch.tensor(y)]
    return functional.cross_entropy(torch.tensor(logits), one_hot, weight=torch.tensor(class_weight))


@variant("keras", call="SparseCategoricalCrossentropy(from_logits=True)(y, z, sample_weight=w[y])", follows=over_rows)
def keras_sparse(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    return loss(y, logits, sample_weight=class_weight[y])


CONVERTERS = (
    Converter(
        of=keras_sparse,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

w = torch.tensor(class_weight)
value = F.cross_entropy(torch.tensor(logits), torch.tensor(y), weight=w, reduction="sum") / len(y)
""",
    ),
)
