"""Which parameters a score depends on, over a whole space, told from the trials that were made in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.search.inputs import level_between, vector
from cutaway.science.search.process import GaussianProcess, gaussian_process

_MOST = 240  # trials that the surface is fitted to
_BASE = 160  # places from which it is read along each parameter,
_NODES = 6  # at so many values of a number


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of the surface's variance over the space, by parameter (d,).

    `total`: that vanishes when the parameter alone is fixed, with its interval `low` … `high`; interactions count for
    each that takes part, so that the sum may be above 1. `alone`: that the parameter makes without any other.
    `explained`: how much of the trials' variance the surface explains; below a half the shares say little.
    """

    total: np.ndarray
    low: np.ndarray
    high: np.ndarray
    alone: np.ndarray
    explained: float


def importance(
    x: Any,
    y: Any,
    *,
    categories: tuple[int, ...] | None = None,
    searches: Any = None,
    resamples: int = 30,
    level: float = 0.9,
    seed: int = 0,
) -> Shares:
    """Total and first-order variance shares of each parameter, from trials x (n, d) with scores y (n,).

    A Gaussian process is fitted to the trials and read all over the space, along each parameter from random places, so
    that trials that crowd about an optimum do not count for more of it. `categories` (d,): 0 for a number, whose column
    is in 0 … 1; k for a choice of k, whose column holds 0 … k-1. NaN, where a condition left the parameter out, stands
    at the middle or at no choice. The interval holds the middle `level` of `resamples` refits to trials drawn with
    replacement, whole `searches` (n,) at a time where these are told; it does not hold what no trial has seen. At most
    240 trials, evenly taken. Scores that are all the same give zeros.

    Raises:
        InputError: shapes that do not fit, fewer than 4 trials, values outside their range, or no resamples.

    Source: Oakley and O'Hagan, Probabilistic sensitivity analysis of complex models, J. R. Statist. Soc. B 66 (2004),
    for the surface; Saltelli and others, Computer Physics Communications 181 (2010), equations 2 and 4, for the shares.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.random((60, 2))
    >>> importance(x, np.sin(5 * x[:, 0])).total.round(1)
    array([1., 0.])
    """
    scores = vector("y", y, "importance")
    raw = np.asarray(x, dtype=np.float64)
    level = level_between(level, "importance")
    if raw.ndim != 2 or len(raw) != len(scores) or raw.shape[1] == 0:
        raise InputError(f"x of importance: expected {len(scores)} rows, one a score, got shape {raw.shape}")
    if len(scores) < 4:
        raise InputError(f"y of importance: expected 4 trials or more, got {len(scores)}")
    if resamples < 1:
        raise InputError(f"resamples of importance: expected 1 or more, got {resamples}")
    kinds = _kinds(raw, categories)
    blocks = np.arange(len(scores)) if searches is None else np.asarray(searches)
    if blocks.shape != scores.shape:
        raise InputError(f"searches of importance: expected {len(scores)}, one a trial, got shape {blocks.shape}")
    if len(scores) > _MOST:
        kept = np.unique(np.linspace(0, len(scores) - 1, _MOST).astype(int))
        raw, scores, blocks = raw[kept], scores[kept], blocks[kept]
    d = raw.shape[1]
    if np.all(scores == scores[0]):
        zero = np.zeros(d)
        return Shares(zero, zero.copy(), zero.copy(), zero.copy(), 0.0)
    rng = np.random.default_rng(seed)
    encoded = _encoded(raw, kinds)
    surface = gaussian_process(encoded, scores, starts=1, seed=seed)
    places = _places(kinds, rng)
    total, alone = places.shares(surface)
    residual = scores - surface.mean_at(encoded)
    names = np.unique(blocks)
    if len(names) < 3:  # so few searches have no spread to draw from: their trials are drawn
        blocks, names = np.arange(len(scores)), np.arange(len(scores))
    rows = [np.flatnonzero(blocks == name) for name in names]
    found = np.empty((resamples, d))
    for b in range(resamples):
        drawn = np.concatenate([rows[k] for k in rng.integers(0, len(rows), size=len(rows))])[:_MOST]
        if np.ptp(scores[drawn]) == 0:
            found[b] = total
            continue
        found[b] = places.shares(surface.given(encoded[drawn], scores[drawn]))[0]
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2), axis=0)
    explained = max(0.0, 1.0 - float(residual.var() / scores.var()))
    return Shares(total, np.minimum(low, total), np.maximum(high, total), alone, explained)


