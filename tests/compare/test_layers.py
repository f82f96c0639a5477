"""Layers: what frameworks return against values worked out by hand, who agrees with whom, what the converters claim."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from cutaway.compare.run.discovery import named
from tests.compare.running import agreeing, compared, formula, groups, value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (
            "batch-norm",
            ["keras_layer keras_images keras_on_torch", "tensorflow_fused", "torch_layer", "flax_layer"],
        ),
        (
            "batch-norm-of-one",
            [
                "torch_layer torch_pixel",
                "torch_image keras_image",
                "keras_layer keras_on_torch flax_layer",
                "keras_variance flax_variance",
            ],
        ),
        (
            "batch-norm-frozen",
            [
                "keras_frozen keras_on_torch torch_eval flax_average",
                "keras_parameters torch_no_gradient torch_undone flax_no_gradient",
            ],
        ),
        (
            "batch-norm-mask",
            ["keras_masked keras_on_torch flax_masked", "keras_plain torch_plain flax_plain", "torch_selected"],
        ),
        (
            "dropout",
            ["keras_layer keras_on_jax", "torch_layer flax_layer", "torch_function tensorflow_function"],
        ),
        (
            "mask-loss-average",
            [
                "keras_plain",
                "keras_mask keras_on_torch keras_weighted_mean keras_ignore torch_ignore optax_where",
                "keras_weight torch_by_hand",
                "torch_sequences",
            ],
        ),
        (
            "mask-rnn-state",
            ["keras_masked keras_on_torch", "keras_plain torch_plain flax_plain", "torch_packed", "flax_lengths"],
        ),
        (
            "mask-pooling",
            [
                "keras_mean_masked keras_on_torch jax_where",
                "keras_mean keras_operation torch_mean torch_layer",
                "keras_max_masked torch_max",
                "jax_max",
            ],
        ),
        (
            "attention-mask-polarity",
            [
                "keras_multi_head keras_on_torch keras_operation torch_function jax_function flax_function",
                "torch_function_float torch_padding_float",
                "torch_padding torch_mask",
            ],
        ),
        ("initialisers-dense", ["keras_layer keras_on_torch", "torch_layer", "flax_layer", "sklearn_network"]),
        ("initialisers-embedding", ["keras_layer keras_on_torch", "torch_layer", "torch_padded", "flax_layer"]),
        (
            "forget-bias",
            ["keras_layer keras_on_jax tensorflow_cell", "keras_without flax_cell", "torch_layer"],
        ),
        (
            "lstm-gates",
            ["keras_layer keras_on_torch torch_layer flax_cell", "torch_both", "tensorflow_cell"],
        ),
        (
            "gru-reset-after",
            ["keras_layer keras_on_torch", "keras_before", "torch_layer", "flax_cell"],
        ),
    ],
)
def test_who_agrees_with_whom(topic: str, expected: list[str]) -> None:
    assert groups(topic) == agreeing(*expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fate", "layers"),
    [
        ("passes", "dense dropout relu norm batch lstm attention add concatenate distributed"),
        ("uses it", "lstm_last average"),
        (
            "drops with a warning",
            "conv conv_same conv_torch flatten reshape permute lambda_ max_pool max_global padding upsampling",
        ),
        ("drops silently", "times times_torch times_jax relu_op concatenate_op piece cast"),
        ("ValueError", "softmax"),
    ],
)
def test_which_layers_lose_a_mask(fate: str, layers: str) -> None:
    assert {row.variant for row in compared("mask-lost").rows if row.value == fate} == set(layers.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "variant", "expected", "within"),
    [
        # of 0.1, -0.05, 0.2, -0.15: mean 0.025, variance 0.018125 over 4 and 0.0241667 over 3
        ("batch-norm", "keras_layer", [0.00025, 0.99018125], 1e-6),
        ("batch-norm", "torch_layer", [0.0025, 0.9 + 0.1 * 0.0725 / 3], 1e-6),
        ("batch-norm", "tensorflow_fused", [0.00025, 0.99 + 0.01 * 0.0725 / 3], 1e-6),
        ("batch-norm-of-one", "keras_layer", [0.0], 0.0),
        ("batch-norm-of-one", "torch_image", [5 / math.sqrt(9.50001)], 1e-9),
        # of 1, 2, 6: mean 3, variance 14 / 3
        ("batch-norm-frozen", "keras_frozen", [-1 / math.sqrt(4.001), 0.0, 4 / math.sqrt(4.001), 2.0], 1e-9),
        ("batch-norm-frozen", "torch_no_gradient", [-2 / math.sqrt(14 / 3 + 1e-3)], 1e-9),
        # of 3, 5, 4, 6, 7, 2: mean 4.5, variance 17.5 / 6; with two zeros 3.375 and 5.984375
        ("batch-norm-mask", "keras_masked", [-1.5 / math.sqrt(17.5 / 6 + 1e-3)], 1e-9),
        ("batch-norm-mask", "torch_plain", [-0.375 / math.sqrt(5.985375)], 1e-9),
        ("dropout", "torch_layer", [1.25, 0.8, 1.25, 1.0], 0.01),
        ("mask-pooling", "keras_mean_masked", [-4.5, -5.0], 1e-12),
        ("mask-pooling", "torch_mean", [-4.5, -2.5], 1e-12),
        ("mask-pooling", "keras_max_masked", [-3.0, 0.0], 1e-12),
        # scores of the first step 1/√2 and 0.5/√2: the first weight is σ(0.5/√2)
        ("attention-mask-polarity", "torch_function", [0.5 + 0.5 * expit(0.5**1.5), 2 * expit(-(0.5**1.5))], 1e-6),
        ("attention-mask-polarity", "torch_padding", [-1.0, 3.0, -1.0, 3.0, -1.0, 3.0], 1e-9),
        ("initialisers-dense", "keras_layer", [0.0774597, 0.0447214, 0.0], 2e-3),
        ("initialisers-dense", "torch_layer", [0.1, 0.0577350, 0.1], 2e-3),
        ("initialisers-dense", "flax_layer", [0.2273694, 0.1, 0.0], 2e-3),
        ("initialisers-embedding", "keras_layer", [0.0288675, 1.0], 1e-3),
        ("initialisers-embedding", "torch_padded", [1.0, 0.0], 1e-2),
        ("initialisers-embedding", "flax_layer", [0.125, 1.0], 1e-2),
        ("forget-bias", "keras_layer", [0.7310586, 0.0], 1e-6),
        ("forget-bias", "torch_layer", [0.5, 0.0408248], 3e-3),
    ],
)
def test_values_worked_out_by_hand(topic: str, variant: str, expected: list[float], within: float) -> None:
    found = np.atleast_1d(value(topic, variant))[: len(expected)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=within)


@pytest.mark.slow
def test_pytorch_refuses_a_batch_of_one() -> None:
    assert value("batch-norm-of-one", "torch_layer") == "ValueError"


def test_the_loss_over_valid_steps() -> None:
    at = named("mask-loss-average").given
    losses = [
        -log_softmax(at["logits"][row, step])[at["y"][row, step]] for row in range(2) for step in range((4, 1)[row])
    ]
    assert formula("mask-loss-average", "over_valid") == pytest.approx(sum(losses) / 5)
    assert formula("mask-loss-average", "over_steps") == pytest.approx(sum(losses) / 8)
    assert formula("mask-loss-average", "mean_of_means") == pytest.approx((sum(losses[:4]) / 4 + losses[4]) / 2)
    # a padded step has logits of 0, so it costs log 3
    assert formula("mask-loss-average", "padding_counts") == pytest.approx((sum(losses) + 3 * math.log(3)) / 8)


def affine(x: Any, kernel: np.ndarray, column: int) -> float:
    """One unit's weighted sum, number by number."""
    return sum(float(x[i]) * float(kernel[i, column]) for i in range(len(x)))


