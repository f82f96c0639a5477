"""Parameters of a study: a default with its range, unit and words, declared once as a field of a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from math import isfinite
from typing import Any, Literal, cast

from cutaway.core.errors import InputError

Value = float | int | bool | str
Kind = Literal["number", "whole", "switch", "choice", "points", "text"]

MOST_POINTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a parameter may be.

    `where`: "python" if a new value needs a new result, "browser" if the picture finds it by looking up in the result
    that it has. `scale`: how a slider runs. `options`: a choice's values with their words.
    """

    kind: Kind
    label: str
    help: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    scale: Literal["linear", "log"] = "linear"
    options: tuple[tuple[str, str], ...] = ()
    where: Literal["python", "browser"] = "python"


def number(
    default: float,
    label: str,
    *,
    low: float,
    high: float,
    step: float | None = None,
    unit: str = "",
    scale: Literal["linear", "log"] = "linear",
    where: Literal["python", "browser"] = "python",
    help: str = "",
) -> Any:
    """A real number in [low, high]; `step` is that of the slider, a hundredth of the way by default."""
    spec = Range(
        kind="number", label=label, help=help, unit=unit, low=low, high=high, step=step, scale=scale, where=where
    )
    return field(default=float(default), metadata={"range": spec})


def whole(
    default: int,
    label: str,
    *,
    low: int,
    high: int,
    step: int = 1,
    unit: str = "",
    scale: Literal["linear", "log"] = "linear",
    where: Literal["python", "browser"] = "python",
    help: str = "",
) -> Any:
    """A whole number in [low, high]."""
    spec = Range(
        kind="whole", label=label, help=help, unit=unit, low=low, high=high, step=step, scale=scale, where=where
    )
    return field(default=default, metadata={"range": spec})


def switch(default: bool, label: str, *, where: Literal["python", "browser"] = "python", help: str = "") -> Any:
    """Yes or no."""
    return field(default=default, metadata={"range": Range(kind="switch", label=label, help=help, where=where)})


def choice(
    default: str,
    label: str,
    options: Mapping[str, str],
    *,
    where: Literal["python", "browser"] = "python",
    help: str = "",
) -> Any:
    """One of several values, each with the words that a reader sees."""
    spec = Range(kind="choice", label=label, help=help, options=tuple(options.items()), where=where)
    return field(default=default, metadata={"range": spec})


def points(
    default: str,
    label: str,
    *,
    low: float,
    high: float,
    where: Literal["python", "browser"] = "python",
    help: str = "",
) -> Any:
    """Labelled points on a line: x:label by spaces or commas, x in [low, high], label 0 or 1; as in "-1.5:0 0.2:1"."""
    spec = Range(kind="points", label=label, help=help, low=low, high=high, where=where)
    return field(default=default, metadata={"range": spec})


def text(
    default: str,
    label: str,
    *,
    most: int = 600,
    where: Literal["python", "browser"] = "python",
    help: str = "",
) -> Any:
    """The reader's own words, `most` characters of them at most; runs of white space are one blank."""
    spec = Range(kind="text", label=label, help=help, high=most, where=where)
    return field(default=default, metadata={"range": spec})


def pairs(text: str) -> list[tuple[float, int]]:
    """The points of such a text, in its order.

    >>> pairs("-1.5:0, 0.2:1")
    [(-1.5, 0), (0.2, 1)]
    """
    return [(float(x), int(label)) for x, label in (one.split(":") for one in text.replace(",", " ").split())]


def seed(default: int = 0) -> Any:
    """What every random draw of the study follows from."""
    return whole(default, "Seed", low=0, high=2**31 - 1, help="Another seed, another draw of everything random.")


def ranges(parameters: type) -> dict[str, tuple[Value, Range]]:
    """Default and range of every parameter, in the order of declaration."""
    return {one.name: (cast("Value", one.default), _range(one)) for one in fields(parameters)}


def _range(one: Field[Any]) -> Range:
    spec = one.metadata.get("range")
    assert isinstance(spec, Range), f"parameter {one.name} is declared without its range"
    return spec


def read(name: str, spec: Range, value: object) -> Value:
    """The value as the parameter's kind, from text or JSON.

    Raises:
        InputError: it is of another kind, or outside the range.
    """
    if spec.kind == "switch":
        if isinstance(value, bool):
            return value
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if (text := str(value).strip().lower()) in known:
            return known[text]
        raise InputError(f"{name}: expected true or false, got {str(value)!r}")
    if spec.kind == "choice":
        values = [option for option, _ in spec.options]
        if str(value) in values:
            return str(value)
        raise InputError(f"{name}: expected one of {', '.join(values)}, got {str(value)!r}")
    if spec.kind == "points":
        return _points(name, spec, str(value))
    if spec.kind == "text":
        return _text(name, spec, str(value))
    try:
        read = float(str(value))
    except ValueError:
        read = float("nan")
    whole = spec.kind == "whole"
    if not isfinite(read) or (whole and read != int(read)) or isinstance(value, bool):
        raise InputError(f"{name}: expected a {'whole ' if whole else ''}number, got {str(value)!r}")
    assert spec.low is not None and spec.high is not None
    if not spec.low <= read <= spec.high:
        raise InputError(f"{name}: expected a number from {spec.low:g} to {spec.high:g}, got {read:g}")
    return int(read) if whole else read


def _text(name: str, spec: Range, text: str) -> str:
    """The words by single blanks."""
    told = " ".join(text.split())
    if odd := [one for one in told if not one.isprintable()]:
        raise InputError(f"{name}: expected letters and signs that print, got {odd[0]!r}; leave it out")
    assert spec.high is not None
    if len(told) > spec.high:
        raise InputError(f"{name}: expected at most {spec.high:,.0f} characters, got {len(told):,}; shorten it")
    return told


def _points(name: str, spec: Range, text: str) -> str:
    """The text as it stands in an address: points by spaces."""
    assert spec.low is not None and spec.high is not None
    try:
        found = pairs(text)
    except ValueError:
        found = []
    if not all(isfinite(x) and label in (0, 1) for x, label in found) or not 2 <= len(found) <= MOST_POINTS:
        raise InputError(
            f"{name}: expected 2 to {MOST_POINTS} points as x:label with label 0 or 1, such as "
            f"'-1.5:0 0.2:1', got {text[:60]!r}"
        )
    if outside := [x for x, _ in found if not spec.low <= x <= spec.high]:
        raise InputError(f"{name}: expected x from {spec.low:g} to {spec.high:g}, got {outside[0]:g}")
    return " ".join(f"{x!r}".removesuffix(".0") + f":{label}" for x, label in found)
