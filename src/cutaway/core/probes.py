"""What a probe sees inside a network, in the same words for `nets`, PyTorch and Keras: by step, layer and parameter.

NaN stands for what there is nothing of: no gradient arrived, the layer cannot saturate, no update was seen. Whether a
number was spoiled by NaN or infinity in the network itself is told by `finite` and `gradient_finite`. Steps of a
sequence that a mask leaves out count in nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cutaway.core.errors import InputError
from cutaway.core.figures import Figure

MaskState = Literal["none", "made", "kept", "used", "dropped"]
"""none: neither came nor went; made: by this layer; kept: handed on; used: the steps end here, without the padding;
dropped: it came, and what follows does not know the padding any more.
"""

NORMS = ("batchnorm", "layernorm", "groupnorm", "instancenorm")
RECTIFIERS = ("relu", "relu6")
"""Activations whose units can die: their gradient is 0 where they are."""
BOUNDED: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
"""Activations that saturate, with their ends."""
SATURATED = 0.01
"""An output is saturated within this share of the range from an end: sigmoid beyond 0.01 and 0.99, tanh ±0.98."""


def saturated_beyond(activation: str) -> tuple[float, float] | None:
    """The two outputs beyond which the activation counts as saturated; None if it has no ends.

    >>> saturated_beyond("sigmoid"), saturated_beyond("relu")
    ((0.01, 0.99), None)
    """
    if activation not in BOUNDED:
        return None
    low, high = BOUNDED[activation]
    return low + SATURATED * (high - low), high - SATURATED * (high - low)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterProbe:
    """A parameter in one step. Norms are Euclidean, over all its entries."""

    name: str  # within its layer: "kernel", "weight"
    shape: tuple[int, ...]
    weight_norm: float  # before the step
    gradient_norm: float = math.nan  # of the loss by it; NaN where none arrived
    update_norm: float = math.nan  # of what the step changed; NaN where no step was seen
    trainable: bool = True
    finite: bool = True  # its entries
    gradient_finite: bool = True

    @property
    def has_gradient(self) -> bool:
        """Whether one arrived, be it 0 or not finite."""
        return not math.isnan(self.gradient_norm) or not self.gradient_finite

    @property
    def gradient_ratio(self) -> float:
        """The norm of the gradient over that of the weights; NaN where the weights are 0."""
        return _ratio(self.gradient_norm, self.weight_norm)

    @property
    def update_ratio(self) -> float:
        """The norm of the update over that of the weights; NaN where the weights are 0. Near 0.001 is usual."""
        return _ratio(self.update_norm, self.weight_norm)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormProbe:
    """Batch norm: the statistics of this batch against the running ones, as they were before the step."""

    mean_gap: float  # root mean square over channels of (batch mean - running mean) / running sd
    variance_ratio: float  # geometric mean over channels of batch variance / running variance
    rows: int  # numbers that one channel's statistics are made of
    momentum: float  # share of the old running statistics that a step keeps, as Keras counts it; NaN: cumulative mean
    epsilon: float
    uses_batch: bool  # this step normalised by the batch
    moved: bool  # this step changed the running statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerProbe:
    """A layer in one step. A layer called twice stands here twice, its parameters with the first call."""

    name: str
    kind: str  # "dense", "conv2d", "batchnorm", "relu", "lstm", …; what is not known keeps its class's name
    depth: int  # place in the order of the calls, from 0
    shape: tuple[int, ...] = ()  # of the output, rows first
    activation: str = ""  # "relu", "sigmoid", …, be it the whole layer or the end of it
    mean: float = math.nan  # of the output, as its spread
    sd: float = math.nan
    share_zero: float = math.nan  # of the output's numbers, exactly 0
    share_saturated: float = math.nan  # near an end of the activation's range; NaN if it has none
    units: int = 0  # channels or features
    dead: tuple[int, ...] = ()  # units that are 0 for every row and place of the batch
    gradient_norm: float = math.nan  # of the loss by the output, Euclidean; NaN where none arrived
    gradient_finite: bool = True
    finite: bool = True  # the output
    parameters: tuple[ParameterProbe, ...] = ()
    norm: NormProbe | None = None
    mask: MaskState = "none"
    called: bool = True  # False: the step went past it; or its kind is "parameters", those that a model uses itself

    @property
    def dead_units(self) -> int:
        """How many units are 0 over the whole batch."""
        return len(self.dead)

    @property
    def share_dead(self) -> float:
        """Of the units; NaN if there are none."""
        return _ratio(len(self.dead), self.units)

    @property
    def size(self) -> int:
        """How many numbers the output has."""
        return math.prod(self.shape) if self.shape else 0

    @property
    def gradient_rms(self) -> float:
        """Root mean square of the gradient's entries, which compares layers of unequal size."""
        return self.gradient_norm / math.sqrt(self.size) if self.size else math.nan

    @property
    def has_gradient(self) -> bool:
        """Whether one arrived at the output."""
        return not math.isnan(self.gradient_norm) or not self.gradient_finite

    @property
    def trainable(self) -> bool:
        """Whether it has a parameter that may learn."""
        return any(one.trainable for one in self.parameters)

    @property
    def weight_norm(self) -> float:
        """Over all its parameters; NaN if it has none."""
        return _norm(one.weight_norm for one in self.parameters)

    @property
    def parameter_gradient_norm(self) -> float:
        """Over its parameters to which a gradient came; NaN if none did."""
        return _norm(one.gradient_norm for one in self.parameters if one.has_gradient)

    @property
    def update_norm(self) -> float:
        """Over its parameters; NaN where no step was seen."""
        return _norm(one.update_norm for one in self.parameters if not math.isnan(one.update_norm))

    @property
    def gradient_ratio(self) -> float:
        """The norm of its parameters' gradient over that of the parameters."""
        return _ratio(self.parameter_gradient_norm, self.weight_norm)

    @property
    def update_ratio(self) -> float:
        """The norm of its parameters' update over that of the parameters."""
        return _ratio(self.update_norm, self.weight_norm)