def _kinds(x: np.ndarray, categories: tuple[int, ...] | None) -> tuple[int, ...]:
    kinds = (0,) * x.shape[1] if categories is None else tuple(int(k) for k in categories)
    if len(kinds) != x.shape[1]:
        raise InputError(f"categories of importance: expected {x.shape[1]}, one a column, got {len(kinds)}")
    for j, kind in enumerate(kinds):
        known = x[~np.isnan(x[:, j]), j]
        top = max(kind - 1, 1) if kind else 1
        if known.size and (known.min() < 0 or known.max() > top):
            raise InputError(f"x of importance: expected column {j} in 0 … {top}, got {known.min()} … {known.max()}")
    return kinds


def _encoded(x: np.ndarray, kinds: tuple[int, ...]) -> np.ndarray:
    """Numbers as they are, choices as one column each, half a root apart, so that two choices lie 1 apart."""
    columns = []
    for j, kind in enumerate(kinds):
        if kind == 0:
            columns.append(np.nan_to_num(x[:, j : j + 1], nan=0.5))
        else:
            columns.append((x[:, j : j + 1] == np.arange(kind)) * np.sqrt(0.5))
    return np.concatenate(columns, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where a surface is read: `points` (sum of base × nodes, q), and for each parameter its nodes' weights."""

    points: np.ndarray
    weights: tuple[np.ndarray, ...]

    def shares(self, surface: GaussianProcess) -> tuple[np.ndarray, np.ndarray]:
        """Total and first-order shares (d,) of the mean of the surface."""
        values = surface.mean_at(self.points)
        within, between, whole = [], [], []
        first = 0
        for weight in self.weights:
            block = values[first : first + _BASE * len(weight)].reshape(_BASE, len(weight))
            first += block.size
            centre = block @ weight
            within.append(float(np.mean(np.square(block - centre[:, None]) @ weight)))
            between.append(float(np.square(block.mean(axis=0) - centre.mean()) @ weight))
            whole.append(float(np.mean(np.square(block - centre.mean()) @ weight)))
        variance = float(np.mean(whole))
        if variance <= 1e-15 * surface.signal**2:
            return np.zeros(len(within)), np.zeros(len(within))
        total = np.array(within) / variance
        return total, np.minimum(np.array(between) / variance, total)


def _places(kinds: tuple[int, ...], rng: np.random.Generator) -> _Places:
    """A Latin hypercube, and from each of its points a walk along every parameter: all options, or Gauss's nodes."""
    even = np.column_stack([(rng.permutation(_BASE) + rng.random(_BASE)) / _BASE for _ in kinds])
    base = np.where(np.asarray(kinds) == 0, even, np.floor(even * np.asarray(kinds)))
    nodes, gauss = np.polynomial.legendre.leggauss(_NODES)
    points, weights = [], []
    for j, kind in enumerate(kinds):
        along = (nodes + 1) / 2 if kind == 0 else np.arange(kind, dtype=np.float64)
        walked = np.repeat(base, len(along), axis=0)
        walked[:, j] = np.tile(along, _BASE)
        points.append(_encoded(walked, kinds))
        weights.append(gauss / 2 if kind == 0 else np.full(kind, 1 / kind))
    return _Places(np.concatenate(points), tuple(weights))
