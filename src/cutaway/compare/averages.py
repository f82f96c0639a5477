"""What do micro, macro and weighted average over?

Answer: micro F1 of a problem with one label a row is the accuracy, everywhere; macro weighs every class alike; weighted
weighs them by their rows. torchmetrics' default is macro for several classes, scikit-learn's `f1_score` refuses several
classes until an average is named, and torchmetrics' multiclass accuracy is by default the mean recall of the classes.

Source: Sokolova and Lapalme (2009), A systematic analysis of performance measures for classification tasks, table 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Micro, macro, weighted"


def given() -> dict[str, np.ndarray]:
    """Labels and predictions of ten rows among three classes of 7, 2 and 1 rows."""
    return {"y": np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 2]), "pred": np.array([0, 0, 0, 0, 0, 0, 1, 1, 0, 0])}


@formula("share of rows that are right")
def accuracy(y: np.ndarray, pred: np.ndarray) -> float:
    return float((y == pred).mean())


@formula("mean over the classes of their recall")
def mean_recall(y: np.ndarray, pred: np.ndarray) -> float:
    return float(np.mean([(pred[y == k] == k).mean() for k in range(3)]))


@formula("mean over the classes of F1, each weighted by its rows")
def weighted_f1(y: np.ndarray, pred: np.ndarray) -> float:
    each = [2 * ((y == k) & (pred == k)).sum() / ((y == k).sum() + (pred == k).sum()) for k in range(3)]
    return float(np.average(each, weights=np.bincount(y)))


@formula("refused")
def refused(y: np.ndarray, pred: np.ndarray) -> str:
    return "ValueError"


@variant("scikit-learn", call="accuracy_score(y, pred)", follows=accuracy)
def sklearn_accuracy(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import accuracy_score

    return accuracy_score(y, pred)


@variant("scikit-learn", call='f1_score(y, pred, average="micro")', follows=accuracy)
def sklearn_micro(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(y, pred, average="micro")


@variant("scikit-learn", call='f1_score(y, pred, average="weighted")', follows=weighted_f1)
def sklearn_weighted(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(y, pred, average="weighted")


@variant("scikit-learn", call="f1_score(y, pred)", follows=refused)
def sklearn_default(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import f1_score

    try:
        return f1_score(y, pred)
    except ValueError:
        return "ValueError"


@variant("torchmetrics", call="multiclass_accuracy(pred, y, 3)", follows=mean_recall)
def torchmetrics_accuracy(y: np.ndarray, pred: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import multiclass_accuracy

    return multiclass_accuracy(torch.tensor(pred), torch.tensor(y), 3)


@variant("torchmetrics", call='multiclass_f1_score(pred, y, 3, average="micro")', follows=accuracy)
def torchmetrics_micro(y: np.ndarray, pred: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import multiclass_f1_score

    return multiclass_f1_score(torch.tensor(pred), torch.tensor(y), 3, average="micro")


@variant("keras", call='keras.metrics.F1Score(average="weighted")', follows=weighted_f1)
def keras_weighted(y: np.ndarray, pred: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.F1Score(average="weighted")
    metric.update_state(np.eye(3)[y], np.eye(3)[pred])
    return metric.result()


@variant("keras", call="keras.metrics.SparseCategoricalAccuracy()", follows=accuracy)
def keras_accuracy(y: np.ndarray, pred: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(y, np.eye(3)[pred])
    return metric.result()


CONVERTERS = (
    Converter(
        of=sklearn_accuracy,
        to="torchmetrics",
        exactness="exact",
        code="""\
import torch
from torchmetrics.functional.classification import multiclass_accuracy

value = multiclass_accuracy(torch.tensor(pred), torch.tensor(y), 3, average="micro")
""",
    ),
    Converter(
        of=torchmetrics_accuracy,
        to="scikit-learn",
        exactness="exact",
        code="""\
from sklearn.metrics import balanced_accuracy_score

value = balanced_accuracy_score(y, pred)
""",
    ),
)
