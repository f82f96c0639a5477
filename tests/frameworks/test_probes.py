"""Probes: the same numbers in every framework; PyTorch's hooks in every shape of network."""

from __future__ import annotations

import contextlib
import math
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import _global_optimizer_post_hooks

import cutaway
from cutaway.core.errors import InputError, InputTypeError
from cutaway.core.probes import NonFinite, Record
from tests.frameworks import probed


class Convnet(nn.Module):
    """`probed.CONVNET`, whose images have their channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, eps=1e-3)
        self.relu = nn.ReLU(inplace=True)
        self.flatten = nn.Flatten()
        self.dense, self.sigmoid = nn.Linear(144, 12), nn.Sigmoid()
        self.middle, self.relu2 = nn.Linear(12, 10), nn.ReLU()
        self.out = nn.Linear(10, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.norm(self.conv(x.permute(0, 3, 1, 2))))
        x = self.sigmoid(self.dense(self.flatten(x.permute(0, 2, 3, 1))))
        return self.out(self.relu2(self.middle(x)))


def convnet() -> Convnet:
    """With the weights of `probed.CONVNET`."""
    net, given = Convnet(), probed.weights(probed.CONVNET)
    with torch.no_grad():
        net.conv.weight.copy_(torch.tensor(given[0]["kernel"]).permute(3, 2, 0, 1))
        net.conv.bias.copy_(torch.tensor(given[0]["bias"]))
        net.norm.weight.copy_(torch.tensor(given[1]["gamma"]))
        net.norm.bias.copy_(torch.tensor(given[1]["beta"]))
        for layer, place in ((net.dense, 4), (net.middle, 6), (net.out, 8)):
            layer.weight.copy_(torch.tensor(given[place]["kernel"]).T)
            layer.bias.copy_(torch.tensor(given[place]["bias"]))
    return net


def mlp(*more: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), *more, nn.Linear(8, 3))


def data(rows: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(rows, 4, generator=generator), torch.randint(0, 3, (rows,), generator=generator)


def fit(model: nn.Module, steps: int = 5, *, make: Callable[..., Any] = torch.optim.SGD) -> list[float]:
    x, y = data()
    optimiser = make([p for p in model.parameters() if p.requires_grad], 0.1)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def hooks(model: nn.Module) -> list[Any]:
    """Whatever hangs on the modules and their parameters."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_forward_hooks_with_kwargs")
    kinds += ("_forward_pre_hooks_with_kwargs", "_forward_hooks_always_called", "_backward_pre_hooks")
    found = [getattr(module, kind) for module in model.modules() for kind in kinds]
    found += [p._backward_hooks for p in model.parameters()]
    found.append(_global_optimizer_post_hooks)
    return [one for one in found if one]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    plain = torch.autograd.backward
    yield
    assert torch.autograd.backward is plain
    assert not torch.overrides._get_current_function_mode_stack()


def test_a_step_is_the_same_as_in_nets() -> None:
    batch = probed.images()
    ours = probed.expected(probed.CONVNET, batch)
    theirs = cutaway.probe.once(convnet(), batch, nn.functional.cross_entropy)
    probed.assert_same(ours, theirs)
    assert ours.layers[7].dead[:3] == (0, 1, 2)  # so that the comparison compares something
    assert ours.layers[5].share_saturated > 0.05


def test_the_receptive_field_is_the_same_as_in_nets() -> None:
    given = probed.weights(probed.DEEP)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.Conv2d(3, 2, 3), nn.Sigmoid(), nn.Flatten())
    with torch.no_grad():
        for place in (0, 2):
            net[place].weight.copy_(torch.tensor(given[place]["kernel"]).permute(3, 2, 0, 1))
            net[place].bias.copy_(torch.tensor(given[place]["bias"]))
    ours, x = probed.field(), probed.images()[0].transpose(0, 3, 1, 2)
    theirs = cutaway.probe.receptive_field(net, x)
    assert (theirs.layer, theirs.extent, theirs.centre) == ("3", probed.FIELD, ours.centre)
    np.testing.assert_allclose(theirs.gradient, ours.gradient, rtol=1e-5, atol=1e-6)
    assert cutaway.probe.receptive_field(net, x, layer="0").extent == (3, 3)
    assert hooks(net) == []
    assert net.training
    sequence = cutaway.probe.receptive_field(nn.Sequential(nn.Conv1d(2, 3, 5, padding=2)), torch.randn(4, 2, 11))
    assert (sequence.extent, sequence.centre) == ((5,), (5,))


def test_once_leaves_everything_as_it_was() -> None:
    net = nn.Sequential(convnet(), nn.Dropout(0.5))
    net[0].norm.eval()
    for p in net.parameters():
        p.grad = torch.ones_like(p)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    drawn = torch.get_rng_state()
    modes = [module.training for module in net.modules()]
    x, y = probed.images()
    for train in (None, True, False):
        step = cutaway.probe.once(net, (x, y), nn.CrossEntropyLoss(), train=train)
        assert step.layer("0.norm").norm.moved is (train is True)
    assert [module.training for module in net.modules()] == modes
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert all(torch.equal(p.grad, torch.ones_like(p)) for p in net.parameters())
    assert hooks(net) == []
    function = cutaway.probe.once(net, lambda: net(torch.tensor(x)).square().mean())
    assert function.layers[0].has_gradient
    assert not cutaway.probe.once(net, x).layers[0].has_gradient


