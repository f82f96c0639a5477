"""Is a score exactly at the threshold positive?

Answer: no in Keras' and torchmetrics' metrics, in every plain predict here and in rounding; yes in scikit-learn's
FixedThresholdClassifier, in its curves and in torchmetrics' curves. With probabilities on a grid (trees, votes,
quantised scores) the confusion matrix at a threshold is then not the point of the curve that bears its name.

Source: each framework's answer for one positive row with a probability of one half.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "A score at the threshold"


def given() -> dict[str, np.ndarray]:
    """One positive row and one negative, both with a probability of exactly 0.5, the threshold."""
    return {"p": np.array([0.5, 0.5]), "y": np.array([1, 0])}


@formula("p > t: negative")
def above(p: np.ndarray, y: np.ndarray) -> float:
    """Recall."""
    return float((p > 0.5)[y == 1].mean())


@formula("p ≥ t: positive")
def at_or_above(p: np.ndarray, y: np.ndarray) -> float:
    """Recall."""
    return float((p >= 0.5)[y == 1].mean())


@formula("0.5 rounds to the even number: negative")
def to_even(p: np.ndarray, y: np.ndarray) -> float:
    return float(sum(round(float(each)) for each in p[y == 1]))


@formula("the most probable class, the first of equals: negative")
def first(p: np.ndarray, y: np.ndarray) -> float:
    return float(np.argmax(np.stack([1 - p, p], 1), 1)[y == 1].mean())


@variant("numpy", call="np.rint(p)", follows=to_even)
def numpy_rounded(p: np.ndarray, y: np.ndarray) -> Any:
    return np.rint(p)[y == 1].mean()


@variant("scikit-learn", call="classifier.predict(x)", follows=first)
def sklearn_predict(y: np.ndarray) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    x = np.zeros((2, 1))
    return DecisionTreeClassifier().fit(x, y).predict(x)[y == 1].mean()


@variant("scikit-learn", call="FixedThresholdClassifier(classifier, threshold=0.5).predict(x)", follows=at_or_above)
def sklearn_fixed(y: np.ndarray) -> Any:
    from sklearn.model_selection import FixedThresholdClassifier
    from sklearn.tree import DecisionTreeClassifier

    x = np.zeros((2, 1))
    return FixedThresholdClassifier(DecisionTreeClassifier(), threshold=0.5).fit(x, y).predict(x)[y == 1].mean()


@variant("scikit-learn", call="precision_recall_curve(y, p), recall at the threshold 0.5", follows=at_or_above)
def sklearn_curve(p: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.metrics import precision_recall_curve

    _, recall, thresholds = precision_recall_curve(y, p)
    return recall[:-1][thresholds == 0.5][0]


@variant("statsmodels", call="Logit(y, x).fit().pred_table(0.5)", follows=above)
def statsmodels_table(y: np.ndarray) -> Any:
    from statsmodels.api import Logit

    table = Logit(y, np.ones((2, 1))).fit(disp=0).pred_table(0.5)
    return table[1, 1] / table[1].sum()


@variant("keras", call="keras.metrics.Recall()(y, p)", follows=above)
def keras_recall(p: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return float(keras.metrics.Recall()(y, p))


@variant("keras", call="keras.metrics.BinaryAccuracy()(y, p) of the positive", follows=above)
def keras_accuracy(p: np.ndarray, y: np.ndarray) -> Any:
    import keras

    return float(keras.metrics.BinaryAccuracy()(y[y == 1], p[y == 1]))


@variant("pytorch", call="torch.round(p)", follows=to_even)
def torch_rounded(p: np.ndarray, y: np.ndarray) -> Any:
    import torch

    return torch.round(torch.tensor(p))[torch.tensor(y) == 1].mean()


@variant("torchmetrics", call="BinaryRecall()(p, y)", follows=above)
def torchmetrics_recall(p: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torchmetrics.classification import BinaryRecall

    return BinaryRecall()(torch.tensor(p), torch.tensor(y))


@variant("torchmetrics", call="BinaryPrecisionRecallCurve(thresholds=[0.5])(p, y), recall", follows=at_or_above)
def torchmetrics_curve(p: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torchmetrics.classification import BinaryPrecisionRecallCurve

    return BinaryPrecisionRecallCurve(thresholds=[0.5])(torch.tensor(p), torch.tensor(y))[1][0]


@variant("xgboost", call="XGBClassifier().fit(x, y).predict(x)", follows=above)
def xgboost_predict(y: np.ndarray) -> Any:
    import xgboost

    x = np.zeros((2, 1))
    return xgboost.XGBClassifier(n_estimators=1, n_jobs=1).fit(x, y).predict(x)[y == 1].mean()


@variant("lightgbm", call="LGBMClassifier().fit(x, y).predict(x)", follows=first)
def lightgbm_predict(y: np.ndarray) -> Any:
    import lightgbm

    x = np.zeros((2, 1))
    return lightgbm.LGBMClassifier(n_estimators=1, n_jobs=1, verbose=-1).fit(x, y).predict(x)[y == 1].mean()


@variant("catboost", call="CatBoostClassifier().fit(x, y).predict(x)", follows=above)
def catboost_predict(y: np.ndarray) -> Any:
    from catboost import CatBoostClassifier

    x, labels = np.array([[0.0], [0.0], [1.0], [1.0]]), np.tile(y, 2)
    model = CatBoostClassifier(iterations=1, verbose=0, thread_count=1, allow_writing_files=False)
    return model.fit(x, labels).predict(x)[labels == 1].mean()


CONVERTERS = (
    Converter(
        of=keras_recall,
        to="scikit-learn",
        exactness="exact",
        code="""\
import numpy as np
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.tree import DecisionTreeClassifier

x = np.zeros((2, 1))
model = FixedThresholdClassifier(DecisionTreeClassifier(), threshold=np.nextafter(0.5, 1)).fit(x, y)
value = model.predict(x)[y == 1].mean()
""",
    ),
    Converter(
        of=sklearn_fixed,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

threshold = float(np.nextafter(np.float32(0.5), np.float32(0)))  # Keras compares in float32
value = float(keras.metrics.Recall(thresholds=threshold)(y, p))
""",
    ),
    Converter(
        of=sklearn_fixed,
        to="torchmetrics",
        exactness="exact",
        code="""\
import numpy as np
import torch
from torchmetrics.classification import BinaryRecall

value = BinaryRecall(threshold=np.nextafter(0.5, 0))(torch.tensor(p), torch.tensor(y))
""",
    ),
)
