"""Where does a strided convolution with "same" padding put its zeros?

Answer: TensorFlow, JAX, flax and Keras (on every backend) put the odd zero after the image; PyTorch's padding=1 puts
one on each side. The outputs have the same size and belong to places one pixel apart, so weights moved over see a
shifted image.

Source: Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning; each framework's output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = 'Strided convolution with "same" padding'
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """An image of 6 × 6 and a kernel of 3 × 3, for a stride of 2."""
    rng = np.random.default_rng(3)
    return {"x": rng.integers(1, 9, (6, 6)).astype(float), "kernel": rng.integers(-4, 5, (3, 3)).astype(float)}


def _convolved(x: np.ndarray, kernel: np.ndarray, before: int, after: int) -> np.ndarray:
    """Every second sum of the padded image under the kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, (before, after)), kernel.shape)
    return np.asarray((windows[::2, ::2] * kernel).sum((2, 3)))


@formula("one row and column of zeros after")
def after(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _convolved(x, kernel, 0, 1)


@formula("a row and column of zeros on each side")
def around(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _convolved(x, kernel, 1, 1)


@variant("pytorch", call="torch.nn.Conv2d(1, 1, 3, stride=2, padding=1)", follows=around)
def torch_one(x: np.ndarray, kernel: np.ndarray) -> Any:
    import torch

    image, weight = torch.tensor(x)[None, None], torch.tensor(kernel)[None, None]
    return torch.nn.functional.conv2d(image, weight, stride=2, padding=1)[0, 0]


def _keras(x: np.ndarray, kernel: np.ndarray) -> Any:
    import keras

    layer = keras.layers.Conv2D(1, 3, strides=2, padding="same", use_bias=False)
    layer.build((1, *x.shape, 1))
    layer.set_weights([kernel[:, :, None, None]])
    return keras.ops.convert_to_numpy(layer(x[None, :, :, None].astype(np.float32)))[0, :, :, 0]


@variant("keras", call='Conv2D(1, 3, strides=2, padding="same")', follows=after)
def keras_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel)


@variant("keras on torch", call='Conv2D(1, 3, strides=2, padding="same")', follows=after)
def keras_torch_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel)


@variant("keras on jax", call='Conv2D(1, 3, strides=2, padding="same")', follows=after)
def keras_jax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel)


@variant("tensorflow", call='tf.nn.conv2d(x, kernel, strides=2, padding="SAME")', follows=after)
def tensorflow_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.conv2d(tf.constant(x[None, :, :, None]), tf.constant(kernel[:, :, None, None]), 2, "SAME")[0, :, :, 0]


@variant("jax", call='jax.lax.conv(x, kernel, (2, 2), "SAME")', follows=after)
def jax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    import jax
    from jax import numpy as jnp

    return jax.lax.conv(jnp.asarray(x)[None, None], jnp.asarray(kernel)[None, None], (2, 2), "SAME")[0, 0]


@variant("flax", call="flax.nnx.Conv(1, 1, (3, 3), strides=2)", follows=after)
def flax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    def start(key: Any, shape: Any, dtype: Any) -> Any:
        return jnp.asarray(kernel[:, :, None, None], dtype)

    layer = nnx.Conv(1, 1, (3, 3), strides=2, use_bias=False, kernel_init=start, rngs=nnx.Rngs(0))
    return layer(jnp.asarray(x[None, :, :, None], jnp.float32))[0, :, :, 0]


CONVERTERS = (
    Converter(
        of=keras_same,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

image = F.pad(torch.tensor(x)[None, None], (0, 1, 0, 1))  # left, right, top, bottom
value = F.conv2d(image, torch.tensor(kernel)[None, None], stride=2)[0, 0]
""",
    ),
    Converter(
        of=torch_one,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.Conv2D(1, 3, strides=2, padding="valid", use_bias=False)
layer.build((1, 8, 8, 1))
layer.set_weights([kernel[:, :, None, None]])
image = keras.layers.ZeroPadding2D(1)(x[None, :, :, None].astype(np.float32))
value = keras.ops.convert_to_numpy(layer(image))[0, :, :, 0]
""",
    ),
    Converter(
        of=torch_one,
        to="flax",
        exactness="exact",
        code="""\
from flax import nnx
from jax import numpy as jnp

start = lambda key, shape, dtype: jnp.asarray(kernel[:, :, None, None], dtype)
layer = nnx.Conv(1, 1, (3, 3), strides=2, padding=1, use_bias=False, kernel_init=start, rngs=nnx.Rngs(0))
value = layer(jnp.asarray(x[None, :, :, None], jnp.float32))[0, :, :, 0]
""",
    ),
)
