"""LOG003: what a library's default penalty, and its default tolerance, do to the coefficients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.design import MISSING_LEVEL
from cutaway.checks.run.model import Plain
from cutaway.checks.run.penalties import Codings, Moves, base_of, moved
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import plain_number, signed
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.science import logit
from cutaway.science.metrics.rates import Z95

TOLERANCE = 1e-4  # scikit-learn's tol: lbfgs stops when no component of the mean gradient exceeds it
_CODE = {
    "scikit-learn": (
        "model = make_pipeline(\n    StandardScaler(),\n"
        "    LogisticRegression(C=np.inf, solver='newton-cholesky', tol=1e-8),\n)\nmodel.fit(x, y)"
    ),
    "statsmodels": "sm.Logit(y, sm.add_constant(x)).fit()",
    "cutaway": "from cutaway import logit\nfitted = logit.fit(x, y)\nfitted.coef, fitted.intervals()",
}


@check("LOG003", name="default penalty", asks="model", needs=("model",))
def default_penalty(
    subject: Subject, *, max_move: float = 1.0, min_move: float = 0.5, min_events: float = 10.0
) -> Iterator[Finding]:
    """A library's default penalty moves or reverses coefficients, or its default tolerance stops the fit early.

    Why it matters: scikit-learn penalises the squared coefficients unless told otherwise, as a prior of standard
    deviation 1 for the log-odds of one unit of each column does. The result depends on the units, on which level is the
    reference, and with liblinear on where zero is; nothing in the output says so. Its lbfgs solver also stops at a
    gradient that says little about rare levels.

    What to do: to read coefficients, switch the penalty off and ask for a tight tolerance; to predict, standardise and
    choose the strength by cross-validation.

    Null: the penalty changes nothing that matters. It is an issue if a coefficient, or the contrast of two levels,
    moves by more than `max_move` standard errors (beyond one, the penalty's bias is more than half of the mean squared
    error) while the data reject the penalised fit (likelihood ratio above 3.84, the 5 % point for one coefficient), and
    there are `min_events` rows of the rarest class a coefficient; with fewer, maximum likelihood is itself too far off
    to judge by, a penalty may well do better, and a move beyond `max_move` makes a tip. With enough rows a tip begins
    at `min_move`, where the coverage of a 95 % interval around the penalised estimate falls below 92 %. liblinear has
    to be asked for by name: alone it makes a tip, and that where an issue would be made otherwise. On 1,200 simulated
    clean tables (60 to 4,000 rows, 1 to 60 columns) it made one issue, and tips on a fifth, most of them with fewer
    than ten rows of the rarest class a coefficient.

    Passed: No default penalty moves a coefficient by a visible part of its standard error.

    Source: scikit-learn user guide, section on logistic regression; Fan et al. 2008 (LIBLINEAR, section 2); Gelman et
    al. 2008 (units of a prior).

    Example: a column in a large unit, so that its coefficient is 40, fires; the same column standardised stays silent.

    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=4000)
    >>> y = (rng.random(4000) < 1 / (1 + np.exp(-0.8 * x))).astype(int)
    >>> [f.title for f in default_penalty(fitted(y=y, rate=x / 50))]
    ["scikit-learn's default penalty moves rate from +40.38 to +10.12 (15.8 standard errors)"]
    >>> list(default_penalty(fitted(y=y, rate=x)))
    []
    """
    plain = subject.model
    assert plain is not None
    base = base_of(subject, plain)
    codings = Codings(subject, plain)
    events = float(subject.counts.min()) / len(plain.design.terms)
    least = min_move if events >= min_events else max_move
    moves = moved(subject, plain, base, codings.variants, least)
    if any(not m.asked_for or (m.rejected and m.largest > max_move) for m in moves):
        # liblinear is nobody's default: it may make a tip, not an issue.
        moves.sort(key=lambda m: (m.asked_for, -(m.rejected and m.largest > max_move), -m.reversed_far, -m.largest))
        yield _finding(subject, plain, moves, max_move, events, min_events)
    if plain.fit.status == "converged":
        yield from _stopping(subject, plain, codings, max_move)


def _label(subject: Subject, plain: Plain, pair: np.ndarray, sign: float) -> str:
    """The contrast in words; `sign` is -1 if told the other way round."""
    m, a, b = (int(v) for v in pair)
    term = plain.design.terms[a - 1]
    of = "" if subject.binary else f" (of “{[c for k, c in enumerate(subject.classes) if k != plain.reference][m]}”)"
    if term.kind == "number":
        return f"{term.feature}{of}"
    if term.reference == "present":
        return f"{term.feature} missing{of}"
    other = plain.design.terms[b - 1].level if b else term.reference
    one, two = (term.level, other) if sign > 0 else (other, term.level)
    return f"{term.feature} {one} against {two}{of}"


def _told(subject: Subject, plain: Plain, moves: Moves, i: int) -> tuple[str, float, float, float]:
    """A contrast's label, its log-odds before and after for one unit of the column, and its standard error.

    A contrast of levels is told from the lower to the higher, so that a reversal reads from plus to minus.
    """
    term = plain.design.terms[int(moves.pairs[i, 1]) - 1]
    sign = -1.0 if term.kind == "level" and term.level != MISSING_LEVEL and moves.before[i] < 0 else 1.0
    unit = sign / term.scale
    return (
        _label(subject, plain, moves.pairs[i], sign),
        moves.before[i] * unit,
        moves.after[i] * unit,
        moves.se[i] / term.scale,
    )


def _finding(
    subject: Subject, plain: Plain, all_moves: list[Moves], max_move: float, events: float, min_events: float
) -> Finding:
    moves = all_moves[0]
    order = moves.order()
    worst = int(order[0])
    label, before, after, se = _told(subject, plain, moves, worst)
    grave = not moves.asked_for and moves.rejected and moves.largest > max_move and events >= min_events
    turned = before * after < 0
    who = "liblinear's penalised intercept" if moves.asked_for else "scikit-learn's default penalty"
    places = moves.order()[:4]
    features = dict.fromkeys(
        plain.design.terms[int(moves.pairs[i, 1]) - 1].feature for i in places if moves.size[i] > max_move / 2
    )
    why = ""
    if not grave and moves.largest > max_move and not moves.asked_for:
        why = (
            f" With {events:.1f} rows of the rarest class a coefficient, that estimate is itself uncertain, and a "
            f"penalty may predict better."
            if events < min_events
            else " The data do not rule the penalised fit out."
        )
    return Finding(
        title=f"{who} {'turns' if turned else 'moves'} {label} from {signed(before)} to {signed(after)} "
        f"({moves.size[worst]:.1f} standard errors)",
        severity="medium" if grave else "low",
        columns=tuple(features) or (plain.design.terms[int(moves.pairs[worst, 1]) - 1].feature,),
        evidence={
            "log_odds_without_the_penalty": before,
            "standard_error": se,
            "log_odds_penalised": after,
            "twice_the_loss_of_log_likelihood": moves.lost,
            "sign_changes_among_coefficients_and_contrasts": float((moves.turned & (moves.size > max_move / 2)).sum()),
            **{f"largest_move_in_standard_errors_{m.variant.key}": m.largest for m in all_moves},
        },
        detail=(
            f"Fully converged, {moves.variant.text}, C = 1, gives {signed(after)} where {plain.method} gives "
            f"{signed(before)} (95 % {signed(before - Z95 * se)} to {signed(before + Z95 * se)})."
            f"{_others(subject, plain, all_moves[1:], label)}{why}"
        ),
        figure=_figure(subject, plain, moves, places),
        remedy=Remedy(
            "To read coefficients, switch the penalty off; to predict, standardise and choose C by cross-validation. "
            "Say which was done.",
            _CODE,
        ),
    )


def _others(subject: Subject, plain: Plain, rest: list[Moves], label: str) -> str:
    """The worst of the other variants, one clause each, where it is another coefficient."""
    parts: dict[str, str] = {}
    for moves in rest:
        other, before, after, _ = _told(subject, plain, moves, int(moves.order()[0]))
        if other != label:
            parts.setdefault(other, f"{moves.variant.text}: {other} from {signed(before)} to {signed(after)}")
    return f" Also {'; '.join(list(parts.values())[:3])}." if parts else ""


def _figure(subject: Subject, plain: Plain, moves: Moves, places: np.ndarray) -> Intervals:
    """Maximum likelihood with its interval above the penalised value, for one standard deviation of a number."""
    rows: list[tuple[str, float, float, float]] = []
    for i in places:
        if moves.size[i] < 0.1:
            continue
        label, before, _, _ = _told(subject, plain, moves, int(i))
        sign = 1.0 if before * moves.before[i] > 0 else -1.0
        b, a, reach = sign * moves.before[i], sign * moves.after[i], Z95 * moves.se[i]
        rows += [(label, b, b - reach, b + reach), ("penalised", a, a, a)]
    return Intervals(
        alt=f"Log-odds with 95 % intervals by {plain.method}, and under the default penalty; {rows[0][0]} goes from "
        f"{signed(rows[0][1])} to {signed(rows[1][1])}.",
        axis=Axis(label="log-odds", unit="a standard deviation, or level against level"),
        labels=tuple(r[0] for r in rows),
        centre=tuple(float(r[1]) for r in rows),
        low=tuple(float(r[2]) for r in rows),
        high=tuple(float(r[3]) for r in rows),
        null=0.0,
    )


def _stopping(subject: Subject, plain: Plain, codings: Codings, max_move: float) -> Iterator[Finding]:
    """Where lbfgs without a penalty may stop by its default tolerance, on standardised columns."""
    if plain.reference is not None or np.isnan(plain.params).any():
        return
    mean, sd = codings.spread
    inward = np.diag(np.concatenate(([1.0], sd)))
    inward[0, 1:] = mean
    back = np.linalg.inv(inward @ codings.first @ codings.raw)
    hessian = back.T @ plain.fit.hessian @ back
    reach = logit.slack(hessian, float(plain.products[0, 0]), TOLERANCE)[1:] / sd
    coded = codings.first @ codings.raw
    se = np.sqrt(np.maximum(np.diag(coded @ plain.cov @ coded.T)[1:], 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(reach / se, posinf=0.0)
    worst = int(np.argmax(share))
    if share[worst] <= max_move:
        return
    term = plain.design.terms[worst]
    estimate = float((coded @ plain.params[0])[worst + 1])
    firsts = {new: places for places, new in codings.firsts}
    label = term.feature
    if term.kind != "number":
        lead = next((new for new, places in firsts.items() if worst + 1 in places), None)
        reference = term.reference if lead is None else plain.design.terms[lead - 1].level
        level = term.reference if lead == worst + 1 else term.level
        label = (
            f"{term.feature} missing" if term.reference == "present" else f"{term.feature} {level} against {reference}"
        )
    yield Finding(
        title=(
            f"At its default tolerance lbfgs may leave {label} {plain_number(float(reach[worst]), 2)} of log-odds from "
            f"its estimate"
        ),
        severity="low",
        columns=(term.feature,),
        evidence={
            "log_odds_by_maximum_likelihood": estimate,
            "standard_error": float(se[worst]),
            "largest_error_that_the_tolerance_allows": float(reach[worst]),
            "that_error_in_standard_errors": float(share[worst]),
            "coefficients_that_may_be_off_by_a_standard_error": float((share > 1).sum()),
        },
        detail=(
            f"scikit-learn's lbfgs stops when no component of the mean gradient exceeds {TOLERANCE:g}. On standardised "
            f"columns without a penalty, anything from {signed(estimate - float(reach[worst]))} to "
            f"{signed(estimate + float(reach[worst]))} can pass that test here, where the maximum is at "
            f"{signed(estimate)}, because few rows bear on it."
        ),
        remedy=Remedy("Ask for a tighter tolerance, or use a Newton solver.", {"scikit-learn": _TIGHT}),
    )


_TIGHT = (
    "LogisticRegression(C=np.inf, solver='newton-cholesky', tol=1e-8)\n"
    "LogisticRegression(C=np.inf, tol=1e-10, max_iter=100_000)"
)
