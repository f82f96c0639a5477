"""What does "balanced" mean?

Answer: n / (K nₖ) in scikit-learn and CatBoost's Balanced divides the largest class by each; XGBoost's and LightGBM's
advice for scale_pos_weight is negatives over positives. The ratios between classes are the same everywhere, the level
is not: it changes a penalty's strength and a learning rate.

Source: scikit-learn's `compute_class_weight`; CatBoost's `auto_class_weights`; the parameters' documentation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant
from cutaway.science import weights

TITLE = "Balanced class weights"


def given() -> dict[str, np.ndarray]:
    """Labels: twelve rows of class 0 and three of class 1."""
    return {"y": np.array([0] * 12 + [1] * 3)}


@formula("n / (K nₖ)")
def balanced(y: np.ndarray) -> np.ndarray:
    return weights.balanced(np.bincount(y))


@formula("max nⱼ / nₖ")
def max_over(y: np.ndarray) -> np.ndarray:
    return weights.max_over(np.bincount(y))


@formula("√(max nⱼ / nₖ)")
def root(y: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(weights.max_over(np.bincount(y))))


@variant("scikit-learn", call='compute_class_weight("balanced", classes=[0, 1], y=y)', follows=balanced)
def sklearn_balanced(y: np.ndarray) -> Any:
    from sklearn.utils.class_weight import compute_class_weight

    return compute_class_weight("balanced", classes=np.array([0, 1]), y=y)


def _catboost(y: np.ndarray, kind: str) -> Any:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(
        iterations=1, auto_class_weights=kind, verbose=0, thread_count=1, allow_writing_files=False
    )
    model.fit(np.arange(len(y), dtype=float)[:, None], y)
    return model.get_all_params()["class_weights"]


@variant("catboost", call='CatBoostClassifier(auto_class_weights="Balanced")', follows=max_over)
def catboost_balanced(y: np.ndarray) -> Any:
    return _catboost(y, "Balanced")


@variant("catboost", call='CatBoostClassifier(auto_class_weights="SqrtBalanced")', follows=root)
def catboost_root(y: np.ndarray) -> Any:
    return _catboost(y, "SqrtBalanced")


@variant("lightgbm", call='LGBMClassifier(class_weight="balanced")', follows=balanced)
def lightgbm_balanced(y: np.ndarray) -> Any:
    """The weights that make the same model: found by fitting with sample weights of either level under a penalty."""
    import lightgbm

    x = np.arange(len(y), dtype=float)[:, None]
    settings = dict(n_estimators=3, min_child_samples=1, min_child_weight=0.0, reg_lambda=5.0, n_jobs=1, verbose=-1)

    def said(**more: Any) -> np.ndarray:
        fitted = lightgbm.LGBMClassifier(**settings, **more.pop("model", {})).fit(x, y, **more)
        return np.asarray(fitted.predict_proba(x)[:, 1])

    asked = said(model={"class_weight": "balanced"})
    for each in (weights.balanced, weights.max_over):
        candidate = each(np.bincount(y))
        if np.allclose(asked, said(sample_weight=candidate[y]), atol=1e-9):
            return candidate
    return "neither"


CONVERTERS = (
    Converter(
        of=catboost_balanced,
        to="scikit-learn",
        exactness="exact",
        code="""\
import numpy as np
from sklearn.utils.class_weight import compute_class_weight

value = compute_class_weight("balanced", classes=np.array([0, 1]), y=y)
value = value / value.min()
""",
    ),
)
