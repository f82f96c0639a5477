"""An audit as JSON, schema 1 of a table's and of a network's."""

from __future__ import annotations

import json
from importlib.resources import files
from math import isfinite
from typing import Any, Literal

from cutaway.core.audit import Audit, Coefficient, ImagesAudit, Measured, Model, NetworkAudit
from cutaway.core.findings import Finding, Outcome
from cutaway.core.wire import to_wire
from cutaway.report.images import images_json
from cutaway.report.network import network_json
from cutaway.report.presentation import check_pages, finding_words, presentation, score_words, tally_words
from cutaway.report.verdict import verdict

SCHEMA = 1


def to_json(audit: Audit | ImagesAudit | NetworkAudit) -> dict[str, Any]:
    """The audit as plain lists, dictionaries, text and numbers, ready for `json.dumps`.

    `findings` has one entry a finding, and one entry for each check that passed, is not applicable (`reason` says
    why) or crashed. Numbers that are not finite become null. Without a model, `model` is null and there are no
    coefficients; with several classes, `intercept` holds nulls and `intercepts` has one entry a class.

    Beside the numbers stand the words that a page shows (`presentation`) and what it draws: each finding's figure, the
    tables to look up thresholds in (`explorer`). The audit of a network has `kind` "network" and its layers in place
    of what is said of a table; that of a folder has `kind` "images" and its classes.
    """
    if isinstance(audit, NetworkAudit | ImagesAudit):
        own = network_json(audit) if isinstance(audit, NetworkAudit) else images_json(audit, verdict(audit))
        return {
            **own,
            "tally": tally_words(audit),
            "findings": [entry for outcome in audit.outcomes for entry in _entries(audit, outcome)],
            "checks": check_pages(audit),
        }
    table, target, model = audit.table, audit.target, audit.model
    return {
        "schema": SCHEMA,
        "version": audit.version,
        "seed": audit.seed,
        "seconds": _number(audit.seconds),
        "verdict": verdict(audit),
        "table": {
            "name": table.name,
            "rows": int(table.rows),
            "columns": int(table.columns),
            "left_out": {reason: int(rows) for reason, rows in table.left_out.items()},
            "test_name": table.test_name or None,
            "test_rows": int(table.test_rows),
        },
        "target": {
            "name": target.name,
            "classes": list(target.classes),
            "counts": [int(count) for count in target.counts],
            "positive": target.positive,
            "positive_chosen": target.positive_chosen,
            "weighted_shares": [_number(share) for share in target.weighted_shares],
        },
        "findings": [entry for outcome in audit.outcomes for entry in _entries(audit, outcome)],
        "coefficients": [] if model is None else [_coefficient(coefficient) for coefficient in model.coefficients],
        "intercept": _intercept(audit),
        "intercepts": {} if model is None else {name: _estimate(pair) for name, pair in model.intercepts.items()},
        "model": None if model is None else _model(model),
        **_scores(audit),
        "sentences": [
            {
                "feature": each.feature,
                "level": each.level,
                "may_say": each.may_say,
                "do_not_say": each.do_not_say,
                "why_not": each.why_not,
            }
            for each in audit.sentences
        ],
        "notes": list(audit.notes),
        **presentation(audit),
    }


def schema(kind: Literal["table", "network", "images", "contest"] = "table") -> dict[str, Any]:
    """The JSON Schema (2020-12) that every result of `to_json` satisfies, for an audit of a table, a network or images.

    The latter two refer to a table's for what both have, and bring it along. A contest's is of `contest_json`.
    """
    if kind == "contest":
        return _schema(f"schema-contest-{SCHEMA}.json")
    table = _schema(f"schema-{SCHEMA}.json")
    return table if kind == "table" else {**_schema(f"schema-{kind}-{SCHEMA}.json"), "$defs": {"table": table}}


def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files("cutaway.report") / name).read_text(encoding="utf-8"))
    return loaded


def _number(value: float | None) -> float | int | None:
    """A JSON number; null for what JSON has no number for. Whole NumPy numbers become whole numbers."""
    if value is None or not isfinite(value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, int) and not isinstance(plain, bool) else float(plain)


