"""A grid derived from a space, with at least as many points as there may be trials."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cutaway.core.errors import InputError
from cutaway.tuning.space import Choice, Grid, Int, Parameter, Space, Value, holds

MOST_POINTS = 100_000
"""No more points are listed; of a larger grid (many unordered options) each so-many-th is kept."""


def derived(space: Space, budget: int) -> Grid:
    """The grid of `Space.grid`.

    Unordered options are all tried. Each range is cut into equal parts (equal in the logarithm where `log`) and the
    middles of the parts are tried: one part at first, then one more for the parameter that has the fewest, until the
    grid has at least `budget` points. The search then tries `budget` of them, in an order drawn by its seed.

    Raises: InputError where the budget is not positive.
    """
    if budget < 1:
        raise InputError(f"grid: expected a budget of at least one trial, got {budget}; raise it")
    counts = {name: _least(parameter) for name, parameter in space.ordered()}
    while _points(space, counts) < budget:
        growing = [name for name, parameter in space.ordered() if counts[name] < _most(parameter)]
        if not growing:
            break
        counts[min(growing, key=counts.__getitem__)] += 1
    levels = {name: _levels(parameter, counts[name]) for name, parameter in space.ordered()}
    total = _points(space, counts)
    step = math.ceil(total / MOST_POINTS)
    points = tuple(_point(space, levels, number) for number in range(0, total, step))
    return Grid(points, levels, _sentence(space, levels, total, budget))


def _least(parameter: Parameter) -> int:
    return len(parameter.options) if isinstance(parameter, Choice) and not parameter.ordered else 1


def _most(parameter: Parameter) -> float:
    if isinstance(parameter, Choice):
        return len(parameter.options)
    return parameter.high - parameter.low + 1 if isinstance(parameter, Int) else math.inf


def _levels(parameter: Parameter, count: int) -> tuple[Value, ...]:
    """`count` values, the middles of equal parts of the range; whole numbers are rounded and never repeated."""
    middles = [(k + 0.5) / count for k in range(count)]
    if isinstance(parameter, Choice):
        if not parameter.ordered:
            return parameter.options
        return tuple(parameter.options[int(middle * len(parameter.options))] for middle in middles)
    if not isinstance(parameter, Int):
        return tuple(_between(parameter.low, parameter.high, parameter.log, middle) for middle in middles)
    # The whole number n stands for n ± 1/2, as Optuna's samplers draw it.
    out: list[int] = []
    for k, middle in enumerate(middles):
        value = round(_between(parameter.low - 0.5, parameter.high + 0.5, parameter.log, middle))
        lowest = out[-1] + 1 if out else parameter.low
        out.append(int(min(max(value, lowest), parameter.high - (count - 1 - k))))
    return tuple(out)


def _between(low: float, high: float, log: bool, share: float) -> float:
    if log:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)


def _points(space: Space, counts: Mapping[str, int]) -> int:
    """How many points the grid has; conditions are counted along the parents' levels."""
    return _size(space.ordered(), {name: _levels(space.parameters[name], count) for name, count in counts.items()}, {})


def _size(rest: list[tuple[str, Parameter]], levels: Mapping[str, tuple[Value, ...]], fixed: dict[str, Value]) -> int:
    """The points that the rest of the parameters make beside those that are fixed."""
    if not rest:
        return 1
    (name, parameter), *others = rest
    if not holds(parameter, fixed):
        return _size(others, levels, fixed)
    if not any(name in other.when for _, other in others):  # nobody asks for its value
        return len(levels[name]) * _size(others, levels, fixed)
    return sum(_size(others, levels, {**fixed, name: value}) for value in levels[name])


def _point(space: Space, levels: Mapping[str, tuple[Value, ...]], number: int) -> dict[str, Value]:
    """The point of that number, the last parameter changing fastest."""
    out: dict[str, Value] = {}
    rest = space.ordered()
    while rest:
        (name, parameter), *rest = rest
        if not holds(parameter, out):
            continue
        for value in levels[name]:
            below = _size(rest, levels, {**out, name: value})
            if number < below:
                out[name] = value
                break
            number -= below
    return out


def _sentence(space: Space, levels: Mapping[str, tuple[Value, ...]], total: int, budget: int) -> str:
    told = []
    for name, parameter in space.ordered():
        scale = " on a logarithmic scale" if not isinstance(parameter, Choice) and parameter.log else ""
        values = len(levels[name])
        told.append(f"{name}: {values} {'value' if values == 1 else 'values'}{scale}")
    if total < budget:
        tried = f"all of which are tried; the budget of {budget} trials is not used up, since there are no more"
    elif total == budget:
        tried = "all of which are tried"
    else:
        tried = f"of which {budget} are tried, drawn by the seed"
    return (
        f"The grid has {total:,} {'point' if total == 1 else 'points'} ({'; '.join(told)}), {tried}. Ranges are cut "
        f"into equal parts and the middle of each is tried; the parameter with the fewest values gets the next one."
    )
