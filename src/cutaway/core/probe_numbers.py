"""From the few numbers that a framework reads off its arrays to the probe of a layer or a parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cutaway.core.probes import LayerProbe, ParameterProbe

Numbers = Mapping[str, Any]
"""Of an output: mean, sd, share_zero, active (units,: how often each is not 0), finite, share_saturated where there are
ends. Of a gradient, a parameter or an update: norm, finite. Scalars as numbers or arrays of one; empty where there is
nothing.
"""


def layer_probe(output: Numbers, gradient: Numbers, **told: Any) -> LayerProbe:
    """The probe of a layer; `told` are the fields that are no numbers of its output."""
    active = np.asarray(output.get("active", ()), dtype=float).reshape(-1)
    return LayerProbe(
        mean=number(output, "mean"),
        sd=number(output, "sd"),
        share_zero=number(output, "share_zero"),
        share_saturated=number(output, "share_saturated"),
        units=active.size,
        dead=tuple(int(unit) for unit in np.flatnonzero(active == 0)),
        finite=bool(number(output, "finite", 1.0)),
        gradient_norm=number(gradient, "norm"),
        gradient_finite=bool(number(gradient, "finite", 1.0)),
        **told,
    )


def parameter_probe(weight: Numbers, gradient: Numbers, update: Numbers, **told: Any) -> ParameterProbe:
    """The probe of a parameter, from its entries before the step, its gradient and its change."""
    return ParameterProbe(
        weight_norm=number(weight, "norm"),
        gradient_norm=number(gradient, "norm"),
        update_norm=number(update, "norm"),
        finite=bool(number(weight, "finite", 1.0)),
        gradient_finite=bool(number(gradient, "finite", 1.0)),
        **told,
    )


def number(numbers: Numbers, name: str, missing: float = math.nan) -> float:
    """One of them, as a float; `missing` if it is not there."""
    return float(np.asarray(numbers[name]).reshape(())) if name in numbers else missing
