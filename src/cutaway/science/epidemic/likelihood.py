"""How probable the counts are, given the waves: negative binomial about what is expected."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.epidemic.likelihood_kernel import LEAST, log_likelihoods, waves_many
from cutaway.science.epidemic.observed import SERIES, Observed
from cutaway.science.epidemic.priors import NAMES, Priors


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The log-likelihood of one region's counts as a function of standard normal numbers, one for each free parameter.

    A count has mean μ and variance μ + k μ² (negative binomial), k a series' own. The series are cases by day of
    report, deaths by day of report, and, where there is one, the onset curve: of those reported by its cut, up to a
    factor of its own, so that it tells when people fell ill and not how many.

    Args:
        counts, used: of cases, deaths and onsets (3, days).
        lockdown_day: the first day of the new reproduction number.
        anchor: the day that the parameter `infections` speaks of.
    """

    priors: Priors
    counts: np.ndarray
    used: np.ndarray
    lockdown_day: int
    anchor: int
    definition_day: int
    onsets_cut: int

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Log-likelihoods (n,) of z (n, free), constants included."""
        out = np.empty(len(z))
        log_likelihoods(
            self.priors.whole(z),
            self.counts,
            self.used,
            self.anchor,
            self.lockdown_day,
            self.definition_day,
            self.onsets_cut,
            out,
        )
        return out

    def posterior(self, z: np.ndarray) -> np.ndarray:
        """Log-posteriors (n,) up to a constant, as the priors of z are standard normal; −∞ beyond 8 of its units."""
        density = np.full(len(z), -np.inf)
        inside = np.flatnonzero(np.abs(z).max(axis=1) < 8)
        density[inside] = self(z[inside]) - 0.5 * (z[inside] ** 2).sum(axis=1)
        return density

    def means(self, z: np.ndarray, lockdown_day: int | None = None, until: int = -1) -> tuple[np.ndarray, np.ndarray]:
        """Waves (n, 4, days) of those that come to be reported, and the onset curve's expectation (n, days)."""
        vectors = self.priors.whole(z)
        out, seen = np.empty((len(z), 4, self.counts.shape[1])), np.empty((len(z), self.counts.shape[1]))
        day = self.lockdown_day if lockdown_day is None else lockdown_day
        waves_many(
            vectors,
            np.full(len(z), day, np.int64),
            np.full(len(z), until, np.int64),
            self.anchor,
            self.definition_day,
            self.onsets_cut,
            out,
            seen,
        )
        return out, seen * vectors[:, NAMES.index("onset_scale"), None]

    def drawn(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Counts such as might have been seen, (n, 3, days), one set for each z (n, free)."""
        vectors = self.priors.whole(z)
        waves, seen = self.means(z)
        means = np.maximum(np.stack((waves[:, 2], waves[:, 3], seen), axis=1), LEAST)
        size = 1 / vectors[:, NAMES.index("case_dispersion") :][:, :, None]
        rates = rng.gamma(np.broadcast_to(size, means.shape)) * means / size
        return np.asarray(rng.poisson(np.minimum(rates, 1e15)), float)

    def of_counts(self, counts: np.ndarray) -> Likelihood:
        """The same of other counts (3, days)."""
        return replace(self, counts=np.ascontiguousarray(counts))

    def of_day(self, lockdown_day: int) -> Likelihood:
        """The same with the lockdown on another day; the anchor stays."""
        return replace(self, lockdown_day=lockdown_day)


def likelihood_of(observed: Observed, priors: Priors) -> Likelihood:
    """Of a region.

    Raises: InputError where no day of the cases would be used.
    """
    days = observed.last + 1
    counts = [observed.cases[:days], observed.deaths[:days], np.full(days, np.nan)]
    if observed.onsets is not None:
        counts[2] = observed.onsets[:days]
    used = np.stack([observed.fitted(series)[:days] for series in SERIES])
    if not used[0].any():
        raise InputError(f"observed: {observed.name} has no day of cases to be fitted between first and last")
    return Likelihood(
        priors,
        np.where(used, np.stack(counts), 0.0),
        used,
        observed.lockdown_day,
        observed.lockdown_day,
        -1 if observed.definition_day is None else observed.definition_day,
        observed.onsets_cut,
    )
