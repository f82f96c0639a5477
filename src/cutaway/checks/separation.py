"""LOG001: separation, under which maximum likelihood has no finite estimate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.design import Term
from cutaway.checks.run.model import Plain
from cutaway.checks.run.splits import Side, sides_of, splits_of
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import plain_number, ratio, signed
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.science.logit.chance import Beyond, combination_chance
from cutaway.science.metrics.rates import Z95

_CODE = {
    "cutaway": "from cutaway import logit\nfitted = logit.firth(x, y)\nfitted.params, fitted.intervals()",
    "R": "logistf::logistf(y ~ ., data)",
}


@check("LOG001", name="separation", asks="model", needs=("model",))
def separation(subject: Subject, *, alpha: float = 0.001, min_events: float = 10.0) -> Iterator[Finding]:
    """A column or a combination of columns decides the class of some rows, so that the likelihood has no maximum.

    Why it matters: the coefficient that fits best is infinite. Software stops somewhere and returns that: a huge
    log-odds with a standard error a hundred times larger, a p-value near 1 for the column that decides most, or a
    number of the default penalty's own making. Few warn, and fewer name the column.

    What to do: ask first whether the column would be known at prediction (if not, it leaks). If it stays, use Firth's
    penalised likelihood, which has a finite estimate for any data, with its interval; merge rare levels; do not drop
    the column for its p-value.

    Null: labels that do not depend on the column. Separation itself is a certified fact and no estimate: a pass counts
    no row on the wrong side. Yet a level of a few rows is often of one class by chance. It is an issue only if labels
    drawn at random would do the same with probability below `alpha`, corrected for columns, cut points and classes
    (Bonferroni; an exact count of arrangements for one column, Cover's count of dichotomies for a combination), and a
    tip otherwise. A combination must also have `min_events` rows of the rarest class a coefficient: with fewer, an
    ordinary association is enough to separate (Candès & Sur). On 1,200 simulated
    clean tables (60 to 4,000 rows, 1 to 60 columns, half of them with real effects) it made three issues, each of a
    level that a strong real effect had left with one class, and tips on a fifth; without effects, no issue.

    Passed: Maximum likelihood has a finite estimate for every coefficient.

    Source: Albert & Anderson 1984; Santner & Duffy 1986; Heinze & Schemper 2002; Cover 1965;
    Candès & Sur 2020.

    Example: a flag that is up in 30 rows, all of them positive, fires; with one of them negative it stays silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> y, x = (rng.random(2000) < 0.2).astype(int), rng.normal(size=2000)
    >>> flag = np.zeros(2000)
    >>> flag[np.flatnonzero(y)[:30]] = 1
    >>> [f.title for f in separation(fitted(y=y, x=x, flag=flag))]
    ['All 30 rows with flag = 1 are “1”: maximum likelihood has no finite estimate for flag']
    >>> flag[np.flatnonzero(y == 0)[0]] = 1
    >>> list(separation(fitted(y=y, x=x, flag=flag)))
    []
    """
    plain = subject.model
    assert plain is not None
    if plain.fit.status == "not converged":
        yield _unsettled(subject, plain)
    found = plain.fit.separation
    splits = splits_of(plain)
    if not splits:
        if found is not None:
            yield _combined(subject, plain, found, alpha, min_events)
        return
    sides = sides_of(subject, plain, splits)
    by_chance = []
    for feature in dict.fromkeys(s.term.feature for s in sides):
        mine = sorted((s for s in sides if s.term.feature == feature), key=lambda s: s.chance)
        if mine[0].chance < alpha:
            yield _alone(subject, plain, mine)
        else:
            by_chance += mine
    if by_chance:
        yield _small(subject, plain, by_chance)
    if found is not None and found.kind == "complete" and not any(s.complete for s in sides):
        yield _combined(subject, plain, found, alpha, min_events)


def _alone(subject: Subject, plain: Plain, sides: list[Side]) -> Finding:
    """One feature that separates by itself, beyond chance."""
    first = sides[0]
    feature = first.term.feature
    others = [s.text for s in sides[1:6]]
    more = f" Also: {'; '.join(others)}." if others else ""
    fitted, evidence = _estimate(subject, plain, first)
    return Finding(
        title=f"{first.text}: maximum likelihood has no finite estimate for {feature}",
        severity="high" if first.complete else "medium",
        columns=(feature,),
        evidence={
            "rows_decided": float(first.counted),
            "share_of_rows": first.counted / first.rows,
            "rows_of_the_class": float(first.members),
            "p_value_by_chance": first.chance,
            **evidence,
        },
        detail=(
            f"{'Complete' if first.complete else 'Quasi-complete'} separation.{more} {_silence(plain, first)}{fitted}"
        ),
        figure=_bars(subject, first),
        remedy=_remedy(subject, feature),
    )


def _small(subject: Subject, plain: Plain, sides: list[Side]) -> Finding:
    """Levels of so few rows that chance would make them pure."""
    sides = sorted(sides, key=lambda s: -s.counted)
    first = sides[0]
    features = tuple(dict.fromkeys(s.term.feature for s in sides))
    n = len(sides)
    fitted, evidence = _estimate(subject, plain, first)
    title = f"{first.text}: so few that chance may do it, but maximum likelihood has no finite estimate for it"
    if n > 1:
        title = f"{n} coefficients have no finite estimate, as their rows are few and of one class: {_and(features)}"
    return Finding(
        title=title,
        severity="low",
        columns=features,
        evidence={"coefficients_without_estimate": float(n), "most_rows_decided": float(first.counted), **evidence},
        detail=(
            f"Quasi-complete separation in small groups. "
            f"{'; '.join(s.text for s in sides[:6])}{' …' if n > 6 else ''}. {_silence(plain, first)}{fitted}"
        ),
        remedy=Remedy(
            "Merge these levels with others of like meaning, leave them out, or use Firth's penalised likelihood; read "
            "nothing into their coefficients.",
            _CODE if subject.binary else {},
        ),
    )


def _combined(subject: Subject, plain: Plain, found: Any, alpha: float, min_events: float) -> Finding:
    """Several columns that separate together, certified by a pass."""
    terms = [plain.design.terms[j] for j in found.columns]
    features = tuple(dict.fromkeys(t.feature for t in terms))
    coefficients = len(plain.design.terms) + 1
    smallest = int(subject.counts.min())
    evidence = {"rows_ranked_right": float(found.strict_rows), "share_of_rows": found.strict_rows / found.rows}
    if subject.binary:
        beyond: Beyond = plain.fold(partial(Beyond.of, directions=found.direction, tolerance=1e-8))
        share = float(beyond.counts[1] / beyond.counts.sum())
        inside, outside = int(beyond.above[0, 1]), int(beyond.below[0, 0])
        chance = combination_chance(inside, outside, share, coefficients)
        evidence |= {f"rows_of_{subject.classes[1]}": float(inside), f"rows_of_{subject.classes[0]}": float(outside)}
    else:
        chance = combination_chance(smallest, smallest, 0.5, coefficients)
    evidence["p_value_by_chance"] = chance
    complete = found.kind == "complete"
    low = chance >= alpha or smallest < min_events * coefficients
    what = (
        f"all {found.rows:,} rows" if complete else f"{found.strict_rows:,} of {found.rows:,} rows, and no row wrongly"
    )
    which = f"Together, {_and(features)}" if len(features) > 1 else f"The levels and values of {features[0]} together"
    why = ""
    if low:
        why = (
            f" {coefficients} coefficients on {smallest:,} rows of the rarest class leave room for that without any "
            "fault in the data."
        )
    return Finding(
        title=f"{which} rank {what}: maximum likelihood has no finite estimate",
        severity="low" if low else "high" if complete else "medium",
        columns=features,
        evidence=evidence,
        detail=(
            f"{'Complete' if complete else 'Quasi-complete'} separation by a combination, certified by a pass over the "
            f"rows: {_direction(found, terms, subject, plain)}.{why} {_silence(plain, None)}"
        ),
        remedy=_remedy(subject, _and(features)),
    )


def _direction(found: Any, terms: list[Term], subject: Subject, plain: Plain) -> str:
    """The certified combination on the user's own columns, its largest coefficient being 1."""
    if not subject.binary:
        return f"a direction in {', '.join(t.label for t in terms[:8])}{' …' if len(terms) > 8 else ''}"
    weights = np.array([found.direction[0, j + 1] / plain.design.terms[j].scale for j in found.columns])
    sds = np.array([plain.design.terms[j].scale for j in found.columns])
    order = np.argsort(-np.abs(weights * sds))
    weights = weights / np.abs(weights[order[0]])
    parts = [f"{signed(float(weights[i]))} × {terms[i].label}" for i in order[:6]]
    return f"{' '.join(parts)}{' …' if len(terms) > 6 else ''} parts the classes"


def _estimate(subject: Subject, plain: Plain, side: Side) -> tuple[str, dict[str, float]]:
    """The shown, finite estimate of a separating column, in words and as evidence."""
    raw, errors = plain.raw
    row = 0
    if not subject.binary:
        rest = [k for k in range(len(subject.classes)) if k != plain.reference]
        if side.target_class not in rest:
            return "", {}
        row = rest.index(side.target_class)
    b, se = float(raw[row, side.column + 1]), float(errors[row, side.column + 1])
    if not np.isfinite(b) or not np.isfinite(se):
        return "", {}
    low, high = b - Z95 * se, b + Z95 * se
    by = (
        "Firth's penalised likelihood"
        if "Firth" in plain.method
        else "A ridge"
        if "ridge" in plain.method
        else "The fit"
    )
    a_unit = " a unit" if side.term.kind == "number" else ""
    text = f" {by} gives log-odds of {signed(b)}{a_unit} (95 % {signed(low)} to {signed(high)})"
    if side.term.kind != "number" or side.term.scale < 1:
        text += f", odds {ratio(float(np.exp(min(b, 700.0))))} times"
    return text + ".", {"log_odds_shown": b, "log_odds_low": low, "log_odds_high": high}


def _silence(plain: Plain, side: Side | None) -> str:
    """What libraries return, with where the iteration stood."""
    stood = ""
    if side is not None:
        fit = plain.fit
        params = np.atleast_2d(fit.params)
        errors = np.sqrt(np.maximum(np.nan_to_num(np.diag(fit.cov)), 0.0)).reshape(params.shape)
        j = side.column + 1
        row = int(np.argmax(np.abs(np.nan_to_num(params[:, j]))))
        b, se = params[row, j] / side.term.scale, errors[row, j] / side.term.scale
        if np.isfinite(b) and se > 0:
            stood = (
                f" (after {fit.iterations} passes it stood at {signed(float(b))}, standard error "
                f"{plain_number(float(se))})"
            )
    return (
        f"The likelihood rises for ever{stood}; libraries stop on the way and return a huge coefficient with a huger "
        f"standard "
        "error, or whatever their penalty makes of it, mostly without a word."
    )


def _remedy(subject: Subject, what: str) -> Remedy:
    ask = f"Ask whether {what} would be known at prediction; if not, leave it out. Otherwise use "
    if subject.binary:
        return Remedy(ask + "Firth's penalised likelihood, as the coefficients of this report do.", _CODE)
    return Remedy(
        ask
        + "a penalty on purpose and say so, as this report does, or Firth's penalised likelihood of one class against "
        "the rest.",
        {
            "cutaway": "from cutaway import logit\nfitted = logit.firth(x, (y == k).astype(int))",
            "R": "brglm2::brmultinom(y ~ ., data)",
        },
    )


def _bars(subject: Subject, side: Side) -> Bars:
    """The share of the class on the two sides of the split."""
    name = subject.classes[side.target_class]
    rest = side.rows - side.inside
    others = (side.members - side.inside) / rest if rest else 0.0
    if side.inside:
        labels, values = ("decided", "all other rows"), (1.0, others)
    else:
        free = side.rows - side.outside
        labels, values = ("decided", "all other rows"), (0.0, side.members / free if free else 0.0)
    return Bars(
        alt=f"{side.text}; of all other rows {values[1]:.1%} are “{name}”.",
        axis=Axis(label=f"share of “{name}”"),
        labels=labels,
        values=values,
        harmful=(True, False),
    )


def _unsettled(subject: Subject, plain: Plain) -> Finding:
    """A fit that neither converged nor was shown to be separated."""
    params = np.atleast_2d(plain.fit.params)[:, 1:]
    worst = int(np.argmax(np.abs(np.nan_to_num(params)).max(axis=0)))
    feature = plain.design.terms[worst].feature
    return Finding(
        title=(
            f"Maximum likelihood did not settle in {plain.fit.iterations} passes; the largest coefficient is that of "
            f"{feature}"
        ),
        severity="low",
        columns=(feature,),
        evidence={
            "passes": float(plain.fit.iterations),
            "largest_log_odds_a_standard_deviation": float(np.nanmax(np.abs(params))),
        },
        detail="No separation could be certified, so it is not known whether a finite estimate exists.",
        remedy=Remedy(
            "Read the coefficients with care; look for columns that nearly decide the target, or that nearly determine "
            "one another."
        ),
    )


def _and(names: tuple[str, ...]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more columns"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 2 else names)
