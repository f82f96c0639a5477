"""Probes of PyTorch networks: of a training as it runs, and of one batch.

    with cutaway.probe(model, every=50) as record:
        for x, y in batches:            # the loop as it is
            optimiser.zero_grad()
            criterion(model(x), y).backward()
            optimiser.step()
    print(record)

A step is a forward run in training mode; every fiftieth is looked at. A step's probe is ready when the optimiser has
stepped, or, without one of `torch.optim`, when the next forward run begins. Gradients are those of the latest backward
run of the step, before they are added up or clipped; with a gradient scaler they and the loss are the scaled ones.

The network, its outputs, gradients and random numbers stay as they are. A compiled network (`torch.compile`) runs
uncompiled in the steps that are looked at. Activations that `forward` calls without a module (`torch.relu`) are seen
as layers of their own. What does not run through the given module's own call is not seen: a whole step under
`torch.compile`, parts of the network called alone. Of the copies of a DataParallel network the first is looked at, and
of recomputed parts (`checkpoint`) the first, which has no gradient where `use_reentrant` is set.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.probes import Record, StepProbe
from cutaway.core.receptive_field import ReceptiveField, centre_of, field_of, place_of
from cutaway.frameworks.torch_step import Functions, Step, computing, inner, tensor_of

try:
    import torch
    from torch import nn
    from torch.optim.optimizer import register_optimizer_step_post_hook
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error

WAITING = 8
"""Steps that may wait for their backward run at once, as where a network runs several times before it."""


@contextmanager
def recording(model: nn.Module, *, every: int = 50) -> Iterator[Record]:
    """Record every so many training steps that run inside; the hooks are gone after, come what may.

    Raises: InputError when `every` is below 1.
    """
    recorder = Recorder(model, every=every)
    recorder.start()
    try:
        yield recorder.record
    finally:
        recorder.stop()


class Recorder:
    """Listens to a module, to `backward` and to the optimisers between `start` and `stop`."""

    def __init__(self, model: nn.Module, *, every: int = 50) -> None:
        if every < 1:
            raise InputError(f"every: probe expected a whole number from 1, got {every}; 50 is usual")
        self.model, self.every, self.record = model, every, Record()
        self._count = 0
        self._waiting: list[Step] = []
        self._running: list[tuple[Step, ExitStack]] = []
        self._undo = ExitStack()

    def start(self) -> None:
        """Begin to listen."""
        undo = self._undo
        undo.callback(self.model.register_forward_pre_hook(self._before, with_kwargs=True).remove)
        undo.callback(self.model.register_forward_hook(self._after, always_call=True).remove)
        undo.callback(register_optimizer_step_post_hook(self._stepped).remove)
        undo.callback(_listening(self._derived))
        if getattr(self.model, "_compiled_call_impl", None) is not None:
            undo.callback(self._uncompiled())

    def stop(self) -> None:
        """Take every hook away, and finish what waits."""
        self._undo.close()
        while self._running:
            self._leave()
        for step in list(self._waiting):
            self._finish(step)

    def _before(self, module: Any, inputs: Any, given: Any) -> None:
        if torch.compiler.is_compiling():
            return
        for step in list(self._waiting):
            if step.derived or len(self._waiting) >= WAITING:
                self._finish(step)
        if not module.training or torch.jit.is_tracing():
            return
        self._count += 1
        if (self._count - 1) % self.every or self._running:
            return
        self._enter(inputs, given)

    def _enter(self, inputs: Any, given: Any) -> None:
        step, scope = Step(self.model, self._count - 1), ExitStack()
        self._running.append((step, scope))
        scope.callback(step.leave)
        step.watch((inputs, given))
        if inner(self.model) is not self.model or any("_compiled_call_impl" in vars(m) for m in self.model.modules()):
            scope.enter_context(torch.compiler.set_stance("force_eager"))
        scope.enter_context(Functions(step))

    def _after(self, module: Any, inputs: Any, output: Any) -> None:
        if self._running and not torch.compiler.is_compiling():
            self._waiting.append(self._leave())

    def _leave(self) -> Step:
        step, scope = self._running.pop()
        scope.close()
        return step

    def _derived(self, run: Callable[[], None], losses: list[torch.Tensor]) -> None:
        before = [step.derived for step in self._waiting]
        run()
        for step, derived in zip(self._waiting, before, strict=True):
            if step.derived > derived and len(losses) == 1:
                step.lost(losses[0])

    def _stepped(self, optimiser: Any, args: Any, given: Any) -> None:
        if not self._waiting:
            return
        held = {id(p) for group in optimiser.param_groups for p in group["params"]}
        for step in list(self._waiting):
            own = {id(p) for p in step.parameters.values() if p.requires_grad}
            step.stepped |= own & held
            if step.derived and own <= step.stepped:
                self._finish(step)

    def _finish(self, step: Step) -> None:
        self._waiting.remove(step)
        step.close()
        self.record.steps.append(step.probe())

    def _uncompiled(self) -> Callable[[], None]:
        """`module.compile()` puts its hooks into the compiled code, so there the call itself is watched."""
        model, compiled = self.model, self.model._compiled_call_impl

        def call(*inputs: Any, **given: Any) -> Any:
            return compiled(*inputs, **given) if self._passing() else model._call_impl(*inputs, **given)

        model._compiled_call_impl = call

        def undo() -> None:
            model._compiled_call_impl = compiled

        return undo

    def _passing(self) -> bool:
        """Whether the next forward run is one that is not looked at."""
        if not self.model.training or not self._count % self.every:
            return not self.model.training
        self._count += 1
        return True


_listeners: list[Callable[[Callable[[], None], list[torch.Tensor]], None]] = []


def _listening(listener: Callable[[Callable[[], None], list[torch.Tensor]], None]) -> Callable[[], None]:
    """Let the listener run every `backward`; while one listens, PyTorch's function is wrapped. Returns the undoing."""
    plain = getattr(torch.autograd.backward, "plain", torch.autograd.backward)

    def backward(tensors: Any, *given: Any, **named: Any) -> None:
        losses = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)

        def run(left: list[Any]) -> None:
            if left:
                left[0](lambda: run(left[1:]), losses)
            else:
                plain(tensors, *given, **named)

        run(list(_listeners))

    def undo() -> None:
        _listeners.remove(listener)
        if not _listeners:
            torch.autograd.backward = plain

    backward.plain = plain  # type: ignore[attr-defined]
    _listeners.append(listener)
    torch.autograd.backward = backward
    return undo


