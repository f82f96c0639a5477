"""One step of a PyTorch network under observation: what its modules and their gradients show.

Hooks read and return nothing. Those on modules are there for one forward run, those on tensors go when the step ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cutaway.core.errors import MissingExtraError
from cutaway.core.kinds import activation_of, kind_of
from cutaway.core.probe_numbers import layer_probe, parameter_probe
from cutaway.core.probes import LayerProbe, MaskState, NormProbe, StepProbe
from cutaway.frameworks.torch_sums import Kept, Places, batch_norm_sums, norm_sums, output_sums

try:
    import torch
    from torch import nn
    from torch.nn.modules.batchnorm import _BatchNorm
    from torch.nn.utils.rnn import PackedSequence
    from torch.overrides import TorchFunctionMode
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error

WHOLE = (nn.MultiheadAttention, nn.RNNBase, nn.RNNCellBase)
"""Modules whose parts are not called one by one."""
CHANNELS_FIRST = ("conv", "batchnorm", "instancenorm", "groupnorm", "maxpool", "averagepool", "globalaveragepool")
NAMES = ("relu", "sigmoid", "tanh", "softmax", "leaky_relu", "elu", "gelu", "silu", "selu", "hardtanh", "softplus")
FUNCTIONS: dict[Any, str] = {
    function: name.replace("_", "")
    for name in NAMES
    for place in (torch, torch.Tensor, nn.functional)
    for function in (getattr(place, name, None), getattr(place, f"{name}_", None))
    if function is not None
}
"""Activations that a `forward` calls without a module."""


@dataclass(eq=False, slots=True)
class Call:
    """One module's work in the step; its numbers are places in `Kept`."""

    name: str
    kind: str
    activation: str
    shape: tuple[int, ...] = ()
    sums: Places = field(default_factory=dict)
    gradient: Places = field(default_factory=dict)
    norm: Places | None = None
    mask: MaskState = "none"
    module: Any = None
    training: bool = True


