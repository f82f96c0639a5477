"""The committed atlas: every topic, versions and a date, everything stands, and a fresh run finds the same groups."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from cutaway.compare.run import atlas
from cutaway.compare.run.discovery import named, names
from cutaway.compare.run.frameworks import FRAMEWORKS

FRESH = ("class-weights", "gelu", "standard-deviation")
MOST_BYTES = 900_000


def committed() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files("cutaway").joinpath("data", "atlas.json").read_text("utf-8"))
    return told


def test_it_has_every_topic() -> None:
    assert sorted(committed()["topics"]) == sorted(names()), "run: make atlas"


def test_it_says_when_and_with_what_it_was_run() -> None:
    told = committed()
    assert date.fromisoformat(told["date"]) <= date.today()
    assert told["python"].startswith("3.")
    rows = [row for one in told["topics"].values() for row in one["rows"]]
    assert {row["framework"] for row in rows if row["status"] == "ran"} == set(told["versions"])
    assert set(told["versions"]) == set(FRAMEWORKS) - {"torchvision"}, (
        "torchvision's build for processors is not to be had"
    )
    assert all(row["version"] == told["versions"][row["framework"]] for row in rows if row["status"] == "ran")


@pytest.mark.parametrize("name", names())
def test_all_of_it_stands(name: str) -> None:
    one = committed()["topics"][name]
    assert one["stands"]
    assert {row["status"] for row in one["rows"]} <= {"ran", "formula, not run"}
    assert all(each["holds"] for each in one["converters"] if each["code"])


@pytest.mark.parametrize("name", names())
def test_its_calls_and_converters_are_those_of_the_files(name: str) -> None:
    one, topic = committed()["topics"][name], named(name)
    assert [(row["variant"], row["call"], row["formula"]) for row in one["rows"]] == [
        (each.name, each.call, each.follows.text) for each in topic.variants
    ], "run: make atlas"
    assert [each["code"] for each in one["converters"]] == [each.code for each in topic.converters]
    assert one["question"] == topic.sections["question"]


def test_it_is_small() -> None:
    assert files("cutaway").joinpath("data", "atlas.json").read_bytes().__len__() < MOST_BYTES


@pytest.mark.slow
def test_a_fresh_run_finds_the_same_groups() -> None:
    for one in atlas.run(map(named, FRESH)):
        kept = {row["variant"]: row["group"] for row in committed()["topics"][one.topic.name]["rows"]}
        assert {row.variant: row.group for row in one.rows} == kept
