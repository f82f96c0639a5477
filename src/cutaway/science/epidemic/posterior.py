"""What the counts leave of the priors: draws by an ensemble sampler, and whether its walkers have met."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import in_turn
from cutaway.science.epidemic.diagnostics import effective_size, r_hat
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Observed
from cutaway.science.epidemic.priors import Priors, priors_of

KEPT = 2_000  # draws that a Posterior holds
THINNED = 5  # of so many steps one is kept
FREEDOM = 10.0  # of the proposal's Student law
STRETCH = 1.1  # and its width, of the warm-up's


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of the parameters, and how far to trust them.

    Args:
        observed, priors: what was fitted.
        z: draws (n, free) in the prior's standard units, thinned from all.
        draws: name → (n,) in the parameter's own units, `ascertainment` among them, which is the prior's.
        r_hat: name → rank-normalised split R-hat over all walkers; below 1.01 they have met.
        effective_size: name → (bulk, tail), of all steps kept.
        steps: each walker's, after the warm-up.
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

    >>> interval(np.arange(5.0), 0.5)
    (2.0, 1.0, 3.0)
    """
    middle, low, high = np.quantile(values, (0.5, (1 - share) / 2, (1 + share) / 2))
    return float(middle), float(low), float(high)


def posterior(
    observed: Observed,
    priors: Priors | None = None,
    *,
    steps: int = 5_000,
    warmup: int = 1_500,
    walkers: int = 40,
    ensembles: int = 2,
    seed: int = 0,
    progress: Progress = silent,
) -> Posterior:
    """Draw from the posterior of a region's parameters, by emcee's affine-invariant ensembles.

    Independent ensembles of walkers, each in a thread, begin about the mode and take differential-evolution moves
    (emcee's `DEMove`); after the warm-up half of the moves are proposals from a Student law fitted to it (`MHMove`), so
    that walkers forget each other. Every walker counts as a chain of its own in R-hat, which is strict.

    What the counts cannot tell stays in the draws as it was in the prior: the share of infections that are ever
    reported; and largely the delays, borrowed from patients elsewhere. `Posterior.learned` says how much was learned.

    Args:
        observed: counts by day.
        priors: `priors_of(observed)` by default.
        steps: of each walker after the warm-up; one in five is kept.
        warmup: steps left out.
        walkers: of each ensemble, at least twice the free parameters.
        ensembles: independent ones; at least 1.
        seed: of all of it: the same seed gives the same draws.
        progress: is told.

    Raises: MissingExtraError where emcee is not installed (`pip install 'cutaway[epidemic]'`); InputError for too few
        walkers or steps.

    Source: Foreman-Mackey, Hogg, Lang and Goodman 2013, PASP 125 (emcee); ter Braak 2006, Statistics and
        Computing 16 (differential evolution).
    """
    known = priors_of(observed) if priors is None else priors
    begun = time.perf_counter()
    chains = draw(
        likelihood_of(observed, known),
        steps=steps,
        warmup=warmup,
        walkers=walkers,
        ensembles=ensembles,
        seed=seed,
        progress=progress,
    )
    met = {name: r_hat(chains[:, :, k]) for k, name in enumerate(known.free)}
    sizes = {name: effective_size(chains[:, :, k]) for k, name in enumerate(known.free)}
    rng = np.random.default_rng((seed, ensembles))
    flat = chains.reshape(-1, chains.shape[2])
    z = flat[rng.choice(len(flat), min(KEPT, len(flat)), replace=False)]
    draws = {name: prior.value(z[:, k]) for k, (name, prior) in enumerate(known.free.items())}
    draws["ascertainment"] = np.minimum(known.ascertainment.value(rng.normal(size=len(z))), 1.0)
    return Posterior(observed, known, z, draws, met, sizes, steps, time.perf_counter() - begun)


