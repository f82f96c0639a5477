"""The walk that finds the studies: every module of the folder is one."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from cutaway.core.errors import InputError
from cutaway.studies.run.study import GROUPS, Study


@cache
def names() -> tuple[str, ...]:
    """The names of all studies, without importing them."""
    import cutaway.studies as folder

    return tuple(one.name.replace("_", "-") for one in pkgutil.iter_modules(folder.__path__) if not one.ispkg)


@cache
def named(name: str) -> Study:
    """The study of that name.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        raise InputError(
            f"no study is named {name!r}; "
            + (f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}")
        )
    return Study(importlib.import_module(f"cutaway.studies.{name.replace('-', '_')}"))


@cache
def discover() -> tuple[Study, ...]:
    """Every study, by group and then by name."""
    return tuple(sorted(map(named, names()), key=lambda one: (GROUPS.index(one.group), one.name)))
