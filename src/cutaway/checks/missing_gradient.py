"""NET011: a layer that gets no gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy

SHOWN = 24


@check("NET011", name="layer without gradient", asks="network", needs=("data", "labels", "loss", "finite"))
def missing_gradient(subject: NetworkSubject) -> Iterator[Finding]:
    """A layer that is to be trained gets no gradient, or one of exactly zero; or nothing is to be trained.

    Why it matters: its weights stay as they were drawn, while the rest of the model learns around them.

    What to do: look for detach(), no_grad, argmax, rounding or a conversion to NumPy between the layer and the loss,
    for a layer that is not called at all, and for weights that were frozen and not unfrozen.

    Null: a gradient that exists is exactly zero in floating point only where nothing depends on the weight or every
    unit behind it is off.

    Passed: Every layer that is to be trained gets a gradient.

    Source: Humbatova et al. 2020, "Taxonomy of real faults in deep learning systems"; the PyTorch notes on autograd.

    Example: a detach between the layers fires; without it the check stays silent.

    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> model = layered()
    >>> fires(missing_gradient, model, rows())
    False
    >>> model[1] = function(lambda x: x.relu().detach())
    >>> fires(missing_gradient, model, rows())
    True
    """
    parameters = subject.network.parameters()
    trained = [p for p in parameters if p.trainable]
    if parameters and not trained:
        yield _finding(
            "Nothing is trained: every parameter is frozen",
            (),
            {"parameters": float(sum(p.value.size for p in parameters))},
        )
        return
    _, gradients = subject.gradients
    size: dict[str, float] = {}
    without: dict[str, bool] = {}
    for p in trained:
        g = gradients.get(p.name)
        norm = 0.0 if g is None else float(np.sqrt(np.sum(np.asarray(g, float) ** 2)))
        size[p.layer] = max(size.get(p.layer, 0.0), norm)
        without[p.layer] = without.get(p.layer, True) and g is None
    silent = tuple(layer for layer, norm in size.items() if norm == 0)
    if silent:
        cut = [layer for layer in silent if without[layer]]
        how = "no path leads from the loss to it" if cut else "it is exactly zero"
        more = f" and {len(silent) - 1} more layers get" if len(silent) > 1 else " gets"
        shown = list(size)[-SHOWN:]
        yield _finding(
            f"{silent[0]}{more} no gradient: {how}",
            silent,
            {"layers_without_gradient": float(len(silent)), "layers_to_be_trained": float(len(size))},
            Bars(
                alt=f"{', '.join(silent[:3])}: no gradient arrives.",
                axis=Axis(label="gradient", unit="norm, by the layer's parameters"),
                labels=tuple(shown),
                values=tuple(size[layer] for layer in shown),
                harmful=tuple(layer in silent for layer in shown),
            ),
        )
    called = [call.name for call in subject.evaluated.calls]
    weighted = [name for name in called if any(p.layer == name for p in parameters)]
    if weighted and not any(p.layer == weighted[-1] and p.trainable for p in parameters):
        yield _finding(
            f"{weighted[-1]}, the last layer with weights, is frozen while others are trained",
            (weighted[-1],),
            {"layers_to_be_trained": float(len(size))},
        )


def _finding(title: str, layers: tuple[str, ...], evidence: dict[str, float], figure: Bars | None = None) -> Finding:
    return Finding(
        title=title,
        severity="high",
        columns=layers,
        evidence=evidence,
        figure=figure,
        remedy=Remedy(
            "Find what cuts the path: detach, no_grad, argmax, a layer that is not called, weights left frozen.",
            {
                "PyTorch": "model.requires_grad_(True)  # and no .detach(), .item(), .numpy() before the loss",
                "Keras": "layer.trainable = True  # then compile again; no keras.ops.stop_gradient, argmax, numpy()",
            },
        ),
    )
