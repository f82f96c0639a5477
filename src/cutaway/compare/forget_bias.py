"""Does an LSTM start out remembering?

Answer: in Keras it does: the forget gate's bias starts at 1, so 73% of the cell is kept a step. In PyTorch its two
biases are drawn around 0 and in flax it is 0, so half is kept, and after ten steps a thousandth. TensorFlow's old
LSTM cell stored 0 and added 1 in every step: its checkpoints need 1 added, Keras' do not.

Source: Gers, Schmidhuber and Cummins (2000), Learning to forget; Jozefowicz et al. (2015), section 4.1 (a bias of 1);
each default, held against its values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The forget gate's first bias"
TOLERANCE = 0.05  # PyTorch's biases: one draw of 1,600


def given() -> dict[str, int]:
    """An LSTM of 400 units and one input; looked at: what its forget gate (as σ of its bias) keeps on the mean, and
    the standard deviation of all gates' biases but that one's.
    """
    return {"units": 400}


@formula("b = 1 for the forget gate, 0 for the others")
def one(units: int) -> np.ndarray:
    return np.array([1 / (1 + np.exp(-1.0)), 0.0])


@formula("b = b₁ + b₂, both ~ U(±1 / √units)")
def two_uniform(units: int) -> np.ndarray:
    return np.array([0.5, np.sqrt(2 / 3 / units)])


@formula("b = 0 for all gates")
def zero(units: int) -> np.ndarray:
    return np.array([0.5, 0.0])


def _seen(bias: Any, units: int) -> list[float]:
    """Read off biases in the order input, forget, cell, output."""
    b = np.asarray(bias, float)
    forget = slice(units, 2 * units)
    return [float((1 / (1 + np.exp(-b[forget]))).mean()), float(np.delete(b, forget).std())]


def _keras(units: int, **options: Any) -> Any:
    import keras

    layer = keras.layers.LSTM(units, recurrent_initializer="zeros", **options)
    layer.build((None, None, 1))
    return _seen(layer.get_weights()[2], units)


@variant("keras", call="keras.layers.LSTM(400)", follows=one)
def keras_layer(units: int) -> Any:
    return _keras(units)


@variant("keras on jax", call="keras.layers.LSTM(400)", follows=one)
def keras_on_jax(units: int) -> Any:
    return _keras(units)


@variant("keras", call="keras.layers.LSTM(400, unit_forget_bias=False)", follows=zero)
def keras_without(units: int) -> Any:
    return _keras(units, unit_forget_bias=False)


@variant("pytorch", call="torch.nn.LSTM(1, 400)", follows=two_uniform)
def torch_layer(units: int) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = torch.nn.LSTM(1, units)
    return _seen((layer.bias_ih_l0 + layer.bias_hh_l0).detach(), units)


@variant("flax", call="nnx.OptimizedLSTMCell(1, 400, rngs=rngs)", follows=zero)
def flax_cell(units: int) -> Any:
    from flax import nnx

    zeros = nnx.initializers.zeros_init()
    cell = nnx.OptimizedLSTMCell(1, units, recurrent_kernel_init=zeros, rngs=nnx.Rngs(0))
    return _seen(cell.dense_h.bias[...], units)


@variant("tensorflow", call="tf.raw_ops.LSTMBlockCell(…, b=0)", follows=one)
def tensorflow_cell(units: int) -> Any:
    import tensorflow as tf

    state, none = tf.zeros((1, units)), tf.zeros(units)
    w, b = tf.zeros((1 + units, 4 * units)), tf.zeros(4 * units)
    cell = tf.raw_ops.LSTMBlockCell(
        x=tf.zeros((1, 1)), cs_prev=state, h_prev=state, w=w, wci=none, wcf=none, wco=none, b=b
    )
    return [np.asarray(cell.f).mean(), np.asarray(b).std()]


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.LSTM(1, units, dtype=torch.float64).requires_grad_(False)
layer.bias_ih_l0.zero_()
layer.bias_hh_l0.zero_()
layer.bias_ih_l0[units : 2 * units] = 1  # input, forget, cell, output
bias = layer.bias_ih_l0 + layer.bias_hh_l0
value = [bias[units : 2 * units].sigmoid().mean(), bias[2 * units :].std()]
""",
    ),
    Converter(
        of=keras_layer,
        to="flax",
        exactness="near",
        error=1e-6,
        code="""\
import jax
from flax import nnx


def forgetting(key, shape, dtype=float, out_sharding=None):
    return jax.numpy.zeros(shape, dtype).at[units : 2 * units].set(1)


cell = nnx.OptimizedLSTMCell(1, units, bias_init=forgetting, rngs=nnx.Rngs(0))
bias = cell.dense_h.bias[...]
value = [jax.nn.sigmoid(bias[units : 2 * units]).mean(), bias[2 * units :].std()]
""",
        reason="flax computes in float32.",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="near",
        error=0.05,
        code="""\
import keras
import numpy as np

bound = units**-0.5
two = [keras.initializers.RandomUniform(-bound, bound, seed=seed)((4 * units,)) for seed in (0, 1)]
layer = keras.layers.LSTM(units)
layer.build((None, None, 1))
kernel, recurrent, _ = layer.get_weights()
layer.set_weights([kernel, recurrent, np.asarray(two[0] + two[1])])  # Keras has one bias: the sum of PyTorch's two
bias = layer.get_weights()[2]
value = [(1 / (1 + np.exp(-bias[units : 2 * units]))).mean(), np.delete(bias, slice(units, 2 * units)).std()]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
)
