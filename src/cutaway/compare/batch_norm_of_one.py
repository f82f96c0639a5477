"""What does batch normalisation make of a batch of one row in training?

Answer: PyTorch refuses (ValueError), as long as there is one value per channel; Keras and flax return zeros whatever
the row was (the shift alone) and still pull the running variance towards 0. A last batch of one row so ends a training
in PyTorch, and damages it unseen in Keras and flax. An image of more than one pixel passes everywhere.

Source: `torch.nn.functional.batch_norm`'s check of the size, and the values of the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Batch normalisation of a batch of one"
TOLERANCE = 1e-5  # float32 in flax


def given() -> dict[str, np.ndarray]:
    """One row of two features, and one image of 2 × 2 pixels and one channel; looked at: the largest |output|."""
    return {"x": np.array([[3.0, -5.0]]), "image": np.array([[[1.0], [2.0]], [[4.0], [9.0]]])[None]}


@formula("0, whatever the row")
def nothing(x: np.ndarray) -> float:
    return 0.0


@formula("running variance 0.99 · 1 + 0.01 · 0")
def shrunk(x: np.ndarray) -> float:
    return 0.99


@formula("ValueError")
def refused(x: np.ndarray) -> str:
    return "ValueError"


@formula("(x − x̄) / √(σ² + 1e-5) over the pixels")
def over_pixels(image: np.ndarray) -> float:
    return float(np.abs((image - image.mean()) / np.sqrt(image.var() + 1e-5)).max())


def _torch(layer: str, features: int, x: Any) -> Any:
    import torch

    try:
        return getattr(torch.nn, layer)(features, dtype=torch.float64)(x).detach().abs().max()
    except ValueError:
        return "ValueError"


@variant("pytorch", call="torch.nn.BatchNorm1d(2)(row)", follows=refused)
def torch_layer(x: np.ndarray) -> Any:
    import torch

    return _torch("BatchNorm1d", 2, torch.tensor(x))


@variant("pytorch", call="torch.nn.BatchNorm2d(1)(image of 1 × 1 pixel)", follows=refused)
def torch_pixel(image: np.ndarray) -> Any:
    import torch

    return _torch("BatchNorm2d", 1, torch.tensor(image)[:, :1, :1, :])


@variant("pytorch", call="torch.nn.BatchNorm2d(1)(image)", follows=over_pixels)
def torch_image(image: np.ndarray) -> Any:
    import torch

    return _torch("BatchNorm2d", 1, torch.tensor(image).permute(0, 3, 1, 2))


def _keras(x: np.ndarray, *, epsilon: float = 1e-3) -> tuple[float, float]:
    """The largest |output| and the running variance after it."""
    import keras

    layer = keras.layers.BatchNormalization(epsilon=epsilon, dtype="float64")
    rows = keras.ops.convert_to_numpy(layer(x, training=True))
    return float(np.abs(rows).max()), float(keras.ops.convert_to_numpy(layer.moving_variance)[0])


@variant("keras", call="BatchNormalization()(row, training=True)", follows=nothing)
def keras_layer(x: np.ndarray) -> Any:
    return _keras(x)[0]


@variant("keras on torch", call="BatchNormalization()(row, training=True)", follows=nothing)
def keras_on_torch(x: np.ndarray) -> Any:
    return _keras(x)[0]


@variant("keras", call="BatchNormalization(epsilon=1e-5)(image, training=True)", follows=over_pixels)
def keras_image(image: np.ndarray) -> Any:
    return _keras(image, epsilon=1e-5)[0]


@variant("keras", call="layer(row, training=True); layer.moving_variance", follows=shrunk)
def keras_variance(x: np.ndarray) -> Any:
    return _keras(x)[1]


def _flax(x: np.ndarray) -> tuple[float, float]:
    from flax import nnx
    from jax import numpy as jnp

    layer = nnx.BatchNorm(2, rngs=nnx.Rngs(0))
    rows = layer(jnp.asarray(x, jnp.float32))
    return float(jnp.abs(rows).max()), float(layer.var[...][0])


@variant("flax", call="nnx.BatchNorm(2, rngs=rngs)(row)", follows=nothing)
def flax_layer(x: np.ndarray) -> Any:
    return _flax(x)[0]


@variant("flax", call="layer(row); layer.var", follows=shrunk)
def flax_variance(x: np.ndarray) -> Any:
    return _flax(x)[1]


CONVERTERS = (
    Converter(
        of=keras_variance,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.BatchNorm1d(2, momentum=1 - 0.99, eps=1e-3, dtype=torch.float64)
rows = torch.tensor(x)
if len(rows) > 1:
    out = layer(rows)
else:  # the shift alone; the variance of one row is 0
    out = layer.bias.expand_as(rows)
    layer.running_mean.lerp_(rows[0], layer.momentum)
    layer.running_var.mul_(1 - layer.momentum)
value = layer.running_var[0]
""",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="exact",
        code="""\
import keras


class Refusing(keras.layers.BatchNormalization):
    def call(self, inputs, training=None, mask=None):
        if training and len(inputs) == 1 and inputs.ndim == 2:
            raise ValueError("a batch of one row has no variance")
        return super().call(inputs, training=training, mask=mask)


try:
    value = Refusing()(x, training=True)
except ValueError as error:
    value = "ValueError"
""",
        reason="Better: drop the last batch where it has one row.",
    ),
)
