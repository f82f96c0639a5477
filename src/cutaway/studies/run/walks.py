"""Walkers on a surface of two settings, trial by trial: a grid, random places, and a surrogate that asks.

A run draws a surface, the noise of every trial and where the grid lies; its walkers share all of it, and the
surrogate's first trials are the random walker's own. Runs differ in their seeds alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.progress import Progress, silent
from cutaway.studies.run.surfaces import Surface, drawn, places

WALKERS = {"grid": "grid", "random": "random", "surrogate": "Bayesian", "tpe": "TPE"}
FIRST = 4  # of the surrogate's trials, those that are the random walker's
EAGER = 8  # trials, after each of which the kernel is fitted anew
STARTS = 1  # of the search for the likeliest kernel
DRAWS = 24  # places among which TPE takes the best, as is usual
LONG = 10  # times the budget, for which random search walks on


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Trials of one walker: places (n, 2), their scores as `seen` (n,) with noise, and as `true` (n,) without."""

    x: np.ndarray
    seen: np.ndarray
    true: np.ndarray

    def regret(self, best: float) -> np.ndarray:
        """How far what looks best after 1, 2, … trials is from the best there is (n,), without the noise."""
        return np.asarray(np.maximum(best - self.true[self.chosen()], 0.0))

    def chosen(self) -> np.ndarray:
        """Which trial looks best after 1, 2, … trials (n,), the first among equals."""
        before = np.maximum.accumulate(np.append(-np.inf, self.seen[:-1]))
        return np.asarray(np.maximum.accumulate(np.where(self.seen > before, np.arange(len(self.seen)), 0)))


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the surrogate made of its first `trials` trials: lengths along both settings, standard deviations of the
    surface and of a trial. With the trials these give its mean, its uncertainty and what it asks next.
    """

    trials: int
    lengths: tuple[float, float]
    signal: float
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One seed: the surface, the walks by name, and the surrogate's kernel at each trial it asked for, and after."""

    surface: Surface
    walks: dict[str, Walk]
    kernels: tuple[Kernel, ...]


def walk(
    kind: str, side: int, noise: float, key: tuple[int, ...], *, tpe: bool = False, progress: Progress = silent
) -> Run:
    """All walkers over one surface of this kind, side² trials each; random search walks on for `LONG` times as many."""
    n = side * side
    luck = [np.random.default_rng((*key, at)) for at in range(5)]
    surface = drawn(kind, luck[0])
    scatter = noise * luck[3].standard_normal((len(WALKERS), LONG * n))

    def tried(x: np.ndarray, row: int) -> Walk:
        true = surface.score(x)
        return Walk(x, true + scatter[row, : len(x)], true)

    def on(ask: Callable[[np.ndarray, np.ndarray], np.ndarray], row: int) -> Walk:
        """Trial by trial, from the random walker's first: the same places, with the same noise."""
        x, seen = random[:FIRST], walks["random"].seen[:FIRST]
        while len(x) < n:
            progress("trials", len(x), n)
            following = ask(x, seen)[None]
            seen = np.append(seen, surface.score(following) + scatter[row, len(x)])
            x = np.vstack((x, following))
        return Walk(x, seen, surface.score(x))

    random = luck[2].random((LONG * n, 2))
    walks = {"grid": tried(grid(side, luck[1]), 0), "random": tried(random, 1)}
    told: list[Kernel] = []

    def surrogate(x: np.ndarray, seen: np.ndarray) -> np.ndarray:
        # The kernel is fitted anew at every one of the first trials, then at every third.
        fresh = not told or len(x) <= EAGER or (len(x) - EAGER) % 3 == 0
        following, kernel = promising(x, seen, None if fresh else told[-1])
        told.append(kernel)
        return following

    walks["surrogate"] = on(surrogate, 2)
    surrogate(walks["surrogate"].x, walks["surrogate"].seen)  # what it would ask if it went on
    if tpe:
        walks["tpe"] = on(lambda x, seen: parzen(x, seen, luck[4]), 3)
    return Run(surface, walks, tuple(told))


def grid(side: int, luck: np.random.Generator) -> np.ndarray:
    """A grid (side², 2) over the square in an order of no meaning, shifted at random within a step along each setting.

    Where a box of settings begins is arbitrary; without the shift one grid would be lucky on one surface for ever.
    """
    shift, axis = luck.random(2), np.arange(side)
    at = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.asarray(luck.permutation((at + shift) / side))


def promising(x: np.ndarray, seen: np.ndarray, kernel: Kernel | None = None) -> tuple[np.ndarray, Kernel]:
    """The place (2,), of those that are shown, with the largest expected improvement over what is believed best.

    By this kernel, or the likeliest if none is given, which is returned with it.
    """
    from cutaway.science.search import expected_improvement, gaussian_process

    if kernel is None:
        process = gaussian_process(x, seen, starts=STARTS)
    else:
        process = gaussian_process(x, seen, lengths=kernel.lengths, signal=kernel.signal, noise=kernel.noise)
    best = float(process.at(x).mean.max())
    at = int(np.argmax(expected_improvement(process.at(places()), best)))
    one, other = process.lengths.tolist()
    return places()[at], Kernel(len(x), (one, other), process.signal, process.noise)


def parzen(x: np.ndarray, seen: np.ndarray, luck: np.random.Generator) -> np.ndarray:
    """The place (2,) of most good for the bad among `DRAWS` drawn where the good trials are."""
    from cutaway.science.search import density_ratio

    ratio = density_ratio(x, seen)
    centres, widths = ratio.good.centres, ratio.good.widths
    from_all = luck.random((DRAWS, 2))
    which = luck.integers(0, len(centres) + 1, DRAWS)  # the last stands for the uniform prior
    near = np.clip(which, 0, len(centres) - 1)
    drawn_near = centres[near] + widths[near] * luck.standard_normal((DRAWS, 2))
    good = np.where((which < len(centres))[:, None], drawn_near, from_all)
    inside = np.where(np.all((good >= 0) & (good <= 1), axis=1, keepdims=True), good, from_all)
    return np.asarray(inside[int(np.argmax(ratio.at(inside)))])
