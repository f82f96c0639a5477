"""DAT007: too few events for the number of coefficients."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy


@check("DAT007", name="few events", asks="model", needs=("model",))
def few_events(subject: Subject, *, min_events: float = 10.0, severe_events: float = 5.0) -> Iterator[Finding]:
    """The rarest class has too few rows for the coefficients that are fitted.

    Why it matters: with few events a coefficient, maximum likelihood overstates effects, finds separation where there
    is none, and scores its own rows far better than new ones.

    What to do: fewer columns, chosen without looking at the target; a penalty tuned by cross-validation or Firth's;
    more rows of the rare class.

    Null: none; events and coefficients are counted. Ten events a coefficient is the classic rule (Peduzzi and
    others); problems are common below five and rare between five and nine (Vittinghoff & McCulloch), so only below
    five is it an issue. The rule is crude (van Smeden and others), therefore the optimism, the area under ROC on the
    model's own rows less that out of fold, is measured beside it.

    Passed: The rarest class has enough rows for each coefficient.

    Source: Peduzzi et al. 1996; Vittinghoff & McCulloch 2007; van Smeden et al. 2016.

    Example: 20 rows a class and 8 columns fire; 2,000 rows stay silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> columns = {f"x{i}": rng.normal(size=40) for i in range(8)}
    >>> [f.title for f in few_events(fitted(y=[0, 1] * 20, **columns))]
    ['2.5 events for each of 8 coefficients']
    >>> list(few_events(fitted(y=[0, 1] * 1000, x=rng.normal(size=2000))))
    []
    """
    plain = subject.model
    assert plain is not None
    coefficients = len(plain.design.terms)
    rarest = int(subject.counts.argmin())
    each = float(subject.counts[rarest]) / coefficients
    if each >= min_events:
        return
    inside, outside = plain.in_sample_auc, plain.out_of_fold.auc
    yield Finding(
        title=f"{each:.1f} events for "
        + ("the only coefficient" if coefficients == 1 else f"each of {coefficients} coefficients"),
        severity="medium" if each < severe_events else "low",
        columns=(subject.target,),
        evidence={
            "rows_of_the_rarest_class": float(subject.counts[rarest]),
            "coefficients": float(coefficients),
            "events_a_coefficient": each,
            "auc_on_its_own_rows": inside,
            "auc_out_of_fold": outside,
            "optimism": inside - outside,
        },
        detail=(
            f"“{subject.classes[rarest]}” has {subject.counts[rarest]:,} rows. On the rows it was fitted on the "
            f"model reaches an area under ROC of {inside:.3f}, on "
            f"rows it has not seen {outside:.3f}."
        ),
        figure=Bars(
            alt=f"Area under ROC {inside:.3f} on the model's own rows and {outside:.3f} on unseen rows.",
            axis=Axis(label="area under ROC"),
            labels=("its own rows", "unseen rows"),
            values=(inside, outside),
            reference=0.5,
            reference_label="chance",
        ),
        remedy=Remedy(
            (
                "Fit fewer columns, or a penalised model whose strength is chosen by cross-validation; do not read "
                "single coefficients."
            ),
            {
                "scikit-learn": "LogisticRegressionCV(Cs=20, cv=5, scoring='neg_log_loss', max_iter=10_000)",
                "cutaway": "from cutaway import logit\nlogit.firth(x, y)",
            },
        ),
    )
