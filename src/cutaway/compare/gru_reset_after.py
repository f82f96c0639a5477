"""Is a GRU of Keras the GRU of PyTorch, once its weights are moved?

Answer: yes with Keras' default `reset_after=True`, if the blocks are put in another order (Keras: update, reset,
candidate; PyTorch and flax: reset, update, candidate). With `reset_after=False`, the paper's form and the default
of Keras before TensorFlow 2, no weights of PyTorch or flax give the same states: the reset acts before the matrix.

Source: Cho et al. (2014), equations 5 to 8 (reset before); the documentation of `torch.nn.GRU` (reset after) and of
`keras.layers.GRU`; held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The gates of a GRU, and where it resets"


def given() -> dict[str, np.ndarray]:
    """One sequence (1, 3, 2), and weights of a GRU of two units as three blocks of columns: kernel (2, 6), recurrent
    (2, 6), and two biases (2, 6), of the input and of the state.
    """
    rng = np.random.default_rng(23)
    return {
        "x": rng.normal(size=(1, 3, 2)).round(2),
        "kernel": rng.normal(size=(2, 6)).round(2),
        "recurrent": rng.normal(size=(2, 6)).round(2),
        "biases": rng.normal(size=(2, 6)).round(2),
    }


def _gru(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray, order: str) -> np.ndarray:
    """Final state with the reset after the matrix; `order` names the blocks (z update, r reset, n candidate)."""
    h = np.zeros(2)
    for step in x[0]:
        of_x = dict(zip(order, np.split(step @ kernel + biases[0], 3), strict=True))
        of_h = dict(zip(order, np.split(h @ recurrent + biases[1], 3), strict=True))
        z, r = (1 / (1 + np.exp(-(of_x[gate] + of_h[gate]))) for gate in "zr")
        h = z * h + (1 - z) * np.tanh(of_x["n"] + r * of_h["n"])
    return h


@formula("blocks z, r, n; n = tanh(W x + b + r ⊙ (U h + c))")
def zrn_after(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> np.ndarray:
    return _gru(x, kernel, recurrent, biases, "zrn")


@formula("blocks r, z, n; n = tanh(W x + b + r ⊙ (U h + c))")
def rzn_after(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> np.ndarray:
    return _gru(x, kernel, recurrent, biases, "rzn")


@formula("blocks r, z, n; n = tanh(W x + b + r ⊙ U h)")
def one_bias(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> np.ndarray:
    return _gru(x, kernel, recurrent, biases * [[1], [0]], "rzn")


@formula("blocks z, r, n; n = tanh(W x + b + U (r ⊙ h))")
def zrn_before(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> np.ndarray:
    h, (uz, ur, un) = np.zeros(2), np.split(recurrent, 3, 1)
    for step in x[0]:
        xz, xr, xn = np.split(step @ kernel + biases[0], 3)
        z, r = 1 / (1 + np.exp(-(xz + h @ uz))), 1 / (1 + np.exp(-(xr + h @ ur)))
        h = z * h + (1 - z) * np.tanh(xn + (r * h) @ un)
    return h


def _keras(x: np.ndarray, weights: list[np.ndarray], *, after: bool) -> Any:
    import keras

    layer = keras.layers.GRU(2, reset_after=after, dtype="float64")
    layer.build(x.shape)
    layer.set_weights(weights)
    return keras.ops.convert_to_numpy(layer(x)).ravel()


@variant("keras", call="keras.layers.GRU(2)", follows=zrn_after)
def keras_layer(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> Any:
    return _keras(x, [kernel, recurrent, biases], after=True)


@variant("keras on torch", call="keras.layers.GRU(2)", follows=zrn_after)
def keras_on_torch(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> Any:
    return _keras(x, [kernel, recurrent, biases], after=True)


@variant("keras", call="keras.layers.GRU(2, reset_after=False)", follows=zrn_before)
def keras_before(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> Any:
    return _keras(x, [kernel, recurrent, biases[0]], after=False)


@variant("pytorch", call="torch.nn.GRU(2, 2), the same blocks transposed", follows=rzn_after)
def torch_layer(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> Any:
    import torch

    layer = torch.nn.GRU(2, 2, batch_first=True, dtype=torch.float64)
    layer.load_state_dict(
        {
            "weight_ih_l0": torch.tensor(kernel.T),
            "weight_hh_l0": torch.tensor(recurrent.T),
            "bias_ih_l0": torch.tensor(biases[0]),
            "bias_hh_l0": torch.tensor(biases[1]),
        }
    )
    return layer(torch.tensor(x))[1].detach().ravel()


@variant("flax", call="nnx.GRUCell(2, 2): the same blocks, no second bias", follows=one_bias)
def flax_cell(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> Any:
    import jax
    from flax import nnx
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    cell = nnx.GRUCell(2, 2, dtype=jnp.float64, param_dtype=jnp.float64, rngs=nnx.Rngs(0))
    cell.dense_i.kernel[...] = jnp.asarray(kernel)
    cell.dense_i.bias[...] = jnp.asarray(biases[0])
    cell.dense_h.kernel[...] = jnp.asarray(recurrent)
    state = jnp.zeros((1, 2))
    for step in jnp.asarray(x).transpose(1, 0, 2):
        state, _ = cell(state, step)
    return np.ravel(state)


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="exact",
        code="""\
import numpy as np
import torch


def moved(blocks):  # update, reset, candidate -> reset, update, candidate
    z, r, n = np.split(blocks, 3, -1)
    return torch.tensor(np.concatenate([r, z, n], -1).T)


layer = torch.nn.GRU(2, 2, batch_first=True, dtype=torch.float64)
layer.load_state_dict({
    "weight_ih_l0": moved(kernel),
    "weight_hh_l0": moved(recurrent),
    "bias_ih_l0": moved(biases[0]),
    "bias_hh_l0": moved(biases[1]),
})
value = layer(torch.tensor(x))[1].detach().ravel()
""",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np


def moved(blocks):  # reset, update, candidate -> update, reset, candidate
    r, z, n = np.split(blocks, 3, -1)
    return np.concatenate([z, r, n], -1)


layer = keras.layers.GRU(2, dtype="float64")
layer.build(x.shape)
layer.set_weights([moved(kernel), moved(recurrent), moved(biases)])
value = keras.ops.convert_to_numpy(layer(x)).ravel()
""",
    ),
    Converter(
        of=flax_cell,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.GRU(2, 2, batch_first=True, dtype=torch.float64)
layer.load_state_dict({
    "weight_ih_l0": torch.tensor(kernel.T),
    "weight_hh_l0": torch.tensor(recurrent.T),
    "bias_ih_l0": torch.tensor(biases[0]),
    "bias_hh_l0": torch.zeros(6),
})
value = layer(torch.tensor(x))[1].detach().ravel()
""",
    ),
    Converter(
        of=torch_layer,
        to="flax",
        exactness="impossible",
        reason="nnx.GRUCell has no bias of the state. Those of the two gates can be added to the input's; that of the "
        "candidate cannot, as the reset gate multiplies it.",
    ),
    Converter(
        of=keras_before,
        to="pytorch",
        exactness="impossible",
        reason="PyTorch applies the reset gate after the matrix, Keras' reset_after=False before it: r ⊙ (U h) is not "
        "U (r ⊙ h) unless U is diagonal. Train in Keras with reset_after=True if the weights are to be moved.",
    ),
)
