"""Plug-ins: found by their entry points, refused with a reason, in nobody's way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from cutaway import checks, compare, studies
from cutaway.checks.run import discovery as of_checks
from cutaway.compare.run import discovery as of_compare
from cutaway.core import plugins
from cutaway.core.errors import InputError
from cutaway.lab.catalogue import Catalogue
from cutaway.studies.run import discovery as of_studies
from tests import plugged

site = plugged.site
TABLE = pa.table({"x": [float(i) for i in range(40)], "y": [0, 1] * 20})


def reasons() -> dict[str, str]:
    """Why each plug-in is left out, by its label."""
    every = (*of_checks.refused(), *of_compare.refused(), *of_studies.refused())
    return {one.plugin.label: one.reason for one in every}


def test_a_check_a_comparison_and_a_study_are_added(site: Path) -> None:
    entries = "[cutaway.checks]\nROWS001 = a_rows\n[cutaway.compare]\na-sums = a_sums\n[cutaway.studies]\na-so = a_so\n"
    modules = {"a_rows": plugged.check("ROWS001"), "a_sums": plugged.TOPIC, "a_so": plugged.study()}
    plugged.install(site, "acme", entries, modules)
    (one,) = [each for each in checks.discover() if each.origin]
    assert (one.code, one.origin, one.settings) == ("ROWS001", "acme 1.0", {"most": 3})
    outcome = next(each for each in checks.audit(TABLE, "y").outcomes if each.code == "ROWS001")
    assert (outcome.status, outcome.origin, outcome.findings[0].evidence) == ("issue", "acme 1.0", {"rows": 40})
    assert outcome.page["From"] == "the plug-in acme 1.0."
    (alone,) = checks.audit(TABLE, "y", select=["ROWS"], settings={"ROWS001.most": 50}).outcomes
    assert alone.status == "crashed"  # by its assertion
    assert compare.a_sums.run().stands
    assert [proof.holds for proof in compare.a_sums.convert("numpy", "scipy")] == [True]
    assert compare.discover()[-1].origin == "acme 1.0"
    study = studies.named("a-so")
    assert study.run(rows=5).holds
    assert (study.origin, study in studies.discover()) == ("acme 1.0", True)
    assert study.sections["source"] == "here. From the plug-in acme 1.0."
    assert reasons() == {}


def test_without_plugins_everything_is_cutaway_s() -> None:
    assert {one.origin for one in (*checks.discover(), *compare.discover(), *studies.discover())} == {""}


def test_nothing_is_imported_before_it_is_asked_for(site: Path) -> None:
    plugged.install(site, "acme", "[cutaway.studies]\na-late = a_late\n", {"a_late": "raise SystemExit(3)"})
    assert "a-late" in of_studies.names() and "a_late" not in sys.modules
    assert studies.named("counts").origin == ""
    assert "a_late" not in sys.modules


BROKEN = {
    "absent": ("[cutaway.checks]\nABSENT001 = nowhere_at_all\n", {}, "ModuleNotFoundError"),
    "syntax": ("[cutaway.studies]\nb-syntax = b_syntax\n", {"b_syntax": "def ("}, "SyntaxError"),
    "exits": ("[cutaway.compare]\nb-exits = b_exits\n", {"b_exits": "raise SystemExit('bye')"}, "SystemExit: bye"),
    "empty": ("[cutaway.studies]\nb-empty = b_empty\n", {"b_empty": ""}, "is no study (AttributeError"),
    "group": (
        "[cutaway.studies]\nb-group = b_group\n",
        {"b_group": plugged.study("weather")},
        "GROUP: expected one of data, loss",
    ),
    "variants": ("[cutaway.compare]\nb-none = b_none\n", {"b_none": '"""Q?"""\nTITLE = "T"'}, "@variant"),
    "code": ("[cutaway.checks]\nROWS002 = b_rows\n", {"b_rows": plugged.check("ROWS003")}, "it has ROWS003"),
    "asks": ("[cutaway.checks]\nASKS001 = b_asks\n", {"b_asks": plugged.check("ASKS001", asks="stars")}, "got 'stars'"),
    "short": ("[cutaway.checks]\nABC001 = b_short\n", {}, "four to eight capitals and three digits"),
    "prefix": ("[cutaway.checks]\nDATE001 = b_prefix\n", {}, "begins with DAT, which is cutaway's own"),
    "attribute": ("[cutaway.studies]\nb-run = b_run:run\n", {}, "expected the full name of a module"),
    "named": ("[cutaway.studies]\nother = b_named\n", {}, "the entry point is to be named b-named"),
    "taken": ("[cutaway.studies]\ncounts = b_sub.counts\n", {}, "cutaway has a study of that name"),
    "ours": ("[cutaway.compare]\ngelu2 = cutaway.compare.gelu\n", {}, "names cutaway's own"),
    "file": ("[cutaway.checks]\nthis is no entry\n", {}, "its entry_points.txt cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_used_is_named_and_stops_nothing(name: str, site: Path) -> None:
    entries, modules, said = BROKEN[name]
    plugged.install(site, "broken", entries, modules)
    plugged.install(site, "sound", "[cutaway.studies]\nc-so = c_so\n", {"c_so": plugged.study()})
    told = reasons()
    assert told and all(label.startswith("broken:") and said in reason for label, reason in told.items())
    assert studies.named("c-so").run().holds
    outcomes = checks.audit(TABLE, "y").outcomes
    crashed = [each for each in outcomes if each.status == "crashed"]
    assert len(crashed) == len(of_checks.refused())
    assert all(said in each.reason and each.origin == "broken 1.0" for each in crashed)
    assert len(outcomes) > 25


def test_two_of_one_name_are_both_refused_and_both_named(site: Path) -> None:
    for name in ("one", "two"):
        plugged.install(site, name, "[cutaway.studies]\nd-so = d_so\n[cutaway.checks]\nROWS001 = d_rows\n")
    (site / "d_so.py").write_text(plugged.study())
    assert set(reasons()) == {"one:d-so", "two:d-so", "one:ROWS001", "two:ROWS001"}
    assert all("one 1.0" in reason and "two 1.0" in reason for reason in reasons().values())
    with pytest.raises(InputError, match=r"plug-in d-so of one 1\.0 is left out: one 1\.0 and two 1\.0 have a study"):
        studies.named("d-so")
    crashed = [each.code for each in checks.audit(TABLE, "y").outcomes if each.status == "crashed"]
    assert crashed == ["one:ROWS001", "two:ROWS001"]


def test_the_first_on_the_path_is_the_one_that_is_used(site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    behind = tmp_path_factory.mktemp("behind")
    plugged.install(site, "my_Plug.in", "[cutaway.studies]\ne-so = e_so\n", {"e_so": plugged.study()})
    plugged.install(behind, "my-plug-in", "[cutaway.studies]\ne-old = e_old\n")
    sys.path.append(str(behind))
    try:
        plugged.forget()
        assert [one.name for one in plugins.listed("studies")] == ["e-so"]
    finally:
        sys.path.remove(str(behind))


ODD = {
    "an error of ours": (
        'raise __import__("cutaway.core.errors", fromlist=["x"]).InputError("no")',
        {},
        "InputError: no",
    ),
    "an exit": ("raise SystemExit(0)", {}, "SystemExit: 0"),
    "no finding": ('yield "text"', {}, "a check yields findings, got str"),
    "words as evidence": ("pass", {"evidence": '{"rows": "many"}'}, "evidence in numbers"),
    "a severity": ("pass", {"severity": "huge"}, "severity: expected one of high"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_check_that_goes_wrong_has_crashed_and_no_report_does(name: str, site: Path) -> None:
    body, changed, said = ODD[name]
    plugged.install(site, "odd", "[cutaway.checks]\nODDS001 = f_odd\n")
    (site / "f_odd.py").write_text(plugged.check("ODDS001", body=body, **changed))
    (outcome,) = checks.audit(TABLE, "y", select=["ODDS001"]).outcomes
    assert (outcome.status, outcome.origin) == ("crashed", "odd 1.0") and said in outcome.reason


def test_the_lab_has_the_studies_and_says_which_are_left_out(site: Path) -> None:
    plugged.install(site, "acme", "[cutaway.studies]\ng-so = g_so\ng-bad = g_bad\n", {"g_so": plugged.study()})
    catalogue = Catalogue()
    told = {each["name"]: each for each in json.loads(catalogue.described)["studies"]}
    assert told["g-so"]["source"] == "here. From the plug-in acme 1.0." and "g-bad" not in told
    assert list(catalogue.broken) == ["g_bad"] and "acme 1.0 is left out" in catalogue.broken["g_bad"]
