"""DEC007: two score columns compared on the same rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import plain_number
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science.metrics import holm, ranking_pair


@dataclass(frozen=True, slots=True)
class Gap:
    """One measure of both; `gap` > 0 where the second is better, with its standard error."""

    name: str
    first: float
    second: float
    gap: float
    se: float
    free: float  # degrees of freedom of the error

    @property
    def p_value(self) -> float:
        """Two-sided, by Student's t; 1 where the two agree in every row, NaN where undefined."""
        from scipy.special import stdtr

        if not self.se > 0:
            return 1.0 if self.gap == 0 else math.nan
        return 2 * float(stdtr(max(self.free, 1.0), -abs(self.gap) / self.se))

    @property
    def interval(self) -> tuple[float, float]:
        """95 %."""
        from scipy.special import stdtrit

        half = float(stdtrit(max(self.free, 1.0), 0.975)) * self.se
        return self.gap - half, self.gap + half


@check("DEC007", name="two scores", asks="scores", needs=("scores", "other scores"))
def two_scores(
    subject: Subject, *, alpha: float = 0.001, min_loss: float = 0.01, min_auc: float = 0.005
) -> Iterator[Finding]:
    """One of two score columns is better than the other on the same rows.

    Why it matters: two models judged on the same rows share most of their luck, so that the overlap of their separate
    intervals says little. Paired, a small difference shows; and a difference within chance is no reason to change.

    What to do: use the better one. Where it ranks better but has the higher loss, its order is right and its
    probabilities are not: calibrate it, then compare again. Where neither is better, take the simpler one.

    Null: the two are equally good. The log loss (the Brier score where a row scored exactly 0 or 1 makes it infinite)
    is compared row by row over all rows, the area under ROC by DeLong's covariance over up to 16,384 of them; both
    two-sided at 0.001 after Holm. An issue needs the second column to be better by more than 1 % of the loss or 0.005
    of the area, which is what another random start usually changes; less is a tip, and so is a better first column.
    In 2,000 simulated pairs of equally good scores of 200 to 20,000 rows the level was passed once.

    Passed: Neither of the two score columns is shown to be better than the other on these rows.

    Source: DeLong, DeLong & Clarke-Pearson 1988; Diebold & Mariano 1995 on differences of loss.

    Example: scores with less noise fire; the same scores stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> y = [0, 0, 1, 0, 1] * 200
    >>> good, poor = [0.1 + 0.8 * k for k in y], [0.3 + 0.3 * k for k in y]
    >>> [f.title for f in two_scores(scored(y=y, p=poor, other=good))]
    ['“other” is better than “p” on the same 1,000 rows: log loss 0.105 instead of 0.418']
    >>> list(two_scores(scored(y=y, p=good, other=good)))
    []
    """
    scored = subject.scored
    assert scored is not None and scored.other is not None
    gaps = [*_losses(scored), *_areas(scored)]
    if not gaps:
        raise NotApplicableError("no row has both scores")
    p = holm([g.p_value for g in gaps])
    shown = [g for g, chance in zip(gaps, p, strict=True) if chance < alpha or (g.se == 0 and g.gap != 0)]
    if not shown:
        return
    first, second = scored.name, scored.other.name
    main = shown[0]
    better, worse = (second, first) if main.gap > 0 else (first, second)
    values = (main.second, main.first) if main.gap > 0 else (main.first, main.second)
    torn = len({g.gap > 0 for g in shown}) > 1
    enough = any(g.gap > 0 and g.gap > (min_auc if g.name == "area under ROC" else min_loss * g.first) for g in shown)
    ranker = second if gaps[-1].gap > 0 else first
    rows = scored.sums.rows
    yield Finding(
        title=(
            f"“{better}” is better than “{worse}” on the same {rows:,} rows: {main.name} "
            f"{plain_number(values[0])} instead of {plain_number(values[1])}"
        ),
        severity="medium" if enough else "low",
        columns=(first, second),
        evidence={
            key: value
            for g in gaps
            for key, value in (
                (f"{_key(g)}_of_the_first", g.first),
                (f"{_key(g)}_of_the_second", g.second),
                (f"{_key(g)}_gained_by_the_second", g.gap),
                (f"{_key(g)}_gained_low", g.interval[0]),
                (f"{_key(g)}_gained_high", g.interval[1]),
                (f"{_key(g)}_p_value", g.p_value),
            )
        },
        detail=_detail(scored, shown, torn),
        figure=Intervals(
            alt=f"“{better}” is better in {main.name}: {plain_number(values[0])} against {plain_number(values[1])}.",
            axis=Axis(label=f"gained by “{second}”"),
            labels=tuple(g.name for g in gaps),
            centre=tuple(g.gap for g in gaps),
            low=tuple(g.interval[0] for g in gaps),
            high=tuple(g.interval[1] for g in gaps),
            null=0.0,
            notes=tuple(f"{plain_number(g.second)} against {plain_number(g.first)}" for g in gaps),
        ),
        remedy=Remedy(
            f"Calibrate “{ranker}”, which ranks better, and compare again."
            if torn
            else f"Use “{better}”, if it is known before the decision and costs no more to run.",
            {
                "cutaway": "from cutaway import metrics\n"
                f"pair = metrics.ranking_pair(y, table[{first!r}], table[{second!r}])\n"
                "pair.difference, pair.interval(), pair.p_value"
            },
        ),
    )


def _losses(scored: Scored) -> Iterator[Gap]:
    other, difference = scored.other, scored.difference
    assert other is not None and difference is not None
    if not difference.weight:
        return
    free = difference.weight**2 / difference.squares - 1
    mean, se = difference.mean_loss
    if all(map(math.isfinite, (mean, se, scored.log_loss, other.log_loss))):
        yield Gap("log loss", scored.log_loss, other.log_loss, mean, se, free)
    else:
        first, second = (sum(s.brier for s in one.by_class) for one in (scored, other))
        mean, se = difference.mean_distance
        yield Gap("Brier score", first, second, mean, se, free)


def _areas(scored: Scored) -> Iterator[Gap]:
    """The difference of the areas over all rows, with the error of the sampled ones, made smaller as rows are more."""
    other, sample = scored.other, scored.sample
    assert other is not None
    fewest = min(int((sample.y == 1).sum()), int((sample.y == 0).sum()))
    if not scored.binary or fewest < 2:
        return
    pair = ranking_pair(sample.y == 1, sample.logits, other.sample.logits)
    sums = scored.sums
    rows = sums.weight**2 / sums.squares
    se = pair.se * math.sqrt(min(sample.y.size / rows, 1.0) if rows else 1.0)
    gap = other.state.auc - scored.state.auc
    if sample.y.size >= sums.rows and sums.squares == sums.weight:
        gap = -pair.difference
    yield Gap("area under ROC", scored.state.auc, other.state.auc, gap, se, fewest - 1)


def _key(gap: Gap) -> str:
    return gap.name.replace(" ", "_").lower()


def _detail(scored: Scored, shown: list[Gap], torn: bool) -> str:
    assert scored.other is not None
    first, second = scored.name, scored.other.name
    told = []
    for g in shown:
        low, high = sorted((abs(g.interval[0]), abs(g.interval[1])))
        told.append(f"{g.name}: “{second if g.gap > 0 else first}” by {plain_number(low)} to {plain_number(high)}")
    text = f"Better, with 95 % intervals of the paired difference: {'; '.join(told)}."
    if torn:
        text += " The one that ranks better states the worse probabilities: it is miscalibrated, not useless."
    return text
