"""From what are a dense layer's first weights drawn?

Answer: Keras draws uniformly with the bound √(6 / (inputs + outputs)) (Glorot), PyTorch uniformly with 1 / √inputs,
flax from a truncated normal of spread 1 / √inputs (LeCun), √3 times PyTorch's. Biases start at 0 in Keras and flax, but
not in PyTorch (the same bound) nor in scikit-learn's networks. Keras' PyTorch backend draws as Keras does.

Source: Glorot and Bengio (2010), equation 16; LeCun et al. (1998), Efficient backprop, section 4.6; each framework's
documented default, held against the largest weight, the spread and the largest bias of one large layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "A dense layer's first weights"
TOLERANCE = 0.02  # one draw of 90,000 weights and 900 biases


def given() -> dict[str, int]:
    """A layer of 100 inputs and 900 outputs; looked at: largest |weight|, standard deviation, largest |bias|."""
    return {"inputs": 100, "outputs": 900}


@formula("w ~ U(±√(6 / (inputs + outputs))), b = 0")
def glorot(inputs: int, outputs: int) -> np.ndarray:
    bound = np.sqrt(6 / (inputs + outputs))
    return np.array([bound, bound / np.sqrt(3), 0.0])


@formula("w and b ~ U(±√(6 / (inputs + outputs)))")
def glorot_with_bias(inputs: int, outputs: int) -> np.ndarray:
    bound = np.sqrt(6 / (inputs + outputs))
    return np.array([bound, bound / np.sqrt(3), bound])


@formula("w and b ~ U(±1 / √inputs)")
def fan_in_uniform(inputs: int) -> np.ndarray:
    bound = 1 / np.sqrt(inputs)
    return np.array([bound, bound / np.sqrt(3), bound])


@formula("w ~ N(0, 1 / inputs) cut at 2.27 σ, b = 0")
def lecun(inputs: int) -> np.ndarray:
    """A normal cut at two of its standard deviations has 0.8796 of its spread, by which it is divided."""
    spread = 1 / np.sqrt(inputs)
    return np.array([2 / 0.87962566103423978 * spread, spread, 0.0])


def _seen(weights: Any, biases: Any) -> list[float]:
    w, b = np.asarray(weights, float), np.asarray(biases, float)
    return [np.abs(w).max(), w.std(), np.abs(b).max()]


def _keras(inputs: int, outputs: int) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(outputs)
    layer.build((None, inputs))
    return _seen(*layer.get_weights())


@variant("keras", call="keras.layers.Dense(900)", follows=glorot)
def keras_layer(inputs: int, outputs: int) -> Any:
    return _keras(inputs, outputs)


@variant("keras on torch", call="keras.layers.Dense(900)", follows=glorot)
def keras_on_torch(inputs: int, outputs: int) -> Any:
    return _keras(inputs, outputs)


@variant("pytorch", call="torch.nn.Linear(100, 900)", follows=fan_in_uniform)
def torch_layer(inputs: int, outputs: int) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = torch.nn.Linear(inputs, outputs)
    return _seen(layer.weight.detach(), layer.bias.detach())


@variant("flax", call="nnx.Linear(100, 900, rngs=rngs)", follows=lecun)
def flax_layer(inputs: int, outputs: int) -> Any:
    from flax import nnx

    layer = nnx.Linear(inputs, outputs, rngs=nnx.Rngs(0))
    return _seen(layer.kernel[...], layer.bias[...])


@variant("scikit-learn", call="MLPRegressor(hidden_layer_sizes=(900,))", follows=glorot_with_bias)
def sklearn_network(inputs: int, outputs: int) -> Any:
    from sklearn.neural_network import MLPRegressor

    # a step too small to move the weights shows where they start
    network = MLPRegressor(
        hidden_layer_sizes=(outputs,), random_state=0, learning_rate_init=1e-12, max_iter=1, batch_size=2
    )
    network.fit(np.zeros((2, inputs)), np.zeros(2))
    return _seen(network.coefs_[0], network.intercepts_[0])


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="near",
        error=0.02,
        code="""\
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(inputs, outputs).requires_grad_(False)
torch.nn.init.xavier_uniform_(layer.weight)
torch.nn.init.zeros_(layer.bias)
value = [layer.weight.abs().max(), layer.weight.std(), layer.bias.abs().max()]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="near",
        error=0.02,
        code="""\
import keras
import numpy as np

bound = inputs**-0.5
uniform = keras.initializers.RandomUniform(-bound, bound, seed=0)
layer = keras.layers.Dense(outputs, kernel_initializer=uniform, bias_initializer=uniform)
layer.build((None, inputs))
w, b = layer.get_weights()
value = [np.abs(w).max(), w.std(), np.abs(b).max()]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
    Converter(
        of=torch_layer,
        to="flax",
        exactness="near",
        error=0.02,
        code="""\
import jax
import numpy as np
from flax import nnx

bound = inputs**-0.5


def uniform(key, shape, dtype=float, out_sharding=None):
    return jax.random.uniform(key, shape, dtype, -bound, bound)


layer = nnx.Linear(inputs, outputs, kernel_init=uniform, bias_init=uniform, rngs=nnx.Rngs(0))
w, b = np.asarray(layer.kernel[...]), np.asarray(layer.bias[...])
value = [np.abs(w).max(), w.std(), np.abs(b).max()]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
    Converter(
        of=flax_layer,
        to="pytorch",
        exactness="near",
        error=0.02,
        code="""\
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(inputs, outputs).requires_grad_(False)
uncut = inputs**-0.5 / 0.8796256610342398  # cut at two of its deviations, this has the deviation wanted
torch.nn.init.trunc_normal_(layer.weight, std=uncut, a=-2 * uncut, b=2 * uncut)
torch.nn.init.zeros_(layer.bias)
value = [layer.weight.abs().max(), layer.weight.std(), layer.bias.abs().max()]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
)
