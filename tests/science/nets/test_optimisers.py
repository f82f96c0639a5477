"""Every optimiser equals Keras' and PyTorch's step by step, on the same gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from cutaway.core.errors import InputError
from cutaway.science.nets import SGD, Adam, AdamW, RMSprop, clipped, gradient_norm

RATES = [1 / 8, 1 / 8, 1 / 16, 1 / 4, 1 / 64, 1 / 64, 1 / 4, 1 / 8]  # which float32 holds exactly


def task(dtype: type = np.float64) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Parameters, and their gradients in each step, of sizes from 1e-6 to 10."""
    rng = np.random.default_rng(3)
    shapes = {"kernel": (4, 3), "bias": (3,)}
    params = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    sizes = 10.0 ** rng.uniform(-6, 1, (len(RATES), 2))
    steps = [
        {
            name: (size * rng.normal(size=shape)).astype(dtype)
            for (name, shape), size in zip(shapes.items(), of_step, strict=True)
        }
        for of_step in sizes
    ]
    return params, steps


def ours(optimiser: Any, dtype: type = np.float64) -> list[dict[str, np.ndarray]]:
    """The parameters after each step."""
    params, gradients = task(dtype)
    state, out = optimiser.start(params), []
    for rate, g in zip(RATES, gradients, strict=True):
        params, state = optimiser.step(params, g, state, rate)
        out.append(params)
    return out


def of_torch(make: Callable[..., torch.optim.Optimizer]) -> list[dict[str, np.ndarray]]:
    params, gradients = task()
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    optimiser, out = make(list(tensors.values())), []
    for rate, g in zip(RATES, gradients, strict=True):
        optimiser.param_groups[0]["lr"] = rate
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(g[name])
        optimiser.step()
        out.append({name: tensor.detach().numpy().copy() for name, tensor in tensors.items()})
    return out


def of_keras(make: Callable[[], Any]) -> list[dict[str, np.ndarray]]:
    import keras

    params, gradients = task()
    variables = {name: keras.Variable(value, dtype="float64") for name, value in params.items()}
    optimiser, out = make(), []
    for rate, g in zip(RATES, gradients, strict=True):
        optimiser.learning_rate = rate
        arrays = [keras.ops.convert_to_tensor(g[name]) for name in variables]
        optimiser.apply(arrays, list(variables.values()))
        out.append({name: keras.ops.convert_to_numpy(variable).copy() for name, variable in variables.items()})
    return out


def assert_equal(a: list[dict[str, np.ndarray]], b: list[dict[str, np.ndarray]], rtol: float) -> None:
    assert len(a) == len(b) == len(RATES)
    for one, other in zip(a, b, strict=True):
        for name in one:
            np.testing.assert_allclose(one[name], other[name], rtol=rtol, atol=rtol)


TORCH = {
    "plain": (SGD.torch(), lambda p: torch.optim.SGD(p)),
    "decay": (SGD.torch(decay=0.1), lambda p: torch.optim.SGD(p, weight_decay=0.1)),
    "momentum": (SGD.torch(0.9), lambda p: torch.optim.SGD(p, momentum=0.9)),
    "nesterov": (SGD.torch(0.9, True, 0.1), lambda p: torch.optim.SGD(p, 1, 0.9, weight_decay=0.1, nesterov=True)),
    "rmsprop": (RMSprop.torch(), lambda p: torch.optim.RMSprop(p)),
    "rmsprop momentum": (RMSprop.torch(momentum=0.8), lambda p: torch.optim.RMSprop(p, momentum=0.8)),
    "rmsprop centred": (
        RMSprop.torch(0.95, 0.5, True, 0.1),
        lambda p: torch.optim.RMSprop(p, alpha=0.95, momentum=0.5, centered=True, weight_decay=0.1),
    ),
    "adam": (Adam.torch(), lambda p: torch.optim.Adam(p)),
    "adam decay": (Adam.torch(decay=0.1), lambda p: torch.optim.Adam(p, weight_decay=0.1)),
    "adamw": (AdamW.torch(0.8, 0.99, 0.1), lambda p: torch.optim.AdamW(p, betas=(0.8, 0.99), weight_decay=0.1)),
    "adamw default": (AdamW(), lambda p: torch.optim.AdamW(p)),
}


@pytest.mark.parametrize("name", TORCH)
def test_equals_pytorch_step_by_step(name: str) -> None:
    optimiser, make = TORCH[name]
    assert_equal(ours(optimiser), of_torch(make), rtol=1e-12)


KERAS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "plain": (SGD.keras(), "SGD", {}),
    "decay": (SGD.keras(decay=0.1), "SGD", {"weight_decay": 0.1}),
    "momentum": (SGD.keras(0.9), "SGD", {"momentum": 0.9}),
    "nesterov": (SGD.keras(0.9, True, 0.1), "SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "rmsprop": (RMSprop.keras(), "RMSprop", {}),
    "rmsprop momentum": (RMSprop.keras(momentum=0.8), "RMSprop", {"momentum": 0.8}),
    "rmsprop centred": (
        RMSprop.keras(0.95, 0.5, True, 0.1),
        "RMSprop",
        {"rho": 0.95, "momentum": 0.5, "centered": True, "weight_decay": 0.1},
    ),
    "adam": (Adam.keras(), "Adam", {}),
    "adamw": (AdamW.keras(0.8, 0.99, 0.1), "AdamW", {"beta_1": 0.8, "beta_2": 0.99, "weight_decay": 0.1}),
}


