"""Optimisers, activations and weighted losses: what frameworks return against values worked out by hand, who agrees
with whom, what the converters claim.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, ndtr

from cutaway.compare.run.discovery import named
from tests.compare.running import agreeing, compared, formula, groups


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("adam-epsilon", ["torch_adam optax_adam", "keras_adam"]),
        ("adamw-decay", ["torch_adamw", "keras_adamw", "optax_adamw"]),
        ("rmsprop", ["torch_rmsprop", "keras_rmsprop", "optax_rmsprop"]),
        ("momentum-schedule", ["torch_sgd optax_sgd", "keras_sgd"]),
        ("gradient-clipping", ["torch_norm keras_global tensorflow_global optax_global", "keras_clipnorm"]),
        ("gelu", ["torch_gelu keras_gelu tensorflow_gelu", "jax_gelu flax_gelu"]),
        ("leaky-relu", ["torch_leaky jax_leaky flax_leaky", "tensorflow_leaky keras_function", "keras_layer"]),
        ("hard-sigmoid", ["torch_hard jax_hard keras_hard flax_hard"]),
        ("layer-norm", ["keras_layer", "torch_layer", "flax_layer"]),
        (
            "focal-loss",
            ["keras_plain optax_plain", "keras_balanced optax_weighted catboost_focal", "keras_categorical"],
        ),
        (
            "scale-pos-weight",
            ["xgboost_scale", "xgboost_weights lightgbm_weights", "lightgbm_scale", "catboost_scale catboost_weights"],
        ),
        (
            "threshold-ties",
            [
                "numpy_rounded sklearn_predict statsmodels_table keras_recall keras_accuracy torch_rounded "
                "torchmetrics_recall xgboost_predict lightgbm_predict catboost_predict",
                "sklearn_fixed sklearn_curve torchmetrics_curve",
            ],
        ),
        ("weight-normalisation-by-batch", ["torch_batches", "torch_all", "keras_batches keras_all optax_batches"]),
    ],
)
def test_who_agrees_with_whom(topic: str, expected: list[str]) -> None:
    assert groups(topic) == agreeing(*expected)


@pytest.mark.parametrize(
    ("topic", "name", "expected"),
    [
        # of a constant gradient every corrected mean is the gradient itself
        ("adam-epsilon", "after_correction", [-0.3 / 1.1, -0.3 / (1 + 1e-8)]),
        (
            "adam-epsilon",
            "before_correction",
            [-0.1 * sum(g / (g + 1e-7 / math.sqrt(1 - 0.999**t)) for t in (1, 2, 3)) for g in (1e-7, 1.0)],
        ),
        ("adamw-decay", "of_a_hundredth", [0.9900448802]),
        ("adamw-decay", "of_four_thousandths", [0.9960071923]),
        ("adamw-decay", "of_a_ten_thousandth", [0.9999000045]),
        ("rmsprop", "outside", [-0.01 * 1e-3 / (1e-4 + 1e-8), -0.01 / (0.1 + 1e-8)]),
        ("rmsprop", "inside_seven", [-1e-5 / math.sqrt(2e-7), -0.01 / math.sqrt(0.1000001)]),
        ("rmsprop", "inside_eight", [-1e-5 / math.sqrt(1.1e-7), -0.01 / math.sqrt(0.10000001)]),
        # velocities 1, 1.9, 2.71, 3.439, and 0.1, 0.19, 0.181, 0.1729
        ("momentum-schedule", "of_gradients", [-(0.1 + 0.19 + 0.0271 + 0.03439)]),
        ("momentum-schedule", "of_steps", [-(0.1 + 0.19 + 0.181 + 0.1729)]),
        ("gradient-clipping", "as_a_whole", np.array([3, 4, 0.3, 0.4]) / math.sqrt(25.25)),
        ("gradient-clipping", "one_by_one", [0.6, 0.8, 0.3, 0.4]),
        ("gelu", "exact", [-2 * ndtr(-2), -0.5 * ndtr(-0.5), 0.7 * ndtr(0.7), 2.3 * ndtr(2.3)]),
        (
            "gelu",
            "approximate",  # (1 + tanh u) / 2 = sigmoid(2u)
            [x * expit(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)) for x in (-2.0, -0.5, 0.7, 2.3)],
        ),
        ("leaky-relu", "hundredth", [-0.1, 1]),
        ("leaky-relu", "fifth", [-2, 1]),
        ("leaky-relu", "three_tenths", [-3, 1]),
        ("hard-sigmoid", "sixth", [0.05, 3.5 / 6, 0.95]),
        ("hard-sigmoid", "fifth", [0, 0.6, 1]),
        # of 0.01, -0.01, 0.02, 0: mean 0.005, variance 1.25e-4
        ("layer-norm", "thousandth", np.array([5, -15, 15, -5]) * 1e-3 / math.sqrt(1.125e-3)),
        ("layer-norm", "hundred_thousandth", np.array([5, -15, 15, -5]) * 1e-3 / math.sqrt(1.35e-4)),
        ("layer-norm", "millionth", np.array([5, -15, 15, -5]) * 1e-3 / math.sqrt(1.26e-4)),
        ("scale-pos-weight", "weighted_share", [36 / 52]),
        ("scale-pos-weight", "share", [0.2]),
        ("scale-pos-weight", "newton", [expit((4 * 9 - 16) / 2 / (52 / 4))]),  # -G / H at a probability of 1/2
        ("threshold-ties", "above", [0]),
        ("threshold-ties", "to_even", [0]),
        ("threshold-ties", "first", [0]),
        ("threshold-ties", "at_or_above", [1]),
    ],
)
def test_values_worked_out_by_hand(topic: str, name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(np.ravel(formula(topic, name)), expected, rtol=1e-9, atol=1e-15)


def test_the_focal_loss_row_by_row() -> None:
    at = named("focal-loss").given
    each, alpha = [], []
    for z, y in zip(at["z"], at["y"], strict=True):
        p = 1 / (1 + math.exp(-z))
        right = p if y else 1 - p
        each.append(-((1 - right) ** 2) * math.log(right))
        alpha.append(0.25 if y else 0.75)
    assert formula("focal-loss", "plain") == pytest.approx(sum(each) / 5)
    assert formula("focal-loss", "weighted") == pytest.approx(np.dot(alpha, each) / 5)
    assert formula("focal-loss", "quarter") == pytest.approx(sum(each) / 20)
    assert formula("focal-loss", "over_positives") == pytest.approx(np.dot(alpha, each) / 2)


def test_what_a_weight_of_nine_becomes_in_batches_of_two() -> None:
    at = named("weight-normalisation-by-batch").given
    loss = [math.log(sum(math.exp(v - row[y]) for v in row)) for row, y in zip(at["logits"], at["y"], strict=True)]
    # of ten batches a common row meets three common ones (1/2) and the rare one (1/10), the rare row four common (9/10)
    common, rare = (3 * 0.5 + 0.1) / 10, 4 * 0.9 / 10
    assert rare / common == pytest.approx(2.25)
    name = "weight-normalisation-by-batch"
    assert formula(name, "mean_of_ratios") == pytest.approx(common * sum(loss[:4]) + rare * loss[4])
    assert formula(name, "over_rows") == pytest.approx((sum(loss[:4]) + 9 * loss[4]) / 5)
    assert formula(name, "ratio_of_sums") == pytest.approx((sum(loss[:4]) + 9 * loss[4]) / 13)


def test_what_is_shown_without_a_run_is_its_formula() -> None:
    shown = {
        one.name: one.follows.function
        for topic in ("hard-sigmoid", "focal-loss")
        for one in named(topic).variants
        if not one.run
    }
    assert set(shown) == {"keras_two", "torchvision_mean", "torchvision_retinanet"}


def rare() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two features, labels of which a few are 1, and weights of 9 for those."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = (x[:, 0] + rng.normal(size=200) > 1).astype(int)
    return x, y, np.where(y == 1, 9.0, 1.0)


@pytest.mark.slow
def test_with_the_start_fixed_both_ways_are_one_model() -> None:
    import lightgbm
    import xgboost

    x, y, w = rare()
    settings: dict[str, Any] = {"n_estimators": 200, "learning_rate": 0.3, "max_depth": 3, "n_jobs": 1}

    def apart(kind: Any, fixed: dict[str, Any], **more: Any) -> float:
        one = kind(**settings, **more, **fixed, scale_pos_weight=9.0).fit(x, y)
        other = kind(**settings, **more, **fixed).fit(x, y, sample_weight=w)
        return float(np.abs(one.predict_proba(x) - other.predict_proba(x)).max())

    assert apart(xgboost.XGBClassifier, {}) > 0.01
    assert apart(xgboost.XGBClassifier, {"base_score": np.average(y, weights=w)}) == 0
    assert apart(lightgbm.LGBMClassifier, {}, verbose=-1) > 0.01
    assert apart(lightgbm.LGBMClassifier, {"boost_from_average": False}, verbose=-1) == 0


@pytest.mark.slow
def test_a_weight_lets_smaller_leaves_pass() -> None:
    import xgboost

    x, y, _ = rare()

    def leaves(weight: float) -> int:
        model = xgboost.XGBClassifier(n_estimators=1, min_child_weight=5, n_jobs=1, scale_pos_weight=weight).fit(x, y)
        return int((model.get_booster().trees_to_dataframe()["Feature"] == "Leaf").sum())

    assert leaves(1.0) < leaves(9.0)


@pytest.mark.slow
def test_what_the_answers_say() -> None:
    adam = {row.variant: np.asarray(row.value) for row in compared("adam-epsilon").rows}
    assert adam["keras_adam"][0] / adam["torch_adam"][0] == pytest.approx(1 / 20, abs=0.005)
    gelu = {row.variant: np.asarray(row.value) for row in compared("gelu").rows}
    assert np.abs(gelu["torch_gelu"] - gelu["jax_gelu"]).max() < 5e-4
    norm = {row.variant: np.asarray(row.value) for row in compared("layer-norm").rows}
    assert norm["keras_layer"].std() == pytest.approx(1 / 3, abs=0.01)