def test_a_record_changes_nothing_and_holds_what_the_optimiser_did() -> None:
    plain, watched = mlp(nn.Dropout(0.5)), mlp(nn.Dropout(0.5))
    torch.manual_seed(3)
    losses = fit(plain)
    torch.manual_seed(3)
    with cutaway.probe(watched, every=2) as record:
        assert fit(watched) == losses
        assert len(record) == 3  # each as soon as the optimiser has stepped
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), watched.parameters(), strict=True))
    assert hooks(watched) == []
    assert [step.step for step in record] == [0, 2, 4]
    assert [step.loss for step in record] == pytest.approx(losses[::2])
    for step in record:
        for layer in step.layers:
            for one in layer.parameters:
                assert one.update_norm == pytest.approx(0.1 * one.gradient_norm, rel=1e-4)
    fit(watched)
    assert len(record) == 3
    assert "3 steps recorded; the last is step 4" in str(record)


def test_hooks_go_when_an_error_ends_the_training() -> None:
    class Breaks(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("broken")

    for place in (1, 2):
        model = mlp(*([Breaks()] if place == 2 else []))
        with pytest.raises((RuntimeError, ZeroDivisionError)), cutaway.probe(model, every=1) as record:
            if place == 1:
                model(data()[0])
                raise ZeroDivisionError
            fit(model)
        assert hooks(model) == []
        assert [step.names[0] for step in record] == ["0"]
        assert not torch.overrides._get_current_function_mode_stack()


def test_two_probes_at_once_and_one_within_the_other() -> None:
    one, other = mlp(), mlp()
    with cutaway.probe(one, every=1) as outer:
        with cutaway.probe(other, every=2) as inner:
            fit(one, 2)
            fit(other, 2)
        fit(one, 1)
    assert (len(outer), len(inner)) == (3, 1)
    assert not math.isnan(inner.last.loss)


def test_a_shared_module_stands_twice_and_an_unused_one_at_the_end() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.unused, self.scale = nn.Linear(4, 4), nn.Linear(4, 4), nn.Parameter(torch.ones(1))
            self.frozen = nn.Linear(4, 4).requires_grad_(False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.dense(self.dense(self.frozen(x)))) * self.scale

    step = cutaway.probe.once(Twice(), data(), nn.functional.cross_entropy)
    assert step.names == ("frozen", "dense", "dense (2)", "relu after dense (2)", "(own)", "unused")
    assert [one.called for one in step.layers] == [True] * 4 + [False] * 2
    assert [len(one.parameters) for one in step.layers] == [2, 2, 0, 0, 1, 2]
    frozen, unused = step.layer("frozen"), step.layer("unused")
    assert (frozen.trainable, frozen.has_gradient) == (False, False)
    assert not any(one.has_gradient for one in unused.parameters)
    assert step.layer("(own)").parameters[0].has_gradient
    assert step.layer("relu after dense (2)").share_zero > 0.1


def test_recurrent_attention_and_packed_sequences() -> None:
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(9, 4)
            self.lstm = nn.LSTM(4, 4, batch_first=True)
            self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
            self.block = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
            self.gru = nn.GRU(4, 4, batch_first=True)
            self.out = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            x, _ = self.lstm(self.embedding(x))
            x, _ = self.attention(x, x, x, key_padding_mask=~mask)
            x = self.block(x)
            packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), batch_first=True, enforce_sorted=False)
            _, last = self.gru(packed)
            return self.out(last[0])

    torch.manual_seed(0)
    net = Reader()
    x, y = probed.sequences()
    step = cutaway.probe.once(net, ((torch.tensor(x), torch.tensor(x != 0)), y), nn.functional.cross_entropy)
    assert [one.kind for one in step.called[:3]] == ["embedding", "lstm", "attention"]
    assert step.layer("attention").mask == "used"
    assert [one.name for one in step.layer("attention").parameters] == [
        "in_proj_weight",
        "in_proj_bias",
        "weight",
        "bias",
    ]
    assert step.layer("lstm").activation == "tanh"
    assert {one.name for one in step.called} >= {"block.self_attn", "block.linear1", "relu after block.linear1"}
    assert step.layer("gru").mask == "kept"  # packed it comes and packed it goes
    assert all(one.has_gradient for one in step.called if one.name != "gru")  # of which the last state is taken
    assert not [one for one in step.layers if not one.called]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["torch.compile", "compile", "a part", "DataParallel"])
