"""NET004: batch norm does one thing in training and another in evaluation."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.probes import LayerProbe, NormProbe

Norms = list[tuple[LayerProbe, NormProbe]]


@check("NET004", name="batch norm's two modes", asks="network", needs=("data", "labels", "loss", "finite"))
def batch_norm_gap(
    subject: NetworkSubject,
    *,
    least_rows: int = 8,
    least_kept: float = 0.5,
    max_gap: float = 1.0,
    max_ratio: float = 4.0,
) -> Iterator[Finding]:
    """Batch norm's running statistics are not those of the batches that it is trained on.

    Why it matters: in evaluation the layer then shifts and stretches what follows was never trained on; scores fall
    although the training loss is low.

    What to do: batches of 32 or more, or group norm; the momentum of the framework at hand (PyTorch's 0.1 is Keras'
    0.9); a frozen layer in evaluation mode.

    Null: running statistics lag behind by a few steps and batches vary; a gap of a whole running standard deviation,
    or a variance four times as large, is beyond both. A layer that has not been trained yet (mean 0, variance 1) is not
    judged by its gap. A momentum that keeps less than half makes statistics of the last batch or two.

    Passed: Running statistics agree with this batch's, or are untouched yet; momentum, batch size and freezing agree.

    Source: Ioffe & Szegedy 2015, algorithm 2; Wu & He 2018, "Group normalization", figure 1, on small batches.

    Example: a momentum of 0.99 in PyTorch fires; its own default stays silent.

    >>> from torch import nn
    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> fires(batch_norm_gap, nn.Sequential(nn.BatchNorm1d(4, momentum=0.99), layered()), rows())
    True
    >>> fires(batch_norm_gap, nn.Sequential(nn.BatchNorm1d(4), layered()), rows())
    False
    """
    norms: Norms = [(layer, layer.norm) for layer in subject.probed.called if layer.norm is not None]
    if not norms:
        raise NotApplicableError("the model has no batch norm that was seen at work")
    small = [(layer, n) for layer, n in norms if n.uses_batch and n.rows < least_rows]
    if small:
        layer, norm = min(small, key=lambda one: one[1].rows)
        yield _finding(
            f"{layer.name} normalises by {norm.rows} numbers a channel: its statistics are noise",
            [layer],
            {"numbers_a_channel": float(norm.rows), "samples_in_the_batch": float(subject.batch.rows)},
            "Train on larger batches, or use group or layer norm, which do not depend on the batch.",
        )
    fast = [(layer, n) for layer, n in norms if n.momentum < least_kept]
    if fast:
        layer, norm = min(fast, key=lambda one: one[1].momentum)
        own = f"{1 - norm.momentum:.2g}" if subject.network.framework == "PyTorch" else f"{norm.momentum:.2g}"
        yield _finding(
            f"{layer.name} keeps {norm.momentum:.2g} of its running statistics a step, so they are the last batch's",
            [layer for layer, _ in fast],
            {"share_kept_a_step": norm.momentum},
            f"momentum={own} means the opposite in the other framework: PyTorch counts what is new, Keras what stays.",
        )
    frozen = [layer for layer, n in norms if n.moved and layer.parameters and not layer.trainable]
    if frozen:
        yield _finding(
            f"{frozen[0].name} is frozen, and its running statistics move in training",
            frozen,
            {"layers": float(len(frozen))},
            "Put frozen batch norm into evaluation mode as well; requires_grad does not stop its statistics.",
        )
    untouched = subject.network.untouched()
    apart = [
        (layer, n)
        for layer, n in norms
        if layer.name not in untouched
        and (layer, n) not in small
        and (n.mean_gap > max_gap or not 1 / max_ratio <= n.variance_ratio <= max_ratio)
    ]
    if apart:
        layer, norm = max(apart, key=lambda one: one[1].mean_gap)
        yield _finding(
            f"{layer.name}: this batch's mean is {norm.mean_gap:.2g} running standard deviations away, its variance "
            f"{norm.variance_ratio:.2g} times the running one",
            [layer for layer, _ in apart],
            {"mean_gap_in_running_sd": norm.mean_gap, "variance_over_running_variance": norm.variance_ratio},
            "Let the running statistics settle on training data before evaluation, and check that this batch is scaled "
            "as the training data were.",
            Bars(
                alt=f"In {layer.name} the batch's mean is {norm.mean_gap:.2g} running standard deviations away.",
                axis=Axis(label="gap of the mean", unit="running standard deviations"),
                labels=tuple(layer.name for layer, _ in norms),
                values=tuple(n.mean_gap for _, n in norms),
                harmful=tuple(one in apart for one in norms),
                reference=max_gap,
                reference_label="limit",
            ),
        )


def _finding(
    title: str, layers: list[LayerProbe], evidence: dict[str, float], remedy: str, figure: Bars | None = None
) -> Finding:
    return Finding(
        title=title,
        severity="medium",
        columns=tuple(layer.name for layer in layers),
        evidence=evidence,
        figure=figure,
        remedy=Remedy(
            remedy,
            {
                "PyTorch": (
                    "nn.BatchNorm1d(k, momentum=0.1)      # the share that is new\n"
                    "for m in frozen.modules():\n    if hasattr(m, 'running_mean'):\n        m.eval()"
                ),
                "Keras": "BatchNormalization(momentum=0.99)  # the share that is kept\nlayer.trainable = False",
            },
        ),
    )
