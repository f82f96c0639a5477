"""How much of what was reported after a lockdown was already under way on its day?

Answer: Of the 62,031 cases that Hubei had reported 28 days after 23 January 2020, 140 times as many as that day, some
four in ten had been infected before it, and of the 2,029 deaths nearly half: an infection shows itself days later in
symptoms, again later in a report, and last in a death. In the model a week earlier leaves less than half of the deaths.
Source: Counts: the file of Hubei by day of report and its onset curve by the Chinese CDC; Johns Hopkins University, CC
BY 4.0, for all other regions. Delays: S. A. Lauer et al. 2020; Q. Li et al. 2020; N. M. Linton et al. 2020; R. Verity
et al. 2020; Q. Bi et al. 2020. Renewal process: J. Wallinga and M. Lipsitch 2007; A. Cori et al. 2013. Placebo dates:
A. Abadie, A. Diamond and J. Hainmueller 2010.
Seconds: 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cutaway.core.figures import Axis, Bars, Figure, Intervals, Line, Lines, Mark, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import lockdown_tables as told
from cutaway.studies.run import lockdowns as fits
from cutaway.studies.run.lockdowns import REGIONS, Fit
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "The lockdown, and what was already under way"
GROUP = "world"
FULL = {"anew": True}
EMBED = {"region": tuple(REGIONS)}
STORED_BYTES = 150_000  # every draw of the posterior, so that all that is dragged has its interval

SHIFTS = tuple(range(-14, 15))
TIMES = {
    "before": ("reproduction_before",),
    "after": ("reproduction_after",),
    "incubation": ("incubation_mean", "incubation_sd"),
    "report": ("report_early", "report_late"),
    "death": ("death_mean", "death_sd"),
}
"""Parameters of the epidemic that a factor of this study multiplies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The lockdown that is asked about; but for the region, the browser computes from the draws that it has."""

    region: str = choice("hubei", "Region", REGIONS)
    shift: int = whole(0, "Lockdown moved by", low=-14, high=14, unit="days", where="browser")
    later: int = whole(
        28, "Counted so many days later", low=7, high=49, unit="days", where="browser",
        help="After the true day; what was counted until then is parted by when it was infected.",
    )  # fmt: skip
    measure: str = choice("deaths", "Counted", {"deaths": "deaths", "reports": "reported cases"}, where="browser")
    log: bool = switch(False, "Logarithmic scales", where="browser")
    before: float = number(1, "R before", low=0.8, high=1.25, step=0.01, unit="times the fitted", where="browser")
    after: float = number(1, "R after", low=0.5, high=2, step=0.01, unit="times the fitted", where="browser")
    incubation: float = number(
        1, "Infection to symptoms", low=0.5, high=2, step=0.01, unit="times the fitted", where="browser"
    )
    report: float = number(
        1, "Symptoms to report", low=0.5, high=2, step=0.01, unit="times the fitted", where="browser"
    )
    death: float = number(1, "Symptoms to death", low=0.5, high=2, step=0.01, unit="times the fitted", where="browser")
    anew: bool = switch(False, "Fit anew", help="Draws from the posterior now, not those stored; needs emcee.")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """The fit of the region, and everything that follows from its draws."""
    progress("the counts", 0, 1)
    fit = fits.anew(params.region, params.seed, progress) if params.anew else fits.stored_fit(params.region)
    moved = fit.changed({name: getattr(params, one) for one, names in TIMES.items() for name in names})
    progress("the waves", 0, 1)
    tables = {
        "draws": told.draws(fit),
        "counts": told.counts(fit),
        "parameters": told.parameters(fit),
        "waves": told.waves(moved, params.shift),
        "parted": told.parted(moved, params.later),
        "shifts": told.shifts(moved, SHIFTS, progress),
        "placebo": told.placebo(fit),
        "predicted": told.predicted(fit, params.seed),
        "chance": told.chance(fit, params.seed),
        "notes": told.notes(fit),
        "untold": Table({"text": UNTOLD}, note="what the counts cannot tell"),
    }
    some, every = told.infected(moved)
    numbers = told.numbers(fit) | {
        f"{name}_{end}": float(value)
        for name, values in {"infected": some, "infected_in_all": every}.items()
        for end, value in zip(("low", "middle", "high"), values, strict=True)
    }
    progress("what it says", 1, 1)
    return Result(
        figures=_figures(params, fit, tables),
        tables=tables,
        numbers=numbers,
        sentences=_sentences(params, fit, tables, numbers),
    )


UNTOLD = [
    "How many were infected in all: the counts hold only those who were found, and say nothing of the others.",
    "Whether the decree did it: warnings, schools, travel and habits changed in the same weeks, and no region of the "
    "seven went without.",
    "The day to a day: delays are known to a few days only, and a change that begins earlier and takes longer to work "
    "leaves the same counts.",
    "What would have happened otherwise: the other curves take it that nothing but the day would have changed.",
    "The delays themselves: most were measured on patients elsewhere, and the fit trades them against R.",
]


@claim("Of the cases that Hubei had reported 28 days after its lockdown a quarter to a half were infected before it")
def many_were_infected(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The 95 % interval of the share lies between; at the delays and R of the fit; value: the median."""
    low, middle, high = (_parted(result, "reports", end) for end in ("low", "middle", "high"))
    usual = params.region == "hubei" and params.later == 28 and _fitted(params)
    return (0.25 < low < high < 0.5 if usual else None), middle


