"""How much of what was reported after a lockdown was already under way on its day?

Answer: Most of it. Of the 62,031 cases that Hubei had reported 28 days after 23 January 2020, 140 times as many as on
that day, most had been infected before it, as each infection shows itself days later in symptoms, again later in a
report, and last in a death. Each day that the lockdown had come earlier would have saved about a fifth of what followed.
Source: Counts: the file of Hubei by day of report and its onset curve by the Chinese CDC; Johns Hopkins University, CC
BY 4.0, for all other regions. Delays: S. A. Lauer et al. 2020; Q. Li et al. 2020; N. M. Linton et al. 2020; R. Verity
et al. 2020; Q. Bi et al. 2020. Renewal process: J. Wallinga and M. Lipsitch 2007; A. Cori et al. 2013. On placebo dates:
A. Abadie, A. Diamond and J. Hainmueller 2010.
Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

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
    "How many were infected in all: the counts hold only those who were found, and give no share of them.",
    "Whether the decree did it: people, schools and travel changed in the same days, and no region is without.",
    "The day itself: with delays known to a few days, a change some days earlier fits as well or better.",
    "What would have happened otherwise: the other curves assume that nothing else would have changed.",
    "The delays: most of them were measured on patients elsewhere, and the fit trades them against R.",
]


def _figures(params: Parameters, fit: Fit, tables: dict[str, Table]) -> dict[str, Figure]:
    return {}


def _sentences(
    params: Parameters, fit: Fit, tables: dict[str, Table], numbers: dict[str, float]
) -> tuple[str, ...]:
    return ()
