"""What do batch normalisation's momentum, epsilon and running variance mean?

Answer: Keras' momentum of 0.99 keeps 99% of the running statistic, PyTorch's of 0.1 replaces 10% of it; flax follows
Keras there, but not in the epsilon (Keras 1e-3, PyTorch and flax 1e-5). PyTorch and TensorFlow's fused operation (which
Keras 2 called on images) add the variance over n − 1 to the running one, Keras 3 and flax the variance over n.

Source: Ioffe and Szegedy (2015), Batch normalization, algorithms 1 and 2 (unbiased variance at inference); the
documentation of `torch.nn.BatchNorm1d`, `keras.layers.BatchNormalization`, `flax.nnx.BatchNorm`, held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Batch normalisation: momentum, epsilon, running variance"
TOLERANCE = 1e-5  # float32 in flax and in TensorFlow's fused operation


def given() -> dict[str, np.ndarray]:
    """Four rows of one feature, small enough for epsilon to be seen; one step of training from mean 0, variance 1."""
    return {"x": np.array([[0.1], [-0.05], [0.2], [-0.15]])}


def _stepped(x: np.ndarray, kept: float, epsilon: float, ddof: int) -> np.ndarray:
    """Running mean and variance after one step, then the normalised rows."""
    rows = (x - x.mean()) / np.sqrt(x.var() + epsilon)
    return np.concatenate([[(1 - kept) * x.mean(), kept + (1 - kept) * x.var(ddof=ddof)], rows.ravel()])


@formula("r ← 0.99 r + 0.01 v, v over n; ε = 1e-3")
def keras_convention(x: np.ndarray) -> np.ndarray:
    return _stepped(x, 0.99, 1e-3, 0)


@formula("r ← 0.99 r + 0.01 v, v over n − 1; ε = 1e-3")
def fused_convention(x: np.ndarray) -> np.ndarray:
    return _stepped(x, 0.99, 1e-3, 1)


@formula("r ← 0.9 r + 0.1 v, v over n − 1; ε = 1e-5")
def torch_convention(x: np.ndarray) -> np.ndarray:
    return _stepped(x, 0.9, 1e-5, 1)


@formula("r ← 0.99 r + 0.01 v, v over n; ε = 1e-5")
def flax_convention(x: np.ndarray) -> np.ndarray:
    return _stepped(x, 0.99, 1e-5, 0)


def _keras(x: np.ndarray) -> Any:
    import keras

    layer = keras.layers.BatchNormalization(dtype="float64")
    rows = layer(x, training=True)
    return np.concatenate(
        [keras.ops.convert_to_numpy(each).ravel() for each in (layer.moving_mean, layer.moving_variance, rows)]
    )


@variant("keras", call="BatchNormalization()(x, training=True)", follows=keras_convention)
def keras_layer(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras", call="BatchNormalization()(images, training=True)", follows=keras_convention)
def keras_images(x: np.ndarray) -> Any:
    return _keras(x.reshape(1, 2, 2, 1))


@variant("keras on torch", call="BatchNormalization()(x, training=True)", follows=keras_convention)
def keras_on_torch(x: np.ndarray) -> Any:
    return _keras(x)


@variant("tensorflow", call="tf.compat.v1.nn.fused_batch_norm(images, …)", follows=fused_convention)
def tensorflow_fused(x: np.ndarray) -> Any:
    import tensorflow as tf

    rows, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        tf.constant(x.reshape(1, 2, 2, 1), tf.float32),
        scale=[1.0],
        offset=[0.0],
        mean=tf.constant([0.0]),
        variance=tf.constant([1.0]),
        exponential_avg_factor=0.01,
    )
    return np.concatenate([np.ravel(each) for each in (mean, variance, rows)])


@variant("pytorch", call="torch.nn.BatchNorm1d(1)(x)", follows=torch_convention)
def torch_layer(x: np.ndarray) -> Any:
    import torch

    layer = torch.nn.BatchNorm1d(1, dtype=torch.float64)
    rows = layer(torch.tensor(x)).detach()
    return torch.cat([layer.running_mean, layer.running_var, rows.ravel()])


@variant("flax", call="nnx.BatchNorm(1, rngs=rngs)(x)", follows=flax_convention)
def flax_layer(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    layer = nnx.BatchNorm(1, rngs=nnx.Rngs(0))
    rows = layer(jnp.asarray(x, jnp.float32))
    return np.concatenate([np.ravel(each) for each in (layer.mean[...], layer.var[...], rows)])


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.BatchNorm1d(1, momentum=1 - 0.99, eps=1e-3, dtype=torch.float64)
rows = layer(torch.tensor(x)).detach()
with torch.no_grad():  # after each step: from the variance over n - 1 to that over n
    layer.running_var -= layer.momentum * torch.tensor(x).var(0) / len(x)
value = torch.cat([layer.running_mean, layer.running_var, rows.ravel()])
""",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.BatchNormalization(momentum=1 - 0.1, epsilon=1e-5, dtype="float64")
rows = layer(x, training=True)
layer.moving_variance.assign_add(0.1 * x.var(0, ddof=1) / len(x))  # after each step: over n - 1 instead of n
value = np.concatenate([np.ravel(each) for each in (layer.moving_mean, layer.moving_variance, rows)])
""",
    ),
    Converter(
        of=keras_layer,
        to="flax",
        exactness="near",
        error=1e-5,
        code="""\
import numpy as np
from flax import nnx
from jax import numpy as jnp

layer = nnx.BatchNorm(1, momentum=0.99, epsilon=1e-3, rngs=nnx.Rngs(0))
rows = layer(jnp.asarray(x, jnp.float32))
value = np.concatenate([np.ravel(each) for each in (layer.mean[...], layer.var[...], rows)])
""",
        reason="flax keeps its running statistics in float32.",
    ),
)
