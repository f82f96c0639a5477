"""The one network: its formula against another way to compute it, and every framework against it, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import log_softmax, softmax
from scipy.stats import norm

from cutaway.compare import one_network as topic
from tests.compare.running import compared

GIVEN = topic.given()
DATA = {name: value for name, value in GIVEN.items() if name != "layers"}
STARTS = {"padding": 0, "epsilon": 1, "gelu": 2, "pool": 3, "adam": 7, "momentum": 8, "variance": 8}


def alike() -> np.ndarray:
    return np.asarray(topic.alike.function(**DATA))


def rows_of_the_dense_layer() -> np.ndarray:
    """As far as the dense layer, with SciPy's correlation and normal distribution."""
    convolved = np.array(
        [[correlate2d(np.pad(x[..., 0], (0, 1)), DATA["kernel"][:, :, 0, c], "valid")[::2, ::2] for c in range(3)]
         for x in DATA["x"]]
    ).transpose(0, 2, 3, 1)  # fmt: skip
    frozen = DATA["scale"] * (convolved - DATA["mean"]) / (DATA["variance"] + 1e-3) ** 0.5 + DATA["shift"]
    active = frozen * norm.cdf(frozen)
    pooled = np.zeros_like(active)
    for i in range(3):
        for j in range(3):
            pooled[:, i, j] = active[:, max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].mean((1, 2))
    return pooled.reshape(6, -1)


def test_its_forward_pass_is_that_of_scipy() -> None:
    rows = rows_of_the_dense_layer()
    z = rows @ DATA["dense"]
    logits = (z - z.mean(0)) / (z.var(0) + 1e-3) ** 0.5
    loss = -log_softmax(logits, 1)[np.arange(6), DATA["y"]]
    found = alike()
    np.testing.assert_allclose(found[3], rows.ravel()[:6], rtol=1e-10)
    np.testing.assert_allclose(found[4], z.ravel()[:6], rtol=1e-10)
    np.testing.assert_allclose(found[5], logits.ravel()[:6], rtol=1e-10)
    np.testing.assert_allclose(found[6], loss, rtol=1e-10)


def test_its_step_is_that_of_finite_differences() -> None:
    rows = rows_of_the_dense_layer()

    def loss(weights: np.ndarray) -> Any:
        z = rows @ weights
        return -log_softmax((z - z.mean(0)) / (z.var(0) + 1e-3) ** 0.5, 1)[np.arange(6), DATA["y"]].mean()

    gradient = np.zeros_like(DATA["dense"])
    for at in np.ndindex(gradient.shape):
        move = np.zeros_like(gradient)
        move[at] = 1e-5
        gradient[at] = topic.SHARE * (loss(DATA["dense"] + move) - loss(DATA["dense"] - move)) / 2e-5
    stepped = DATA["dense"] - 0.1 * gradient / (np.abs(gradient) + 1e-8)
    np.testing.assert_allclose(alike()[7], stepped.ravel()[:6], rtol=1e-5)
    one, two = rows @ DATA["dense"], rows @ stepped
    mean = 0.1 * (0.9 * one.mean(0) + two.mean(0))
    variance = 0.81 + 0.1 * (0.9 * one.var(0) + two.var(0))
    np.testing.assert_allclose(alike()[8], [*mean, *variance], rtol=1e-4)
    after = softmax((two - mean) / (variance + 1e-3) ** 0.5, 1)
    np.testing.assert_allclose(alike()[9], after.ravel()[:6], rtol=1e-4)


@pytest.mark.parametrize("left", topic.DEFAULTS)
def test_a_convention_acts_from_its_layer_on(left: str) -> None:
    other = {"padding": topic.around, "epsilon": topic.small_epsilon, "gelu": topic.tanh, "pool": topic.windows,
             "adam": topic.before, "momentum": topic.slow, "variance": topic.unbiased}[left]  # fmt: skip
    value = np.asarray(other.function(**DATA))
    off = np.abs(value - alike()).max(1) / np.abs(alike()).max(1)
    assert (off[: STARTS[left]] == 0).all()
    assert (off[STARTS[left] :] > 3e-5).all(), "seen well above the rounding of float32"


@pytest.mark.slow
def test_aligned_every_framework_agrees_at_every_layer() -> None:
    rows = [row for row in compared("one-network").rows if row.variant.endswith("_aligned")]
    assert {row.framework for row in rows} == {"numpy", *topic.NETWORKS}
    for row in rows:
        assert row.status == "ran", row.reason
        off = np.abs(row.value - alike()).max(1) / np.abs(alike()).max(1)
        assert off.max() < 1e-5, (row.framework, dict(zip(topic.LAYERS, off, strict=True)))


@pytest.mark.slow
def test_a_default_left_parts_those_whose_default_is_another() -> None:
    assert compared("one-network").stands
    group = {row.variant: row.group for row in compared("one-network").rows}
    parted = {
        left: {name for name in ("pytorch", "keras", "flax") if group[f"{name}_{left}"] != group["numpy_aligned"]}
        for left in topic.DEFAULTS
    }
    assert parted == {
        "padding": {"pytorch"},
        "epsilon": {"pytorch", "flax"},
        "gelu": {"flax"},
        "pool": {"pytorch", "flax"},
        "adam": {"keras"},
        "momentum": {"keras", "flax"},
        "variance": {"pytorch"},
    }
