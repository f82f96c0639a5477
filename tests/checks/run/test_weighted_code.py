"""The remedy's code is run in every library: all of it minimises Σ wᵢ ℓᵢ / N."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.checks.run.weighted_code import weighted_code
from cutaway.science import weights

NAMES = {2: ("no", "yes"), 3: ("low", "middle", "high")}


class Rows:
    """Sixty rows of two features in K classes of unequal size, logits for them, and the loss that all must have."""

    def __init__(self, K: int) -> None:
        rng = np.random.default_rng(K)
        self.x = rng.normal(size=(60, 2)).round(3)
        self.y = np.array([0] * 40 + [1] * 14 + [2] * 6) if K == 3 else np.array([0] * 48 + [1] * 12)
        self.x[:, 0] += self.y
        self.class_weight = weights.balanced(np.bincount(self.y))
        self.code = weighted_code(NAMES[K], self.class_weight.tolist())
        self.w = self.class_weight[self.y]
        self.logits = rng.normal(size=60) if K == 2 else rng.normal(size=(60, K))
        self.K = K

    def loss(self, logits: np.ndarray) -> float:
        """Σ wᵢ ℓᵢ / N at the logits (n,) or (n, K)."""
        z = np.column_stack([np.zeros(60), logits]) if logits.ndim == 1 else logits
        log_p = z - np.logaddexp.reduce(z, 1)[:, None]
        return float(-(self.w * log_p[np.arange(60), self.y]).mean())


@pytest.fixture(params=[2, 3])
def rows(request: pytest.FixtureRequest) -> Rows:
    return Rows(request.param)


def run(code: str, **names: Any) -> dict[str, Any]:
    exec(code, names)
    return names


def test_balanced_weights_sum_to_the_rows(rows: Rows) -> None:
    assert rows.w.sum() == pytest.approx(60)


def test_pytorch(rows: Rows) -> None:
    import torch
    from torch.nn import functional

    given = dict(torch=torch, F=functional, logits=torch.tensor(rows.logits), y=torch.tensor(rows.y))
    assert run(rows.code["PyTorch"], **given)["loss"].item() == pytest.approx(rows.loss(rows.logits), rel=1e-5)


def test_jax(rows: Rows) -> None:
    import optax
    from jax import numpy as jnp

    given = dict(jnp=jnp, optax=optax, logits=jnp.asarray(rows.logits), y=jnp.asarray(rows.y))
    assert float(run(rows.code["JAX"], **given)["loss"]) == pytest.approx(rows.loss(rows.logits), rel=1e-5)


def test_keras(rows: Rows) -> None:
    import keras

    width = 1 if rows.K == 2 else rows.K
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width, kernel_initializer="glorot_uniform")])
    kind = keras.losses.BinaryCrossentropy if rows.K == 2 else keras.losses.SparseCategoricalCrossentropy
    # A learning rate of 0: the loss that fit tells is that of the weights as they are.
    model.compile(keras.optimizers.SGD(0.0), kind(from_logits=True))
    logits = np.asarray(model.predict(rows.x, verbose=0), float)
    fit = model.fit
    told: dict[str, Any] = {}

    class Told:
        """The user's model, all rows in one batch."""

        def fit(self, x: np.ndarray, y: np.ndarray, **more: Any) -> None:
            labels = y[:, None].astype("float32") if rows.K == 2 else y
            told["loss"] = fit(x, labels, batch_size=60, verbose=0, **more).history["loss"][0]

    run(rows.code["Keras"], model=Told(), x=rows.x, y=rows.y)
    assert told["loss"] == pytest.approx(rows.loss(logits[:, 0] if rows.K == 2 else logits), rel=1e-4)


def test_scikit_learn(rows: Rows) -> None:
    from sklearn.linear_model import LogisticRegression

    names = np.array(NAMES[rows.K])[rows.y]
    given = dict(np=np, LogisticRegression=LogisticRegression, x=rows.x, y=names)
    model = run(rows.code["scikit-learn"], **given)["model"]
    codes = {name: code for code, name in enumerate(NAMES[rows.K])}
    # At the minimum of Σ wᵢ ℓᵢ its gradient is zero.
    p = model.predict_proba(rows.x)[:, np.argsort([codes[name] for name in model.classes_])]
    gradient = (rows.w[:, None] * (p - np.eye(rows.K)[rows.y])).T @ np.column_stack([rows.x, np.ones(60)])
    assert np.abs(gradient).max() / 60 < 1e-4


