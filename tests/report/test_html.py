from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from cutaway.core.findings import Finding, Outcome, Remedy
from cutaway.report import html, to_json
from cutaway.report.text import plain
from tests.report import audits
from tests.report.pages import Page

PAGES = {name: html.render(make()) for name, make in audits.ALL.items()}


def embedded(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="cutaway">([^<]*)</script>', page)
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_well_formed_and_asks_nothing_of_anyone(name: str) -> None:
    page = Page(PAGES[name])
    tags = {tag for tag, _ in page.elements}
    assert tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "main",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "b",
        "script",
    }
    for _, attributes in page.elements:
        assert not [attribute for attribute in attributes if attribute.startswith("on")]
        assert not {"href", "src", "srcset", "action", "data"} & attributes.keys()


@pytest.mark.parametrize("name", ["crash", "quiet", "bare", "shuttle", "many"])
def test_the_data_are_the_audit_as_json(name: str) -> None:
    assert embedded(PAGES[name]) == {"kind": "audit", "audit": json.loads(json.dumps(to_json(audits.ALL[name]())))}


def test_without_scripts_it_says_what_is_wrong_and_what_to_do() -> None:
    text = Page(PAGES["crash"]).text
    assert "One column, injSeverity, gives the answer away." in text
    for outcome in audits.crash().outcomes:
        for finding in outcome.findings:
            assert f"{outcome.code} {outcome.name}: {finding.title}. {finding.remedy.text}" in text
    assert text.index("What to act on first") < text.index("Tips")
    assert "needs a browser" in text or "need a browser" in text


def test_names_from_the_data_stay_text() -> None:
    page = Page(PAGES["hostile"])
    assert "<b>amp" not in PAGES["hostile"]
    assert PAGES["hostile"].count("<script") == 3
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ud800]", PAGES["hostile"])
    assert plain(audits.HOSTILE[0]) in page.text
    audit = embedded(PAGES["hostile"])["audit"]
    assert audit["findings"][0]["columns"] == [plain(name, keep="\n\t") for name in audits.HOSTILE]
    PAGES["hostile"].encode("utf-8")


def test_the_same_audit_gives_the_same_page() -> None:
    assert html.render(audits.many()) == PAGES["many"]


def test_the_page_stays_small() -> None:
    finding = Finding(
        title="x" * 200,
        severity="high",
        remedy=Remedy(text="y" * 200, code={"pandas": "z" * 500}),
        figure=audits.FIGURES["points"],
    )
    crowd = tuple(Outcome(code=f"DAT{i:03d}", name="x", status="issue", findings=(finding,)) for i in range(20, 40))
    audit = audits.many(20)
    audit = replace(audit, outcomes=(*audit.outcomes, *crowd), sentences=audit.sentences * 5)
    assert len(html.render(audit).encode()) < 600_000
