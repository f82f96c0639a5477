"""The same four waves from compartments: susceptible, exposed, infectious, removed."""

from __future__ import annotations

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.science.epidemic.delays import convolved
from cutaway.science.epidemic.kernel import reported
from cutaway.science.epidemic.waves import Parameters, Waves, checked

STEPS = 20  # of Runge and Kutta's method a day


def seir(
    parameters: Parameters,
    lockdown_day: int,
    days: int,
    *,
    population: float = 58.5e6,
    latent: float = 3.0,
    anchor: int | None = None,
    definition_day: int | None = None,
) -> Waves:
    """Expected waves of S' = −β S I / N, E' = β S I / N − σ E, I' = σ E − γ I, by Runge and Kutta's fourth order.

    1/σ is `latent`, 1/γ such that the mean generation interval 1/σ + 1/γ is `parameters.generation_mean`, β = R γ, and
    R changes on the lockdown day as in `waves`. It starts on day 0 on the exponential growth that its own R gives,
    1 + r/σ times 1 + r/γ = R, so that `parameters.infections` are reached on the anchor while few are immune. Unlike
    `waves`, it runs out of people; its generation interval is a sum of two exponential waits and not log-normal.

    Args:
        parameters: as of `waves`; `ascertainment` of all infections are reported.
        lockdown_day: as of `waves`.
        days: as of `waves`.
        population: people, N; Hubei has 58.5 million.
        latent: days from infection to being infectious, below `generation_mean`.
        anchor: as of `waves`.
        definition_day: as of `waves`.

    Raises: InputError for a parameter out of its range.
    """
    v = checked(parameters, "seir")
    if not 0 < latent < parameters.generation_mean:
        raise InputError(f"latent: seir expected days between 0 and {parameters.generation_mean}, got {latent}")
    if days < 1 or not population > 0:
        raise InputError(f"days, population: seir expected at least 1 and above 0, got {days}, {population}")
    sigma, gamma = 1 / latent, 1 / (parameters.generation_mean - latent)
    r = _growth(parameters.reproduction_before, sigma, gamma)
    start = lockdown_day if anchor is None else anchor
    whole_day = (np.exp(r) - 1) / r if r else 1.0
    incidence = parameters.infections / parameters.ascertainment * np.exp(-r * start) / whole_day
    exposed = incidence / (r + sigma)
    infectious = sigma * exposed / (r + gamma)
    total = np.array([population - exposed - infectious, exposed, infectious])
    if total[0] <= 0:
        raise InputError("population: seir expected more people than are infected on day 0")
    infections = np.empty(days)
    _integrated(
        total,
        v[0],
        v[1],
        parameters.ramp,
        sigma,
        gamma,
        population,
        lockdown_day,
        infections,
    )
    onsets = convolved(infections * parameters.ascertainment, parameters.incubation)
    reports = np.empty(days)
    reported(onsets, v, -1 if definition_day is None else definition_day, -1, reports, np.empty(days))
    return Waves(infections, onsets, reports, parameters.fatality * convolved(onsets, parameters.death))


def _growth(reproduction: float, sigma: float, gamma: float) -> float:
    """The growth r of (1 + r/σ)(1 + r/γ) = R, the larger root."""
    half = (sigma + gamma) / 2
    return float(-half + np.sqrt(half**2 - sigma * gamma * (1 - reproduction)))


@njit(cache=True, nogil=True)
def _integrated(
    state: np.ndarray,
    before: float,
    after: float,
    ramp: float,
    sigma: float,
    gamma: float,
    population: float,
    lockdown: int,
    out: np.ndarray,
) -> None:
    """Fill out (days,) with the new infections of each day; state (3,) is S, E, I."""
    h = 1.0 / STEPS
    s, e, i = state[0], state[1], state[2]
    for t in range(len(out)):
        share = 0.0
        if t >= lockdown:
            share = 1.0 if ramp <= 0 else min((t - lockdown + 1) / ramp, 1.0)
        beta = (before + (after - before) * share) * gamma / population
        at_dawn = s
        for _ in range(STEPS):
            ds, de, di = 0.0, 0.0, 0.0
            ks, ke, ki = 0.0, 0.0, 0.0
            for stage in range(4):
                reach = 0.0 if stage == 0 else (h if stage == 3 else 0.5 * h)
                ss, ee, ii = s + reach * ks, e + reach * ke, i + reach * ki
                ks = -beta * ss * ii
                ke = -ks - sigma * ee
                ki = sigma * ee - gamma * ii
                weight = (1.0 if stage == 0 or stage == 3 else 2.0) * h / 6
                ds += weight * ks
                de += weight * ke
                di += weight * ki
            s, e, i = s + ds, e + de, i + di
        out[t] = at_dawn - s
