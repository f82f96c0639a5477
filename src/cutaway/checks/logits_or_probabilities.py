"""NET007: logits where probabilities are expected, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.outputs import Scale
from cutaway.core.findings import Finding, Remedy

SMALL = 0.2  # a logit that is right by this much is wrong for whoever cuts it at 0.5
CODE = {
    "PyTorch": (
        "criterion = nn.CrossEntropyLoss()    # on logits: the model ends with nn.Linear\n"
        "criterion = nn.BCEWithLogitsLoss()   # the same for single outputs\n"
        "# nn.NLLLoss takes log_softmax's output, nn.BCELoss sigmoid's"
    ),
    "Keras": (
        "loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # model ends with Dense(k)\n"
        "metrics = [keras.metrics.BinaryAccuracy(threshold=0.0)]              # for one logit"
    ),
}


@check("NET007", name="logits or probabilities", asks="network", needs=("labels", "classes", "finite"))
def logits_or_probabilities(subject: NetworkSubject, *, sure: float = 0.99) -> Iterator[Finding]:
    """The loss or a metric takes logits and the model gives probabilities, or the reverse.

    Why it matters: softmax is then applied twice or not at all; training still moves, slowly, to a worse place, and an
    accuracy that cuts a logit at 0.5 is simply wrong.

    What to do: end the model with the plain scores and let the loss do the rest; tell metrics that they see logits.

    Null: both are measured. The loss is asked of outputs made for the purpose: one that takes logits does not
    change when a constant is added to them; the model's last layer is enlarged a thousandfold both ways: only
    probabilities stay within 0 and 1. Where either cannot be told, the check stays silent.

    Passed: The model gives what its loss expects, and the metrics that were given agree.

    Source: the documentation of nn.CrossEntropyLoss and of from_logits in keras.losses; Bridle 1990 on softmax.

    Example: a softmax before cross-entropy fires; logits stay silent.

    >>> from torch import nn
    >>> from cutaway.checks.run.network_example import fires, layered, rows
    >>> fires(logits_or_probabilities, layered(last=nn.Softmax(dim=1)), rows())
    True
    >>> fires(logits_or_probabilities, layered(), rows())
    False
    """
    expects, gives = subject.expects, subject.gives
    if expects != "other" and expects != gives and not (expects == "logits" and gives == "log-probabilities"):
        yield _finding(subject, expects, gives)
    task = subject.task
    if task is not None and task.kind == "binary" and gives in ("logits", "probabilities"):
        for metric in subject.parts.metrics:
            takes = _taken(subject, metric, sure)
            if takes not in ("", gives):
                yield _metric(metric, takes, gives)


def _finding(subject: NetworkSubject, expects: Scale, gives: Scale) -> Finding:
    twice = expects == "logits" and gives == "probabilities"
    what = "a softmax or sigmoid is applied twice" if twice else "the loss reads them as something else"
    output = subject.evaluated.output
    return Finding(
        title=f"The model gives {gives} and its loss expects {expects}: {what}",
        severity="high",
        evidence={
            "smallest_output": float(output.min()),
            "largest_output": float(output.max()),
            "loss_of_the_batch": subject.loss,
        },
        detail=(
            "Between classes the loss then sees differences of 1 at most, so a sure answer is impossible and its "
            "gradient stays small."
            if twice
            else "Values outside 0 and 1 are clipped, and a clipped output has no gradient."
            if expects == "probabilities"
            else ""
        ),
        remedy=Remedy("Give the loss what it expects; plain scores and a loss on logits are the most accurate.", CODE),
    )


def _metric(metric: Any, takes: str, gives: Scale) -> Finding:
    name = getattr(metric, "name", None) or getattr(metric, "__name__", type(metric).__name__)
    cut = (
        "at 0.5, which is a probability of 62 % and not of 50 %" if gives == "logits" else "at 0, which they all exceed"
    )
    return Finding(
        title=f"The metric “{name}” expects {takes} and the model gives {gives}: it cuts them {cut}",
        severity="high",
        columns=(str(name),),
        remedy=Remedy("Tell the metric where to cut, or hand it probabilities.", CODE),
    )


def _taken(subject: NetworkSubject, metric: Any, sure: float) -> str:
    """On which scale a metric cuts: predictions that are right by little are right on that scale alone."""
    shape = subject.evaluated.output.shape
    y = (np.arange(int(np.prod(shape))) % 2).reshape(shape)
    logits = np.where(y == 1, SMALL, -SMALL).astype(np.float32)
    said = []
    with subject.network.kept():
        for values in (logits, 1 / (1 + np.exp(-logits))):
            try:
                said.append(subject.network.measured(metric, values, y))
            except Exception:  # a metric that refuses such values does not take them
                said.append(0.0)
    as_logits, as_probabilities = (value > sure for value in said)
    if as_logits == as_probabilities:
        return ""
    return "logits" if as_logits else "probabilities"
