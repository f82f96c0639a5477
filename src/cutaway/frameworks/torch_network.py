"""A PyTorch model, as the checks of networks run it."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from cutaway.core.audit import LayerFacts
from cutaway.core.probes import StepProbe
from cutaway.frameworks.batch import Batch, arrays, changed
from cutaway.frameworks.network import Call, Parameter, Parts, Stepped, Trace, unique
from cutaway.frameworks.torch_example import example_of
from cutaway.frameworks.torch_loss import applied, prepared
from cutaway.frameworks.torch_probe import once

PADDED_NAMES = ("padding_mask", "key_padding_mask", "src_key_padding_mask", "pad_mask")


class TorchNetwork:
    """See `frameworks.network.Network`."""

    framework = "PyTorch"

    def __init__(self, model: nn.Module, parts: Parts) -> None:
        self.model = model
        self.parts = parts
        self.name = type(model).__name__
        taken = inspect.signature(model.forward).parameters
        self._takes = {name for name, p in taken.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        first = next(model.parameters(), torch.zeros(()))
        self._device, self._dtype = first.device, first.dtype if first.is_floating_point() else torch.float32

    def layers(self) -> tuple[LayerFacts, ...]:
        """The modules without modules of their own."""
        out = []
        for name, module in self._leaves():
            own = list(module.parameters())
            out.append(
                LayerFacts(
                    name=name,
                    kind=type(module).__name__.lower(),
                    parameters=sum(p.numel() for p in own),
                    trainable=sum(p.numel() for p in own if p.requires_grad),
                )
            )
        return tuple(out)

    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters by their dotted names."""
        return tuple(
            Parameter(name, name.rpartition(".")[0] or self.name, _array(p), p.requires_grad)
            for name, p in self.model.named_parameters()
        )

    def example(self, rows: int) -> Batch | None:
        """Inputs as the first layer would take them."""
        return example_of(self.model, rows)

    def output(self, batch: Batch, *, train: bool = False) -> np.ndarray:
        """One forward run."""
        self.model.train(train)
        with torch.no_grad():
            return _array(first_tensor(self._forward(batch)))

    def output_with(self, batch: Batch, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The parameters stay changed until `kept` puts them back."""
        named = dict(self.model.named_parameters())
        with torch.no_grad():
            for name, value in values.items():
                named[name].copy_(torch.as_tensor(value))
        return self.output(batch)

    def traced(self, batch: Batch, *, train: bool = False) -> Trace:
        """One forward run under hooks, which are removed whatever happens."""
        self.model.train(train)
        seen: list[tuple[str, str, Any, Any]] = []
        softmaxes = _Softmaxes()

        def hook(name: str) -> Any:
            def store(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
                given = first_tensor(inputs[0]) if inputs else None
                seen.append((name, type(module).__name__.lower(), given, first_tensor(output)))
                softmaxes.after = name

            return store

        handles = [module.register_forward_hook(hook(name)) for name, module in self._leaves()]
        try:
            with torch.no_grad(), softmaxes:
                output = _array(first_tensor(self._forward(batch)))
        finally:
            for handle in handles:
                handle.remove()
        names = unique(name for name, *_ in seen)
        calls = tuple(
            Call(name=name, kind=kind, input=_maybe(given), output=_maybe(result))
            for name, (_, kind, given, result) in zip(names, seen, strict=True)
        )
        return Trace(calls, output, tuple(softmaxes.calls))

    def loss(self, batch: Batch, *, train: bool = False) -> float:
        """The user's loss, without a gradient."""
        self.model.train(train)
        with torch.no_grad():
            return float(self._loss(first_tensor(self._forward(batch)), batch))

    def loss_of(self, output: np.ndarray, batch: Batch) -> float:
        """The user's loss of a given output."""
        with torch.no_grad():
            return float(self._loss(self._tensor(output), batch))

    def gradients(self, batch: Batch) -> tuple[float, dict[str, np.ndarray | None]]:
        """Without any change of `.grad`."""
        self.model.train()
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        loss = self._loss(first_tensor(self._forward(batch)), batch)
        if not loss.requires_grad:
            return float(loss), {name: None for name, _ in named}
        found = torch.autograd.grad(loss, [p for _, p in named], allow_unused=True)
        return float(loss.detach()), {
            name: None if g is None else _array(g) for (name, _), g in zip(named, found, strict=True)
        }

    def fit(self, batch: Batch, *, steps: int, rate: float, enough: float) -> list[float]:
        """Adam over the trainable parameters, in training mode."""
        self.model.train()
        own = [p for p in self.model.parameters() if p.requires_grad]
        losses: list[float] = []
        if not own:
            return [self.loss(batch)]
        adam = torch.optim.Adam(own, lr=rate)
        for _ in range(steps):
            adam.zero_grad()
            loss = self._loss(first_tensor(self._forward(batch)), batch)
            losses.append(float(loss.detach()))
            if losses[-1] < enough or not np.isfinite(losses[-1]) or not loss.requires_grad:
                break
            loss.backward()
            adam.step()
        return losses

    def stepped(self, batch: Batch, *, times: int = 1) -> list[Stepped]:
        """The gradients are taken when the optimiser begins its step, else after the user's step."""
        named = dict(self.model.named_parameters())
        before = {name: p.detach().clone() for name, p in named.items()}
        self.model.train()
        self.model.zero_grad(set_to_none=True)
        out = []
        for _ in range(times):
            seen: dict[str, np.ndarray | None] = {}

            def look(*_: Any, seen: dict[str, np.ndarray | None] = seen) -> None:
                seen.update({name: _maybe(p.grad) for name, p in named.items() if p.requires_grad})

            hooks = []
            if self.parts.optimiser is not None and hasattr(self.parts.optimiser, "register_step_pre_hook"):
                hooks.append(self.parts.optimiser.register_step_pre_hook(look))
            self.seed(0)
            try:
                self._step(batch)
            finally:
                for one in hooks:
                    one.remove()
            if not seen:
                look()
            out.append(Stepped(seen, {name: _array(p) for name, p in named.items()}))
            with torch.no_grad():
                for name, p in named.items():
                    p.copy_(before[name])
        return out

    def trained(self, batch: Batch, *, steps: int) -> list[float]:
        """The loss in evaluation, at first and at the end of each tenth of the steps."""
        losses = [self.loss(batch)]
        for i in range(steps):
            self.model.train()
            self._step(batch)
            if (i + 1) % max(1, steps // 10) == 0:
                losses.append(self.loss(batch))
        return losses

    def held(self) -> frozenset[str] | None:
        """By the identity of the tensors in the optimiser's groups."""
        groups = getattr(self.parts.optimiser, "param_groups", None)
        if groups is None:
            return None
        ids = {id(p) for group in groups for p in group["params"]}
        return frozenset(name for name, p in self.model.named_parameters() if id(p) in ids)

    def measured(self, metric: Any, output: np.ndarray, y: np.ndarray) -> float:
        """A metric is called with (predictions, labels), as torchmetrics' are."""
        with suppress(AttributeError):
            metric.reset()
        value = metric(self._tensor(output), torch.as_tensor(y))
        with suppress(AttributeError):
            metric.reset()
        return float(value)

    def probed(self, batch: Batch) -> StepProbe:
        """By `torch_probe.once`."""
        return once(self.model, lambda: self._loss(first_tensor(self._forward(batch)), batch), train=True)

    def untouched(self) -> frozenset[str]:
        """By their running statistics."""
        return frozenset(
            name
            for name, module in self.model.named_modules()
            if isinstance(mean := getattr(module, "running_mean", None), torch.Tensor)
            and not mean.any()
            and bool((module.running_var == 1).all())
        )

    def seed(self, seed: int) -> None:
        """PyTorch's, NumPy's and Python's."""
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Everything that a run may change is copied before and put back after.

        Within it PyTorch keeps to one thread: batches are small, and threads that wait for each other by spinning
        make each step tens of times as long where the cores are shared.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        modules = list(self.model.modules())
        tables = [(m, dict(m._parameters), dict(m._buffers), dict(vars(m))) for m in modules]
        tensors = [(t, t.detach().clone()) for t in {id(t): t for t in self._tensors()}.values()]
        flags = [(p, p.requires_grad, p.grad) for p in self.model.parameters()]
        optimiser = self.parts.optimiser
        moments = copy.deepcopy(optimiser.state_dict()) if hasattr(optimiser, "load_state_dict") else None
        drawn = torch.get_rng_state(), np.random.get_state(), random.getstate()
        there = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        for p, _, _ in flags:
            p.grad = None
        try:
            yield
        finally:
            with torch.no_grad():
                for tensor, value in tensors:
                    tensor.copy_(value)
            for module, parameters, buffers, attributes in tables:
                vars(module).clear()
                vars(module).update(attributes)
                module._parameters.clear()
                module._parameters.update(parameters)
                module._buffers.clear()
                module._buffers.update(buffers)
            for p, wanted, gradient in flags:
                p.requires_grad_(wanted)
                p.grad = gradient
            torch.set_num_threads(threads)
            if moments is not None:
                optimiser.load_state_dict(moments)
            torch.set_rng_state(drawn[0])
            np.random.set_state(drawn[1])
            random.setstate(drawn[2])
            if there:
                torch.cuda.set_rng_state_all(there)

    def _tensors(self) -> Iterator[torch.Tensor]:
        yield from self.model.parameters()
        yield from self.model.buffers()

    def _leaves(self) -> list[tuple[str, nn.Module]]:
        whole = (nn.MultiheadAttention, nn.RNNBase, nn.RNNCellBase)
        out: list[tuple[str, nn.Module]] = []
        inside: list[str] = []
        for name, module in self.model.named_modules():
            if any(name.startswith(f"{one}.") for one in inside):
                continue
            if isinstance(module, whole):
                inside.append(name)
            elif any(True for _ in module.children()):
                continue
            out.append((name or self.name, module))
        return out

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        tensor = torch.as_tensor(np.ascontiguousarray(array))
        return tensor.to(self._device, self._dtype if tensor.is_floating_point() else None)

    def _forward(self, batch: Batch) -> Any:
        x = changed(batch.x, self._tensor)
        more: dict[str, Any] = {}
        if batch.mask is not None:
            mask = torch.as_tensor(batch.mask, device=self._device)
            for name in self._takes:
                if name in PADDED_NAMES:
                    more[name] = ~mask
                elif name in ("mask", "attention_mask"):
                    more[name] = mask
                elif name in ("lengths", "length"):
                    more[name] = mask.sum(1).cpu()
        if isinstance(x, dict):
            return self.model(**x, **more)
        return self.model(*x, **more) if isinstance(x, tuple) else self.model(x, **more)

    def _loss(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        return applied(self.parts.loss, output, batch, self._device)

    def _step(self, batch: Batch) -> None:
        x = changed(batch.x, self._tensor)
        step, optimiser = self.parts.step, self.parts.optimiser
        if step is None:
            optimiser.zero_grad()
            self._loss(first_tensor(self._forward(batch)), batch).backward()
            optimiser.step()
            return
        y = None if batch.y is None else prepared(self.parts.loss, None, batch.y, self._device)
        mask = None if batch.mask is None else torch.as_tensor(batch.mask, device=self._device)
        given = [x, y, mask]
        taken = [
            p
            for p in inspect.signature(step).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
        ]
        if len(taken) == 1:
            step((x, y) if mask is None else (x, y, mask))
        else:
            step(*given[: len(taken)])


class _Softmaxes(TorchDispatchMode):
    """Notes every softmax with its axis, wherever it is called from."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.after = ""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in (torch.ops.aten._softmax.default, torch.ops.aten._log_softmax.default):
            where = f"after {self.after}" if self.after else "at the input"
            kind = "softmax" if func is torch.ops.aten._softmax.default else "log_softmax"
            axis = int(args[1]) % max(result.dim(), 1)
            self.calls.append(Call(name=where, kind=kind, input=_array(args[0]), output=_array(result), axis=axis))
        return result


def first_tensor(value: Any) -> Any:
    """The tensor itself, the first of several, or what Hugging Face's outputs call logits; None without one."""
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return nn.utils.rnn.pad_packed_sequence(value, batch_first=True)[0]
    logits = getattr(value, "logits", None)
    if isinstance(logits, torch.Tensor):
        return logits
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return next((found for found in map(first_tensor, parts) if found is not None), None)


def _array(tensor: torch.Tensor) -> np.ndarray:
    held: np.ndarray = arrays(tensor.detach().to(torch.float32) if tensor.dtype == torch.bfloat16 else tensor)
    return held.copy()


def _maybe(tensor: Any) -> np.ndarray | None:
    return _array(tensor) if isinstance(tensor, torch.Tensor) else None