def draw(
    target: Likelihood,
    *,
    steps: int,
    warmup: int,
    walkers: int,
    ensembles: int = 1,
    seed: int = 0,
    progress: Progress = silent,
) -> np.ndarray:
    """The chains of `posterior`, (ensembles · walkers, steps / 5, free) in the priors' standard units.

    Raises: InputError for too few walkers or steps; MissingExtraError where emcee is not installed.
    """
    least = 2 * len(target.priors.free)
    if walkers < least or walkers % 2:
        raise InputError(
            f"walkers: draw expected an even number, at least {least}, twice the free parameters, got {walkers}"
        )
    if steps < 20 or warmup < 0 or ensembles < 1:
        raise InputError(
            f"steps, warmup, ensembles: draw expected at least 20, 0 and 1, got {steps}, {warmup}, {ensembles}"
        )
    progress("finding the mode", 0, None)
    start = mode(target)

    def one(k: int) -> np.ndarray:
        return _ensemble(target, start, walkers, warmup, steps, (seed, k), progress if k == 0 else silent)

    return np.concatenate(list(in_turn(one, ensembles)))


def mode(target: Likelihood, start: np.ndarray | None = None) -> np.ndarray:
    """Where the posterior is largest, in the priors' standard units (free,); sought from `start` or their centre."""
    from scipy.optimize import minimize

    n = len(target.priors.free)
    step = 1e-5

    def value_and_slope(z: np.ndarray) -> tuple[float, np.ndarray]:
        points = np.concatenate((z[None], z + step * np.eye(n), z - step * np.eye(n)))
        found = target.posterior(points)
        if not np.isfinite(found).all():
            return 1e10, np.zeros(n)
        return -float(found[0]), -(found[1 : n + 1] - found[n + 1 :]) / (2 * step)

    return np.asarray(
        minimize(
            value_and_slope, np.zeros(n) if start is None else start, jac=True, method="BFGS", options={"maxiter": 400}
        ).x
    )


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
    random = np.random.RandomState(rng.integers(2**31)).get_state()
    moves = [
        (emcee.moves.DEMove(), 1.0)
    ]  # not DESnookerMove: of a normal law in 18 dimensions it draws 0.57 the variance
    first = np.clip(start + 0.3 * rng.normal(size=(walkers, len(start))), -7, 7)
    sampler = emcee.EnsembleSampler(walkers, len(start), target.posterior, vectorize=True, moves=moves)
    sampler.random_state = random
    done = 0
    for here in sampler.sample(first, iterations=max(warmup, 1)):
        state = here
        done = _told(progress, done, warmup + steps)
    if warmup >= 10 * len(start):
        seen = sampler.get_chain(discard=warmup // 2, flat=True)
        moves = [(emcee.moves.DEMove(), 0.5), (emcee.moves.MHMove(_student(seen)), 0.5)]
    sampler = emcee.EnsembleSampler(walkers, len(start), target.posterior, vectorize=True, moves=moves)
    for _ in sampler.sample(state, iterations=steps // THINNED, thin_by=THINNED):
        done = _told(progress, done, warmup + steps // THINNED)
    return np.asarray(sampler.get_chain().swapaxes(0, 1))


def _told(progress: Progress, done: int, total: int) -> int:
    if not done % 100:
        progress("drawing", done, total)
    return done + 1


def _student(seen: np.ndarray) -> Callable[[np.ndarray, np.random.RandomState], tuple[np.ndarray, np.ndarray]]:
    """A proposal for Metropolis and Hastings, wherever the walker is: Student's law about what was seen.

    With draws of the warm-up (m, free) it is fixed, so that the chain stays one of Markov.
    """
    middle, free = seen.mean(axis=0), seen.shape[1]
    root = np.linalg.cholesky(np.cov(seen.T) * STRETCH**2 + 1e-9 * np.eye(free))
    inverse = np.linalg.inv(root)

    def log_density(x: np.ndarray) -> np.ndarray:
        squares = (((x - middle) @ inverse.T) ** 2).sum(axis=1)
        return np.asarray(-(FREEDOM + free) / 2 * np.log1p(squares / FREEDOM))

    def proposal(x: np.ndarray, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        width = np.sqrt(random.chisquare(FREEDOM, len(x)) / FREEDOM)
        new = middle + (random.normal(size=x.shape) / width[:, None]) @ root.T
        return new, log_density(x) - log_density(new)

    return proposal
