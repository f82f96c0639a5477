"""By what is the loss of padded sequences divided?

Answer: by the valid steps where the mask itself arrives (Keras' mask or `ignore_class`, PyTorch's `ignore_index`,
`mean(where=mask)` in JAX); by all steps, padded ones too, where padding is only given a weight of 0 as Keras'
`sample_weight`, which so halves the loss, and its gradient, of a batch that is half padding. A mean of the sequences'
means weighs the steps of short sequences more.

Source: the documentation of `torch.nn.CrossEntropyLoss` and of Keras' losses, held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The loss over padded steps"


def given() -> dict[str, np.ndarray]:
    """Logits (2, 4, 3) of two sequences of 4 and 1 steps, their labels (0 where padded), the mask of valid steps."""
    mask = np.array([[True] * 4, [True, False, False, False]])
    logits = np.random.default_rng(5).normal(size=(2, 4, 3)).round(3)
    return {"logits": logits * mask[..., None], "y": np.array([[2, 1, 0, 1], [2, 0, 0, 0]]), "mask": mask}


def _losses(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    chosen = np.take_along_axis(logits, y[..., None], -1)[..., 0]
    return np.asarray(np.log(np.exp(logits).sum(-1)) - chosen)


@formula("Σ valid ℓ / number of valid steps")
def over_valid(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> float:
    return float(_losses(logits, y)[mask].mean())


@formula("Σ valid ℓ / number of all steps")
def over_steps(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> float:
    return float(_losses(logits, y)[mask].sum() / mask.size)


@formula("Σ all ℓ / number of all steps")
def padding_counts(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> float:
    return float(_losses(logits, y).mean())


@formula("mean over sequences of their mean over valid steps")
def mean_of_means(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> float:
    return float(((_losses(logits, y) * mask).sum(1) / mask.sum(1)).mean())


def _keras(**options: Any) -> Any:
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64", **options)


@variant("keras", call="loss(y, logits)", follows=padding_counts)
def keras_plain(logits: np.ndarray, y: np.ndarray) -> Any:
    return _keras()(y, logits)


@variant("keras", call="loss(y, logits that carry a mask)", follows=over_valid)
def keras_mask(logits: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return _keras()(y, keras.layers.Masking(dtype="float64")(logits))


@variant("keras on torch", call="loss(y, logits that carry a mask)", follows=over_valid)
def keras_on_torch(logits: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(_keras()(y, keras.layers.Masking(dtype="float64")(logits)))


@variant("keras", call="loss(y, logits, sample_weight=mask)", follows=over_steps)
def keras_weight(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    return _keras()(y, logits, sample_weight=mask.astype(float))


@variant("keras", call='Loss(reduction="mean_with_sample_weight")(y, logits, sample_weight=mask)', follows=over_valid)
def keras_weighted_mean(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    return _keras(reduction="mean_with_sample_weight")(y, logits, sample_weight=mask.astype(float))


@variant("keras", call="Loss(ignore_class=-1)(y with -1, logits)", follows=over_valid)
def keras_ignore(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    return _keras(ignore_class=-1)(np.where(mask, y, -1), logits)


@variant("pytorch", call="F.cross_entropy(logits.mT, y with -100)", follows=over_valid)
def torch_ignore(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    return functional.cross_entropy(torch.tensor(logits).mT, torch.tensor(np.where(mask, y, -100)))


@variant("pytorch", call="(F.cross_entropy(logits.mT, y, reduction='none') * mask).mean()", follows=over_steps)
def torch_by_hand(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    losses = functional.cross_entropy(torch.tensor(logits).mT, torch.tensor(y), reduction="none")
    return (losses * torch.tensor(mask)).mean()


@variant("pytorch", call="((losses * mask).sum(1) / mask.sum(1)).mean()", follows=mean_of_means)
def torch_sequences(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    valid = torch.tensor(mask)
    losses = functional.cross_entropy(torch.tensor(logits).mT, torch.tensor(y), reduction="none")
    return ((losses * valid).sum(1) / valid.sum(1)).mean()


@variant("optax", call="losses.mean(where=mask)", follows=over_valid)
def optax_where(logits: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    losses = optax.softmax_cross_entropy_with_integer_labels(jax.numpy.asarray(logits), jax.numpy.asarray(y))
    return losses.mean(where=jax.numpy.asarray(mask))


CONVERTERS = (
    Converter(
        of=keras_mask,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

target = torch.tensor(y).masked_fill(~torch.tensor(mask), -100)
value = F.cross_entropy(torch.tensor(logits).mT, target, ignore_index=-100)
""",
    ),
    Converter(
        of=keras_weight,
        to="pytorch",
        exactness="exact",
        code="""\
import torch
from torch.nn import functional as F

target = torch.tensor(y).masked_fill(~torch.tensor(mask), -100)
value = F.cross_entropy(torch.tensor(logits).mT, target, reduction="sum") / target.numel()
""",
    ),
    Converter(
        of=torch_ignore,
        to="keras",
        exactness="exact",
        code="""\
import keras

loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="mean_with_sample_weight", dtype="float64"
)
value = loss(y, logits, sample_weight=mask.astype(float))
""",
    ),
    Converter(
        of=torch_ignore,
        to="optax",
        exactness="exact",
        code="""\
import jax
import optax

jax.config.update("jax_enable_x64", True)
losses = optax.softmax_cross_entropy_with_integer_labels(jax.numpy.asarray(logits), jax.numpy.asarray(y))
value = losses.mean(where=jax.numpy.asarray(mask))
""",
    ),
)
