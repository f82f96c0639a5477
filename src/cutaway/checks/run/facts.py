"""The plain model as a report shows it: coefficients in the user's own units, how they were made, and what may be
said of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.design import FEWEST_MISSING, MOST_LEVELS, OTHER_LEVEL
from cutaway.checks.run.model import Plain
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.weightlike import weight_like
from cutaway.core.audit import Coefficient, Model
from cutaway.core.odds import odds
from cutaway.science.metrics.rates import Z95


def model_facts(subject: Subject, plain: Plain) -> Model:
    """What a report shows of the model, in the user's own units."""
    binary = subject.binary
    judged = plain.out_of_fold
    recall = precision = None
    if binary:
        histogram = judged.against_rest[0]
        false, true = histogram.above(0.0)
        recall = true / histogram.positives if histogram.positives else None
        precision = true / (true + false) if true + false else None
    raw, se = plain.raw
    names = [subject.classes[k] for k in range(len(subject.classes)) if k != (plain.reference if not binary else 0)]
    robust = subject.frame.weight is not None and plain.method == "maximum likelihood" and binary
    shares = subject.survey.class_weights / subject.survey.class_weights.sum()
    return Model(
        kind="logistic" if binary else "multinomial logistic",
        method=plain.method,
        interval_method="profile likelihood"
        if plain.profile is not None
        else "robust (sandwich)"
        if robust
        else "Wald",
        rows=plain.rows,
        coefficients=tuple(_coefficients(subject, plain, names)),
        intercepts={name: (float(raw[m, 0]), float(se[m, 0])) for m, name in enumerate(names)},
        set_aside={
            **subject.set_aside,
            **{f: f"is determined by {', '.join(by) or 'the intercept'}" for f, by in plain.redundant.items()},
        },
        treatments=tuple(_treatments(subject, plain)),
        folds=len(plain.fold_params),
        auc=judged.auc_bounds,
        auc_interval=judged.against_rest[0].auc_interval() if binary else None,
        accuracy=judged.accuracy,
        constant_accuracy=float(shares.max()),
        recall_at_half=recall,
        precision_at_half=precision,
    )


def _coefficients(subject: Subject, plain: Plain, names: list[str]) -> Iterator[Coefficient]:
    raw, se = plain.raw
    for m, name in enumerate(names):
        for j, term in enumerate(plain.design.terms):
            b, s = float(raw[m, j + 1]), float(se[m, j + 1])
            low, high = b - Z95 * s, b + Z95 * s
            if plain.profile is not None:
                low, high = (float(v) / term.scale for v in plain.profile[j + 1])
            number = term.kind == "number"
            sd = term.scale if number else float("nan")
            dummy = number and subject.feature(term.feature).flag
            effect = float(plain.effects[m, j])
            yield Coefficient(
                feature=term.feature,
                level=term.level,
                reference=term.reference,
                target_class=None if subject.binary else name,
                log_odds=b,
                se=s,
                odds_ratio=odds(b),
                ci_low=odds(low),
                ci_high=odds(high),
                ame=effect if dummy else effect / term.scale,
                p_value=_p_value(b, s),
                sd=sd,
                log_odds_per_sd=b * sd,
            )


def _p_value(b: float, se: float) -> float:
    return math.erfc(abs(b / se) / math.sqrt(2)) if se > 0 else float("nan")


def _treatments(subject: Subject, plain: Plain) -> Iterator[str]:
    design = plain.design
    kinds = [t.kind for t in design.terms]
    if "level" in kinds:
        yield "Each category is compared with its most frequent level (one column a level, none for the reference)."
    if any(t.level == OTHER_LEVEL for t in design.terms):
        pooled = sorted({t.feature for t in design.terms if t.level == OTHER_LEVEL})
        yield f"Levels beyond the {MOST_LEVELS} most frequent are pooled as “{OTHER_LEVEL}” in {', '.join(pooled)}."
    filled = sorted({t.feature for t in design.terms if t.kind == "missing" and t.feature in subject.frame.numbers})
    if filled:
        yield (
            f"Missing values of {', '.join(filled)} are filled with the mean, beside a column that says where "
            f"they were missing."
        )
    if design.required:
        yield (
            f"{plain.left_out:,} {'row is' if plain.left_out == 1 else 'rows are'} left out of the model, "
            f"because a value of {', '.join(design.required)} is missing "
            f"in fewer than {FEWEST_MISSING} rows, too few for a coefficient of their own."
        )
    yield "Numbers are standardised for the computation; every coefficient is given for one unit of the column itself."
    yield (
        f"Scores are out of fold: {len(plain.fold_params)} folds drawn by row, each row scored by a fit that "
        f"has not seen it."
    )


def notes(subject: Subject) -> tuple[str, ...]:
    """Remarks that belong to no check: columns that look like sampling weights, cells read as missing."""
    return (*_weight_notes(subject), *(f"{spec.name}: {spec.note}" for spec in subject.frame.specs if spec.note))


def _weight_notes(subject: Subject) -> Iterator[str]:
    if subject.frame.weight is not None:
        return
    for feature in filter(weight_like, subject.features):
        yield (
            f"{feature.name} looks like a sampling weight (its name, and a spread of {feature.sd / feature.mean:.1f} "
            f"times its mean) and was used as a feature, not as a weight. If it is one, run again with --weight "
            f"{feature.name}."
        )
