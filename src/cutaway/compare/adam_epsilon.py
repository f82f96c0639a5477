"""Where does Adam add its epsilon, and how large is it?

Answer: PyTorch and optax add 1e-8 to the root after its bias has been corrected; Keras adds 1e-7 before, which in the
first step counts as 3e-6. With gradients near 1e-7 (a converged layer, a loss that is divided by a large number) three
steps of Keras go a twentieth of the way; with gradients near 1 nobody notices.

Source: Kingma and Ba (2015), Adam, algorithm 1 and the remark on efficiency at the end of section 2, the two orders.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Adam's epsilon"


def given() -> dict[str, Any]:
    """Two gradients of one parameter, one small; three steps from 0 at a learning rate of 0.1."""
    return {"gradient": np.array([1e-7, 1.0]), "lr": 0.1, "steps": 3}


def _adam(gradient: np.ndarray, lr: float, steps: int, epsilon: float, *, before: bool) -> np.ndarray:
    """Parameters after so many steps with the same gradient; epsilon before or after the correction of the bias."""
    m, v, place = np.zeros(2), np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        one, two = 1 - 0.9**t, 1 - 0.999**t
        if before:
            place = place - lr * np.sqrt(two) / one * m / (np.sqrt(v) + epsilon)
        else:
            place = place - lr * (m / one) / (np.sqrt(v / two) + epsilon)
    return place


@formula("m̂ / (√v̂ + 1e-8)")
def after_correction(gradient: np.ndarray, lr: float, steps: int) -> np.ndarray:
    return _adam(gradient, lr, steps, 1e-8, before=False)


@formula("m √(1 − β₂ᵗ) / (1 − β₁ᵗ) / (√v + 1e-7)")
def before_correction(gradient: np.ndarray, lr: float, steps: int) -> np.ndarray:
    return _adam(gradient, lr, steps, 1e-7, before=True)


@variant("pytorch", call="torch.optim.Adam([w], lr=0.1)", follows=after_correction)
def torch_adam(gradient: np.ndarray, lr: float, steps: int) -> Any:
    import torch

    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([w], lr=lr)
    for _ in range(steps):
        w.grad = torch.tensor(gradient)
        optimiser.step()
    return w.detach()


@variant("keras", call="keras.optimizers.Adam(0.1)", follows=before_correction)
def keras_adam(gradient: np.ndarray, lr: float, steps: int) -> Any:
    import keras

    w = keras.Variable(np.zeros(2), dtype="float64")
    optimiser = keras.optimizers.Adam(lr)
    for _ in range(steps):
        optimiser.apply([keras.ops.convert_to_tensor(gradient)], [w])
    return keras.ops.convert_to_numpy(w)


@variant("optax", call="optax.adam(0.1)", follows=after_correction)
def optax_adam(gradient: np.ndarray, lr: float, steps: int) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    optimiser, w, g = optax.adam(lr), jax.numpy.zeros(2), jax.numpy.asarray(gradient)
    state = optimiser.init(w)
    for _ in range(steps):
        update, state = optimiser.update(g, state)
        w = optax.apply_updates(w, update)
    return w


TOLERANCE = 1e-5  # Keras computes its powers in float32

CONVERTERS = (
    Converter(
        of=torch_adam,
        to="optax",
        exactness="exact",
        code="""\
import jax
import optax

jax.config.update("jax_enable_x64", True)
optimiser, w = optax.adam(lr, b1=0.9, b2=0.999, eps=1e-8), jax.numpy.zeros(2)
state = optimiser.init(w)
for _ in range(steps):
    update, state = optimiser.update(jax.numpy.asarray(gradient), state)
    w = optax.apply_updates(w, update)
value = w
""",
    ),
    Converter(
        of=torch_adam,
        to="keras",
        exactness="impossible",
        reason="Keras' epsilon stands before the correction of the bias, so the same step would need another epsilon "
        "each time: 1e-8 √(1 − β₂ᵗ). At gradients near 1 the difference is 1e-5 of the step.",
    ),
)
