"""The decorator that makes a function a check, and how a check is run."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

from cutaway.core import docstring
from cutaway.core.errors import CutawayError
from cutaway.core.figures import Figure
from cutaway.core.findings import Finding, NotApplicableError, Outcome, Remedy, Severity, Status

Asks = Literal["table", "model", "scores", "test", "network", "images"]
Setting = float | int | bool | str
HEADINGS = ("Why it matters", "What to do", "Null", "Passed", "Source", "Example")
"""Of a check's docstring, after its first sentence."""


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
    refused: str = ""  # why a plug-in cannot be used; such a check is never asked, and counts as crashed
    origin: str = ""  # the distribution of a plug-in, as "acme 1.0"

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
        out = docstring.sections(self.function.__doc__, HEADINGS)
        return {k: "\n".join(v).strip() for k, v in out.items()}

    @property
    def page(self) -> dict[str, str]:
        """The sections that a reader of a report needs, each paragraph on one line."""
        told = {
            {"Null": "When nothing is wrong"}.get(title, title): "\n".join(
                " ".join(paragraph.split()) for paragraph in text.split("\n\n")
            )
            for title, text in self.sections.items()
            if title not in ("Passed", "Example")
        }
        return told | ({"From": f"the plug-in {self.origin}."} if self.origin else {})

    def run(self, subject: Asked, settings: Mapping[str, Setting]) -> Outcome:
        """Asks the question; whatever goes wrong inside becomes an outcome, never a stop of the audit."""
        if self.refused:
            return self._crashed(self.refused)
        found: tuple[Finding, ...] = ()
        try:
            for need in self.needs:
                subject.require(need)
            found = tuple(self.function(subject, **settings))
            for one in found:
                _hold_to_its_kind(one)
        except NotApplicableError as why:
            return Outcome(code=self.code, name=self.name, status="not applicable", reason=str(why), origin=self.origin)
        except (Exception, SystemExit) as error:
            if isinstance(error, CutawayError | SystemExit) and not self.origin:
                raise
            where = traceback.extract_tb(error.__traceback__)[-1]
            return self._crashed(f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")
        status: Status = "passed" if not found else "issue" if any(f.status == "issue" for f in found) else "tip"
        return Outcome(
            code=self.code,
            name=self.name,
            status=status,
            findings=found,
            passed=self.sections.get("Passed", ""),
            page=self.page,
            settings=dict(settings),
            origin=self.origin,
        )

    def _crashed(self, reason: str) -> Outcome:
        return Outcome(code=self.code, name=self.name, status="crashed", reason=reason, origin=self.origin)


def _hold_to_its_kind(one: Finding) -> None:
    """Raises: TypeError for what no report could draw, so that its check has crashed and the report has not."""
    if not isinstance(one, Finding):
        raise TypeError(f"a check yields findings, got {type(one).__name__}")
    numbers = all(isinstance(value, float | int) or hasattr(value, "__float__") for value in one.evidence.values())
    if not (isinstance(one.title, str) and isinstance(one.remedy, Remedy) and numbers):
        raise TypeError("a finding has a title of text, a Remedy and evidence in numbers")
    if one.severity not in get_args(Severity):
        raise TypeError(f"severity: expected one of {', '.join(get_args(Severity))}, got {one.severity!r}")
    if not isinstance(one.figure, (*get_args(Figure), type(None))):
        raise TypeError(f"figure: expected a figure of cutaway.core.figures, got {type(one.figure).__name__}")


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
