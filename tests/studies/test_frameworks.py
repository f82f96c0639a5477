"""The study of frameworks: what it tells is what the atlas holds, its claims can fail, and the page counts the same."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.studies import frameworks
from cutaway.studies.frameworks import STARTS, Parameters, apart, atlas, network, told
from cutaway.studies.run.result import Result, Table
from cutaway.studies.run.study import Study

STUDY = Study(frameworks)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "frameworks.json"


def result() -> Result:
    return STUDY.run().result


def changed(found: Result, table: str, column: str, values: list[Any]) -> Result:
    """The result with another column in one of its tables."""
    columns = dict(found.tables[table].columns) | {column: values}
    return replace(found, tables=dict(found.tables) | {table: Table(columns)})


def test_every_claim_holds() -> None:
    assert [each.text for each in STUDY.run().claims if each.holds is not True] == []


def test_its_differences_are_those_of_the_values() -> None:
    rows = {row["variant"]: row["value"] for row in atlas()["topics"]["one-network"]["rows"]}
    layers, found = network(atlas()["topics"]["one-network"])
    for at in range(len(layers)):
        formula, flax = (rows[f"{name}_{left}"][at] for name, left in (("numpy", "aligned"), ("flax", "gelu")))
        largest = max(abs(a - b) for a, b in zip(formula, flax, strict=True)) / max(map(abs, formula))
        assert found["gelu", "flax"][at] == pytest.approx(largest, rel=1e-12)


def test_nothing_of_the_atlas_is_lost() -> None:
    tables, topics = result().tables, atlas()["topics"]
    assert list(tables["topics"].columns["name"]) == list(topics)
    assert len(tables["rows"].columns["call"]) == sum(len(one["rows"]) for one in topics.values())
    assert list(tables["converters"].columns["code"]) == [
        each["code"] for one in topics.values() for each in one["converters"]
    ]
    assert dict(zip(*tables["versions"].columns.values(), strict=True)) == atlas()["versions"]


def test_two_frameworks_are_apart_if_no_call_of_theirs_agrees() -> None:
    def topic(*rows: tuple[str, str | None]) -> dict[str, Any]:
        return {"rows": [{"framework": name, "group": group} for name, group in rows]}

    topics = {
        "apart": topic(("pytorch", "A"), ("keras", "B")),
        "partly": topic(("pytorch", "A"), ("pytorch", "B"), ("keras", "B")),
        "alone": topic(("pytorch", "A"), ("keras", None)),
    }
    assert apart(topics, "pytorch", "keras") == apart(topics, "keras", "pytorch") == ["apart"]


@pytest.mark.parametrize("value", [["a"], 0.5, [1.0, 2.0, 3.0, 4.0], [[1.0] * 3] * 2])
def test_a_value_is_one_line_of_four_numbers_at_most(value: Any) -> None:
    size = np.size(value)
    assert (f"({size} numbers)" in told(value)) == (size > 4)


def test_the_claim_of_agreement_can_fail() -> None:
    found = result()
    off = list(found.tables["layers"].columns["difference"])
    off[3] = 2e-5  # of an aligned network
    assert frameworks.aligned(Parameters(), changed(found, "layers", "difference", off))[0] is False


@pytest.mark.parametrize("where", ["before", "after", "nowhere"])
def test_the_claim_of_the_layers_can_fail(where: str) -> None:
    found = result()
    columns = found.tables["layers"].columns
    off = list(columns["difference"])
    for i, (left, name) in enumerate(zip(columns["left"], columns["framework"], strict=True)):
        if (left, name) == ("gelu", "flax"):
            layer = i % 10
            off[i] = {"before": 1e-3, "after": 1e-3 if layer != 9 and layer >= STARTS["gelu"] else 0.0, "nowhere": 0.0}[
                where
            ]
    assert frameworks.from_there_on(Parameters(), changed(found, "layers", "difference", off))[0] is False


def test_the_claim_of_the_converters_can_fail() -> None:
    found = result()
    holds = list(found.tables["converters"].columns["holds"])
    holds[holds.index(True)] = False
    assert frameworks.proved(Parameters(), changed(found, "converters", "holds", holds))[0] is False


def test_the_claim_of_differing_topics_can_fail() -> None:
    found = result()
    assert (
        frameworks.differ(Parameters(), replace(found, numbers=dict(found.numbers) | {"pytorch_keras_differ": 0}))[0]
        is False
    )


def test_the_atlas_is_not_changed_by_a_run() -> None:
    before = copy.deepcopy(atlas())
    STUDY.run()
    assert atlas() == before


def test_the_page_is_held_against_python() -> None:
    _, found = network(atlas()["topics"]["one-network"])
    made = {
        "parted": {
            left: sorted(name for (one, name), off in found.items() if one == left and max(off) > 1e-5)
            for left in ("aligned", *STARTS)
        },
        "apart": apart(atlas()["topics"], "pytorch", "keras"),
    }
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(json.dumps(made) + "\n")
    assert json.loads(FIXTURE.read_text()) == made
