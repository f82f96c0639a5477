"""`cutaway audit`, from a file to a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cutaway import report
from cutaway.checks import Check, discover
from cutaway.checks.run import discovery as checking
from cutaway.core.audit import Audit, TableFacts, TargetFacts
from cutaway.core.findings import Finding, Outcome, Remedy, Status
from tests.cli import faults, snapshot
from tests.cli.conftest import Command


@pytest.fixture
def loans(tmp_path: Path) -> list[str]:
    """The arguments for a small table with a dominant class (95 % no)."""
    rows = "".join(f"{i % 7},{i * 37 % 101},{'ab'[i % 2]},{'yes' if i % 20 == 0 else 'no'}\n" for i in range(400))
    return faults.table(tmp_path, "age,income,region,bought\n" + rows, "loans.csv")


def valid(text: str) -> Any:
    value = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    jsonschema.validate(value, report.schema(), cls=jsonschema.Draft202012Validator)
    return value


def codes_of_tables(checks: Iterable[Check]) -> set[str]:
    return {one.code for one in checks if one.asks not in ("network", "images")}


def finding(severity: Any) -> tuple[Finding, ...]:
    return (Finding(title="something", severity=severity, remedy=Remedy("mend it")),)


def outcome(status: Status) -> Outcome:
    found = {"issue": finding("high"), "tip": finding("low")}.get(status, ())
    return Outcome(code="DAT001", name="a check", status=status, findings=found, reason="the reason")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """In place of the audit, one that returns outcomes of these statuses and keeps what it was asked."""

    def replaced(*statuses: Status) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def audit(table: str, target: str, **options: Any) -> Audit:
            asked.append({"table": table, "target": target, **options})
            return Audit(
                table=TableFacts(name="loans.csv", rows=4, columns=2, left_out={}),
                target=TargetFacts(name="bought", classes=("no", "yes"), counts=(3, 1), positive="yes"),
                model=None,
                outcomes=tuple(outcome(status) for status in statuses),
            )

        monkeypatch.setattr("cutaway.checks.audit", audit, raising=False)
        return asked

    return replaced


# -- the embedded table ------------------------------------------------------------------------------------------------


def test_without_a_file_the_embedded_table_is_audited(cutaway: Command, tmp_path: Path) -> None:
    ended = cutaway("audit")
    assert ended.status == 0
    assert snapshot.matches("audit.txt", "cutaway audit", ended.err)
    for part in ("nasscds.parquet", "26,217 rows", "1,180", "DAT001", "injSeverity"):
        assert part in ended.out
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_table_with_options_of_ones_own(
    cutaway: Command, stub: Callable[..., list[dict[str, Any]]]
) -> None:
    asked = stub("passed")
    ended = cutaway("audit", "--target", "airbag", "--drop", "caseid", "--format", "html")
    assert ended.status == 0
    assert asked[0]["table"].endswith("nasscds.parquet")
    assert (asked[0]["target"], asked[0]["drop"]) == ("airbag", ("caseid",))
    assert "The target is airbag." in ended.err
    assert "Wrote nasscds-audit.html" in ended.err


# -- formats and places ------------------------------------------------------------------------------------------------


def test_json_goes_to_standard_output_alone(loans: list[str], cutaway: Command, tmp_path: Path) -> None:
    ended = cutaway("audit", *loans, "--format", "json")
    assert (ended.status, ended.err) == (0, "")
    value = valid(ended.out)
    assert value["table"]["rows"] == 400
    assert value["target"] == {**value["target"], "name": "bought", "counts": [380, 20], "positive": "yes"}
    assert {entry["code"] for entry in value["findings"]} == codes_of_tables(discover())
    assert [path.name for path in tmp_path.iterdir()] == ["loans.csv"]


def test_html_goes_to_a_file_that_is_named(loans: list[str], cutaway: Command, tmp_path: Path) -> None:
    ended = cutaway("audit", *loans, "--format", "html")
    assert (ended.status, ended.out) == (0, "")
    page = (tmp_path / "loans-audit.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert ended.err.startswith("Wrote loans-audit.html (")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "name", "begins"),
    [
        (["--out", "x.json"], "x.json", "{"),
        (["--out", "x.html"], "x.html", "<!doctype html>"),
        (["--out", "x.txt"], "x.txt", "\nloans.csv, target"),
        (["--out", "x.html", "--format", "json"], "x.html", "{"),
        (["--out", "x", "--format", "terminal"], "x", "\nloans.csv, target"),
    ],
)
def test_out_and_format(
    arguments: list[str],
    name: str,
    begins: str,
    cutaway: Command,
    stub: Callable[..., object],
    loans: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub("issue", "tip", "passed")
    monkeypatch.setenv("FORCE_COLOR", "1")  # a file stays plain all the same
    ended = cutaway("audit", *loans, *arguments)
    assert (ended.status, ended.out) == (0, "")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "\x1b" not in text
    assert ended.err.startswith(f"Wrote {name} (")
    assert ended.err.endswith(" kB): 1 issue, 1 tip.\n")


@pytest.mark.parametrize(
    ("format", "begins"), [("json", "{"), ("html", "<!doctype html>"), ("terminal", "\nloans.csv")]
)
def test_a_dash_is_standard_output(
    format: str, begins: str, cutaway: Command, stub: Callable[..., object], loans: list[str], tmp_path: Path
) -> None:
    stub("passed")
    ended = cutaway("audit", *loans, "--format", format, "--out", "-")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == ["loans.csv"]


def test_an_earlier_report_is_replaced(
    loans: list[str], cutaway: Command, stub: Callable[..., object], tmp_path: Path
) -> None:
    stub("passed")
    (tmp_path / "loans-audit.html").write_text("old")
    assert cutaway("audit", *loans, "--format", "html").status == 0
    assert (tmp_path / "loans-audit.html").read_text(encoding="utf-8").startswith("<!doctype")


def test_colour_where_it_is_wanted(
    loans: list[str], cutaway: Command, stub: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    stub("issue")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = "\x1b[3"
    assert coloured in cutaway("audit", *loans).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured not in cutaway("audit", *loans).out


# -- options -----------------------------------------------------------------------------------------------------------


def test_every_option_reaches_the_audit(
    loans: list[str], cutaway: Command, stub: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    asked = stub("passed")
    words = ["--positive", "no", "--weight", "income", "--test", "test.csv", "--drop", "age,a", "--drop", "b"]
    words += ["--text", "region", "--select", "DAT,DAT001", "--ignore", "DAT004", "--ignore", "DAT005"]
    words += ["--set", "DAT001.max_share=0.9", "--scores", "p,q", "--logits", "z", "--cost-fp", "2", "--cost-fn", "20"]
    words += ["--cost-column", "amount", "--group", "sex"]
    words += ["--intervals", "profile", "--seed", "7"]
    assert cutaway("audit", *loans, *words).status == 0
    progress = asked[0].pop("progress")
    assert callable(progress)
    assert asked == [
        {
            "table": "loans.csv",
            "target": "bought",
            "engine": None,
            "positive": "no",
            "weight": "income",
            "test": "test.csv",
            "scores": ("p", "q"),
            "logits": ("z",),
            "cost_fp": 2.0,
            "cost_fn": 20.0,
            "cost_column": "amount",
            "group": "sex",
            "drop": ("age", "a", "b"),
            "text": ("region",),
            "select": ("DAT", "DAT001"),
            "ignore": ("DAT004", "DAT005"),
            "settings": {"DAT001.max_share": "0.9"},
            "profile": True,
            "seed": 7,
        }
    ]


def test_options_change_what_is_found(loans: list[str], cutaway: Command) -> None:
    def found(*arguments: str) -> dict[str, Any]:
        value = valid(cutaway("audit", *loans, "--format", "json", "--select", "DAT001", *arguments).out)
        assert [entry["code"] for entry in value["findings"]] == ["DAT001"]
        return {
            "status": value["findings"][0]["status"],
            "positive": value["target"]["positive"],
            "seed": value["seed"],
        }

    assert found() == {"status": "issue", "positive": "yes", "seed": 0}
    assert found("--set", "DAT001.max_share=0.99", "--positive", "no", "--seed", "3") == {
        "status": "passed",
        "positive": "no",
        "seed": 3,
    }


def test_the_same_seed_gives_the_same_report(loans: list[str], cutaway: Command) -> None:
    def untimed() -> dict[str, Any]:
        value = valid(cutaway("audit", *loans, "--format", "json", "--seed", "5").out)
        seconds = value.pop("seconds")
        value["making"]["foot"] = value["making"]["foot"].removesuffix(f" · {seconds:.1f} s")
        return value

    assert untimed() == untimed()


def test_a_second_table(loans: list[str], cutaway: Command, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_bytes((tmp_path / "loans.csv").read_bytes())
    value = valid(cutaway("audit", *loans, "--test", "test.csv", "--select", "DAT012", "--format", "json").out)
    assert value["findings"][0]["status"] != "not applicable"


# -- the exit status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "never", "issue", "tip"),
    [
        (["passed", "not applicable"], 0, 0, 0),
        (["passed", "tip"], 0, 0, 1),
        (["tip", "issue"], 0, 1, 1),
        (["passed", "crashed"], 0, 1, 1),
        ([], 0, 0, 0),
    ],
)
def test_fail_on(
    statuses: list[Status],
    never: int,
    issue: int,
    tip: int,
    loans: list[str],
    cutaway: Command,
    stub: Callable[..., object],
) -> None:
    stub(*statuses)
    assert cutaway("audit", *loans).status == 0
    ended = {
        name: cutaway("audit", *loans, "--fail-on", name, "--format", "json") for name in ("never", "issue", "tip")
    }
    assert {name: each.status for name, each in ended.items()} == {"never": never, "issue": issue, "tip": tip}
    assert all(valid(each.out) for each in ended.values())


def test_the_report_is_written_before_the_status_says_found(loans: list[str], cutaway: Command, tmp_path: Path) -> None:
    ended = cutaway("audit", *loans, "--fail-on", "issue", "--select", "DAT001", "--out", "x.json")
    assert ended.status == 1
    assert valid((tmp_path / "x.json").read_text(encoding="utf-8"))["findings"][0]["status"] == "issue"


# -- what goes wrong inside --------------------------------------------------------------------------------------------


def test_a_check_that_crashes_is_reported_and_stops_nothing(
    loans: list[str], cutaway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(subject: object) -> Iterator[Finding]:
        """Breaks."""
        raise ZeroDivisionError("one \x1b[31m over none")
        yield

    def all_of_them() -> tuple[Check, ...]:
        return tuple(replace(one, function=broken) if one.code == "DAT001" else one for one in discover())

    known = all_of_them()
    monkeypatch.setattr(checking, "discover", lambda: known)
    ended = cutaway("audit", *loans, "--format", "json")
    assert ended.status == 0
    assert ended.err.startswith(
        "DAT001 dominant class crashed, which is a bug in cutaway; please report it: ZeroDivisionError"
    )
    assert ended.err.count("\n") == 1
    assert "\x1b" not in ended.err
    entries = {entry["code"]: entry["status"] for entry in valid(ended.out)["findings"]}
    assert entries.pop("DAT001") == "crashed"
    assert set(entries) == codes_of_tables(known) - {"DAT001"}
    assert "crashed" not in entries.values()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RuntimeError("odd"), 70, "this is a bug in cutaway (RuntimeError: odd)"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 2, "not enough memory"),
    ],
    ids=["bug", "interrupt", "memory"],
)
def test_what_stops_the_audit_leaves_nothing(
    error: BaseException,
    status: int,
    said: str,
    loans: list[str],
    cutaway: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("cutaway.checks.audit", broken, raising=False)
    ended = cutaway("audit", *loans, "--out", "x.html")
    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["loans.csv"]


def test_a_librarys_warnings_are_not_the_users(
    loans: list[str], cutaway: Command, monkeypatch: pytest.MonkeyPatch, stub: Callable[..., object]
) -> None:
    import warnings

    import cutaway.checks as checks

    stub("passed")
    quiet = checks.audit

    def warning(*arguments: Any, **options: Any) -> Audit:
        warnings.warn("invalid value encountered in log", RuntimeWarning, stacklevel=1)
        return quiet(*arguments, **options)

    monkeypatch.setattr("cutaway.checks.audit", warning, raising=False)
    assert cutaway("audit", *loans).err == ""
