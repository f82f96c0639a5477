"""The words and the JSON of the audit of a network."""

from __future__ import annotations

from typing import Any

from cutaway.core.audit import ImagesAudit, NetworkAudit
from cutaway.report.text import counted, remark, sentence

SCHEMA = 1
_RANK = {"high": 0, "medium": 1, "low": 2}


def heading(audit: NetworkAudit) -> str:
    """The report's title: which network."""
    return f"{audit.network.name}, a {audit.network.framework} model"


def facts(audit: NetworkAudit) -> list[str]:
    """The facts that stand under the heading: layers, parameters, the batch, and what was given with it."""
    network = audit.network
    held = counted(network.parameters, "parameter")
    if network.trainable != network.parameters:
        held += f", {network.trainable:,} of them trained"
    lines = [counted(len(network.layers), "layer"), held, network.batch]
    return [*lines, f"with its {', '.join(network.given)}"] if network.given else lines


def verdict(audit: NetworkAudit | ImagesAudit) -> str:
    """The first sentence of a report: the gravest issue, or that there is none, and what was not asked."""
    found = [(finding, outcome) for outcome in audit.outcomes for finding in outcome.findings]
    issues = sorted((f for f, _ in found if f.status == "issue"), key=lambda f: _RANK[f.severity])
    crashed, silent = audit.count("crashed"), audit.count("not applicable")
    if issues:
        lead = "One issue" if len(issues) == 1 else f"One of {len(issues):,} issues"
        return f"{lead}: {sentence(issues[0].title)}"
    asked = audit.count("passed") + audit.count("tip")
    told = "No issue was found" if asked else "Nothing could be asked"
    if crashed:
        question = "its question is" if crashed == 1 else "their questions are"
        return f"{told}, but {counted(crashed, 'check')} crashed and {question} open."
    rest = f"; {silent} more had too little to go by, which the report names" if silent else ""
    return f"{told} by {counted(asked, 'check')}{rest}."


def layer_rows(audit: NetworkAudit) -> list[tuple[str, str, str]]:
    """Name, kind and parameters of each layer, in words."""
    rows = []
    for layer in audit.network.layers:
        held = f"{layer.parameters:,}" if layer.parameters else ""
        if layer.parameters and layer.trainable < layer.parameters:
            held += " frozen" if not layer.trainable else f" ({layer.trainable:,} trained)"
        rows.append((layer.name, layer.kind, held))
    return rows


def network_json(audit: NetworkAudit) -> dict[str, Any]:
    """The members beside the findings; those that a page asks of a table's audit stand empty."""
    network = audit.network
    return {
        "schema": SCHEMA,
        "kind": "network",
        "version": audit.version,
        "seed": audit.seed,
        "seconds": audit.seconds,
        "heading": heading(audit),
        "facts": facts(audit),
        "verdict": verdict(audit),
        "network": {
            "name": network.name,
            "framework": network.framework,
            "parameters": network.parameters,
            "trainable": network.trainable,
            "batch": network.batch,
            "given": list(network.given),
            "layers": [
                {"name": one.name, "kind": one.kind, "parameters": one.parameters, "trainable": one.trainable}
                for one in network.layers
            ],
            "rows": [list(row) for row in layer_rows(audit)],
        },
        "effects": [],
        "explorer": None,
        "scores": None,
        "making": {
            "notes": [remark(note) for note in audit.notes],
            "foot": f"cutaway {audit.version} · seed {audit.seed} · {audit.seconds:.1f} s",
        },
    }
