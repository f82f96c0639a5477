"""NET009: the loss is far above that of knowing nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy


@check("NET009", name="initial loss", asks="network", needs=("labels", "classes", "repeatable"))
def initial_loss(subject: NetworkSubject, *, max_ratio: float = 2.0, rare: float = 0.4) -> Iterator[Finding]:
    """The loss is far above log K, that of giving every one of K classes the same probability.

    Why it matters: a model that is sure and wrong at the start has weights that are too large; the first epochs go
    into unlearning them, and activations saturate meanwhile.

    What to do: initialise the last layer small. Where classes are unequal, set its bias to the logarithm of their
    shares: the loss then begins at the entropy of the labels.

    Null: a usual initialisation gives logits of standard deviation about 1, which adds half a nat to log K and stays
    below twice log K. The loss of equal probabilities is measured with the user's own loss, so that weights and focal
    terms are counted.

    Passed: The loss on this batch is no more than the limit times that of equal probabilities.

    Source: Glorot & Bengio 2010; Karpathy 2019, "A recipe for training neural networks" (verify loss at init);
    Lin et al. 2017, section 3.3, on the prior in the bias.

    Example: a last layer that is fifty times too large fires; a fresh one stays silent.

    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> model = layered()
    >>> fires(initial_loss, model, rows())
    False
    >>> model[-1].weight.data *= 50
    >>> fires(initial_loss, model, rows())
    True
    """
    task, expects = subject.task, subject.expects
    assert task is not None and subject.batch.y is not None
    if expects == "other":
        raise NotApplicableError("the loss is none of probabilities, so it has no log K to begin at")
    shape, y = subject.evaluated.output.shape, subject.batch.y
    right = task.right(y, shape)
    if task.kind == "binary":
        shares = right.reshape(len(right), -1).mean(0)
        even, prior = np.full(shape, 0.5), np.broadcast_to(right.mean(0, keepdims=True), shape)
    else:
        shares = right.mean(tuple(i for i in range(right.ndim) if i != task.axis))
        even = np.full(shape, 1 / task.classes)
        wide = [1] * len(shape)
        wide[task.axis] = task.classes
        prior = np.broadcast_to(shares.reshape(wide), shape)
    with subject.network.kept():
        baseline = subject.loss_at(_scaled(even, expects, task.kind))
        best = subject.loss_at(_scaled(np.clip(prior, 1e-3, 1 - 1e-3), expects, task.kind))
    if not baseline > 0:
        return
    common = {"loss_of_the_batch": subject.loss, "loss_of_equal_probabilities": baseline, "loss_of_class_shares": best}
    bias = _bias(shares, task.kind)
    figure = Bars(
        alt=f"The loss is {subject.loss:.3g}; equal probabilities would have {baseline:.3g}.",
        axis=Axis(label="loss", unit="as the user's loss counts"),
        labels=("this model", "equal probabilities", "the classes' shares"),
        values=(subject.loss, baseline, best),
        harmful=(True, False, False),
    )
    if subject.loss > max_ratio * baseline:
        ratio = subject.loss / baseline
        yield Finding(
            title=f"The loss is {subject.loss:.3g}, {ratio:.1f} times that of equal probabilities ({baseline:.3g})",
            severity="high" if ratio > 2 * max_ratio else "medium",
            evidence={**common, "log_of_the_number_of_classes": math.log(task.classes)},
            detail="Answers are sure and wrong. In a model that has not been trained, the weights are too large.",
            figure=figure,
            remedy=Remedy("Initialise the last layer small, and its bias by the classes' shares.", _code(bias)),
        )
    elif best < rare * baseline and subject.loss > 0.9 * baseline:
        yield Finding(
            title=(f"The loss begins at {subject.loss:.3g}; a bias by the classes' shares lets it begin at {best:.3g}"),
            severity="low",
            evidence=common,
            figure=figure,
            remedy=Remedy("Set the bias of the last layer to the logarithm of the classes' shares.", _code(bias)),
        )


def _scaled(p: np.ndarray, expects: str, kind: str) -> np.ndarray:
    if expects == "probabilities":
        return p
    return np.asarray(np.log(p / (1 - p)) if kind == "binary" and expects == "logits" else np.log(p))


def _bias(shares: np.ndarray, kind: str) -> list[float]:
    p = np.clip(shares, 1e-3, 1 - 1e-3)
    values = np.log(p / (1 - p)) if kind == "binary" else np.log(p)
    return [round(float(v), 3) for v in values[:20]]


def _code(bias: list[float]) -> dict[str, str]:
    return {
        "PyTorch": (
            f"nn.init.normal_(last.weight, std=0.01)\nwith torch.no_grad():\n    last.bias.copy_(torch.tensor({bias}))"
        ),
        "Keras": (
            f"import numpy as np\nbias = np.array({bias})\n"
            "Dense(len(bias), kernel_initializer=RandomNormal(stddev=0.01), bias_initializer=Constant(bias))"
        ),
    }
