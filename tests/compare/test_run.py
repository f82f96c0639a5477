"""What comparisons stand on: groups by tolerance, formulas held against values, converters proved, failures told."""

from __future__ import annotations

import json
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import compare
from cutaway.compare.run import atlas, worker
from cutaway.compare.run.frameworks import FRAMEWORKS, framework, version
from cutaway.compare.run.grouping import difference, groups
from cutaway.compare.run.topic import Converter, Topic, formula, variant
from cutaway.core.errors import InputError

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.lists(numbers, max_size=6))
def test_a_value_does_not_differ_from_itself(values: list[float]) -> None:
    assert difference(values, values) == 0.0


@given(numbers, numbers)
def test_the_difference_has_no_direction(one: float, other: float) -> None:
    assert difference(one, other) == difference(other, one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1.0, 1.1, 0.1 / 1.1),
        (math.nan, math.nan, 0.0),
        (math.nan, 1.0, math.inf),
        (math.inf, -math.inf, math.inf),
        (math.inf, math.inf, 0.0),
        ([1.0, 2.0], [1.0], math.inf),
        ("ValueError", "ValueError", 0.0),
        ("ValueError", 1.0, math.inf),
        ("ValueError", [1.0, 2.0], math.inf),
        ([math.inf, 2.0], [math.inf, 1.0], 0.5),
        (0.0, 1e-13, 0.1),
    ],
)
def test_differences(one: Any, other: Any, expected: float) -> None:
    one, other = (np.array(each) if isinstance(each, list) else each for each in (one, other))
    assert difference(one, other) == pytest.approx(expected)


def test_more_groups_than_letters_have_names_of_their_own() -> None:
    found = groups(list(range(60)), 1e-6)
    assert len(set(found)) == 60


def topic(**names: Any) -> Topic:
    """A topic of NumPy alone, whose file states that the sum is a mean in one of two variants."""
    module = ModuleType("cutaway.compare.made_up", "What is added?\n\nAnswer: numbers.\n\nSource: none.")

    @formula("Σ x")
    def total(x: np.ndarray) -> float:
        return float(x.sum())

    @variant("numpy", call="x.sum()", follows=total)
    def right(x: np.ndarray) -> float:
        return float(np.add.reduce(x))

    @variant("numpy", call="x.mean()", follows=total)
    def wrong(x: np.ndarray) -> float:
        return float(x.mean())

    @variant("numpy", call="x.nothing()", follows=total)
    def failing(x: np.ndarray) -> float:
        raise ValueError("no such thing")

    @variant("torchvision", call="torchvision.sum(x)", follows=total, run=False)
    def absent(x: np.ndarray) -> float:
        raise AssertionError("it is not run")

    known = dict(total=total, right=right, wrong=wrong, failing=failing, absent=absent)
    module.__dict__.update(TITLE="Sums", given=lambda: {"x": np.array([1.0, 2.0, 6.0])}, **known)
    module.__dict__["CONVERTERS"] = (
        Converter(of=right, to="numpy", exactness="exact", code="value = x[0] + x[1] + x[2]"),
        Converter(of=right, to="numpy", exactness="exact", code="value = x[0]"),
        Converter(of=right, to="numpy", exactness="near", error=0.5, code="value = 6.0"),
        Converter(of=right, to="numpy", exactness="exact", code="value = y"),
        Converter(of=right, to="jax", exactness="impossible", reason="It has no sums."),
    )
    module.__dict__.update(names)
    return Topic(module)


def compared(one: Topic) -> atlas.Compared:
    """The topic run in this process, its answers sent through JSON as from another."""
    heard = atlas.Heard()
    for answer in worker.tasks(one, "plain"):
        heard.take(json.loads(json.dumps(answer)))
    return atlas._compared(one, heard)


def test_a_value_that_is_not_its_formula_s_is_found() -> None:
    rows = {row.variant: row for row in compared(topic()).rows}
    assert (rows["right"].value, rows["right"].follows, rows["right"].group) == (9.0, True, "A")
    assert (rows["wrong"].value, rows["wrong"].follows, rows["wrong"].group) == (3.0, False, "B")
    assert (rows["failing"].status, rows["failing"].reason) == ("failed", "ValueError: no such thing")
    assert (rows["absent"].status, rows["absent"].value, rows["absent"].group) == ("formula, not run", 9.0, None)


def test_converters_are_held_to_what_they_claim() -> None:
    proofs = compared(topic()).proofs
    assert [proof.holds for proof in proofs] == [True, False, True, False, None]
    assert proofs[2].error == pytest.approx(1 / 3)
    assert "NameError" in proofs[3].reason


def test_a_topic_stands_only_if_all_of_it_does() -> None:
    assert not compared(topic()).stands
    good = topic()
    for name in ("wrong", "failing"):
        del good.module.__dict__[name]
    good.module.__dict__["CONVERTERS"] = good.converters[:1]
    assert compared(good).stands


def test_the_atlas_is_json() -> None:
    told = atlas.to_json([compared(topic())])["topics"]["made-up"]
    json.dumps(told, allow_nan=False)
    assert {"question", "input", "rows", "converters"} <= told.keys()
    assert {"framework", "version", "call", "formula", "value", "group"} <= told["rows"][0].keys()
    assert {"from", "to", "exactness", "error", "reason"} <= told["converters"][0].keys()


@given(st.lists(numbers, max_size=5))
def test_values_survive_the_pipe(values: list[float]) -> None:
    back = worker.read(json.loads(json.dumps(worker.plain(np.array(values)))))
    np.testing.assert_array_equal(back, np.array(values))


def test_text_survives_the_pipe() -> None:
    assert worker.read(worker.plain("ValueError")) == "ValueError"


@pytest.mark.parametrize(("alias", "name"), [("torch", "pytorch"), ("TF", "tensorflow"), ("sklearn", "scikit-learn")])
def test_frameworks_have_short_names(alias: str, name: str) -> None:
    assert framework(alias).name == name


def test_an_unknown_framework_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean jax"):
        framework("jxa")


def test_no_two_frameworks_share_a_name() -> None:
    all_names = [name for one in FRAMEWORKS.values() for name in (one.name, *one.aliases)]
    assert len(all_names) == len(set(all_names))


def test_what_is_not_installed_has_no_version() -> None:
    assert version("numpy") == np.__version__
    assert version("torchvision") is None


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas.sys, "executable", "/bin/false")
    found = atlas.run([compare.named("class-weights")])[0]
    ran = [row for row in found.rows if row.version is not None]
    assert ran and all(row.status == "failed" and "status 1" in row.reason for row in ran)
    assert not found.stands


def test_a_topic_is_asked_as_often_as_one_likes() -> None:
    """Importing it makes its module an attribute of the package, which answers as well."""
    for _ in range(2):
        assert callable(compare.standard_deviation.run) and callable(compare.standard_deviation.convert)
    with pytest.raises(InputError, match="no framework is named 'kears'"):
        compare.standard_deviation.convert("kears", "torch")
    with pytest.raises(AttributeError, match="has no attribute 'no_such_topic'"):
        _ = compare.no_such_topic
