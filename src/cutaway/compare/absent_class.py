"""What does macro F1 make of a class that is in neither the labels nor the predictions?

Answer: scikit-learn averages over the classes that it meets, unless `labels=` names them all, when the absent one
counts as 0; torchmetrics leaves a class out that has no row and no prediction; Keras' F1Score counts it as 0. Here
that is 0.61 against 0.45.

Source: the definition F1 = 2TP / (2TP + FP + FN), which is 0/0 for such a class; each function's value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Macro F1 with an absent class"


def given() -> dict[str, np.ndarray]:
    """Labels and predictions of eight rows among four classes, of which the last does not occur."""
    return {"y": np.array([0, 0, 0, 0, 1, 1, 2, 2]), "pred": np.array([0, 0, 0, 1, 1, 0, 2, 1])}


def _f1(y: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """F1 of each of four classes; NaN where it is 0/0."""
    tp = np.array([((y == k) & (pred == k)).sum() for k in range(4)])
    both = np.array([(y == k).sum() + (pred == k).sum() for k in range(4)])
    return np.array([2 * t / b if b else np.nan for t, b in zip(tp, both, strict=True)])


@formula("mean over the classes that occur")
def over_present(y: np.ndarray, pred: np.ndarray) -> float:
    return float(np.nanmean(_f1(y, pred)))


@formula("mean over all classes, 0 for an absent one")
def over_all(y: np.ndarray, pred: np.ndarray) -> float:
    return float(np.nan_to_num(_f1(y, pred)).mean())


@variant("scikit-learn", call='f1_score(y, pred, average="macro")', follows=over_present)
def sklearn_met(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(y, pred, average="macro")


@variant("scikit-learn", call='f1_score(y, pred, average="macro", labels=[0, 1, 2, 3])', follows=over_all)
def sklearn_labels(y: np.ndarray, pred: np.ndarray) -> Any:
    from sklearn.metrics import f1_score

    return f1_score(y, pred, average="macro", labels=[0, 1, 2, 3])


@variant("torchmetrics", call='multiclass_f1_score(pred, y, 4, average="macro")', follows=over_present)
def torchmetrics_macro(y: np.ndarray, pred: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import multiclass_f1_score

    return multiclass_f1_score(torch.tensor(pred), torch.tensor(y), 4, average="macro")


@variant("keras", call='keras.metrics.F1Score(average="macro")', follows=over_all)
def keras_macro(y: np.ndarray, pred: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.F1Score(average="macro")
    metric.update_state(np.eye(4)[y], np.eye(4)[pred])
    return metric.result()


CONVERTERS = (
    Converter(
        of=keras_macro,
        to="scikit-learn",
        exactness="exact",
        code="""\
from sklearn.metrics import f1_score

value = f1_score(y, pred, average="macro", labels=range(4), zero_division=0)
""",
    ),
    Converter(
        of=torchmetrics_macro,
        to="scikit-learn",
        exactness="exact",
        code="""\
import numpy as np
from sklearn.metrics import f1_score

value = np.nanmean(f1_score(y, pred, average=None, labels=range(4), zero_division=np.nan))
""",
    ),
    Converter(
        of=keras_macro,
        to="torchmetrics",
        exactness="exact",
        code="""\
import torch
from torchmetrics.functional.classification import multiclass_f1_score

value = multiclass_f1_score(torch.tensor(pred), torch.tensor(y), 4, average=None).mean()
""",
    ),
)
