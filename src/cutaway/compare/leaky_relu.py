"""How leaky is a leaky ReLU by default?

Answer: 0.01 in PyTorch, JAX and flax; 0.2 in Keras' function and in TensorFlow's; 0.3 in Keras' layer: thirtyfold
between two lines that read alike.

Source: Maas, Hannun and Ng (2013), whose slope is 0.01; each default, held against its value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Leaky ReLU"


def given() -> dict[str, np.ndarray]:
    """One input below 0 and one above."""
    return {"x": np.array([-10.0, 1.0])}


def _leaky(x: np.ndarray, slope: float) -> np.ndarray:
    return np.where(x < 0, slope * x, x)


@formula("0.01 x below 0")
def hundredth(x: np.ndarray) -> np.ndarray:
    return _leaky(x, 0.01)


@formula("0.2 x below 0")
def fifth(x: np.ndarray) -> np.ndarray:
    return _leaky(x, 0.2)


@formula("0.3 x below 0")
def three_tenths(x: np.ndarray) -> np.ndarray:
    return _leaky(x, 0.3)


@variant("pytorch", call="F.leaky_relu(x)", follows=hundredth)
def torch_leaky(x: np.ndarray) -> Any:
    import torch

    return torch.nn.functional.leaky_relu(torch.tensor(x))


@variant("jax", call="jax.nn.leaky_relu(x)", follows=hundredth)
def jax_leaky(x: np.ndarray) -> Any:
    import jax

    return jax.nn.leaky_relu(jax.numpy.asarray(x))


@variant("flax", call="flax.nnx.leaky_relu(x)", follows=hundredth)
def flax_leaky(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.leaky_relu(jnp.asarray(x))


@variant("tensorflow", call="tf.nn.leaky_relu(x)", follows=fifth)
def tensorflow_leaky(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.leaky_relu(tf.constant(x))


@variant("keras", call="keras.activations.leaky_relu(x)", follows=fifth)
def keras_function(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.activations.leaky_relu(keras.ops.convert_to_tensor(x)))


@variant("keras", call="keras.layers.LeakyReLU()(x)", follows=three_tenths)
def keras_layer(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.layers.LeakyReLU()(keras.ops.convert_to_tensor(x, dtype="float32")))


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.nn.functional.leaky_relu(torch.tensor(x), negative_slope=0.3)
""",
    ),
    Converter(
        of=torch_leaky,
        to="keras",
        exactness="exact",
        code="""\
import keras

layer = keras.layers.LeakyReLU(negative_slope=0.01)
value = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x, dtype="float32")))
""",
    ),
)
