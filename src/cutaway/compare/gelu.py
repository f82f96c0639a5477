"""Is GELU the exact one, or its tanh approximation?

Answer: exact in PyTorch, Keras and TensorFlow; approximate in JAX and flax by default. They differ by up to 0.0005,
enough that a network moved over is no longer bit for bit the same, and enough to fail a tight test.

Source: Hendrycks and Gimpel (2016), Gaussian error linear units, section 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "GELU"
TOLERANCE = 2e-6  # float32 in TensorFlow's and Keras' error function


def given() -> dict[str, np.ndarray]:
    """Four inputs."""
    return {"x": np.array([-2.0, -0.5, 0.7, 2.3])}


@formula("x Φ(x)")
def exact(x: np.ndarray) -> np.ndarray:
    from math import erf

    return np.array([v * 0.5 * (1 + erf(v / 2**0.5)) for v in x])


@formula("x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))")
def approximate(x: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


@variant("pytorch", call="F.gelu(x)", follows=exact)
def torch_gelu(x: np.ndarray) -> Any:
    import torch

    return torch.nn.functional.gelu(torch.tensor(x))


@variant("keras", call="keras.activations.gelu(x)", follows=exact)
def keras_gelu(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.activations.gelu(keras.ops.convert_to_tensor(x)))


@variant("tensorflow", call="tf.nn.gelu(x)", follows=exact)
def tensorflow_gelu(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.gelu(tf.constant(x))


@variant("jax", call="jax.nn.gelu(x)", follows=approximate)
def jax_gelu(x: np.ndarray) -> Any:
    import jax

    return jax.nn.gelu(jax.numpy.asarray(x))


@variant("flax", call="flax.nnx.gelu(x)", follows=approximate)
def flax_gelu(x: np.ndarray) -> Any:
    import jax
    from flax import nnx

    return nnx.gelu(jax.numpy.asarray(x))


CONVERTERS = (
    Converter(
        of=jax_gelu,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.nn.functional.gelu(torch.tensor(x), approximate="tanh")
""",
    ),
    Converter(
        of=torch_gelu,
        to="jax",
        exactness="exact",
        code="""\
import jax

value = jax.nn.gelu(jax.numpy.asarray(x), approximate=False)
""",
    ),
)
