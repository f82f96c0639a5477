"""Losses of logits: the values of `losses`, gradients by differences, and PyTorch's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cutaway import losses
from cutaway.core.errors import InputError
from cutaway.science.nets import (
    Masked,
    Node,
    backward,
    binary_cross_entropy,
    cross_entropy,
    focal_binary_cross_entropy,
    focal_cross_entropy,
    value_and_gradient,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, pulled

CLASSES = np.array([0, 2, 1, 1, 2])
LABELS = np.array([0, 1, 1, 0, 1])
MASK = np.array([True, True, False, True, False])
WEIGHT = np.array([1.0, 2.0, 0.5, 0.0, 3.0])
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weights": {"weight": WEIGHT},
    "mask": {"mask": MASK},
    "both": {"weight": WEIGHT, "mask": MASK, "smoothing": 0.1},
}
OF_K = {
    "cross_entropy": (partial(cross_entropy), losses.categorical, {"class_weight": [1.0, 2.0, 0.5]}),
    "focal": (partial(focal_cross_entropy), losses.focal_categorical, {"alpha": [1.0, 2.0, 0.5], "gamma": 1.5}),
}
OF_TWO = {
    "binary": (partial(binary_cross_entropy), losses.log_loss, {"class_weight": [1.0, 3.0]}),
    "focal": (partial(focal_binary_cross_entropy), losses.focal, {"alpha": 0.25, "gamma": 2.0}),
}


@pytest.mark.parametrize("reduction", losses.REDUCTIONS[:5])
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", OF_K)
def test_k_classes(name: str, weighted: bool, settings: str, reduction: str, rng: np.random.Generator) -> None:
    ours, formula, more = OF_K[name]
    chosen = {**SETTINGS[settings], **(more if weighted else {}), "reduction": reduction}
    z = rng.normal(size=(5, 3)) * 2
    np.testing.assert_allclose(ours(z, CLASSES, **chosen), formula(z, CLASSES, **chosen), rtol=1e-12)
    agrees_with_differences(lambda v: ours(v, CLASSES, **chosen), z)
    agrees_with_torch(
        lambda v: ours(v, CLASSES, **chosen), lambda v: formula(v, torch.tensor(CLASSES), **_tensors(chosen)), z
    )


@pytest.mark.parametrize("reduction", losses.REDUCTIONS)
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", OF_TWO)
def test_two_classes(name: str, weighted: bool, settings: str, reduction: str, rng: np.random.Generator) -> None:
    ours, formula, more = OF_TWO[name]
    chosen = {**SETTINGS[settings], **(more if weighted else {}), "reduction": reduction}
    z = rng.normal(size=5) * 2
    np.testing.assert_allclose(ours(z, LABELS, **chosen), formula(z, LABELS, **chosen), rtol=1e-12)
    agrees_with_differences(lambda v: ours(v, LABELS, **chosen), z)
    agrees_with_torch(
        lambda v: ours(v, LABELS, **chosen), lambda v: formula(v, torch.tensor(LABELS), **_tensors(chosen)), z
    )


def _tensors(settings: dict[str, Any]) -> dict[str, Any]:
    return {k: torch.tensor(v) if isinstance(v, np.ndarray | list) else v for k, v in settings.items()}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_pytorchs_own(reduction: str, rng: np.random.Generator) -> None:
    z, y = rng.normal(size=(5, 3)) * 3, torch.tensor(CLASSES)
    each = {"mean": "weighted mean"}.get(reduction, reduction)
    agrees_with_torch(
        lambda v: cross_entropy(v, CLASSES, reduction=reduction),  # type: ignore[arg-type]
        lambda v: functional.cross_entropy(v, y, reduction=reduction),
        z,
    )
    agrees_with_torch(
        lambda v: cross_entropy(v, CLASSES, class_weight=[1.0, 2.0, 0.5], reduction=each),  # type: ignore[arg-type]
        lambda v: functional.cross_entropy(v, y, torch.tensor([1.0, 2.0, 0.5], dtype=v.dtype), reduction=reduction),
        z,
    )
    agrees_with_torch(
        lambda v: binary_cross_entropy(v, LABELS, class_weight=[1.0, 3.0], reduction=reduction),  # type: ignore[arg-type]
        lambda v: functional.binary_cross_entropy_with_logits(
            v, torch.tensor(LABELS).double(), pos_weight=torch.tensor(3.0), reduction=reduction
        ),
        z[:, 0],
    )


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_classes_along_another_axis_and_images(reduction: Any, rng: np.random.Generator) -> None:
    z, y = rng.normal(size=(2, 3, 4)), rng.integers(3, size=(2, 4))
    theirs = partial(functional.cross_entropy, target=torch.tensor(y), reduction=reduction)
    agrees_with_torch(lambda v: cross_entropy(v, y, axis=1, reduction=reduction), theirs, z)
    last = np.moveaxis(z, 1, -1).copy()
    agrees_with_torch(lambda v: cross_entropy(v, y, reduction=reduction), lambda v: theirs(v.movedim(-1, 1)), last)


def test_shares_and_a_last_axis_of_one(rng: np.random.Generator) -> None:
    shares = rng.dirichlet([1, 1, 1], size=5)
    z = rng.normal(size=(5, 3))
    agrees_with_torch(
        lambda v: cross_entropy(v, shares), lambda v: functional.cross_entropy(v, torch.tensor(shares)), z
    )
    agrees_with_differences(lambda v: binary_cross_entropy(v, LABELS), z[:, :1])


def test_a_masked_batch_brings_its_mask(rng: np.random.Generator) -> None:
    z, y = rng.normal(size=(2, 4, 3)), rng.integers(3, size=(2, 4))
    mask = np.array([[True, True, False, False], [True, True, True, True]])
    z[0, 2:] = np.nan
    node = Node(z, kept=True)
    loss = cross_entropy(Masked(node, mask), y, reduction="mean over mask")
    backward(loss)
    expected = functional.cross_entropy(torch.tensor(z[mask]), torch.tensor(y[mask]))
    np.testing.assert_allclose(loss.value, expected.item(), rtol=1e-12)
    assert node.gradient is not None and (node.gradient[~mask] == 0).all() and (node.gradient[mask] != 0).all()


@pytest.mark.parametrize("reduction", losses.REDUCTIONS[:5])
def test_steps_with_masks_and_weights_of_sequences(reduction: Any, rng: np.random.Generator) -> None:
    z, y = rng.normal(size=(3, 4, 3)), rng.integers(3, size=(3, 4))
    chosen: dict[str, Any] = {
        "mask": rng.random((3, 4)) < 0.6,
        "weight": np.array([1.0, 2.0, 0.5]),
        "class_weight": np.array([1.0, 3.0, 0.2]),
        "reduction": reduction,
    }
    y[~chosen["mask"]] = -1
    np.testing.assert_allclose(cross_entropy(z, y, **chosen), losses.categorical(z, y, **chosen), rtol=1e-12)
    theirs = partial(losses.categorical, y=torch.tensor(y), **_tensors(chosen))
    agrees_with_torch(lambda v: cross_entropy(v, y, **chosen), theirs, z)


def test_float32_stays_and_large_logits_are_exact() -> None:
    z = np.array([[1000.0, 0.0], [0.0, 1000.0]], np.float32)
    for settings in ({}, {"smoothing": 0.0, "weight": np.ones(2)}):
        node = Node(z, kept=True)
        loss = cross_entropy(node, np.array([1, 1]), **settings)
        backward(loss)
        assert loss.dtype == np.float32 and loss.value == 500 and node.gradient is not None
        assert node.gradient.dtype == np.float32
        assert node.gradient.tolist() == [[0.5, -0.5], [0.0, 0.0]]


def test_no_rows_and_no_weight(rng: np.random.Generator) -> None:
    empty, none = np.zeros((0, 3)), np.zeros(0, int)
    assert np.isnan(cross_entropy(empty, none)) and cross_entropy(empty, none, reduction="sum") == 0
    z = rng.normal(size=(5, 3))
    value, (gradient,) = pulled(lambda v: cross_entropy(v, CLASSES, weight=np.zeros(5)), (z,))
    assert value == 0 and (gradient == 0).all()
    value, (gradient,) = pulled(
        lambda v: cross_entropy(v, CLASSES, weight=np.zeros(5), reduction="weighted mean"), (z,)
    )
    assert np.isnan(value) and np.isnan(gradient).all()


def test_what_is_no_class_or_reduction_is_refused() -> None:
    z = np.zeros((2, 3))
    with pytest.raises(InputError, match=r"y: cross_entropy expected classes 0 … 2, got 3 at row 1; .*mask="):
        cross_entropy(z, np.array([0, 3]))
    with pytest.raises(InputError, match=r"y: cross_entropy expected classes 0 … 2, got -1 at row 2"):
        cross_entropy(np.zeros((3, 3)), np.array([7, 0, -1]), mask=np.array([False, True, True]))
    with pytest.raises(InputError, match="weight: categorical expected weights of 0 or more, got -1"):
        cross_entropy(z, np.array([0, 1]), weight=np.array([1.0, -1.0]))
    with pytest.raises(InputError, match="class_weight: categorical expected one weight a class"):
        cross_entropy(z, np.array([0, 1]), class_weight=[1.0, 2.0])
    with pytest.raises(InputError, match="reduction: categorical expected one of none, sum"):
        cross_entropy(z, np.array([0, 1]), reduction="average")  # type: ignore[arg-type]


def test_in_a_network(rng: np.random.Generator) -> None:
    x = rng.normal(size=(5, 4))
    loss, gradient, _ = value_and_gradient(lambda w: cross_entropy(x @ w, CLASSES), np.zeros((4, 3)))
    assert loss == pytest.approx(np.log(3))
    one_hot = np.eye(3)[CLASSES]
    np.testing.assert_allclose(gradient, x.T @ (1 / 3 - one_hot) / 5, rtol=1e-12)