def test_the_state_of_a_plain_recurrent_layer() -> None:
    at = named("mask-rnn-state").given

    def state(row: int, steps: int) -> list[float]:
        h = [0.0, 0.0]
        for t in range(steps):
            h = [
                math.tanh(affine(at["x"][row, t], at["kernel"], u) + affine(h, at["recurrent"], u) + at["bias"][u])
                for u in range(2)
            ]
        return h

    first, valid, padded = state(0, 4), state(1, 2), state(1, 4)
    np.testing.assert_allclose(formula("mask-rnn-state", "held"), [*first, *valid, *valid])
    np.testing.assert_allclose(formula("mask-rnn-state", "cleared"), [*first, *valid, 0, 0])
    np.testing.assert_allclose(formula("mask-rnn-state", "runs_on"), [*first, *valid, *padded])
    np.testing.assert_allclose(formula("mask-rnn-state", "over_padding"), [*first, *padded, *padded])


@pytest.mark.parametrize(
    ("name", "order", "added", "times"), [("ifco", "ifco", 0, 1), ("icfo", "icfo", 1, 1), ("doubled", "ifco", 0, 2)]
)
def test_the_state_of_an_lstm(name: str, order: str, added: float, times: float) -> None:
    at = named("lstm-gates").given
    h, c = [0.0, 0.0], [0.0, 0.0]
    for x in at["x"][0]:
        sums = {
            (gate, u): affine(x, at["kernel"], 2 * k + u)
            + affine(h, at["recurrent"], 2 * k + u)
            + times * at["bias"][2 * k + u]
            for k, gate in enumerate(order)
            for u in range(2)
        }
        c = [expit(sums["f", u] + added) * c[u] + expit(sums["i", u]) * math.tanh(sums["c", u]) for u in range(2)]
        h = [expit(sums["o", u]) * math.tanh(c[u]) for u in range(2)]
    np.testing.assert_allclose(formula("lstm-gates", name), h)


@pytest.mark.parametrize("after", [True, False])
def test_the_state_of_a_gru(after: bool) -> None:
    at = named("gru-reset-after").given
    (b, d), kernel, recurrent = at["biases"], at["kernel"], at["recurrent"]  # blocks: update, reset, candidate
    second = d if after else 0 * d
    h = [0.0, 0.0]
    for x in at["x"][0]:
        z, r = (
            [expit(affine(x, kernel, k + u) + b[k + u] + affine(h, recurrent, k + u) + second[k + u]) for u in range(2)]
            for k in (0, 2)
        )
        if after:
            recalled = [r[u] * (affine(h, recurrent, 4 + u) + second[4 + u]) for u in range(2)]
        else:
            recalled = [affine([r[0] * h[0], r[1] * h[1]], recurrent, 4 + u) for u in range(2)]
        n = [math.tanh(affine(x, kernel, 4 + u) + b[4 + u] + recalled[u]) for u in range(2)]
        h = [z[u] * h[u] + (1 - z[u]) * n[u] for u in range(2)]
    np.testing.assert_allclose(formula("gru-reset-after", "zrn_after" if after else "zrn_before"), h)
