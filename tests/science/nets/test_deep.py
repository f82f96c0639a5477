"""Plain deep networks: their layers' places, how they begin, and what flows in them as the probe and PyTorch see it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import Deep, Flow, cross_entropy, flow, glorot_uniform, he_normal, kind, leaves, mapped
from cutaway.science.nets.probe import once

EDGES = np.linspace(-4, 4, 9)
SETTINGS = [(a, n) for a in ("sigmoid", "tanh", "relu") for n in ("none", "batch")]


@pytest.mark.parametrize("norm", ["none", "batch", "disturbed"])
def test_places_are_those_of_the_layers(norm: Any) -> None:
    deep = Deep("tanh", 3, 5, 4, 2, norm)
    layers = deep.model.layers
    assert [kind(layers[place]) for place in deep.dense] == ["dense"] * 3
    assert [kind(layers[place]) for place in deep.post] == ["tanh"] * 3
    before = {"none": "dense", "batch": "batchnorm", "disturbed": "disturbance"}[norm]
    assert [kind(layers[place]) for place in deep.pre] == [before] * 3
    assert len(layers) == 3 * deep.block + 1


def test_it_begins_with_the_initialiser_given() -> None:
    params = Deep("relu", 2, 50, 40, 3).init((1,), he_normal)
    assert [part["kernel"].shape for part in params if part] == [(40, 50), (50, 50), (50, 3)]
    assert params[2]["kernel"].std() == pytest.approx((2 / 50) ** 0.5, rel=0.05)
    assert all(leaf.dtype == np.float32 for _, leaf in leaves(params))
    again = Deep("relu", 2, 50, 40, 3).init((1,), he_normal)
    np.testing.assert_array_equal(params[0]["kernel"], again[0]["kernel"])


@pytest.mark.parametrize(("name", "depth", "said"), [("swish", 2, "activation: Deep"), ("relu", 0, "depth: Deep")])
def test_what_cannot_be_built_is_said(name: str, depth: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Deep(name, depth, 3, 3, 2)


def seen(activation: str, norm: Any, rng: np.random.Generator) -> tuple[Deep, list[Any], np.ndarray, np.ndarray, Flow]:
    deep = Deep(activation, 4, 16, 10, 5, norm)
    starts = [deep.init((seed,), he_normal) for seed in range(3)]
    x, y = 3 * rng.normal(size=(20, 10)), rng.integers(0, 5, 20)
    return deep, starts, x, y, flow(deep, starts, x, y, EDGES)


@pytest.mark.parametrize(("activation", "norm"), SETTINGS)
def test_the_flow_is_what_a_probe_of_each_network_shows(activation: str, norm: Any, rng: np.random.Generator) -> None:
    deep, starts, x, y, found = seen(activation, norm, rng)
    for at, params in enumerate(starts):
        double = mapped(lambda p: p.astype(np.float64), params)
        step = once(deep.model, (x, y), cross_entropy, params=double)
        pre, post = ([step.layers[place] for place in places] for places in (deep.pre, deep.post))
        np.testing.assert_allclose(found.gradient[at], [one.gradient_rms for one in pre], rtol=1e-9)
        ratio = [a.gradient_rms / b.gradient_rms for a, b in zip(pre, post, strict=True)]
        np.testing.assert_allclose(found.slope[at], ratio, rtol=1e-9)
        np.testing.assert_allclose(found.spread[at], [one.sd for one in pre], rtol=1e-9)
        stuck = [one.share_dead if activation == "relu" else one.share_saturated for one in post]
        np.testing.assert_allclose(found.stuck[at], stuck, atol=1e-12)
    assert found.of(slice(1, 2)).gradient.shape == (1, 4)
    np.testing.assert_allclose(found.factor[:, 0], found.gradient[:, 0] / found.gradient[:, 1])


@pytest.mark.parametrize(("activation", "norm"), SETTINGS)
def test_no_slope_is_above_the_steepest(activation: str, norm: Any, rng: np.random.Generator) -> None:
    _, _, x, _, found = seen(activation, norm, rng)
    assert found.slope.max() <= (0.25 if activation == "sigmoid" else 1) + 1e-12
    assert np.all((found.good >= 0) & (found.good <= 1))
    assert np.all(found.counts.sum(axis=2) == len(x) * 16)


def test_gradients_are_those_of_pytorch(rng: np.random.Generator) -> None:
    import torch

    deep, x, y = Deep("sigmoid", 6, 12, 7, 3), rng.normal(size=(9, 7)), rng.integers(0, 3, 9)
    params = deep.init((0,), glorot_uniform)
    found = flow(deep, [params], x, y, EDGES)
    kernels = [torch.tensor(part["kernel"], dtype=torch.float64) for part in params if part]
    value, pre = torch.tensor(x), []
    for kernel in kernels[:-1]:
        z = value @ kernel
        z.requires_grad_() if z.is_leaf else z.retain_grad()
        pre.append(z)
        value = torch.sigmoid(z)
    torch.nn.functional.cross_entropy(value @ kernels[-1], torch.tensor(y)).backward()
    theirs = [float(z.grad.square().mean().sqrt()) for z in pre]
    np.testing.assert_allclose(found.gradient[0], theirs, rtol=1e-9)
