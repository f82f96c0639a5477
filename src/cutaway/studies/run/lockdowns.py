"""The epidemics of the study of lockdowns: a region's counts with the posterior that was fitted to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.studies.run import covid

if TYPE_CHECKING:
    from cutaway.science.epidemic import Observed, Posterior

REGIONS = {
    "hubei": "Hubei",
    "italy": "Italy",
    "spain": "Spain",
    "france": "France",
    "germany": "Germany",
    "uk": "United Kingdom",
    "new_york": "New York (US state)",
}
"""The key of each region and its name in the data."""
AFTER = 63  # days followed after a lockdown
KEPT = 200  # draws, of those that the sampler made
STEPS, WARMUP = 600, 400  # of a fit anew, a quarter of what the stored draws were made with


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """What a change at once, on each of some dates, would have looked like, each (dates,).

    `shift`: days from the true date. `effect`, `low`, `high`: the fall of R in percent with its 95 % interval.
    `probability`: of each date, had all been as probable before.
    """

    shift: np.ndarray
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    probability: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A region's posterior, and what a change on any other day would have looked like."""

    posterior: Posterior
    placebo: Placebo

    @property
    def observed(self) -> Observed:
        """The counts."""
        return self.posterior.observed

    @property
    def day(self) -> int:
        """The first day of the lockdown."""
        return self.observed.lockdown_day

    @property
    def days(self) -> int:
        """How many are followed, from day 0 on."""
        return self.day + AFTER + 1

    def on(self, day: int) -> date:
        """The date of a day."""
        return self.observed.dates[0] + timedelta(day)

    def changed(self, times: Mapping[str, float]) -> Fit:
        """The same with each named parameter, which has a log-normal prior or is fixed, times its factor throughout."""
        priors = self.posterior.priors
        free = {name: replace(one, centre=one.centre * times.get(name, 1.0)) for name, one in priors.free.items()}
        fixed = priors.fixed.change(
            **{name: getattr(priors.fixed, name) * times[name] for name in times if name not in free}
        )
        draws = {name: values * times.get(name, 1.0) for name, values in self.posterior.draws.items()}
        changed = replace(priors, free=free, fixed=fixed)
        return replace(self, posterior=replace(self.posterior, priors=changed, draws=draws))

    def waves(self, shift: int = 0, until: int = -1) -> np.ndarray:
        """Infections that come to be reported, onsets, reports and deaths a day: (draws, 4, days).

        The lockdown is `shift` days from its own; only infections of days before `until` are followed, if it is not −1.
        """
        likelihood = self.posterior.likelihood
        followed = likelihood.of_counts(np.zeros((3, self.days)))  # whose length alone is used
        return followed.means(self.posterior.z, self.day + shift, until)[0]


@cache
def _stored() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((resources.files("cutaway") / "data" / "lockdown_fits.json").read_text("utf-8"))
    return read


@cache
def stored_fit(key: str) -> Fit:
    """The fit that comes with cutaway, as tools/fit_lockdowns.py made it.

    Raises:
        InputError: no region has this key.
    """
    from cutaway.science.epidemic import Posterior, priors_of

    observed = _observed(key)
    kept = _stored()["regions"][key]
    priors = priors_of(observed)
    draws = {name: np.array(values, float) for name, values in kept["draws"].items()}
    z = np.column_stack([prior.z(draws[name]) for name, prior in priors.free.items()])
    sizes = {name: (float(bulk), float(tail)) for name, (bulk, tail) in kept["effective_size"].items()}
    found = Posterior(observed, priors, z, draws, kept["r_hat"], sizes, kept["steps"], kept["seconds"])
    return Fit(found, _placebo(key))


def anew(key: str, seed: int, progress: Progress) -> Fit:
    """A short run of the sampler now; the placebo dates are those stored.

    Raises:
        InputError: no region has this key.
        MissingExtraError: emcee is not installed.
    """
    from cutaway.science.epidemic import posterior

    found = posterior(_observed(key), steps=STEPS, warmup=WARMUP, ensembles=1, seed=seed, progress=progress)
    kept = slice(0, KEPT)  # they come in random order
    draws = {name: values[kept] for name, values in found.draws.items()}
    return Fit(replace(found, z=found.z[kept], draws=draws), _placebo(key))


def _observed(key: str) -> Observed:
    if key not in REGIONS:
        raise InputError(f"key: expected one of {', '.join(REGIONS)}, got {key!r}")
    return covid.region(REGIONS[key])


def _placebo(key: str) -> Placebo:
    columns = _stored()["regions"][key]["placebo"]
    return Placebo(*(np.array(columns[name], float) for name in ("shift", "effect", "low", "high", "probability")))
