"""The verdict: one or two sentences with the numbers that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from cutaway.core.audit import Audit, ImagesAudit, NetworkAudit
from cutaway.core.findings import Finding
from cutaway.report import network
from cutaway.report.facts import LEAKAGE, by_severity
from cutaway.report.numerals import percent, percent_pair
from cutaway.report.text import listed, sentence, shorten

IMBALANCE = "DAT001"

# Words for an area under the ROC curve: Hosmer, Lemeshow & Sturdivant, Applied Logistic Regression (3rd ed., 2013),
# section 5.2.4, call 0.7 to 0.8 acceptable, 0.8 to 0.9 excellent and more outstanding; these words are a grade more
# sober.
_RANKING = ((0.9, "ranks very well"), (0.8, "ranks well"), (0.7, "ranks fairly"), (0.0, "ranks weakly"))

# Below a tenth of the constant's errors removed, a gain in accuracy is called small.
_SMALL_GAIN = 0.1


def verdict(audit: Audit | ImagesAudit | NetworkAudit) -> str:
    """Compose the first sentences of a report: what is most wrong, and how a plain model does.

    A binary target gets the AUC, the recall at 0.5 and the accuracy beside that of a constant; several classes get
    the mean AUC and the accuracy beside the constant's. Without a model the verdict says so, without an issue too.
    """
    if isinstance(audit, NetworkAudit | ImagesAudit):
        return network.verdict(audit)
    leak, leaking = _leak(audit)
    first = leak or _gravest(audit)
    return f"{first} {_model_sentence(audit, leaking)}".strip()


def _issues(audit: Audit) -> list[tuple[str, Finding]]:
    return [(outcome.code, finding) for outcome, finding in by_severity(audit) if finding.status == "issue"]


def _leak(audit: Audit) -> tuple[str, tuple[str, ...]]:
    """The sentence on leaking columns and their names; empty where there are none."""
    columns = tuple(
        dict.fromkeys(
            column
            for code, finding in _issues(audit)
            if code == LEAKAGE
            for column in finding.columns
            if column != audit.target.name
        )
    )
    if not columns:
        return "", ()
    if len(columns) == 1:
        return f"One column, {_brief(columns[0])}, gives the answer away.", columns
    names = listed([_brief(column) for column in columns], 3)
    return f"{len(columns)} columns ({names}) give the answer away.", columns


def _gravest(audit: Audit) -> str:
    issues = _issues(audit)
    crashed = audit.count("crashed")
    if issues:
        # The sentence on the model compares it with the constant already.
        others = [finding for code, finding in issues if code != IMBALANCE] if audit.model is not None else []
        first = others[0] if others else issues[0][1]
        lead = "One issue" if len(issues) == 1 else f"One of {len(issues):,} issues"
        return f"{lead}: {sentence(first.title)}"
    if crashed:
        return (
            f"No check that ran found an issue, but {crashed} crashed and "
            f"{'its question is' if crashed == 1 else 'their questions are'} open."
        )
    return "No issue was found."


def _brief(name: str) -> str:
    """A name short enough to stand within a sentence."""
    return shorten(name, 40)


def _model_sentence(audit: Audit, leaking: tuple[str, ...]) -> str:
    judged = _judged(audit)
    if judged is None:
        return "No feature was left to fit a model on, so nothing is said of one."
    model = judged
    ranking, good = _ranking(model, several=len(audit.target.classes) > 2)
    subject = "A plain model"
    if audit.scores is not None and audit.scores.own:
        subject = f"The score “{_brief(audit.scores.name)}”"
    elif leaking and audit.model is not None:
        without = set(leaking) <= set(audit.model.set_aside)
        these = "it" if len(leaking) == 1 else "them"
        subject = f"{'Without' if without else 'With'} {these}, a plain model"
    at_cut, weak = _at_the_cut(audit, model)
    if not at_cut:
        return f"{subject} {ranking}." if ranking else f"{subject} could not be judged out of fold."
    if not ranking:
        return f"{subject} {at_cut[0]}."
    joint = ", but" if good and weak else " and" if audit.target.positive is None or not good else ", and"
    return f"{subject} {ranking}{joint} {at_cut[1]}."


@dataclass(frozen=True, slots=True)
class _Judged:
    """How well something predicts, whatever it is."""

    auc: tuple[float, float] | None
    auc_interval: tuple[float, float] | None
    accuracy: float | None
    least_accuracy: float | None  # lower end of its interval, where there is one
    constant_accuracy: float
    recall_at_half: float | None


def _judged(audit: Audit) -> _Judged | None:
    """The user's scores, or else the plain model."""
    scores, model = audit.scores, audit.model
    if scores is not None and scores.own:
        area, shares = scores.curves["roc_auc"], audit.target.weighted_shares
        largest = max(shares) if shares else max(audit.target.counts) / max(sum(audit.target.counts), 1)
        recall = scores.metrics.get("recall")
        return _Judged(
            (area.value, area.value),
            (area.low, area.high),
            scores.metrics["accuracy"].value,
            scores.metrics["accuracy"].low,
            largest,
            None if recall is None else recall.value,
        )
    if model is None:
        return None
    least = None if scores is None else scores.metrics["accuracy"].low
    return _Judged(model.auc, model.auc_interval, model.accuracy, least, model.constant_accuracy, model.recall_at_half)


