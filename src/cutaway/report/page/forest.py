"""What each feature does: a table whose rows hold the name, the interval drawn, and the numbers."""

from __future__ import annotations

from itertools import groupby
from math import isfinite

from cutaway.core.audit import Coefficient, Model
from cutaway.core.figures import Axis
from cutaway.report import numerals
from cutaway.report.effects import Effect, span, split
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.frame import label_at, share, width_of
from cutaway.report.svg.intervals import interval_at
from cutaway.report.svg.scales import Range, tick_texts
from cutaway.report.text import plain, shorten

ROW = 26
NAMES = 230  # px that a name and its note have on one line
SPILL = 7
MOST_NAME = 56
MOST_REST = 150
MOST_EXACT = 120
_AXIS = Axis(label="odds ratio", scale="log")


def forest(model: Model) -> Markup:
    """The largest effects by |z| as a forest plot, the rest and the exact coefficients in lists that open."""
    shown, rest = split(model.coefficients)
    along = Range(*span(shown), "log")
    rest_shown = sorted(rest, key=lambda effect: -abs(effect.z))[:MOST_REST]
    return join(
        _table(shown, along),
        tag(
            "p",
            "Odds ratio with its 95 % interval; grey where the interval holds 1, which is no association. Points: "
            "average marginal effect, in percentage points of probability. A number is told per round step near its "
            "standard deviation, so that features can be compared.",
            class_="small",
        ),
        tag(
            "details",
            tag("summary", f"The other {len(rest)} coefficients, smaller in |z|"),
            _table(_by_class(rest_shown), Range(*span(rest_shown), "log")),
            tag("p", f"{len(rest) - MOST_REST:,} more are in the JSON report.", class_="small")
            if len(rest) > MOST_REST
            else None,
        )
        if rest
        else None,
        _exact(model.coefficients),
    )


def _by_class(effects: list[Effect]) -> list[Effect]:
    classes = list(dict.fromkeys(effect.target_class for effect in effects))
    return sorted(effects, key=lambda effect: classes.index(effect.target_class))


def _table(effects: list[Effect], along: Range) -> Markup:
    ticks = along.ticks(9)
    bodies = []
    for target_class, group in groupby(effects, key=lambda effect: effect.target_class):
        rows = [_row(effect, along, ticks) for effect in group]
        heading = tag("tr", tag("th", target_class, colspan=5, scope="rowgroup")) if target_class is not None else None
        bodies.append(tag("tbody", heading, rows))
    head = tag(
        "tr",
        tag("th", tag("span", "feature", class_="unseen"), scope="col"),
        tag("td", class_="draw"),
        tag("th", "odds ratio", scope="col"),
        tag("th", "95\u00a0% interval", scope="col"),
        tag("th", "points", scope="col"),
    )
    return tag("table", tag("thead", head), bodies, tag("tfoot", _axis(along, ticks)), class_="forest")


def _row(effect: Effect, along: Range, ticks: list[float]) -> Markup:
    drawn = None
    if isfinite(effect.log_odds):
        drawn = interval_at(along, effect.odds_ratio, effect.low, effect.high, ROW / 2, null=1.0)
    # Grid lines reach beyond the row where its name takes two lines, so that they meet those of its neighbours.
    spill = SPILL if width_of(effect.label) + width_of(effect.note) > NAMES else 0
    note = tag("span", _name(effect.note), class_="note") if effect.note else None
    return tag(
        "tr",
        tag("th", _name(effect.label), " " if note else None, note, scope="row"),
        tag(
            "td",
            tag("svg", _grid(along, ticks, spill), drawn, width="100%", height=ROW, aria_hidden="true"),
            class_="draw",
        ),
        tag("td", numerals.ratio(effect.odds_ratio), class_="ratio"),
        tag("td", numerals.interval(effect.low, effect.high), class_="interval"),
        tag("td", numerals.points(effect.points), class_="points"),
    )


def _grid(along: Range, ticks: list[float], spill: float) -> Markup:
    def line(value: float, class_: str | None = None) -> Markup:
        at = share(along.at(value))
        return tag("line", x1=at, x2=at, y1=-spill if spill else None, y2=ROW + spill, class_=class_)

    return join(tag("g", [line(tick) for tick in ticks if tick != 1], class_="grid"), line(1.0, "null"))


def _name(name: str) -> Markup:
    """A name on two lines at most; the full one shows on hovering, and in the exact table."""
    shown = shorten(plain(name), MOST_NAME)
    return tag("bdi", shown, title=name if shown != plain(name) else None)


def _axis(along: Range, ticks: list[float]) -> Markup:
    """The ticks below the last row; every other one may be hidden on a phone."""
    middle = ticks.index(1.0) if 1.0 in ticks else 0
    labels = [
        label_at(
            share(along.at(tick)),
            18,
            text,
            anchor="middle",
            class_="tick" if (i - middle) % 2 == 0 else "tick minor",
        )
        for i, (tick, text) in enumerate(zip(ticks, tick_texts(_AXIS, ticks), strict=True))
    ]
    title = label_at("50%", 38, "odds ratio (log scale)", anchor="middle", class_="axis")
    drawing = tag("svg", labels, title, width="100%", height=44, aria_hidden="true")
    return tag("tr", tag("td"), tag("td", drawing, class_="draw"), tag("td", colspan=3))


def _exact(coefficients: tuple[Coefficient, ...]) -> Markup:
    """Every coefficient on the scale of one unit, as the JSON has it."""
    several = any(coefficient.target_class is not None for coefficient in coefficients)
    names = ["log-odds", "s.e.", "odds ratio", "95\u00a0% interval", "points", "p", "log-odds per s.d."]
    head = tag("tr", [tag("th", name, scope="col") for name in [*(["class"] if several else []), "feature", *names]])
    rows = [
        tag(
            "tr",
            tag("td", tag("bdi", c.target_class or ""), class_="name") if several else None,
            tag("th", tag("bdi", c.feature if c.level is None else f"{c.feature} {c.level}"), scope="row"),
            [
                tag("td", value)
                for value in (
                    numerals.number(c.log_odds, 4, pad=True),
                    numerals.number(c.se, 3, pad=True),
                    numerals.number(c.odds_ratio, 4, pad=True) if c.odds_ratio < 1e6 else numerals.ratio(c.odds_ratio),
                    numerals.interval(c.ci_low, c.ci_high),
                    numerals.points(c.ame),
                    numerals.p_value(c.p_value),
                    numerals.number(c.log_odds_per_sd, 3, pad=True),
                )
            ],
        )
        for c in coefficients[:MOST_EXACT]
    ]
    more = len(coefficients) - len(rows)
    return tag(
        "details",
        tag("summary", "Every number, for one unit of each column"),
        tag("div", tag("table", tag("thead", head), tag("tbody", rows), class_="exact"), class_="scroll"),
        tag("p", f"{more:,} more are in the JSON report.", class_="small") if more else None,
    )
