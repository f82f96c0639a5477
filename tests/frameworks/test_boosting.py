"""Custom objectives of XGBoost, LightGBM and CatBoost, against the libraries' own."""

from __future__ import annotations

import pickle
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost

from cutaway import losses
from cutaway.core.errors import InputError
from cutaway.frameworks import boosting
from cutaway.frameworks import catboost as of_catboost
from cutaway.frameworks import lightgbm as of_lightgbm
from cutaway.frameworks import xgboost as of_xgboost


def rows(classes: int = 2, n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(n, 5))
    scores = x[:, :classes] * 1.5 + rng.gumbel(size=(n, classes))
    return x, scores.argmax(1), rng.random(n) + 0.5


XGBOOST = {"max_depth": 3, "eta": 0.3, "base_score": 0, "nthread": 1, "tree_method": "hist", "seed": 0}
LIGHTGBM = {"num_leaves": 7, "verbose": -1, "num_threads": 1, "boost_from_average": False, "deterministic": True}


def by_xgboost(x: np.ndarray, y: np.ndarray, w: np.ndarray | None, **how: Any) -> np.ndarray:
    data = xgboost.DMatrix(x, y, weight=w)
    objective = how.pop("obj", None)
    return xgboost.train({**XGBOOST, **how}, data, 10, obj=objective).predict(data, output_margin=True)