class Step:
    """What is gathered while the forward run, the backward run and the optimiser do their work."""

    def __init__(self, model: nn.Module, number: int) -> None:
        self.number, self.train, self.rows = number, model.training, 0
        self.derived = 0  # how many gradients have arrived
        self.stepped: set[int] = set()  # the parameters (by id) that an optimiser has stepped since
        self._calls: list[Call] = []
        self._kept = Kept()
        self._loss: int | None = None
        self._input: int | None = None
        self._last: Any = None  # the newest output, to be known again
        self._axis = -1  # of its units
        self._device: torch.device | None = None
        self._normed: dict[str, Places] = {}
        model = inner(model)
        self._modules = dict(computing(model))
        self._on_modules: list[Any] = []
        self._on_tensors: list[Any] = []
        self._owners = {id(module): name for name, module in named(model)}
        self._kinds = {name: kind_of(type(module).__name__) for name, module in self._modules.items()}
        self.parameters = {name: p for name, p in named_parameters(model) if not nn.parameter.is_lazy(p)}
        self._before = {name: p.detach().clone() for name, p in self.parameters.items()}
        self._weights = {name: norm_sums(self._kept, p) for name, p in self.parameters.items()}
        self._gradients: dict[str, Places] = {}

    def watch(self, inputs: Any) -> None:
        """Begin with the batch: hooks on the parameters and on every module that computes."""
        batch = tensor_of(inputs)
        if batch is not None:
            self.rows = batch.shape[0] if batch.dim() else 0
            self._input = self._kept.add(torch.isfinite(batch).all())
        for name, parameter in self.parameters.items():
            self._device = self._device or parameter.device
            if parameter.requires_grad:
                self._on_tensors.append(parameter.register_hook(self._parameter_hook(name)))
        for name, module in self._modules.items():
            if isinstance(module, _BatchNorm):
                self._on_modules.append(module.register_forward_pre_hook(self._norm_hook(name)))
            self._on_modules.append(module.register_forward_hook(self._module_hook(name), with_kwargs=True))

    def leave(self) -> None:
        """The forward run is over: the modules' hooks go, those of the gradients stay."""
        for handle in self._on_modules:
            handle.remove()
        self._on_modules, self._last = [], None

    def close(self) -> None:
        """Every hook goes."""
        self.leave()
        for handle in self._on_tensors:
            handle.remove()
        self._on_tensors = []

    def functional(self, kind: str, output: Any) -> None:
        """An activation that is no module gave this."""
        if isinstance(output, torch.Tensor) and output.is_floating_point():
            place = f"{kind} after {self._calls[-1].name}" if self._calls else f"{kind} of the input"
            self._see(Call(place, kind, kind), output)

    def lost(self, loss: torch.Tensor) -> None:
        """The loss that was derived, if it is one number."""
        if loss.numel() == 1:
            self._loss = self._kept.add(loss)

    def probe(self) -> StepProbe:
        """Everything put together, with the parameters as they stand now."""
        updates = self._updates()
        values = self._kept.fetched()

        def read(places: Places) -> dict[str, Any]:
            return {name: values[i] for name, i in places.items()}

        parameters = {
            name: parameter_probe(
                read(self._weights[name]),
                read(self._gradients.get(name, {})),
                read(updates.get(name, {})),
                name=name.rpartition(".")[2],
                shape=tuple(tensor.shape),
                trainable=tensor.requires_grad,
            )
            for name, tensor in self.parameters.items()
        }
        layers, owned = [], set()
        for depth, call in enumerate(self._calls):
            own = [name for name in self._own(call.module) if name not in owned] if call.module is not None else []
            owned.update(own)
            told = {"name": call.name, "kind": call.kind, "activation": call.activation, "shape": call.shape}
            norm = None if call.norm is None else self._norm(call, read(call.norm))
            held = tuple(parameters[name] for name in own)
            layers.append(
                layer_probe(
                    read(call.sums),
                    read(call.gradient),
                    **told,
                    depth=depth,
                    parameters=held,
                    norm=norm,
                    mask=call.mask,
                )
            )
        left: dict[str, list[str]] = {}  # of modules that did not run, or whose own code uses them
        for name in parameters:
            if name not in owned:
                left.setdefault(name.rpartition(".")[0], []).append(name)
        for place, names in left.items():
            held = tuple(parameters[name] for name in names)
            kind = self._kinds[place] if place in self._modules else "parameters"
            idle = LayerProbe(name=place or "(own)", kind=kind, depth=len(layers), parameters=held, called=False)
            layers.append(idle)
        loss = math.nan if self._loss is None else float(values[self._loss][0])
        return StepProbe(
            step=self.number,
            loss=loss,
            layers=tuple(layers),
            train=self.train,
            rows=self.rows,
            input_finite=self._input is None or bool(values[self._input][0]),
            loss_finite=self._loss is None or math.isfinite(loss),
        )

    def _updates(self) -> dict[str, Places]:
        changed = {name: _change(self._before[name], p) for name, p in self.parameters.items()}
        moved = {name: self._kept.add(torch.linalg.vector_norm(change)) for name, change in changed.items()}
        if not self.stepped and not any(bool(change.any()) for change in changed.values()):
            return {}
        return {name: {"norm": i} for name, i in moved.items()}

    def _own(self, module: Any) -> Iterator[str]:
        place = self._owners[id(module)]
        whole = isinstance(module, WHOLE)
        for name, _ in module.named_parameters(recurse=whole):
            full = f"{place}.{name}" if place else name
            if full in self.parameters:
                yield full

    def _see(self, call: Call, output: torch.Tensor) -> None:
        call.name = _once(call.name, self._calls)
        call.shape = tuple(output.shape)
        call.sums = output_sums(self._kept, output, self._axis if output.dim() > 2 else -1, call.activation)
        self._calls.append(call)
        self._last = output
        if output.requires_grad:
            self._on_tensors.append(output.register_hook(self._output_hook(call)))

    def _module_hook(self, name: str) -> Any:
        def hook(module: Any, inputs: Any, given: dict[str, Any], output: Any) -> None:
            first = tensor_of(output)
            if first is None or (self._device is not None and first.device != self._device):
                return  # the other copies of a DataParallel model
            kind = kind_of(type(module).__name__)
            if first is self._last and self._calls and self._calls[-1].module is None:
                self._calls.pop()  # the module's own function, seen a moment ago
            if kind.startswith(CHANNELS_FIRST):
                self._axis = 1
            elif activation_of(kind) == "" and kind not in ("dropout", "identity"):
                self._axis = -1
            activation = activation_of(kind) or ("tanh" if kind in ("rnn", "gru", "lstm") else "")
            call = Call(
                name or kind, kind, getattr(module, "nonlinearity", activation), module=module, training=module.training
            )
            call.norm = self._normed.pop(name, None)
            call.mask = _mask(inputs, given, output)
            self._see(call, first)

        return hook

    def _norm_hook(self, name: str) -> Any:
        def hook(module: Any, inputs: Any) -> None:
            self._normed[name] = batch_norm_sums(self._kept, module, inputs[0])

        return hook

    def _output_hook(self, call: Call) -> Any:
        def hook(gradient: torch.Tensor) -> None:
            self.derived += 1
            call.gradient = norm_sums(self._kept, gradient)

        return hook

    def _parameter_hook(self, name: str) -> Any:
        def hook(gradient: torch.Tensor) -> None:
            self.derived += 1
            self._gradients[name] = norm_sums(self._kept, gradient)

        return hook

    def _norm(self, call: Call, sums: dict[str, Any]) -> NormProbe:
        module, here = call.module, call.training
        keeps = module.running_mean is not None
        return NormProbe(
            mean_gap=float(sums["mean_gap"][0]) if sums else math.nan,
            variance_ratio=float(sums["variance_ratio"][0]) if sums else math.nan,
            rows=math.prod(call.shape) // max(call.shape[1], 1),
            momentum=math.nan if module.momentum is None else 1 - module.momentum,
            epsilon=module.eps,
            uses_batch=here or not keeps,
            moved=here and keeps,
        )