def test_wrapped_and_compiled_networks(way: str) -> None:
    plain, model = mlp(), mlp()
    wrapped: nn.Module = model
    if way == "torch.compile":
        wrapped = torch.compile(model, backend="eager")
    elif way == "compile":
        model.compile(backend="eager")
    elif way == "a part":
        model[0] = torch.compile(model[0], backend="eager")
    else:
        wrapped = nn.DataParallel(model)
    losses = fit(plain, 6)
    first = fit(wrapped, 1)  # compiled before the probe comes
    with cutaway.probe(wrapped, every=2) as record:
        rest = fit(wrapped, 5)
    assert first + rest == pytest.approx(losses, rel=1e-5)
    assert [step.step for step in record] == [0, 2, 4]
    assert record.last.names == ("0", "1", "2")
    assert [step.loss for step in record] == pytest.approx(losses[1::2], rel=1e-5)
    assert all(one.update_ratio > 0 for one in record.last.layers if one.parameters)
    assert hooks(wrapped) == []
    fit(wrapped, 1)
    assert len(record) == 3


def test_steps_without_an_optimiser_of_torch() -> None:
    model, (x, y) = mlp(), data()
    with cutaway.probe(model, every=1) as record:
        for _ in range(3):
            loss = nn.functional.cross_entropy(model(x), y)
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                for p, g in zip(model.parameters(), gradients, strict=True):
                    p -= 0.5 * g
    assert len(record) == 3
    for one in (p for step in record for layer in step.layers for p in layer.parameters):
        assert one.update_norm == pytest.approx(0.5 * one.gradient_norm, rel=1e-4)


def test_validation_is_no_step_and_a_network_may_run_twice_before_backward() -> None:
    model, (x, y) = mlp(), data()
    optimiser = torch.optim.Adam(model.parameters())
    with cutaway.probe(model, every=1) as record:
        for _ in range(2):
            optimiser.zero_grad()
            (nn.functional.cross_entropy(model(x), y) + model(-x).square().mean()).backward()
            optimiser.step()
            model.eval()
            with torch.no_grad():
                model(x)
            model.train()
    assert [step.step for step in record] == [0, 1, 2, 3]
    assert all(step.layers[0].has_gradient and step.layers[0].update_ratio > 0 for step in record)


def test_forward_runs_alone_are_recorded_too() -> None:
    model = mlp()
    with cutaway.probe(model, every=1) as record:
        for _ in range(12):
            model(data()[0])
    assert len(record) == 12
    assert math.isnan(record.last.loss)
    assert math.isnan(record.last.layers[0].update_norm)
    assert record.last.layers[1].share_zero > 0.2


def test_recomputed_parts_are_seen_once() -> None:
    class Saving(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = mlp()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.utils.checkpoint.checkpoint(self.body, x, use_reentrant=False)

    model = Saving()
    with cutaway.probe(model, every=1) as record:
        fit(model, 2)
    assert record.last.names == ("body.0", "body.1", "body.2")
    assert all(one.has_gradient for one in record.last.layers)


def test_the_first_place_that_is_not_finite() -> None:
    class Logs(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.log(x)

    x, y = data()
    step = cutaway.probe.once(mlp(Logs()), (x, y), nn.functional.cross_entropy)
    assert step.non_finite == NonFinite("2", "output")
    assert step.layer("2").kind == "logs"

    class Roots(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.sqrt(x * 0)

    step = cutaway.probe.once(mlp(Roots()), (x, y), nn.functional.cross_entropy)
    assert step.non_finite == NonFinite("1", "gradient")  # of the layer before, as it is on the way back
    spoiled = mlp()
    with torch.no_grad():
        spoiled[2].weight[0, 0] = math.nan
    assert str(cutaway.probe.once(spoiled, (x, y), nn.functional.cross_entropy).non_finite) == "weight of 2"
    nothing = cutaway.probe.once(mlp(), (x, y), lambda out, y: out.sum() / 0)
    assert nothing.non_finite == NonFinite("", "loss")
    assert "not finite first in step 0: the loss" in str(Record([nothing]))


def test_large_gradients_do_not_overflow_and_half_precision_is_read() -> None:
    x, y = data()
    step = cutaway.probe.once(mlp(), (x, y), lambda out, y: out.sum() * 1e25)
    assert 1e24 < step.layers[0].gradient_norm < math.inf
    half = cutaway.probe.once(mlp().to(torch.bfloat16), (x.bfloat16(), y), nn.functional.cross_entropy)
    full = cutaway.probe.once(mlp(), (x, y), nn.functional.cross_entropy)
    assert half.layers[0].sd == pytest.approx(full.layers[0].sd, rel=0.02)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(InputTypeError, match="got function"):
        cutaway.probe(lambda x: x)
    with pytest.raises(InputError, match="from 1, got 0"), cutaway.probe(mlp(), every=0):
        pass
    assert "probe" in dir(cutaway)


def test_a_probe_of_numpy_takes_no_framework() -> None:
    import sys

    code = (
        "import sys, cutaway\nfrom cutaway import nets\n"
        "with cutaway.probe(nets.Sequential((nets.Dense(2, 1),))): pass\n"
        "print([one for one in ('torch', 'keras', 'tensorflow', 'jax') if one in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_step_in_evaluation_costs_no_count() -> None:
    model = mlp().eval()
    with cutaway.probe(model) as record, contextlib.suppress(StopIteration):
        model(data()[0])
    assert len(record) == 0
    assert np.isnan(cutaway.probe.once(model, data()[0], train=False).loss)
