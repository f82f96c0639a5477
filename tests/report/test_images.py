"""The report of an audit of images: its words, its schema, and names that try to be markup."""

from __future__ import annotations

import json

import jsonschema
from rich.console import Console

from cutaway.core.audit import ImagesAudit, ImagesFacts
from cutaway.core.findings import Finding, Outcome, Remedy
from cutaway.report import html, schema, terminal, to_json
from cutaway.report.images import class_rows, facts, heading
from cutaway.report.verdict import verdict
from tests.report import audits
from tests.report.audit_parts import HOSTILE


def quiet() -> ImagesAudit:
    return ImagesAudit(
        images=ImagesFacts(
            name="pets",
            images=30,
            unreadable=1,
            classes=("cat", "dog"),
            parts={"train": (10, 9), "test": (5, 4)},
            labelled_by="labels.csv",
            unlabelled=1,
            sizes=((64, 48, 20), (32, 32, 9)),
            resize=(32, 32),
        ),
        outcomes=(Outcome(code="IMG001", name="unreadable images", status="passed", passed="All were decoded."),),
        version="0.1",
    )


def hostile() -> ImagesAudit:
    finding = Finding(title=f"{HOSTILE[0]} is blurred", severity="high", columns=HOSTILE, remedy=Remedy(HOSTILE[1]))
    return ImagesAudit(
        images=ImagesFacts(
            name=HOSTILE[0], images=1, unreadable=0, classes=HOSTILE, parts={HOSTILE[1]: (1,) * len(HOSTILE)}
        ),
        outcomes=(Outcome(code="IMG003", name="blurred", status="issue", findings=(finding,)),),
        notes=(HOSTILE[2],),
    )


def test_what_stands_under_the_title() -> None:
    assert heading(quiet()) == "Images of pets"
    assert facts(quiet()) == [
        "30 images",
        "1 of them unreadable",
        "2 classes by labels.csv",
        "1 without a label",
        "19 in train",
        "9 in test",
        "69\xa0% of 48 × 64 pixels",
        "resized to 32 × 32",
    ]
    assert class_rows(quiet())[:2] == [("cat", "train", "10"), ("cat", "test", "5")]
    assert verdict(quiet()) == "No issue was found by 1 check."


def test_it_satisfies_the_schema_and_no_other() -> None:
    held = jsonschema.Draft202012Validator(schema("images"))
    jsonschema.Draft202012Validator.check_schema(schema("images"))
    for audit in (quiet(), hostile()):
        told = json.loads(json.dumps(to_json(audit), allow_nan=False))
        held.validate(told)
        assert not jsonschema.Draft202012Validator(schema()).is_valid(told)
    assert not held.is_valid(to_json(audits.quiet()))


def test_names_of_files_are_text() -> None:
    page = html.render(hostile())
    assert "<script>alert" not in page and "<img" not in page.partition("</head>")[2].partition("<script")[0]
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    terminal.render(hostile(), console)
    assert "\x1b[31m" not in console.export_text(styles=False)
