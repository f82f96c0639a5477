"""Do padded steps enter batch normalisation's statistics?

Answer: not in Keras, where a mask travels with the input, and not in flax, if it is handed a mask; in PyTorch they do,
as it knows of no mask, so the zeros of the padding pull the mean and the variance, and how much depends on how long
the longest sequence of the batch is. None of them clears the padded steps: they come out
normalised like any other. (Keras 3.15 on PyTorch fails with an IndexError where a mask meets a single feature.)

Source: the `mask` argument in Keras' `BatchNormalization.call` and in `flax.nnx.BatchNorm.__call__`, held against
values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Batch normalisation and padding"
TOLERANCE = 1e-5  # float32 in flax


def given() -> dict[str, Any]:
    """Two sequences of two features, of 4 and 2 steps, the second padded with zeros; epsilon 1e-3 everywhere."""
    x = np.array([[3.0, 5.0, 4.0, 6.0], [7.0, 2.0, 0.0, 0.0]])
    return {"x": np.stack([x, x**2], -1), "mask": np.array([[True] * 4, [True, True, False, False]]), "epsilon": 1e-3}


@formula("mean and variance over the valid steps")
def over_valid(x: np.ndarray, mask: np.ndarray, epsilon: float) -> np.ndarray:
    valid = x[mask]
    return np.asarray((x - valid.mean(0)) / np.sqrt(valid.var(0) + epsilon)).ravel()


@formula("mean and variance over all steps")
def over_all(x: np.ndarray, epsilon: float) -> np.ndarray:
    return np.asarray((x - x.mean((0, 1))) / np.sqrt(x.var((0, 1)) + epsilon)).ravel()


@formula("the valid steps normalised by themselves, 0 where padded")
def packed(x: np.ndarray, mask: np.ndarray, epsilon: float) -> np.ndarray:
    valid = x[mask]
    return np.where(mask[..., None], (x - valid.mean(0)) / np.sqrt(valid.var(0) + epsilon), 0.0).ravel()


def _keras(x: np.ndarray, epsilon: float, *, masked: bool) -> Any:
    import keras

    layer = keras.layers.BatchNormalization(epsilon=epsilon, dtype="float64")
    steps = keras.layers.Masking(dtype="float64")(x) if masked else x
    return keras.ops.convert_to_numpy(layer(steps, training=True)).ravel()


@variant("keras", call="BatchNormalization()(Masking()(x), training=True)", follows=over_valid)
def keras_masked(x: np.ndarray, epsilon: float) -> Any:
    return _keras(x, epsilon, masked=True)


@variant("keras on torch", call="BatchNormalization()(Masking()(x), training=True)", follows=over_valid)
def keras_on_torch(x: np.ndarray, epsilon: float) -> Any:
    return _keras(x, epsilon, masked=True)


@variant("keras", call="BatchNormalization()(x, training=True)", follows=over_all)
def keras_plain(x: np.ndarray, epsilon: float) -> Any:
    return _keras(x, epsilon, masked=False)


@variant("pytorch", call="torch.nn.BatchNorm1d(2)(x.transpose(1, 2))", follows=over_all)
def torch_plain(x: np.ndarray, epsilon: float) -> Any:
    import torch

    layer = torch.nn.BatchNorm1d(2, eps=epsilon, dtype=torch.float64)
    return layer(torch.tensor(x).transpose(1, 2)).transpose(1, 2).detach().ravel()


@variant("pytorch", call="out[mask] = torch.nn.BatchNorm1d(2)(x[mask])", follows=packed)
def torch_selected(x: np.ndarray, mask: np.ndarray, epsilon: float) -> Any:
    import torch

    rows, valid = torch.tensor(x), torch.tensor(mask)
    out = torch.zeros_like(rows)
    out[valid] = torch.nn.BatchNorm1d(2, eps=epsilon, dtype=torch.float64)(rows[valid]).detach()
    return out.ravel()


def _flax(x: np.ndarray, epsilon: float, mask: np.ndarray | None) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    layer = nnx.BatchNorm(2, epsilon=epsilon, rngs=nnx.Rngs(0))
    valid = None if mask is None else jnp.asarray(mask)[..., None]
    return np.ravel(layer(jnp.asarray(x, jnp.float32), mask=valid))


@variant("flax", call="nnx.BatchNorm(2, rngs=rngs)(x)", follows=over_all)
def flax_plain(x: np.ndarray, epsilon: float) -> Any:
    return _flax(x, epsilon, None)


@variant("flax", call="nnx.BatchNorm(2, rngs=rngs)(x, mask=mask[..., None])", follows=over_valid)
def flax_masked(x: np.ndarray, mask: np.ndarray, epsilon: float) -> Any:
    return _flax(x, epsilon, mask)


CONVERTERS = (
    Converter(
        of=keras_masked,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

steps, valid = torch.tensor(x), torch.tensor(mask)
layer = torch.nn.BatchNorm1d(2, eps=epsilon, dtype=torch.float64)
mean, variance = steps[valid].mean(0), steps[valid].var(0, unbiased=False)
out = (steps - mean) / torch.sqrt(variance + layer.eps) * layer.weight + layer.bias
value = out.detach().ravel()
""",
    ),
    Converter(
        of=torch_plain,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.BatchNormalization(epsilon=epsilon, dtype="float64")
every = np.ones(x.shape[:2], bool)  # in place of the mask that the input may carry
value = keras.ops.convert_to_numpy(layer(x, training=True, mask=every)).ravel()
""",
    ),
)
