"""LOG004: a coefficient that only looks small, or large, because of its unit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.model import Plain
from cutaway.checks.run.sentences import TWICE
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import is_flag, plain_number, ratio, signed, units
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import step_of
from cutaway.science.metrics.rates import Z95, holm


@check("LOG004", name="unit of a coefficient", asks="model", needs=("model", "numbers"))
def unit(subject: Subject, *, wrong_order: float = 10.0, right_order: float = 2.0) -> Iterator[Finding]:
    """A number's coefficient looks small, or large, beside the others only because of the column's unit.

    Why it matters: a coefficient is the change of the log-odds for one unit. In dollars it is a thousandth of what it
    is in thousands of dollars, yet coefficients are listed in one column and compared by eye; a column is then dropped,
    or praised, for its unit.

    What to do: compare effects of one standard deviation, and tell an effect for a step of the column that someone can
    picture.

    Null: the order of the coefficients by size is the order of what the columns contribute. Two significant features
    (|z| > 2 after Holm's correction) are out of order if the one's coefficient is less than 1 / `wrong_order` of the
    other's, an order of magnitude, which no reader overlooks, while its contribution to the log-odds (the standard
    deviation over the rows of what it adds) is more than `right_order` times the other's, so that chance in the
    estimates cannot have made the order. The columns named are those whose standard deviation is not between a fifth of
    a unit and five units. It makes tips alone; on noise fewer than one table in twenty has a significant coefficient at
    all, and it takes two.

    Passed: The coefficients' sizes are in the order of what the columns contribute, within a factor of ten.

    Source: Gelman 2008 (scaling regression inputs); Menard 2004 (standardised logistic coefficients).

    Example: income in dollars beside a flag fires; income in standard deviations stays silent.

    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> income, flag = rng.normal(40_000, 15_000, 6000), rng.integers(0, 2, 6000).astype(float)
    >>> y = (rng.random(6000) < 1 / (1 + np.exp((40_000 - income) / 15_000 - 0.4 * flag))).astype(int)
    >>> [f.title for f in unit(fitted(y=y, income=income, flag=flag))]
    ['income looks small at -0.000067 a unit, but contributes more than any other column']
    >>> list(unit(fitted(y=y, income=(income - 40_000) / 15_000, flag=flag)))
    []
    """
    plain = subject.model
    assert plain is not None
    parts = _parts(subject, plain)
    small, large = _misread(parts, wrong_order, right_order)
    named = [*small, *(c for c in large if c not in small)]
    if not named:
        return
    named.sort(key=lambda c: -c.contribution)
    first = named[0]
    rank = sorted((c.contribution for c in parts), reverse=True).index(first.contribution)
    yield Finding(
        title=_title(first, first in small, rank, len(parts)),
        severity="low",
        columns=tuple(c.feature for c in named),
        evidence={
            name: value
            for c in named[:5]
            for name, value in (
                (f"log_odds_a_unit_of_{c.feature}", c.signed),
                (f"standard_deviation_of_{c.feature}", c.sd),
                (f"log_odds_a_standard_deviation_of_{c.feature}", c.signed * c.sd),
                (f"odds_ratio_a_standard_deviation_of_{c.feature}", float(np.exp(np.clip(c.signed * c.sd, -700, 700)))),
            )
        },
        detail=" ".join(_sentence(c, c in small, parts) for c in named[:3]),
        figure=_figure(parts, named),
        remedy=Remedy(
            "Compare effects of one standard deviation; tell each effect for a step that can be pictured, such as "
            + ", ".join(f"{units(_step(c))} of {c.feature}" for c in named[:3])
            + ". Predictions do not change.",
            {
                "scikit-learn": "make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, tol=1e-8))",
                "R": "glm(y ~ scale(x), binomial, data)",
            },
        ),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One significant feature in one class: its largest coefficient as listed, and what it contributes."""

    feature: str
    size: float  # largest |log-odds| of a unit, or of a level against the reference
    signed: float
    contribution: float  # standard deviation over the rows of what the feature adds to the log-odds
    sd: float  # of a number; 1 for flags and categories, which have no unit to choose
    low: float  # 95 % interval of the log-odds of one standard deviation
    high: float
    measured: bool  # a number that is not a flag


