"""Does a class weight of 9 mean the same loss everywhere?

Answer: no. Keras adds up the weighted losses and divides by the number of rows; PyTorch's cross-entropy with class
indices divides by the sum of the weights, as scikit-learn's log_loss does; PyTorch with probabilities as targets
divides by the rows again.

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


@variant("pytorch", call='F.cross_entropy(logits, y, weight=w, reduction="none").mean()', follows=over_rows)
def torch_none(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    w = torch.tensor(class_weight)
    return functional.cross_entropy(torch.tensor(logits), torch.tensor(y), weight=w, reduction="none").mean()


def _keras(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray, reduction: str) -> Any:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction, dtype="float64")
    value = loss(keras.ops.convert_to_tensor(y), keras.ops.convert_to_tensor(logits), sample_weight=class_weight[y])
    return keras.ops.convert_to_numpy(value)


@variant("keras", call="SparseCategoricalCrossentropy(from_logits=True)(y, z, sample_weight=w[y])", follows=over_rows)
def keras_sparse(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    return _keras(logits, y, class_weight, "sum_over_batch_size")


@variant("keras", call='the same with reduction="mean_with_sample_weight"', follows=over_weights)
def keras_weighted_mean(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    return _keras(logits, y, class_weight, "mean_with_sample_weight")


@variant("keras", call="model.fit(x, y, class_weight={0: …, 1: …, 2: …}), the loss that it tells", follows=over_rows)
def keras_fit(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Identity()])
    model.compile(keras.optimizers.SGD(0.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    weights = dict(enumerate(class_weight.tolist()))
    return model.fit(logits, y, class_weight=weights, batch_size=len(y), verbose=0).history["loss"][0]


@variant("keras on torch", call="SparseCategoricalCrossentropy(from_logits=True)(y, z, w[y])", follows=over_rows)
def keras_on_torch(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    return _keras(logits, y, class_weight, "sum_over_batch_size")


@variant("keras on jax", call="SparseCategoricalCrossentropy(from_logits=True)(y, z, w[y])", follows=over_rows)
def keras_on_jax(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    return _keras(logits, y, class_weight, "sum_over_batch_size")


@variant("optax", call="(w[y] * softmax_cross_entropy_with_integer_labels(z, y)).mean()", follows=over_rows)
def optax_mean(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    each = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.asarray(y))
    return (jnp.asarray(class_weight[y]) * each).mean()


@variant("scikit-learn", call="log_loss(y, p, sample_weight=w[y])", follows=over_weights)
def sklearn_log_loss(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    from sklearn.metrics import log_loss

    p = np.exp(logits - logits.max(1, keepdims=True))
    return log_loss(y, p / p.sum(1, keepdims=True), sample_weight=class_weight[y])


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
    Converter(
        of=torch_index,
        to="keras",
        exactness="exact",
        code="""\
import keras

loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="mean_with_sample_weight", dtype="float64"
)
value = keras.ops.convert_to_numpy(loss(y, logits, sample_weight=class_weight[y]))
""",
    ),
    Converter(
        of=torch_index,
        to="optax",
        exactness="exact",
        code="""\
import jax
import optax
from jax import numpy as jnp

jax.config.update("jax_enable_x64", True)
each = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.asarray(y))
w = jnp.asarray(class_weight)[y]
value = (w * each).sum() / w.sum()
""",
    ),
    Converter(
        of=sklearn_log_loss,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

value = F.cross_entropy(torch.tensor(logits), torch.tensor(y), weight=torch.tensor(class_weight))
""",
    ),
)
