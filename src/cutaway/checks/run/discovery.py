"""The walk that finds the checks, those that plug-ins add, and which of them are asked."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any, Literal, get_args

from cutaway.checks.run.check import Asks, Check, Setting
from cutaway.core import plugins
from cutaway.core.errors import InputError
from cutaway.core.findings import Finding

Kind = Literal["table", "network", "images"]
PLUGIN_CODE = re.compile(r"[A-Z]{4,8}\d{3}")
"""Codes of cutaway are three capitals and three digits, and will be; a third party has more letters."""


@cache
def own() -> tuple[Check, ...]:
    """Every check of the folder `cutaway.checks`, by code."""
    import cutaway.checks as folder

    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        if module.ispkg:
            continue
        for one in _checks(importlib.import_module(f"{folder.__name__}.{module.name}")):
            assert one.code not in found, f"two checks have the code {one.code}"
            found[one.code] = one
    return tuple(found[code] for code in sorted(found))


def discover() -> tuple[Check, ...]:
    """Every check that can be asked, by code: cutaway's own, and those of plug-ins."""
    return _everything()[0]


def refused() -> tuple[plugins.Refused, ...]:
    """The plug-ins that cannot be asked, each with the reason."""
    return _everything()[1]


@cache
def _everything() -> tuple[tuple[Check, ...], tuple[plugins.Refused, ...]]:
    codes = {one.code for one in own()}
    prefixes = tuple(sorted({code[:3] for code in codes}))
    added, left_out = plugins.collected("checks", codes, _of_code, lambda plugin: _unfit(plugin.name, prefixes))
    return tuple(sorted([*own(), *added], key=lambda one: one.code)), left_out


def _unfit(code: str, prefixes: tuple[str, ...]) -> str:
    if not PLUGIN_CODE.fullmatch(code):
        return "a code of a plug-in is four to eight capitals and three digits, as in SURVEY001"
    if code.startswith(prefixes):
        return f"its code begins with {code[:3]}, which is cutaway's own; begin it with other letters"
    return ""


def _checks(module: ModuleType) -> Iterator[Check]:
    for value in vars(module).values():
        if isinstance(one := getattr(value, "check", None), Check):
            yield one


def _of_code(module: ModuleType, plugin: plugins.Plugin) -> Check:
    code, found = plugin.name, {one.code: one for one in _checks(module)}
    if code not in found:
        raise InputError(f"it has no check of that code; it has {', '.join(found) or 'none at all'}")
    one = found[code]
    if one.asks not in get_args(Asks):
        raise InputError(f"asks: expected one of {', '.join(get_args(Asks))}, got {one.asks!r}")
    unset = [name for name, value in one.settings.items() if not isinstance(value, float | int | bool | str)]
    if unset:
        raise InputError(f"setting {unset[0]}: expected a default that is a number, yes or no, or text")
    return replace(one, origin=plugin.origin)


def _never(subject: object) -> Iterator[Finding]:
    """A plug-in that cannot be used."""
    raise NotImplementedError
    yield


def _in_place_of(one: plugins.Refused, of: Kind, codes: set[str]) -> Check:
    """A check that crashes with the reason: what it would have asked is open."""
    plugin = one.plugin
    free = bool(PLUGIN_CODE.fullmatch(plugin.name)) and plugin.name not in codes
    code = plugin.name if free else plugin.label
    return Check(code, "unusable plug-in", of, (), _never, one.reason, plugin.origin)


def _askable(of: Kind) -> tuple[Check, ...]:
    fit = [c for c in discover() if (c.asks if c.asks in ("network", "images") else "table") == of]
    twice = [one.plugin.name for one in refused()]
    codes = {c.code for c in discover()} | {name for name in twice if twice.count(name) > 1}
    return tuple(sorted((*fit, *(_in_place_of(one, of, codes) for one in refused())), key=lambda one: one.code))


def chosen(select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), *, of: Kind = "table") -> tuple[Check, ...]:
    """The checks to run of a table, a network or a folder of images. A code may be shortened: "DAT" means every code
    that begins so. A plug-in that cannot be used is among them, as a check that has crashed.

    Raises: InputError for a code that names no check.
    """
    checks = _askable(of)
    for code in (*select, *ignore):
        if not any(c.code.upper().startswith(code.upper()) for c in checks):
            raise InputError(
                f"--select/--ignore: no check has the code {code!r}; the codes are {', '.join(c.code for c in checks)}"
            )
    wanted = tuple(code.upper() for code in select) or ("",)
    unwanted = tuple(code.upper() for code in ignore)
    codes = {c: c.code.upper() for c in checks}
    return tuple(c for c in checks if codes[c].startswith(wanted) and not (unwanted and codes[c].startswith(unwanted)))


def settings_of(checks: tuple[Check, ...], overrides: Mapping[str, str | Setting]) -> dict[str, dict[str, Any]]:
    """Settings by code, with overrides such as {"DAT001.max_share": "0.9"} read as the default's type.

    Raises: InputError for an unknown check or setting, or a value that cannot be read.
    """
    known = {c.code: c.settings for c in discover()}
    out = {c.code: dict(c.settings) for c in checks}
    for key, value in overrides.items():
        code, _, setting = key.partition(".")
        if setting not in known.get(code, {}):
            if code in known:
                near = f"{code} has {', '.join(f'{code}.{s}' for s in known[code]) or 'no setting'}"
            else:
                near = f"write CODE.setting=value with a code of {', '.join(c for c in known if known[c])}"
            raise InputError(f"--set: there is no setting {key!r}; {near}")
        kind = type(known[code][setting])
        try:
            read = str(value).lower() in ("1", "true", "yes") if kind is bool else kind(value)
        except ValueError:
            raise InputError(
                f"--set {key}: expected {kind.__name__}, got {value!r}; write --set {key}={known[code][setting]}"
            ) from None
        if code in out:
            out[code][setting] = read
    return out
