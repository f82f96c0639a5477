"""What the checks of networks are made of: batches, the scales of outputs, runs that part, a model that is put back."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from torch import nn

from cutaway.checks import audit_model
from cutaway.checks.run.network import difference
from cutaway.checks.run.outputs import Task, expected, sums_to_one, task_of
from cutaway.checks.run.outputs import given as scale_of
from cutaway.checks.run.reference import features, reference
from cutaway.checks.run.traces import parting, real_steps
from cutaway.core.errors import InputError
from cutaway.frameworks.batch import batch_of
from cutaway.frameworks.network import Call, Parts, Trace, network_of
from tests.checks.networks import cases
from tests.checks.networks.torch_faulty import mlp
from tests.checks.networks.torch_sound import trainer


def test_a_batch_is_read_from_what_users_have() -> None:
    x, y = cases.table(8)
    for given_as in ((x, y), {"x": x, "y": y}, (torch.as_tensor(x), torch.as_tensor(y)), {"inputs": x, "labels": y}):
        batch = batch_of(given_as)
        assert np.array_equal(batch.main, x)
        assert batch.y is not None
        assert np.array_equal(batch.y, y)
    assert batch_of({"ids": x, "kinds": y[:, None], "y": y}).x.keys() == {"ids", "kinds"}
    assert batch_of({"x": np.ones((2, 3)), "lengths": [1, 3]}).mask.tolist() == [[True, False, False], [True] * 3]
    assert batch_of((np.array([[1, 2, 0]]), [0]), padding=0).mask.tolist() == [[True, True, False]]


@pytest.mark.parametrize(
    ("given_as", "says"),
    [
        (({"x": np.ones((3, 2)), "y": np.ones(2)}), "y has 2 samples and x has 3"),
        ((np.ones((0, 2)), np.ones(0)), "at least one sample"),
        ({"y": np.ones(3)}, "expected x"),
        ((np.ones((3, 2)), np.ones(3), np.ones(3)), "one value a step"),
    ],
)
def test_a_batch_that_cannot_be_used_is_refused(given_as: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        batch_of(given_as)


@given(more=strategies.integers(1, 9), before=strategies.booleans())
def test_padding_is_appended_on_its_side_and_changes_nothing_else(more: int, before: bool) -> None:
    given_as = cases.tags(6, padding=-1)
    if before:
        given_as = {name: value[:, ::-1] if value.ndim > 1 else value for name, value in given_as.items()}
    batch = batch_of(given_as)
    longer = batch.padded(more)
    assert longer.mask is not None
    assert batch.mask is not None
    assert longer.mask.sum() == batch.mask.sum()
    assert batch.padded_before == before
    pair = real_steps(batch, more)(batch.y, longer.y)
    assert pair is not None
    assert np.array_equal(*pair)
    assert set(np.unique(longer.y[~longer.mask])) == {-1}


def categorical(z: np.ndarray, y: np.ndarray, *, of: str) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = {"logits": z - np.log(np.exp(z).sum(1, keepdims=True)), "log-probabilities": z}.get(of)
        logs = np.log(np.clip(z, 1e-7, 1)) if logs is None else logs
    return float(-logs[np.arange(len(y)), y].mean())


def binary(z: np.ndarray, y: np.ndarray, *, of: str) -> float:
    z = z.reshape(y.shape).astype(float)
    p = np.clip(z, 1e-7, 1 - 1e-7) if of == "probabilities" else None
    each = -(y * np.log(p) + (1 - y) * np.log(1 - p)) if p is not None else np.logaddexp(0, z) - y * z
    return float(each.mean())


@pytest.mark.parametrize("scale", ["logits", "log-probabilities", "probabilities"])
@pytest.mark.parametrize("smoothed", [False, True])
def test_the_scale_that_a_loss_expects_is_measured(scale: str, smoothed: bool) -> None:
    _, y = cases.table(32)
    task = Task("coded", 3, 1)

    def loss(z: np.ndarray, labels: np.ndarray) -> float:
        other = np.mean([categorical(z, np.full_like(labels, k), of=scale) for k in range(3)])
        return categorical(z, labels, of=scale) * (0.9 if smoothed else 1) + (0.1 * other if smoothed else 0)

    assert expected(loss, y, task, (32, 3)) == scale
    assert expected(lambda z, labels: 5 * loss(z, labels), y, task, (32, 3)) == scale


@pytest.mark.parametrize("scale", ["logits", "probabilities"])
def test_the_scale_of_a_binary_loss_is_measured(scale: str) -> None:
    _, y = cases.pair(32)
    assert expected(lambda z, labels: binary(z, labels, of=scale), y, Task("binary", 2, -1), (32, 1)) == scale


def test_a_squared_error_expects_neither() -> None:
    _, y = cases.pair(32)
    assert expected(lambda z, t: float(((z.ravel() - t) ** 2).mean()), y, Task("binary", 2, -1), (32, 1)) == "other"


def test_the_scale_of_outputs() -> None:
    p = np.array([[0.2, 0.8], [0.5, 0.5]])
    assert scale_of([p, np.eye(2)], 1) == "probabilities"
    assert scale_of([np.log(p)], 1) == "log-probabilities"
    assert scale_of([p, 1000 * p], 1) == "logits"
    assert sums_to_one(p.T) == (0,)


def test_how_labels_name_classes() -> None:
    assert task_of(np.array([0, 1, 2]), (3, 4)) == Task("coded", 4, 1)
    assert task_of(np.zeros((2, 5), int), (2, 5, 3)) == Task("coded", 3, 2)
    assert task_of(np.zeros((2, 5), int), (2, 3, 5)) == Task("coded", 3, 1)
    assert task_of(np.eye(3), (3, 3)) == Task("one-hot", 3, 1)
    assert task_of(np.ones((3, 2)), (3, 2)) == Task("binary", 2, -1)
    assert task_of(np.array([0.5, 1.0]), (2, 1)) is None


def test_where_two_runs_part() -> None:
    a, b = np.ones((2, 3)), np.array([[1.0, 1, 1], [1, 1, 2]])

    def run(*outputs: np.ndarray) -> Trace:
        inputs = (np.zeros((2, 3)), *outputs)
        calls = [Call(name=f"l{i}", kind="k", input=inputs[i], output=o) for i, o in enumerate(outputs)]
        return Trace(tuple(calls), outputs[-1])

    assert parting(run(a, a), run(a, a), 1e-6).output == 0
    assert parting(run(a, a, a), run(a, b, b), 1e-6).begins == "begins at l1 (k)"
    assert difference(a, np.ones((3, 2))) == np.inf
    assert difference(np.array([np.nan, 1]), np.array([np.nan, 1])) == 0


def test_the_plain_network_fits_what_depends_on_the_inputs() -> None:
    x, y = cases.table(16)
    first, last, predict = reference(features(batch_of((x, y))), y, Task("coded", 3, 1), steps=100)
    assert last < 0.1 * first
    assert (predict(features(batch_of((x, y)))).argmax(1) == y).all()


def test_a_model_is_put_back_whatever_was_done_to_it() -> None:
    model = nn.Sequential(nn.Linear(12, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
    model[3].weight.requires_grad_(False)
    model[1].eval()
    given_parts = trainer(model, nn.CrossEntropyLoss())
    x, y = cases.table(64)
    given_parts["step"](torch.as_tensor(x), torch.as_tensor(y))
    model[1].eval()
    before = cases.weights(model)
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    moments = {k: v["exp_avg"].clone() for k, v in given_parts["optimiser"].state_dict()["state"].items()}
    modes = [m.training for m in model.modules()]
    drawn = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    audit_model(model, (x, y), **given_parts)
    after = cases.weights(model)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert [m.training for m in model.modules()] == modes
    assert not model[3].weight.requires_grad
    for p, g in zip(model.parameters(), gradients, strict=True):
        assert (p.grad is None) == (g is None)
        assert g is None or torch.equal(p.grad, g)
    for k, v in given_parts["optimiser"].state_dict()["state"].items():
        assert torch.equal(v["exp_avg"], moments[k])
    assert torch.equal(torch.get_rng_state(), drawn[0])
    assert np.array_equal(np.random.get_state()[1], drawn[1])
    assert random.getstate() == drawn[2]
    assert not any(m._forward_hooks for m in model.modules())


def test_a_model_that_fails_within_is_put_back_too() -> None:
    model = mlp()
    network = network_of(model, Parts())
    before = cases.weights(model)
    with pytest.raises(KeyError), network.kept():
        network.output_with(batch_of(cases.table(4)), {"0.weight": np.zeros((32, 12), np.float32)})
        raise KeyError
    assert all(np.array_equal(value, cases.weights(model)[name]) for name, value in before.items())
