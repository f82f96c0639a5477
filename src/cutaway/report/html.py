"""An audit as one HTML page: the front end over the audit's JSON, in a file that asks nothing of anyone."""

from __future__ import annotations

from cutaway.core.audit import Audit, ImagesAudit, NetworkAudit
from cutaway.core.findings import Finding, Outcome
from cutaway.report.document import page
from cutaway.report.facts import by_severity, heading, label
from cutaway.report.json import to_json
from cutaway.report.markup import Markup, join, tag
from cutaway.report.text import sentence
from cutaway.report.verdict import verdict


def render(audit: Audit | ImagesAudit | NetworkAudit) -> str:
    """The page as text, to be written as UTF-8.

    Without scripts it shows the verdict, the titles of the findings and what to do about each.
    """
    kind = {NetworkAudit: "network", ImagesAudit: "images"}.get(type(audit), "audit")
    return page(kind, {"audit": to_json(audit)}, title=heading(audit), fallback=_fallback(audit))


def _fallback(audit: Audit | ImagesAudit | NetworkAudit) -> Markup:
    findings = by_severity(audit)
    return tag(
        "main",
        tag("h1", heading(audit)),
        tag("p", verdict(audit)),
        [
            join(
                tag("h2", title),
                tag("ul", [tag("li", _line(pair)) for pair in findings if pair[1].status == status]),
            )
            for status, title in (("issue", "What to act on first"), ("tip", "Tips"))
            if any(finding.status == status for _, finding in findings)
        ],
        tag("p", "The pictures, coefficients and thresholds of this report need a browser that runs its script."),
    )


def _line(pair: tuple[Outcome, Finding]) -> Markup:
    outcome, finding = pair
    return join(f"{label(outcome)}: ", tag("b", sentence(finding.title)), f" {sentence(finding.remedy.text)}")
