"""Compiled: the log-likelihood of negative-binomial counts, a batch of parameters at a time."""

from __future__ import annotations

from math import lgamma, log

import numpy as np
from numba import njit

from cutaway.science.epidemic.kernel import (
    LONGEST_DEATH,
    LONGEST_GENERATION,
    LONGEST_INCUBATION,
    waves_of,
)

ONSET_SCALE = 18
CASE_DISPERSION = 19
LEAST = 1e-9  # an expected count below this is this


@njit(cache=True, nogil=True, error_model="numpy")
def negative_binomial(
    counts: np.ndarray, means: np.ndarray, used: np.ndarray, scale: float, dispersion: float
) -> float:
    """Σ log P(count) over the used days; variance μ + dispersion · μ², μ = scale · mean."""
    size = 1 / dispersion
    constant = lgamma(size) - size * log(size)
    total = 0.0
    for t in range(len(counts)):
        if used[t]:
            y = counts[t]
            mu = max(scale * means[t], LEAST)
            total += lgamma(y + size) - lgamma(y + 1) - constant + y * log(mu) - (y + size) * log(mu + size)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihoods(
    vectors: np.ndarray,
    counts: np.ndarray,
    used: np.ndarray,
    anchor: int,
    lockdown: int,
    definition: int,
    cut: int,
    out: np.ndarray,
) -> None:
    """Fill out (n,) for vectors (n, 22); counts and used (3, days) of cases, deaths and onsets. −∞ where not finite."""
    days = counts.shape[1]
    generation = np.empty(LONGEST_GENERATION + 1)
    incubation = np.empty(LONGEST_INCUBATION + 1)
    death = np.empty(LONGEST_DEATH + 1)
    waves = np.empty((4, days))
    seen = np.empty(days)
    for k in range(len(vectors)):
        v = vectors[k]
        waves_of(v, anchor, lockdown, definition, cut, -1, generation, incubation, death, waves, seen)
        total = negative_binomial(counts[0], waves[2], used[0], 1.0, v[CASE_DISPERSION])
        total += negative_binomial(counts[1], waves[3], used[1], 1.0, v[CASE_DISPERSION + 1])
        total += negative_binomial(counts[2], seen, used[2], v[ONSET_SCALE], v[CASE_DISPERSION + 2])
        out[k] = total if np.isfinite(total) else -np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def waves_many(
    vectors: np.ndarray,
    lockdowns: np.ndarray,
    untils: np.ndarray,
    anchor: int,
    definition: int,
    cut: int,
    out: np.ndarray,
    seen: np.ndarray,
) -> None:
    """Fill out (n, 4, days) with the waves and seen (n, days) with the onsets reported by the cut."""
    generation = np.empty(LONGEST_GENERATION + 1)
    incubation = np.empty(LONGEST_INCUBATION + 1)
    death = np.empty(LONGEST_DEATH + 1)
    for k in range(len(vectors)):
        waves_of(
            vectors[k],
            anchor,
            lockdowns[k],
            definition,
            cut,
            untils[k],
            generation,
            incubation,
            death,
            out[k],
            seen[k],
        )
