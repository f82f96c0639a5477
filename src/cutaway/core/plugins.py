"""Plug-ins: checks, comparisons and studies of other distributions, found by their entry points and not yet imported.

A distribution names them in its pyproject.toml, one entry point each:

    [project.entry-points."cutaway.checks"]
    SURVEY001 = "acme.heaped_digits"

    [project.entry-points."cutaway.studies"]
    peeking = "acme.peeking"

The name is the code of the check or the name of the comparison or study, the value the module that holds it. What
cannot be used is refused with its reason and stands in nobody's way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar

from cutaway.core.errors import CutawayError, InputError

if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from types import ModuleType

T = TypeVar("T")
Kind = Literal["checks", "compare", "studies"]
KINDS: tuple[Kind, ...] = ("checks", "compare", "studies")
GROUPS = {kind: f"cutaway.{kind}" for kind in KINDS}
"""The groups of entry points."""
CALLED: dict[Kind, str] = {"checks": "check", "compare": "comparison", "studies": "study"}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point, as its distribution states it."""

    kind: Kind
    name: str  # the check's code, or the name of the comparison or study
    module: str
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """Where it comes from, as "acme 1.0"."""
        return f"{self.distribution} {self.version}".strip()

    @property
    def label(self) -> str:
        """What it is called where its name alone may be another's."""
        return f"{self.distribution}:{self.name}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A plug-in that is left out, and why."""

    plugin: Plugin
    reason: str

    def __str__(self) -> str:
        return f"plug-in {self.plugin.name} of {self.plugin.origin} is left out: {self.reason}"


@cache
def listed(kind: Kind) -> tuple[Plugin, ...]:
    """Every entry point of that kind in this environment, by name; none of their modules is imported."""
    return tuple(
        sorted((each for each in _all() if each.kind == kind), key=lambda each: (each.name, each.distribution))
    )


@cache
def _all() -> tuple[Plugin, ...]:
    from importlib import metadata

    seen: set[str] = set()
    found: list[Plugin] = []
    for one in metadata.distributions():
        if "cutaway." not in (one.read_text("entry_points.txt") or ""):
            continue
        name = str(one.metadata["Name"])
        normal = re.sub(r"[-_.]+", "-", name).lower()
        if normal not in seen:  # the first on the path is the one that is imported
            seen.add(normal)
            found += _stated(one, name)
    return tuple(found)


def _stated(one: Distribution, name: str) -> Iterator[Plugin]:
    try:
        entries = list(one.entry_points)
    except Exception:  # a file that cannot be read: nothing of it is known but whose it is
        for kind in KINDS:
            yield Plugin(kind, "entry_points.txt", "", name, one.version)
        return
    for entry in entries:
        for kind, group in GROUPS.items():
            if entry.group == group:
                yield Plugin(kind, entry.name, entry.value, name, one.version)


def sorted_out(
    kind: Kind, own: Collection[str], rule: Callable[[Plugin], str] = lambda plugin: ""
) -> tuple[dict[str, Plugin], tuple[Refused, ...]]:
    """The plug-ins that may be used, by name, and those refused for what their entry points state.

    `own`: cutaway's names, which nobody else may take. `rule`: a further reason to refuse one; empty if there is none.
    """
    good: dict[str, Plugin] = {}
    refused: list[Refused] = []
    every = listed(kind)
    for one in every:
        others = [each for each in every if each.name == one.name and each is not one]
        if reason := _unusable(one, own, others) or rule(one):
            refused.append(Refused(one, reason))
        else:
            good[one.name] = one
    return good, tuple(refused)


def _unusable(one: Plugin, own: Collection[str], others: list[Plugin]) -> str:
    if not one.module:
        return "its entry_points.txt cannot be read; write lines NAME = MODULE below [cutaway.…]"
    if not _MODULE.fullmatch(one.module):
        return f"its entry point names {one.module!r}; expected the full name of a module and nothing else"
    if one.module.split(".")[0] == "cutaway":
        return f"its entry point names cutaway's own {one.module}; expected a module of {one.distribution}"
    if one.name in own:
        return f"cutaway has a {CALLED[one.kind]} of that name; choose another"
    if others:
        also = " and ".join(sorted({each.origin for each in others} - {one.origin})) or "twice there"
        return f"{one.origin} and {also} have a {CALLED[one.kind]} of that name; uninstall one of them"
    if one.kind == "checks":
        return ""
    wanted = one.module.rsplit(".", 1)[-1].replace("_", "-")
    if not _NAME.fullmatch(one.name) or one.name != wanted:
        return f"its module is {one.module}, so the entry point is to be named {wanted}"
    return ""


def collected(
    kind: Kind,
    own: Collection[str],
    made: Callable[[ModuleType, Plugin], T],
    rule: Callable[[Plugin], str] = lambda plugin: "",
) -> tuple[list[T], tuple[Refused, ...]]:
    """What `made` makes of each plug-in's module, and the plug-ins that cannot be used, each with the reason."""
    good, bad = sorted_out(kind, own, rule)
    found, refused = [], list(bad)
    for plugin in good.values():
        try:
            found.append(_read(plugin, made))
        except InputError as error:
            refused.append(Refused(plugin, str(error)))
    return found, tuple(refused)


def wanted(kind: Kind, name: str, own: Collection[str], made: Callable[[ModuleType, Plugin], T]) -> T | None:
    """What `made` makes of the plug-in of that name; None where no plug-in has it.

    Raises:
        InputError: it cannot be used.
    """
    good, bad = sorted_out(kind, own)
    for one in bad:
        if name in (one.plugin.name, one.plugin.label):
            raise InputError(str(one))
    if name not in good:
        return None
    try:
        return _read(good[name], made)
    except InputError as error:
        raise InputError(str(Refused(good[name], str(error)))) from error


def _read(plugin: Plugin, made: Callable[[ModuleType, Plugin], T]) -> T:
    from importlib import import_module

    def what(error: BaseException) -> str:
        return str(error) if isinstance(error, CutawayError) else f"{type(error).__name__}: {str(error)[:300]}"

    try:
        module = import_module(plugin.module)
    except (Exception, SystemExit) as error:
        raise InputError(f"its module {plugin.module} cannot be imported ({what(error)})") from error
    try:
        return made(module, plugin)
    except (Exception, SystemExit) as error:
        raise InputError(f"its module {plugin.module} is no {CALLED[plugin.kind]} ({what(error)})") from error


def origin(kind: Kind, module: str) -> str:
    """The distribution whose plug-in that module is, as "acme 1.0"; empty for cutaway's own."""
    if module.split(".")[0] == "cutaway":
        return ""
    return next((each.origin for each in listed(kind) if each.module == module), "")
