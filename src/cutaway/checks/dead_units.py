"""NET002: ReLUs that are zero for every sample."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.layer_shares import share_bars
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.probes import RECTIFIERS
from cutaway.core.wording import percent


@check("NET002", name="dead ReLUs", asks="network", needs=("data", "labels", "loss", "finite"))
def dead_units(subject: NetworkSubject, *, max_share: float = 0.5, least_rows: int = 16) -> Iterator[Finding]:
    """Units of a ReLU layer are zero for every sample of the batch.

    Why it matters: a unit that is zero everywhere has a gradient of zero everywhere and cannot come back by training;
    the layer works with what is left.

    What to do: a smaller step or initialisation, no large negative bias, leaky ReLU or GELU; scaled inputs.

    Null: in a fresh layer a unit is on for about half of the samples, so that of 16 independent ones it misses all
    with probability 2⁻¹⁶; similar samples and small images bring some units there, hence the limit of a half.

    Passed: In every ReLU layer more units than the limit are on for some sample.

    Source: Lu, Shin, Su & Karniadakis 2020, "Dying ReLU and initialization"; Maas, Hannun & Ng 2013 on leaky ReLU.

    Example: a bias far below zero fires; a fresh layer stays silent.

    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> model = layered()
    >>> fires(dead_units, model, rows())
    False
    >>> model[0].bias.data -= 30
    >>> fires(dead_units, model, rows())
    True
    """
    if subject.batch.rows < least_rows:
        raise NotApplicableError(
            f"the batch has {subject.batch.rows} samples; a unit needs {least_rows} to be called dead"
        )
    layers = [layer for layer in subject.probed.called if layer.activation in RECTIFIERS and layer.units >= 4]
    if not layers:
        raise NotApplicableError("the model has no ReLU that was seen at work")
    dead = [layer for layer in layers if layer.share_dead > max_share]
    if not dead:
        return
    worst = max(dead, key=lambda layer: layer.share_dead)
    yield Finding(
        title=(
            f"{percent(worst.share_dead, 0)} of the units of {worst.name} are zero for all {subject.batch.rows} samples"
            + (f", and so it is in {len(dead) - 1} more layers" if len(dead) > 1 else "")
        ),
        severity="high" if worst.share_dead > 0.8 else "medium",
        columns=tuple(layer.name for layer in dead),
        evidence={
            "dead_units": float(worst.dead_units),
            "units": float(worst.units),
            "layers_beyond_the_limit": float(len(dead)),
        },
        figure=share_bars(
            layers,
            [layer.share_dead for layer in layers],
            max_share,
            Axis(label="dead units", unit="share of the layer's units"),
            f"In {worst.name} {percent(worst.share_dead, 0)} of the units are zero for every sample.",
        ),
        remedy=Remedy(
            "Initialise weights and bias smaller, scale the inputs, lower the step, or let negative values through.",
            {
                "PyTorch": "nn.init.zeros_(layer.bias)\nact = nn.LeakyReLU(0.01)  # or nn.GELU()",
                "Keras": "Dense(64, kernel_initializer='he_normal', bias_initializer='zeros')\nLeakyReLU(0.01)",
            },
        ),
    )
