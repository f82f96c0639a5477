"""How many windows has max pooling when they do not fill the signal, and how far do they move by default?

Answer: PyTorch and Keras drop what does not fill a window; ceil_mode keeps it, padding=1 and "same" move the windows,
too. flax moves by one where PyTorch and Keras move by the window's size. None lets a pad win with a value of 0.

Source: the documentation of `torch.nn.MaxPool1d`, `keras.layers.MaxPooling1D` and `flax.nnx.max_pool`; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Max pooling's last window"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """Seven negative numbers, for windows of 3."""
    return {"x": np.array([-7.0, -5.0, -3.0, -4.0, -6.0, -2.0, -8.0])}


def _largest(x: np.ndarray, starts: range) -> np.ndarray:
    return np.array([x[max(i, 0) : i + 3].max() for i in starts])


@formula("windows at 0, 3")
def whole_windows(x: np.ndarray) -> np.ndarray:
    return _largest(x, range(0, 5, 3))


@formula("windows at 0, 3, 6, the last cut off")
def started_windows(x: np.ndarray) -> np.ndarray:
    return _largest(x, range(0, 7, 3))


@formula("windows at −1, 2, 5, both ends cut off")
def centred_windows(x: np.ndarray) -> np.ndarray:
    return _largest(x, range(-1, 7, 3))


@formula("windows at 0, 1, 2, 3, 4")
def every_window(x: np.ndarray) -> np.ndarray:
    return _largest(x, range(5))


def _torch(x: np.ndarray, **settings: Any) -> Any:
    import torch

    return torch.nn.MaxPool1d(3, **settings)(torch.tensor(x)[None])[0]


@variant("pytorch", call="torch.nn.MaxPool1d(3)", follows=whole_windows)
def torch_floor(x: np.ndarray) -> Any:
    return _torch(x)


@variant("pytorch", call="torch.nn.MaxPool1d(3, ceil_mode=True)", follows=started_windows)
def torch_ceil(x: np.ndarray) -> Any:
    return _torch(x, ceil_mode=True)


@variant("pytorch", call="torch.nn.MaxPool1d(3, padding=1)", follows=centred_windows)
def torch_padding(x: np.ndarray) -> Any:
    return _torch(x, padding=1)


def _keras(x: np.ndarray, padding: str) -> Any:
    import keras

    layer = keras.layers.MaxPooling1D(3, padding=padding)
    return keras.ops.convert_to_numpy(layer(x[None, :, None].astype(np.float32)))[0, :, 0]


@variant("keras", call="MaxPooling1D(3)", follows=whole_windows)
def keras_valid(x: np.ndarray) -> Any:
    return _keras(x, "valid")


@variant("keras", call='MaxPooling1D(3, padding="same")', follows=centred_windows)
def keras_same(x: np.ndarray) -> Any:
    return _keras(x, "same")


@variant("keras on torch", call='MaxPooling1D(3, padding="same")', follows=centred_windows)
def keras_torch_same(x: np.ndarray) -> Any:
    return _keras(x, "same")


@variant("keras on jax", call='MaxPooling1D(3, padding="same")', follows=centred_windows)
def keras_jax_same(x: np.ndarray) -> Any:
    return _keras(x, "same")


@variant("tensorflow", call='tf.nn.max_pool1d(x, 3, 3, "SAME")', follows=centred_windows)
def tensorflow_same(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.nn.max_pool1d(tf.constant(x[None, :, None]), 3, 3, "SAME")[0, :, 0]


@variant("flax", call="flax.nnx.max_pool(x, (3,))", follows=every_window)
def flax_plain(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.max_pool(jnp.asarray(x)[None, :, None], (3,))[0, :, 0]


@variant("flax", call='flax.nnx.max_pool(x, (3,), strides=(3,), padding="SAME")', follows=centred_windows)
def flax_same(x: np.ndarray) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    return nnx.max_pool(jnp.asarray(x)[None, :, None], (3,), strides=(3,), padding="SAME")[0, :, 0]


CONVERTERS = (
    Converter(
        of=torch_floor,
        to="flax",
        exactness="exact",
        code="""\
from flax import nnx
from jax import numpy as jnp

value = nnx.max_pool(jnp.asarray(x)[None, :, None], (3,), strides=(3,))[0, :, 0]
""",
    ),
    Converter(
        of=torch_ceil,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

padded = np.pad(x, (0, -len(x) % 3), constant_values=-np.inf).astype(np.float32)
value = keras.ops.convert_to_numpy(keras.layers.MaxPooling1D(3)(padded[None, :, None]))[0, :, 0]
""",
    ),
    Converter(
        of=keras_same,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

missing = -len(x) % 3
signal = torch.nn.functional.pad(torch.tensor(x), (missing // 2, missing - missing // 2), value=-torch.inf)
value = torch.nn.MaxPool1d(3)(signal[None])[0]
""",
    ),
)
