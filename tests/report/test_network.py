"""The report of a network's audit: its words, its schema, and its page."""

from __future__ import annotations

import json

import jsonschema
import pytest

from cutaway.report import schema, to_json
from cutaway.report.network import facts, heading, layer_rows, verdict
from tests.report import audits, networks


@pytest.mark.parametrize("name", networks.ALL)
def test_every_audit_satisfies_the_schema(name: str) -> None:
    told = json.loads(json.dumps(to_json(networks.ALL[name]()), allow_nan=False))
    jsonschema.Draft202012Validator(schema("network")).validate(told)
    assert not jsonschema.Draft202012Validator(schema()).is_valid(told)


def test_the_schema_is_one_and_refuses_what_it_does_not_know() -> None:
    jsonschema.Draft202012Validator.check_schema(schema("network"))
    held = jsonschema.Draft202012Validator(schema("network"))
    told = to_json(networks.hostile())
    assert held.is_valid(told)
    assert not held.is_valid({**told, "findings": [{**told["findings"][0], "severity": "none"}]})
    assert not held.is_valid({**told, "tally": [{"of": "checks"}]})
    assert not held.is_valid(to_json(audits.quiet()))


def test_what_stands_under_the_title() -> None:
    audit = networks.quiet()
    assert heading(audit) == "Sound, a PyTorch model"
    assert facts(audit) == ["3 layers", "131 parameters, 3 of them trained", "64 rows of 4 numbers"]
    assert layer_rows(audit) == [
        ("body", "linear", "80 frozen"),
        ("act", "relu", ""),
        ("head", "linear", "51 (3 trained)"),
    ]


def test_the_first_sentence() -> None:
    assert verdict(networks.quiet()) == (
        "No issue was found by 1 check; 1 more had too little to go by, which the report names."
    )
    assert verdict(networks.crashed()) == ("No issue was found, but 1 check crashed and its question is open.")
    told = verdict(networks.real())
    gravest = next(f for o in networks.real().outcomes for f in o.findings if f.severity == "high")
    assert told.startswith("One of ")
    assert gravest.title in told or "issues" in told
