"""What may be said of a coefficient, and what people say instead: every coefficient can be put into words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.design import MISSING_LEVEL, OTHER_LEVEL
from cutaway.checks.run.model import Plain
from cutaway.checks.run.splits import carriers
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import is_flag, lower, percent, points_text, ratio, signed, units
from cutaway.core.audit import Coefficient, Sentences
from cutaway.core.odds import odds
from cutaway.core.wording import step_of
from cutaway.science.logit.risks import Change
from cutaway.science.metrics.rates import holm

TELLING = 5  # coefficients that a report puts into words
# Nobody who hears "about" tells two numbers apart that differ by less than a tenth; beyond it, an odds ratio read as a
# ratio of probabilities misleads.
NEAR = 0.1
RARE = 0.05  # below it 1 - p is within 5 % of 1, and odds p / (1 - p) within 5.3 % of p
TWICE = math.erfc(2 / math.sqrt(2))  # p-value of |z| = 2


@dataclass(frozen=True, slots=True)
class Told:
    """A coefficient over a step that can be pictured: odds ratio with interval, and mean probabilities.

    `before` and `after` are means over the rows of the predicted probability of the class without and with the step.
    """

    coefficient: Coefficient
    step: float  # units of the column; 1 for a level
    flag: bool  # a number that is only ever 0 or 1
    ratio: float
    low: float
    high: float
    before: float
    after: float
    carries: bool = False  # the column carries a separation

    @property
    def points(self) -> float:
        """What the step changes in the mean probability; the average marginal effect, for a level or a small step."""
        return self.after - self.before

    @property
    def risk_ratio(self) -> float:
        """The ratio of the mean probabilities."""
        return self.after / self.before if self.before > 0 else float("inf")

    @property
    def near(self) -> bool:
        """Whether odds ratio and ratio of probabilities agree within a tenth."""
        risk = self.risk_ratio
        return 0 < risk < math.inf and 0 < self.ratio < math.inf and abs(math.log(self.ratio / risk)) < math.log1p(NEAR)

    @property
    def here(self) -> str:
        """Where the step leads, as in "belt = none"."""
        c = self.coefficient
        if c.level == MISSING_LEVEL:
            return f"{c.feature} missing"
        if c.level == OTHER_LEVEL:
            return f"{c.feature} any rarer level"
        return f"{c.feature} = {1 if self.flag else c.level}"

    @property
    def there(self) -> str:
        """What it is compared with."""
        c = self.coefficient
        if c.level is None:
            return f"{c.feature} = 0"
        return f"a row of mean {c.feature}" if c.reference == "present" else f"{c.feature} = {c.reference}"

    @property
    def label(self) -> str:
        """A short name for a figure."""
        c = self.coefficient
        of = "" if c.target_class is None else f" ({c.target_class})"
        if c.level is None and not self.flag:
            return f"{c.feature}, {units(self.step)}{of}"
        return f"{self.here}{of}"


def strongest(coefficients: Iterable[Coefficient], most: int = TELLING) -> tuple[Coefficient, ...]:
    """The coefficients of largest |z|, one a feature, of those with |z| > 2 after Holm's correction over all.

    None is chosen whose estimate or error does not exist.
    """
    listed = list(coefficients)
    adjusted = holm([c.p_value for c in listed])
    found = [c for c, p in zip(listed, adjusted, strict=True) if p < TWICE and c.se > 0]
    found.sort(key=lambda c: -abs(c.log_odds / c.se))
    first: dict[str, Coefficient] = {}
    for c in found:
        first.setdefault(c.feature, c)
    return tuple(list(first.values())[:most])


def told(subject: Subject, plain: Plain, coefficients: Sequence[Coefficient]) -> tuple[Told, ...]:
    """The coefficients over their steps, with the mean probabilities that one pass over the rows gives."""
    place = {(t.feature, t.level): j for j, t in enumerate(plain.design.terms)}
    flags = {
        f.name for f in subject.features if f.distinct is not None and is_flag(f.distinct.complete, f.distinct.values)
    }
    separating = carriers(plain)
    changes, steps = [], []
    for c in coefficients:
        j = place[c.feature, c.level]
        step = step_of(c.sd) if c.level is None and c.feature not in flags else 1.0
        steps.append(step)
        changes.append(_change(plain, j, step, c.level is None and c.feature in flags))
    if not changes:
        return ()
    binary = plain.reference is None
    before, after = plain.risks(changes)
    out = []
    for i, (c, step) in enumerate(zip(coefficients, steps, strict=True)):
        k = 0 if binary else subject.classes.index(str(c.target_class))
        ends = [_power(c.ci_low, step), _power(c.ci_high, step)]
        out.append(
            Told(
                coefficient=c,
                step=step,
                flag=c.level is None and c.feature in flags,
                ratio=odds(c.log_odds * step),
                low=min(ends),
                high=max(ends),
                before=float(before[i, k]),
                after=float(after[i, k]),
                carries=place[c.feature, c.level] in separating,
            )
        )
    return tuple(out)


def sentences(subject: Subject, plain: Plain, coefficients: Sequence[Coefficient]) -> tuple[Sentences, ...]:
    """What may be said of each of these coefficients, what people say instead, and why that is wrong."""
    return tuple(worded(subject, plain, t) for t in told(subject, plain, coefficients))


def worded(subject: Subject, plain: Plain, t: Told) -> Sentences:
    """The sentences of one coefficient."""
    c = t.coefficient
    wrong, why = _wrong(subject, plain, t)
    return Sentences(
        feature=c.feature, level=c.level, may_say=may_say(subject, plain, t), do_not_say=wrong, why_not=why
    )


def may_say(subject: Subject, plain: Plain, t: Told) -> str:
    """One sentence that the model supports."""
    c = t.coefficient
    times = f"{ratio(t.ratio)} times{interval(t)}"
    odds = f"the odds of {_odds(subject, plain, c)}"
    if c.level is None and not t.flag:
        body = f"{units(t.step)} more of {c.feature} {'goes' if t.step == 1 else 'go'} with {odds} {times} as high"
    else:
        body = f"{odds} with {t.here} are {times} those with {t.there}"
        if c.reference == "present":
            body = f"{odds} with {t.here} are {times} those of {t.there}"
    of = f" of “{c.target_class}”" if c.target_class is not None else ""
    points = f"; on average that is {points_text(t.points)} of probability{of} {'more' if t.points > 0 else 'less'}"
    if not math.isfinite(t.points) or points_text(t.points).startswith("0 "):
        points = ""
    note = ""
    if "Firth" in plain.method:
        note = " (Firth's penalised likelihood)"
    elif plain.method != "maximum likelihood":
        note = " (shrunk by a ridge, as maximum likelihood has no estimate)"
    text = f"{_equal(plain, c.feature)}{body}{points}{note}."
    return text[0].upper() + text[1:]


def _wrong(subject: Subject, plain: Plain, t: Told) -> tuple[str, str]:
    """The sentence that people say instead, without its full stop, and why it is wrong."""
    c = t.coefficient
    label = f"“{c.target_class or subject.classes[-1]}”"
    number = c.level is None and not t.flag
    if t.carries:
        if number:
            return f"Beyond a value of {c.feature} the answer is certain.", _SPARSE.format(low=ratio(t.low))
        always = "always" if c.log_odds > 0 else "never"
        return f"With {t.here} it is {always} {label}.", _SPARSE.format(low=ratio(t.low if c.log_odds > 0 else t.high))
    if c.target_class is not None and c.log_odds * t.points < 0 and abs(t.points) >= 0.0005:
        likely = "more" if c.log_odds > 0 else "less"
        subject_of = f"{units(t.step)} more of {c.feature} make" if number else f"{t.here} makes"
        other = subject.classes[plain.reference or 0]
        return (
            f"{subject_of} {label} {likely} likely.",
            f"The coefficient compares {label} with “{other}” alone; over all classes the probability of {label} "
            f"{'falls' if t.points < 0 else 'rises'}, by {points_text(t.points)} on average.",
        )
    if number and t.step != 1 and abs(c.log_odds) < 0.1 and abs(c.log_odds_per_sd) >= 0.2:
        return (
            f"{c.feature} hardly matters, its coefficient is only {signed(c.log_odds)}.",
            f"That is for one unit. Over one standard deviation, {units(c.sd)}, the odds are multiplied by "
            f"{ratio(odds(c.log_odds_per_sd))}.",
        )
    return _as_probability(t, label, number) if not t.near else _as_effect(t, label, number)


_SPARSE = (
    "So it is in these rows, but they are too few to say so of others: maximum likelihood has no finite estimate here, "
    "and odds only {low} times those of the comparison are compatible with them."
)


def _as_probability(t: Told, label: str, number: bool) -> tuple[str, str]:
    """The odds ratio read as a ratio of probabilities."""
    c = t.coefficient
    where = f"{units(t.step)} more of {c.feature}" if number else t.here
    likely = f"{ratio(t.ratio)} times as likely" if t.ratio > 1 else lower(t.ratio)
    why = (
        f"Odds are not probabilities: the mean predicted probability goes from {percent(t.before)} to "
        f"{percent(t.after)}, {ratio(t.risk_ratio)} times. And it is an association, not what changing {c.feature} "
        f"would do."
    )
    return f"With {where}, {label} is {likely}.", why


def _as_effect(t: Told, label: str, number: bool) -> tuple[str, str]:
    """The association read as an effect, where the odds ratio may pass for a ratio of probabilities."""
    c = t.coefficient
    if number:
        act = f"Raising {c.feature} by {units(t.step)}"
    elif c.level == MISSING_LEVEL:
        act = f"Filling in {c.feature}"
    elif t.flag:
        act = f"Setting {c.feature} to 1"
    else:
        act = f"Changing {c.feature} from {c.reference} to {c.level}"
    if c.level == MISSING_LEVEL:
        does = f"would divide the odds of {label} by {ratio(t.ratio)}"
    else:
        does = f"multiplies the risk of {label} by {ratio(t.ratio)}"
    close = f"the ratio of odds ({ratio(t.ratio)}) is near the ratio of probabilities ({ratio(t.risk_ratio)})"
    if max(t.before, t.after) < RARE:
        why = f"{label} is rare ({percent(t.before)} against {percent(t.after)}), so {close}; but it is an association"
    else:
        why = f"Here {close}; but it is an association"
    return (
        f"{act} {does}.",
        f"{why}: what is not in the table may be behind it, and changing {c.feature} need not change it.",
    )


def _change(plain: Plain, j: int, step: float, flag: bool) -> Change:
    term = plain.design.terms[j]
    if flag:
        return Change(j, 1.0 / term.scale, (j,), ((0.0 - term.centre) / term.scale,))
    if term.kind == "number":
        return Change(j, step / term.scale)
    factor = next(f for f in plain.design.factors if j in f)
    return Change(j, 1.0, factor, (0.0,) * len(factor))


def _odds(subject: Subject, plain: Plain, c: Coefficient) -> str:
    if c.target_class is None:
        return f"“{subject.classes[-1]}”"
    return f"“{c.target_class}” rather than “{subject.classes[plain.reference or 0]}”"


def _equal(plain: Plain, feature: str) -> str:
    """What is held equal: the two strongest of the other features by name."""
    raw, se = plain.raw
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.nan_to_num(np.abs(raw[:, 1:] / se[:, 1:])).max(axis=0)
    others = {name: max(z[j] for j in columns) for name, columns in plain.design.groups.items() if name != feature}
    names = sorted(others, key=lambda name: -others[name])
    if not names:
        return ""
    if len(names) == 1:
        return f"at equal {names[0]}, "
    return (
        f"at equal {names[0]} and {names[1]}, "
        if len(names) == 2
        else f"at equal {names[0]}, {names[1]} and the rest, "
    )


def interval(t: Told) -> str:
    """The interval of a ratio, in brackets; nothing where both ends are beyond telling."""
    low, high = ratio(t.low), ratio(t.high)
    return "" if low == high else f" ({low} to {high})"


def _power(x: float, step: float) -> float:
    if x <= 0:
        return 0.0
    return odds(step * math.log(x)) if math.isfinite(x) else math.inf
