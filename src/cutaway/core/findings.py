"""Findings: what a check has to say, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cutaway.core.figures import Figure

Severity = Literal["high", "medium", "low"]
Status = Literal["issue", "tip", "passed", "not applicable", "crashed"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do: one or two sentences, and code by framework ("scikit-learn", "Keras", "PyTorch", "pandas", …)."""

    text: str
    code: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found.

    `title` is a sentence with the number that matters. `evidence` maps names to numbers; a name says what is counted,
    of what and in which unit, in words joined by underscores ("share_of_rows", "condition_number_raw"). `severity`:
    "high" and "medium" make an issue (acting on the data as it stands misleads), "low" makes a tip.
    """

    title: str
    severity: Severity
    remedy: Remedy
    columns: tuple[str, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""  # one or two sentences of explanation, beyond the title
    figure: Figure | None = None
    set_aside: Mapping[str, str] = field(
        default_factory=dict
    )  # columns the model should go without, each with the reason

    @property
    def status(self) -> Literal["issue", "tip"]:
        """What the severity makes of it."""
        return "tip" if self.severity == "low" else "issue"


class NotApplicableError(Exception):
    """Raised inside a check that has no question to ask of this data; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one check went: its findings, or why there are none."""

    code: str
    name: str  # short name of the check, as in "DAT004 leakage"
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""  # why it is not applicable, or how it crashed
    passed: str = ""  # what has been shown when it passed, from the check's docstring
    page: Mapping[str, str] = field(default_factory=dict)  # the check's own page, text by heading; "" is its question
    settings: Mapping[str, float | int | bool | str] = field(default_factory=dict)  # thresholds that it ran with
    origin: str = ""  # the distribution of a plug-in, as "acme 1.0"
