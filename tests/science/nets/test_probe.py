"""Probes by the tape: every number against one computed by hand, and nothing of a training changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.probes import NonFinite, StepProbe
from cutaway.science import nets
from cutaway.science.nets import probe
from cutaway.science.nets.activations import ReLU, Sigmoid
from cutaway.science.nets.batch_norm import BatchNorm
from cutaway.science.nets.convolution import Conv2D
from cutaway.science.nets.cross_entropy import cross_entropy
from cutaway.science.nets.dense import Dense
from cutaway.science.nets.layer import Masked, Sequential
from cutaway.science.nets.masks import padding_mask
from cutaway.science.nets.tape import derived, entered, heard, passed, total, value_and_gradient, watching
from cutaway.science.nets.tree import mapped

NET = Sequential((Dense(4, 8), BatchNorm(8), ReLU(), Sequential((Dense(8, 8), Sigmoid())), Dense(8, 3)))


@pytest.fixture
def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(32, 4)), rng.integers(0, 3, 32)


def double(tree: object) -> object:
    return mapped(lambda a: a.astype(np.float64), tree)


def trained(batch: tuple[np.ndarray, np.ndarray], steps: int, rate: float = 0.1) -> tuple[list[float], object]:
    params, state = double(NET.init((0,))), double(NET.start((0,)))
    x, y = batch

    def loss(p: object, s: object) -> tuple[object, object]:
        out, after = NET.apply(p, x, s, True)
        return cross_entropy(out, y), after

    losses = []
    for _ in range(steps):
        value, gradient, state = value_and_gradient(loss, params, state)
        params = mapped(lambda w, g: w - rate * g, params, gradient)
        losses.append(value)
    return losses, params


def test_numbers_of_a_step_are_those_of_the_arrays(batch: tuple[np.ndarray, np.ndarray]) -> None:
    params, state = double(NET.init((0,))), double(NET.start((0,)))
    step = probe.once(NET, batch, cross_entropy, params=params, state=state)
    assert step.names == (
        "0 dense",
        "1 batchnorm",
        "2 relu",
        "3 sequential/0 dense",
        "3 sequential/1 sigmoid",
        "4 dense",
    )
    x = batch[0]
    hidden = x @ params[0]["kernel"] + params[0]["bias"]
    first, norm, relu = step.layers[:3]
    assert (first.mean, first.sd) == pytest.approx((hidden.mean(), hidden.std()))
    assert (first.units, first.shape, step.rows) == (8, (32, 8), 32)
    assert norm.norm is not None
    assert norm.norm.mean_gap == pytest.approx(math.sqrt((hidden.mean(0) ** 2 / 1.001).mean()))
    ratio = np.exp(np.log((hidden.var(0) + 1e-3) / 1.001).mean())
    assert norm.norm.variance_ratio == pytest.approx(ratio)
    assert (norm.norm.rows, norm.norm.momentum, norm.norm.uses_batch) == (32, 0.99, True)
    assert relu.share_zero == pytest.approx((hidden < hidden.mean(0)).mean())
    # the gradient at the last output is (softmax - one-hot) / n
    _, gradient, _ = value_and_gradient(lambda p: cross_entropy(NET.apply(p, x, state, True)[0], batch[1]), params)
    out = NET.apply(params, x, state, True)[0]
    share = np.exp(out) / np.exp(out).sum(1, keepdims=True)
    share[np.arange(32), batch[1]] -= 1
    last = step.layers[-1]
    assert last.gradient_norm == pytest.approx(np.linalg.norm(share / 32))
    assert last.gradient_rms == pytest.approx(np.linalg.norm(share / 32) / math.sqrt(96))
    assert [one.name for one in last.parameters] == ["kernel", "bias"]
    assert last.parameters[0].gradient_norm == pytest.approx(np.linalg.norm(gradient[4]["kernel"]))
    both = np.concatenate([gradient[0]["kernel"].ravel(), gradient[0]["bias"]])
    assert first.parameter_gradient_norm == pytest.approx(np.linalg.norm(both))
    assert math.isnan(first.update_norm)


def test_saturated_and_dead_are_counted() -> None:
    params = ({"kernel": np.array([[0.0, 100.0, 1.0]]), "bias": np.array([-1.0, 0.0, 0.0])}, ())
    x = np.array([[-1.0], [1.0]])
    relu = probe.once(Sequential((Dense(1, 3), ReLU())), x, params=params).layers[1]
    assert (relu.dead, relu.share_zero) == ((0,), pytest.approx(4 / 6))
    sigmoid = probe.once(Sequential((Dense(1, 3), Sigmoid())), x, params=params).layers[1]
    assert sigmoid.share_saturated == pytest.approx(2 / 6)
    assert math.isnan(relu.share_saturated)
    assert not relu.has_gradient


def test_a_record_holds_every_second_step_with_its_update(batch: tuple[np.ndarray, np.ndarray]) -> None:
    plain, weights = trained(batch, 5)
    with probe.recording(NET, every=2) as record:
        losses, same = trained(batch, 5)
    assert losses == plain
    for a, b in zip(nets.leaves(weights), nets.leaves(same), strict=True):
        assert a[0] == b[0]
        np.testing.assert_array_equal(a[1], b[1])
    assert [step.step for step in record] == [0, 2, 4]
    assert [step.loss for step in record] == losses[::2]
    for step in record.steps[:-1]:
        for layer in step.layers:
            for one in layer.parameters:
                assert one.update_norm == pytest.approx(0.1 * one.gradient_norm)
    assert math.isnan(record.last.layers[0].update_norm)
    assert "3 steps recorded" in str(record)
    trained(batch, 1)
    assert len(record) == 3


def test_other_networks_inside_are_no_steps(batch: tuple[np.ndarray, np.ndarray]) -> None:
    other = Sequential((Dense(4, 3),))
    with probe.recording(NET, every=1) as record:
        value_and_gradient(lambda p: total(other.apply(p, batch[0], ((),), True)[0]), other.init((0,)))
        probe.once(NET, batch, cross_entropy, params=NET.init((0,)))
    assert len(record) == 0
    assert str(record) == "no step recorded yet"
    with pytest.raises(InputError, match="train inside"):
        _ = record.last
    with pytest.raises(InputError, match="from 1, got 0"), probe.recording(NET, every=0):
        pass


def test_a_shared_layer_stands_twice_with_its_parameters_once() -> None:
    class Twice:
        dense = Dense(2, 2)

        def init(self, key: tuple[int, ...]) -> object:
            return {"dense": self.dense.init(key), "scale": np.ones(2, np.float32)}

        def start(self, key: tuple[int, ...]) -> object:
            return ()

        def apply(self, params: dict, x: object, state: object, train: bool) -> tuple[object, object]:
            for _ in range(2):
                x, _ = Sequential((self.dense,), ("dense",)).apply((params["dense"],), x, ((),), train)
            return x * params["scale"], state

    net = Twice()
    step = probe.once(net, (np.ones((3, 2)), 0), lambda out, _: total(out), params=net.init((1,)))
    assert step.names == ("twice/dense", "twice/dense (2)", "(own)")
    assert [len(one.parameters) for one in step.layers] == [2, 0, 1]
    assert step.layers[2].parameters[0].has_gradient
    assert [one.called for one in step.layers] == [True, True, False]


def test_padding_counts_in_nothing_and_masks_are_told() -> None:
    values = np.array([[[1.0], [3.0], [99.0]], [[5.0], [99.0], [99.0]]])
    x = Masked(values, padding_mask(np.array([2, 1]), 3))
    params = ({"kernel": np.array([[2.0]]), "bias": np.array([0.0])},)
    layer = probe.once(Sequential((Dense(1, 1),)), x, params=params).layers[0]
    assert (layer.mask, layer.mean) == ("kept", 6.0)


def test_the_first_place_that_is_not_finite_is_named(batch: tuple[np.ndarray, np.ndarray]) -> None:
    def found(place: int | None, x: np.ndarray = batch[0]) -> StepProbe:
        params = NET.init((0,))
        if place is not None:
            layer = params[3][0] if place == 3 else params[place]
            layer["kernel"][0, 0] = np.nan
        return probe.once(NET, (x, batch[1]), cross_entropy, params=params)

    assert found(None).non_finite is None
    assert found(3).non_finite == NonFinite("3 sequential/0 dense", "parameter", "kernel")
    with np.errstate(all="ignore"):
        assert found(None, np.where(batch[0] > 1, np.inf, batch[0])).non_finite == NonFinite("", "input")
    params = NET.init((0,))
    params[0]["kernel"][:] = 3e38
    with np.errstate(all="ignore"):
        step = probe.once(NET, ((batch[0] * 10).astype(np.float32), batch[1]), cross_entropy, params=params)
    assert str(step.non_finite) == "the output of 0 dense"


def test_the_receptive_field_of_convolutions_is_their_window() -> None:
    net = Sequential((Conv2D(1, 2, 3), ReLU(), Conv2D(2, 2, 5, stride=2)))
    x = np.random.default_rng(0).normal(size=(6, 15, 15, 1)).astype(np.float32)
    field = probe.receptive_field(net, x, params=net.init((0,)))
    assert (field.layer, field.extent) == ("2 conv2d", (7, 7))
    first = probe.receptive_field(net, x, params=net.init((0,)), layer="0 conv2d")
    kernel = net.init((0,))[0]["kernel"]
    window = np.abs(kernel.sum(axis=3)).mean(axis=2)
    np.testing.assert_allclose(first.gradient[6:9, 6:9], window, rtol=1e-6)
    assert first.gradient.sum() == pytest.approx(window.sum())


def test_what_is_heard_is_handed_on_unchanged() -> None:
    seen = []

    def listener(*given: object) -> object:
        seen.append(value_and_gradient(*given))  # not heard again
        return seen[-1]

    with heard(listener):
        assert value_and_gradient(lambda w: w * w, np.array(3.0))[0] == 9.0
    assert seen == [derived(lambda w: w * w, np.array(3.0))]
    value_and_gradient(lambda w: w * w, np.array(3.0))
    assert len(seen) == 1
    with watching() as passing:
        entered("outer")
        entered("inner")
        passed("inner", "dense", np.ones(1))
        passed("outer", "sequential", np.ones(1))
    assert [one.name for one in passing] == ["outer/inner", "outer"]
    by_hand = probe.step_probe(passing, 0.5, step=7)
    assert (by_hand.names, by_hand.step, by_hand.loss) == (("outer/inner",), 7, 0.5)
