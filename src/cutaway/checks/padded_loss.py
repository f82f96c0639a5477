"""NET006: the loss is averaged over padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent


@check("NET006", name="loss over padding", asks="network", needs=("sequences", "labels", "loss", "finite"))
def padded_loss(subject: NetworkSubject, *, least: float = 1e-3, most_steps: int = 16) -> Iterator[Finding]:
    """The loss is averaged over padded steps too.

    Why it matters: the loss falls as padding grows, batches of short sequences weigh less for each real step, and the
    model is rewarded for predicting padding.

    What to do: leave the padded steps out of the sum and out of the count that it is divided by.

    Null: the real outputs and labels are kept and padded steps are appended; a loss that leaves them out is equal but
    for the order of sums, and it must move by 0.001 of itself.

    Passed: Appended padding, with the outputs at the real steps held, leaves the loss as it was.

    Source: the documentation of torch.nn.CrossEntropyLoss (ignore_index) and of masking in Keras losses.

    Example: cross-entropy over every step fires; over those of the mask it stays silent.

    >>> from torch.nn.functional import cross_entropy
    >>> from cutaway.checks.run.network_example import fires, function, steps
    >>> fires(padded_loss, function(lambda x: x[..., :2]), steps())
    True
    >>> def heedful(output, y, mask):
    ...     return cross_entropy(output[mask], y[mask])
    >>> fires(padded_loss, function(lambda x: x[..., :2]), steps(), loss=heedful)
    False
    """
    batch, network = subject.batch, subject.network
    assert batch.mask is not None and batch.y is not None
    output = subject.evaluated.output
    if batch.y.shape[:2] != batch.mask.shape or output.shape[:2] != batch.mask.shape:
        raise NotApplicableError("the labels or the outputs are one a sequence, not one a step")
    if batch.mask.all():
        raise NotApplicableError("no sequence of this batch is padded, so what padded labels hold is not known")
    added, losses = [0, most_steps // 4, most_steps // 2, most_steps], []
    with network.kept():
        network.seed(subject.seed)
        losses.append(network.loss_of(output, batch))
        for more in added[1:]:
            longer = batch.padded(more)
            try:
                made = network.output(longer)
            except Exception as error:
                raise NotApplicableError(
                    f"the model does not run on longer sequences ({type(error).__name__})"
                ) from error
            at = slice(more, None) if batch.padded_before else slice(0, output.shape[1])
            made[:, at] = np.where(_wide(batch.mask, output), output, made[:, at])
            losses.append(network.loss_of(made, longer))
    moved = max(abs(one - losses[0]) for one in losses) / max(abs(losses[0]), 1e-12)
    if moved <= least:
        return
    share = float(1 - batch.mask.mean())
    yield Finding(
        title=(
            f"{most_steps} appended steps of padding move the loss from {losses[0]:.4g} to {losses[-1]:.4g}, though "
            f"no real output changed"
        ),
        severity="high",
        evidence={
            "loss_of_the_batch": losses[0],
            f"loss_with_{most_steps}_more_padded_steps": losses[-1],
            "share_of_steps_that_are_padding": share,
        },
        detail=f"In this batch {percent(share)} of the steps are padding, and the loss counts them.",
        figure=Lines(
            alt=f"The loss goes from {losses[0]:.4g} to {losses[-1]:.4g} as padding is appended.",
            x=Axis(label="padded steps appended"),
            y=Axis(label="loss"),
            lines=(Line(name="loss", x=tuple(map(float, added)), y=tuple(losses), role="harm"),),
        ),
        remedy=Remedy(
            "Sum the loss over real steps and divide by their number.",
            {
                "PyTorch": (
                    "loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction='none')\n"
                    "loss = (loss * mask.flatten()).sum() / mask.sum()\n"
                    "# or label padding with -100, which CrossEntropyLoss ignores"
                ),
                "Keras": (
                    "# a mask that reaches the output is heeded by compile(loss=…); without one:\n"
                    "SparseCategoricalCrossentropy(ignore_class=-1)  # padding labelled -1"
                ),
            },
        ),
    )


def _wide(mask: np.ndarray, output: np.ndarray) -> np.ndarray:
    return mask.reshape(*mask.shape, *[1] * (output.ndim - 2))