@claim("When the lockdown began, at least two were infected of those later reported for each who had been reported")
def few_were_known(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In every region, with 97.5 % of the draws; value: how many there were for each known case."""
    known = result.numbers["known_cases"]
    holds = result.numbers["infected_low"] > 2 * known
    return (holds if _fitted(params) else None), result.numbers["infected_middle"] / known


@claim("Of those who died the share was larger still: deaths are the latest of the waves")
def deaths_come_last(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In every region, at the delays and R of the fit; value: the share of deaths."""
    cases, deaths = (_parted(result, measure, "middle") for measure in ("reports", "deaths"))
    return (deaths > cases if _fitted(params) else None), deaths


@claim("Each wave has its peak after that of the wave before")
def waves_follow(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Infections, onsets, reports; then deaths after onsets. At the fit, unmoved; value: days from first to last."""
    columns = result.tables["waves"].columns
    peaks = [int(np.argmax(columns[f"{wave}_middle"])) for wave in told.WAVES]
    infections, onsets, reports, deaths = peaks
    follow = infections < onsets < min(reports, deaths)
    return (follow if _fitted(params) and params.shift == 0 else None), float(deaths - infections)


@claim("The reproduction number was above 1 before and is below 1 after the lockdown")
def growth_ends(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """With 97.5 % of the draws each; value: the high end of R after."""
    found = result.tables["parameters"].columns
    row = {name: found["name"].index(f"reproduction_{name}") for name in ("before", "after")}
    before, after = found["low"][row["before"]], found["high"][row["after"]]
    return before > 1 > after, after


@claim("In the model a week earlier means less than half of the deaths, and a week later more than twice as many")
def a_week_matters(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Medians, at the fit; value: deaths with the lockdown a week earlier, of those with it on its day."""
    early, there, late = (_at_shift(result, shift, "deaths_middle") for shift in (-7, 0, 7))
    return (early < 0.5 * there and late > 2 * there if _fitted(params) else None), early / there


@claim("No date is singled out by its effect: R seems to fall on all dates within a week of the true one")
def placebos_work_too(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The low end of the fall, in percent, lies above 0 on all 15; value: the smallest of them."""
    columns = result.tables["placebo"].columns
    near = [low for shift, low in zip(columns["shift"], columns["low"], strict=True) if abs(shift) <= 7]
    return min(near) > 0, min(near)


@claim("The fitted model is not surprised: at least 80 % of the counts lie in its 95 % band")
def counts_are_expected(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Cases and deaths together; value: the share."""
    share = told.inside(result.tables["predicted"])
    return (share >= 0.8 if not params.anew else None), share


@claim("The walkers that drew for Hubei have met: every R-hat lies below 1.01, every effective size above 400")
def walkers_have_met(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of the sampler that made the stored draws; value: the largest R-hat, in every region."""
    met = result.numbers["r_hat"] < 1.01 and result.numbers["effective_size"] > 400
    return (met if params.region == "hubei" and not params.anew else None), result.numbers["r_hat"]


def _fitted(params: Parameters) -> bool:
    """Whether delays and R are those of the fit."""
    return all(getattr(params, one) == 1 for one in TIMES) and not params.anew


def _parted(result: Result, measure: str, name: str) -> float:
    columns = result.tables["parted"].columns
    return float(columns[name][columns["measure"].index(measure)])


def _at_shift(result: Result, shift: int, name: str) -> float:
    return float(result.tables["shifts"].columns[name][SHIFTS.index(shift)])


def _about(value: float, digits: int = 2) -> str:
    """With so many digits that mean something."""
    short = float(f"{value:.{digits}g}")
    return f"{short:,.0f}" if abs(short) >= 10 ** (digits - 1) else f"{short:g}"


def _spoken(fit: Fit, day: int) -> str:
    when = fit.on(day)
    return f"{when.day} {when:%B}"


def _line(
    name: str,
    x: tuple[float, ...],
    columns: Mapping[str, Sequence[Any]],
    prefix: str,
    role: Literal["main", "other"] = "main",
) -> Line:
    """A median with its interval; what is below a tenth is a tenth, as a logarithm needs."""
    low, middle, high = (
        tuple(max(float(value), 0.1) for value in columns[f"{prefix}_{end}"]) for end in ("low", "middle", "high")
    )
    return Line(name=name, x=x, y=middle, low=low, high=high, role=role)


def _figures(params: Parameters, fit: Fit, tables: dict[str, Table]) -> dict[str, Figure]:
    day = fit.day
    waves, shifts, placebo = (tables[name].columns for name in ("waves", "shifts", "placebo"))
    parted, predicted = tables["parted"].columns, tables["predicted"].columns
    names = ("infections", "first symptoms", "reported", "deaths")
    since = tuple(float(one - day) for one in waves["day"])
    peaks = [since[int(np.argmax(waves[f"{wave}_middle"]))] for wave in told.WAVES]
    shares = {
        "counted by then": tuple(k / n for k, n in zip(parted["known"], parted["counted"], strict=True)),
        "infected by then": tuple(
            max(0.0, m - k / n) for m, k, n in zip(parted["middle"], parted["known"], parted["counted"], strict=True)
        ),
        "infected later": tuple(1 - m for m in parted["middle"]),
    }
    measure = params.measure
    word = "deaths" if measure == "deaths" else "reported cases"
    early, there, late = (shifts[f"{measure}_middle"][SHIFTS.index(shift)] for shift in (-7, 0, 7))
    at = placebo["shift"].index(0)
    best = placebo["shift"][int(np.argmax(placebo["probability"]))]
    found = tables["parameters"].columns
    rows = [found["name"].index(f"reproduction_{name}") for name in ("before", "after")]
    counted = [
        (float(d - day), c)
        for d, c in zip(predicted["day"], predicted[f"{measure}_counted"], strict=True)
        if np.isfinite(c)
    ]
    return {
        "Four waves": Lines(
            alt=f"Infections peak {peaks[0]:+.0f} days from the lockdown, first symptoms {peaks[1]:+.0f}, reports "
            f"{peaks[2]:+.0f} and deaths {peaks[3]:+.0f}.",
            x=Axis(label="days since the lockdown"),
            y=Axis(label="people a day", scale="log"),
            lines=tuple(
                _line(name, since, waves, wave, "main" if wave == "reports" else "other")
                for name, wave in zip(names, told.WAVES, strict=True)
            ),
            marks=(Mark(label="lockdown", x=float(params.shift)),),
        ),
        f"Counted {params.later} days later, by when they were infected": Bars(
            alt=f"Of the reported cases {parted['middle'][0]:.0%} had been infected before the lockdown, of the deaths "
            f"{parted['middle'][1]:.0%}.",
            axis=Axis(label="share", unit="of what was counted"),
            labels=(f"{parted['counted'][0]:,.0f} cases", f"{parted['counted'][1]:,.0f} deaths"),
            values=(1.0, 1.0),
            parts=shares,
        ),
        f"Had the lockdown been on another day: {word}": Lines(
            alt=f"A week earlier there would have been {_about(early)} {word} until {_spoken(fit, fit.days - 1)}, a "
            f"week later {_about(late)}; on its day {_about(there)}.",
            x=Axis(label="lockdown moved by", unit="days"),
            y=Axis(label=word, scale="log"),
            lines=(
                _line(word, tuple(map(float, shifts["shift"])), shifts, measure),
            ),
            marks=(Mark(label="moved to", x=float(params.shift)),),
        ),
        "The same question of every other date": Lines(
            alt=f"On its day R falls by {placebo['effect'][at]:.0f} %; the counts rather have it fall {_days(best)}.",
            x=Axis(label="date, against the lockdown's", unit="days"),
            y=Axis(label="fall of R", unit="%"),
            lines=(
                Line(
                    name="as if the change were on this date",
                    x=tuple(map(float, placebo["shift"])),
                    y=tuple(placebo["effect"]),
                    low=tuple(placebo["low"]),
                    high=tuple(placebo["high"]),
                ),
            ),
            marks=(Mark(label="no effect", y=0.0, role="other"), Mark(label="lockdown", x=0.0)),
        ),
        "Reproduction number": Intervals(
            alt=f"R is {found['middle'][rows[0]]:.2f} before and {found['middle'][rows[1]]:.2f} after the lockdown.",
            axis=Axis(label="infections by one infected person"),
            labels=("before", "after"),
            centre=tuple(found["middle"][row] for row in rows),
            low=tuple(found["low"][row] for row in rows),
            high=tuple(found["high"][row] for row in rows),
            null=1.0,
        ),
        f"Counted and expected: {word} a day": Points(
            alt=f"{told.inside(tables['predicted']):.0%} of the daily counts lie in the band that the fitted model "
            "expects 95 % in.",
            x_axis=Axis(label="days since the lockdown"),
            y_axis=Axis(label=f"{word} a day"),
            x=tuple(one for one, _ in counted),
            y=tuple(one for _, one in counted),
            lines=(
                _line("expected", tuple(float(d - day) for d in predicted["day"]), predicted, measure),
            ),
        ),
    }  # fmt: skip


def _days(shift: int) -> str:
    """Words for a shift in days."""
    if shift == 0:
        return "on that very day"
    return f"{abs(shift)} day{'s' if abs(shift) > 1 else ''} {'earlier' if shift < 0 else 'later'}"


def _sentences(params: Parameters, fit: Fit, tables: dict[str, Table], numbers: dict[str, float]) -> tuple[str, ...]:
    parted, shifts, placebo = (tables[name].columns for name in ("parted", "shifts", "placebo"))
    name, when = REGIONS[params.region], f"{_spoken(fit, fit.day)} 2020"
    known, counted = parted["known"], parted["counted"]
    share = [
        f"{parted['middle'][k]:.0%} (95 % interval {parted['low'][k]:.0%} to {parted['high'][k]:.0%})" for k in (0, 1)
    ]
    times = [f"{n / k:,.0f}" if k else "many" for k, n in zip(known, counted, strict=True)]

    def ends(prefix: str) -> str:
        low, middle, high = (_about(numbers[f"{prefix}_{end}"]) for end in ("low", "middle", "high"))
        return f"{middle} ({low} to {high})"

    def moved(shift: int) -> str:
        low, middle, high = (_about(_at(shifts, shift, f"deaths_{end}")) for end in ("low", "middle", "high"))
        return f"{middle} ({low} to {high})"

    found = tables["parameters"].columns
    r = [
        "{:.2f} ({:.2f} to {:.2f})".format(*(found[end][found["name"].index(f"reproduction_{one}")] for end in
                                             ("middle", "low", "high")))
        for one in ("before", "after")
    ]  # fmt: skip
    best = placebo["shift"][int(np.argmax(placebo["probability"]))]
    out = [
        f"{name} was locked down on {when}, with {known[0]:,.0f} cases and {known[1]:,.0f} deaths reported. "
        f"{params.later} days later they were {counted[0]:,.0f} and {counted[1]:,.0f}: "
        f"{times[0]} and {times[1]} times as many.",
        f"Already infected when the lockdown began: of those {counted[0]:,.0f} cases {share[0]}, of the "
        f"{counted[1]:,.0f} deaths {share[1]}.",
        f"By then {ends('infected')} had been infected of those who came to be reported, of whom {known[0]:,.0f} were "
        f"known; with the others, of whom counts say nothing, perhaps {ends('infected_in_all')}.",
        f"One infected person infected {r[0]} before the lockdown and {r[1]} after it.",
        f"Deaths until {_spoken(fit, fit.days - 1)}, if nothing but the day had changed: {moved(0)} with the lockdown "
        f"on its day, {moved(-7)} a week earlier, {moved(7)} a week later.",
    ]
    if params.shift not in (-7, 0, 7):
        out.append(f"{_days(params.shift).capitalize()}: {moved(params.shift)}.")
    out += [
        f"Had R changed at once on one of the dates within two weeks, the counts would rather have it {_days(best)} "
        f"({placebo['probability'][placebo['shift'].index(best)]:.0%} of the probability; the true date has "
        f"{placebo['probability'][placebo['shift'].index(0)]:.0%}). R seems to fall on every date about it: only how "
        "well each explains the counts tells them apart.",
        f"{told.inside(tables['predicted']):.0%} of the daily counts lie in the 95 % band of the fitted model. The "
        f"draws: R-hat at most {numbers['r_hat']:.3f}, effective size at least {numbers['effective_size']:,.0f}, "
        f"{numbers['seconds']:.0f} seconds.",
        *(f"Not told by the counts: {text[0].lower()}{text[1:]}" for text in UNTOLD),
    ]
    return tuple(out)


def _at(shifts: Mapping[str, Sequence[Any]], shift: int, name: str) -> float:
    return float(shifts[name][list(shifts["shift"]).index(shift)])
