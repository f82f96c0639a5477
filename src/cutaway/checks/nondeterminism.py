"""NET012: two evaluations of one batch differ."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.traces import parting
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent


@check("NET012", name="non-determinism in evaluation", asks="network")
def nondeterminism(subject: NetworkSubject, *, least: float = 1e-4) -> Iterator[Finding]:
    """Two evaluations of one batch differ.

    Why it matters: dropout or noise that is left on makes every prediction a draw; scores are lower than the model's
    own, and no result can be repeated.

    What to do: switch the model to evaluation before it predicts, and tie every dropout to that switch.

    Null: with the same seed two runs differ by the arithmetic alone; the difference between runs with different
    seeds must be ten times that, and at least 0.0001 of the output's root mean square.

    Passed: Evaluations of one batch under different seeds agree to the last digits that the arithmetic holds.

    Source: Srivastava et al. 2014, "Dropout", section 4: at test time no unit is dropped.

    Example: dropout that is always on fires; dropout that follows the mode stays silent.

    >>> from torch import nn
    >>> from torch.nn.functional import dropout
    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> fires(nondeterminism, layered(last=function(dropout)), rows())
    True
    >>> fires(nondeterminism, layered(last=nn.Dropout()), rows())
    False
    """
    tolerance = subject.tolerance(least)
    apart = max((parting(subject.evaluated, run, tolerance) for run in subject.reseeded), key=lambda one: one.output)
    if apart.output <= tolerance:
        return
    most, where = apart.output, f"; it {apart.begins}" if apart.begins else ""
    yield Finding(
        title=f"Two evaluations of one batch differ by {percent(most)} of the output's size{where}",
        severity="high" if most > 0.01 else "medium",
        columns=(apart.layer,) if apart.layer else (),
        evidence={
            "largest_difference_over_rms_of_output": most,
            "same_seed_difference_over_rms_of_output": subject.noise,
            "runs_compared": float(1 + len(subject.reseeded)),
        },
        detail="" if subject.noise else "With one seed the runs agree, so something is drawn at random in each run.",
        figure=apart.figure(f"Between runs the outputs differ by up to {percent(most)}{where}.", "difference of runs"),
        remedy=Remedy(
            "Call the model in evaluation mode, and let dropout follow that mode instead of being always on.",
            {
                "PyTorch": "model.eval()  # and F.dropout(x, p, training=self.training)",
                "Keras": "model(x, training=False)  # and Dropout(0.5)(h), without training=True",
            },
        ),
    )
