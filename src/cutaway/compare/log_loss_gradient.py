"""Does a row that is certain and wrong still pull at the logit?

Answer: it should pull with 1, all that there is. From logits it does everywhere. From probabilities PyTorch lets it
pull, because it bounds the logarithm and not the probability; Keras clips the probability at 1e-7, where the gradient
ends: the worst rows teach nothing. Keras' own sigmoid remembers its logits and is spared; a sigmoid written by hand is
not.

Source: the derivative p − y of the log loss by its logit; each framework's automatic derivative at a logit of −25.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Gradient of the log loss at a wrong certainty"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """One positive row with a logit of -25, a probability of 1.4e-11."""
    return {"logit": np.array([-25.0]), "y": np.array([1.0])}


@formula("p − y = −1")
def pulls(logit: np.ndarray, y: np.ndarray) -> float:
    return float(1 / (1 + np.exp(-logit[0])) - y[0])


@formula("0: clipped")
def clipped(logit: np.ndarray, y: np.ndarray) -> float:
    return 0.0


def _torch(logit: np.ndarray, y: np.ndarray, name: str) -> float:
    import torch

    z = torch.tensor(logit, requires_grad=True)
    given = torch.sigmoid(z) if name == "binary_cross_entropy" else z
    getattr(torch.nn.functional, name)(given, torch.tensor(y)).backward()
    return float(z.grad.item())


@variant("pytorch", call="F.binary_cross_entropy(torch.sigmoid(z), y)", follows=pulls)
def torch_of_p(logit: np.ndarray, y: np.ndarray) -> Any:
    return _torch(logit, y, "binary_cross_entropy")


@variant("pytorch", call="F.binary_cross_entropy_with_logits(z, y)", follows=pulls)
def torch_of_logit(logit: np.ndarray, y: np.ndarray) -> Any:
    return _torch(logit, y, "binary_cross_entropy_with_logits")


def _keras(logit: np.ndarray, y: np.ndarray, sigmoid: Any, *, from_logits: bool = False) -> float:
    import keras
    import tensorflow as tf

    z = tf.constant(logit)
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = keras.losses.BinaryCrossentropy(from_logits=from_logits, dtype="float64")(y, sigmoid(z))
    return float(tape.gradient(loss, z)[0])


@variant("keras", call="BinaryCrossentropy()(y, 1 / (1 + exp(-z)))", follows=clipped)
def keras_by_hand(logit: np.ndarray, y: np.ndarray) -> Any:
    import tensorflow as tf

    return _keras(logit, y, lambda z: 1 / (1 + tf.exp(-z)))


@variant("keras", call="BinaryCrossentropy()(y, keras.activations.sigmoid(z))", follows=pulls)
def keras_sigmoid(logit: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return _keras(logit, y, keras.activations.sigmoid)


@variant("keras", call="BinaryCrossentropy(from_logits=True)(y, z)", follows=pulls)
def keras_of_logit(logit: np.ndarray, y: np.ndarray) -> Any:
    return _keras(logit, y, lambda z: z, from_logits=True)


@variant("optax", call="optax.sigmoid_binary_cross_entropy(z, y)", follows=pulls)
def optax_of_logit(logit: np.ndarray, y: np.ndarray) -> Any:
    import jax
    import optax

    return jax.grad(lambda z: optax.sigmoid_binary_cross_entropy(z, y[0]))(float(logit[0]))


CONVERTERS = (
    Converter(
        of=torch_of_p,
        to="keras",
        exactness="exact",
        code="""\
import keras
import tensorflow as tf

z = tf.constant(logit)
with tf.GradientTape() as tape:
    tape.watch(z)
    loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")(y, z)
value = float(tape.gradient(loss, z)[0])
""",
    ),
    Converter(
        of=keras_by_hand,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

z = torch.tensor(logit, requires_grad=True)
p = torch.sigmoid(z).clamp(1e-7, 1 - 1e-7)
torch.nn.functional.binary_cross_entropy(p, torch.tensor(y)).backward()
value = z.grad.item()
""",
    ),
)
