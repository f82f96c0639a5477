"""NET001: gradients vanish or explode on their way back."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.probes import LayerProbe
from cutaway.core.wording import count

SHOWN = 24


@check("NET001", name="vanishing or exploding gradients", asks="network", needs=("labels", "loss", "finite"))
def vanishing_gradients(subject: NetworkSubject, *, least: float = 1e-4, most: float = 1e4) -> Iterator[Finding]:
    """The gradient at the first layer is smaller or larger than at the last by orders of magnitude.

    Why it matters: with one step size for all layers, those in front stand still while the last ones learn, or the
    first step throws them far away.

    What to do: ReLU and He's initialisation in place of sigmoids; normalisation; shortcuts around layers; for exploding
    gradients a smaller initialisation, and clipping.

    Null: under He's or Glorot's initialisation each layer keeps the size of the gradient to within a small factor, so
    that tens of layers stay within a factor of ten thousand. Sizes are norms over the batch.

    Passed: From the last layer to the first the gradient keeps its size within the limits.

    Source: Hochreiter 1991; Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010, figures 6 and 7.

    Example: ten sigmoid layers fire; ten ReLU layers stay silent.

    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> fires(vanishing_gradients, layered("Sigmoid", depth=10), rows())
    True
    >>> fires(vanishing_gradients, layered("ReLU", depth=2), rows())
    False
    """
    layers = [
        layer
        for layer in subject.probed.called
        if layer.has_gradient and layer.gradient_finite and layer.gradient_norm > 0
    ]
    if len(layers) < 3:
        raise NotApplicableError("fewer than three layers have a gradient")
    first, last = layers[0], layers[-1]
    ratio = first.gradient_norm / last.gradient_norm
    if least <= ratio <= most:
        return
    vanishing = ratio < 1
    size = "smaller" if vanishing else "larger"
    times = count(1 / ratio if vanishing else ratio)
    factor = ratio ** (1 / (len(layers) - 1))
    half = math.sqrt(ratio)
    norms = [layer.gradient_norm / last.gradient_norm for layer in layers]
    begins = next(
        (
            layer
            for layer, r in zip(reversed(layers), reversed(norms), strict=True)
            if (r < 0.1 if vanishing else r > 10)
        ),
        first,
    )
    saturated = [layer for layer in layers if layer.share_saturated > 0.2]
    bounded = [layer for layer in layers if layer.activation in ("sigmoid", "tanh")]
    shown = layers[-SHOWN:]
    yield Finding(
        title=(
            f"Gradients {'vanish' if vanishing else 'explode'}: at {first.name} ({first.kind}) they are {times} times "
            f"{size} than at {last.name} ({last.kind}), a factor of {factor:.2g} a layer"
        ),
        severity="high",
        columns=(first.name, begins.name),
        evidence={
            "gradient_at_the_first_layer_over_the_last": ratio,
            "factor_per_layer": factor,
            "layers": float(len(layers)),
            "layers_with_more_than_a_fifth_saturated": float(len(saturated)),
        },
        detail=f"It begins at {begins.name} ({begins.kind}). {_why(saturated, bounded, vanishing)}".strip(),
        figure=Bars(
            alt=f"From {last.name} back to {first.name} the gradient becomes {times} times {size}.",
            axis=Axis(label="gradient", unit="norm, over that at the last layer", scale="log"),
            labels=tuple(layer.name for layer in shown),
            values=tuple(norms[-SHOWN:]),
            harmful=tuple((r < half if vanishing else r > half) for r in norms[-SHOWN:]),
            reference=1.0,
            reference_label="at the last layer",
        ),
        remedy=Remedy(
            "Use ReLU with He's initialisation, normalise between layers, or add shortcuts."
            if vanishing
            else "Use the framework's own initialisation for the activation, and clip the gradient's norm.",
            {
                "PyTorch": (
                    "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')\n"
                    "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # before optimizer.step()"
                ),
                "Keras": (
                    "Dense(64, activation='relu', kernel_initializer='he_normal')\n"
                    "keras.optimizers.Adam(1e-3, clipnorm=1.0)"
                ),
            },
        ),
    )


def _why(saturated: list[LayerProbe], bounded: list[LayerProbe], vanishing: bool) -> str:
    if not vanishing:
        return "The weights are larger than their layers' widths call for."
    if saturated:
        worst = max(saturated, key=lambda layer: layer.share_saturated)
        return f"{worst.share_saturated * 100:.0f} % of the {worst.activation} outputs of {worst.name} are saturated."
    if bounded:
        quarter = sum(layer.activation == "sigmoid" for layer in bounded)
        return (
            f"Nothing saturates, but each of {quarter} sigmoids has a derivative of a quarter at most."
            if quarter
            else "Nothing saturates, but the derivative of tanh is 1 at most and the weights are small."
        )
    return "No activation saturates; the weights are small."
