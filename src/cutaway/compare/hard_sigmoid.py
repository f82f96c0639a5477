"""Which straight lines make a hard sigmoid?

Answer: relu6(x + 3) / 6 in PyTorch, JAX, flax and Keras 3. Keras 2 had 0.2 x + 0.5, cut at 0 and 1: weights that were
trained with it do not mean the same in Keras 3.

Source: Courbariaux, Bengio and David (2015), BinaryConnect, for the slope 0.2; Howard et al. (2019), MobileNetV3, for
one sixth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Hard sigmoid"


def given() -> dict[str, np.ndarray]:
    """Three inputs."""
    return {"x": np.array([-2.7, 0.5, 2.7])}


@formula("min(max(x + 3, 0), 6) / 6")
def sixth(x: np.ndarray) -> np.ndarray:
    return np.clip(x / 6 + 0.5, 0, 1)


@formula("min(max(0.2 x + 0.5, 0), 1)")
def fifth(x: np.ndarray) -> np.ndarray:
    return np.clip(0.2 * x + 0.5, 0, 1)


@variant("pytorch", call="F.hardsigmoid(x)", follows=sixth)
def torch_hard(x: np.ndarray) -> Any:
    import torch

    return torch.nn.functional.hardsigmoid(torch.tensor(x))


@variant("jax", call="jax.nn.hard_sigmoid(x)", follows=sixth)
def jax_hard(x: np.ndarray) -> Any:
    import jax

    return jax.nn.hard_sigmoid(jax.numpy.asarray(x))


@variant("keras", call="keras.activations.hard_sigmoid(x)", follows=sixth)
def keras_hard(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.activations.hard_sigmoid(keras.ops.convert_to_tensor(x)))


@variant("flax", call="flax.nnx.hard_sigmoid(x)", follows=sixth)
def flax_hard(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.hard_sigmoid(jnp.asarray(x))


@variant("keras", call="keras.activations.hard_sigmoid(x) in Keras 2", follows=fifth, run=False)
def keras_two(x: np.ndarray) -> Any:
    """Keras 2 and 3 do not share an environment."""


CONVERTERS = (
    Converter(
        of=torch_hard,
        to="keras",
        exactness="exact",
        code="""\
import keras

value = keras.ops.convert_to_numpy(keras.activations.hard_sigmoid(keras.ops.convert_to_tensor(x)))
""",
    ),
    Converter(
        of=torch_hard,
        to="jax",
        exactness="exact",
        code="""\
import jax

value = jax.nn.hard_sigmoid(jax.numpy.asarray(x))
""",
    ),
)