@pytest.mark.parametrize("name", KERAS)
def test_equals_keras_step_by_step(name: str) -> None:
    import keras

    optimiser, kind, settings = KERAS[name]
    # Keras rounds rates and settings to float32 on their way to float64, which Adam's 1 - 0.999 shows.
    rtol = 1e-5 if kind.startswith("Adam") else 1e-6
    assert_equal(ours(optimiser), of_keras(lambda: getattr(keras.optimizers, kind)(**settings)), rtol)


def test_adam_equals_keras_to_the_digits_of_its_rates() -> None:
    import keras

    betas = (0.875, 1 - 2**-10)  # which float32 holds exactly
    theirs = of_keras(lambda: keras.optimizers.Adam(beta_1=betas[0], beta_2=betas[1]))
    assert_equal(ours(Adam.keras(*betas)), theirs, rtol=1e-7)


@pytest.mark.parametrize(("name", "other"), [("momentum", "momentum"), ("rmsprop", "rmsprop"), ("adam", "adam")])
def test_the_two_conventions_differ_by_more_than_rounding(name: str, other: str) -> None:
    with pytest.raises(AssertionError):
        assert_equal(ours(TORCH[name][0]), ours(KERAS[other][0]), rtol=1e-4)


@pytest.mark.parametrize("name", TORCH)
def test_float32_stays_and_differs_by_rounding_only(name: str) -> None:
    optimiser = TORCH[name][0]
    single = ours(optimiser, np.float32)
    assert {value.dtype for step in single for value in step.values()} == {np.dtype(np.float32)}
    assert_equal(single, ours(optimiser), rtol=2e-5)


@pytest.mark.parametrize("name", TORCH)
def test_a_step_leaves_what_it_was_given_unless_told_to_overwrite_it(name: str) -> None:
    optimiser = TORCH[name][0]
    params, gradients = task()
    kept = {key: value.copy() for key, value in params.items()}
    state = optimiser.start(params)
    new, after = optimiser.step(params, gradients[0], state, 0.1)
    for key in params:
        assert np.array_equal(params[key], kept[key]) and not np.array_equal(new[key], kept[key])
    assert all(
        np.all(np.asarray(part) == 0) for tree in state.values() if isinstance(tree, dict) for part in tree.values()
    )
    over, over_state = optimiser.step(params, gradients[0], state, 0.1, in_place=True)
    assert over["kernel"] is params["kernel"] and np.array_equal(params["kernel"], new["kernel"])
    assert over_state.keys() == after.keys()


def test_what_has_no_gradient_stays() -> None:
    params, gradients = task()
    for optimiser in (SGD(0.9, decay=0.1, decoupled=True), RMSprop(momentum=0.5), AdamW()):
        state = optimiser.start(params)
        new, after = optimiser.step(params, {"kernel": gradients[0]["kernel"], "bias": None}, state, 0.1)
        assert np.array_equal(new["bias"], params["bias"])
        assert not np.array_equal(new["kernel"], params["kernel"])
        assert after.keys() == state.keys()


def test_gradients_are_shortened_together_as_in_pytorch() -> None:
    _, (g, *_) = task()
    tensors = [torch.nn.Parameter(torch.zeros(value.shape, dtype=torch.float64)) for value in g.values()]
    for tensor, value in zip(tensors, g.values(), strict=True):
        tensor.grad = torch.tensor(value)
    limit = gradient_norm(g) / 3
    torch.nn.utils.clip_grad_norm_(tensors, limit)
    short = clipped({**g, "none": None}, limit)
    for tensor, name in zip(tensors, g, strict=True):
        np.testing.assert_allclose(short[name], tensor.grad.numpy(), rtol=1e-5)
    assert short["none"] is None
    assert abs(gradient_norm(short) / limit - 1) < 1e-9
    assert clipped(g, 1e9) is g
    with pytest.raises(InputError, match="norm: clipped expected a number above 0, got 0"):
        clipped(g, 0)


def test_settings_that_cannot_be_are_told() -> None:
    with pytest.raises(InputError, match="momentum: SGD expected 0 to below 1, got 1"):
        SGD(1.0)
    with pytest.raises(InputError, match="nesterov: SGD expected a momentum above 0"):
        SGD(nesterov=True)
    with pytest.raises(InputError, match="keep_square: AdamW expected 0 to below 1, got -1"):
        AdamW(keep_square=-1)
    with pytest.raises(InputError, match="epsilon: RMSprop expected a number above 0"):
        RMSprop(epsilon=0)
    with pytest.raises(InputError, match="decay: Adam expected 0 or more"):
        Adam(decay=-1)


def test_gradients_of_another_shape_are_told() -> None:
    with pytest.raises(InputError, match=r"gradients: the optimiser expected shape \(2,\) for w, got \(1, 2\)"):
        SGD().step({"w": np.zeros(2)}, {"w": np.zeros((1, 2))}, {}, 0.1)
    with pytest.raises(InputError, match="expected w in C order"):
        SGD().step({"w": np.zeros((2, 3)).T}, {"w": np.zeros((3, 2))}, {}, 0.1, in_place=True)
