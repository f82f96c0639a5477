"""The words, orders and steps that a page draws."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cutaway.core.audit import Columns, ExplorerFacts, Measured, ScoreFacts
from cutaway.core.wire import to_wire
from cutaway.report import to_json
from cutaway.report.reliability import reliability
from tests.report import audits


def scores(observed: tuple[float, ...]) -> ScoreFacts:
    mean = (0.1, 0.4, 0.8)
    return ScoreFacts(
        name="p",
        own=False,
        rows=300,
        left_out=0,
        metrics={
            "recall": Measured(value=0.1, low=0.05, high=0.2, method="Wilson", of="positives found / all positives"),
            "accuracy": Measured(value=0.9, low=0.85, high=0.93, method="Wilson", of="rows right / all rows"),
            "f1": Measured(value=0.2, low=0.1, high=0.3, method="delta"),
        },
        curves={},
        explorer=ExplorerFacts(
            cuts=Columns({"threshold": (0.1, 0.5), "tp": (9.0, 4.0), "fp": (50.0, 1.0)}, "a cut"),
            scores=Columns({"low": (0.0,), "high": (1.0,), "negatives": (90.0,), "positives": (10.0,)}),
            reliability=Columns(
                {
                    "mean_score": mean,
                    "observed": observed,
                    "low": (0.0, 0.3, 0.7),
                    "high": (0.2, 0.5, 0.9),
                    "null_low": (0.05, 0.3, 0.7),
                    "null_high": (0.15, 0.5, 0.9),
                    "rows": (100.0, 100.0, 100.0),
                }
            ),
            positives=10.0,
            negatives=90.0,
        ),
    )


def test_findings_are_ranked_as_they_are_to_be_acted_on() -> None:
    findings = to_json(audits.crash())["findings"]
    ranked = sorted((one for one in findings if one["rank"] is not None), key=lambda one: one["rank"])
    assert [one["rank"] for one in ranked] == list(range(len(ranked)))
    assert ranked[0]["code"] == "DAT004"
    order = ["high", "medium", "low"]
    assert [one["severity"] for one in ranked] == sorted((one["severity"] for one in ranked), key=order.index)
    quiet = [one for one in findings if one["rank"] is None]
    assert {one["status"] for one in quiet} == {"passed", "not applicable"}
    assert all(one["figure"] is None and one["numbers"] == [] for one in quiet)


def test_a_finding_carries_its_picture_and_its_numbers_in_words() -> None:
    leak = next(one for one in to_json(audits.crash())["findings"] if one["code"] == "DAT004")
    assert leak["figure"] == to_wire(audits.FIGURES["parts"])
    assert ["AUC", "0.979"] in leak["numbers"]
    assert leak["label"] == "DAT004 leakage"


def test_effects_are_worded_and_have_a_scale_that_holds_them() -> None:
    report = to_json(audits.crash())
    belt = next(one for one in report["effects"] if one["feature"] == "seatbelt")
    assert (belt["label"], belt["note"], belt["clear"], belt["first"]) == ("seatbelt none", "vs belted", True, True)
    assert belt["text"] == {"odds_ratio": "2.83", "interval": "2.47–3.25", "points": "+3.7"}
    age = next(one for one in report["effects"] if one["feature"] == "ageOFocc")
    assert (age["note"], age["step"]) == ("per 10", 10.0)
    scale = report["forest"]["first"]
    assert all(scale["low"] <= one["odds_ratio"] <= scale["high"] for one in report["effects"])
    assert {"at": 1.0, "text": "1"} in scale["ticks"]


def test_of_many_effects_the_largest_come_first_and_none_is_lost() -> None:
    effects = to_json(audits.many())["effects"]
    assert len(effects) == 85
    assert [one["first"] for one in effects] == [True] * 25 + [False] * 60
    assert min(abs(one["z"]) for one in effects[:25]) >= max(abs(one["z"]) for one in effects[25:])
    assert to_json(audits.bare())["effects"] == []
    assert to_json(audits.bare())["forest"] is None


def test_every_named_column_is_listed_once_with_its_part() -> None:
    columns = to_json(audits.crash())["columns"]
    names = [one["name"] for one in columns]
    assert len(names) == len(set(names))
    assert columns[0] == {"name": "dead", "part": "target", "findings": ["DAT001"]}
    parts = {one["name"]: one for one in columns}
    assert parts["dvcat"]["part"] == "feature, 4 coefficients"
    assert parts["injSeverity"] == {
        "name": "injSeverity",
        "part": "set aside: it gives the target away (DAT004)",
        "findings": ["DAT004"],
    }
    assert parts["weight"]["part"] == "not a feature"


def test_the_page_of_a_check_travels_where_it_found_something() -> None:
    audit = audits.crash()
    leak = next(outcome for outcome in audit.outcomes if outcome.code == "DAT004")
    told = replace(leak, page={"": "One feature decides.", "Source": "Kaufman 2012"}, settings={"min_auc": 0.95})
    quiet = replace(audit.outcomes[4], page={"": "Nothing."})
    checks = to_json(replace(audit, outcomes=(told, quiet)))["checks"]
    assert checks == {
        "DAT004": {
            "name": "leakage",
            "sections": {"": "One feature decides.", "Source": "Kaufman 2012"},
            "settings": {"min_auc": 0.95},
        }
    }


def test_scores_come_with_lines_tables_and_a_reliability_figure() -> None:
    report = to_json(replace(audits.crash(), scores=scores((0.1, 0.4, 0.8))))
    recall, _, f1 = report["scores"]["lines"]
    assert (recall["value"].replace("\u00a0", " "), recall["share"]) == ("10 %", [0.1, 0.05, 0.2])
    assert f1["share"] is None
    assert report["explorer"]["cuts"]["columns"]["tp"] == [9.0, 4.0]
    assert (report["explorer"]["positives"], report["explorer"]["negatives"]) == (10.0, 90.0)
    assert report["scores"]["reliability"]["kind"] == "lines"
    assert to_json(audits.crash())["explorer"] is None


@pytest.mark.parametrize(
    ("observed", "says"),
    [
        ((0.1, 0.4, 0.8), "All 3 groups"),
        ((0.1, 0.4, 0.5), "1 of 3 groups"),
        ((0.3, float("nan"), 0.4), "2 of 3 groups"),
    ],
)
def test_the_reliability_figure_says_how_many_groups_are_off(observed: tuple[float, ...], says: str) -> None:
    figure = reliability(scores(observed))
    assert figure is not None
    assert figure.alt.startswith(says)
    truth, seen = figure.lines
    assert (truth.y, truth.low) == (truth.x, (0.05, 0.3, 0.7))
    assert seen.y == observed
    assert reliability(replace(scores(observed), explorer=None)) is None
