"""What a search searches: named parameters, some of which exist only where another has a given value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, TypeAlias

from cutaway.core.contest import ParameterRange
from cutaway.core.errors import InputError

Value: TypeAlias = bool | int | float | str | None
"""What a parameter may be: Optuna's storage keeps no other kinds."""


@dataclass(frozen=True, slots=True)
class Float:
    """A number in `low` … `high`, drawn on a logarithmic scale where `log`. `when`: see `Space`."""

    low: float
    high: float
    log: bool = False
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number in `low` … `high`, both among them, drawn on a logarithmic scale where `log`."""

    low: int
    high: int
    log: bool = False
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options: text, numbers, true or false, or None. Numbers in ascending order count as levels: a grid
    may leave some out.
    """

    options: tuple[Value, ...]
    when: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Whether the options are numbers in ascending order."""
        numbers = [
            option for option in self.options if isinstance(option, int | float) and not isinstance(option, bool)
        ]
        return len(numbers) == len(self.options) and all(a < b for a, b in pairwise(numbers))


Parameter: TypeAlias = Float | Int | Choice


@dataclass(frozen=True, slots=True)
class Space:
    """Parameters by name. A parameter with `when={"kernel": "rbf"}` exists only where kernel is rbf; a list or tuple
    stands for any of its values, and several names must all hold.

    Raises:
        InputError: one sentence that names the parameter: ends in the wrong order, a logarithm of what is not
            positive, no options, a condition on what does not exist or on a value that it cannot have, a circle.

    Examples:
        >>> gamma = Float(0.01, 1, log=True, when={"kernel": "rbf"})
        >>> space = Space({"kernel": Choice(("rbf", "linear")), "gamma": gamma})
        >>> [name for name, _ in space.active({"kernel": "linear"})]
        ['kernel']
        >>> Space({"C": Float(10, 1)})
        Traceback (most recent call last):
        cutaway.core.errors.InputError: parameter 'C': expected low below high, got low = 10 and high = 1; swap them
    """

    parameters: Mapping[str, Parameter]

    def __post_init__(self) -> None:
        if not self.parameters:
            raise InputError(
                "space: expected at least one parameter, got none; add one, such as C = {low = 1, high = 9}"
            )
        for name, parameter in self.parameters.items():
            _check(name, parameter)
        for name, parameter in self.parameters.items():
            _check_condition(name, parameter, self.parameters)
        _sorted(self.parameters)

    def ordered(self) -> list[tuple[str, Parameter]]:
        """The parameters, each after those on which its existence depends, else as they were given."""
        return _sorted(self.parameters)

    def active(self, params: Mapping[str, Value]) -> Iterator[tuple[str, Parameter]]:
        """The parameters that exist given these values, in an order in which `params` may be filled meanwhile."""
        for name, parameter in self.ordered():
            if holds(parameter, params):
                yield name, parameter

    def unconditional(self) -> dict[str, Parameter]:
        """Those that always exist."""
        return {name: parameter for name, parameter in self.ordered() if not parameter.when}

    def contains(self, params: Mapping[str, Value]) -> bool:
        """Whether these are exactly the parameters that exist together, each with a value that it can have."""
        names = [name for name, _ in self.active(params)]
        return set(names) == set(params) and all(possible(self.parameters[name], params[name]) for name in names)

    def grid(self, budget: int) -> Grid:
        """A grid of at least `budget` points, the smallest that raising one parameter's levels at a time finds.

        Raises: InputError where the budget is not positive.
        """
        from cutaway.tuning.grid import derived

        return derived(self, budget)

    def ranges(self) -> tuple[ParameterRange, ...]:
        """The parameters as a report draws them."""
        out = []
        for name, parameter in self.ordered():
            when = {key: list(wanted(value)) for key, value in parameter.when.items()}
            if isinstance(parameter, Choice):
                out.append(ParameterRange(name=name, kind="choice", choices=parameter.options, when=when))
            else:
                kind = "float" if isinstance(parameter, Float) else "int"
                low, high, log = float(parameter.low), float(parameter.high), parameter.log
                out.append(ParameterRange(name=name, kind=kind, low=low, high=high, log=log, when=when))  # type: ignore[arg-type]
        return tuple(out)

    def to_wire(self) -> dict[str, Any]:
        """As JSON takes it, and as `tuning.reading.space_of` reads it back."""
        out: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            if isinstance(parameter, Choice):
                entry: dict[str, Any] = {"type": "choice", "options": list(parameter.options)}
            else:
                kind = "float" if isinstance(parameter, Float) else "int"
                entry = {"type": kind, "low": parameter.low, "high": parameter.high, "log": parameter.log}
            if parameter.when:
                entry["when"] = {key: list(wanted(value)) for key, value in parameter.when.items()}
            out[name] = entry
        return out


@dataclass(frozen=True, slots=True)
class Grid:
    """Points of a grid in the order of its parameters, and in a sentence how it was made."""

    points: tuple[dict[str, Value], ...]
    levels: Mapping[str, tuple[Value, ...]]
    sentence: str


def wanted(value: Any) -> tuple[Value, ...]:
    """The values that a condition names.

    >>> wanted("rbf"), wanted([1, 2])
    (('rbf',), (1, 2))
    """
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)


def holds(parameter: Parameter, params: Mapping[str, Value]) -> bool:
    """Whether the parameter exists beside these values."""
    return all(
        key in params and any(same(params[key], each) for each in wanted(value))
        for key, value in parameter.when.items()
    )


def same(a: Value, b: Value) -> bool:
    """Equality in which true is not one."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def possible(parameter: Parameter, value: Value) -> bool:
    """Whether the parameter can have this value."""
    if isinstance(parameter, Choice):
        return any(same(value, option) for option in parameter.options)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    whole = isinstance(parameter, Float) or float(value).is_integer()
    return whole and parameter.low <= value <= parameter.high


