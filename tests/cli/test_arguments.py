"""Words of a command line as values."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.cli.arguments import assigned, listed
from cutaway.core.errors import InputError


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([], ()),
        (["a"], ("a",)),
        (["a,b", "c"], ("a", "b", "c")),
        (["a, b"], ("a", "b")),
        (["a", "a,b"], ("a", "b")),
        (['"height, cm",age'], ("height, cm", "age")),
        (['"quoted"'], ('"quoted"',)),
        (['5" pipe'], ('5" pipe',)),
        (['"unfinished,a'], ('"unfinished,a',)),
        (["two\nlines"], ("two\nlines",)),
    ],
)
def test_listed(values: list[str], names: tuple[str, ...]) -> None:
    assert listed("--drop", values) == names


@pytest.mark.parametrize("value", ["", ",", "a,", ",a", "a,,b"])
def test_an_empty_name_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="--drop: expected names"):
        listed("--drop", [value])


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda name: name == name.lstrip()),
        min_size=2,
        max_size=5,
        unique=True,
    )
)
def test_any_names_survive_as_csv(names: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    assert listed("--drop", [line.getvalue()]) == tuple(names)


@given(st.text(min_size=1).filter(lambda name: "," not in name))
def test_a_name_without_a_comma_is_taken_as_it_is(name: str) -> None:
    assert listed("--drop", [name]) == (name,)


def test_assigned() -> None:
    given_twice = ["DAT001.max_share=0.8", "dat001.max_share = 0.9,LOG001.text=a=b"]
    assert assigned(given_twice) == {"DAT001.max_share": "0.9", "LOG001.text": "a=b"}


@pytest.mark.parametrize("value", ["x", "x=1", "DAT001.=1", ".x=1", "DAT001.x=", "DAT001.x", "=", "DAT001=1.5"])
def test_what_is_no_assignment_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="--set"):
        assigned([value])