def _softmax(raw: np.ndarray) -> np.ndarray:
    z = np.exp(raw - raw.max(1, keepdims=True))
    return np.asarray(z / z.sum(1, keepdims=True))


def test_xgboost(rows: Rows) -> None:
    """The same trees as with the gradient and curvature of Σ wᵢ ℓᵢ written out."""
    import xgboost

    model = run(rows.code["XGBoost"], np=np, XGBClassifier=_settled(xgboost.XGBClassifier), x=rows.x, y=rows.y)["model"]

    def objective(raw: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        if rows.K == 2:
            p = 1 / (1 + np.exp(-raw))
            return rows.w * (p - rows.y), rows.w * p * (1 - p)
        p = _softmax(raw)
        w = rows.w[:, None]
        return w * (p - np.eye(rows.K)[rows.y]), np.maximum(2 * w * p * (1 - p), 1e-16)

    shape = 60 if rows.K == 2 else (60, rows.K)
    several = {"num_class": rows.K} if rows.K > 2 else {}
    named = {"objective": "binary:logistic" if rows.K == 2 else "multi:softprob", "base_score": 0.5}
    weighted = xgboost.DMatrix(rows.x, rows.y, weight=rows.w, base_margin=np.zeros(shape))
    theirs = xgboost.train({"nthread": 1, **named, **several}, weighted, 5)
    plain = xgboost.DMatrix(rows.x, rows.y, base_margin=np.zeros(shape))
    settings = {"nthread": 1, "base_score": 0.0, "disable_default_eval_metric": True, **several}
    ours = xgboost.train(settings, plain, 5, obj=objective)
    margin = xgboost.DMatrix(rows.x, base_margin=np.zeros(shape))
    np.testing.assert_allclose(
        theirs.predict(margin, output_margin=True), ours.predict(margin, output_margin=True), atol=1e-4
    )
    # And the code's own model is the one that the weights of the rows make.
    again = _settled(xgboost.XGBClassifier)().fit(rows.x, rows.y, sample_weight=rows.w)
    np.testing.assert_allclose(model.predict_proba(rows.x), again.predict_proba(rows.x), atol=1e-6)


def test_lightgbm(rows: Rows) -> None:
    """The library's own weighted loss after the fit is Σ wᵢ ℓᵢ / N of its probabilities."""
    import lightgbm

    settled = _settled(lightgbm.LGBMClassifier, verbose=-1, min_child_samples=5)
    model = run(rows.code["LightGBM"], np=np, LGBMClassifier=settled, x=rows.x, y=rows.y)["model"]
    told = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1, min_child_samples=5).fit(
        rows.x, rows.y, sample_weight=rows.w, eval_set=[(rows.x, rows.y)], eval_sample_weight=[rows.w]
    )
    name = "binary_logloss" if rows.K == 2 else "multi_logloss"
    raw = np.asarray(model.predict(rows.x, raw_score=True))
    assert told.evals_result_["training"][name][-1] == pytest.approx(rows.loss(raw), rel=1e-6)


def test_catboost(rows: Rows) -> None:
    """The library's own weighted loss after the fit is Σ wᵢ ℓᵢ / N of its probabilities."""
    from catboost import CatBoostClassifier

    def settled(**more: Any) -> Any:
        return CatBoostClassifier(iterations=5, thread_count=1, verbose=0, allow_writing_files=False, **more)

    model = run(rows.code["CatBoost"], CatBoostClassifier=settled, x=rows.x, y=rows.y)["model"]
    raw = np.asarray(model.predict(rows.x, prediction_type="RawFormulaVal"))
    (told,) = model.get_best_score()["learn"].values()
    assert told == pytest.approx(rows.loss(raw), rel=1e-4)  # it adds up with an exponential of its own


def _settled(kind: Any, **more: Any) -> Any:
    """The library's class with few trees and one thread."""
    return lambda: kind(n_estimators=5, n_jobs=1, **more)


def test_hostile_names_stay_text() -> None:
    code = weighted_code(('a"b\n', "c'd\\"), (0.5, 2.0))
    for library, text in code.items():
        compile(text, library, "exec")
