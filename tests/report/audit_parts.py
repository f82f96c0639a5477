"""What the audits that are made by hand consist of: a coefficient, one figure of each kind, names that mean harm."""

from __future__ import annotations

from math import exp, inf, nan

from cutaway.core.audit import Coefficient
from cutaway.core.figures import Axis, Bars, Distribution, Figure, Intervals, Line, Lines, Matrix, Points

HOSTILE = (
    "</script><script>alert(1)</script>",
    "[bold red]not markup[/] [/]",
    "esc\x1b[31mred\x07\x00",
    "\"quotes' & <b>amp</b>;",
    "right\u202eto left",
    "two\nlines\ttab",
    "colonne_très_longue_" + "x" * 120,
    "名前と値段",
    "lone\ud800surrogate",
    "=cmd|' /C calc'!A0",
)


def coefficient(
    feature: str,
    log_odds: float,
    se: float,
    *,
    level: str | None = None,
    reference: str | None = None,
    target_class: str | None = None,
    sd: float = nan,
    ame: float | None = None,
) -> Coefficient:
    return Coefficient(
        feature=feature,
        level=level,
        reference=reference,
        target_class=target_class,
        log_odds=log_odds,
        se=se,
        odds_ratio=exp(log_odds),
        ci_low=exp(log_odds - 1.96 * se),
        ci_high=exp(log_odds + 1.96 * se) if log_odds + 1.96 * se < 700 else inf,
        ame=0.035 * log_odds if ame is None else ame,
        p_value=1e-9 if abs(log_odds / se) > 6 else 0.2 if abs(log_odds / se) < 1.5 else 0.01,
        sd=sd,
        log_odds_per_sd=log_odds * sd,
    )


FIGURES: dict[str, Figure] = {
    "bars": Bars(
        alt="Of the rows with severity 4, 97 % died; of the rest, 0.4 %.",
        axis=Axis(label="share that died", unit="share of rows"),
        labels=("4: killed", "3: incapacitated", "0 to 2", "5 and 6: unknown"),
        values=(0.97, 0.012, 0.001, 0.03),
        harmful=(True, False, False, False),
        reference=0.045,
        reference_label="all rows",
    ),
    "parts": Bars(
        alt="Nearly all of severity 4 died, and nearly no one else.",
        axis=Axis(label="rows", unit=""),
        labels=("severity 4", "severity 3", "0 to 2"),
        values=(1118.0, 9100.0, 15400.0),
        parts={"dead": (1084.0, 80.0, 16.0), "alive": (34.0, 9020.0, 15384.0)},
        harmful=(True, False, False),
    ),
    "intervals": Intervals(
        alt="The coefficient of speed class 10–24 changes its sign under the default penalty.",
        axis=Axis(label="log-odds"),
        labels=("maximum likelihood", "C = 1, raw columns", "lbfgs, default tolerance"),
        centre=(0.41, -0.55, 1.03),
        low=(-0.1, -0.9, 0.6),
        high=(0.92, -0.2, 1.5),
        null=0.0,
        notes=("statsmodels", "scikit-learn", "scikit-learn"),
    ),
    "lines": Lines(
        alt="Gradient descent needs ten thousand times more steps on the raw columns.",
        x=Axis(label="steps", scale="log"),
        y=Axis(label="excess loss", unit="nats", scale="log"),
        lines=(
            Line(name="raw columns", x=(1, 10, 100, 1000, 10000), y=(0.5, 0.4, 0.3, 0.2, 0.1), role="harm"),
            Line(
                name="standardised",
                x=(1, 10, 100, 1000),
                y=(0.5, 0.05, 0.001, 1e-6),
                low=(0.4, 0.04, 0.0008, 8e-7),
                high=(0.6, 0.07, 0.002, 2e-6),
            ),
            Line(name="bound", x=(1, 10000), y=(0.6, 1e-6), role="other"),
        ),
    ),
    "points": Points(
        alt="The largest 200 values lie on a line of slope −1.4, the mark of a tail without variance.",
        x_axis=Axis(label="loan amount", unit="USD", scale="log"),
        y_axis=Axis(label="rows above it", unit="share of rows", scale="log"),
        x=tuple(1000 * 1.03**i for i in range(150)),
        y=tuple(0.1 / 1.04**i for i in range(150)),
        group=tuple(int(i > 120) for i in range(150)),
        groups=("all rows", "above the threshold"),
    ),
    "distribution": Distribution(
        alt="The observed distance between neighbours lies far below all 999 permutations.",
        x=Axis(label="mean distance between neighbours"),
        edges=tuple(0.98 + 0.002 * i for i in range(21)),
        counts=tuple(float(round(160 * exp(-(((i - 10) / 4) ** 2)))) for i in range(20)),
        observed=0.93,
        observed_label="this table",
    ),
    "matrix": Matrix(
        alt="Deploy and airbag carry the same information: correlation 0.81.",
        rows=("airbag", "deploy", "yearVeh", "weight"),
        columns=("airbag", "deploy", "yearVeh", "weight"),
        values=((1.0, 0.81, 0.66, -0.02), (0.81, 1.0, 0.5, 0.01), (0.66, 0.5, 1.0, -0.4), (-0.02, 0.01, -0.4, nan)),
    ),
}
