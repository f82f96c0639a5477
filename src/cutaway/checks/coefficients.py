"""LOG002: the coefficients explained."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.facts import model_facts
from cutaway.checks.run.sentences import Told, interval, may_say, strongest, told, worded
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import points_text, ratio, signed, units
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.core.odds import odds

_CODE = {
    "statsmodels": "fitted = sm.Logit(y, sm.add_constant(x)).fit()\nfitted.get_margeff(dummy=True).summary()",
    "R": "fitted <- glm(y ~ ., binomial, data)\nexp(confint(fitted))\nmarginaleffects::avg_slopes(fitted)",
}


@check("LOG002", name="coefficients explained", asks="model", needs=("model",))
def coefficients(subject: Subject, *, most: int = 3) -> Iterator[Finding]:
    """What the strongest coefficients mean, in every form in which one is told.

    Why it matters: a coefficient is a difference of log-odds for one unit of a column, all others held equal. It is
    commonly told as something else: as a ratio of probabilities, as an effect, or as small because its unit is.

    What to do: tell the odds ratio with its interval and the change in probability, say what is held equal, and claim
    no effect.

    Null: no column has any association with the target. A coefficient is explained if |z| > 2 after Holm's correction
    over all coefficients, so on noise a tip appears on fewer than one table in twenty; it never makes an issue.

    Passed: No coefficient stands out from noise, so there is none to explain.

    Source: Bartus 2005 (average marginal effects); Zhang & Yu 1998 (odds ratios read as risk ratios); Greenland 1987
    (standardised risks); Norton & Dowd 2018 (what odds ratios do not say).

    Example: a column that shifts the log-odds fires; noise stays silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> belt, y = rng.integers(0, 2, 4000).astype(float), rng.random(4000)
    >>> [f.title for f in coefficients(fitted(y=(y < 0.2 + 0.3 * belt).astype(int), belt=belt))]
    ['belt = 1: odds of “1” 4.0 times (3.5 to 4.6) those of belt = 0, +30.2 points of probability on average']
    >>> list(coefficients(fitted(y=(y < 0.2).astype(int), belt=belt)))
    []
    """
    plain = subject.model
    assert plain is not None
    chosen = strongest(model_facts(subject, plain).coefficients, max(most, 8))
    shown = told(subject, plain, chosen)
    if not shown:
        return
    first = shown[0]
    worst = worded(subject, plain, first)
    yield Finding(
        title=_title(subject, first),
        severity="low",
        columns=tuple(t.coefficient.feature for t in shown[:most]),
        evidence={name: value for t in shown[:most] for name, value in _evidence(t)},
        detail=" ".join(may_say(subject, plain, t) for t in shown[:most]),
        figure=_forest(shown),
        remedy=Remedy(f"Do not say: “{worst.do_not_say}” {worst.why_not}", _CODE),
    )


def _title(subject: Subject, t: Told) -> str:
    c = t.coefficient
    whose = f"“{c.target_class or subject.classes[-1]}”"
    if c.target_class is not None and subject.model is not None:
        whose += f" rather than “{subject.classes[subject.model.reference or 0]}”"
    points = f"{'+' if t.points > 0 else '-'}{points_text(t.points)} of probability on average"
    times = f"{ratio(t.ratio)} times{interval(t)}"
    if c.level is None and not t.flag:
        return f"{units(t.step)} more of {c.feature}: odds of {whose} {times} as high, {points}"
    return f"{t.here}: odds of {whose} {times} those of {t.there}, {points}"


def _evidence(t: Told) -> Iterator[tuple[str, float]]:
    c = t.coefficient
    name = t.label
    yield f"log_odds_of_{name}", c.log_odds * t.step
    yield f"standard_error_of_{name}", c.se * t.step
    yield f"odds_ratio_of_{name}", t.ratio
    yield f"odds_ratio_low_of_{name}", t.low
    yield f"odds_ratio_high_of_{name}", t.high
    yield f"points_of_probability_of_{name}", 100 * t.points
    yield f"mean_probability_without_{name}", t.before
    yield f"mean_probability_with_{name}", t.after
    if math.isfinite(c.sd):
        yield f"odds_ratio_of_one_standard_deviation_of_{c.feature}", odds(c.log_odds_per_sd)


def _forest(shown: tuple[Told, ...]) -> Intervals:
    first = shown[0]
    return Intervals(
        alt=f"Odds ratios with 95 % intervals, strongest feature first: {first.label}, {ratio(first.ratio)}.",
        axis=Axis(label="odds ratio", scale="log"),
        labels=tuple(t.label for t in shown),
        centre=tuple(t.ratio for t in shown),
        low=tuple(t.low for t in shown),
        high=tuple(t.high for t in shown),
        null=1.0,
        notes=tuple(_note(t) for t in shown),
    )


def _note(t: Told) -> str:
    return f"log-odds {signed(t.coefficient.log_odds * t.step)}, {'+' if t.points > 0 else '-'}{points_text(t.points)}"
