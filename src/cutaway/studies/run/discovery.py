"""The walk that finds the studies: every module of the folder is one, and every module that a plug-in names."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache
from types import ModuleType

from cutaway.core import plugins
from cutaway.core.errors import InputError
from cutaway.studies.run.study import GROUPS, Study


@cache
def own() -> tuple[str, ...]:
    """The names of cutaway's studies, without importing them."""
    import cutaway.studies as folder

    return tuple(one.name.replace("_", "-") for one in pkgutil.iter_modules(folder.__path__) if not one.ispkg)


def names() -> tuple[str, ...]:
    """The names of all studies, those of plug-ins last, without importing them."""
    return (*own(), *plugins.sorted_out("studies", own())[0])


@cache
def named(name: str) -> Study:
    """The study of that name.

    Raises:
        InputError: there is none (the message names the nearest), or it is a plug-in's that cannot be used.
    """
    if name in own():
        return Study(importlib.import_module(f"cutaway.studies.{name.replace('-', '_')}"))
    if (added := plugins.wanted("studies", name, own(), sound)) is not None:
        return added
    near = get_close_matches(name, names(), n=1)
    raise InputError(
        f"no study is named {name!r}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}")
    )


def discover() -> tuple[Study, ...]:
    """Every study that can be run, by group and then by name."""
    return _everything()[0]


def refused() -> tuple[plugins.Refused, ...]:
    """The plug-ins that cannot be run, each with the reason."""
    return _everything()[1]


@cache
def _everything() -> tuple[tuple[Study, ...], tuple[plugins.Refused, ...]]:
    added, left_out = plugins.collected("studies", own(), sound)
    found = [*map(named, own()), *added]
    return tuple(sorted(found, key=lambda one: (GROUPS.index(one.group), one.name))), left_out


def sound(module: ModuleType, plugin: plugins.Plugin) -> Study:
    """The study, if it can be listed and asked. Raises: whatever it lacks."""
    study = Study(module)
    study.describe()
    if study.group not in GROUPS:
        raise InputError(f"GROUP: expected one of {', '.join(GROUPS)}, got {study.group!r}")
    if not callable(getattr(module, "run", None)):
        raise InputError("it has no function run(params, progress)")
    return study
