from __future__ import annotations

from dataclasses import replace

from cutaway.core.audit import Audit
from cutaway.core.findings import Finding, Outcome, Remedy
from cutaway.report.facts import by_severity, facts, heading, label, tally
from cutaway.report.verdict import verdict
from tests.report import audits


def said(audit: Audit) -> str:
    return verdict(audit).replace("\u00a0", " ")


def changed(audit: Audit, **changes: object) -> Audit:
    assert audit.model is not None
    return replace(audit, model=replace(audit.model, **changes))  # type: ignore[arg-type]


def test_a_leak_and_a_useless_cut() -> None:
    assert said(audits.crash()) == (
        "One column, injSeverity, gives the answer away. Without it, a plain model ranks well (AUC 0.88), but at the "
        "usual cut of 0.5 it finds 8.8 % of the rows with dead = “dead” and is barely more accurate than always saying "
        "“alive” (95.55 % against 95.50 %)."
    )


def test_a_leak_that_stayed_in_the_model() -> None:
    assert "With it, a plain model ranks well" in said(changed(audits.crash(), set_aside={}))


def test_nothing_wrong() -> None:
    assert said(audits.quiet()) == (
        "No issue was found. A plain model ranks well (AUC 0.88), and at the usual cut of 0.5 it finds 88 % of the "
        "rows with dead = “dead” and is more accurate than always saying “alive” (91 % against 62 %)."
    )


def test_no_model_and_a_crash() -> None:
    assert said(audits.bare()) == (
        "No check that ran found an issue, but 1 crashed and its question is open. "
        "No feature was left to fit a model on, so nothing is said of one."
    )


def test_several_classes() -> None:
    assert said(audits.shuttle()) == (
        "One issue: “Bpv.Close” has 10 rows for 9 coefficients. A plain model ranks very well (mean one-against-rest "
        "AUC 0.97) and names the right class of 93 % of the rows, where always saying “Rad.Flow” is right for 79 %."
    )
    weak = said(changed(audits.shuttle(), accuracy=0.7865))
    assert weak.endswith(
        "but its most probable class is barely more accurate than always saying “Rad.Flow” (78.65 % against 78.60 %)."
    )


def test_a_model_no_better_than_chance() -> None:
    audit = changed(audits.quiet(), auc=(0.51, 0.51), auc_interval=(0.47, 0.55), accuracy=0.62, recall_at_half=0.0)
    assert said(audit) == (
        "No issue was found. A plain model does not rank better than chance would (AUC 0.51, 95 % interval 0.47 to "
        "0.55) and at the usual cut of 0.5 it finds none of the rows with dead = “dead” and is no more accurate than "
        "always saying “alive” (62.0 % against 62.0 %)."
    )


def test_a_model_worse_than_the_constant() -> None:
    assert "is less accurate than always saying" in said(changed(audits.quiet(), accuracy=0.5))


def test_a_model_that_could_not_be_judged() -> None:
    audit = changed(audits.quiet(), auc=None, auc_interval=None, accuracy=None, recall_at_half=None)
    assert said(audit).endswith("A plain model could not be judged out of fold.")


def test_loose_bounds_are_told_as_bounds() -> None:
    assert "AUC 0.85 to 0.90" in said(changed(audits.quiet(), auc=(0.85, 0.9)))


def test_the_gravest_issue_leads() -> None:
    def outcome(code: str, severity: str) -> Outcome:
        finding = Finding(title=f"{severity} of {code}", severity=severity, remedy=Remedy(text=""))  # type: ignore[arg-type]
        return Outcome(code=code, name="x", status=finding.status, findings=(finding,))

    audit = replace(
        audits.quiet(), outcomes=(outcome("DAT002", "low"), outcome("DAT003", "medium"), outcome("DAT009", "high"))
    )
    assert said(audit).startswith("One of 2 issues: high of DAT009. ")
    assert [finding.severity for _, finding in by_severity(audit)] == ["high", "medium", "low"]


def test_tally_counts_findings_and_checks() -> None:
    assert tally(audits.crash()) == [(3, "issues"), (2, "tips"), (5, "passed"), (2, "not applicable")]
    assert tally(audits.bare())[-1] == (1, "crashed")


def test_facts_name_what_was_read() -> None:
    audit = audits.crash()
    assert heading(audit) == "crashes.parquet, target “dead”"
    assert [fact.replace("\u00a0", " ") for fact in facts(audit)] == [
        "26,217 rows",
        "15 columns",
        "1,180 “dead” (4.5 %)",
        "plain logistic model, 5-fold out-of-fold scores",
        "153 rows left out",
    ]
    weighted = replace(audit, target=replace(audit.target, weighted_shares=(0.98, 0.02)))
    assert "2.0 % under the weights" in [fact.replace("\u00a0", " ") for fact in facts(weighted)]
    tested = replace(audit, table=replace(audit.table, test_name="later.csv", test_rows=10))
    assert facts(tested)[-1] == "test table later.csv, 10 rows"


def test_a_name_that_holds_its_code_is_not_doubled() -> None:
    assert label(Outcome(code="DAT004", name="leakage", status="passed")) == "DAT004 leakage"
    assert label(Outcome(code="DAT004", name="DAT004 leakage", status="passed")) == "DAT004 leakage"
