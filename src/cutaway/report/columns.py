"""What became of each column, and what was found about it."""

from __future__ import annotations

from typing import Any

from cutaway.core.audit import Audit
from cutaway.report.text import counted


def columns(audit: Audit) -> list[dict[str, Any]]:
    """One entry a column that the audit names: its name, its part in the model in words, the findings that name it.

    The target comes first, then the features by the size of their largest |z|, then what was set aside.
    """
    found: dict[str, list[str]] = {}
    for outcome in audit.outcomes:
        for finding in outcome.findings:
            for name in finding.columns:
                codes = found.setdefault(name, [])
                if outcome.code not in codes:
                    codes.append(outcome.code)
    parts = {audit.target.name: "target"}
    if audit.model is not None:
        sizes: dict[str, float] = {}
        counts: dict[str, int] = {}
        for each in audit.model.coefficients:
            z = abs(each.log_odds / each.se) if each.se > 0 else 0.0
            sizes[each.feature] = max(sizes.get(each.feature, 0.0), z if z == z else 0.0)
            counts[each.feature] = counts.get(each.feature, 0) + 1
        for name in sorted(sizes, key=lambda name: -sizes[name]):
            parts.setdefault(name, f"feature, {counted(counts[name], 'coefficient')}")
        for name, reason in audit.model.set_aside.items():
            parts.setdefault(name, f"set aside: {reason}")
    for name in found:
        parts.setdefault(name, "not a feature")
    return [{"name": name, "part": part, "findings": found.get(name, [])} for name, part in parts.items()]
