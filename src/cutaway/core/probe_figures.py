"""What a record of a network looks like: the gradient by layer, and what became of layers over the steps."""

from __future__ import annotations

import math
from typing import TypeVar

from cutaway.core.figures import Axis, Bars, Figure, Line, Lines, Mark, Matrix
from cutaway.core.probes import Record, StepProbe
from cutaway.core.wording import percent

COLUMNS = 5
"""Steps that a matrix has at most; of more, evenly spaced ones are shown."""
USUAL_UPDATE = 1e-3
"""Update over weight that a training that goes well often has."""


def figures(record: Record) -> dict[str, Figure]:
    """Every picture that the record has something for, by its heading; none before the first step."""
    if not record.steps:
        return {}
    found: dict[str, Figure] = {}
    if any(one.gradient_rms > 0 for one in record.last.called):
        found["Gradient by layer"] = gradient_by_layer(record.last)
        if len(record) > 1:
            found["Gradient over the steps"] = over_steps(record, "gradient_rms")
    if any(one.update_ratio > 0 for step in record for one in step.called) and len(record) > 1:
        found["Update over weight"] = over_steps(record, "update_ratio")
    for heading, quantity in (("Saturated outputs", "share_saturated"), ("Dead units", "share_dead")):
        if any(getattr(one, quantity) > 0 for step in record for one in step.called):
            found[heading] = by_layer_and_step(record, quantity)
    return found


def gradient_by_layer(step: StepProbe) -> Bars:
    """The rms of the loss's gradient at each layer's output, first layer on top; layers without one are left out.

    Layers whose gradient is not finite or 0, which have no place on the scale, stand in the sentence.
    """
    there = [one for one in step.called if one.gradient_rms > 0 and math.isfinite(one.gradient_rms)]
    none = [one.name for one in step.called if one.gradient_norm == 0]
    spoiled = [one.name for one in step.called if not one.gradient_finite]
    alt = f"In step {step.step} no layer has a gradient."
    if there:
        first, last = there[0], there[-1]
        alt = f"In step {step.step} the gradient is {last.gradient_rms:.2g} at {last.name}"
        if first is not last:
            each = (first.gradient_rms / last.gradient_rms) ** (1 / (len(there) - 1))
            alt += f" and {first.gradient_rms:.2g} at {first.name}: times {each:.2g} a layer on the way back"
        alt += "."
    if none:
        alt += f" It is 0 at {', '.join(none)}."
    if spoiled:
        alt += f" It is not finite at {', '.join(spoiled)}."
    return Bars(
        alt=alt,
        axis=Axis(label="gradient at the output", unit="root mean square", scale="log"),
        labels=tuple(one.name for one in there),
        values=tuple(one.gradient_rms for one in there),
    )


WORDS = {
    "gradient_rms": ("gradient at the output", "root mean square"),
    "gradient_norm": ("gradient at the output", "Euclidean norm"),
    "gradient_ratio": ("gradient over weight", "ratio of norms"),
    "update_ratio": ("update over weight", "ratio of norms"),
    "share_saturated": ("saturated", "share of outputs"),
    "share_dead": ("dead", "share of units"),
    "share_zero": ("zero", "share of outputs"),
    "mean": ("mean of the output", ""),
    "sd": ("spread of the output", "standard deviation"),
}
"""Quantities of a layer that can be drawn: how the axis is labelled, and its unit."""
LOG = ("gradient_rms", "gradient_norm", "gradient_ratio", "update_ratio", "sd")


def over_steps(record: Record, quantity: str) -> Lines:
    """A quantity of `WORDS` of the first and the last layer that have it, which is where a gradient vanishes or not."""
    names = [
        name for name in record.names if any(math.isfinite(y) and y != 0 for _, y in record.series(name, quantity))
    ]
    shown = names[:1] + names[1:][-1:]
    lines = []
    for i, name in enumerate(shown):
        pairs = [
            (x, y) for x, y in record.series(name, quantity) if math.isfinite(y) and (y > 0 or quantity not in LOG)
        ]
        x, y = zip(*pairs, strict=True) if pairs else ((), ())
        lines.append(Line(name=name, x=x, y=y, role="other" if i else "main"))
    label, unit = WORDS[quantity]
    alt = f"No layer has a value of: {label}."
    if lines and lines[0].y:
        first, last = lines[0], lines[-1]
        alt = f"{label.capitalize()}: at {first.name} from {first.y[0]:.2g} to {first.y[-1]:.2g} over the steps"
        if last is not first and last.y:
            alt += f", at {last.name} from {last.y[0]:.2g} to {last.y[-1]:.2g}"
        alt += "."
    usual = (Mark(label="usual", y=USUAL_UPDATE, role="other"),) if quantity == "update_ratio" else ()
    scale = Axis(label=label, unit=unit, scale="log" if quantity in LOG else "linear")
    return Lines(alt=alt, x=Axis(label="step"), y=scale, lines=tuple(lines), marks=usual)


def by_layer_and_step(record: Record, quantity: str) -> Matrix:
    """A quantity of `WORDS` as a grid, layers down, steps across, without layers where it is always 0 or absent."""
    steps = _spaced(record.steps, COLUMNS)
    names = [
        name for name in record.names if any(y != 0 and not math.isnan(y) for _, y in record.series(name, quantity))
    ]
    grid = []
    for name in names:
        ran = [next((one for one in step.called if one.name == name), None) for step in steps]
        grid.append(tuple(math.nan if one is None else float(getattr(one, quantity)) for one in ran))
    label, unit = WORDS[quantity]
    places = [(name, step.step) for name in names for step in steps]
    finite = [(y, *at) for y, at in zip((y for row in grid for y in row), places, strict=True) if math.isfinite(y)]
    alt = f"No layer has a value of: {label}."
    if finite:
        most, name, step = max(finite)
        amount = percent(most) if "share" in unit else f"{most:.2g}"
        alt = f"The largest {unit or 'value'} that is {label} is {amount}, at {name} in step {step}."
    columns = tuple(f"step {step.step}" for step in steps)
    return Matrix(alt=alt, rows=tuple(names), columns=columns, values=tuple(grid), unit=unit)


T = TypeVar("T")


def _spaced(items: list[T], most: int) -> list[T]:
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]
