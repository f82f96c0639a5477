"""DAT002: a column so heavy-tailed that its variance, or its mean, does not exist."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, Remedy
from cutaway.science import tails

_DRAWN = 60  # points of the picture
_AGAINST = 0.02  # of straight lines as many have so small a p-value, and Clauset's 0.1 is met by one in ten


@check("DAT002", name="heavy tail", asks="table", needs=("numbers",))
def heavy_tail(subject: Subject, *, level: float = 0.01) -> Iterator[Finding]:
    """A column's tail falls so slowly that the variance, or even the mean, does not exist.

    Why it matters: with a tail index α ≤ 2 the sample variance grows for ever and with α ≤ 1 the sample mean never
    settles, so that standardising divides by whatever the largest value happens to be, and mean ± 2 standard errors
    covers nothing. One row can hold most of the column's sum.

    What to do: describe the column by its median and quantiles; give models its rank, its logarithm or a clipped
    copy; use robust scaling; do not average it.

    Null: the variance exists. It is refuted only when a power law fits the tail beyond a threshold that the data
    choose (a generalised Pareto law by maximum likelihood), a log-normal column fits it clearly worse, and the whole
    interval of α lies at or below 2. In simulations from normal, log-normal (σ up to 1.5), Student t with 5 degrees
    of freedom, exponential, uniform, gamma and count columns, of 200 to 1,000,000 rows, 1 of 2,880
    log-normal columns with σ = 1.5 was called heavy, and none of 750 of each other law.

    Beside it stands the power law that is a straight line on log axes above the threshold at which it fits best, with
    an interval that pays for that choice, and how often data drawn from it fit as badly. It decides nothing: a tail may
    be heavy and not yet straight.

    Passed: No column's tail refutes a finite variance.

    Source: Clauset, Shalizi & Newman 2009; Coles 2001, chapter 4, for the generalised Pareto law.

    Example: Cauchy values fire, normal ones stay silent.

    >>> from cutaway.checks.run.example import table
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 20_000)
    >>> [f.columns for f in heavy_tail(table(y=y, a=rng.standard_cauchy(20_000), b=rng.normal(size=20_000)))]
    [('a',)]
    >>> list(heavy_tail(table(y=y, b=rng.lognormal(0, 0.75, 20_000))))
    []
    """
    for feature in subject.features:
        if feature.tail is None or feature.constant or feature.name in subject.set_aside:
            continue
        values = subject.column(subject.uniform, feature.name)
        values = values[~np.isnan(values)]
        quartiles = tuple(float(q) for q in np.quantile(values, [0.25, 0.5, 0.75])) if values.size >= 50 else None
        report = tails.heavy(feature.tail, quartiles, level=level)  # type: ignore[arg-type]  # three quartiles
        if report.verdict in ("no mean", "no variance"):
            yield _finding(feature, report, tails.power_law_beyond(feature.tail, report))


def _finding(feature: Feature, report: tails.TailReport, line: tails.Replicates | None) -> Finding:
    no_mean = report.verdict == "no mean"
    lost = "neither a mean nor a variance" if no_mean else "no variance"
    consequence = (
        "Its average never settles, however many rows come."
        if no_mean
        else "Its standard deviation grows with every larger value, so standardising it means little."
    )
    return Finding(
        title=f"{feature.name} has {lost}: tail index {report.alpha:.2f} ({report.low:.2f} to {report.high:.2f})",
        severity="high" if no_mean else "medium",
        columns=(feature.name,),
        evidence={
            "tail_index": report.alpha,
            "tail_index_low": report.low,
            "tail_index_high": report.high,
            "threshold": report.threshold,
            "values_beyond_the_threshold": float(report.points),
            **_of_line(line),
            "largest_value_in_standard_deviations": max(
                abs(feature.high - feature.mean), abs(feature.low - feature.mean)
            )
            / feature.sd,
        },
        detail=(
            f"Fitted to the {report.points:,} values of the {_side(report.side)} beyond {report.threshold:,.4g}. "
            f"{_said(line)}{consequence}"
        ),
        figure=_survival(feature, report),
        remedy=Remedy(
            (
                f"Use the median and quantiles of {feature.name}, and its rank, logarithm or a clipped copy as a "
                f"feature; do not standardise or average it as it is."
            ),
            {
                "scikit-learn": "QuantileTransformer(output_distribution='normal')  # or RobustScaler() and clipping",
                "pandas": (
                    f"low, high = table[{feature.name!r}].quantile([0.01, 0.99])\ntable[{feature.name!r}] "
                    f"= table[{feature.name!r}].clip(low, high)"
                ),
            },
        ),
    )


def _of_line(line: tails.Replicates | None) -> dict[str, float]:
    """The power law that is a straight line on log axes, above the threshold at which it fits best."""
    if line is None:
        return {}
    low, high = line.interval()
    return {
        "tail_index_of_straight_line": line.fit.alpha - 1,
        "tail_index_of_straight_line_low": low - 1,
        "tail_index_of_straight_line_high": high - 1,
        "straight_from_this_distance_to_the_centre": line.fit.xmin,
        "values_on_the_straight_line": float(line.fit.points),
        "p_value_of_straight_line": line.p_value,
    }


def _said(line: tails.Replicates | None) -> str:
    if line is None:
        return ""
    low, high = line.interval()
    verdict = "which speaks against it" if line.p_value < _AGAINST else "so nothing speaks against it"
    return (
        f"On log axes the {line.fit.points:,} outermost values lie nearest to a straight line, of index "
        f"{line.fit.alpha - 1:.2f} ({low - 1:.2f} to {high - 1:.2f}); of data sets drawn from it {line.p_value:.0%} "
        f"fit theirs as badly, {verdict}. "
    )


def _side(side: str) -> str:
    return {"right": "right tail", "left": "left tail", "both": "two tails"}.get(side, "tail")


def _survival(feature: Feature, report: tails.TailReport) -> Lines | None:
    """Share of values farther out, on two logarithmic axes, where a power law is a straight line."""
    sketch = feature.tail
    assert sketch is not None
    centre = report.centre if np.isfinite(report.centre) else 0.0
    if report.side == "both":
        size = np.sort(np.concatenate([sketch.largest - centre, centre - sketch.smallest]))[::-1]
        bound = max(sketch.largest[-1] - centre, centre - sketch.smallest[-1])  # beyond it both tails are there in full
        threshold = report.threshold
    else:
        size = sketch.largest - centre if report.side == "right" else centre - sketch.smallest
        bound = size[-1]
        threshold = abs(report.threshold - centre)
    size = size[(size >= bound) & (size > 0)]
    if size.size < 10 or not threshold > 0:
        return None
    share = np.arange(1, size.size + 1) / sketch.n
    at = np.unique(np.geomspace(1, size.size, _DRAWN).astype(int)) - 1
    start = float(np.interp(-threshold, -size, share))
    ends = np.array([max(threshold, size[-1]), size[0]])
    return Lines(
        alt=f"The share of values of {feature.name} beyond x falls like x to the power -{report.alpha:.2f}.",
        x=Axis(label=f"distance from the centre of {feature.name}", scale="log"),
        y=Axis(label="share of values beyond", scale="log"),
        lines=(
            Line(name="observed", x=tuple(size[at].tolist()), y=tuple(share[at].tolist())),
            Line(
                name=f"power law, index {report.alpha:.2f}",
                x=tuple(ends.tolist()),
                y=tuple((start * (ends / threshold) ** -report.alpha).tolist()),
                role="harm",
            ),
        ),
    )
