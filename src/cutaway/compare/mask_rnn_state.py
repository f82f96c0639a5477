"""What is a recurrent layer's final state where the sequence was padded?

Answer: the state after the last valid step in Keras with a mask, in PyTorch with a packed sequence and in flax with
`seq_lengths`; without, the state after it has also run over the padding. At the padded steps Keras repeats the last
valid output, PyTorch gives zeros, and flax outputs what it computes from the padding.

Source: Keras' guide on masking and padding; PyTorch's `pack_padded_sequence`; `flax.nnx.RNN`; held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "A recurrent layer's final state after padding"


def given() -> dict[str, np.ndarray]:
    """Two sequences (2, 4, 2) of 4 and 2 steps, the second padded with zeros on the right; the layer's weights.

    Looked at: the final states, then the second sequence's output at the last, padded step.
    """
    rng = np.random.default_rng(3)
    lengths = np.array([4, 2])
    x = rng.normal(size=(2, 4, 2)).round(2) * (np.arange(4) < lengths[:, None])[..., None]
    return {
        "x": x,
        "lengths": lengths,
        "kernel": rng.normal(size=(2, 2)).round(2),
        "recurrent": rng.normal(size=(2, 2)).round(2),
        "bias": np.array([0.3, -0.4]),
    }


def _states(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The state after each step, (rows, steps, units): h ← tanh(x K + h R + b)."""
    state, out = np.zeros((len(x), 2)), []
    for step in x.transpose(1, 0, 2):
        state = np.tanh(step @ kernel + state @ recurrent + bias)
        out.append(state)
    return np.stack(out, 1)


def _final(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.asarray(states[np.arange(len(states)), lengths - 1]).ravel()


@formula("state after the last valid step, its output repeated")
def held(x: np.ndarray, lengths: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    final = _final(_states(x, kernel, recurrent, bias), lengths)
    return np.concatenate([final, final[-2:]])


@formula("state after the last valid step, outputs of 0 where padded")
def cleared(
    x: np.ndarray, lengths: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    return np.concatenate([_final(_states(x, kernel, recurrent, bias), lengths), np.zeros(2)])


@formula("state after the last valid step, outputs run on")
def runs_on(
    x: np.ndarray, lengths: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    states = _states(x, kernel, recurrent, bias)
    return np.concatenate([_final(states, lengths), states[1, -1]])


@formula("state after the last step, padding included")
def over_padding(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    states = _states(x, kernel, recurrent, bias)
    return np.concatenate([states[:, -1].ravel(), states[1, -1]])


def _keras(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, masked: bool) -> Any:
    import keras

    layer = keras.layers.SimpleRNN(2, return_sequences=True, return_state=True, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([kernel, recurrent, bias])
    out, state = layer(keras.layers.Masking(dtype="float64")(x) if masked else x)
    out, state = keras.ops.convert_to_numpy(out), keras.ops.convert_to_numpy(state)
    return np.concatenate([state.ravel(), out[1, -1]])


@variant("keras", call="SimpleRNN(2, …)(Masking()(x))", follows=held)
def keras_masked(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _keras(x, kernel, recurrent, bias, masked=True)


@variant("keras on torch", call="SimpleRNN(2, …)(Masking()(x))", follows=held)
def keras_on_torch(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _keras(x, kernel, recurrent, bias, masked=True)


@variant("keras", call="SimpleRNN(2, …)(x)", follows=over_padding)
def keras_plain(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _keras(x, kernel, recurrent, bias, masked=False)


def _torch(kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    import torch

    layer = torch.nn.RNN(2, 2, batch_first=True, dtype=torch.float64).requires_grad_(False)
    layer.weight_ih_l0.copy_(torch.tensor(kernel.T))
    layer.weight_hh_l0.copy_(torch.tensor(recurrent.T))
    layer.bias_ih_l0.copy_(torch.tensor(bias))
    layer.bias_hh_l0.zero_()
    return layer


@variant("pytorch", call="torch.nn.RNN(2, 2, batch_first=True)(x)", follows=over_padding)
def torch_plain(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    import torch

    out, state = _torch(kernel, recurrent, bias)(torch.tensor(x))
    return torch.cat([state.ravel(), out[1, -1]])


@variant("pytorch", call="torch.nn.RNN(2, 2, …)(pack_padded_sequence(x, lengths, …))", follows=cleared)
def torch_packed(
    x: np.ndarray, lengths: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> Any:
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    packed = pack_padded_sequence(torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    out, state = _torch(kernel, recurrent, bias)(packed)
    return torch.cat([state.ravel(), pad_packed_sequence(out, batch_first=True)[0][1, -1]])


def _flax(
    x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, lengths: np.ndarray | None
) -> Any:
    import jax
    from flax import nnx
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    cell = nnx.SimpleCell(2, 2, dtype=jnp.float64, param_dtype=jnp.float64, rngs=nnx.Rngs(0))
    cell.dense_i.kernel[...] = jnp.asarray(kernel)
    cell.dense_i.bias[...] = jnp.asarray(bias)
    cell.dense_h.kernel[...] = jnp.asarray(recurrent)
    steps = None if lengths is None else jnp.asarray(lengths)
    state, out = nnx.RNN(cell, return_carry=True)(jnp.asarray(x), seq_lengths=steps)
    return np.concatenate([np.ravel(state), np.asarray(out)[1, -1]])


@variant("flax", call="nnx.RNN(cell, return_carry=True)(x)", follows=over_padding)
def flax_plain(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    return _flax(x, kernel, recurrent, bias, None)


@variant("flax", call="nnx.RNN(cell, return_carry=True)(x, seq_lengths=lengths)", follows=runs_on)
def flax_lengths(
    x: np.ndarray, lengths: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> Any:
    return _flax(x, kernel, recurrent, bias, lengths)


CONVERTERS = (
    Converter(
        of=keras_masked,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

layer = torch.nn.RNN(2, 2, batch_first=True, dtype=torch.float64)
layer.load_state_dict({
    "weight_ih_l0": torch.tensor(kernel.T),
    "weight_hh_l0": torch.tensor(recurrent.T),
    "bias_ih_l0": torch.tensor(bias),
    "bias_hh_l0": torch.zeros(2),
})
packed = pack_padded_sequence(torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False)
out, state = layer(packed)
out = pad_packed_sequence(out, batch_first=True)[0]
padded = torch.arange(x.shape[1]) >= torch.tensor(lengths)[:, None]
out = torch.where(padded[..., None], state[-1][:, None], out)  # Keras repeats the last valid output
value = torch.cat([state.ravel(), out[1, -1]]).detach()
""",
    ),
    Converter(
        of=torch_packed,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.SimpleRNN(
    2, return_sequences=True, return_state=True, zero_output_for_mask=True, dtype="float64"
)
layer.build(x.shape)
layer.set_weights([kernel, recurrent, bias])
out, state = layer(x, mask=np.arange(x.shape[1]) < lengths[:, None])
value = np.concatenate([np.ravel(state), np.asarray(out)[1, -1]])
""",
    ),
)
