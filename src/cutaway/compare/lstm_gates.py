"""In which order do an LSTM's weights hold its gates?

Answer: Keras, PyTorch and flax's optimised cell all hold input, forget, cell, output; what differs is that PyTorch
stores each matrix transposed and has two biases that are added up. TensorFlow's old block cell holds input, cell,
forget, output and adds 1 to the forget gate, so its weights load elsewhere without an error and give other states.

Source: Hochreiter and Schmidhuber (1997) and Gers et al. (2000) for the equations; the order of the blocks found by
handing the same arrays to each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The gates of an LSTM"


def given() -> dict[str, np.ndarray]:
    """One sequence (1, 3, 2), and weights of an LSTM of two units as four blocks of columns: kernel (2, 8), recurrent
    (2, 8), bias (8).
    """
    rng = np.random.default_rng(17)
    return {
        "x": rng.normal(size=(1, 3, 2)).round(2),
        "kernel": rng.normal(size=(2, 8)).round(2),
        "recurrent": rng.normal(size=(2, 8)).round(2),
        "bias": rng.normal(size=8).round(2),
    }


def _lstm(
    x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, order: str, forget: float = 0.0
) -> np.ndarray:
    """Final state; `order` names the blocks (i input, f forget, c cell, o output), `forget` is added to that gate."""
    h = c = np.zeros(2)
    for step in x[0]:
        blocks = dict(zip(order, np.split(step @ kernel + h @ recurrent + bias, 4), strict=True))
        i, f, o = (1 / (1 + np.exp(-z)) for z in (blocks["i"], blocks["f"] + forget, blocks["o"]))
        c = f * c + i * np.tanh(blocks["c"])
        h = o * np.tanh(c)
    return h


@formula("blocks: input, forget, cell, output")
def ifco(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _lstm(x, kernel, recurrent, bias, "ifco")


@formula("blocks: input, cell, forget, output; forget gate + 1")
def icfo(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _lstm(x, kernel, recurrent, bias, "icfo", forget=1.0)


@formula("the bias counted twice")
def doubled(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _lstm(x, kernel, recurrent, 2 * bias, "ifco")


def _keras(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    import keras

    layer = keras.layers.LSTM(2, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([kernel, recurrent, bias])
    return keras.ops.convert_to_numpy(layer(x)).ravel()


@variant("keras", call="keras.layers.LSTM(2).set_weights([kernel, recurrent, bias])", follows=ifco)
def keras_layer(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _keras(x, kernel, recurrent, bias)


@variant("keras on torch", call="keras.layers.LSTM(2).set_weights([kernel, recurrent, bias])", follows=ifco)
def keras_on_torch(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _keras(x, kernel, recurrent, bias)


def _torch(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, first: np.ndarray, second: np.ndarray) -> Any:
    import torch

    layer = torch.nn.LSTM(2, 2, batch_first=True, dtype=torch.float64)
    layer.load_state_dict(
        {
            "weight_ih_l0": torch.tensor(kernel.T),
            "weight_hh_l0": torch.tensor(recurrent.T),
            "bias_ih_l0": torch.tensor(first),
            "bias_hh_l0": torch.tensor(second),
        }
    )
    return layer(torch.tensor(x))[1][0].detach().ravel()


@variant("pytorch", call="torch.nn.LSTM(2, 2): weights transposed, bias_ih = b, bias_hh = 0", follows=ifco)
def torch_layer(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _torch(x, kernel, recurrent, bias, 0 * bias)


@variant("pytorch", call="torch.nn.LSTM(2, 2): weights transposed, bias_ih = bias_hh = b", follows=doubled)
def torch_both(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _torch(x, kernel, recurrent, bias, bias)


@variant("flax", call="nnx.OptimizedLSTMCell: dense_i.kernel, dense_h.kernel, dense_h.bias", follows=ifco)
def flax_cell(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    import jax
    from flax import nnx
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    cell = nnx.OptimizedLSTMCell(2, 2, dtype=jnp.float64, param_dtype=jnp.float64, rngs=nnx.Rngs(0))
    cell.dense_i.kernel[...] = jnp.asarray(kernel)
    cell.dense_h.kernel[...] = jnp.asarray(recurrent)
    cell.dense_h.bias[...] = jnp.asarray(bias)
    carry = (jnp.zeros((1, 2)), jnp.zeros((1, 2)))
    for step in jnp.asarray(x).transpose(1, 0, 2):
        carry, out = cell(carry, step)
    return np.ravel(out)


@variant("tensorflow", call="tf.raw_ops.LSTMBlockCell(w=[kernel; recurrent], b=bias)", follows=icfo)
def tensorflow_cell(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    import tensorflow as tf

    weights = tf.constant(np.vstack([kernel, recurrent]), tf.float32)
    c, h, none = tf.zeros((1, 2)), tf.zeros((1, 2)), tf.zeros(2)
    for step in x.astype(np.float32).transpose(1, 0, 2):
        cell = tf.raw_ops.LSTMBlockCell(
            x=step, cs_prev=c, h_prev=h, w=weights, wci=none, wcf=none, wco=none, b=bias.astype(np.float32)
        )
        c, h = cell.cs, cell.h
    return np.ravel(h)


TOLERANCE = 1e-5  # TensorFlow's block cell has float32 only

CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.LSTM(2, 2, batch_first=True, dtype=torch.float64)
layer.load_state_dict({
    "weight_ih_l0": torch.tensor(kernel.T),
    "weight_hh_l0": torch.tensor(recurrent.T),
    "bias_ih_l0": torch.tensor(bias),
    "bias_hh_l0": torch.zeros(8),
})
out, (h, c) = layer(torch.tensor(x))
value = h.detach().ravel()
""",
    ),
    Converter(
        of=torch_both,
        to="keras",
        exactness="exact",
        code="""\
import keras

layer = keras.layers.LSTM(2, dtype="float64")
layer.build(x.shape)
bias_ih = bias_hh = bias
layer.set_weights([kernel, recurrent, bias_ih + bias_hh])  # PyTorch's matrices, each transposed
value = keras.ops.convert_to_numpy(layer(x)).ravel()
""",
    ),
    Converter(
        of=keras_layer,
        to="flax",
        exactness="exact",
        code="""\
import jax
import numpy as np
from flax import nnx
from jax import numpy as jnp

jax.config.update("jax_enable_x64", True)
cell = nnx.LSTMCell(2, 2, dtype=jnp.float64, param_dtype=jnp.float64, rngs=nnx.Rngs(0))  # a layer a gate
for gate, w, u, b in zip("ifgo", np.split(kernel, 4, 1), np.split(recurrent, 4, 1), np.split(bias, 4)):
    getattr(cell, {"f": "if_"}.get(gate, "i" + gate)).kernel[...] = jnp.asarray(w)
    getattr(cell, "h" + gate).kernel[...] = jnp.asarray(u)
    getattr(cell, "h" + gate).bias[...] = jnp.asarray(b)
carry = (jnp.zeros((1, 2)), jnp.zeros((1, 2)))
for step in jnp.asarray(x).transpose(1, 0, 2):
    carry, out = cell(carry, step)
value = np.ravel(out)
""",
    ),
    Converter(
        of=tensorflow_cell,
        to="keras",
        exactness="near",
        error=1e-5,
        code="""\
import keras
import numpy as np


def moved(blocks):
    i, c, f, o = np.split(blocks, 4, -1)
    return np.concatenate([i, f, c, o], -1)


layer = keras.layers.LSTM(2, dtype="float64")
layer.build(x.shape)
layer.set_weights([moved(kernel), moved(recurrent), moved(bias + np.repeat([0, 0, 1, 0], 2))])
value = keras.ops.convert_to_numpy(layer(x)).ravel()
""",
        reason="TensorFlow's block cell computes in float32.",
    ),
)