def once(
    model: nn.Module, batch: Any, loss: Callable[..., torch.Tensor] | None = None, *, train: bool | None = None
) -> StepProbe:
    """The probe of one batch, which leaves everything as it was: weights, gradients, statistics, random numbers.

    `batch`: (x, y), or x alone; x is a tensor or an array, a tuple of them for several arguments, a dict for named
    ones. `loss(output, y)` (without y: `loss(output)`) gives the loss; without it there are no gradients. Instead of
    both, `batch` may be a function that runs the model and returns the loss. `train`: the mode to run in; left out, as
    the modules stand.
    """
    with kept(model, train), ExitStack() as scope:
        step = Step(model, 0)
        scope.callback(step.close)
        run = batch if callable(batch) else _run(model, batch, loss, step)
        scope.enter_context(torch.enable_grad())
        scope.enter_context(torch.compiler.set_stance("force_eager"))
        if callable(batch):
            step.watch(())
        with Functions(step):
            value = run()
        step.leave()
        if isinstance(value, torch.Tensor):
            step.lost(value.detach())
            if value.requires_grad:
                wanted = [p for p in step.parameters.values() if p.requires_grad]
                torch.autograd.grad(value, wanted, allow_unused=True)
    return step.probe()


def receptive_field(model: nn.Module, x: Any, *, layer: str | None = None, channels: int = 1) -> ReceptiveField:
    """Of the module of that name, or the last whose output has places, in evaluation; images or sequences `x`.

    `channels`: their axis, in the input and the output.

    Raises: InputError for a module that is not there or has no places.
    """
    seen: list[tuple[str, torch.Tensor]] = []
    with kept(model, False), torch.enable_grad(), torch.compiler.set_stance("force_eager"), ExitStack() as scope:
        for name, module in computing(inner(model)):

            def hook(module: Any, inputs: Any, output: Any, name: str = name) -> None:
                if (tensor := tensor_of(output)) is not None:
                    seen.append((name, tensor * 1))  # what follows may work in place

            scope.callback(module.register_forward_hook(hook).remove)
        given = _on(x, next(iter(model.parameters())).device).detach().clone().requires_grad_()
        model(given)
        found = place_of([name for name, _ in seen], [tuple(t.shape) for _, t in seen], layer, given.dim(), channels)
        name, output = seen[found]
        centre, index = centre_of(tuple(output.shape), channels)
        (slope,) = torch.autograd.grad(output[index].sum(), [given], allow_unused=True)
    slope = torch.zeros_like(given) if slope is None else slope
    return field_of(name, centre, slope.detach().float().cpu().numpy(), channels)


def _run(model: nn.Module, batch: Any, loss: Any, step: Step) -> Callable[[], Any]:
    place = next(iter([*model.parameters(), *model.buffers()]), torch.empty(0)).device
    x, y = batch if isinstance(batch, list | tuple) and len(batch) == 2 else (batch, None)
    x, y = _on(x, place), _on(y, place)
    inputs = x if isinstance(x, tuple) else () if isinstance(x, dict) else (x,)
    named = x if isinstance(x, dict) else {}
    step.watch((inputs, named))

    def run() -> Any:
        output = model(*inputs, **named)
        if loss is None:
            return None
        return loss(output) if y is None else loss(output, y)

    return run


def _on(value: Any, device: Any) -> Any:
    if isinstance(value, dict):
        return {name: _on(one, device) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_on(one, device) for one in value)
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(np.ascontiguousarray(value))
    return value.to(device) if isinstance(value, torch.Tensor) else value


@contextmanager
def kept(model: nn.Module, train: bool | None) -> Iterator[None]:
    """Run in that mode; modes, buffers and random numbers are put back after."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    drawn, others = random.getstate(), np.random.get_state()
    devices = sorted({p.device.index for p in [*model.parameters(), *model.buffers()] if p.device.type == "cuda"})
    with torch.random.fork_rng(devices):
        try:
            if train is not None:
                model.train(train)
            yield
        finally:
            random.setstate(drawn)
            np.random.set_state(others)
            for module, mode in modes:
                module.training = mode
            with torch.no_grad():
                for buffer, before in buffers:
                    if buffer.shape != before.shape or not torch.equal(buffer, before):
                        buffer.copy_(before)
