"""Do pos_weight, a sample weight and scale_pos_weight say the same?

Answer: all three multiply a positive row's loss. PyTorch's pos_weight divides by the rows, Keras' sample_weight by the
rows too, and so a weight of 9 raises the loss; scikit-learn's log_loss divides by the sum of the weights. Gradient
boosting has no mean: there the weight multiplies gradient and Hessian, as the next topic shows.

Source: PyTorch's `BCEWithLogitsLoss`, Keras' losses, scikit-learn's `log_loss`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "pos_weight and sample weights"


def given() -> dict[str, Any]:
    """Logits of six rows, two of them positive, and a weight of 9 for positives."""
    return {"z": np.array([-1.0, 0.5, -2.0, 0.3, 1.0, -0.4]), "y": np.array([0.0, 0, 0, 0, 1, 1]), "w": 9.0}


def _losses(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(np.logaddexp(0.0, z) - y * z)


@formula("Σ wᵢ ℓᵢ / N")
def over_rows(z: np.ndarray, y: np.ndarray, w: float) -> float:
    return float((np.where(y == 1, w, 1.0) * _losses(z, y)).mean())


@formula("Σ wᵢ ℓᵢ / Σ wᵢ")
def over_weights(z: np.ndarray, y: np.ndarray, w: float) -> float:
    return float(np.average(_losses(z, y), weights=np.where(y == 1, w, 1.0)))


@variant("pytorch", call="F.binary_cross_entropy_with_logits(z, y, pos_weight=w)", follows=over_rows)
def torch_pos_weight(z: np.ndarray, y: np.ndarray, w: float) -> Any:
    import torch
    from torch.nn import functional

    return functional.binary_cross_entropy_with_logits(
        torch.tensor(z), torch.tensor(y), pos_weight=torch.tensor(w, dtype=torch.float64)
    )


@variant("keras", call="BinaryCrossentropy(from_logits=True)(y, z, sample_weight=where(y, w, 1))", follows=over_rows)
def keras_sample_weight(z: np.ndarray, y: np.ndarray, w: float) -> Any:
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    return loss(y[:, None], z[:, None], sample_weight=np.where(y == 1, w, 1.0))


@variant("tensorflow", call="tf.nn.weighted_cross_entropy_with_logits(y, z, w), mean", follows=over_rows)
def tensorflow_weighted(z: np.ndarray, y: np.ndarray, w: float) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.weighted_cross_entropy_with_logits(tf.constant(y), tf.constant(z), w))


@variant("scikit-learn", call="log_loss(y, p, sample_weight=where(y, w, 1))", follows=over_weights)
def sklearn_weighted(z: np.ndarray, y: np.ndarray, w: float) -> Any:
    from sklearn.metrics import log_loss

    return log_loss(y, 1 / (1 + np.exp(-z)), sample_weight=np.where(y == 1, w, 1.0))


@variant("optax", call="(where(y, w, 1) * optax.sigmoid_binary_cross_entropy(z, y)).mean()", follows=over_rows)
def optax_weighted(z: np.ndarray, y: np.ndarray, w: float) -> Any:
    import optax
    from jax import numpy as jnp

    each = optax.sigmoid_binary_cross_entropy(jnp.asarray(z), jnp.asarray(y))
    return (jnp.where(jnp.asarray(y) == 1, w, 1.0) * each).mean()


CONVERTERS = (
    Converter(
        of=keras_sample_weight,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

positive = torch.tensor(w, dtype=torch.float64)
value = F.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(y), pos_weight=positive)
""",
    ),
    Converter(
        of=sklearn_weighted,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

labels = torch.tensor(y)
weight = torch.where(labels == 1, w, 1.0)
each = F.binary_cross_entropy_with_logits(torch.tensor(z), labels, reduction="none")
value = (weight * each).sum() / weight.sum()
""",
    ),
)
