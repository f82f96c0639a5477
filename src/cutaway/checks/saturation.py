"""NET003: sigmoids or tanhs at the ends of their range."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.layer_shares import share_bars
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.probes import BOUNDED
from cutaway.core.wording import percent


@check("NET003", name="saturated sigmoids and tanhs", asks="network", needs=("data", "labels", "loss", "finite"))
def saturation(subject: NetworkSubject, *, max_share: float = 0.5) -> Iterator[Finding]:
    """Most outputs of a hidden sigmoid or tanh layer stand at the ends of its range.

    Why it matters: there the derivative is nearly zero (sigmoid′ = y(1 − y), tanh′ = 1 − y²), so that almost no
    gradient passes and the layer works as a fixed switch.

    What to do: smaller weights or inputs, normalisation before the activation, or ReLU.

    Null: with unit inputs and Glorot's initialisation pre-activations have a standard deviation near 1, and 0.1 % of a
    sigmoid's outputs lie beyond 0.01 and 0.99. The model's own output is left out: to be sure is its task.

    Passed: In every hidden sigmoid and tanh layer more outputs lie within the range than the limit asks for.

    Source: Glorot & Bengio 2010, section 3; LeCun et al. 1998, "Efficient BackProp", section 4.4.

    Example: weights that are twenty times too large fire; fresh ones stay silent.

    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> model = layered("Tanh")
    >>> fires(saturation, model, rows())
    False
    >>> model[0].weight.data *= 20
    >>> fires(saturation, model, rows())
    True
    """
    called = subject.probed.called
    layers = [
        layer for layer in called[:-1] if layer.activation in BOUNDED and layer.share_saturated == layer.share_saturated
    ]
    if not layers:
        raise NotApplicableError("the model has no hidden sigmoid or tanh that was seen at work")
    beyond = [layer for layer in layers if layer.share_saturated > max_share]
    if not beyond:
        return
    worst = max(beyond, key=lambda layer: layer.share_saturated)
    yield Finding(
        title=f"{percent(worst.share_saturated, 0)} of the {worst.activation} outputs of {worst.name} are saturated",
        severity="high" if worst.share_saturated > 0.8 else "medium",
        columns=tuple(layer.name for layer in beyond),
        evidence={
            "share_of_saturated_outputs": worst.share_saturated,
            "layers_beyond_the_limit": float(len(beyond)),
        },
        figure=share_bars(
            layers,
            [layer.share_saturated for layer in layers],
            max_share,
            Axis(label="saturated outputs", unit="share"),
            f"In {worst.name} {percent(worst.share_saturated, 0)} of the outputs are saturated.",
        ),
        remedy=Remedy(
            "Make what goes into the activation smaller, or take one that does not saturate.",
            {
                "PyTorch": "nn.init.xavier_uniform_(layer.weight)\nnn.Sequential(layer, nn.BatchNorm1d(k), nn.Tanh())",
                "Keras": "Dense(k, kernel_initializer='glorot_uniform'), BatchNormalization(), Activation('tanh')",
            },
        ),
    )
