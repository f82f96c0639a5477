"""Facts that every form of the report shows, in words."""

from __future__ import annotations

from math import isnan

from cutaway.core.audit import Audit, ImagesAudit, Model, NetworkAudit
from cutaway.core.findings import Finding, Outcome
from cutaway.report import images, network, numerals
from cutaway.report.text import counted

LEAKAGE = "DAT004"  # what it finds makes every other number meaningless, so it comes first
_RANK = {"high": 0, "medium": 1, "low": 2}


def facts(audit: Audit | ImagesAudit | NetworkAudit) -> list[str]:
    """The facts that stand under the heading: rows, columns, the positive class or the number of classes, the model."""
    if isinstance(audit, NetworkAudit):
        return network.facts(audit)
    if isinstance(audit, ImagesAudit):
        return images.facts(audit)
    table, target = audit.table, audit.target
    total = sum(target.counts)
    lines = [counted(table.rows, "row"), counted(table.columns, "column")]
    if target.positive is not None:
        positives = target.counts[target.classes.index(target.positive)]
        lines.append(f"{positives:,} “{target.positive}” ({numerals.percent(positives / total) if total else '–'})")
        if target.weighted_shares:
            lines.append(
                f"{numerals.percent(target.weighted_shares[target.classes.index(target.positive)])} under the weights"
            )
    else:
        lines.append(counted(len(target.classes), "class", "classes"))
    if audit.model is not None:
        lines.append(f"plain {audit.model.kind} model, {audit.model.folds}-fold out-of-fold scores")
    if table.left_out:
        lines.append(f"{counted(sum(table.left_out.values()), 'row')} left out")
    if table.test_name:
        lines.append(f"test table {table.test_name}, {counted(table.test_rows, 'row')}")
    return lines


def heading(audit: Audit | ImagesAudit | NetworkAudit) -> str:
    """The report's title: which table, which target; or which network or folder."""
    if isinstance(audit, NetworkAudit):
        return network.heading(audit)
    if isinstance(audit, ImagesAudit):
        return images.heading(audit)
    name = audit.table.name
    name = "T" + name[1:] if name.startswith("the ") else name
    return f"{name}, target “{audit.target.name}”"


def tally(audit: Audit | ImagesAudit | NetworkAudit) -> list[tuple[int, str]]:
    """How many issues, tips, and checks passed, not applicable and crashed; crashed only where one did."""
    findings = [finding.status for outcome in audit.outcomes for finding in outcome.findings]
    issues, tips = findings.count("issue"), findings.count("tip")
    counts = [
        (issues, "issue" if issues == 1 else "issues"),
        (tips, "tip" if tips == 1 else "tips"),
        (audit.count("passed"), "passed"),
        (audit.count("not applicable"), "not applicable"),
    ]
    crashed = audit.count("crashed")
    return [*counts, (crashed, "crashed")] if crashed else counts


def auc_text(model: Model) -> str:
    """The area under the ROC curve with its interval, or a dash."""
    if model.auc is None or isnan(model.auc[0]):
        return "–"
    low, high = model.auc
    shown = (
        numerals.number((low + high) / 2) if high - low < 5e-4 else f"{numerals.number(low)} to {numerals.number(high)}"
    )
    if model.auc_interval is not None:
        bounds = " to ".join(numerals.number(bound) for bound in model.auc_interval)
        shown += f" (95\u00a0% interval {bounds})"
    return shown


def label(outcome: Outcome) -> str:
    """The check's code and short name, each once."""
    return outcome.name if outcome.name.startswith(outcome.code) else f"{outcome.code} {outcome.name}".strip()


def model_facts(audit: Audit, model: Model) -> list[tuple[str, str]]:
    """How the model was made and how it does, as pairs of a name and a value."""
    pairs = [
        ("model", f"{model.kind} regression by {model.method}, {counted(model.rows, 'row')}"),
        ("intervals", f"95\u00a0%, {model.interval_method}"),
        ("out of fold", f"{model.folds} folds" if model.folds else "–"),
    ]
    several = len(audit.target.classes) > 2
    pairs.append(("mean AUC, one against the rest" if several else "AUC", auc_text(model)))
    if model.accuracy is not None:
        ours, constant = numerals.percent_pair(model.accuracy, model.constant_accuracy)
        pairs.append(("accuracy", f"{ours}; a constant reaches {constant}"))
    if model.recall_at_half is not None:
        pairs.append(("recall at 0.5", numerals.percent(model.recall_at_half)))
    if model.precision_at_half is not None:
        pairs.append(("precision at 0.5", numerals.percent(model.precision_at_half)))
    for name, (log_odds, se) in model.intercepts.items():
        title = f"intercept of “{name}”" if several else "intercept"
        pairs.append((title, f"{numerals.number(log_odds, 4)} (standard error {numerals.number(se, 3)})"))
    return pairs


def by_severity(audit: Audit | ImagesAudit | NetworkAudit) -> list[tuple[Outcome, Finding]]:
    """All findings with their checks, the gravest first, a leak before its equals, else in the order of the checks."""
    pairs = [(outcome, finding) for outcome in audit.outcomes for finding in outcome.findings]
    return sorted(pairs, key=lambda pair: (_RANK[pair[1].severity], pair[0].code != LEAKAGE))


def set_aside(model: Model) -> list[tuple[list[str], str]]:
    """Columns that are not features, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for column, reason in model.set_aside.items():
        reasons.setdefault(reason, []).append(column)
    return [(columns, reason) for reason, columns in reasons.items()]
