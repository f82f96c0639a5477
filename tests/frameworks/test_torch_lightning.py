"""The Lightning callback, by a driver that calls its hooks in the order that Lightning documents; Lightning itself is
not installed here.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
import torch
from torch import nn

from cutaway.core.errors import InputError
from cutaway.frameworks.torch_lightning import probe_callback


class Module(nn.Module):
    """As a LightningModule: its own call is never used, and its parts are called from `training_step`."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Linear(4, 8)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(8, 3)

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        x, y = batch
        return nn.functional.cross_entropy(self.out(self.drop(torch.relu(self.body(x)))), y)


def run(module: Module, callback: Any, epochs: int = 2, batches: int = 3, breaks: int = -1) -> list[float]:
    """The training loop of `Trainer.fit` with its callback hooks, as documented under "Hooks" in LightningModule."""
    trainer, losses = object(), []
    generator = torch.Generator().manual_seed(1)
    optimiser = torch.optim.SGD(module.parameters(), 0.1)
    callback.setup(trainer, module, stage="fit")
    callback.on_fit_start(trainer, module)
    module.eval()
    callback.on_sanity_check_start(trainer, module)
    callback.on_sanity_check_end(trainer, module)
    module.train()
    callback.on_train_start(trainer, module)
    try:
        for epoch in range(epochs):
            callback.on_train_epoch_start(trainer, module)
            for i in range(batches):
                batch = torch.randn(16, 4, generator=generator), torch.randint(0, 3, (16,), generator=generator)
                callback.on_train_batch_start(trainer, module, batch, i)
                if epoch * batches + i == breaks:
                    raise RuntimeError("broken")
                loss = module.training_step(batch, i)
                callback.on_before_zero_grad(trainer, module, optimiser)
                optimiser.zero_grad()
                callback.on_before_backward(trainer, module, loss)
                loss.backward()
                callback.on_after_backward(trainer, module)
                callback.on_before_optimizer_step(trainer, module, optimiser)
                optimiser.step()
                callback.on_train_batch_end(trainer, module, loss, batch, i)
                losses.append(loss.item())
            module.eval()
            callback.on_validation_start(trainer, module)
            callback.on_validation_end(trainer, module)
            module.train()
            callback.on_train_epoch_end(trainer, module)
    except RuntimeError as error:
        callback.on_exception(trainer, module, error)
        return losses
    callback.on_train_end(trainer, module)
    callback.on_fit_end(trainer, module)
    callback.teardown(trainer, module, stage="fit")
    return losses


def left(module: Module) -> bool:
    hooks = [one for part in module.modules() for one in (part._forward_hooks, part._forward_pre_hooks) if one]
    return bool(hooks) or "training_step" in vars(module) or any(p._backward_hooks for p in module.parameters())


class Nothing:
    """A callback without a wish."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: None


def test_every_second_batch_and_nothing_changed() -> None:
    plain, watched, drawn = Module(), Module(), []
    callback = probe_callback(every=2, draw=lambda record: drawn.append(len(record)))
    torch.manual_seed(2)
    losses = run(plain, Nothing())
    torch.manual_seed(2)
    assert run(watched, callback) == losses
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), watched.parameters(), strict=True))
    assert [step.step for step in callback.record] == [0, 2, 4]
    assert [step.loss for step in callback.record] == pytest.approx(losses[::2])
    assert drawn == [2, 3]
    assert callback.record.last.names == ("body", "relu after body", "drop", "out")
    for one in (p for step in callback.record for layer in step.layers for p in layer.parameters):
        assert one.update_norm == pytest.approx(0.1 * one.gradient_norm, rel=1e-4)
    assert not left(watched)


@pytest.mark.parametrize("breaks", [0, 2, 3])
def test_nothing_is_left_after_an_error(breaks: int) -> None:
    module, callback = Module(), probe_callback(every=1)
    run(module, callback, breaks=breaks)
    assert not left(module)
    assert len(callback.record) == breaks
    run(module, callback)
    assert len(callback.record) == 6


def test_it_is_a_callback_of_lightning_where_that_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(probe_callback()).__name__ == "ProbeCallback"
    assert probe_callback(every=7).state_key == "cutaway.ProbeCallback{every=7}"
    assert probe_callback().state_dict() == {}

    class Callback:
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            raise AssertionError("reached")

    imported = types.ModuleType("lightning.pytorch")
    imported.Callback = Callback  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lightning.pytorch", imported)
    callback = probe_callback()
    assert isinstance(callback, Callback)
    with pytest.raises(AssertionError, match="reached"):
        callback.on_fit_start(None, None)  # what the base has is the base's
    with pytest.raises(InputError, match="from 1, got 0"):
        probe_callback(every=0)
    with pytest.raises(AttributeError):
        _ = callback.nonsense
