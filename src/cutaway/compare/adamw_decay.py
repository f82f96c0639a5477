"""How strong is AdamW's weight decay by default, and what is it multiplied by?

Answer: 0.01 in PyTorch, 0.004 in Keras, 0.0001 in optax: a hundredfold range under one name. All three multiply it by
the learning rate, so a schedule that lowers the rate lowers the decay with it, which is not the paper's own form.

Source: Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "AdamW's weight decay"


def given() -> dict[str, Any]:
    """A parameter of 1 without gradient, at a learning rate of 0.1, for ten steps: only the decay moves it."""
    return {"w": np.array([1.0]), "lr": 0.1, "steps": 10}


def _decayed(w: np.ndarray, lr: float, steps: int, decay: float) -> np.ndarray:
    return w * (1 - lr * decay) ** steps


@formula("w (1 − lr · 0.01) a step")
def of_a_hundredth(w: np.ndarray, lr: float, steps: int) -> np.ndarray:
    return _decayed(w, lr, steps, 0.01)


@formula("w (1 − lr · 0.004) a step")
def of_four_thousandths(w: np.ndarray, lr: float, steps: int) -> np.ndarray:
    return _decayed(w, lr, steps, 0.004)


@formula("w (1 − lr · 0.0001) a step")
def of_a_ten_thousandth(w: np.ndarray, lr: float, steps: int) -> np.ndarray:
    return _decayed(w, lr, steps, 0.0001)


@variant("pytorch", call="torch.optim.AdamW([w], lr=0.1)", follows=of_a_hundredth)
def torch_adamw(w: np.ndarray, lr: float, steps: int) -> Any:
    import torch

    parameter = torch.tensor(w, requires_grad=True)
    optimiser = torch.optim.AdamW([parameter], lr=lr)
    for _ in range(steps):
        parameter.grad = torch.zeros(1, dtype=torch.float64)
        optimiser.step()
    return parameter.detach()


@variant("keras", call="keras.optimizers.AdamW(0.1)", follows=of_four_thousandths)
def keras_adamw(w: np.ndarray, lr: float, steps: int) -> Any:
    import keras

    parameter = keras.Variable(w, dtype="float64")
    optimiser = keras.optimizers.AdamW(lr)
    for _ in range(steps):
        optimiser.apply([keras.ops.zeros(1, dtype="float64")], [parameter])
    return keras.ops.convert_to_numpy(parameter)


@variant("optax", call="optax.adamw(0.1)", follows=of_a_ten_thousandth)
def optax_adamw(w: np.ndarray, lr: float, steps: int) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    optimiser, parameter = optax.adamw(lr), jax.numpy.asarray(w)
    state = optimiser.init(parameter)
    for _ in range(steps):
        update, state = optimiser.update(jax.numpy.zeros(1), state, parameter)
        parameter = optax.apply_updates(parameter, update)
    return parameter


CONVERTERS = (
    Converter(
        of=torch_adamw,
        to="keras",
        exactness="exact",
        code="""\
import keras

parameter = keras.Variable(w, dtype="float64")
optimiser = keras.optimizers.AdamW(lr, weight_decay=0.01)
for _ in range(steps):
    optimiser.apply([keras.ops.zeros(1, dtype="float64")], [parameter])
value = keras.ops.convert_to_numpy(parameter)
""",
    ),
    Converter(
        of=keras_adamw,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

parameter = torch.tensor(w, requires_grad=True)
optimiser = torch.optim.AdamW([parameter], lr=lr, weight_decay=0.004)
for _ in range(steps):
    parameter.grad = torch.zeros(1, dtype=torch.float64)
    optimiser.step()
value = parameter.detach()
""",
    ),
)
