"""NET015: a sample's output depends on the rest of its batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.traces import Parting, parting, rows_of
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent


@check("NET015", name="batch mates", asks="network", needs=("repeatable",))
def batch_mates(subject: NetworkSubject, *, least: float = 1e-3) -> Iterator[Finding]:
    """In evaluation, one sample's output depends on which others are in its batch.

    Why it matters: a prediction that changes with its neighbours cannot be repeated in service, where requests come
    alone; scores on full batches do not say how the model will do there.

    What to do: let batch norm use its running statistics in evaluation; keep every reduction, softmax and recurrence
    off the axis of the samples (in PyTorch, recurrent layers take steps first unless batch_first=True).

    Null: the same samples run in halves and alone differ by the order of sums only; the difference must be 0.001 of the
    output's root mean square, and ten times what two equal runs differ by.

    Passed: Samples got the same outputs in the whole batch, in halves and alone.

    Source: Ioffe & Szegedy 2015, section 3.1, on inference with population statistics.

    Example: subtracting the batch's mean fires; a layer for each sample stays silent.

    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> fires(batch_mates, layered(last=function(lambda x: x - x.mean(0))), rows())
    True
    >>> fires(batch_mates, layered(), rows())
    False
    """
    n = subject.batch.rows
    if n < 2:
        raise NotApplicableError("the batch has one sample")
    worst: Parting | None = None
    company, failed = "", 0
    groups = [(np.arange(n // 2), "in half the batch"), (np.arange(n // 2, n), "in half the batch")]
    groups += [(np.array([i]), "alone") for i in sorted({0, n // 2})]
    for rows, words in groups:
        try:
            with subject.network.kept():
                subject.network.seed(subject.seed)
                run = subject.network.traced(subject.batch.taken(rows))
        except Exception:
            failed += 1
            continue
        parted = parting(subject.evaluated, run, subject.tolerance(least), rows_of(rows, n))
        if worst is None or parted.output > worst.output:
            worst, company = parted, words
    if worst is None:
        raise NotApplicableError("the model does not run on part of the batch")
    if worst.output <= subject.tolerance(least):
        return
    where = f"; it {worst.begins}" if worst.begins else ""
    yield Finding(
        title=f"A sample run {company} gets an output that differs by {percent(worst.output)} of its size{where}",
        severity="high",
        columns=(worst.layer,) if worst.layer else (),
        evidence={
            "largest_difference_over_rms_of_output": worst.output,
            "equal_runs_difference_over_rms_of_output": subject.noise,
            "samples_in_the_batch": float(n),
        },
        figure=worst.figure(
            f"Run {company}, a sample's output differs by {percent(worst.output)}{where}.",
            "difference to the whole batch",
        ),
        remedy=Remedy(
            "Use running statistics in evaluation, and mix nothing along the axis of the samples.",
            {
                "PyTorch": "model.eval()  # BatchNorm1d(k, track_running_stats=True); nn.LSTM(…, batch_first=True)",
                "Keras": "model(x, training=False)  # no BatchNormalization()(h, training=True); reduce over axis=1, …",
            },
        ),
    )
