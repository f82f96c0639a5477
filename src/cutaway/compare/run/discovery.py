"""The walk that finds the topics: every module of the folder is one, and every module that a plug-in names."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache
from types import ModuleType

from cutaway.compare.run.topic import Topic
from cutaway.core import plugins
from cutaway.core.errors import InputError


@cache
def own() -> tuple[str, ...]:
    """The names of cutaway's topics, without importing them."""
    import cutaway.compare as folder

    return tuple(one.name.replace("_", "-") for one in pkgutil.iter_modules(folder.__path__) if not one.ispkg)


def names() -> tuple[str, ...]:
    """The names of all topics, those of plug-ins last, without importing them."""
    return (*own(), *plugins.sorted_out("compare", own())[0])


@cache
def named(name: str) -> Topic:
    """The topic of that name.

    Raises:
        InputError: there is none (the message names the nearest), or it is a plug-in's that cannot be used.
    """
    if name in own():
        return _askable(Topic(importlib.import_module(f"cutaway.compare.{name.replace('-', '_')}")))
    if (added := plugins.wanted("compare", name, own(), _sound)) is not None:
        return _askable(added)
    near = get_close_matches(name, names(), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
    raise InputError(f"no topic is named {name!r}; {hint}")


def _askable(topic: Topic) -> Topic:
    """The topic, whose module now answers `run` and `convert`, since once imported it stands for its topic."""
    from cutaway.compare.run.asked import Asked

    asked = Asked(topic)
    vars(topic.module).update(run=asked.run, convert=asked.convert)
    return topic


def discover() -> tuple[Topic, ...]:
    """Every topic that can be run, by name; those of plug-ins come last."""
    return _everything()[0]


def refused() -> tuple[plugins.Refused, ...]:
    """The plug-ins that cannot be run, each with the reason."""
    return _everything()[1]


@cache
def _everything() -> tuple[tuple[Topic, ...], tuple[plugins.Refused, ...]]:
    added, left_out = plugins.collected("compare", own(), _sound)
    return (*map(named, own()), *added), left_out


def _sound(module: ModuleType, plugin: plugins.Plugin) -> Topic:
    """The topic, if it can be listed and asked. Raises: whatever it lacks."""
    topic = Topic(module)
    if not topic.title or not topic.sections["question"]:
        raise InputError("it has no TITLE or no docstring")
    if not topic.variants:
        raise InputError("no function of it is marked by @variant")
    dict(topic.given)
    return topic
