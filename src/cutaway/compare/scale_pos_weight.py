"""Is scale_pos_weight a sample weight by another name?

Answer: in CatBoost it is. With sample weights LightGBM and XGBoost start from the weighted share of positives; with
scale_pos_weight LightGBM starts from the share without weights and XGBoost from one Newton step. Hundreds of rounds do
not forget that; with the start fixed (base_score, boost_from_average=False) both ways give one model. Either way
Hessians grow, too, so that min_child_weight lets smaller leaves pass.

Source: the parameters' documentation; the probability after one round so slow that only the start shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "scale_pos_weight and sample weights"
TOLERANCE = 1e-5  # the round's own share


def given() -> dict[str, Any]:
    """Twenty rows, four of them positive, a weight of 9 for positives, and one round at a rate of 1e-6."""
    return {
        "x": np.arange(20.0)[:, None],
        "y": np.array([0, 0, 1, 0, 0] * 4),
        "w": 9.0,
        "settings": {"n_estimators": 1, "learning_rate": 1e-6, "max_depth": 2},
    }


@formula("Σ w y / Σ w")
def weighted_share(y: np.ndarray, w: float) -> float:
    return float(np.average(y, weights=np.where(y == 1, w, 1.0)))


@formula("Σ y / N")
def share(y: np.ndarray) -> float:
    return float(y.mean())


@formula("sigmoid(2 (2π − 1)), π = Σ w y / Σ w")
def newton(y: np.ndarray, w: float) -> float:
    return float(1 / (1 + np.exp(-2 * (2 * weighted_share.function(y, w) - 1))))


@formula("1/2")
def half(y: np.ndarray) -> float:
    return 0.5


def _first(model: Any, x: np.ndarray) -> Any:
    return model.predict_proba(x)[:, 1].mean()


def _xgboost(x: np.ndarray, y: np.ndarray, settings: dict[str, Any], weight: Any = None, **more: Any) -> Any:
    import xgboost

    return _first(xgboost.XGBClassifier(n_jobs=1, **settings, **more).fit(x, y, sample_weight=weight), x)


@variant("xgboost", call="XGBClassifier(scale_pos_weight=w).fit(x, y)", follows=newton)
def xgboost_scale(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _xgboost(x, y, settings, scale_pos_weight=w)


@variant("xgboost", call="XGBClassifier().fit(x, y, sample_weight=where(y, w, 1))", follows=weighted_share)
def xgboost_weights(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _xgboost(x, y, settings, np.where(y == 1, w, 1.0))


def _lightgbm(x: np.ndarray, y: np.ndarray, settings: dict[str, Any], weight: Any = None, **more: Any) -> Any:
    import lightgbm

    model = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, min_child_samples=1, **settings, **more)
    return _first(model.fit(x, y, sample_weight=weight), x)


@variant("lightgbm", call="LGBMClassifier(scale_pos_weight=w).fit(x, y)", follows=share)
def lightgbm_scale(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _lightgbm(x, y, settings, scale_pos_weight=w)


@variant("lightgbm", call="LGBMClassifier().fit(x, y, sample_weight=where(y, w, 1))", follows=weighted_share)
def lightgbm_weights(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _lightgbm(x, y, settings, np.where(y == 1, w, 1.0))


def _catboost(x: np.ndarray, y: np.ndarray, settings: dict[str, Any], weight: Any = None, **more: Any) -> Any:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(thread_count=1, verbose=0, allow_writing_files=False, **settings, **more)
    return _first(model.fit(x, y, sample_weight=weight), x)


@variant("catboost", call="CatBoostClassifier(scale_pos_weight=w).fit(x, y)", follows=half)
def catboost_scale(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _catboost(x, y, settings, scale_pos_weight=w)


@variant("catboost", call="CatBoostClassifier().fit(x, y, sample_weight=where(y, w, 1))", follows=half)
def catboost_weights(x: np.ndarray, y: np.ndarray, w: float, settings: dict[str, Any]) -> Any:
    return _catboost(x, y, settings, np.where(y == 1, w, 1.0))


CONVERTERS = (
    Converter(
        of=xgboost_weights,
        to="xgboost",
        exactness="exact",
        code="""\
import numpy as np
import xgboost

start = np.average(y, weights=np.where(y == 1, w, 1))
model = xgboost.XGBClassifier(scale_pos_weight=w, base_score=start, n_jobs=1, **settings).fit(x, y)
value = model.predict_proba(x)[:, 1].mean()
""",
    ),
    Converter(
        of=catboost_scale,
        to="lightgbm",
        exactness="near",
        error=1e-5,
        code="""\
import lightgbm

model = lightgbm.LGBMClassifier(
    scale_pos_weight=w, boost_from_average=False, n_jobs=1, verbose=-1, min_child_samples=1, **settings
).fit(x, y)
value = model.predict_proba(x)[:, 1].mean()
""",
        reason="The start is the same; each library grows its own trees from there.",
    ),
    Converter(
        of=lightgbm_scale,
        to="xgboost",
        exactness="near",
        error=1e-5,
        code="""\
import xgboost

model = xgboost.XGBClassifier(scale_pos_weight=w, base_score=y.mean(), n_jobs=1, **settings).fit(x, y)
value = model.predict_proba(x)[:, 1].mean()
""",
        reason="The start is the same; each library grows its own trees from there.",
    ),
)
