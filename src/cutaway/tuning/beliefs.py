"""What a surrogate makes of a contest's trials over the two parameters that matter most: a Gaussian process as maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cutaway.core.contest import Believed, Direction, Importance, Search, Trial, Value
from cutaway.science.search import expected_improvement, gaussian_process
from cutaway.tuning.space import Choice, Space
from cutaway.tuning.standings import unit

SIDE = 25
FEWEST = 10
"""Trials with a value below which nothing is believed."""

MOST = 150
"""Trials that are taken; the time goes with their cube."""


def believed(
    searches: Sequence[Search],
    space: Space,
    importances: Sequence[Importance],
    direction: Direction,
    *,
    seed: int = 0,
) -> Believed | None:
    """Mean, standard deviation and expected improvement over the two most important numbers that always exist, the
    other parameters as in the best trial; None where there are no two, or too few trials.

    The process is fitted to all parameters, on their own scales. Values that are far worse than most are taken as 1.5
    interquartile ranges below the lower quartile: what lies beyond says nothing about the top.
    """
    free = [name for name, kind in space.unconditional().items() if not isinstance(kind, Choice)]
    order = [one.parameter for one in sorted(importances, key=lambda one: -one.share)] or list(space.parameters)
    chosen = [name for name in order if name in free][:2]
    done = [one for each in searches for one in each.trials if one.state == "complete" and one.value is not None]
    if len(chosen) < 2 or len(done) < FEWEST:
        return None
    sign = 1.0 if direction == "maximize" else -1.0
    taken = _taken(done, sign, seed)
    values = sign * np.array([float(one.value or 0.0) for one in taken])
    if not np.ptp(values) > 0:
        return None
    best = taken[int(np.argmax(values))]
    low, high = np.quantile(values, (0.25, 0.75))
    floor = low - 1.5 * (high - low)
    places = np.array([_place(space, one.params) for one in taken])
    process = gaussian_process(places, np.maximum(values, floor), starts=2, seed=seed)
    columns = [_columns(space).index(name) for name in chosen]
    axis = np.linspace(0.0, 1.0, SIDE)
    map_of = np.repeat(_place(space, best.params)[None], SIDE * SIDE, axis=0)
    map_of[:, columns] = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    found = process.at(map_of)
    gain = expected_improvement(found, float(process.mean_at(places).max()))
    one, other = chosen
    return Believed(
        parameters=(one, other),
        side=SIDE,
        mean=_short(sign * found.mean),
        sd=_short(found.sd),
        gain=_short(gain),
        trials=len(taken),
        cut=int(np.sum(values < floor)),
        fixed={name: value for name, value in best.params.items() if name not in chosen},
        best={name: best.params[name] for name in chosen},
    )


def _short(values: np.ndarray) -> tuple[float, ...]:
    """With five significant digits: they are drawn."""
    return tuple(float(f"{value:.5g}") for value in values)


def _taken(done: Sequence[Trial], sign: float, seed: int) -> list[Trial]:
    """Of more than `MOST` trials the best, and others drawn by the seed; of equal configurations one."""
    distinct: dict[str, Trial] = {}
    for one in sorted(done, key=lambda one: -sign * float(one.value or 0.0)):
        distinct.setdefault(repr(sorted(one.params.items())), one)
    all_of_them = list(distinct.values())
    if len(all_of_them) <= MOST:
        return all_of_them
    others = np.random.default_rng(seed).permutation(len(all_of_them) - 1)[: MOST - 1] + 1
    return [all_of_them[0], *(all_of_them[k] for k in np.sort(others))]


def _columns(space: Space) -> list[str]:
    """The parameter of each column: a choice has one for every option."""
    out: list[str] = []
    for name, kind in space.ordered():
        out += [name] * (len(kind.options) if isinstance(kind, Choice) else 1)
    return out


def _place(space: Space, params: Mapping[str, Value]) -> np.ndarray:
    """The configuration as a place of a box: numbers in 0 … 1, the option that was chosen marked; what does not exist
    stands in the middle.
    """
    out: list[float] = []
    for name, kind in space.ordered():
        if isinstance(kind, Choice):
            at = int(unit(space, name, params[name])) if name in params else -1
            out += [float(k == at) for k in range(len(kind.options))]
        else:
            out.append(unit(space, name, params[name]) if name in params else 0.5)
    return np.array(out)
