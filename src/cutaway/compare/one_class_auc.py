"""What is the area under ROC when only one class is present?

Answer: undefined, since there is no pair to rank. scikit-learn returns NaN with a warning (it raised an error before
1.6); torchmetrics and Keras return 0, which a mean over batches or folds then takes for a terrible score.

Source: Hanley and McNeil (1982) for the area as a share of pairs; each function's value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Area under ROC of one class"


def given() -> dict[str, np.ndarray]:
    """Four negatives with their scores."""
    return {"y": np.zeros(4, int), "p": np.array([0.1, 0.4, 0.35, 0.8])}


@formula("NaN: no pair of a positive and a negative")
def undefined(y: np.ndarray, p: np.ndarray) -> float:
    pairs = int((y == 1).sum()) * int((y == 0).sum())
    return float("nan") if pairs == 0 else 1.0


@formula("0")
def zero(y: np.ndarray, p: np.ndarray) -> float:
    return 0.0


@variant("scikit-learn", call="roc_auc_score(y, p)", follows=undefined)
def sklearn_auc(y: np.ndarray, p: np.ndarray) -> Any:
    from sklearn.metrics import roc_auc_score

    try:
        return roc_auc_score(y, p)
    except ValueError:
        return "ValueError"


@variant("torchmetrics", call="binary_auroc(p, y)", follows=zero)
def torchmetrics_auc(y: np.ndarray, p: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import binary_auroc

    return binary_auroc(torch.tensor(p), torch.tensor(y))


@variant("keras", call="keras.metrics.AUC()", follows=zero)
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

both = 0 < y.sum() < len(y)
value = binary_auroc(torch.tensor(p), torch.tensor(y)) if both else float("nan")
""",
    ),
)