def by_lightgbm(x: np.ndarray, y: np.ndarray, w: np.ndarray | None, **how: Any) -> np.ndarray:
    data = lightgbm.Dataset(x, y, weight=w)
    return lightgbm.train({**LIGHTGBM, **how}, data, 10).predict(x, raw_score=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_log_loss_is_the_libraries_own(weighted: bool) -> None:
    x, y, w = rows()
    w = w if weighted else None
    own = by_xgboost(x, y, w, objective="binary:logistic", base_score=0.5)
    for loss, settings in ((losses.log_loss, {}), (losses.focal, {"gamma": 0.0})):
        mine = by_xgboost(x, y, w, obj=of_xgboost.as_objective(loss, **settings))
        np.testing.assert_allclose(mine, own, atol=2e-4)
        mine = by_lightgbm(x, y, w, objective=of_lightgbm.as_objective(loss, **settings))
        np.testing.assert_allclose(mine, by_lightgbm(x, y, w, objective="binary"), atol=2e-4)


def test_several_classes_too() -> None:
    x, y, w = rows(3)
    mine = by_xgboost(x, y, w, obj=of_xgboost.as_objective(losses.categorical), num_class=3)
    own = by_xgboost(x, y, w, objective="multi:softprob", num_class=3)
    np.testing.assert_allclose(mine - mine.mean(1, keepdims=True), own - own.mean(1, keepdims=True), atol=2e-4)
    mine = by_lightgbm(x, y, w, objective=of_lightgbm.as_objective(losses.categorical), num_class=3)
    own = by_lightgbm(x, y, w, objective="multiclass", num_class=3)
    # LightGBM starts its own multiclass from the log shares of the classes, whatever it is told
    assert np.corrcoef(mine.ravel(), own.ravel())[0, 1] > 0.99


def test_class_weights_are_sample_weights_and_scale_pos_weight() -> None:
    x, y, _ = rows()
    heavy = np.where(y == 1, 4.0, 1.0)
    twice = of_xgboost.as_objective(losses.log_loss, class_weight=(1, 4))
    plain = of_xgboost.as_objective(losses.log_loss)
    # not with "hist", whose bins follow the sample weights and no others
    exact = by_xgboost(x, y, None, obj=twice, tree_method="exact")
    np.testing.assert_allclose(exact, by_xgboost(x, y, heavy, obj=plain, tree_method="exact"), atol=2e-4)
    mine = by_xgboost(x, y, None, obj=twice)
    own = by_xgboost(x, y, None, objective="binary:logistic", base_score=0.5, scale_pos_weight=4)
    np.testing.assert_allclose(mine, own, atol=2e-4)
    mine = by_lightgbm(x, y, None, objective=of_lightgbm.as_objective(losses.log_loss, class_weight=(1, 4)))
    np.testing.assert_allclose(mine, by_lightgbm(x, y, None, objective="binary", scale_pos_weight=4), atol=2e-4)


def test_the_scikit_learn_classes_take_weights() -> None:
    x, y, w = rows()
    focal = of_xgboost.as_objective(losses.focal, gamma=2)
    classic = xgboost.XGBRegressor(objective=focal.sklearn, n_estimators=10, max_depth=3, base_score=0, n_jobs=1)
    got = classic.fit(x, y, sample_weight=w).predict(x)
    np.testing.assert_allclose(got, by_xgboost(x, y, w, obj=focal), atol=1e-5)
    same = lightgbm.LGBMRegressor(
        objective=of_lightgbm.as_objective(losses.focal).sklearn, n_estimators=10, num_leaves=7, verbose=-1, n_jobs=1
    )
    got = same.fit(x, y, sample_weight=w).predict(x)
    np.testing.assert_allclose(got, by_lightgbm(x, y, w, objective=of_lightgbm.as_objective(losses.focal)), atol=1e-6)


def test_focal_boosting_lowers_focal_loss_and_its_scores_are_recalibrated() -> None:
    x, y, _ = rows(n=4000)
    raw = by_xgboost(x, y, None, obj=of_xgboost.as_objective(losses.focal, gamma=2))
    assert losses.focal(raw, y, gamma=2) < 0.7 * losses.focal(np.zeros(4000), y, gamma=2)
    p = losses.focal_recalibrated(raw, gamma=2)
    assert losses.log_loss_of_p(p, y) < 0.98 * losses.log_loss(raw, y)


def test_catboost_takes_the_same_steps() -> None:
    x, y, w = rows()
    settings: dict[str, Any] = {
        "iterations": 10, "depth": 3, "learning_rate": 0.3, "verbose": False, "thread_count": 1, "random_seed": 0,
        "leaf_estimation_method": "Newton", "leaf_estimation_iterations": 1, "boost_from_average": False,
        "bootstrap_type": "No", "random_strength": 0, "allow_writing_files": False, "score_function": "L2",
        "boosting_type": "Plain",
    }  # fmt: skip
    scores = []
    for loss in (of_catboost.as_objective(losses.log_loss), "Logloss"):
        fitted = catboost.CatBoostClassifier(loss_function=loss, eval_metric="Logloss", **settings)
        scores.append(fitted.fit(x, y, sample_weight=w).predict(x, prediction_type="RawFormulaVal"))
    np.testing.assert_allclose(*scores, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_the_hessian_is_positive_and_no_smaller_than_newtons(gamma: float) -> None:
    z = np.linspace(-60, 60, 4001)
    for y in (0, 1):
        found = losses.derivatives(losses.focal, z, np.full(z.size, y), gamma=gamma)
        _, hessian = boosting.Objective(losses.focal, {"gamma": gamma}).sklearn(np.full(z.size, y), z)
        assert (hessian > 0).all()
        assert (hessian >= found.curvature).all()
        assert gamma < 0.5 or (found.curvature < 0).any()


def test_objectives_are_saved_named_and_refuse() -> None:
    x, y, w = rows()
    focal = boosting.Objective(losses.focal, {"gamma": 2.0})
    again = pickle.loads(pickle.dumps(focal))
    np.testing.assert_array_equal(again.sklearn(y, x[:, 0], w)[0], focal.sklearn(y, x[:, 0], w)[0])
    assert focal.__name__ == "cutaway_focal"
    with pytest.raises(InputError, match="loss: as_objective expected one of log_loss, focal, categorical, focal_cat"):
        of_lightgbm.as_objective(losses.log_loss_of_p)
    with pytest.raises(InputError, match="reduction: as_objective expected none, got 'mean'"):
        of_xgboost.as_objective(losses.focal, reduction="mean")
    with pytest.raises(InputError, match="gamma: this loss has no such setting"):
        of_xgboost.as_objective(losses.log_loss, gamma=1.0).sklearn(y, x[:, 0])
