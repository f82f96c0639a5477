"""Plug-ins at the command line: where each comes from is shown, and what is left out is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutaway.cli import doctor
from tests import plugged
from tests.cli.conftest import Command

ENTRIES = """[cutaway.checks]
ROWS001 = h_rows
ROWS002 = h_not
[cutaway.compare]
h-sums = h_sums
h-not = h_not
[cutaway.studies]
h-so = h_so
h-not = h_not
"""
site = plugged.site


@pytest.fixture
def acme(site: Path) -> Path:
    modules = {"h_rows": plugged.check("ROWS001"), "h_sums": plugged.TOPIC, "h_so": plugged.study()}
    plugged.install(site, "acme", ENTRIES, modules)
    return site


def test_checks(acme: Path, cutaway: Command) -> None:
    listed = cutaway("checks")
    assert listed.status == 0 and "ROWS001  rows (acme 1.0)\n" in listed.out
    assert listed.err.startswith("cutaway checks: plug-in ROWS002 of acme 1.0 is left out: its module h_not cannot be ")
    assert "\nFrom the plug-in acme 1.0.\n" in cutaway("checks", "rows001").out


def test_audit(acme: Path, cutaway: Command) -> None:
    (acme / "t.csv").write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    words = ("audit", str(acme / "t.csv"), "--target", "y", "--select", "ROWS")
    ended = cutaway(*words, "--format", "json", "--fail-on", "issue")
    status = {each["code"]: each["status"] for each in json.loads(ended.out)["findings"]}
    assert (ended.status, status) == (1, {"ROWS001": "issue", "ROWS002": "crashed"})
    assert "ROWS002 unusable plug-in crashed, which is a bug of acme 1.0; please tell its makers: its m" in ended.err
    cutaway(*words, "--format", "html", "--out", str(acme / "t.html"))
    assert "the plug-in acme 1.0." in (acme / "t.html").read_text("utf-8")


def test_study(acme: Path, cutaway: Command) -> None:
    listed = cutaway("study")
    assert listed.status == 0 and "Is it so? (acme" in listed.out
    assert "cutaway study: plug-in h-not of acme 1.0 is left out" in listed.err
    assert cutaway("study", "h-so", "--html", str(acme / "so.html")).status == 0
    assert "plug-in acme 1.0" in (acme / "so.html").read_text("utf-8")
    refused = cutaway("study", "h-not")
    assert (refused.status, refused.out, refused.err.count("\n")) == (2, "", 1)


def test_a_study_that_goes_wrong_is_no_bug_of_cutaway(site: Path, cutaway: Command) -> None:
    text = plugged.study().replace('progress("adding", 0, 1)', "1 / 0")
    plugged.install(site, "acme", "[cutaway.studies]\nh-wrong = h_wrong\n", {"h_wrong": text})
    ended = cutaway("study", "h-wrong")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == (
        "cutaway study: study h-wrong: this is a bug of acme 1.0 (ZeroDivisionError: division by zero); please tell "
        "its makers\n"
    )


@pytest.mark.slow
def test_compare(acme: Path, cutaway: Command) -> None:
    compared = cutaway("compare", "h-sums")
    assert compared.status == 0 and "From the plug-in acme 1.0." in compared.out, compared.err
    assert "numpy" in compared.out and "exact" in compared.out
    listed = cutaway("compare", "--list")
    assert "h-sums  (acme 1.0)" in listed.out and "plug-in h-not of acme 1.0 is left out" in listed.err


def test_doctor(acme: Path) -> None:
    told = {f"{one.kind} {one.name}": why for one, why in doctor.plugged().items()}
    assert set(told) == {f"{kind} h-not" for kind in ("compare", "studies")} | {
        "checks ROWS001",
        "checks ROWS002",
        "compare h-sums",
        "studies h-so",
    }
    assert {name for name, why in told.items() if why} == {"checks ROWS002", "compare h-not", "studies h-not"}
