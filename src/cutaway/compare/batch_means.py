"""Is a metric over an epoch that of all rows, or the mean over the batches?

Answer: objects that keep counts (Keras' Recall, torchmetrics' BinaryRecall) give that of all rows; a plain function
handed to Keras' `metrics=`, and a mean of what batches return, give the mean over batches, which moves when the rows
are shuffled.

Source: the mean of ratios is not the ratio of sums; each framework's value over the same three batches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Recall over batches"
BATCH = 4


def given() -> dict[str, np.ndarray]:
    """Twelve rows in three batches of four, with one, four and no positives."""
    y = np.array([1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0])
    return {"y": y, "pred": np.array([0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0])}


def _batches(*arrays: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    return [tuple(each[i : i + BATCH] for each in arrays) for i in range(0, len(arrays[0]), BATCH)]


def _recall(y: np.ndarray, pred: np.ndarray) -> float:
    """Recall of a batch; 0 without positives, as most code has it."""
    return float((y * pred).sum() / max(y.sum(), 1))


@formula("TP / (TP + FN) over all rows")
def of_rows(y: np.ndarray, pred: np.ndarray) -> float:
    return float(((y == 1) & (pred == 1)).sum() / (y == 1).sum())


@formula("mean over batches of TP / (TP + FN)")
def of_batches(y: np.ndarray, pred: np.ndarray) -> float:
    return float(np.mean([_recall(*batch) for batch in _batches(y, pred)]))


@variant("scikit-learn", call="recall_score(y, pred)", follows=of_rows)
def sklearn_recall(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import recall_score

    return recall_score(y, pred)


@variant("keras", call="keras.metrics.Recall(), update_state a batch", follows=of_rows)
def keras_object(y: np.ndarray, pred: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.Recall()
    for batch in _batches(y, pred):
        metric.update_state(*batch)
    return metric.result()


@variant("keras", call="model.compile(metrics=[a_function_of_y_and_p])", follows=of_batches)
def keras_function(y: np.ndarray, pred: np.ndarray) -> Any:
    import keras
    from keras import ops

    def recall(y_true: Any, y_pred: Any) -> Any:
        found = ops.sum(y_true * y_pred)
        return found / ops.maximum(ops.sum(y_true), 1.0)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    model.compile(loss="mse", metrics=[recall])
    told = model.evaluate(pred[:, None].astype("float32"), y[:, None].astype("float32"), batch_size=BATCH, verbose=0)
    return told[1]


@variant("torchmetrics", call="BinaryRecall(), update a batch", follows=of_rows)
def torchmetrics_object(y: np.ndarray, pred: np.ndarray) -> Any:
    import torch
    from torchmetrics.classification import BinaryRecall

    metric = BinaryRecall()
    for labels, said in _batches(y, pred):
        metric.update(torch.tensor(said), torch.tensor(labels))
    return metric.compute()


@variant("pytorch", call="torch.stack([recall(y, p) for y, p in batches]).mean()", follows=of_batches)
def torch_mean(y: np.ndarray, pred: np.ndarray) -> Any:
    import torch

    each = [torch.tensor(_recall(labels, said), dtype=torch.float64) for labels, said in _batches(y, pred)]
    return torch.stack(each).mean()


CONVERTERS = (
    Converter(
        of=keras_function,
        to="keras",
        exactness="impossible",
        reason="What the mean over batches has lost cannot be had back; keep counts instead, as keras.metrics.Recall "
        "and cutaway.frameworks.keras do.",
    ),
    Converter(
        of=torchmetrics_object,
        to="keras",
        exactness="exact",
        code="""\
import keras

metric = keras.metrics.Recall()
for i in range(0, len(y), 4):
    metric.update_state(y[i : i + 4], pred[i : i + 4])
value = metric.result()
""",
    ),
)
