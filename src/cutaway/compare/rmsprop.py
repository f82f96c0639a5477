"""Is RMSprop's epsilon inside the root, and how long is its memory?

Answer: PyTorch forgets with 0.99 and adds 1e-8 outside the root; Keras and optax forget with 0.9 and add their epsilon
(1e-7, 1e-8) inside, which for small gradients is a floor of 3e-4 or 1e-4 under the root. The first step of Keras is a
third of PyTorch's.

Source: Tieleman and Hinton (2012), lecture 6.5; each optimiser's update, held against its value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "RMSprop's epsilon"
TOLERANCE = 1e-5  # Keras holds its constants in float32


def given() -> dict[str, Any]:
    """Two gradients, one small; one step from 0 at a learning rate of 0.01."""
    return {"gradient": np.array([1e-3, 1.0]), "lr": 0.01}


@formula("g / (√v + 1e-8), v = 0.01 g²")
def outside(gradient: np.ndarray, lr: float) -> np.ndarray:
    return -lr * gradient / (np.sqrt(0.01 * gradient**2) + 1e-8)


@formula("g / √(v + 1e-7), v = 0.1 g²")
def inside_seven(gradient: np.ndarray, lr: float) -> np.ndarray:
    return -lr * gradient / np.sqrt(0.1 * gradient**2 + 1e-7)


@formula("g / √(v + 1e-8), v = 0.1 g²")
def inside_eight(gradient: np.ndarray, lr: float) -> np.ndarray:
    return -lr * gradient / np.sqrt(0.1 * gradient**2 + 1e-8)


@variant("pytorch", call="torch.optim.RMSprop([w], lr=0.01)", follows=outside)
def torch_rmsprop(gradient: np.ndarray, lr: float) -> Any:
    import torch

    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.RMSprop([w], lr=lr)
    w.grad = torch.tensor(gradient)
    optimiser.step()
    return w.detach()


@variant("keras", call="keras.optimizers.RMSprop(0.01)", follows=inside_seven)
def keras_rmsprop(gradient: np.ndarray, lr: float) -> Any:
    import keras

    w = keras.Variable(np.zeros(2), dtype="float64")
    keras.optimizers.RMSprop(lr).apply([keras.ops.convert_to_tensor(gradient)], [w])
    return keras.ops.convert_to_numpy(w)


@variant("optax", call="optax.rmsprop(0.01)", follows=inside_eight)
def optax_rmsprop(gradient: np.ndarray, lr: float) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    optimiser, w = optax.rmsprop(lr), jax.numpy.zeros(2)
    update, _ = optimiser.update(jax.numpy.asarray(gradient), optimiser.init(w))
    return optax.apply_updates(w, update)


CONVERTERS = (
    Converter(
        of=torch_rmsprop,
        to="optax",
        exactness="exact",
        code="""\
import jax
import optax

jax.config.update("jax_enable_x64", True)
optimiser, w = optax.rmsprop(lr, decay=0.99, eps=1e-8, eps_in_sqrt=False), jax.numpy.zeros(2)
update, _ = optimiser.update(jax.numpy.asarray(gradient), optimiser.init(w))
value = optax.apply_updates(w, update)
""",
    ),
    Converter(
        of=keras_rmsprop,
        to="optax",
        exactness="near",
        error=1e-5,
        code="""\
import jax
import optax

jax.config.update("jax_enable_x64", True)
optimiser, w = optax.rmsprop(lr, decay=0.9, eps=1e-7, eps_in_sqrt=True), jax.numpy.zeros(2)
update, _ = optimiser.update(jax.numpy.asarray(gradient), optimiser.init(w))
value = optax.apply_updates(w, update)
""",
        reason="Keras holds its constants in float32.",
    ),
)
