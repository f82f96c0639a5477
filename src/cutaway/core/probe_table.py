"""A record of a network as plain text: one row a layer, from the latest step."""

from __future__ import annotations

import math
from html import escape

from cutaway.core.probes import LayerProbe, Record, StepProbe

HEADINGS = ("layer", "kind", "mean", "sd", "zero", "saturated", "dead", "gradient", "grad/weight", "update/weight")


def table(record: Record) -> str:
    """What the latest step saw, and how many there are.

    >>> print(table(Record([StepProbe(step=0, loss=0.7, layers=(LayerProbe(name="a", kind="dense", depth=0),))])))
    1 step recorded; the last is step 0, loss 0.7
    layer  kind   mean  sd  zero  saturated  dead  gradient  grad/weight  update/weight
    a      dense     –   –     –          –     –         –            –              –
    """
    if not record.steps:
        return "no step recorded yet"
    step = record.last
    return "\n".join([_heading(record), *rows(step), *_spoiled(record)])


def html(record: Record) -> str:
    """The same for a notebook."""
    if not record.steps:
        return f"<p>{table(record)}</p>"
    cells = [HEADINGS, *(_cells(layer) for layer in record.last.layers)]
    tags = ["th", *["td"] * len(record.last.layers)]
    lines = ["".join(f"<{tag}>{escape(part)}</{tag}>" for part in row) for row, tag in zip(cells, tags, strict=True)]
    head, rows = lines[0], "".join(f"<tr>{line}</tr>" for line in lines[1:])
    said = "".join(f"<p>{escape(line)}</p>" for line in _spoiled(record))
    return f"<p>{escape(_heading(record))}</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{said}"


def _heading(record: Record) -> str:
    many = f"{len(record)} step{'s' if len(record) > 1 else ''} recorded"
    return f"{many}; the last is step {record.last.step}, loss {_number(record.last.loss)}"


def _spoiled(record: Record) -> list[str]:
    first = next(((one.step, one.non_finite) for one in record if one.non_finite), None)
    return [] if first is None else [f"not finite first in step {first[0]}: {first[1]}"]


def rows(step: StepProbe) -> list[str]:
    """The heading and one line a layer, in columns."""
    cells = [HEADINGS, *(_cells(layer) for layer in step.layers)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEADINGS))]
    return [
        "  ".join(
            part.ljust(width) if i < 2 else part.rjust(width)
            for i, (part, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def _cells(layer: LayerProbe) -> tuple[str, ...]:
    kind = layer.kind if layer.activation in ("", layer.kind) else f"{layer.kind}, {layer.activation}"
    notes = [] if layer.mask == "none" else [f"mask {layer.mask}"]
    if not layer.called and layer.kind != "parameters":
        notes.append("not called")
    return (
        layer.name,
        f"{kind} ({', '.join(notes)})" if notes else kind,
        _number(layer.mean) if layer.finite else "not finite",
        _number(layer.sd),
        _share(layer.share_zero),
        _share(layer.share_saturated),
        f"{layer.dead_units}/{layer.units}" if layer.units else "–",
        _number(layer.gradient_norm) if layer.gradient_finite else "not finite",
        _number(layer.gradient_ratio),
        _number(layer.update_ratio),
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.3g} %"
