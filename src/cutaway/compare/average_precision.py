"""Which area lies under a precision-recall curve?

Answer: average precision adds rectangles at the steps of recall (scikit-learn, torchmetrics); joining the points by
straight lines (the trapezoid rule) promises precisions that no threshold reaches and comes out higher or lower by
chance; Keras' AUC(curve="PR") interpolates counts between 200 fixed thresholds.

Source: Davis and Goadrich (2006), The relationship between precision-recall and ROC curves; Boyd, Eng and Page (2013)
on estimators of the area.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Area under precision and recall"


def given() -> dict[str, np.ndarray]:
    """Eight rows, three of them positive, and their scores; two scores are tied."""
    return {
        "y": np.array([0, 0, 1, 0, 1, 0, 0, 1]),
        "p": np.array([0.11, 0.23, 0.37, 0.48, 0.48, 0.62, 0.71, 0.93]),
    }


def _steps(y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at each distinct score, from the highest down."""
    cuts = np.unique(p)[::-1]
    tp = np.array([((p >= cut) & (y == 1)).sum() for cut in cuts])
    alarms = np.array([(p >= cut).sum() for cut in cuts])
    return tp / (y == 1).sum(), tp / alarms


@formula("Σ (Rᵢ − Rᵢ₋₁) Pᵢ")
def rectangles(y: np.ndarray, p: np.ndarray) -> float:
    recall, precision = _steps(y, p)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


@formula("Σ (Rᵢ − Rᵢ₋₁) (Pᵢ + Pᵢ₋₁) / 2, from (0, 1)")
def trapezoids(y: np.ndarray, p: np.ndarray) -> float:
    recall, precision = (np.concatenate([[start], each]) for start, each in zip((0.0, 1.0), _steps(y, p), strict=True))
    return float((np.diff(recall) * (precision[1:] + precision[:-1]) / 2).sum())


@formula("counts interpolated between 200 thresholds")
def interpolated(y: np.ndarray, p: np.ndarray) -> float:
    inner = np.arange(1, 199) / 199
    cuts = np.concatenate([[-1e-7], inner, [1 + 1e-7]])
    tp = np.array([((p > cut) & (y == 1)).sum() for cut in cuts], float)
    fp = np.array([((p > cut) & (y == 0)).sum() for cut in cuts], float)
    positives, total = (y == 1).sum(), 0.0
    for i in range(199):
        dtp, alarms, above = tp[i] - tp[i + 1], tp[i] + fp[i], tp[i + 1] + fp[i + 1]
        if dtp <= 0:
            continue
        slope = dtp / (alarms - above)
        intercept = tp[i + 1] - slope * above
        ratio = alarms / above if above > 0 and alarms > 0 else 1.0
        total += slope * (dtp + intercept * np.log(ratio)) / positives
    return float(total)


@variant("scikit-learn", call="average_precision_score(y, p)", follows=rectangles)
def sklearn_average_precision(y: np.ndarray, p: np.ndarray) -> Any:
    from sklearn.metrics import average_precision_score

    return average_precision_score(y, p)


@variant("scikit-learn", call="auc(recall, precision) of precision_recall_curve(y, p)", follows=trapezoids)
def sklearn_trapezoid(y: np.ndarray, p: np.ndarray) -> Any:
    from sklearn.metrics import auc, precision_recall_curve

    precision, recall, _ = precision_recall_curve(y, p)
    return auc(recall, precision)


@variant("torchmetrics", call="binary_average_precision(p, y)", follows=rectangles)
def torchmetrics_average_precision(y: np.ndarray, p: np.ndarray) -> Any:
    import torch
    from torchmetrics.functional.classification import binary_average_precision

    return binary_average_precision(torch.tensor(p), torch.tensor(y))


@variant("keras", call='keras.metrics.AUC(curve="PR")', follows=interpolated)
def keras_pr(y: np.ndarray, p: np.ndarray) -> Any:
    import keras

    metric = keras.metrics.AUC(curve="PR")
    metric.update_state(y, p)
    return metric.result()


CONVERTERS = (
    Converter(
        of=sklearn_average_precision,
        to="torchmetrics",
        exactness="exact",
        code="""\
import torch
from torchmetrics.functional.classification import binary_average_precision

value = binary_average_precision(torch.tensor(p), torch.tensor(y))
""",
    ),
    Converter(
        of=sklearn_average_precision,
        to="keras",
        exactness="impossible",
        reason="The metric keeps counts at fixed thresholds and interpolates between them; collect the scores instead.",
    ),
)
