"""What a fitted power law is worth: data drawn anew from it, fitted again, threshold and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import in_turn
from cutaway.science.tails.powerlaw import PowerLaw, positive, power_law, power_law_draws


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Replicates:
    """A fit, and those of m data sets drawn from it: `alpha`, `xmin` and `ks`, each (m,)."""

    fit: PowerLaw
    alpha: np.ndarray
    xmin: np.ndarray
    ks: np.ndarray

    @property
    def p_value(self) -> float:
        """How often drawn data lie as far from their own best fit as the data from theirs: small refutes the law."""
        return float(np.mean(self.ks >= self.fit.ks))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """For α: α - 1 over the quantiles of what the replicates' is of it, so that it pays for the threshold's choice.

        Where the tail is a power law from some threshold on, 95 % intervals held α in 97 % of data sets (Pareto, 500
        values; 90 % with `fit.error`), 95 % (uniform below a Pareto tail, 500 of 2,000 values in it; 91 %) and 91 %
        (whole numbers from 1 on, 1,000; 93 %). 200 data sets and replicates each, of the last 150 and 100. Where it
        only approaches one, the threshold is chosen too low and the interval lies around a wrong α: for Student's t
        with 2 degrees of freedom (1,000 values) it held the right one in 67 % (55 %).
        """
        if not 0 < level < 1:
            raise InputError(f"level: interval expected a number between 0 and 1, got {level}; 0.95 is usual")
        index = self.fit.alpha - 1
        low, high = np.quantile((self.alpha - 1) / index, [(1 - level) / 2, (1 + level) / 2])
        return 1 + index / float(high), 1 + index / float(low)


def power_law_replicates(
    x: np.ndarray,
    fit: PowerLaw,
    *,
    replicates: int = 200,
    seed: int = 0,
    progress: Progress = silent,
    **settings: float | bool,
) -> Replicates:
    """Draws as many data sets as `x` (n,) anew and fits each: below xmin from the data there, above from the law.

    `settings`: those of `power_law` that made the fit. Each replicate has its own stream of the seed, and the cores
    share them.

    Raises: InputError where there is none to draw, or where `power_law` does.

    Source: Clauset, Shalizi and Newman (2009), section 4.1.
    """
    if replicates < 1:
        raise InputError(f"replicates: power_law_replicates expected at least 1, got {replicates}; 200 are usual")
    data = positive(x)
    below = data[data < fit.xmin]
    streams = np.random.SeedSequence(seed).spawn(replicates)

    def again(k: int) -> PowerLaw:
        random = np.random.default_rng(streams[k])
        above = int(random.binomial(data.size, fit.points / data.size)) if below.size else data.size
        drawn = power_law_draws(above, alpha=fit.alpha, xmin=fit.xmin, discrete=fit.discrete, random=random)
        mixed = np.concatenate((random.choice(below, data.size - above), drawn)) if below.size else drawn
        return power_law(mixed, discrete=fit.discrete, **settings)  # type: ignore[arg-type]

    found = np.empty((replicates, 3))
    for k, one in enumerate(in_turn(again, replicates)):
        found[k] = one.alpha, one.xmin, one.ks
        progress("replicates", k + 1, replicates)
    return Replicates(fit=fit, alpha=found[:, 0], xmin=found[:, 1], ks=found[:, 2])


def power_law_p_value(
    x: np.ndarray,
    fit: PowerLaw,
    *,
    replicates: int = 1000,
    seed: int = 0,
    progress: Progress = silent,
    **settings: float | bool,
) -> float:
    """`power_law_replicates(…).p_value`, known to 1 / (2 √replicates)."""
    return power_law_replicates(x, fit, replicates=replicates, seed=seed, progress=progress, **settings).p_value
