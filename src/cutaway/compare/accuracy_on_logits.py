"""What does a binary accuracy make of logits?

Answer: Keras' BinaryAccuracy cuts whatever it is given at 0.5, so a logit of 0.3 (a probability of 0.57) counts as a
no; torchmetrics looks whether a value lies outside [0, 1] and then takes all of the batch for logits, so one batch of
small logits is cut at 0.5 and the next at 0.

Source: the code paths of both, held against their values on two batches of the same model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Accuracy on logits"


def given() -> dict[str, np.ndarray]:
    """Logits of six rows whose signs are all right: three small ones that look like probabilities, and all six."""
    return {"logits": np.array([0.3, 0.2, 0.4, 2.0, -1.5, 3.0]), "y": np.array([1, 1, 1, 1, 0, 1])}


@formula("share of rows with the right side of 0, in both batches")
def at_zero(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    right = (logits > 0) == (y == 1)
    return np.array([right[:3].mean(), right.mean()])


@formula("share of rows with the right side of 0.5, in both batches")
def at_half(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    right = (logits > 0.5) == (y == 1)
    return np.array([right[:3].mean(), right.mean()])


@formula("cut at 0.5 in the first batch, at 0 in the second")
def by_look(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array([at_half.function(logits, y)[0], at_zero.function(logits, y)[1]])


@variant("keras", call="keras.metrics.BinaryAccuracy()", follows=at_half)
def keras_binary(logits: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return [_keras(keras.metrics.BinaryAccuracy(), logits[rows], y[rows]) for rows in (slice(3), slice(6))]


@variant("keras", call="keras.metrics.BinaryAccuracy(threshold=0.0)", follows=at_zero)
def keras_at_zero(logits: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return [_keras(keras.metrics.BinaryAccuracy(threshold=0.0), logits[rows], y[rows]) for rows in (slice(3), slice(6))]


def _keras(metric: Any, logits: np.ndarray, y: np.ndarray) -> float:
    metric.update_state(y, logits)
    return float(metric.result())


@variant("torchmetrics", call="binary_accuracy(logits, y)", follows=by_look)
def torchmetrics_binary(logits: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import binary_accuracy

    return [float(binary_accuracy(torch.tensor(logits[rows]), torch.tensor(y[rows]))) for rows in (slice(3), slice(6))]


@variant("pytorch", call="((logits > 0) == y).float().mean()", follows=at_zero)
def torch_plain(logits: np.ndarray, y: np.ndarray) -> Any:
    import torch

    right = (torch.tensor(logits) > 0) == torch.tensor(y == 1)
    return [right[:3].double().mean().item(), right.double().mean().item()]


CONVERTERS = (
    Converter(
        of=torch_plain,
        to="keras",
        exactness="exact",
        code="""\
import keras

value = []
for rows in (slice(3), slice(6)):
    metric = keras.metrics.BinaryAccuracy(threshold=0.0)
    metric.update_state(y[rows], logits[rows])
    value.append(float(metric.result()))
""",
    ),
    Converter(
        of=torch_plain,
        to="torchmetrics",
        exactness="exact",
        code="""\
import torch
from torchmetrics.functional.classification import binary_accuracy

p = torch.sigmoid(torch.tensor(logits))
value = [float(binary_accuracy(p[rows], torch.tensor(y[rows]))) for rows in (slice(3), slice(6))]
""",
    ),
)
