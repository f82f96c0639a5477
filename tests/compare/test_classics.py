"""Metrics, penalties, weights and losses: who agrees with whom, and formulas against values worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.compare.running import agreeing, formula, groups

TWO_THIRDS = 2 / 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("absent-class", ["sklearn_met torchmetrics_macro", "sklearn_labels keras_macro"]),
        ("accuracy-on-logits", ["keras_binary", "keras_at_zero torch_plain", "torchmetrics_binary"]),
        ("auc-thresholds", ["sklearn_auc torchmetrics_auc", "torchmetrics_binned", "keras_auc"]),
        (
            "average-precision",
            ["sklearn_average_precision torchmetrics_average_precision", "sklearn_trapezoid", "keras_pr"],
        ),
        (
            "averages",
            [
                "sklearn_accuracy sklearn_micro torchmetrics_micro keras_accuracy",
                "sklearn_weighted keras_weighted",
                "sklearn_default",
                "torchmetrics_accuracy",
            ],
        ),
        ("balanced-weights", ["sklearn_balanced lightgbm_balanced", "catboost_balanced", "catboost_root"]),
        ("batch-means", ["sklearn_recall keras_object torchmetrics_object", "keras_function torch_mean"]),
        ("broadcasting", ["numpy_plain torch_mse jax_plain tensorflow_plain", "optax_l2", "keras_mse sklearn_mse"]),
        (
            "class-weights",
            [
                "torch_index keras_weighted_mean sklearn_log_loss",
                "torch_one_hot torch_none keras_sparse keras_fit keras_on_torch keras_on_jax optax_mean",
            ],
        ),
        (
            "constant-column",
            ["numpy_formula torch_formula scipy_zmap", "sklearn_standard sklearn_robust", "keras_normalization"],
        ),
        ("gradient-accumulation", ["torch_one", "torch_accumulated", "keras_accumulated"]),
        ("ignored-index", ["torch_mean optax_mean", "torch_sum keras_ignored"]),
        ("label-smoothing", ["torch_smoothed", "keras_smoothed optax_smoothed"]),
        (
            "log-loss-extremes",
            ["numpy_plain", "sklearn_log_loss", "torch_bce", "torch_logits keras_logits optax_logits", "keras_bce"],
        ),
        (
            "log-loss-gradient",
            ["torch_of_p torch_of_logit keras_sigmoid keras_of_logit optax_of_logit", "keras_by_hand"],
        ),
        ("logistic-penalty", ["sklearn_default", "sklearn_infinite statsmodels_logit torch_linear"]),
        ("median", ["numpy_median torch_quantile jax_median keras_median", "torch_median"]),
        ("one-class-auc", ["sklearn_auc", "torchmetrics_auc keras_auc"]),
        ("penalised-intercept", ["sklearn_lbfgs torch_weights", "sklearn_liblinear torch_all"]),
        ("penalty-strength", ["sklearn_weighted sklearn_classes", "sklearn_doubled", "torch_mean"]),
        (
            "pos-weight",
            ["torch_pos_weight keras_sample_weight tensorflow_weighted optax_weighted", "sklearn_weighted"],
        ),
        ("ridge", ["sklearn_ridge", "sklearn_elastic_net statsmodels_ridge"]),
        ("sparse-zeros", ["xgboost_sparse", "lightgbm_sparse catboost_sparse sklearn_sparse"]),
        (
            "standard-deviation",
            [
                "numpy_std sklearn_scaler statsmodels_std opencv_std jax_std tensorflow_std keras_std",
                "scipy_tstd torch_std",
            ],
        ),
    ],
)
def test_who_agrees_with_whom(topic: str, expected: list[str]) -> None:
    assert groups(topic) == agreeing(*expected)


@pytest.mark.parametrize(
    ("topic", "name", "expected"),
    [
        # F1 by class: 6/8, 2/5, 2/3 and 0/0
        ("absent-class", "over_present", (0.75 + 0.4 + TWO_THIRDS) / 3),
        ("absent-class", "over_all", (0.75 + 0.4 + TWO_THIRDS) / 4),
        ("accuracy-on-logits", "at_zero", [1, 1]),
        ("accuracy-on-logits", "at_half", [0, 0.5]),
        # of 18 pairs 15 are right and two are ties
        ("auc-thresholds", "pairs", 16 / 18),
        ("auc-thresholds", "at_50", 0.5),
        # at 0.0050 one positive of three is above the only threshold that tells scores apart
        ("auc-thresholds", "at_200", 0.5 + 1 / 6),
        # recall rises at ranks 1, 4 or 5 (a tie of two), 6
        ("average-precision", "rectangles", (1 / 1 + 2 / 5 + 3 / 6) / 3),
        ("averages", "accuracy", 0.7),
        ("averages", "mean_recall", (6 / 7 + 1 / 2 + 0) / 3),
        ("balanced-weights", "balanced", [0.625, 2.5]),
        ("balanced-weights", "max_over", [1, 4]),
        ("batch-means", "of_rows", 3 / 5),
        ("batch-means", "of_batches", (0 + 3 / 4 + 0) / 3),
        ("broadcasting", "of_rows", 0),
        ("broadcasting", "of_pairs", 2 * 7.1875),  # twice the variance of 1, 2, 4, 8
        ("constant-column", "by_one", [0, 1]),
        ("ignored-index", "undefined", math.nan),
        ("log-loss-extremes", "at_fuzz", 7 * math.log(10)),
        ("log-loss-extremes", "at_epsilon", 52 * math.log(2)),
        ("log-loss-extremes", "of_logit", 50),
        ("log-loss-gradient", "pulls", -1),
        ("median", "mean_of_middle", 3.5),
        ("median", "lower_of_middle", 3),
        ("one-class-auc", "undefined", math.nan),
        # the mean is 6.2; squares sum to 341
        ("standard-deviation", "by_n", math.sqrt(341 / 5 - 6.2**2)),
        ("standard-deviation", "by_n_less_one", math.sqrt((341 - 5 * 6.2**2) / 4)),
    ],
)
def test_formulas_against_hand(topic: str, name: str, expected: Any) -> None:
    np.testing.assert_allclose(formula(topic, name), expected, rtol=1e-6, atol=1e-6)


def test_weighted_losses_are_one_up_to_what_divides_them() -> None:
    """Of class weights 0.5, 2 and 9 on five, two and one rows the sum is 15.5, of eight rows."""
    assert formula("class-weights", "over_rows") == pytest.approx(formula("class-weights", "over_weights") * 15.5 / 8)
    # A weight of 9 on two of six rows: 22.
    assert formula("pos-weight", "over_rows") == pytest.approx(formula("pos-weight", "over_weights") * 22 / 6)
    assert formula("gradient-accumulation", "of_rows") == pytest.approx(
        formula("gradient-accumulation", "of_all") * 40 / 8
    )


def test_a_penalised_fit_has_no_gradient_left() -> None:
    """Newton's answers are held against the condition that they solve, not against another solver."""
    from cutaway.compare import logistic_penalty, penalised_intercept

    for module, name, penalty in (
        (logistic_penalty, "logistic-penalty", {"unpenalised": (0, 0), "penalised": (1, 0)}),
        (penalised_intercept, "penalised-intercept", {"slope_only": (1, 0), "both": (1, 1)}),
    ):
        given = module.given()
        design = np.column_stack([given["x"], np.ones(len(given["y"]))])
        for one, each in penalty.items():
            beta = formula(name, one)
            p = 1 / (1 + np.exp(-design @ beta))
            np.testing.assert_allclose(design.T @ (p - given["y"]) + np.array(each) * beta, 0, atol=1e-9)