def _entries(audit: Audit | ImagesAudit | NetworkAudit, outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.findings:
        return [_finding(audit, outcome, finding) for finding in outcome.findings]
    return [
        {
            "code": outcome.code,
            "name": outcome.name,
            "title": (outcome.passed if outcome.status == "passed" else "") or outcome.name,
            "status": outcome.status,
            "severity": "none",
            "columns": [],
            "evidence": {},
            "remedy": "",
            "remedy_code": {},
            "detail": "",
            "reason": outcome.reason,
            **finding_words(audit, outcome, None),
        }
    ]


def _finding(audit: Audit | ImagesAudit | NetworkAudit, outcome: Outcome, finding: Finding) -> dict[str, Any]:
    return {
        "code": outcome.code,
        "name": outcome.name,
        "title": finding.title,
        "status": finding.status,
        "severity": finding.severity,
        "columns": list(finding.columns),
        "evidence": {name: _number(value) for name, value in finding.evidence.items()},
        "remedy": finding.remedy.text,
        "remedy_code": dict(finding.remedy.code),
        "detail": finding.detail,
        "reason": "",
        **finding_words(audit, outcome, finding),
    }


def _coefficient(coefficient: Coefficient) -> dict[str, Any]:
    return {
        "feature": coefficient.feature,
        "level": coefficient.level,
        "reference": coefficient.reference,
        "class": coefficient.target_class,
        "log_odds": _number(coefficient.log_odds),
        "se": _number(coefficient.se),
        "odds_ratio": _number(coefficient.odds_ratio),
        "ci_low": _number(coefficient.ci_low),
        "ci_high": _number(coefficient.ci_high),
        "ame": _number(coefficient.ame),
        "p_value": _number(coefficient.p_value),
        "sd": _number(coefficient.sd),
        "log_odds_per_sd": _number(coefficient.log_odds_per_sd),
    }


def _estimate(pair: tuple[float, float]) -> dict[str, Any]:
    return {"log_odds": _number(pair[0]), "se": _number(pair[1])}


def _intercept(audit: Audit) -> dict[str, Any]:
    """The one intercept of a binary model; nulls where there is none, or more than one."""
    if audit.model is not None and len(audit.model.intercepts) == 1 and len(audit.target.classes) == 2:
        return _estimate(next(iter(audit.model.intercepts.values())))
    return {"log_odds": None, "se": None}


def _scores(audit: Audit) -> dict[str, Any]:
    """What is measured on scores; empty or null where there are none, and for several classes where it has no sense."""
    scores = audit.scores
    if scores is None:
        return {
            "scores": None,
            "metrics": {},
            "curves": {},
            "threshold": None,
            "calibration": None,
            "explorer": None,
        }
    cut, level = scores.threshold, scores.calibration
    return {
        "scores": {
            "name": scores.name,
            "own": scores.own,
            "rows": int(scores.rows),
            "left_out": int(scores.left_out),
            **score_words(audit),
        },
        "explorer": to_wire(scores.explorer),
        "metrics": {
            name: {**_measured(each), "method": each.method, "of": each.of} for name, each in scores.metrics.items()
        },
        "curves": {name: {**_measured(each), "method": each.method} for name, each in scores.curves.items()},
        "threshold": None
        if cut is None
        else {
            "value": _number(cut.value),
            "expected_cost": _number(cut.expected_cost),
            "expected_cost_at_half": _number(cut.expected_cost_at_half),
            "cost_fp": _number(cut.cost_fp),
            "cost_fn": _number(cut.cost_fn),
            "costs_given": cut.given,
        },
        "calibration": None
        if level is None
        else {
            "mean_score": _number(level.mean_score),
            "prevalence": _number(level.prevalence),
            "log_odds_shift": _number(level.log_odds_shift),
            "log_loss": _number(level.log_loss),
            "log_loss_corrected": _number(level.log_loss_corrected),
        },
    }


def _measured(each: Measured) -> dict[str, Any]:
    return {"value": _number(each.value), "low": _number(each.low), "high": _number(each.high)}


def _pair(pair: tuple[float, float] | None) -> list[float | int | None] | None:
    return None if pair is None else [_number(pair[0]), _number(pair[1])]


def _model(model: Model) -> dict[str, Any]:
    return {
        "kind": model.kind,
        "method": model.method,
        "interval_method": model.interval_method,
        "rows": int(model.rows),
        "folds": int(model.folds),
        "auc": _pair(model.auc),
        "auc_interval": _pair(model.auc_interval),
        "accuracy": _number(model.accuracy),
        "constant_accuracy": _number(model.constant_accuracy),
        "recall_at_half": _number(model.recall_at_half),
        "precision_at_half": _number(model.precision_at_half),
        "set_aside": dict(model.set_aside),
        "treatments": list(model.treatments),
    }