class Functions(TorchFunctionMode):
    """Sees the activations that are no modules."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call, and look."""
        output = func(*args, **(kwargs or {}))
        if func in FUNCTIONS:
            self._step.functional(FUNCTIONS[func], output)
        return output


def inner(model: nn.Module) -> nn.Module:
    """The user's own module, out of what compiles or distributes it."""
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif (compiled := getattr(model, "_orig_mod", None)) is not None:
            model = compiled
        else:
            return model


def named(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module, under the name that the user gave it: without what wrappers put before."""
    for name, module in model.named_modules():
        yield _plain(name), module


def named_parameters(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Every parameter once, under its plain name."""
    for name, parameter in model.named_parameters():
        yield _plain(name), parameter


def computing(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that compute themselves: those without parts, and those whose parts are not called one by one."""
    inside: list[str] = []
    for name, module in named(model):
        if any(name.startswith(f"{one}.") for one in inside):
            continue
        if isinstance(module, WHOLE):
            inside.append(name)
        elif next(module.children(), None) is not None:
            continue
        yield name, module


def tensor_of(value: Any) -> torch.Tensor | None:
    """The first tensor of floats in what a module gave or took."""
    if isinstance(value, torch.Tensor):
        return value if value.is_floating_point() or value.is_complex() else None
    if isinstance(value, PackedSequence):
        return value.data
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        return next((found for found in map(tensor_of, value) if found is not None), None)
    return None


def _mask(inputs: Any, given: dict[str, Any], output: Any) -> MaskState:
    """PyTorch's tensors carry no mask: it is handed over by name, or as a packed sequence."""
    came = any(isinstance(one, PackedSequence) for one in (*inputs, *given.values()))
    packed = output[0] if isinstance(output, tuple) and not isinstance(output, PackedSequence) and output else output
    if isinstance(packed, PackedSequence):
        return "kept" if came else "made"
    masked = any(value is not None for name, value in given.items() if "key_padding_mask" in name)
    return "used" if came or masked else "none"


def _plain(name: str) -> str:
    parts = [part for part in name.split(".") if part != "_orig_mod"]
    return ".".join(parts)


def _once(name: str, calls: list[Call]) -> str:
    """With the number of the call, from the second on."""
    before = sum(call.name == name or call.name.startswith(f"{name} (") for call in calls)
    return f"{name} ({before + 1})" if before else name


def _change(before: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    with suppress(RuntimeError):
        return now.detach() - before
    return torch.full((1,), math.nan)  # the parameter has another shape now
