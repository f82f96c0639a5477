from __future__ import annotations

import copy
import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from cutaway.report import schema, to_json
from tests.report import audits


@pytest.mark.parametrize("name", audits.ALL)
def test_every_audit_satisfies_the_schema(name: str) -> None:
    written = json.dumps(to_json(audits.ALL[name]()), allow_nan=False)
    jsonschema.Draft202012Validator(schema()).validate(json.loads(written))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_members_that_schema_1_promises() -> None:
    report = to_json(audits.crash())
    assert report["schema"] == 1
    assert {"rows", "columns", "left_out"} <= report["table"].keys()
    assert {"name", "classes", "counts", "positive"} <= report["target"].keys()
    members = {"code", "title", "status", "severity", "columns", "evidence", "remedy"}
    assert all(members <= finding.keys() for finding in report["findings"])
    members = {"feature", "level", "log_odds", "se", "odds_ratio", "ci_low", "ci_high", "ame", "p_value"}
    assert all(members <= coefficient.keys() for coefficient in report["coefficients"])
    assert report["intercept"] == {"log_odds": -5.21, "se": 0.19}
    assert report["table"]["left_out"] == {"target is missing": 153}
    leak = next(finding for finding in report["findings"] if finding["code"] == "DAT004")
    assert leak["columns"] == ["injSeverity"]
    assert leak["evidence"]["auc"] == 0.979
    assert leak["remedy_code"] == {"pandas": 'table = table.drop(columns=["injSeverity"])'}


def test_one_entry_a_finding_and_one_for_each_quiet_check() -> None:
    audit = audits.crash()
    report = to_json(audit)
    assert len(report["findings"]) == sum(max(1, len(outcome.findings)) for outcome in audit.outcomes)
    drift = report["findings"][-3]
    assert (drift["code"], drift["status"], drift["severity"]) == ("DAT013", "not applicable", "none")
    assert drift["reason"] == "no test table was given"
    assert (drift["columns"], drift["evidence"], drift["remedy"]) == ([], {}, "")
    crashed = to_json(audits.bare())["findings"][0]
    assert (crashed["status"], crashed["reason"]) == ("crashed", "ZeroDivisionError: division by zero")


def test_what_is_not_finite_is_null() -> None:
    report = to_json(audits.many())
    absent = report["coefficients"][-1]
    assert absent["log_odds"] is absent["odds_ratio"] is absent["p_value"] is None
    evidence = report["findings"][0]["evidence"]
    assert evidence == {"share_of_rows": 0.25, "not_a_number": None, "endless": None}


def test_without_a_model() -> None:
    report = to_json(audits.bare())
    assert report["model"] is None
    assert report["coefficients"] == []
    assert report["intercept"] == {"log_odds": None, "se": None}


def test_several_classes_have_an_intercept_each() -> None:
    report = to_json(audits.shuttle())
    assert report["intercept"] == {"log_odds": None, "se": None}
    assert len(report["intercepts"]) == 6
    assert report["target"]["positive"] is None
    assert {coefficient["class"] for coefficient in report["coefficients"]} == set(report["intercepts"])


def test_numbers_of_numpy_are_numbers() -> None:
    audit = audits.crash()
    audit = replace(audit, table=replace(audit.table, rows=np.int64(5)), seconds=np.float32(1.5))
    assert json.loads(json.dumps(to_json(audit)))["table"]["rows"] == 5


def test_names_come_through_unchanged() -> None:
    report = json.loads(json.dumps(to_json(audits.hostile())))
    assert report["findings"][0]["columns"] == list(audits.HOSTILE)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("intercept"),
        lambda report: report.update(schema=2),
        lambda report: report["findings"][0].update(severity="none"),
        lambda report: report["findings"][-1].update(severity="high", status="passed"),
        lambda report: report["findings"][0]["evidence"].update(auc="high"),
        lambda report: report["coefficients"][0].pop("ame"),
        lambda report: report["table"].update(left_out=3),
    ],
)
def test_the_schema_refuses_what_is_not_so(spoil: object) -> None:
    report = copy.deepcopy(to_json(audits.crash()))
    spoil(report)  # type: ignore[operator]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(report)


def test_json_stays_in_kilobytes() -> None:
    assert len(json.dumps(to_json(audits.crash()))) < 60_000
