"""What does layer normalisation add to the variance?

Answer: 1e-3 in Keras, 1e-5 in PyTorch, 1e-6 in flax. Where activations are small (here a spread of 0.01) Keras' output
has a third of the spread it should have; weights moved between frameworks need the epsilon moved, too.

Source: Ba, Kiros and Hinton (2016), Layer normalization, equation 3; each default, held against its value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Layer normalisation's epsilon"
TOLERANCE = 2e-4  # float32


def given() -> dict[str, np.ndarray]:
    """One row of four small activations."""
    return {"x": np.array([[0.01, -0.01, 0.02, 0.0]])}


def _normalised(x: np.ndarray, epsilon: float) -> np.ndarray:
    return np.asarray((x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + epsilon))


@formula("(x − x̄) / √(σ² + 1e-3)")
def thousandth(x: np.ndarray) -> np.ndarray:
    return _normalised(x, 1e-3)


@formula("(x − x̄) / √(σ² + 1e-5)")
def hundred_thousandth(x: np.ndarray) -> np.ndarray:
    return _normalised(x, 1e-5)


@formula("(x − x̄) / √(σ² + 1e-6)")
def millionth(x: np.ndarray) -> np.ndarray:
    return _normalised(x, 1e-6)


@variant("keras", call="keras.layers.LayerNormalization()", follows=thousandth)
def keras_layer(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.layers.LayerNormalization()(x.astype(np.float32)))


@variant("pytorch", call="torch.nn.LayerNorm(4)", follows=hundred_thousandth)
def torch_layer(x: np.ndarray) -> Any:
    import torch

    return torch.nn.LayerNorm(4, dtype=torch.float64)(torch.tensor(x)).detach()


@variant("flax", call="flax.nnx.LayerNorm(4)", follows=millionth)
def flax_layer(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.LayerNorm(4, rngs=nnx.Rngs(0))(jnp.asarray(x, jnp.float32))


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="near",
        error=1e-5,
        code="""\
import torch

value = torch.nn.LayerNorm(4, eps=1e-3, dtype=torch.float64)(torch.tensor(x)).detach()
""",
        reason="Keras computes in float32.",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="near",
        error=1e-5,
        code="""\
import keras
import numpy as np

layer = keras.layers.LayerNormalization(epsilon=1e-5)
value = keras.ops.convert_to_numpy(layer(x.astype(np.float32)))
""",
        reason="Keras computes in float32.",
    ),
)
