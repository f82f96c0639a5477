"""NET014: gradients are not cleared between steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy

STEPS = 3


@check("NET014", name="gradients not cleared", asks="network", needs=("labels", "step", "finite"))
def uncleared_gradients(subject: NetworkSubject, *, tolerance: float = 0.1) -> Iterator[Finding]:
    """On the same batch and weights, each step's gradient is larger than the last one's by the same amount.

    Why it matters: each step then follows the sum of all gradients since the beginning; the loss falls at first, then
    swings and diverges.

    What to do: clear the gradients at the start of each step. If they are meant to be added up over several batches,
    say so with accumulation=k.

    Null: with the weights put back between the steps, and the same seed, the second gradient equals the first but for
    the arithmetic; added up from nothing, it is twice as large, and the third three times.

    Passed: On the same batch and weights, the optimiser saw the same gradient at every step.

    Source: Humbatova et al. 2020, taxonomy; the PyTorch recipe "Zeroing out gradients".

    Example: a step without zero_grad fires; with it the check stays silent.

    >>> from torch.nn.functional import cross_entropy
    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> model = layered()
    >>> def careless(x, y):
    ...     cross_entropy(model(x), y).backward()
    >>> def careful(x, y):
    ...     model.zero_grad()
    ...     careless(x, y)
    >>> fires(uncleared_gradients, model, rows(), step=careless)
    True
    >>> fires(uncleared_gradients, model, rows(), step=careful)
    False
    """
    if subject.parts.accumulation > 1:
        raise NotApplicableError(f"gradients are meant to be added up over {subject.parts.accumulation} steps")
    with subject.network.kept():
        subject.network.seed(subject.seed)
        steps = subject.network.stepped(subject.batch, times=STEPS)
    sums = [_flat(step.gradients) for step in steps]
    if any(g is None for g in sums):
        raise NotApplicableError("the gradients of the step cannot be seen, or there are none")
    first, second, third = (g for g in sums if g is not None)
    size = float(np.linalg.norm(first))
    if size == 0 or len(first) != len(second):
        raise NotApplicableError("the step has a gradient of zero")
    added = float(np.linalg.norm(second - first))
    steady = float(np.linalg.norm((third - second) - (second - first)))
    if added < tolerance * size / (1 + STEPS) or steady > tolerance * added:
        return
    norms = [float(np.linalg.norm(g)) for g in (first, second, third)]
    yield Finding(
        title=(
            f"Gradients are not cleared: on the same batch and weights the second step's is "
            f"{norms[1] / norms[0]:.2f} times the first's, the third's {norms[2] / norms[0]:.2f} times"
        ),
        severity="high",
        evidence={f"gradient_norm_of_step_{i + 1}": norm for i, norm in enumerate(norms)},
        figure=Bars(
            alt="The gradient's norm grows by the same amount with every step on one batch.",
            axis=Axis(label="gradient", unit="norm"),
            labels=("first step", "second step", "third step"),
            values=tuple(norms),
            harmful=(False, True, True),
            reference=norms[0],
            reference_label="cleared",
        ),
        remedy=Remedy(
            "Clear the gradients before each backward pass.",
            {
                "PyTorch": "optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
                "Keras": "for a in accumulators:\n    a.assign(keras.ops.zeros_like(a))  # after each optimizer.apply",
            },
        ),
    )


def _flat(gradients: Mapping[str, np.ndarray | None]) -> np.ndarray | None:
    there = [np.ravel(g) for _, g in sorted(gradients.items()) if g is not None]
    return np.concatenate(there).astype(float) if there else None
