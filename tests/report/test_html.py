from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from cutaway.core.findings import Finding, Outcome, Remedy
from cutaway.report import html
from cutaway.report.text import plain
from tests.report import audits
from tests.report.pages import Page

PAGES = {name: html.render(make()) for name, make in audits.ALL.items()}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_well_formed_and_asks_nothing_of_anyone(name: str) -> None:
    page = Page(PAGES[name])
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "image", "form", "base", "a", "use"}
    for _, attributes in page.elements:
        assert not [attribute for attribute in attributes if attribute.startswith("on")]
        assert not {"href", "src", "srcset", "action", "xlink:href", "data"} & attributes.keys()
    style = re.search(r"<style>(.*?)</style>", PAGES[name], re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "default-src 'none'" in page.all("meta")[2]["content"]


@pytest.mark.parametrize("name", PAGES)
def test_headings_descend_one_by_one(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(PAGES[name]).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("name", ["crash", "many", "shuttle"])
def test_every_picture_says_what_it_shows(name: str) -> None:
    page = Page(PAGES[name])
    told = [attributes["aria-label"] for attributes in page.all("svg") if attributes.get("role") == "img"]
    figures = {f.figure.alt for o in audits.ALL[name]().outcomes for f in o.findings if f.figure is not None}
    assert figures == set(told)
    drawings = [attributes for attributes in page.all("svg") if attributes.get("width") == "100%"]
    assert all(
        attributes.get("role") == "img"
        or attributes.get("aria-hidden") == "true"
        or "class" in attributes
        or "y" in attributes
        for attributes in drawings
    )


def test_sections_stand_in_the_order_of_need() -> None:
    text = Page(PAGES["crash"]).text
    order = [
        "One column, injSeverity, gives the answer away.",
        "3 issues · 2 tips · 5 passed · 2 not applicable",
        "What to act on first",
        "What each feature does",
        "What may be said of it",
        "Tips",
        "How the model was made",
        "What passed",
        "Not applicable",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_everything_is_said() -> None:
    audit = audits.crash()
    text = Page(PAGES["crash"]).text
    for outcome in audit.outcomes:
        assert f"{outcome.code} {outcome.name}" in text
        assert outcome.reason in text
        assert outcome.passed in text
        for finding in outcome.findings:
            assert finding.title in text
            assert finding.detail in text
            assert finding.remedy.text in text
            assert all(code in text for code in finding.remedy.code.values())
    for each in audit.sentences:
        assert each.may_say in text
        assert each.do_not_say in text
        assert each.why_not in text
    assert audit.model is not None
    assert all(column in text and reason in text for column, reason in audit.model.set_aside.items())
    assert all(treatment in text for treatment in audit.model.treatments)
    assert "153 rows: target is missing" in text
    assert "“dead”, the rarer class; --positive chooses another" in text
    assert "seatbelt none vs belted 2.83 2.47–3.25 +3.7" in text
    assert "seatbelt none 1.040 0.0700 2.829 2.47–3.25 +3.7 < 0.001 –" in text


def test_names_from_the_data_stay_text() -> None:
    page = Page(PAGES["hostile"])
    assert "<b>amp" not in PAGES["hostile"]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ud800]", PAGES["hostile"])
    assert plain(audits.HOSTILE[0]) in page.text
    assert plain(audits.HOSTILE[1]) in page.text
    assert r"esc\x1b[31mred\x07\x00" in page.text
    PAGES["hostile"].encode("utf-8")


def test_every_coefficient_is_reachable() -> None:
    text = Page(PAGES["many"]).text
    assert "The other 60 coefficients, smaller in |z|" in text
    assert all(text.count(f"feature_{i:02d}") >= 2 for i in range(82))
    assert Page(PAGES["shuttle"]).text.count("Fpv.Open") > 10


def test_without_a_model() -> None:
    text = Page(PAGES["bare"]).text
    assert "Crashed: these questions are open DAT001 dominant class ZeroDivisionError: division by zero." in text
    assert "What each feature does" not in text
    assert "No feature was left to fit a model on." in text


def test_the_same_audit_gives_the_same_page() -> None:
    assert html.render(audits.many()) == PAGES["many"]


def test_the_page_stays_small() -> None:
    audit = audits.many(400)
    finding = Finding(
        title="x" * 200,
        severity="high",
        remedy=Remedy(text="y" * 200, code={"pandas": "z" * 500}),
        figure=audits.FIGURES["points"],
    )
    crowd = tuple(Outcome(code=f"DAT{i:03d}", name="x", status="issue", findings=(finding,) * 9) for i in range(20, 40))
    audit = replace(audit, outcomes=(*audit.outcomes, *crowd), sentences=audit.sentences * 30)
    page = html.render(audit)
    assert len(page.encode()) < 500_000


def test_findings_beyond_three_of_a_check_are_listed() -> None:
    findings = tuple(
        Finding(title=f"Column {i} is odd", severity="high", remedy=Remedy(text=f"Mend {i}.")) for i in range(8)
    )
    audit = replace(audits.quiet(), outcomes=(Outcome(code="DAT009", name="odd", status="issue", findings=findings),))
    page = Page(html.render(audit))
    assert len(page.all("article")) == 3
    assert page.text.count("DAT009 odd") == 8
    assert "5 more DAT009 odd Column 3 is odd. Mend 3. DAT009" in page.text
    assert [attributes for attributes in page.all("details") if "open" in attributes]
