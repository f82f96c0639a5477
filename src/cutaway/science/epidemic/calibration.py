"""Whether the sampler draws what it says: simulation-based calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.progress import Progress, silent
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Observed
from cutaway.science.epidemic.priors import Priors

Sampler = Callable[[Likelihood, int], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Where the true parameters fell among their posterior's draws.

    Args:
        ranks: name → (replicates,) how many of the draws lie below the truth, from 0 to `draws`.
        draws: of each posterior.
    """

    ranks: dict[str, np.ndarray]
    draws: int

    def p_value(self, name: str, bins: int = 10) -> float:
        """Of Pearson's χ² against equal counts in the bins: uniform if the sampler is right."""
        from scipy.special import gammaincc

        ranks = self.ranks[name]
        counts = np.bincount((ranks * bins) // (self.draws + 1), minlength=bins)
        expected = len(ranks) / bins
        return float(gammaincc((bins - 1) / 2, ((counts - expected) ** 2 / expected).sum() / 2))

    def covered(self, name: str, share: float = 0.9) -> float:
        """How often the central interval of that share held the truth."""
        place = (self.ranks[name] + 0.5) / (self.draws + 1)
        return float((np.abs(place - 0.5) <= share / 2).mean())


def calibration(
    observed: Observed,
    priors: Priors,
    sampler: Sampler,
    *,
    replicates: int,
    draws: int = 99,
    seed: int = 0,
    progress: Progress = silent,
) -> Calibration:
    """Draw parameters from the priors, counts from these and their posterior; rank the parameters among its draws.

    If sampler, likelihood and simulation agree, the ranks are uniform. The region lends its days, and which of them are
    fitted; none of its counts are used.

    Args:
        observed: a region.
        priors: from which the truths come.
        sampler: (likelihood, seed) → draws (n, free) in the priors' units, nearly independent, n ≥ `draws`.
        replicates: truths.
        draws: of each posterior, thinned evenly from the sampler's.
        seed: of all of it.
        progress: is told.

    Source: Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv 1804.06788, algorithm 1.
    """
    rng = np.random.default_rng(seed)
    target = likelihood_of(observed, priors)
    ranks = np.empty((replicates, len(priors.free)), int)
    for k in range(replicates):
        truth = rng.normal(size=(1, len(priors.free)))
        counts = np.where(target.used, target.drawn(truth, rng)[0], 0.0)
        found = sampler(target.of_counts(counts), int(rng.integers(2**31)))
        kept = found[np.linspace(0, len(found) - 1, draws).astype(int)]
        ranks[k] = (kept < truth).sum(axis=0)
        progress("calibrating", k + 1, replicates)
    return Calibration({name: ranks[:, k] for k, name in enumerate(priors.free)}, draws)