def _ranking(model: _Judged, *, several: bool) -> tuple[str, bool]:
    """How well the model ranks, in words with the number, and whether that is good."""
    if model.auc is None or isnan(model.auc[0]):
        return "", False
    low, high = model.auc
    middle = (low + high) / 2
    name = "mean one-against-rest AUC" if several else "AUC"
    shown = f"{middle:.2f}" if f"{low:.2f}" == f"{high:.2f}" or high - low < 0.005 else f"{low:.2f} to {high:.2f}"
    if model.auc_interval is not None and model.auc_interval[0] <= 0.5 <= model.auc_interval[1]:
        bounds = f"95 % interval {model.auc_interval[0]:.2f} to {model.auc_interval[1]:.2f}".replace(" %", "\u00a0%")
        return f"does not rank better than chance would ({name}\u00a0{shown}, {bounds})", False
    if middle < 0.5:
        return f"ranks worse than chance would ({name}\u00a0{shown})", False
    words = next(words for least, words in _RANKING if middle >= least)
    return f"{words} ({name}\u00a0{shown})", middle >= 0.7


def _at_the_cut(audit: Audit, model: _Judged) -> tuple[tuple[str, str] | None, bool]:
    """What the model does at the usual cut, as a clause that stands alone and one that follows; and if that is weak."""
    if model.accuracy is None or isnan(model.accuracy):
        return None, False
    target = audit.target
    # Among equals the first class, as for counts, so for weighted shares.
    commonest = _brief(target.classes[_largest(target.weighted_shares or target.counts)])
    ours, constant = percent_pair(model.accuracy, model.constant_accuracy)
    gain = model.accuracy - model.constant_accuracy
    small = gain < _SMALL_GAIN * (1 - model.constant_accuracy)
    unsure = model.least_accuracy is not None and model.least_accuracy <= model.constant_accuracy
    word = (
        "no more"
        if ours == constant
        else "less"
        if gain < 0
        else "barely more"
        if small
        else "not clearly more"
        if unsure
        else "more"
    )
    accuracy = f"is {word} accurate than always saying “{commonest}” ({ours} against {constant})"
    if target.positive is not None and model.recall_at_half is not None and not isnan(model.recall_at_half):
        caught = model.recall_at_half
        share = "none" if caught == 0 else "all" if caught == 1 else percent(caught)
        rows = f"the rows with {_brief(target.name)} = “{_brief(target.positive)}”"
        # A model that catches little and yet is accurate: the two halves contrast.
        joint = "but" if caught < 0.5 and not small else "and"
        clause = f"finds {share} of {rows} {joint} {accuracy}"
        return (f"at the usual cut of 0.5 {clause}", f"at the usual cut of 0.5 it {clause}"), small or caught < 0.5
    if small:
        return (accuracy, f"its most probable class {accuracy}"), True
    named = f"names the right class of {ours} of the rows, where always saying “{commonest}” is right for {constant}"
    return (named, named), False


def _largest(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda i: values[i])
