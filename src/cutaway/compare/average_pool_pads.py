"""Does average pooling count the zeros that it padded?

Answer: PyTorch and flax do, unless told otherwise, which darkens the border of an image to four ninths at a corner;
Keras and TensorFlow divide by the pixels that were there.

Source: the documentation of `torch.nn.AvgPool2d` (count_include_pad) and `flax.nnx.avg_pool`; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Average pooling's pads"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """An image of 3 × 3, for windows of 3 × 3 that move by one."""
    return {"x": np.arange(1.0, 10.0).reshape(3, 3)}


def _sums(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), (3, 3)).sum((2, 3)))


@formula("Σ x / 9")
def over_windows(x: np.ndarray) -> np.ndarray:
    return _sums(x) / 9


@formula("Σ x / pixels in the image")
def over_pixels(x: np.ndarray) -> np.ndarray:
    return np.asarray(_sums(x) / _sums(np.ones_like(x)))


@variant("pytorch", call="torch.nn.AvgPool2d(3, stride=1, padding=1)", follows=over_windows)
def torch_counted(x: np.ndarray) -> Any:
    import torch

    return torch.nn.AvgPool2d(3, stride=1, padding=1)(torch.tensor(x)[None])[0]


@variant("pytorch", call="torch.nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)", follows=over_pixels)
def torch_not_counted(x: np.ndarray) -> Any:
    import torch

    return torch.nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)(torch.tensor(x)[None])[0]


def _keras(x: np.ndarray) -> Any:
    import keras

    layer = keras.layers.AveragePooling2D(3, strides=1, padding="same")
    return keras.ops.convert_to_numpy(layer(x[None, :, :, None].astype(np.float32)))[0, :, :, 0]


@variant("keras", call='AveragePooling2D(3, strides=1, padding="same")', follows=over_pixels)
def keras_same(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on torch", call='AveragePooling2D(3, strides=1, padding="same")', follows=over_pixels)
def keras_torch_same(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on jax", call='AveragePooling2D(3, strides=1, padding="same")', follows=over_pixels)
def keras_jax_same(x: np.ndarray) -> Any:
    return _keras(x)


@variant("tensorflow", call='tf.nn.avg_pool2d(x, 3, 1, "SAME")', follows=over_pixels)
def tensorflow_same(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.avg_pool2d(tf.constant(x[None, :, :, None]), 3, 1, "SAME")[0, :, :, 0]


def _flax(x: np.ndarray, **settings: bool) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.avg_pool(jnp.asarray(x)[None, :, :, None], (3, 3), padding="SAME", **settings)[0, :, :, 0]


@variant("flax", call='flax.nnx.avg_pool(x, (3, 3), padding="SAME")', follows=over_windows)
def flax_counted(x: np.ndarray) -> Any:
    return _flax(x)


@variant("flax", call='flax.nnx.avg_pool(x, (3, 3), padding="SAME", count_include_pad=False)', follows=over_pixels)
def flax_not_counted(x: np.ndarray) -> Any:
    return _flax(x, count_include_pad=False)


CONVERTERS = (
    Converter(
        of=keras_same,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)(torch.tensor(x)[None])[0]
""",
    ),
    Converter(
        of=torch_counted,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

image = keras.layers.ZeroPadding2D(1)(x[None, :, :, None].astype(np.float32))  # zeros of its own are pixels
value = keras.ops.convert_to_numpy(keras.layers.AveragePooling2D(3, strides=1)(image))[0, :, :, 0]
""",
    ),
)
