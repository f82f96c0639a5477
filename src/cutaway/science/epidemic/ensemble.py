"""Many outbreaks that might have been: the same renewal process, one person at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once, cores
from cutaway.science.epidemic.kernel import (
    CLEARING,
    EARLY,
    LATE,
    LONGEST_DEATH,
    LONGEST_INCUBATION,
    MID,
    NARROW,
    WIDTH,
    lognormal_days,
    median_on,
)
from cutaway.science.epidemic.waves import Parameters, Waves, checked, waves

WAVES = ("infections", "onsets", "reports", "deaths")


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """Whole numbers by day of each run, each (runs, days); `infections` are all of them, the others as in Waves."""

    infections: np.ndarray
    onsets: np.ndarray
    reports: np.ndarray
    deaths: np.ndarray

    def quantiles(self, wave: str, p: tuple[float, ...] = (0.025, 0.25, 0.5, 0.75, 0.975)) -> np.ndarray:
        """By day (len(p), days) of one wave, such as "reports".

        Raises: InputError for a name that is no wave's.
        """
        if wave not in WAVES:
            raise InputError(f"wave: quantiles expected one of {', '.join(WAVES)}, got {wave!r}")
        return np.asarray(np.quantile(getattr(self, wave), p, axis=0))


def ensemble(
    parameters: Parameters,
    lockdown_day: int,
    days: int,
    *,
    runs: int = 200,
    seed: int = 0,
    start: int = 0,
    spread: float = 0.3,
    anchor: int | None = None,
    definition_day: int | None = None,
) -> Ensemble:
    """Stochastic outbreaks whose mean is `waves`: chance in who infects whom, in each delay, in who dies.

    Until day `start` infections are the expected ones, rounded at random. From then on those of a day are
    negative binomial about R_t Σ g_s I_{t−s}, as what each person infects in expectation is gamma-distributed,
    of shape `spread`: few infect many. Each of those who will be reported falls ill, waits for the report and, at the
    fatality, dies after days drawn from the delays.

    Args:
        parameters: as of `waves`.
        lockdown_day: as of `waves`.
        days: as of `waves`.
        runs: outbreaks.
        seed: of all of it.
        start: the day from which chance rules. From day 0 on, with less than a person a day, most outbreaks die out.
        spread: the shape k of the offspring's law; 0.1 for super-spreading, infinite for none.
        anchor: as of `waves`.
        definition_day: as of `waves`.

    Raises: InputError for arguments out of their ranges, or an outbreak beyond a thousand million infections a day.

    >>> runs = ensemble(Parameters(), 53, 90, runs=20, start=40)
    >>> runs.reports.shape
    (20, 90)
    """
    v = checked(parameters, "ensemble")
    if runs < 1 or not spread > 0 or not 0 <= start < days:
        raise InputError(
            f"runs, spread, start: ensemble expected at least 1, above 0 and a day below {days}, got "
            f"{runs}, {spread}, {start}"
        )
    expected = waves(parameters, lockdown_day, days, anchor=anchor).infections
    if expected.max() > 1e9:
        raise InputError(f"parameters: ensemble expected below 1e9 infections a day, got {expected.max():.3g}")
    shares = np.ones(days) * parameters.reproduction_before
    since = np.arange(days) - lockdown_day
    fall = np.where(since < 0, 0.0, np.minimum((since + 1) / max(parameters.ramp, 1e-9), 1.0))
    shares += (parameters.reproduction_after - parameters.reproduction_before) * fall
    history = expected[0] * np.exp(-parameters.growth_before * np.arange(1, len(parameters.generation.generation)))
    out = np.empty((runs, 4, days))
    keys = np.random.SeedSequence(seed).generate_state(runs)
    shape = 1e12 if not np.isfinite(spread) else spread
    blocks = np.array_split(np.arange(runs), min(cores(), runs))

    def part(k: int) -> None:
        block = blocks[k]
        _runs(
            keys[block],
            v,
            shares,
            expected,
            history,
            parameters.generation.generation,
            start,
            shape,
            parameters.ascertainment,
            -1 if definition_day is None else definition_day,
            out[block[0] : block[-1] + 1],
        )

    at_once(part, len(blocks))
    return Ensemble(out[:, 0], out[:, 1], out[:, 2], out[:, 3])


def mean_of(runs: Ensemble) -> Waves:
    """The mean over the runs by day."""
    return Waves(*(getattr(runs, wave).mean(axis=0) for wave in WAVES))


@njit(cache=True, nogil=True)
def _chosen(number: int, chance: float) -> int:
    """How many of so many, each by chance; a function of its own, as it takes seconds to compile."""
    return int(np.random.binomial(number, chance))


@njit(cache=True, nogil=True)
def _spread(number: float, p: np.ndarray, first: int, out: np.ndarray) -> None:
    """Add `number` people, each after days drawn from p, to out from day `first` on."""
    left, share = int(number), 1.0
    for d in range(len(p)):
        if left == 0:
            break
        chance = min(p[d] / share, 1.0) if share > 1e-12 else 1.0
        here = _chosen(left, chance)
        share -= p[d]
        left -= here
        if first + d < len(out):
            out[first + d] += here


@njit(cache=True, nogil=True)
def _runs(
    keys: np.ndarray,
    v: np.ndarray,
    reproduction: np.ndarray,
    expected: np.ndarray,
    history: np.ndarray,
    generation: np.ndarray,
    start: int,
    spread: float,
    ascertainment: float,
    definition: int,
    out: np.ndarray,
) -> None:
    """Fill out (runs, 4, days)."""
    days = out.shape[2]
    incubation, death = np.empty(LONGEST_INCUBATION + 1), np.empty(LONGEST_DEATH + 1)
    lognormal_days(v[5], v[6], incubation)
    lognormal_days(v[11], v[12], death)
    hazard = np.empty(days)
    for c in range(days):
        hazard[c] = np.log(2.0) / median_on(float(c), v[EARLY], v[LATE], v[MID], v[WIDTH])
    narrow = v[NARROW] if definition >= 0 else 1.0
    for run in range(len(keys)):
        np.random.seed(keys[run])
        x = out[run]
        x[:] = 0.0
        for t in range(days):
            if t < start:
                x[0, t] = np.floor(expected[t] + np.random.random())
            else:
                pressure = 0.0
                for s in range(1, len(generation)):
                    pressure += generation[s] * (x[0, t - s] if t >= s else history[s - t - 1])
                if pressure > 0:
                    mean = np.random.gamma(spread * pressure) * reproduction[t] / spread
                    x[0, t] = np.random.poisson(mean)
            _spread(float(_chosen(int(x[0, t]), ascertainment)), incubation, t, x[1])
            dying = _chosen(int(x[1, t]), v[13])
            _spread(float(dying), death, t, x[3])
        waiting, backlog = 0, 0
        for c in range(days):
            new = int(x[1, c])
            count = _chosen(waiting, 1 - np.exp(-hazard[c])) + _chosen(new, 1 - np.exp(-0.5 * hazard[c]))
            waiting += new - count
            if c < definition:
                seen = _chosen(count, narrow)
                backlog += count - seen
                x[2, c] = seen
            else:
                cleared = _chosen(backlog, v[CLEARING]) if definition >= 0 else 0
                backlog -= cleared
                x[2, c] = count + cleared
