"""Is the focal loss weighted by α unless one asks, and by what is it divided?

Answer: torchvision weights by α = 0.25 for positives and 0.75 for negatives, CatBoost by the α that it must be given;
Keras' binary loss has 0.25 as its default and ignores it unless apply_class_balancing=True; optax has none. Keras'
categorical loss multiplies every class by 0.25. All that ran take the mean over the rows, where the paper divides by
the positives.

Source: Lin, Goyal, Girshick, He and Dollár (2017), Focal loss for dense object detection, equation 5 and section 4.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant
from cutaway.science import losses

TITLE = "Focal loss"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """Logits of five rows, two of them positive."""
    return {"z": np.array([-1.0, 0.5, 2.0, 0.3, -3.0]), "y": np.array([0.0, 1, 1, 0, 0])}


@formula("Σ (1 − pₜ)² (−log pₜ) / N")
def plain(z: np.ndarray, y: np.ndarray) -> float:
    return float(losses.focal(z, y, gamma=2.0))


@formula("Σ αₜ (1 − pₜ)² (−log pₜ) / N, α = 0.25 for positives")
def weighted(z: np.ndarray, y: np.ndarray) -> float:
    return float(losses.focal(z, y, gamma=2.0, alpha=0.25))


@formula("Σ 0.25 (1 − pₜ)² (−log pₜ) / N")
def quarter(z: np.ndarray, y: np.ndarray) -> float:
    return float(losses.focal(z, y, gamma=2.0)) / 4


@formula("Σ αₜ (1 − pₜ)² (−log pₜ) / positives")
def over_positives(z: np.ndarray, y: np.ndarray) -> float:
    return float(losses.focal(z, y, gamma=2.0, alpha=0.25, reduction="mean over positives"))


@variant("torchvision", call='sigmoid_focal_loss(z, y, reduction="mean")', follows=weighted, run=False)
def torchvision_mean(z: np.ndarray, y: np.ndarray) -> Any:
    """Its build for processors is not to be had."""


@variant("torchvision", call="RetinaNet's classification loss", follows=over_positives, run=False)
def torchvision_retinanet(z: np.ndarray, y: np.ndarray) -> Any:
    """As above."""


@variant("keras", call="BinaryFocalCrossentropy(from_logits=True)(y, z)", follows=plain)
def keras_plain(z: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.losses.BinaryFocalCrossentropy(from_logits=True, dtype="float64")(y, z)


@variant("keras", call="BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True)(y, z)", follows=weighted)
def keras_balanced(z: np.ndarray, y: np.ndarray) -> Any:
    import keras

    loss = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True, dtype="float64")
    return loss(y, z)


@variant("keras", call="CategoricalFocalCrossentropy(from_logits=True)(one_hot, [0, z])", follows=quarter)
def keras_categorical(z: np.ndarray, y: np.ndarray) -> Any:
    import keras

    loss = keras.losses.CategoricalFocalCrossentropy(from_logits=True, dtype="float64")
    return loss(np.stack([1 - y, y], 1), np.stack([np.zeros_like(z), z], 1))


@variant("optax", call="optax.sigmoid_focal_loss(z, y).mean()", follows=plain)
def optax_plain(z: np.ndarray, y: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    return optax.sigmoid_focal_loss(jnp.asarray(z), jnp.asarray(y)).mean()


@variant("optax", call="optax.sigmoid_focal_loss(z, y, alpha=0.25).mean()", follows=weighted)
def optax_weighted(z: np.ndarray, y: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    return optax.sigmoid_focal_loss(jnp.asarray(z), jnp.asarray(y), alpha=0.25).mean()


@variant("catboost", call='eval_metric(y, z, "Focal:focal_alpha=0.25;focal_gamma=2.0")', follows=weighted)
def catboost_focal(z: np.ndarray, y: np.ndarray) -> Any:
    from catboost.utils import eval_metric

    return eval_metric(y, z, "Focal:focal_alpha=0.25;focal_gamma=2.0")[0]


CONVERTERS = (
    Converter(
        of=keras_plain,
        to="optax",
        exactness="near",
        error=1e-5,
        code="""\
import optax
from jax import numpy as jnp

value = optax.sigmoid_focal_loss(jnp.asarray(z), jnp.asarray(y)).mean()
""",
        reason="JAX computes in float32 unless told otherwise.",
    ),
    Converter(
        of=catboost_focal,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

logits, labels = torch.tensor(z), torch.tensor(y)
entropy = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
alpha = torch.where(labels == 1, 0.25, 0.75)
value = (alpha * (1 - torch.exp(-entropy)) ** 2 * entropy).mean()
""",
    ),
    Converter(
        of=keras_categorical,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

entropy = F.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(y), reduction="none")
value = 0.25 * ((1 - torch.exp(-entropy)) ** 2 * entropy).mean()
""",
    ),
    Converter(
        of=optax_weighted,
        to="keras",
        exactness="near",
        error=1e-5,
        code="""\
import keras

loss = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True, dtype="float64")
value = loss(y, z)
""",
        reason="JAX computes in float32 unless told otherwise.",
    ),
)
