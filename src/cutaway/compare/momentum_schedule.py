"""Does the momentum remember steps or gradients when the learning rate changes?

Answer: PyTorch and optax remember gradients and multiply them by today's rate; Keras remembers steps, each at the rate
of its day. At a constant rate they are one; in the steps after a drop by ten Keras still moves at the old rate.

Source: Sutskever et al. (2013), On the importance of initialization and momentum, whose form is Keras'; PyTorch's
documentation of SGD, which says that its own differs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "SGD's momentum under a schedule"


def given() -> dict[str, Any]:
    """A constant gradient of 1, momentum 0.9, and rates of 0.1, 0.1, 0.01, 0.01."""
    return {"rates": np.array([0.1, 0.1, 0.01, 0.01]), "momentum": 0.9}


@formula("v ← μv + g;  w ← w − lr · v")
def of_gradients(rates: np.ndarray, momentum: float) -> float:
    v = w = 0.0
    for lr in rates:
        v = momentum * v + 1.0
        w -= lr * v
    return float(w)


@formula("v ← μv − lr · g;  w ← w + v")
def of_steps(rates: np.ndarray, momentum: float) -> float:
    v = w = 0.0
    for lr in rates:
        v = momentum * v - lr
        w += v
    return float(w)


@variant("pytorch", call="torch.optim.SGD([w], lr, momentum=0.9)", follows=of_gradients)
def torch_sgd(rates: np.ndarray, momentum: float) -> Any:
    import torch

    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=1.0, momentum=momentum)
    for lr in rates:
        optimiser.param_groups[0]["lr"] = float(lr)
        w.grad = torch.ones(1, dtype=torch.float64)
        optimiser.step()
    return w.item()


@variant("keras", call="keras.optimizers.SGD(lr, momentum=0.9)", follows=of_steps)
def keras_sgd(rates: np.ndarray, momentum: float) -> Any:
    import keras

    w = keras.Variable(np.zeros(1), dtype="float64")
    optimiser = keras.optimizers.SGD(0.1, momentum=momentum)
    for lr in rates:
        optimiser.learning_rate = float(lr)
        optimiser.apply([keras.ops.ones(1, dtype="float64")], [w])
    return keras.ops.convert_to_numpy(w)[0]


@variant("optax", call="optax.sgd(schedule, momentum=0.9)", follows=of_gradients)
def optax_sgd(rates: np.ndarray, momentum: float) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    known = jax.numpy.asarray(rates)
    optimiser, w = optax.sgd(lambda count: known[count], momentum=momentum), jax.numpy.zeros(1)
    state = optimiser.init(w)
    for _ in rates:
        update, state = optimiser.update(jax.numpy.ones(1), state)
        w = optax.apply_updates(w, update)
    return w[0]


CONVERTERS = (
    Converter(
        of=keras_sgd,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
optimiser = torch.optim.SGD([w], lr=float(rates[0]), momentum=momentum)
before = float(rates[0])
for lr in rates:
    for state in optimiser.state.values():
        state["momentum_buffer"] *= before / float(lr)  # steps taken at the old rate keep their length
    optimiser.param_groups[0]["lr"] = before = float(lr)
    w.grad = torch.ones(1, dtype=torch.float64)
    optimiser.step()
value = w.item()
""",
    ),
)
TOLERANCE = 1e-5  # Keras holds its rate in float32
