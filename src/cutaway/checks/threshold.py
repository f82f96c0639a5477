"""DEC002: the usual cut at 0.5 costs more than another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from operator import add

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.decisions import cut_text, held_out, said, two_classes
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import Cuts, Tally
from cutaway.science.metrics.tally import sigmoid

_DRAWN = 61  # points of the picture


@check("DEC002", name="threshold", asks="scores", needs=("scores", "binary"))
def threshold(subject: Subject, *, alpha: float = 0.001, min_saving: float = 0.05) -> Iterator[Finding]:
    """Cutting the scores at 0.5 costs more than cutting them elsewhere.

    Why it matters: 0.5 is the best cut only for calibrated scores and errors that cost the same. Where a miss costs
    twenty false alarms the best cut of a calibrated score is 1/21, and of scores trained with class weights it is
    somewhere else again.

    What to do: cut where the expected cost is least, and choose that place on rows on which it is not judged.

    Null: no other cut costs less than 0.5. The cut is chosen on four fifths of the rows and judged on the fifth, five
    times; the difference of cost to 0.5 on the same rows has a paired interval from the counts of rows that lie
    between the two cuts. A finding needs the whole interval at level 1 - 2 `alpha` above 0, and a saving of at least
    `min_saving` of the cost at 0.5: a smaller one is lost again with the next small change of the population. Without
    costs each error counts 1 and the finding is a tip, for scores may have been shifted on purpose; it is left
    out where flagging nothing would be as good, for then the count of errors is no measure. No finding in 2,400
    simulated tables of 100 to 20,000 rows in which 0.5 was the best cut. With 9 % positives and a miss worth five false
    alarms, calibrated scores of 500, 2,000 and 8,000 rows fire in 20, 95 and 100 % of tables.

    Passed: No cut costs clearly less than 0.5, judged on rows that did not choose it.

    Source: Elkan 2001, "The foundations of cost-sensitive learning"; Zou & Donner 2008 for the interval.

    Example: where a miss costs ten false alarms 0.5 is far off; with equal costs it is right.

    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 4, 3000)
    >>> y = (rng.random(3000) < p).astype(int)
    >>> [f.severity for f in threshold(scored(y=y, p=p, asked={"cost_fp": 1, "cost_fn": 10}))]
    ['high']
    >>> list(threshold(scored(y=y, p=p)))
    []
    """
    scored = subject.scored
    assert scored is not None
    two_classes(Tally.of_histogram(scored.histogram))
    strict, _ = held_out(scored, 1 - 2 * alpha)
    saving = strict.saving.value / strict.cost_at_half.value if strict.cost_at_half.value > 0 else 0.0
    if not (strict.saving.low > 0 and saving >= min_saving):
        return
    whole = Cuts.of_histogram(scored.histogram if scored.costs.column is None else reduce(add, scored.cost_folds))
    if scored.costs.given or metrics.equal_cuts(whole, 1.0, 1.0)[1] < whole.logits.size - 1:
        yield _finding(subject, scored, whole, saving)


def _trivial(scored: Scored, cut: float) -> str:
    return f"Flagging {'nothing' if cut == 1 else 'everything'}, whatever {said(scored)} says,"


def _finding(subject: Subject, scored: Scored, whole: Cuts, saving: float) -> Finding:
    found, scale = held_out(scored)
    costs = scored.costs
    cost, half = scale * found.cost.value, scale * found.cost_at_half.value
    cut = found.point.cut
    unit = (costs.fp, costs.fn) if costs.column is None else (1.0, 1.0)
    low, high = sigmoid(whole.logits[list(metrics.equal_cuts(whole, *unit))]).tolist()
    where = f"Cutting {said(scored)} at {cut_text(cut)}" if 0 < cut < 1 else _trivial(scored, cut)
    if costs.given:
        title = f"{where} costs {percent(saving)} less than at 0.5: {cost:.3g} a row against {half:.3g}"
    else:
        title = f"{where} makes {percent(saving)} fewer errors than cutting at 0.5"
    return Finding(
        title=title,
        severity=("high" if saving >= 0.2 else "medium") if costs.given and scored.own else "low",
        columns=(scored.name,) if scored.own else (),
        evidence={
            "cut": cut,
            "cuts_as_good_from": low,
            "cuts_as_good_to": high,
            "expected_cost_of_a_row": cost,
            "expected_cost_of_a_row_low": scale * found.cost.low,
            "expected_cost_of_a_row_high": scale * found.cost.high,
            "expected_cost_of_a_row_at_half": half,
            "saving_of_a_row": scale * found.saving.value,
            "saving_of_a_row_low": scale * found.saving.low,
            "saving_of_a_row_high": scale * found.saving.high,
            "cut_if_calibrated": costs.cut if costs.column is None else math.nan,
        },
        detail=_detail(scored, low, high),
        figure=_curve(whole, *unit, scale, cut),
        remedy=_remedy(subject, scored, cut),
    )


def _detail(scored: Scored, low: float, high: float) -> str:
    costs = scored.costs
    told = (
        f"A false alarm costs {costs.fp:g} and a miss {costs.fn:g}."
        if costs.given and costs.column is None
        else f"Each row costs what {costs.column} says."
        if costs.column is not None
        else "No cost was named, so every error counts 1; if misses hurt more, name --cost-fp and --cost-fn."
    )
    return f"{told} These rows cannot tell the cuts from {cut_text(low)} to {cut_text(high)} apart by cost."


def _curve(cuts: Cuts, fp: float, fn: float, scale: float, best: float) -> Lines:
    """Expected cost of a row against the cut, on the rows themselves."""
    at = np.unique(np.concatenate([np.linspace(0.005, 0.995, _DRAWN), [0.5, min(max(best, 0.005), 0.995)]]))
    place = [cuts.place(math.log(p / (1 - p))) for p in at]
    cost = [scale * cuts.point(i).cost(fp, fn) for i in place]
    return Lines(
        alt=f"The expected cost of a row is least near a cut of {cut_text(best)} and higher at 0.5.",
        x=Axis(label="cut", unit="probability"),
        y=Axis(label="expected cost", unit="a row"),
        lines=(
            Line(name="all rows", x=tuple(at.tolist()), y=tuple(cost)),
            Line(name="0.5", x=(0.5, 0.5), y=(0.0, max(cost)), role="harm"),
        ),
    )


def _remedy(subject: Subject, scored: Scored, cut: float) -> Remedy:
    positive = subject.classes[1]
    say = f"Say “{positive}” from a probability of {cut_text(cut)} on; choose the cut again when the costs change."
    return Remedy(
        say,
        {
            "scikit-learn": (
                "from sklearn.model_selection import FixedThresholdClassifier\n"
                f"model = FixedThresholdClassifier(model, threshold={cut:.6g}, pos_label={positive!r}).fit(x, y)"
            ),
            "Keras": f"flagged = model.predict(x)[:, 0] >= {cut:.6g}",
            "PyTorch": f"flagged = torch.sigmoid(model(x)) >= {cut:.6g}",
        },
    )
