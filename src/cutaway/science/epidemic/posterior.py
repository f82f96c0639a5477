"""What the counts leave of the priors: draws by an ensemble sampler, and whether its walkers have met."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import in_turn
from cutaway.science.epidemic.diagnostics import effective_size, r_hat
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Observed
from cutaway.science.epidemic.priors import Priors, priors_of

KEPT = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of the parameters, and how far to trust them.

    Args:
        observed, priors: what was fitted.
        z: draws (n, free) in the prior's standard units, thinned from all.
        draws: name → (n,) in the parameter's own units, `ascertainment` among them, which is the prior's.
        r_hat: name → rank-normalised split R-hat over all walkers; below 1.01 they have met.
        effective_size: name → (bulk, tail), of all steps kept.
        steps: each walker's, after those left out at the beginning.
        seconds: that it took.
    """

    observed: Observed
    priors: Priors
    z: np.ndarray
    draws: dict[str, np.ndarray]
    r_hat: dict[str, float]
    effective_size: dict[str, tuple[float, float]]
    steps: int
    seconds: float

    @property
    def likelihood(self) -> Likelihood:
        """That was fitted."""
        return likelihood_of(self.observed, self.priors)

    @property
    def converged(self) -> bool:
        """Whether every R-hat lies below 1.01 and every effective size above 400."""
        return max(self.r_hat.values()) < 1.01 and min(min(both) for both in self.effective_size.values()) > 400

    def interval(self, name: str, share: float = 0.95) -> tuple[float, float, float]:
        """Median, and the bounds of the central interval that holds `share` of the draws."""
        return interval(self.draws[name], share)

    def learned(self) -> dict[str, float]:
        """Name → 1 − variance of the posterior / variance of the prior: 0 where the counts say nothing of it."""
        found = {name: float(1 - self.z[:, k].var()) for k, name in enumerate(self.priors.free)}
        return found | {"ascertainment": 0.0}


def interval(values: np.ndarray, share: float = 0.95) -> tuple[float, float, float]:
    """Median, and the bounds of the central interval that holds `share` of the values (n,).

    >>> interval(np.arange(101.0), 0.9)
    (50.0, 5.0, 95.0)
    """
    middle, low, high = np.quantile(values, (0.5, (1 - share) / 2, (1 + share) / 2))
    return float(middle), float(low), float(high)


def posterior(
    observed: Observed,
    priors: Priors | None = None,
    *,
    steps: int = 4_000,
    warmup: int = 1_500,
    walkers: int = 40,
    ensembles: int = 2,
    seed: int = 0,
    progress: Progress = silent,
) -> Posterior:
    """Draw from the posterior of a region's parameters, by emcee's affine-invariant ensembles.

    Independent ensembles of walkers, each in a thread, begin about the mode; differential-evolution and snooker moves
    (emcee's `DEMove`, `DESnookerMove`). Every walker counts as a chain of its own in R-hat.

    What the counts cannot tell stays in the draws as it was in the prior: the share of infections that are ever
    reported; and largely the delays, borrowed from patients elsewhere. `Posterior.learned` says how much was learned.

    Args:
        observed: counts by day.
        priors: `priors_of(observed)` by default.
        steps: of each walker after the warm-up.
        warmup: steps left out.
        walkers: of each ensemble, at least twice the free parameters.
        ensembles: independent ones; at least 1.
        seed: of all of it: the same seed gives the same draws.
        progress: is told.

    Raises: MissingExtraError where emcee is not installed (`pip install 'cutaway[epidemic]'`); InputError for too few
        walkers or steps.

    Source: Foreman-Mackey, Hogg, Lang and Goodman 2013, PASP 125 (emcee); ter Braak and Vrugt 2008 (snooker).
    """
    known = priors_of(observed) if priors is None else priors
    if walkers < 2 * len(known.free) or walkers % 2:
        raise InputError(
            f"walkers: posterior expected an even number, at least {2 * len(known.free)} for {len(known.free)} free "
            f"parameters, got {walkers}"
        )
    if steps < 4 or warmup < 0 or ensembles < 1:
        raise InputError(
            f"steps, warmup, ensembles: posterior expected at least 4, 0 and 1, got {steps}, {warmup}, {ensembles}"
        )
    begun = time.perf_counter()
    target = likelihood_of(observed, known)
    progress("finding the mode", 0, None)
    start = mode(target)
    chains = np.concatenate(
        list(
            in_turn(
                lambda k: _ensemble(target, start, walkers, warmup, steps, (seed, k), progress if k == 0 else silent),
                ensembles,
            )
        )
    )
    met = {name: r_hat(chains[:, :, k]) for k, name in enumerate(known.free)}
    sizes = {name: effective_size(chains[:, :, k]) for k, name in enumerate(known.free)}
    rng = np.random.default_rng((seed, ensembles))
    flat = chains.reshape(-1, chains.shape[2])
    z = flat[rng.choice(len(flat), min(KEPT, len(flat)), replace=False)]
    draws = {name: prior.value(z[:, k]) for k, (name, prior) in enumerate(known.free.items())}
    draws["ascertainment"] = np.minimum(known.ascertainment.value(rng.normal(size=len(z))), 1.0)
    return Posterior(observed, known, z, draws, met, sizes, steps, time.perf_counter() - begun)


def mode(target: Likelihood) -> np.ndarray:
    """Where the posterior is largest in the priors' standard units (free,), found from the priors' centre."""
    from scipy.optimize import minimize

    n = len(target.priors.free)
    step = 1e-5

    def value_and_slope(z: np.ndarray) -> tuple[float, np.ndarray]:
        points = np.concatenate((z[None], z + step * np.eye(n), z - step * np.eye(n)))
        found = target.posterior(points)
        if not np.isfinite(found).all():
            return 1e10, np.zeros(n)
        return -float(found[0]), -(found[1 : n + 1] - found[n + 1 :]) / (2 * step)

    return np.asarray(minimize(value_and_slope, np.zeros(n), jac=True, method="BFGS", options={"maxiter": 400}).x)


def _ensemble(
    target: Likelihood,
    start: np.ndarray,
    walkers: int,
    warmup: int,
    steps: int,
    seed: tuple[int, int],
    progress: Progress,
) -> np.ndarray:
    """The walkers' steps after the warm-up (walkers, steps, free)."""
    try:
        import emcee
    except ImportError:
        raise MissingExtraError("the posterior of an outbreak", "epidemic") from None

    rng = np.random.default_rng(seed)
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(walkers, len(start), target.posterior, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(rng.integers(2**31)).get_state()
    first = np.clip(start + 0.3 * rng.normal(size=(walkers, len(start))), -7, 7)
    for k, _ in enumerate(sampler.sample(first, iterations=warmup + steps)):
        if not k % 100:
            progress("drawing", k, warmup + steps)
    return np.asarray(sampler.get_chain(discard=warmup).swapaxes(0, 1))
