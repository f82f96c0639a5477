"""NET013: a parameter that the optimiser does not change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent

NAMED = 4


@check("NET013", name="parameter left unchanged", asks="network", needs=("labels", "loss", "optimiser", "finite"))
def forgotten_parameter(subject: NetworkSubject) -> Iterator[Finding]:
    """A trainable parameter is not held by the optimiser, or a step leaves it unchanged though it has a gradient.

    Why it matters: that part of the model never learns; often a layer was added, replaced or kept in a plain list
    after the optimiser was made.

    What to do: make the optimiser last, from all parameters of the finished model, and let each step end with its step.

    Null: a step of any usual optimiser changes every entry with a gradient that is not tiny; a parameter counts as
    unchanged only if none of its entries moved while its gradient is not zero.

    Passed: The optimiser holds every trainable parameter, and a step changed each that has a gradient.

    Source: Humbatova et al. 2020, taxonomy, on trainable parameters; the documentation of torch.optim.

    Example: an optimiser of the last layer alone fires; one of all stays silent.

    >>> from torch.optim import SGD
    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> model = layered()
    >>> fires(forgotten_parameter, model, rows(), optimiser=SGD(model[-1].parameters(), lr=0.1))
    True
    >>> fires(forgotten_parameter, model, rows(), optimiser=SGD(model.parameters(), lr=0.1))
    False
    """
    network = subject.network
    trained = [p for p in network.parameters() if p.trainable]
    held = network.held()
    outside = [p for p in trained if held is not None and p.name not in held]
    _, gradients = subject.gradients
    with network.kept():
        network.seed(subject.seed)
        steps = network.stepped(subject.batch, times=max(1, subject.parts.accumulation))
    still = [
        p
        for p in trained
        if p not in outside
        and (g := gradients.get(p.name)) is not None
        and np.abs(g).max() > 1e-12
        and all(np.array_equal(step.after[p.name], p.value) for step in steps)
    ]
    total = sum(p.value.size for p in trained)
    for found, words in (
        (outside, "not held by the optimiser"),
        (still, "left unchanged by a training step though it has a gradient"),
    ):
        if not found:
            continue
        names = ", ".join(p.name for p in found[:NAMED]) + (
            f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        )
        share = sum(p.value.size for p in found) / max(total, 1)
        yield Finding(
            title=f"{names} {'is' if len(found) == 1 else 'are'} {words}" if len(found) < len(trained) else _all(words),
            severity="high",
            columns=tuple(p.name for p in found),
            evidence={
                "parameters_concerned": float(sum(p.value.size for p in found)),
                "trainable_parameters": float(total),
            },
            detail=f"That is {percent(share)} of what is to be trained.",
            remedy=Remedy(
                "Make the optimiser after the model is complete, from all its parameters, and call its step.",
                {
                    "PyTorch": (
                        "self.blocks = nn.ModuleList(blocks)          # not a plain list\n"
                        "optimizer = torch.optim.Adam(model.parameters(), 1e-3)\n"
                        "loss.backward(); optimizer.step()"
                    ),
                    "Keras": "optimizer.apply(gradients, model.trainable_variables)  # all of them",
                },
            ),
        )


def _all(words: str) -> str:
    return f"All trainable parameters are {words.replace('it has', 'they have')}"
