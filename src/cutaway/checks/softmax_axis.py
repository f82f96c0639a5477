"""NET008: a softmax over the wrong axis, or twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.outputs import sums_to_one
from cutaway.core.findings import Finding, Remedy
from cutaway.frameworks.network import Call

CODE = {
    "PyTorch": "p = logits.softmax(dim=-1)      # classes last; dim=1 for (n, classes, h, w)",
    "Keras": "Dense(k, activation='softmax')  # or keras.ops.softmax(logits, axis=-1); one class: 'sigmoid'",
}


@check("NET008", name="softmax over the wrong axis", asks="network", needs=("finite",))
def softmax_axis(subject: NetworkSubject) -> Iterator[Finding]:
    """A softmax runs over samples, over steps in place of classes, over one class alone, or over another softmax.

    Why it matters: over samples, each answer depends on the others of its batch; over a single class, the output is
    1 whatever comes in; twice, no class can get far above the others. Training runs on without an error.

    What to do: name the axis of the classes, once, at the end of the model.

    Null: every softmax of a run is looked at (in Keras, every layer's output): along which axis its numbers sum to 1,
    and whether what it was given did so already. A softmax that is right has the axis of the classes.

    Passed: No softmax runs over the samples, over one class alone, or over what a softmax gave.

    Source: the documentation of torch.softmax (dim) and keras.layers.Softmax (axis); Islam et al. 2019,
    "A comprehensive study on deep learning bug characteristics", on API misuse.

    Example: a softmax over the samples fires; over the classes it stays silent.

    >>> from torch import nn
    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> fires(softmax_axis, layered(last=nn.Softmax(dim=0)), rows())
    True
    >>> fires(softmax_axis, layered(last=nn.Softmax(dim=1)), rows())
    False
    """
    trace, n = subject.evaluated, subject.batch.rows
    found: list[tuple[str, str, Call | None]] = []
    for call in (*trace.softmaxes, *(() if trace.softmaxes else _of_layers(trace.calls))):
        problem = _problem(call, n)
        if problem:
            found.append((call.name, problem, call))
    output = trace.output
    axis = -1 if subject.task is None else subject.task.axis
    if not found and output.ndim > 1:
        axes = sums_to_one(output)
        wanted = axis % output.ndim
        if output.shape[wanted] == 1 and np.all(output == 1):
            found.append(("the output", "runs over one class alone, so it always gives 1", None))
        elif axes and wanted not in axes:
            found.append(("the output", f"runs over {_axis(axes[0])} in place of the classes", None))
    for where, problem, call in found:
        evidence = {} if call is None or call.axis is None else {"axis": float(call.axis)}
        sums = {} if call is None or call.output is None else _sums(call.output)
        yield Finding(
            title=f"The softmax {'of' if where == 'the output' or call is None else 'at'} {where} {problem}",
            severity="high",
            columns=() if call is None else (where,),
            evidence={**evidence, **sums},
            remedy=Remedy("Let one softmax run over the axis of the classes.", CODE),
        )


def _of_layers(calls: tuple[Call, ...]) -> Iterator[Call]:
    """Layers whose output is a distribution, with the axis along which it is."""
    for call in calls:
        if call.output is None or "embedding" in call.kind or call.kind in ("flatten", "reshape", "dropout"):
            continue
        axes = sums_to_one(call.output)
        if axes and not (
            call.input is not None and call.input.shape == call.output.shape and np.array_equal(call.input, call.output)
        ):
            axis = call.output.ndim - 1 if call.output.ndim - 1 in axes else axes[0]
            plain = call.kind in ("softmax", "activation", "lambda")
            yield Call(
                name=call.name, kind="softmax", input=call.input if plain else None, output=call.output, axis=axis
            )


def _problem(call: Call, n: int) -> str:
    if call.output is None or call.axis is None or call.output.ndim == 0:
        return ""
    length = call.output.shape[call.axis]
    if length == 1:
        return "runs over one class alone, so it always gives 1" if n > 1 else ""
    if call.axis == 0 and call.output.ndim > 1 and call.output.shape[0] == n:
        return f"runs over the {n} samples of the batch, so each answer depends on the others"
    if call.input is not None and call.axis in sums_to_one(call.input):
        return "is applied to what a softmax gave already"
    return ""


def _axis(axis: int) -> str:
    return "the samples of the batch" if axis == 0 else f"axis {axis}"


def _sums(output: np.ndarray) -> dict[str, float]:
    return {f"sum_over_axis_{i}": float(output.sum(i).mean()) for i in range(output.ndim)}
