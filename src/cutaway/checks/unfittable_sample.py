"""NET017: sixteen samples cannot be fitted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.reference import features, reference
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, NotApplicableError, Remedy

RATES = (1e-2, 1e-3)


@check("NET017", name="sixteen samples", asks="network", needs=("labels", "loss", "finite"))
def unfittable_sample(
    subject: NetworkSubject, *, samples: int = 16, steps: int = 150, enough: float = 0.5
) -> Iterator[Finding]:
    """Sixteen samples cannot be fitted, though a plain network fits them; or the user's own steps diverge or stand
    still on them.

    Why it matters: a model with thousands of weights can learn sixteen answers by heart; one that cannot has a fault
    between its inputs, its loss and its weights, and more data will not help.

    What to do: follow the other findings first; then take layers out until it fits.

    Null: the same samples are given to a network of one hidden layer; only if that halves its loss is the model
    judged. It may use Adam at 0.01 and at 0.001, and what it already fits is not trained.

    Passed: The model fits sixteen samples, or its loss on them is low already.

    Source: Karpathy 2019, "A recipe for training neural networks" (overfit a single batch); Zhang et al. 2017,
    "Understanding deep learning requires rethinking generalization".

    Example: outputs that are scaled down to nothing fire; the plain layers stay silent.

    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> fires(unfittable_sample, layered(last=function(lambda x: x.sin() * 0.01)), rows())
    True
    >>> fires(unfittable_sample, layered(), rows())
    False
    """
    network = subject.network
    batch = subject.batch.taken(slice(0, samples))
    assert batch.y is not None
    if not any(p.trainable for p in network.parameters()):
        raise NotApplicableError("nothing is trained; see NET011")
    output = subject.evaluated.output[: batch.rows]
    if output.ndim > 2 or (subject.task is None and output.size != batch.y.size):
        raise NotApplicableError("the outputs are more than one a sample, which the plain network has no way to fit")
    with network.kept():
        at = network.loss(batch)
        null = min(at, _null(subject, batch.y, output.shape)) if at > 0 else at
    if at <= enough * null or (subject.task is not None and at <= enough * subject.loss_of_nothing):
        return
    x = features(batch, subject.seed)
    first, last, _ = reference(x, batch.y, subject.task, steps=steps, seed=subject.seed)
    if not last <= enough * first:
        raise NotApplicableError("a plain network does not fit these samples either: their answers may contradict")
    best: list[float] = []
    for rate in RATES:
        with network.kept():
            network.seed(subject.seed)
            losses = network.fit(batch, steps=steps, rate=rate, enough=enough * null)
        if not best or np.nanmin(losses) < np.nanmin(best):
            best = losses
        if np.nanmin(best) <= enough * null:
            break
    if not np.nanmin(best) <= enough * null:
        yield _finding(
            f"The model does not fit {batch.rows} samples: in {len(best)} steps of Adam its loss goes from "
            f"{best[0]:.3g} to {np.nanmin(best):.3g}, where a plain network goes from {first:.3g} to {last:.3g}",
            best,
            {"lowest_loss": float(np.nanmin(best)), "loss_at_first": at, "lowest_loss_of_a_plain_network": last},
        )
    elif subject.parts.step is not None:
        with network.kept():
            network.seed(subject.seed)
            losses = network.trained(batch, steps=steps)
        if not np.isfinite(losses).all() or losses[-1] > 1.5 * losses[0]:
            words = "diverge"
        elif abs(losses[-1] - losses[0]) < 1e-3 * abs(losses[0]):
            words = "stand still"
        else:
            return
        yield _finding(
            f"Your own training steps {words} on {batch.rows} samples, which Adam fits: after {steps} steps the loss "
            f"is {losses[-1]:.3g}, from {losses[0]:.3g}",
            losses,
            {"loss_at_first": losses[0], "loss_at_last": losses[-1], "lowest_loss_with_adam": float(np.nanmin(best))},
        )


def _null(subject: NetworkSubject, y: np.ndarray, shape: tuple[int, ...]) -> float:
    """The loss of always giving the mean label, of a regression; infinite where classes are told."""
    if subject.task is not None:
        return float("inf")
    return subject.network.loss_of(
        np.broadcast_to(y.reshape(shape).mean(0), shape).astype(np.float32), subject.batch.taken(slice(0, len(y)))
    )


def _finding(title: str, losses: list[float], evidence: dict[str, float]) -> Finding:
    return Finding(
        title=title,
        severity="high",
        evidence=evidence,
        figure=Lines(
            alt=f"The loss on the samples goes from {losses[0]:.3g} to {losses[-1]:.3g}.",
            x=Axis(label="step"),
            y=Axis(label="loss on the samples"),
            lines=(Line(name="this model", x=tuple(map(float, range(len(losses)))), y=tuple(losses), role="harm"),),
        ),
        remedy=Remedy(
            "Take out layers, regularisation and augmentation until the samples are fitted; what was taken out last is "
            "the fault. Lower the step if the loss swings, raise it if it stands still.",
            {
                "PyTorch": (
                    "for _ in range(200):\n    optimizer.zero_grad()\n"
                    "    criterion(model(x[:16]), y[:16]).backward()\n    optimizer.step()"
                ),
                "Keras": "model.fit(x[:16], y[:16], epochs=200, verbose=0)  # the loss must go to nearly 0",
            },
        ),
    )
