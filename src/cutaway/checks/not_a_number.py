"""NET018: not-a-number or infinite, and where first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.findings import Finding, Remedy


@check("NET018", name="not a number", asks="network")
def not_a_number(subject: NetworkSubject) -> Iterator[Finding]:
    """Somewhere in the inputs, weights, outputs, loss or gradients stands a number that is not finite.

    Why it matters: it spreads to everything that is computed from it, and the first step writes it into every weight.

    What to do: begin at the first place, which is named: values of the data, a logarithm or root of zero, a division by
    a sum that can be zero, an overflow in half precision, a softmax over masked steps alone.

    Null: none; a number is finite or it is not.

    Passed: Inputs, weights, every layer's output, the loss and the gradients are finite.

    Source: IEEE 754-2019 on how NaN and infinity propagate; Humbatova et al. 2020, taxonomy.

    Example: the logarithm of a negative number fires; without it the check stays silent.

    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> fires(not_a_number, layered(last=function(lambda x: x.log())), rows())
    True
    >>> fires(not_a_number, layered(), rows())
    False
    """
    found = _place(subject)
    if found is None:
        return
    what, where, values = found
    evidence = {}
    if values is not None:
        evidence = {
            "not_a_number": float(np.isnan(values).sum()),
            "infinite": float(np.isinf(values).sum()),
            "numbers_there": float(values.size),
        }
    yield Finding(
        title=f"{what[:1].upper()}{what[1:]} is not finite, and that is the first place",
        severity="high",
        columns=(where,) if where else (),
        evidence=evidence,
        remedy=Remedy(
            "Mend the first place; guard logarithms, roots and divisions by a small number, and compute on logits.",
            {
                "PyTorch": "torch.autograd.set_detect_anomaly(True)  # names the operation\nx.clamp_min(1e-6).log()",
                "Keras": "keras.ops.log(keras.ops.maximum(x, 1e-6))  # and TerminateOnNaN() while training",
            },
        ),
    )


def _place(subject: NetworkSubject) -> tuple[str, str, np.ndarray | None] | None:
    for name, array in subject.batch.named().items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"the batch's {name}", name, array
    for parameter in subject.network.parameters():
        if not np.isfinite(parameter.value).all():
            return f"the parameter {parameter.name}", parameter.name, parameter.value
    for call in subject.evaluated.calls:
        if call.output is not None and call.output.dtype.kind == "f" and not np.isfinite(call.output).all():
            fed = call.input is None or np.isfinite(call.input).all()
            return (
                f"what {'goes into ' if not fed else ''}{call.name} ({call.kind}){' gives' if fed else ''}",
                call.name,
                (call.output if fed else call.input),
            )
    if not subject.finite:
        return "the model's output", "", subject.evaluated.output
    if subject.made or subject.batch.y is None or subject.parts.loss is None:
        return None
    if not np.isfinite(subject.loss):
        return "the loss", "", None
    loss, gradients = subject.gradients
    if not np.isfinite(loss):
        return "the loss in training mode", "", None
    for name, g in reversed(list(gradients.items())):
        if g is not None and not np.isfinite(g).all():
            return f"the gradient of {name}", name, g
    return None
