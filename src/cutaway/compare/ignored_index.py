"""What is the cross-entropy of a batch in which every label is to be ignored?

Answer: 0/0. PyTorch's mean is NaN, and one such batch of padding spoils every weight; Keras divides by the number of
rows that count, guarded against none, and returns 0; optax leaves the division to its caller.

Source: the documentation of `torch.nn.CrossEntropyLoss` (`ignore_index`) and of Keras' `ignore_class`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Cross-entropy of an empty batch"


def given() -> dict[str, np.ndarray]:
    """Logits (3, 2) of three rows, all of which carry the label -100: ignore."""
    return {"logits": np.array([[0.2, -0.3], [1.0, 0.1], [0.0, 0.5]]), "y": np.array([-100, -100, -100])}


@formula("Σ ℓᵢ / 0: NaN")
def undefined(logits: np.ndarray, y: np.ndarray) -> float:
    counted = int((y != -100).sum())
    return float("nan") if counted == 0 else 0.0


@formula("0")
def zero(logits: np.ndarray, y: np.ndarray) -> float:
    return 0.0


@variant("pytorch", call="F.cross_entropy(logits, y)", follows=undefined)
def torch_mean(logits: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.cross_entropy(torch.tensor(logits), torch.tensor(y))


@variant("pytorch", call='F.cross_entropy(logits, y, reduction="sum")', follows=zero)
def torch_sum(logits: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.cross_entropy(torch.tensor(logits), torch.tensor(y), reduction="sum")


@variant("keras", call="SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100)", follows=zero)
def keras_ignored(logits: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100)(y, logits)


@variant("optax", call="(loss(logits, y) * (y != -100)).sum() / (y != -100).sum()", follows=undefined)
def optax_mean(logits: np.ndarray, y: np.ndarray) -> Any:
    import optax
    from jax import numpy as jnp

    kept = jnp.asarray(y != -100)
    each = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.asarray(np.maximum(y, 0)))
    return (each * kept).sum() / kept.sum()


CONVERTERS = (
    Converter(
        of=keras_ignored,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

counted = max(int((y != -100).sum()), 1)
value = F.cross_entropy(torch.tensor(logits), torch.tensor(y), reduction="sum") / counted
""",
    ),
)
