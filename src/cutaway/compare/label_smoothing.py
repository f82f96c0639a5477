"""How do label smoothing and class weights act together?

Answer: Keras smooths the target and weighs the row by its true class; PyTorch's cross-entropy weighs each class's own
part of the smoothed target, and divides by the weights of the true classes. With a weight of 9 the two differ by a
factor.

Source: Szegedy et al. (2016), Rethinking the Inception architecture, section 7; PyTorch's documentation of
`CrossEntropyLoss` with `label_smoothing` and `weight`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Label smoothing with class weights"
SMOOTHING = 0.1


def given() -> dict[str, np.ndarray]:
    """Logits (4, 3), labels, and a weight a class."""
    rng = np.random.default_rng(4)
    return {
        "logits": rng.normal(size=(4, 3)).round(3),
        "y": np.array([0, 1, 2, 0]),
        "class_weight": np.array([1.0, 3, 9]),
    }


def _terms(logits: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minus the log probabilities, and the smoothed targets."""
    shifted = logits - logits.max(1, keepdims=True)
    minus_log = np.log(np.exp(shifted).sum(1, keepdims=True)) - shifted
    return minus_log, np.eye(3)[y] * (1 - SMOOTHING) + SMOOTHING / 3


@formula("Σᵢ w(yᵢ) Σₖ tᵢₖ ℓᵢₖ / N")
def by_row(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    minus_log, target = _terms(logits, y)
    return float((class_weight[y] * (target * minus_log).sum(1)).mean())


@formula("Σᵢ Σₖ wₖ tᵢₖ ℓᵢₖ / Σᵢ w(yᵢ)")
def by_class(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> float:
    minus_log, target = _terms(logits, y)
    return float((class_weight * target * minus_log).sum() / class_weight[y].sum())


@variant("pytorch", call="F.cross_entropy(z, y, weight=w, label_smoothing=0.1)", follows=by_class)
def torch_smoothed(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    w = torch.tensor(class_weight)
    return functional.cross_entropy(torch.tensor(logits), torch.tensor(y), weight=w, label_smoothing=SMOOTHING)


@variant("keras", call="CategoricalCrossentropy(True, label_smoothing=0.1)(t, z, sample_weight=w[y])", follows=by_row)
def keras_smoothed(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import keras

    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING, dtype="float64")
    return loss(np.eye(3)[y], logits, sample_weight=class_weight[y])


@variant("optax", call="(w[y] * softmax_cross_entropy(z, optax.smooth_labels(t, 0.1))).mean()", follows=by_row)
def optax_smoothed(logits: np.ndarray, y: np.ndarray, class_weight: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    target = optax.smooth_labels(jnp.asarray(np.eye(3)[y]), SMOOTHING)
    return (jnp.asarray(class_weight[y]) * optax.softmax_cross_entropy(jnp.asarray(logits), target)).mean()


CONVERTERS = (
    Converter(
        of=keras_smoothed,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

z, labels, w = torch.tensor(logits), torch.tensor(y), torch.tensor(class_weight)
each = F.cross_entropy(z, labels, label_smoothing=0.1, reduction="none")
value = (w[labels] * each).mean()
""",
    ),
    Converter(
        of=torch_smoothed,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

target = np.eye(3)[y] * 0.9 + 0.1 / 3
minus_log = -keras.ops.convert_to_numpy(keras.ops.log_softmax(keras.ops.convert_to_tensor(logits, "float64")))
value = (class_weight * target * minus_log).sum() / class_weight[y].sum()
""",
    ),
)
