"""Does a frozen batch normalisation still use, and move, the batch's statistics?

Answer: in Keras `trainable = False` makes it run as at inference, even when called with training=True. In PyTorch
`requires_grad = False` freezes the scale and the shift alone: it still normalises by the batch and moves the running
statistics, until the layer is put into `eval()`, which the next `model.train()` undoes.

Source: Keras' documentation of `BatchNormalization` ("About setting layer.trainable = False"); PyTorch's of
`Module.eval` and `requires_grad_`, held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "A frozen batch normalisation"
TOLERANCE = 1e-5  # float32 in flax


def given() -> dict[str, Any]:
    """Three rows; a layer with running mean 2 and variance 4; epsilon 1e-3 and a step of 0.1 everywhere."""
    return {"x": np.array([[1.0], [2.0], [6.0]]), "mean": 2.0, "variance": 4.0, "epsilon": 1e-3, "step": 0.1}


@formula("(x − r) / √(v + ε); r stays")
def inference(x: np.ndarray, mean: float, variance: float, epsilon: float) -> np.ndarray:
    return np.append((x - mean) / np.sqrt(variance + epsilon), mean)


@formula("(x − x̄) / √(σ² + ε); r ← 0.9 r + 0.1 x̄")
def training(x: np.ndarray, mean: float, epsilon: float, step: float) -> np.ndarray:
    return np.append((x - x.mean()) / np.sqrt(x.var() + epsilon), (1 - step) * mean + step * x.mean())


def _keras(
    x: np.ndarray, mean: float, variance: float, epsilon: float, step: float, *, frozen: bool, parameters: bool = False
) -> Any:
    import keras

    layer = keras.layers.BatchNormalization(momentum=1 - step, epsilon=epsilon, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([np.ones(1), np.zeros(1), np.array([mean]), np.array([variance])])
    layer.trainable = not frozen
    if parameters:
        layer.gamma.trainable = layer.beta.trainable = False
    rows = layer(x, training=True)
    return np.concatenate([keras.ops.convert_to_numpy(each).ravel() for each in (rows, layer.moving_mean)])


@variant("keras", call="layer.trainable = False; layer(x, training=True)", follows=inference)
def keras_frozen(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _keras(x, mean, variance, epsilon, step, frozen=True)


@variant(
    "keras", call="layer.gamma.trainable = layer.beta.trainable = False; layer(x, training=True)", follows=training
)
def keras_parameters(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _keras(x, mean, variance, epsilon, step, frozen=False, parameters=True)


@variant("keras on torch", call="layer.trainable = False; layer(x, training=True)", follows=inference)
def keras_on_torch(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _keras(x, mean, variance, epsilon, step, frozen=True)


def _torch(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float, mode: str) -> Any:
    import torch

    layer = torch.nn.BatchNorm1d(1, eps=epsilon, momentum=step, dtype=torch.float64)
    layer.running_mean.fill_(mean)
    layer.running_var.fill_(variance)
    model = torch.nn.Sequential(layer).requires_grad_(False)
    if "eval" in mode:
        layer.eval()
    if "then train" in mode:
        model.train()
    rows = model(torch.tensor(x))
    return torch.cat([rows.ravel(), layer.running_mean])


@variant("pytorch", call="layer.requires_grad_(False); layer(x)", follows=training)
def torch_no_gradient(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _torch(x, mean, variance, epsilon, step, "")


@variant("pytorch", call="layer.requires_grad_(False); layer.eval(); layer(x)", follows=inference)
def torch_eval(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _torch(x, mean, variance, epsilon, step, "eval")


@variant("pytorch", call="layer.eval(); model.train(); model(x)", follows=training)
def torch_undone(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _torch(x, mean, variance, epsilon, step, "eval, then train")


def _flax(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float, average: bool) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    layer = nnx.BatchNorm(1, momentum=1 - step, epsilon=epsilon, use_running_average=average, rngs=nnx.Rngs(0))
    layer.mean[...] = jnp.full(1, mean, jnp.float32)
    layer.var[...] = jnp.full(1, variance, jnp.float32)
    rows = layer(jnp.asarray(x, jnp.float32))
    return np.append(np.ravel(rows), np.ravel(layer.mean[...]))


@variant("flax", call="nnx.BatchNorm(1, …)(x), parameters left out of nnx.grad", follows=training)
def flax_no_gradient(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _flax(x, mean, variance, epsilon, step, average=False)


@variant("flax", call="nnx.BatchNorm(1, use_running_average=True, …)(x)", follows=inference)
def flax_average(x: np.ndarray, mean: float, variance: float, epsilon: float, step: float) -> Any:
    return _flax(x, mean, variance, epsilon, step, average=True)


CONVERTERS = (
    Converter(
        of=keras_frozen,
        to="pytorch",
        exactness="exact",
        code="""\
import torch


class Frozen(torch.nn.BatchNorm1d):
    def train(self, mode=True):  # model.train() leaves it as it is
        return super().train(False)


layer = Frozen(1, eps=epsilon, momentum=step, dtype=torch.float64).requires_grad_(False)
layer.running_mean.fill_(mean)
layer.running_var.fill_(variance)
model = torch.nn.Sequential(layer).train()
value = torch.cat([model(torch.tensor(x)).ravel(), layer.running_mean])
""",
    ),
    Converter(
        of=torch_no_gradient,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.BatchNormalization(momentum=1 - step, epsilon=epsilon, dtype="float64")
layer.build(x.shape)
layer.set_weights([np.ones(1), np.zeros(1), np.array([mean]), np.array([variance])])
layer.gamma.trainable = layer.beta.trainable = False  # not layer.trainable
rows = layer(x, training=True)
value = np.concatenate([np.ravel(rows), np.ravel(layer.moving_mean)])
""",
    ),
)
