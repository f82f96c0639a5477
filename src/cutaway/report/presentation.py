"""What a page needs beside an audit's numbers: every word, order and step, so that a browser only draws.

All of it is additive to schema 1.
"""

from __future__ import annotations

from typing import Any

from cutaway.core.audit import Audit, ImagesAudit, Model, NetworkAudit
from cutaway.core.figures import Axis
from cutaway.core.findings import Finding, Outcome
from cutaway.core.wire import to_wire
from cutaway.report import numerals
from cutaway.report.columns import columns
from cutaway.report.effects import Effect, span, split
from cutaway.report.facts import by_severity, facts, heading, label, model_facts, set_aside, tally
from cutaway.report.reliability import reliability
from cutaway.report.scores import heading as scores_heading
from cutaway.report.scores import lines, remarks
from cutaway.report.svg.scales import Range, tick_texts
from cutaway.report.text import counted, remark, sentence

_AXIS = Axis(label="odds ratio", scale="log")


def presentation(audit: Audit) -> dict[str, Any]:
    """The members of the report that are words made of other members."""
    return {
        "heading": heading(audit),
        "facts": facts(audit),
        "tally": tally_words(audit),
        "columns": columns(audit),
        **_effects(audit.model),
        "making": _making(audit),
        "checks": check_pages(audit),
    }


def tally_words(audit: Audit | ImagesAudit | NetworkAudit) -> list[dict[str, Any]]:
    """How many of what, in the order in which they are told."""
    return [{"count": number, "of": name} for number, name in tally(audit)]


def check_pages(audit: Audit | ImagesAudit | NetworkAudit) -> dict[str, Any]:
    """The page of each check that found something."""
    return {
        outcome.code: {"name": outcome.name, "sections": dict(outcome.page), "settings": dict(outcome.settings)}
        for outcome in audit.outcomes
        if outcome.findings and outcome.page
    }


def finding_words(
    audit: Audit | ImagesAudit | NetworkAudit, outcome: Outcome, finding: Finding | None
) -> dict[str, Any]:
    """Of one finding: its check's label, its place in the order to act in, its figure and its numbers in words."""
    if finding is None:
        return {"label": label(outcome), "rank": None, "figure": None, "numbers": []}
    rank = next(i for i, (_, each) in enumerate(by_severity(audit)) if each is finding)
    return {
        "label": label(outcome),
        "rank": rank,
        "figure": to_wire(finding.figure),
        "numbers": [list(numerals.named(name, value)) for name, value in finding.evidence.items()],
    }


def score_words(audit: Audit) -> dict[str, Any]:
    """Of the scores: whose they are, each measure as a line, and a sentence each on threshold and level."""
    scores = audit.scores
    if scores is None:
        return {}
    return {
        "heading": scores_heading(scores),
        "lines": [
            {
                "name": line.name,
                "value": line.value,
                "interval": line.interval,
                "of": line.of,
                "share": to_wire(line.share),
            }
            for line in lines(scores)
        ],
        "remarks": remarks(scores),
        "reliability": to_wire(reliability(scores)),
    }


def _effects(model: Model | None) -> dict[str, Any]:
    """The coefficients as a reader compares them, those of largest |z| first, and the scales to draw them on."""
    if model is None:
        return {"effects": [], "forest": None}
    shown, rest = split(model.coefficients)
    return {
        "effects": [_effect(effect, first=True) for effect in shown]
        + [_effect(effect, first=False) for effect in rest],
        "forest": {"first": _scale(shown), "rest": _scale(rest)},
    }


def _effect(effect: Effect, *, first: bool) -> dict[str, Any]:
    return {
        "feature": effect.feature,
        "level": effect.level,
        "class": effect.target_class,
        "label": effect.label,
        "note": effect.note,
        "step": effect.step,
        "odds_ratio": to_wire(effect.odds_ratio),
        "low": to_wire(effect.low),
        "high": to_wire(effect.high),
        "points": to_wire(effect.points),
        "z": effect.z,
        "clear": effect.clear,
        "first": first,
        "text": {
            "odds_ratio": numerals.ratio(effect.odds_ratio),
            "interval": numerals.interval(effect.low, effect.high),
            "points": numerals.points(effect.points),
        },
    }


def _scale(effects: list[Effect]) -> dict[str, Any]:
    low, high = span(effects)
    ticks = Range(low, high, "log").ticks(9)
    return {
        "low": low,
        "high": high,
        "ticks": [{"at": at, "text": text} for at, text in zip(ticks, tick_texts(_AXIS, ticks), strict=True)],
    }


def _making(audit: Audit) -> dict[str, Any]:
    """How the model was made: numbers, what was set aside and why, how columns were treated, rows left out, notes."""
    target, model = audit.target, audit.model
    pairs = [] if model is None else model_facts(audit, model)
    if target.positive is not None:
        chosen = f", {target.positive_chosen}" if target.positive_chosen else ""
        pairs.append(("positive class", f"“{target.positive}”{chosen}"))
    pairs.extend(("left out", f"{counted(rows, 'row')}: {reason}") for reason, rows in audit.table.left_out.items())
    total = sum(target.counts) or 1
    return {
        "facts": [list(pair) for pair in pairs],
        "set_aside": []
        if model is None
        else [{"columns": names, "reason": reason} for names, reason in set_aside(model)],
        "treatments": [] if model is None else [sentence(treatment) for treatment in model.treatments],
        "notes": [remark(note) for note in audit.notes],
        "classes": [
            {"name": name, "rows": f"{count:,}", "share": numerals.percent(count / total)}
            for name, count in zip(target.classes, target.counts, strict=True)
        ],
        "foot": f"cutaway {audit.version} · seed {audit.seed} · {audit.seconds:.1f} s",
    }