@dataclass(frozen=True, slots=True)
class NonFinite:
    """Where NaN or infinity stands first, in the order in which a step computes."""

    layer: str  # "" of the loss
    what: Literal["input", "parameter", "output", "loss", "gradient"]
    parameter: str = ""

    def __str__(self) -> str:
        place = f"{self.parameter} of {self.layer}" if self.parameter else self.layer
        if self.what == "gradient":
            return f"the gradient {'of' if self.parameter else 'at the output of'} {place}"
        return {"input": "the input", "loss": "the loss", "output": f"the output of {place}"}.get(self.what, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProbe:
    """One step: the layers in the order in which they ran, then those that did not run."""

    step: int  # from 0
    loss: float  # NaN where none was seen
    layers: tuple[LayerProbe, ...]
    train: bool = True  # the network was in training mode
    rows: int = 0  # of the batch
    input_finite: bool = True
    loss_finite: bool = True

    def layer(self, name: str) -> LayerProbe:
        """The first of that name. Raises: InputError if there is none."""
        for one in self.layers:
            if one.name == name:
                return one
        raise InputError(f"name: layer expected one of {', '.join(self.names)}, got {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers."""
        return tuple(one.name for one in self.layers)

    @property
    def called(self) -> tuple[LayerProbe, ...]:
        """The layers that ran."""
        return tuple(one for one in self.layers if one.called)

    @property
    def gradient_factors(self) -> tuple[float, ...]:
        """For each layer that ran, the rms of its gradient over that of the layer after it; NaN where either is absent.

        Below 1 the gradient shrinks on its way back through the later layer, above 1 it grows.
        """
        rms = [one.gradient_rms for one in self.called]
        return tuple(_ratio(a, b) for a, b in zip(rms, [*rms[1:], math.nan], strict=True))

    @property
    def non_finite(self) -> NonFinite | None:
        """The first place: forward through the layers (each one's parameters, then its output), the loss, and back."""
        if not self.input_finite:
            return NonFinite("", "input")
        for layer in self.called:
            for parameter in layer.parameters:
                if not parameter.finite:
                    return NonFinite(layer.name, "parameter", parameter.name)
            if not layer.finite:
                return NonFinite(layer.name, "output")
        if not self.loss_finite:
            return NonFinite("", "loss")
        for layer in reversed(self.called):
            if not layer.gradient_finite:
                return NonFinite(layer.name, "gradient")
            for parameter in layer.parameters:
                if not parameter.gradient_finite:
                    return NonFinite(layer.name, "gradient", parameter.name)
        return None


@dataclass(eq=False, slots=True)
class Record:
    """The steps that a probe has taken so far; it grows while the probe is at work."""

    steps: list[StepProbe] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[StepProbe]:
        return iter(self.steps)

    @property
    def last(self) -> StepProbe:
        """The latest step. Raises: InputError before the first."""
        if not self.steps:
            raise InputError("last: Record expected a step, got none yet; train inside `with cutaway.probe(model)`")
        return self.steps[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """Every layer that ran in some step, in the order of the calls."""
        return tuple(dict.fromkeys(one.name for step in self.steps for one in step.called))

    def series(self, name: str, quantity: str) -> tuple[tuple[float, float], ...]:
        """Pairs (step, value) of a layer's `quantity`, any number that a `LayerProbe` has, such as "sd".

        Steps in which the layer did not run are left out.
        """
        found = ((step.step, layer) for step in self.steps for layer in step.called if layer.name == name)
        return tuple((float(step), float(getattr(layer, quantity))) for step, layer in found)

    def always_dead(self, name: str) -> tuple[int, ...]:
        """The units of a layer that were dead in every recorded step."""
        each = [set(one.dead) for step in self.steps for one in step.called if one.name == name]
        return tuple(sorted(set.intersection(*each))) if each else ()

    def figures(self) -> Mapping[str, Figure]:
        """What there is to draw, by its heading; `cutaway.report.svg` and the lab draw them."""
        from cutaway.core.probe_figures import figures

        return figures(self)

    def __str__(self) -> str:
        from cutaway.core.probe_table import table

        return table(self)

    def _repr_html_(self) -> str:
        from cutaway.core.probe_table import html

        return html(self)


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 and math.isfinite(b) else math.nan


def _norm(parts: Iterator[float]) -> float:
    each = list(parts)
    return math.hypot(*each) if each else math.nan
