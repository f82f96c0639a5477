"""A probe as a callback of Lightning (PyTorch Lightning): `Trainer(callbacks=[probe_callback(every=50)])`.

Written against the documented hooks and their order; Lightning itself is not needed, and is not imported. A step is a
batch of the training loop, whatever part of the module its `training_step` calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.probes import Record
from cutaway.frameworks.torch_step import Functions, Step

try:
    import torch
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error

PLACES = ("lightning.pytorch", "pytorch_lightning")


def probe_callback(*, every: int = 50, draw: Callable[[Record], object] | None = None) -> Any:
    """A callback whose `record` holds every so many training batches; `draw` is called with it after each epoch.

    It is a Lightning `Callback` where Lightning is imported.

    Raises: InputError when `every` is below 1.
    """
    if every < 1:
        raise InputError(f"every: probe_callback expected a whole number from 1, got {every}; 50 is usual")
    found = (getattr(sys.modules.get(place), "Callback", None) for place in PLACES)
    bases = (_Hooks, *[base for base in found if base is not None][:1])
    return type("ProbeCallback", bases, {"__doc__": "A probe of a training."})(every, draw)


class _Hooks:
    """Around `training_step` the modules are watched; the rest of a batch gives the loss, gradients and updates."""

    def __init__(self, every: int, draw: Callable[[Record], object] | None) -> None:
        super().__init__()
        self.every, self.draw, self.record = every, draw, Record()
        self._count = 0
        self._due = False
        self._step: Step | None = None
        self._undo = ExitStack()

    def __getattr__(self, name: str) -> Any:
        """Lightning asks for every hook there is; those that are not here do nothing."""
        if name.startswith("on_") or name in ("setup", "teardown", "state_dict", "load_state_dict"):
            return lambda *given, **named: {} if name == "state_dict" else None
        raise AttributeError(name)

    @property
    def state_key(self) -> str:
        """Under which Lightning would keep a state; there is none."""
        return f"cutaway.ProbeCallback{{every={self.every}}}"

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin anew."""
        self._stop()
        self.record, self._count = Record(), 0
        plain, before = pl_module.training_step, vars(pl_module).get("training_step")

        def training_step(*given: Any, **named: Any) -> Any:
            if not self._due:
                return plain(*given, **named)
            self._due = False
            with ExitStack() as scope:
                self._step = step = Step(pl_module, self._count - 1)
                scope.callback(step.leave)
                step.watch((given, named))
                scope.enter_context(torch.compiler.set_stance("force_eager"))
                scope.enter_context(Functions(step))
                return plain(*given, **named)

        def undo() -> None:
            if before is None:
                vars(pl_module).pop("training_step", None)
            else:
                vars(pl_module)["training_step"] = before

        vars(pl_module)["training_step"] = training_step
        self._undo.callback(undo)

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Whether this batch is looked at."""
        self._due = self._count % self.every == 0
        self._count += 1

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: torch.Tensor) -> None:
        """The loss as it is derived, divided by the batches that are accumulated."""
        if self._step is not None:
            self._step.lost(loss.detach())

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """The step is over."""
        if self._step is not None:
            step, self._step = self._step, None
            step.close()
            self.record.steps.append(step.probe())

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Draw."""
        if self.draw is not None:
            self.draw(self.record)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The module's own method again."""
        self._stop()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The same."""
        self._stop()

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """The same."""
        self._stop()

    def _stop(self) -> None:
        if self._step is not None:
            self._step.close()
        self._step, self._due = None, False
        self._undo.close()
