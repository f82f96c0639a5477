"""NET010: the first layer is given inputs on a large scale."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.frameworks.network import Call

WEIGHTED = ("linear", "dense", "conv", "lstm", "gru", "rnn", "attention", "separable")
SHOWN = 12


@check("NET010", name="unscaled inputs", asks="network", needs=("data",))
def unscaled_inputs(subject: NetworkSubject, *, max_size: float = 10.0) -> Iterator[Finding]:
    """The first layer with weights is given features whose root mean square is far from 1.

    Why it matters: the usual initialisations assume inputs of variance 1; a feature that is a hundred times larger
    makes outputs a hundred times larger, saturates what follows, and curves the loss ten thousand times more in
    its direction, so that one step size cannot suit all.

    What to do: standardise by the training data's mean and standard deviation; divide pixels by 255. A normalisation
    inside the model counts, since what the first layer is given is measured.

    Null: standardised features have a root mean square of 1, and heavy tails bring it to a few units.

    Passed: The first layer with weights is given features of a usual size.

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.3.

    Example: features in the hundreds fire; standardised ones stay silent.

    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> x, y = rows()
    >>> fires(unscaled_inputs, layered(), (200 * x, y))
    True
    >>> fires(unscaled_inputs, layered(), (x, y))
    False
    """
    first = _first(subject.evaluated.calls)
    assert first.input is not None
    values = first.input.astype(float)
    axis = 1 if "conv" in first.kind and subject.network.framework == "PyTorch" else values.ndim - 1
    if values.ndim < 2:
        return
    other = tuple(i for i in range(values.ndim) if i != axis)
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.sqrt(np.mean(np.where(np.isfinite(values), values, 0) ** 2, axis=other))
    top = float(sizes.max())
    if top <= max_size:
        return
    order = np.argsort(-sizes)[:SHOWN]
    large = int((sizes > max_size).sum())
    yield Finding(
        title=(
            f"{first.name} ({first.kind}) is given {large} of {len(sizes)} features with a root mean square above "
            f"{max_size:g}; the largest is {top:.4g}"
        ),
        severity="high" if top > 5 * max_size else "medium",
        columns=(first.name,),
        evidence={
            "largest_root_mean_square_of_a_feature": top,
            "smallest_root_mean_square_of_a_feature": float(sizes.min()),
            "features_above_the_limit": float(large),
        },
        figure=Bars(
            alt=f"The largest feature has a root mean square of {top:.4g}, where 1 is usual.",
            axis=Axis(label="root mean square of the input", scale="log"),
            labels=tuple(f"feature {i}" for i in order),
            values=tuple(float(sizes[i]) for i in order),
            harmful=tuple(bool(sizes[i] > max_size) for i in order),
            reference=1.0,
            reference_label="standardised",
        ),
        remedy=Remedy(
            "Standardise the features by the training data, or begin the model with a layer that does.",
            {
                "PyTorch": "mean, sd = x_train.mean(0), x_train.std(0)\nx = (x - mean) / sd  # pixels: x / 255",
                "Keras": "norm = keras.layers.Normalization()\nnorm.adapt(x_train)  # pixels: Rescaling(1 / 255)",
            },
        ),
    )


def _first(calls: tuple[Call, ...]) -> Call:
    """The first layer with weights on numbers.

    Raises: NotApplicableError when an embedding comes before it, or there is none.
    """
    for call in calls:
        if "embedding" in call.kind:
            raise NotApplicableError("the model begins with an embedding, whose inputs are codes")
        if call.input is not None and any(word in call.kind for word in WEIGHTED):
            return call
    raise NotApplicableError("no layer with weights was seen at work")
