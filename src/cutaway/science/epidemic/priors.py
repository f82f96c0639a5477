"""What is believed of each parameter before the counts are seen, most of it from published delays."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.epidemic.observed import Observed
from cutaway.science.epidemic.waves import FIELDS, Parameters

NAMES = (*FIELDS, "onset_scale", "case_dispersion", "death_dispersion", "onset_dispersion")
"""Of the whole vector that the likelihood takes: the waves' parameters and four of the counting."""


@dataclass(frozen=True, slots=True)
class Prior:
    """The law of one parameter: a standard normal number z, moved and stretched.

    "normal": centre + spread · z. "positive": centre · e^(spread z), log-normal of that median. "share": the logit of
    the value is that of the centre + spread · z.

    >>> Prior("positive", 5.0, 0.1).interval()
    (4.11, 6.08)
    """

    kind: Literal["normal", "positive", "share"]
    centre: float
    spread: float
    source: str = ""

    def __post_init__(self) -> None:
        """Check the arguments."""
        inside = {"normal": True, "positive": self.centre > 0, "share": 0 < self.centre < 1}
        if self.kind not in inside or not inside[self.kind] or not self.spread > 0:
            raise InputError(
                f"Prior: expected a centre that a {self.kind} law can have and a spread above 0, got {self}"
            )

    def value(self, z: np.ndarray) -> np.ndarray:
        """The parameter at z."""
        if self.kind == "normal":
            return np.asarray(self.centre + self.spread * z)
        if self.kind == "positive":
            return np.asarray(self.centre * np.exp(self.spread * z))
        return np.asarray(1 / (1 + (1 / self.centre - 1) * np.exp(-self.spread * z)))

    def z(self, value: np.ndarray) -> np.ndarray:
        """Where `value` is this."""
        x = np.asarray(value, float)
        if self.kind == "normal":
            return np.asarray((x - self.centre) / self.spread)
        if self.kind == "positive":
            return np.asarray(np.log(x / self.centre) / self.spread)
        return np.asarray((np.log(x / (1 - x)) - log(self.centre / (1 - self.centre))) / self.spread)

    def interval(self) -> tuple[float, float]:
        """That holds 95 %, rounded to be read."""
        low, high = self.value(np.array([-1.959964, 1.959964]))
        return (float(f"{low:.3g}"), float(f"{high:.3g}"))


@dataclass(frozen=True, slots=True)
class Priors:
    """A law for each free parameter, and a value for each other one.

    Args:
        free: name → Prior, in the order of the draws.
        fixed: the waves' parameters; those named in `free` are replaced.
        ascertainment: its law; no counts speak of it, so draws of it are the prior's.

    Raises: InputError for a name that is no parameter.
    """

    free: dict[str, Prior]
    fixed: Parameters
    ascertainment: Prior

    def __post_init__(self) -> None:
        """Check the names."""
        unknown = set(self.free) - (set(NAMES) - {"ascertainment"})
        if unknown:
            raise InputError(f"free: Priors expected names among {', '.join(NAMES)}, got {', '.join(sorted(unknown))}")

    @property
    def places(self) -> np.ndarray:
        """Of the free ones in the whole vector (free,)."""
        return np.array([NAMES.index(name) for name in self.free], np.int64)

    def whole(self, z: np.ndarray) -> np.ndarray:
        """The whole vectors (n, 22) of standard normal numbers (n, free)."""
        out = np.tile(np.concatenate((self.fixed.vector(), (1.0, 0.1, 0.1, 0.1))), (len(z), 1))
        for k, (name, prior) in enumerate(self.free.items()):
            out[:, NAMES.index(name)] = prior.value(z[:, k])
        out[:, NAMES.index("ascertainment")] = 1.0
        return np.asarray(out)


def priors_of(observed: Observed) -> Priors:
    """The default priors for a region.

    Delays are borrowed: from travellers, from Shenzhen, from a few hundred patients elsewhere. Spreads are chosen wider
    than the published intervals, which speak of those patients and not of Hubei's. With an onset curve the report's
    delay may fall; without one it is the same on all days. Held fixed are the spreads of the delays, how gradually the
    report's delay falls (7 days), and that three quarters of the cases waiting for the wider definition were counted on
    its first day: left free, the last two trade places with each other and with no question asked here.
    """
    onsets = observed.onsets is not None
    lockdown = float(observed.lockdown_day)
    peak = max(float(np.nanmax(np.where(observed.fitted("cases"), observed.cases, np.nan))), 10.0)
    free = {
        "reproduction_before": Prior("positive", 2.7, 0.35, "published estimates from 2 to 4"),
        "reproduction_after": Prior("positive", 0.7, 0.6, "wide: from a fifth to beyond 2"),
        "infections": Prior("positive", peak, 0.9, "of the order of the peak of reports"),
        "ramp": Prior("positive", 4.0, 0.8, "from a day to three weeks"),
        "generation_mean": Prior("positive", 5.3, 0.15, "serial intervals: Nishiura 4.7, Du 4.0, Li 7.5 days"),
        "incubation_mean": Prior("positive", 5.4, 0.07, "Lauer 5.5, Li 5.2, Linton 5.0 to 5.6 days"),
        "report_late": Prior("positive", 4.5, 0.35, "Bi 5.5 days in Shenzhen; medians of 3 to 6 in Wuhan"),
        "death_mean": Prior("positive", 18.0, 0.12, "Verity 17.8, Linton 14.5 to 20.2 days"),
        "fatality": Prior("share", 0.05, 0.7, "wide"),
        "case_dispersion": Prior("positive", 0.06, 1.0, "standard deviations from 9 to 66 % of the mean"),
        "death_dispersion": Prior("positive", 0.06, 1.0, "as of cases"),
    }
    fixed = Parameters(
        report_width=7.0,
        clearing=0.75,
        generation_sd=2.9,
        report_mid=lockdown + 3,
        report_early=5.0,
        report_late=5.0,
        ascertainment=1.0,
        narrow=1.0,
    )
    if onsets:
        free |= {
            "report_early": Prior("positive", 18.0, 0.3, "medians of 15 to 26 days in Wuhan, unverified"),
            "report_mid": Prior("normal", lockdown + 1, 5.0, "the fall lay about the lockdown"),
            "onset_scale": Prior("positive", 1.0, 0.15, "the onset curve's total is not that of the reports"),
            "onset_dispersion": Prior("positive", 0.06, 1.0, "as of cases"),
        }
    if observed.definition_day is not None:
        free["narrow"] = Prior("share", 0.7, 0.6, "wide")
    return Priors(free, fixed, Prior("positive", 0.15, 0.5, "Li 2020: 0.14; Hao 2020: 0.13, at most 0.47"))
