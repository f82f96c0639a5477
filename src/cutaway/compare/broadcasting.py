"""What is the squared error of predictions (N, 1) and targets (N,)?

Answer: in PyTorch and plain array code the shapes broadcast to (N, N) and every prediction is compared with every
target: the loss cannot fall below the targets' variance and the model learns their mean. PyTorch warns; optax refuses;
Keras' loss objects and scikit-learn compare row by row.

Source: NumPy's broadcasting rules, held against each framework's value on the same four rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "(N, 1) against (N,) in a loss"


def given() -> dict[str, np.ndarray]:
    """Four perfect predictions as a column (4, 1), and their targets (4,)."""
    y = np.array([1.0, 2.0, 4.0, 8.0])
    return {"pred": y[:, None].copy(), "y": y}


@formula("Σᵢ (ŷᵢ − yᵢ)² / N")
def of_rows(pred: np.ndarray, y: np.ndarray) -> float:
    return float(((pred[:, 0] - y) ** 2).mean())


@formula("Σᵢ Σⱼ (ŷᵢ − yⱼ)² / N²")
def of_pairs(pred: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([(a - b) ** 2 for a in pred[:, 0] for b in y]))


@formula("refused: the shapes differ")
def refused(pred: np.ndarray, y: np.ndarray) -> str:
    return "ValueError"


@variant("numpy", call="((pred - y) ** 2).mean()", follows=of_pairs)
def numpy_plain(pred: np.ndarray, y: np.ndarray) -> Any:
    return ((pred - y) ** 2).mean()


@variant("pytorch", call="F.mse_loss(pred, y)", follows=of_pairs)
def torch_mse(pred: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.mse_loss(torch.tensor(pred), torch.tensor(y))


@variant("jax", call="((pred - y) ** 2).mean()", follows=of_pairs)
def jax_plain(pred: np.ndarray, y: np.ndarray) -> Any:
    from jax import numpy as jnp

    return ((jnp.asarray(pred) - jnp.asarray(y)) ** 2).mean()


@variant("optax", call="optax.l2_loss(pred, y).mean() * 2", follows=refused)
def optax_l2(pred: np.ndarray, y: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    try:
        return optax.l2_loss(jnp.asarray(pred), jnp.asarray(y)).mean() * 2
    except ValueError:
        return "ValueError"


@variant("tensorflow", call="tf.reduce_mean(tf.square(pred - y))", follows=of_pairs)
def tensorflow_plain(pred: np.ndarray, y: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.square(tf.constant(pred) - tf.constant(y)))


@variant("keras", call="keras.losses.MeanSquaredError()(y, pred)", follows=of_rows)
def keras_mse(pred: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.losses.MeanSquaredError()(y, pred)


@variant("scikit-learn", call="mean_squared_error(y, pred)", follows=of_rows)
def sklearn_mse(pred: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.metrics import mean_squared_error

    return mean_squared_error(y, pred)


CONVERTERS = (
    Converter(
        of=keras_mse,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

predictions, targets = torch.tensor(pred), torch.tensor(y)
value = F.mse_loss(predictions.view_as(targets), targets)
""",
    ),
)
