"""NET012: two evaluations of one batch differ."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject, difference
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent

RUNS = 3


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
    """
    first = subject.evaluated
    runs = []
    with subject.network.kept():
        for k in range(1, RUNS + 1):
            subject.network.seed(subject.seed + k)
            runs.append(subject.network.traced(subject.batch))
    furthest = max(runs, key=lambda run: difference(first.output, run.output))
    most = difference(first.output, furthest.output)
    if most <= subject.tolerance(least):
        return
    by_layer = [
        (a.name, a.kind, difference(a.output, b.output))
        for a, b in zip(first.calls, furthest.calls, strict=False)
        if a.output is not None and b.output is not None and a.name == b.name
    ]
    begins = next(((name, kind) for name, kind, far in by_layer if far > subject.tolerance(least)), None)
    where = f"; it begins at {begins[0]} ({begins[1]})" if begins else ""
    yield Finding(
        title=f"Two evaluations of one batch differ by {percent(most)} of the output's size{where}",
        severity="high" if most > 0.01 else "medium",
        columns=(begins[0],) if begins else (),
        evidence={
            "largest_difference_over_rms_of_output": most,
            "same_seed_difference_over_rms_of_output": subject.noise,
            "runs_compared": float(RUNS + 1),
        },
        detail="With one seed the runs agree, so something is drawn at random in each run."
        if subject.noise == 0
        else "",
        figure=Bars(
            alt=f"Between runs the outputs differ by up to {percent(most)}{where}.",
            axis=Axis(label="difference between runs", unit="share of the output's root mean square"),
            labels=tuple(name for name, *_ in by_layer)[-20:],
            values=tuple(min(far, 1e6) for *_, far in by_layer)[-20:],
            harmful=tuple(far > subject.tolerance(least) for *_, far in by_layer)[-20:],
        )
        if by_layer
        else None,
        remedy=Remedy(
            "Call the model in evaluation mode, and let dropout follow that mode instead of being always on.",
            {
                "PyTorch": "model.eval()  # and F.dropout(x, p, training=self.training)",
                "Keras": "model(x, training=False)  # and Dropout(0.5)(h), without training=True",
            },
        ),
    )
