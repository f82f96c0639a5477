"""Does global pooling over time count the padded steps?

Answer: Keras' average pooling leaves them out if a mask arrives; its maximum pooling takes no notice of one (it warns
that the mask is destroyed), so where all features are negative the padding's 0 wins. PyTorch has no masks: the mean
over a padded axis shrinks by the share of padding.

Source: Keras' documentation of `GlobalAveragePooling1D` and `GlobalMaxPooling1D`, held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Global pooling over padded steps"


def given() -> dict[str, np.ndarray]:
    """Two sequences (2, 4, 1) of 4 and 2 steps with negative features, the second padded with zeros; the mask."""
    x = np.array([[-3.0, -5.0, -4.0, -6.0], [-8.0, -2.0, 0.0, 0.0]])[..., None]
    return {"x": x, "mask": np.array([[True] * 4, [True, True, False, False]])}


@formula("Σ valid x / number of valid steps")
def mean_valid(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.array([row[valid].mean() for row, valid in zip(x, mask, strict=True)])


@formula("Σ x / number of all steps")
def mean_all(x: np.ndarray) -> np.ndarray:
    return np.asarray(x.mean(1)).ravel()


@formula("max over valid x")
def max_valid(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.array([row[valid].max() for row, valid in zip(x, mask, strict=True)])


@formula("max over all x")
def max_all(x: np.ndarray) -> np.ndarray:
    return np.asarray(x.max(1)).ravel()


def _keras(layer: str, x: np.ndarray, *, masked: bool) -> Any:
    import keras

    steps = keras.layers.Masking(dtype="float64")(x) if masked else x
    return keras.ops.convert_to_numpy(getattr(keras.layers, layer)(dtype="float64")(steps)).ravel()


@variant("keras", call="GlobalAveragePooling1D()(Masking()(x))", follows=mean_valid)
def keras_mean_masked(x: np.ndarray) -> Any:
    return _keras("GlobalAveragePooling1D", x, masked=True)


@variant("keras on torch", call="GlobalAveragePooling1D()(Masking()(x))", follows=mean_valid)
def keras_on_torch(x: np.ndarray) -> Any:
    return _keras("GlobalAveragePooling1D", x, masked=True)


@variant("keras", call="GlobalAveragePooling1D()(x)", follows=mean_all)
def keras_mean(x: np.ndarray) -> Any:
    return _keras("GlobalAveragePooling1D", x, masked=False)


@variant("keras", call="keras.ops.mean(Masking()(x), axis=1)", follows=mean_all)
def keras_operation(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.ops.mean(keras.layers.Masking(dtype="float64")(x), axis=1)).ravel()


@variant("pytorch", call="x.mean(1)", follows=mean_all)
def torch_mean(x: np.ndarray) -> Any:
    import torch

    return torch.tensor(x).mean(1).ravel()


@variant("pytorch", call="torch.nn.AdaptiveAvgPool1d(1)(x.mT)", follows=mean_all)
def torch_layer(x: np.ndarray) -> Any:
    import torch

    return torch.nn.AdaptiveAvgPool1d(1)(torch.tensor(x).mT).ravel()


@variant("jax", call="x.mean(1, where=mask[..., None])", follows=mean_valid)
def jax_where(x: np.ndarray, mask: np.ndarray) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax.numpy.asarray(x).mean(1, where=jax.numpy.asarray(mask)[..., None]).ravel()


@variant("keras", call="GlobalMaxPooling1D()(Masking()(x))", follows=max_all)
def keras_max_masked(x: np.ndarray) -> Any:
    return _keras("GlobalMaxPooling1D", x, masked=True)


@variant("pytorch", call="x.amax(1)", follows=max_all)
def torch_max(x: np.ndarray) -> Any:
    import torch

    return torch.tensor(x).amax(1).ravel()


@variant("jax", call="x.max(1, where=mask[..., None], initial=-jnp.inf)", follows=max_valid)
def jax_max(x: np.ndarray, mask: np.ndarray) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    valid = jax.numpy.asarray(mask)[..., None]
    return jax.numpy.asarray(x).max(1, where=valid, initial=-jax.numpy.inf).ravel()


CONVERTERS = (
    Converter(
        of=keras_mean_masked,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

valid = torch.tensor(mask)[..., None]
value = ((torch.tensor(x) * valid).sum(1) / valid.sum(1)).ravel()
""",
    ),
    Converter(
        of=torch_mean,
        to="keras",
        exactness="exact",
        code="""\
import keras

steps = keras.layers.Masking(dtype="float64")(x)
value = keras.ops.convert_to_numpy(keras.ops.mean(steps, axis=1)).ravel()  # operations take no notice of the mask
""",
    ),
    Converter(
        of=jax_max,
        to="keras",
        exactness="exact",
        code="""\
import keras

lowest = keras.ops.where(mask[..., None], x, -float("inf"))
value = keras.ops.convert_to_numpy(keras.ops.max(lowest, axis=1)).ravel()
""",
    ),
    Converter(
        of=jax_max,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.tensor(x).masked_fill(~torch.tensor(mask)[..., None], -torch.inf).amax(1).ravel()
""",
    ),
)
