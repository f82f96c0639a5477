"""Is the area under ROC taken over all scores, or over fixed thresholds?

Answer: scikit-learn and torchmetrics sort the scores and count a tie as half; Keras keeps counts at 200 thresholds,
and torchmetrics at as many as `thresholds=` says, so that scores crowded between two thresholds become ties: here a
good ranking of rare events looks like guessing.

Source: Fawcett (2006), An introduction to ROC analysis, section 5 on ties.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Area under ROC at fixed thresholds"


def given() -> dict[str, np.ndarray]:
    """Six negatives and three positives whose probabilities are all below 0.006, as for rare events."""
    return {
        "y": np.array([0, 0, 0, 0, 0, 0, 1, 1, 1]),
        "p": np.array([0.0001, 0.0004, 0.0009, 0.0016, 0.0016, 0.0031, 0.0016, 0.0036, 0.0053]),
    }


@formula("pairs ranked right, a tie as half")
def pairs(y: np.ndarray, p: np.ndarray) -> float:
    gap = p[y == 1][:, None] - p[y == 0][None, :]
    return float(((gap > 0) + 0.5 * (gap == 0)).mean())


def _trapezoids(y: np.ndarray, above: list[np.ndarray]) -> float:
    tpr = np.array([each[y == 1].mean() for each in above])
    fpr = np.array([each[y == 0].mean() for each in above])
    return float(np.abs(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2).sum())


@formula("trapezoids between 200 thresholds")
def at_200(y: np.ndarray, p: np.ndarray) -> float:
    cuts = np.concatenate([[-1e-7], np.arange(1, 199) / 199, [1 + 1e-7]])
    return _trapezoids(y, [p > cut for cut in cuts])


@formula("trapezoids between 50 thresholds")
def at_50(y: np.ndarray, p: np.ndarray) -> float:
    return _trapezoids(y, [p >= cut for cut in np.linspace(0, 1, 50)] + [np.zeros(len(y), bool)])


@variant("scikit-learn", call="roc_auc_score(y, p)", follows=pairs)
def sklearn_auc(y: np.ndarray, p: np.ndarray) -> Any:
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(y, p)


@variant("torchmetrics", call="binary_auroc(p, y)", follows=pairs)
def torchmetrics_auc(y: np.ndarray, p: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import binary_auroc

    return binary_auroc(torch.tensor(p), torch.tensor(y))


@variant("torchmetrics", call="binary_auroc(p, y, thresholds=50)", follows=at_50)
def torchmetrics_binned(y: np.ndarray, p: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import binary_auroc

    return binary_auroc(torch.tensor(p), torch.tensor(y), thresholds=50)


@variant("keras", call="keras.metrics.AUC()", follows=at_200)
def keras_auc(y: np.ndarray, p: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.AUC()
    metric.update_state(y, p)
    return metric.result()


CONVERTERS = (
    Converter(
        of=sklearn_auc,
        to="torchmetrics",
        exactness="exact",
        code="""\
import torch
from torchmetrics.functional.classification import binary_auroc

value = binary_auroc(torch.tensor(p), torch.tensor(y), thresholds=None)
""",
    ),
    Converter(
        of=sklearn_auc,
        to="keras",
        exactness="exact",
        code="""\
import keras

cuts = sorted({float(each) - 1e-6 for each in p} - {0.0})
metric = keras.metrics.AUC(thresholds=[cut for cut in cuts if 0 < cut < 1])
metric.update_state(y, p)
value = metric.result()
""",
    ),
)
