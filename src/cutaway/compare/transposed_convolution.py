"""How large is the output of a transposed convolution, and which end of it is cut?

Answer: Keras and TensorFlow cut the last element with "same", PyTorch's padding=1 one at each end unless output_padding
gives the last back. JAX and flax do not turn the kernel over unless transpose_kernel=True, so that they are no
transpose of a convolution by default.

Source: Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning, chapter 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Transposed convolution"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """A signal of three numbers and a kernel of three, for a stride of 2."""
    return {"x": np.array([1.0, 2.0, 3.0]), "kernel": np.array([1.0, 10.0, 100.0])}


def _scattered(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each number times the kernel, added in at every second place: seven numbers."""
    out = np.zeros(2 * (len(x) - 1) + len(kernel))
    for i, value in enumerate(x):
        out[2 * i : 2 * i + len(kernel)] += value * kernel
    return out


@formula("Σ xᵢ w, i two places apart")
def whole(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _scattered(x, kernel)


@formula("Σ xᵢ w without the last")
def without_last(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _scattered(x, kernel)[:-1]


@formula("Σ xᵢ w without the first")
def without_first(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _scattered(x, kernel)[1:]


@formula("Σ xᵢ w without the first and the last")
def without_ends(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _scattered(x, kernel)[1:-1]


@formula("Σ xᵢ (w turned over) without the last")
def turned(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return _scattered(x, kernel[::-1])[:-1]


def _torch(x: np.ndarray, kernel: np.ndarray, **settings: int) -> Any:
    import torch

    signal, weight = torch.tensor(x)[None, None], torch.tensor(kernel)[None, None]
    return torch.nn.functional.conv_transpose1d(signal, weight, stride=2, **settings)[0, 0]


@variant("pytorch", call="torch.nn.ConvTranspose1d(1, 1, 3, stride=2)", follows=whole)
def torch_plain(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _torch(x, kernel)


@variant("pytorch", call="torch.nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)", follows=without_ends)
def torch_padding(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _torch(x, kernel, padding=1)


@variant("pytorch", call="ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1)", follows=without_first)
def torch_output_padding(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _torch(x, kernel, padding=1, output_padding=1)


def _keras(x: np.ndarray, kernel: np.ndarray, padding: str) -> Any:
    import keras

    layer = keras.layers.Conv1DTranspose(1, 3, strides=2, padding=padding, use_bias=False)
    layer.build((1, len(x), 1))
    layer.set_weights([kernel[:, None, None]])
    return keras.ops.convert_to_numpy(layer(x[None, :, None].astype(np.float32)))[0, :, 0]


@variant("keras", call="Conv1DTranspose(1, 3, strides=2)", follows=whole)
def keras_valid(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel, "valid")


@variant("keras", call='Conv1DTranspose(1, 3, strides=2, padding="same")', follows=without_last)
def keras_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel, "same")


@variant("keras on torch", call='Conv1DTranspose(1, 3, strides=2, padding="same")', follows=without_last)
def keras_torch_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel, "same")


@variant("keras on jax", call='Conv1DTranspose(1, 3, strides=2, padding="same")', follows=without_last)
def keras_jax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _keras(x, kernel, "same")


@variant(
    "tensorflow", call='tf.nn.conv1d_transpose(x, kernel, [1, 6, 1], strides=2, padding="SAME")', follows=without_last
)
def tensorflow_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    import tensorflow as tf

    signal, weight = tf.constant(x[None, :, None]), tf.constant(kernel[:, None, None])
    return tf.nn.conv1d_transpose(signal, weight, [1, 6, 1], strides=2, padding="SAME")[0, :, 0]


def _jax(x: np.ndarray, kernel: np.ndarray, *, turn: bool) -> Any:
    import jax
    from jax import numpy as jnp

    signal, weight = jnp.asarray(x)[None, :, None], jnp.asarray(kernel)[:, None, None]
    layout = ("NHC", "HIO", "NHC")
    return jax.lax.conv_transpose(signal, weight, (2,), "SAME", dimension_numbers=layout, transpose_kernel=turn)[
        0, :, 0
    ]


@variant("jax", call='jax.lax.conv_transpose(x, kernel, (2,), "SAME")', follows=turned)
def jax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _jax(x, kernel, turn=False)


@variant("jax", call='jax.lax.conv_transpose(x, kernel, (2,), "SAME", transpose_kernel=True)', follows=without_last)
def jax_turned(x: np.ndarray, kernel: np.ndarray) -> Any:
    return _jax(x, kernel, turn=True)


@variant("flax", call="flax.nnx.ConvTranspose(1, 1, 3, strides=2)", follows=turned)
def flax_same(x: np.ndarray, kernel: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    def start(key: Any, shape: Any, dtype: Any) -> Any:
        return jnp.asarray(kernel[:, None, None], dtype)

    layer = nnx.ConvTranspose(1, 1, 3, strides=2, use_bias=False, kernel_init=start, rngs=nnx.Rngs(0))
    return layer(jnp.asarray(x[None, :, None], jnp.float32))[0, :, 0]


CONVERTERS = (
    Converter(
        of=keras_same,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

whole = F.conv_transpose1d(torch.tensor(x)[None, None], torch.tensor(kernel)[None, None], stride=2)
value = whole[0, 0, : 2 * len(x)]  # cut at the end alone
""",
    ),
    Converter(
        of=torch_output_padding,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.Conv1DTranspose(1, 3, strides=2, padding="valid", use_bias=False)
layer.build((1, len(x), 1))
layer.set_weights([kernel[:, None, None]])
whole = layer(x[None, :, None].astype(np.float32))
value = keras.ops.convert_to_numpy(keras.layers.Cropping1D((1, 0))(whole))[0, :, 0]
""",
    ),
    Converter(
        of=keras_same,
        to="flax",
        exactness="exact",
        code="""\
from flax import nnx
from jax import numpy as jnp

start = lambda key, shape, dtype: jnp.asarray(kernel[::-1, None, None], dtype)  # turned over along its length
layer = nnx.ConvTranspose(1, 1, 3, strides=2, use_bias=False, kernel_init=start, rngs=nnx.Rngs(0))
value = layer(jnp.asarray(x[None, :, None], jnp.float32))[0, :, 0]
""",
    ),
)
