"""Compiled: the waves of one set of parameters. Callers check the arguments."""

from __future__ import annotations

from math import erf, exp, log, sqrt

import numpy as np
from numba import njit

LONGEST_GENERATION = 30
LONGEST_INCUBATION = 30
LONGEST_DEATH = 70

# Places in a vector of parameters; the names are `waves.Parameters`'s fields in this order.
(
    BEFORE,
    AFTER,
    INFECTIONS,
    GENERATION,
    GENERATION_SD,
    INCUBATION,
    INCUBATION_SD,
    EARLY,
    LATE,
    MID,
    WIDTH,
    DEATH,
    DEATH_SD,
    FATALITY,
    NARROW,
    ASCERTAINMENT,
    RAMP,
    CLEARING,
) = range(18)


@njit(cache=True, nogil=True, error_model="numpy")
def lognormal_days(mean: float, sd: float, p: np.ndarray) -> None:
    """Fill p (n,) with what `Delay(mean, sd, "lognormal", n − 1).probabilities` holds."""
    spread = sqrt(log(1 + (sd / mean) ** 2))
    root = sqrt(0.5)
    before, here = 0.0, 0.0
    total = 0.0
    for d in range(len(p)):
        x = d + 1.0
        z = (log(x / mean) + spread * spread / 2) / spread
        after = x * 0.5 * (1 + erf(z * root)) - mean * 0.5 * (1 + erf((z - spread) * root))
        p[d] = max(after - 2 * here + before, 0.0)
        before, here = here, after
        total += p[d]
    for d in range(len(p)):
        p[d] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def growth_of(reproduction: float, generation: np.ndarray) -> float:
    """The growth r of R Σ g_s e^(−r s) = 1, by Newton's method on the logarithm."""
    n = len(generation)
    mean = 0.0
    for s in range(n):
        mean += s * generation[s]
    r = log(reproduction) / mean
    for _ in range(60):
        z = exp(-r)
        total, slope, power = 0.0, 0.0, 1.0
        for s in range(n):
            total += generation[s] * power
            slope += s * generation[s] * power
            power *= z
        step = (log(reproduction) + log(total)) * total / slope
        r += step
        if abs(step) < 1e-13 * (1 + abs(r)):
            break
    return r


@njit(cache=True, nogil=True, error_model="numpy")
def infections_of(
    before: float,
    after: float,
    level: float,
    ramp: float,
    generation: np.ndarray,
    anchor: int,
    lockdown: int,
    out: np.ndarray,
) -> float:
    """Fill out (days,) with the renewal process's infections; the growth before the lockdown.

    Before the lockdown they are the stable growth level · e^(r (t − anchor)), from ever before day 0 on; `lockdown` is
    the first day of the new reproduction number, reached in equal steps over `ramp` days.
    """
    r = growth_of(before, generation)
    n = len(generation)
    for t in range(len(out)):
        if t < lockdown:
            out[t] = level * exp(r * (t - anchor))
            continue
        pressure = 0.0
        for s in range(1, n):
            past = out[t - s] if t >= s else level * exp(r * (t - s - anchor))
            pressure += generation[s] * past
        share = 1.0 if ramp <= 0 else min((t - lockdown + 1) / ramp, 1.0)
        out[t] = (before + (after - before) * share) * pressure
    return r


@njit(cache=True, nogil=True, error_model="numpy")
def delayed(x: np.ndarray, p: np.ndarray, out: np.ndarray) -> None:
    """out_t = Σ_d p_d x_{t−d}; the inner loop runs over days, where it can be done several at a time."""
    days = len(x)
    out[:] = 0.0
    for d in range(min(len(p), days)):
        share = p[d]
        for t in range(days - d):
            out[t + d] += share * x[t]


@njit(cache=True, nogil=True, error_model="numpy")
def median_on(t: float, early: float, late: float, mid: float, width: float) -> float:
    """The median delay from onset to report, had day t gone on: from early to late, halfway on day mid."""
    return late + (early - late) / (1 + exp((t - mid) / width))


@njit(cache=True, nogil=True, error_model="numpy")
def reported(onsets: np.ndarray, v: np.ndarray, definition: int, cut: int, out: np.ndarray, seen: np.ndarray) -> None:
    """Fill out (days,) with the reports of onsets (days,), and seen (days,) with the onsets reported by day `cut`.

    Whoever waits on a day is reported on it at that day's hazard, log 2 / median; on the day of onset for half the day.
    Before day `definition` only the share `narrow` is counted; the others wait, are counted from that day on, the share
    `clearing` of those still waiting each day, and from then on all are counted at once. A negative `definition`: there
    is no such day; else the cut lies before it.
    """
    days = len(onsets)
    narrow = v[NARROW] if definition >= 0 else 1.0
    waiting, backlog = 0.0, 0.0
    for c in range(days):
        half = exp(-0.5 * log(2.0) / median_on(float(c), v[EARLY], v[LATE], v[MID], v[WIDTH]))
        count = waiting * (1 - half * half) + onsets[c] * (1 - half)
        waiting += onsets[c] - count
        seen[c] = half
        if c < definition:
            backlog += (1 - narrow) * count
            out[c] = narrow * count
        else:
            cleared = v[CLEARING] * backlog if definition >= 0 else 0.0
            backlog -= cleared
            out[c] = count + cleared
    left = 1.0  # of those who were already ill before day c, the share not reported by the cut
    for c in range(days - 1, -1, -1):
        half = seen[c]
        seen[c] = narrow * onsets[c] * (1 - left * half) if c <= cut else 0.0
        if c <= cut:
            left *= half * half


@njit(cache=True, nogil=True, error_model="numpy")
def waves_of(
    v: np.ndarray,
    anchor: int,
    lockdown: int,
    definition: int,
    cut: int,
    until: int,
    generation: np.ndarray,
    incubation: np.ndarray,
    death: np.ndarray,
    out: np.ndarray,
    seen: np.ndarray,
) -> float:
    """Fill out (4, days) with infections, onsets, reports and deaths of those that come to be reported.

    The three delays' arrays are filled from v as well. Only infections of days before `until` are followed on (a
    cohort); a negative `until` follows all. Returns the growth before the lockdown.
    """
    lognormal_days(v[GENERATION], v[GENERATION_SD], generation)
    total = 1 - generation[0]
    generation[0] = 0.0
    for s in range(len(generation)):
        generation[s] /= total
    lognormal_days(v[INCUBATION], v[INCUBATION_SD], incubation)
    lognormal_days(v[DEATH], v[DEATH_SD], death)
    r = infections_of(v[BEFORE], v[AFTER], v[INFECTIONS], v[RAMP], generation, anchor, lockdown, out[0])
    if until >= 0:
        out[0, until:] = 0.0
    delayed(out[0], incubation, out[1])
    reported(out[1], v, definition, cut, out[2], seen)
    delayed(out[1], death, out[3])
    for t in range(out.shape[1]):
        out[3, t] *= v[FATALITY]
    return r
