"""The walk that finds the topics: every module of the folder is one."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from cutaway.compare.run.topic import Topic
from cutaway.core.errors import InputError


@cache
def names() -> tuple[str, ...]:
    """The names of all topics, without importing them."""
    import cutaway.compare as folder

    return tuple(one.name.replace("_", "-") for one in pkgutil.iter_modules(folder.__path__) if not one.ispkg)


@cache
def named(name: str) -> Topic:
    """The topic of that name.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
        raise InputError(f"no topic is named {name!r}; {hint}")
    return Topic(importlib.import_module(f"cutaway.compare.{name.replace('-', '_')}"))


@cache
def discover() -> tuple[Topic, ...]:
    """Every topic, by name."""
    return tuple(map(named, names()))
