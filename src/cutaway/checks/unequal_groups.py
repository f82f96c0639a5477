"""DEC009: groups that the decisions treat differently."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import add

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import Counts, Rate, holm, newcombe, newcombe_p

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate of one group, beside the same rate of all others."""

    rate: str
    group: str
    mine: tuple[float, float]  # effective successes and trials
    others: tuple[float, float]
    better: str  # "high", "low" or neither

    @property
    def gap(self) -> float:
        """The group's rate less that of the others."""
        return self.mine[0] / self.mine[1] - self.others[0] / self.others[1]

    @property
    def size(self) -> tuple[float, bool]:
        """How large the gap is; of equal ones, as of two groups, that to the group's harm first."""
        return round(abs(self.gap), 12), (self.gap > 0) == (self.better == "low")


@check("DEC009", name="unequal groups", asks="scores", needs=("scores", "groups"))
def unequal_groups(subject: Subject, *, tolerance: float = 0.05, alpha: float = 0.001) -> Iterator[Finding]:
    """A rate of one group differs from that of all others by more than the tolerance.

    Why it matters: the same cut may miss more of the sick in one group, or alarm more of the healthy. The mean over
    all rows does not show it, and where the group is a protected one it may be against the law.

    What to do: look first at the group's data (fewer rows, other features missing, other labellers), then at the
    model. Groups whose base rates differ cannot have recall, false-alarm rate and precision equal at once: decide
    which of them is owed to people, and say so.

    Null: the rate of the group and of the rows outside it differ by no more than the tolerance, five percentage
    points: one in twenty of those concerned. The whole of Newcombe's interval must lie outside it, at a level of 0.001
    after Holm over groups and rates. Small groups have wide intervals and stay silent. Issue: recall, false-alarm rate,
    precision; of several classes the recall of each. Tip: the share selected, which may differ because the groups do.
    In 3,000 simulated tables of 300 to 20,000 rows and 2 to 8 groups, half of them with equal rates and half with one
    group exactly at the tolerance, it fired in none. A recall of 60 % instead of 80 % is found 6 times in 10 from 200
    positives of the group and 99 times in 100 from 500, among eight comparisons.

    Passed: No rate of a group is shown to differ from that of the others by more than the tolerance.

    Source: Newcombe 1998, method 10; Holm 1979; Hardt, Price & Srebro 2016; Chouldechova 2017 on what cannot be had.

    Example: a group in which half of the positives are missed fires; equal groups stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> y, p = [0] * 500 + [1] * 500, [0.1] * 500 + [0.9] * 500
    >>> group = ["a", "b"] * 500
    >>> list(unequal_groups(scored(y=y, p=p, group=group, asked={"group": "group"})))
    []
    >>> p = [0.1 if k == 1 and g == "b" and i % 4 == 1 else q for i, (k, g, q) in enumerate(zip(y, group, p))]
    >>> [f.title for f in unequal_groups(scored(y=y, p=p, group=group, asked={"group": "group"}))][0]
    'Recall is 50 % where group is “b”, and 100 % elsewhere'
    """
    scored = subject.scored
    assert scored is not None
    column = subject.frame.roles.group or "group"
    differences = list(_differences(scored))
    if len(scored.groups) < 2:
        raise NotApplicableError(f"{column} has a single value among the scored rows")
    p = holm([newcombe_p(*d.mine, *d.others, tolerance) for d in differences])
    clear = [d for d, chance in zip(differences, p, strict=True) if chance < alpha]
    for rate in dict.fromkeys(d.rate for d in differences):
        mine = [d for d in clear if d.rate == rate]
        if mine:
            yield _finding(subject, scored, column, mine, [d for d in differences if d.rate == rate])


def _rates(scored: Scored) -> Iterator[tuple[str, Rate, int]]:
    """Name, rate, and the class that counts as positive."""
    if scored.binary:
        for rate in (metrics.recall, metrics.false_alarm_rate, metrics.precision, metrics.selection_rate):
            yield rate.name.replace("_", " "), rate, 1
    else:
        for k, name in enumerate(scored.classes):
            yield f"recall of “{name}”", metrics.recall, k


def _differences(scored: Scored) -> Iterator[Difference]:
    """Every rate of every group for which it is defined inside and outside of the group."""
    names, counts = list(scored.groups), [group.counts for group in scored.groups.values()]
    zero = Counts.zero(len(scored.classes))
    before = list(accumulate(counts, add, initial=zero))
    after = list(accumulate(reversed(counts), add, initial=zero))[::-1]
    for label, rate, k in _rates(scored):
        for i, name in enumerate(names):
            mine, others = (
                rate.effective(counts[i].against_rest(k)),
                rate.effective((before[i] + after[i + 1]).against_rest(k)),
            )
            if mine[1] and others[1]:
                yield Difference(label, name, mine, others, rate.better)


def _finding(
    subject: Subject, scored: Scored, column: str, clear: list[Difference], every: list[Difference]
) -> Finding:
    worst = max(clear, key=lambda d: d.size)
    mine, others = worst.mine[0] / worst.mine[1], worst.others[0] / worst.others[1]
    low, high = newcombe(*worst.mine, *worst.others)
    shown = sorted(every, key=lambda d: -abs(d.gap))[:SHOWN]
    ends = [metrics.wilson(*d.mine) for d in shown]
    name = worst.rate[0].upper() + worst.rate[1:]
    base = [_base_rate(scored, d.group) for d in shown]
    apart = max(base) - min(base) if scored.binary else math.nan
    return Finding(
        title=f"{name} is {percent(mine)} where {column} is “{worst.group}”, and {percent(others)} elsewhere",
        severity="low" if worst.rate == "selection rate" else "medium",
        columns=(column,),
        evidence={
            f"{worst.rate}_in_the_group".replace(" ", "_"): mine,
            f"{worst.rate}_elsewhere".replace(" ", "_"): others,
            "difference": worst.gap,
            "difference_low": low,
            "difference_high": high,
            "rows_it_is_a_fraction_of_in_the_group": worst.mine[1],
            "groups_outside_the_tolerance": float(len(clear)),
        },
        detail=(
            f"Judged: {scored.name}, {'cut at 0.5' if scored.binary else 'the most probable class'}. The difference "
            f"lies between {100 * low:+.1f} and {100 * high:+.1f} points (Newcombe's interval)."
            + (
                f" The base rates of the groups shown lie up to {100 * apart:.1f} points apart, so that not all rates "
                "can be equal at once."
                if apart > 0.05
                else ""
            )
        ),
        figure=Intervals(
            alt=f"{name} by {column}: {percent(mine)} for “{worst.group}”, {percent(others)} for all others.",
            axis=Axis(label=worst.rate),
            labels=tuple(d.group for d in shown),
            centre=tuple(d.mine[0] / d.mine[1] for d in shown),
            low=tuple(low for low, _ in ends),
            high=tuple(high for _, high in ends),
            null=others,
            notes=tuple(f"of {d.mine[1]:,.0f}" for d in shown),
        ),
        remedy=Remedy(
            f"Compare the data of “{worst.group}” with the rest before the model: how many rows, what is missing, who "
            "gave the labels. Then decide which rate is owed to every group, and measure that one.",
            {
                "cutaway": "from cutaway import metrics\n"
                f"mine = table[{column!r}] == {worst.group!r}\n"
                "metrics.recall.interval(metrics.counts(y[mine], pred[mine]))"
            },
        ),
    )


def _base_rate(scored: Scored, group: str) -> float:
    return metrics.prevalence.of(scored.groups[group].counts) if scored.binary else math.nan
