"""A space from a TOML file, from a Python module, or from plain dictionaries."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.tuning.naming import imported
from cutaway.tuning.space import Choice, Float, Int, Parameter, Space

KEYS = ("type", "low", "high", "log", "options", "when")
TYPES = ("float", "int", "choice")


def read_space(path: str | os.PathLike[str]) -> Space:
    """The space in a TOML file, or the one that `pkg.module:name` names.

    A file has one table a parameter; `type` may be left out where the rest tells it:

        [C]
        low = 1e-3
        high = 1e3
        log = true

        [kernel]
        options = ["rbf", "linear"]

        [gamma]
        low = 1e-4
        high = 10.0
        log = true
        when = {kernel = "rbf"}

    Raises:
        InputError: the file is not there or is no TOML, or the space is wrong; the sentence names the parameter.
    """
    name = os.fspath(path)
    if not name.endswith(".toml") and ":" in name and not os.path.exists(name):
        found = imported(name, "--space")
        try:
            found = found() if callable(found) else found
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise InputError(f"space {name}: calling it without arguments failed ({said})") from error
        if isinstance(found, Space):
            return found
        if isinstance(found, Mapping):
            return space_of(found)
        raise InputError(f"space {name}: expected a cutaway.tuning.Space or a dictionary, got {type(found).__name__}")
    file = Path(os.path.expanduser(name))
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"space {name}: cannot be read ({error.strerror}); name a TOML file that exists") from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits are ValueErrors, too
        raise InputError(f"space {name}: is no TOML ({error}); mend it there") from error
    try:
        return space_of(written)
    except InputError as error:
        raise InputError(f"space {name}: {error}") from error


def space_of(written: Mapping[str, Any]) -> Space:
    """The space that dictionaries describe, with the keys of a TOML file; values may be parameters already.

    Raises:
        InputError: one sentence that names the parameter.

    Examples:
        >>> space_of({"depth": {"low": 1, "high": 8}}).parameters["depth"]
        Int(low=1, high=8, log=False, when={})
        >>> space_of({"depth": {"low": 1, "hihg": 8}})
        Traceback (most recent call last):
        cutaway.core.errors.InputError: parameter 'depth': no key 'hihg'; did you mean 'high'?
    """
    return Space({name: _parameter(name, entry) for name, entry in written.items()})


def _parameter(name: str, entry: Any) -> Parameter:
    if isinstance(entry, Float | Int | Choice):
        return entry
    if isinstance(entry, list | tuple):
        return Choice(tuple(entry))
    if not isinstance(entry, Mapping):
        raise InputError(f"parameter {name!r}: expected a table such as {{low = 1, high = 9}}, got {entry!r}")
    for key in entry:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            raise InputError(
                f"parameter {name!r}: no key {key!r}; "
                + (f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(KEYS)}")
            )
    kind = _kind(name, entry)
    when = entry.get("when", {})
    if kind == "choice":
        _refuse(name, entry, ("low", "high", "log"), "a choice")
        if not isinstance(entry.get("options"), list | tuple):
            raise InputError(f"parameter {name!r}: expected options as a list, got {entry.get('options')!r}; write one")
        return Choice(tuple(entry["options"]), when)
    _refuse(name, entry, ("options",), f"a {kind}")
    for end in ("low", "high"):
        if end not in entry:
            raise InputError(f"parameter {name!r}: {end} is missing; add it")
    log = entry.get("log", False)
    if not isinstance(log, bool):
        raise InputError(f"parameter {name!r}: expected log to be true or false, got {log!r}")
    low, high = entry["low"], entry["high"]
    return Int(low, high, log, when) if kind == "int" else Float(low, high, log, when)


def _kind(name: str, entry: Mapping[str, Any]) -> str:
    kind = entry.get("type")
    if kind is None:
        if "options" in entry:
            return "choice"
        ends = [entry.get("low"), entry.get("high")]
        return "int" if all(isinstance(end, int) and not isinstance(end, bool) for end in ends) else "float"
    if kind not in TYPES:
        near = get_close_matches(str(kind), TYPES, n=1)
        raise InputError(
            f"parameter {name!r}: no type {kind!r}; "
            + (f"did you mean {near[0]!r}?" if near else f"the types are {', '.join(TYPES)}")
        )
    return str(kind)


def _refuse(name: str, entry: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    for key in keys:
        if key in entry:
            raise InputError(f"parameter {name!r}: {key} is not for {what}; leave it out")
