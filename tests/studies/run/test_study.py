"""Parameters, addresses, claims, stopping: what every study stands on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.studies import Result, Study, Table, named
from cutaway.studies.run import address, stored
from cutaway.studies.run.data import Columns
from cutaway.studies.run.discovery import names
from cutaway.studies.run.parameter import choice, number, points, read, seed, switch, whole
from cutaway.studies.run.result import claim
from cutaway.studies.run.stopping import Cancelled, Stoppable


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    rate: float = number(0.25, "Rate", low=0, high=1, unit="a step")
    size: float = number(10, "Size", low=1e-3, high=1e3, scale="log")
    rows: int = whole(10, "Rows", low=1, high=1_000_000, where="browser")
    warm: bool = switch(True, "Warm")
    method: str = choice("a", "Method", {"a": "the first", "b&c=d": "odd"})
    where: str = points("-1:0 1:1", "Points", low=-4, high=4)
    seed: int = seed()


def study(run: Any = None, **names: Any) -> Study:
    module = ModuleType("cutaway.studies.first_steps")
    module.__doc__ = "Is it so,\nor not?\n\nAnswer: It is:\nas said.\n\nSource: Nobody 1900.\n\nSeconds: 1"
    names = {"TITLE": "Steps", "GROUP": "training", "Parameters": Parameters, **names}
    vars(module).update(names, run=run or (lambda params, progress: Result(numbers={"rate": params.rate})))
    return Study(module)


def test_what_the_file_says_is_read() -> None:
    one = study()
    assert (one.name, one.title, one.group, one.uses) == ("first-steps", "Steps", "training", None)
    assert one.sections == {
        "question": "Is it so, or not?",
        "answer": "It is: as said.",
        "source": "Nobody 1900.",
        "seconds": "1",
    }


def test_its_description() -> None:
    told = study(USES="columns", FULL={"rows": 7}).describe()
    assert (told["uses"], told["full"]) == ("columns", {"rows": 7})
    first = told["parameters"][0]
    assert first == {
        "name": "rate", "default": 0.25, "kind": "number", "label": "Rate", "help": "", "unit": "a step",
        "low": 0, "high": 1, "step": None, "scale": "linear", "options": [], "where": "python",
    }  # fmt: skip
    assert told["parameters"][4]["options"] == [["a", "the first"], ["b&c=d", "odd"]]


@given(
    st.builds(
        Parameters,
        rate=st.floats(0, 1),
        size=st.floats(1e-3, 1e3),
        rows=st.integers(1, 1_000_000),
        warm=st.booleans(),
        method=st.sampled_from(["a", "b&c=d"]),
        seed=st.integers(0, 2**31 - 1),
    )
)
def test_an_address_holds_every_parameter(params: Parameters) -> None:
    """The shortest text of a float reads back as the same float."""
    one = study()
    path, _, query = address.address(one, params).partition("?")
    assert path == "/study/first-steps"
    assert address.parameters(one, query) == params


def test_an_address_holds_only_what_was_moved() -> None:
    one = study()
    assert address.address(one, one.parameters()) == "/study/first-steps"
    moved = one.parameters({"warm": "no", "rate": "1e-1"})
    assert address.address(one, moved) == "/study/first-steps?rate=0.1&warm=false"
    assert address.command(one, moved) == "cutaway study first-steps --rate 0.1 --warm false"
    assert address.snippet(one, moved).endswith('studies.named("first-steps").run(rate=0.1, warm=False)\n')


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("rate=2", "rate: expected a number from 0 to 1, got 2"),
        ("rate=nan", "rate: expected a number, got 'nan'"),
        ("rate=", "rate: expected a number, got ''"),
        ("rows=1.5", "rows: expected a whole number, got '1.5'"),
        ("warm=maybe", "warm: expected true or false, got 'maybe'"),
        ("method=c", "method: expected one of a, b&c=d, got 'c'"),
        ("rat=1", "no parameter 'rat'"),
        ("rate=0.1&rate=0.2", "parameter 'rate' is given twice"),
    ],
)
def test_a_broken_address_gets_a_sentence(query: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        address.parameters(study(), query)
    assert said in str(error.value)


def test_true_is_no_number() -> None:
    spec = Parameters.__dataclass_fields__["rate"].metadata["range"]
    with pytest.raises(InputError):
        read("rate", spec, True)


def test_claims_are_tried_in_their_order() -> None:
    small = claim("Small")(lambda params, result: (result.numbers["rate"] < 0.5, result.numbers["rate"]))
    unsaid = claim("Says nothing")(lambda params, result: (None, float("nan")))
    one = study(first=small, second=unsaid)
    assert [(each.text, each.holds) for each in one.run().claims] == [("Small", True), ("Says nothing", None)]
    assert one.run().holds
    assert not one.run(rate=0.75).holds
    assert one.run().to_json()["claims"][1] == {"text": "Says nothing", "holds": None, "value": None}


def test_data_go_only_where_they_are_taken() -> None:
    data = Columns({}, "table.csv")
    with pytest.raises(InputError, match="study first-steps: it takes no data of yours"):
        study().run(data=data)
    seen: list[Any] = []

    def run(params: Any, progress: Progress = silent, data: Any = None) -> Result:
        seen.append(data)
        return Result()

    study(run, USES="columns").run(data=data)
    assert seen == [data]


def test_a_table_has_columns_of_one_length() -> None:
    with pytest.raises(AssertionError, match="differ in length"):
        Table({"a": [1], "b": [1, 2]})


def test_an_unknown_study_gets_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no study is named 'cuonts'; did you mean counts\?"):
        named("cuonts")
    with pytest.raises(InputError, match=r"there are .*counts"):
        named("zzz")
    assert all("_" not in name for name in names())


def test_a_run_stops_at_its_next_word() -> None:
    begun, ended = threading.Event(), []

    def run(params: Any, progress: Progress = silent) -> Result:
        for step in range(100_000):
            progress("waiting", step, 100_000)
            begun.set()
            time.sleep(0.001)
        return Result()

    progress = Stoppable()

    def work() -> None:
        try:
            study(run).run(None, progress)
        except Cancelled as stopped:
            ended.append(str(stopped))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(10)
    progress.stop()
    thread.join(10)
    assert ended == ["waiting"]


def test_stopping_is_no_failure_that_work_could_catch() -> None:
    assert not issubclass(Cancelled, Exception)


def test_what_is_told_goes_on_until_then() -> None:
    told: list[tuple[str, float, float | None]] = []
    progress = Stoppable(lambda *words: told.append(words))
    progress("a", 1, None)
    progress.stop()
    with pytest.raises(Cancelled):
        progress("a", 2, None)
    assert told == [("a", 1, None)]


def test_a_stored_line_keeps_its_ends() -> None:
    line = {"name": "a", "x": list(range(1000)), "y": list(range(1000)), "low": [], "high": [], "role": "main"}
    (thin,) = stored.thinned({"kind": "lines", "lines": [line]})["lines"]
    assert len(thin["x"]) == len(thin["y"]) == stored.MOST_POINTS
    assert (thin["x"][0], thin["x"][-1], thin["low"]) == (0, 999, [])
    assert stored.thinned({"kind": "bars", "values": [1]}) == {"kind": "bars", "values": [1]}


def test_a_study_from_elsewhere_has_nothing_stored() -> None:
    one = study()
    one.module.__name__ = "elsewhere.counts"
    assert stored.stored(one) is None
    assert stored.stored(named("counts")) is not None
