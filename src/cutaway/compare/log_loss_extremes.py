"""What is the log loss of a row that was given probability 0 and is positive?

Answer: infinite by definition. scikit-learn clips to the smallest step of the type (36), Keras to 1e-7 (16.1), PyTorch
holds the logarithm at -100 (100); from logits nothing is clipped. Keras' clip also ends the gradient there: such a row
teaches nothing any more.

Source: scikit-learn's `log_loss`, PyTorch's `BCELoss`, Keras' `BinaryCrossentropy`: documentation against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Log loss at a probability of 0"


def given() -> dict[str, np.ndarray]:
    """One positive row with probability 0, and the logit of -50 that a sigmoid in float32 turns into about 2e-22."""
    return {"p": np.array([0.0]), "y": np.array([1.0]), "logit": np.array([-50.0])}


@formula("−log 0 = ∞")
def infinite(p: np.ndarray, y: np.ndarray, logit: np.ndarray) -> float:
    return float("inf")


@formula("−log 2.2e-16")
def at_epsilon(p: np.ndarray, y: np.ndarray, logit: np.ndarray) -> float:
    return float(-np.log(np.finfo(float).eps))


@formula("−log 1e-7")
def at_fuzz(p: np.ndarray, y: np.ndarray, logit: np.ndarray) -> float:
    return float(-np.log(1e-7))


@formula("100")
def at_hundred(p: np.ndarray, y: np.ndarray, logit: np.ndarray) -> float:
    return 100.0


@formula("log(1 + e^−z)")
def of_logit(p: np.ndarray, y: np.ndarray, logit: np.ndarray) -> float:
    return float(np.logaddexp(0.0, -logit[0]))


@variant("numpy", call="-(y * np.log(p)).sum()", follows=infinite)
def numpy_plain(p: np.ndarray, y: np.ndarray) -> Any:
    with np.errstate(divide="ignore"):
        return -(y * np.log(p)).sum()


@variant("scikit-learn", call="log_loss(y, p, labels=[0, 1])", follows=at_epsilon)
def sklearn_log_loss(p: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.metrics import log_loss

    return log_loss(y, p, labels=[0, 1])


@variant("pytorch", call="F.binary_cross_entropy(p, y)", follows=at_hundred)
def torch_bce(p: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.binary_cross_entropy(torch.tensor(p), torch.tensor(y))


@variant("pytorch", call="F.binary_cross_entropy_with_logits(z, y)", follows=of_logit)
def torch_logits(logit: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.binary_cross_entropy_with_logits(torch.tensor(logit), torch.tensor(y))


@variant("keras", call="BinaryCrossentropy()(y, p)", follows=at_fuzz)
def keras_bce(p: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.losses.BinaryCrossentropy(dtype="float64")(y, p)


@variant("keras", call="BinaryCrossentropy(from_logits=True)(y, z)", follows=of_logit)
def keras_logits(logit: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.losses.BinaryCrossentropy(from_logits=True)(y, logit)


@variant("optax", call="optax.sigmoid_binary_cross_entropy(z, y)", follows=of_logit)
def optax_logits(logit: np.ndarray, y: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    return optax.sigmoid_binary_cross_entropy(jnp.asarray(logit), jnp.asarray(y)).mean()


CONVERTERS = (
    Converter(
        of=keras_bce,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

value = F.binary_cross_entropy(torch.tensor(p).clamp(1e-7, 1 - 1e-7), torch.tensor(y))
""",
    ),
    Converter(
        of=torch_bce,
        to="keras",
        exactness="impossible",
        reason="Keras clips every probability to at least 1e-7 before the logarithm; hand logits to both instead.",
    ),
    Converter(
        of=torch_logits,
        to="keras",
        exactness="exact",
        code="""\
import keras

value = keras.losses.BinaryCrossentropy(from_logits=True)(y, logit)
""",
    ),
)
