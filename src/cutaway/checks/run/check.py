"""The decorator that makes a function a check, and the walk that finds them all."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol, TypeVar

from cutaway.core.errors import CutawayError, InputError
from cutaway.core.findings import Finding, NotApplicableError, Outcome, Status

Asks = Literal["table", "model", "scores", "test", "network", "images"]
Kind = Literal["table", "network", "images"]
Setting = float | int | bool | str


class Asked(Protocol):
    """What a check is asked about: a table (`run.subject`), a network (`run.network`) or images (`run.images`)."""

    def require(self, need: str) -> None:
        """Raises: NotApplicableError where that is not there."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of the user's data or network.

    `asks`: "table" runs before the model is fitted and may set columns aside; "model" runs after; "scores" asks of
    scores, the user's own or the plain model's; "test" needs a second table; "network" asks of a network of the
    user's, "images" of a folder of them. `needs`: what must be there for the question to make sense ("binary", "model",
    "numbers", "categories", "scores", "other scores", "groups"; of networks "data", "labels", "loss", "optimiser",
    "step", "sequences"; of images "readable", "labels", "serving").
    """

    code: str
    name: str
    asks: Asks
    needs: tuple[str, ...]
    function: Callable[..., Iterator[Finding]]

    @property
    def settings(self) -> dict[str, Setting]:
        """Thresholds and their defaults, read from the signature."""
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    @property
    def sections(self) -> dict[str, str]:
        """The docstring by its headings: "" (first sentence), "Why it matters", "What to do", "Null", "Passed",
        "Source".
        """
        out: dict[str, list[str]] = {"": []}
        at = ""
        for line in inspect.cleandoc(self.function.__doc__ or "").splitlines():
            head, colon, rest = line.partition(":")
            if colon and head in ("Why it matters", "What to do", "Null", "Passed", "Source", "Example"):
                at, line = head, rest.strip()
                out[at] = []
            out[at].append(line)
        return {k: "\n".join(v).strip() for k, v in out.items()}

    @property
    def page(self) -> dict[str, str]:
        """The sections that a reader of a report needs, each paragraph on one line."""
        return {
            {"Null": "When nothing is wrong"}.get(title, title): "\n".join(
                " ".join(paragraph.split()) for paragraph in text.split("\n\n")
            )
            for title, text in self.sections.items()
            if title not in ("Passed", "Example")
        }

    def run(self, subject: Asked, settings: Mapping[str, Setting]) -> Outcome:
        """Asks the question; whatever goes wrong inside becomes an outcome, never a stop of the audit."""
        found: tuple[Finding, ...] = ()
        try:
            for need in self.needs:
                subject.require(need)
            found = tuple(self.function(subject, **settings))
        except NotApplicableError as why:
            return Outcome(code=self.code, name=self.name, status="not applicable", reason=str(why))
        except CutawayError:
            raise
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
            return Outcome(code=self.code, name=self.name, status="crashed", reason=reason)
        status: Status = "passed" if not found else "issue" if any(f.status == "issue" for f in found) else "tip"
        return Outcome(
            code=self.code,
            name=self.name,
            status=status,
            findings=found,
            passed=self.sections.get("Passed", ""),
            page=self.page,
            settings=dict(settings),
        )


F = TypeVar("F", bound=Callable[..., Iterator[Finding]])


def check(code: str, *, name: str, asks: Asks, needs: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Makes a generator of findings a check; its keyword-only parameters are its configuration. The function stays as
    it is.
    """

    def marked(function: F) -> F:
        assert function.__doc__, f"check {code} has no docstring"
        function.check = Check(code, name, asks, needs, function)  # type: ignore[attr-defined]
        return function

    return marked


@cache
def discover() -> tuple[Check, ...]:
    """Every check of the folder `cutaway.checks`, by code."""
    import cutaway.checks as folder

    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        if module.ispkg:
            continue
        for value in vars(importlib.import_module(f"{folder.__name__}.{module.name}")).values():
            one = getattr(value, "check", None)
            if isinstance(one, Check):
                assert one.code not in found, f"two checks have the code {one.code}"
                found[one.code] = one
    return tuple(found[code] for code in sorted(found))


def chosen(select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), *, of: Kind = "table") -> tuple[Check, ...]:
    """The checks to run of a table, a network or a folder of images. A code may be shortened: "DAT" means every code
    that begins so.

    Raises: InputError for a code that names no check.
    """
    checks = tuple(c for c in discover() if (c.asks if c.asks in ("network", "images") else "table") == of)
    for code in (*select, *ignore):
        if not any(c.code.startswith(code.upper()) for c in checks):
            raise InputError(
                f"--select/--ignore: no check has the code {code!r}; the codes are {', '.join(c.code for c in checks)}"
            )
    wanted = tuple(code.upper() for code in select) or ("",)
    unwanted = tuple(code.upper() for code in ignore)
    return tuple(c for c in checks if c.code.startswith(wanted) and not (unwanted and c.code.startswith(unwanted)))


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