def _parts(subject: Subject, plain: Plain) -> list[Part]:
    """The significant features, each in the class in which it contributes most."""
    raw, errors = plain.raw
    p = len(plain.design.terms)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.abs(raw[:, 1:] / errors[:, 1:])
    adjusted = holm([math.erfc(v / math.sqrt(2)) for v in z.ravel()]).reshape(z.shape)
    covariance = _covariance(plain)
    found: dict[str, Part] = {}
    for m in range(len(raw)):
        for feature, columns in plain.design.groups.items():
            if not any(adjusted[m, j] < TWICE for j in columns):
                continue
            beta = np.zeros(p)
            beta[list(columns)] = np.nan_to_num(plain.params[m, [j + 1 for j in columns]])
            contribution = float(np.sqrt(max(beta @ covariance @ beta, 0.0)))
            known = subject.feature(feature)
            number = feature in subject.frame.numbers
            flag = number and known.distinct is not None and is_flag(known.distinct.complete, known.distinct.values)
            listed = [j for j in columns if plain.design.terms[j].kind == "number"] if number else list(columns)
            j = max(listed, key=lambda j: abs(np.nan_to_num(raw[m, j + 1])))
            if number and adjusted[m, j] >= TWICE:
                continue  # only its missing values matter, which have no unit
            b, sd = float(raw[m, j + 1]), plain.design.terms[j].scale
            reach = Z95 * float(errors[m, j + 1])
            part = Part(
                feature,
                abs(b),
                b,
                contribution,
                1.0 if flag else sd,
                (b - reach) * sd,
                (b + reach) * sd,
                number and not flag,
            )
            if feature not in found or found[feature].contribution < contribution:
                found[feature] = part
    return list(found.values())


def _covariance(plain: Plain) -> np.ndarray:
    """Covariance (p, p) over the rows of the design's columns."""
    place = {(t.feature, t.level): j + 1 for j, t in enumerate(plain.first_design.terms)}
    at = [place[t.feature, t.level] for t in plain.design.terms]
    rows = plain.products[0, 0]
    mean = plain.products[0, at] / rows
    return np.asarray(plain.products[np.ix_(at, at)] / rows - np.outer(mean, mean))


def _misread(parts: list[Part], wrong_order: float, right_order: float) -> tuple[list[Part], list[Part]]:
    """Features that look small, and that look large, for their unit alone."""
    small, large = [], []
    for j in parts:
        for k in parts:
            if j.size * wrong_order < k.size and j.contribution > right_order * k.contribution:
                if j.measured and j.sd > 5 and j not in small:
                    small.append(j)
                if k.measured and k.sd < 0.2 and k not in large:
                    large.append(k)
    return small, large


def _title(part: Part, small: bool, rank: int, of: int) -> str:
    if not small:
        return (
            f"{part.feature} looks large at {signed(part.signed)} a unit, but a unit is {plain_number(1 / part.sd, 2)} "
            f"standard deviations"
        )
    if rank == 0:
        more = "more than any other column"
    else:
        more = (
            f"more than {of - rank - 1} of the {of - 1} other columns that matter" if rank < of - 1 else "as others do"
        )
    return f"{part.feature} looks small at {signed(part.signed)} a unit, but contributes {more}"


def _sentence(part: Part, small: bool, parts: list[Part]) -> str:
    looks = "small" if small else "large"
    odds = ratio(float(np.exp(np.clip(part.signed * part.sd, -700, 700))))
    beyond = [
        k.feature
        for k in parts
        if (k.size > 10 * part.size) == small and (part.contribution > 2 * k.contribution) == small
    ]
    others = [f for f in beyond if f != part.feature][:3]
    than = f", {'more' if small else 'less'} than {', '.join(others)}" if others else ""
    return (
        f"{part.feature} looks {looks} because one unit is {plain_number(1 / part.sd, 2)} of its standard deviation "
        f"({units(part.sd)}); over "
        f"one standard deviation the odds are multiplied by {odds}{than}."
    )


def _step(part: Part) -> float:
    return step_of(part.sd)


def _figure(parts: list[Part], named: list[Part]) -> Intervals:
    """Log-odds of one standard deviation of the measured columns, with what is listed beside them."""
    shown = sorted((c for c in parts if c.measured), key=lambda c: -c.contribution)[:8]
    shown += [c for c in named if c not in shown]
    return Intervals(
        alt=(
            f"Log-odds of one standard deviation with 95 % intervals; {named[0].feature} is at "
            f"{signed(named[0].signed * named[0].sd)}."
        ),
        axis=Axis(label="log-odds", unit="a standard deviation"),
        labels=tuple(c.feature for c in shown),
        centre=tuple(c.signed * c.sd for c in shown),
        low=tuple(c.low for c in shown),
        high=tuple(c.high for c in shown),
        null=0.0,
        notes=tuple(f"{signed(c.signed)} a unit" for c in shown),
    )