def _check(name: str, parameter: Parameter) -> None:
    """Raise the error for a parameter that is wrong in itself."""
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"space: expected names of parameters as text, got {name!r}; give it a name")
    if not isinstance(parameter, Float | Int | Choice):
        raise InputError(f"parameter {name!r}: expected a Float, Int or Choice, got {type(parameter).__name__}")
    if isinstance(parameter, Choice):
        _check_options(name, parameter)
        return
    low, high = parameter.low, parameter.high
    for end, value in (("low", low), ("high", high)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"parameter {name!r}: expected {end} to be a finite number, got {value!r}")
        if isinstance(parameter, Int) and not float(value).is_integer():
            raise InputError(
                f"parameter {name!r}: expected {end} to be a whole number, got {value!r}; round it, or make it a float"
            )
    if low > high:
        raise InputError(f"parameter {name!r}: expected low below high, got low = {low} and high = {high}; swap them")
    if low == high:
        raise InputError(
            f"parameter {name!r}: expected low below high, got {low} for both; leave out what does not vary"
        )
    if parameter.log and low <= 0:
        raise InputError(
            f"parameter {name!r}: a logarithmic scale needs low above 0, got low = {low}; raise it, or leave out log"
        )


def _check_options(name: str, parameter: Choice) -> None:
    options = parameter.options
    if isinstance(options, str) or not options:
        raise InputError(f"parameter {name!r}: expected a list of options, got {options!r}; name at least one")
    for k, option in enumerate(options):
        if option is not None and not isinstance(option, bool | int | float | str):
            raise InputError(
                f"parameter {name!r}: option {option!r} is a {type(option).__name__}; expected text, numbers, true or "
                f"false"
            )
        if isinstance(option, float) and not math.isfinite(option):
            raise InputError(f"parameter {name!r}: option {option!r} is not finite; leave it out")
        if any(option == other for other in options[:k]):
            raise InputError(f"parameter {name!r}: option {option!r} stands there twice; leave one out")


def _check_condition(name: str, parameter: Parameter, all_of_them: Mapping[str, Parameter]) -> None:
    """Raise the error for a condition that can never hold."""
    if not isinstance(parameter.when, Mapping):
        raise InputError(f'parameter {name!r}: expected when as {{other = "value"}}, got {parameter.when!r}')
    for other, value in parameter.when.items():
        if other == name:
            raise InputError(f"parameter {name!r}: its condition names itself; name another parameter in when")
        if other not in all_of_them:
            near = get_close_matches(str(other), list(all_of_them), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the parameters are {', '.join(map(repr, all_of_them))}"
            raise InputError(f"parameter {name!r}: its condition names {other!r}, which is no parameter; {hint}")
        if not wanted(value):
            raise InputError(
                f"parameter {name!r}: its condition on {other!r} names no value; name one, or leave it out"
            )
        for each in wanted(value):
            if not possible(all_of_them[other], each):
                raise InputError(
                    f"parameter {name!r}: its condition needs {other} = {each!r}, which {other!r} never is; "
                    f"{_offered(all_of_them[other], each)}"
                )


def _offered(parameter: Parameter, value: Value) -> str:
    if not isinstance(parameter, Choice):
        return f"it lies in {parameter.low} … {parameter.high}"
    near = get_close_matches(str(value), [str(option) for option in parameter.options], n=1)
    return f"did you mean {near[0]!r}?" if near else f"its options are {', '.join(map(repr, parameter.options))}"


def _sorted(parameters: Mapping[str, Parameter]) -> list[tuple[str, Parameter]]:
    """Parents first.

    Raises: InputError for a circle.
    """
    out: dict[str, Parameter] = {}
    left = dict(parameters)
    while left:
        ready = next((name for name, parameter in left.items() if all(other in out for other in parameter.when)), None)
        if ready is None:
            circle = ", ".join(map(repr, left))
            raise InputError(f"parameters {circle}: their conditions go round in a circle; leave one condition out")
        out[ready] = left.pop(ready)
    return list(out.items())
