"""The contracts: errors say what to install, findings know their status, an audit counts its outcomes."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np
import pytest

from cutaway.core import errors, figures
from cutaway.core.audit import Audit, TableFacts, TargetFacts
from cutaway.core.findings import Finding, Outcome, Remedy
from cutaway.core.progress import silent
from cutaway.core.states import State


def test_one_root_and_the_builtin_kinds() -> None:
    assert issubclass(errors.InputError, errors.CutawayError)
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.InputTypeError, TypeError)


def test_a_missing_extra_names_the_command() -> None:
    error = errors.MissingExtraError("cutaway lab", "lab")
    assert str(error) == "cutaway lab needs an optional dependency: pip install 'cutaway[lab]'"


@pytest.mark.parametrize(("severity", "status"), [("high", "issue"), ("medium", "issue"), ("low", "tip")])
def test_severity_decides_the_status(severity: typing.Any, status: str) -> None:
    assert Finding(title="t", severity=severity, remedy=Remedy("do this")).status == status


def test_an_audit_counts_its_outcomes() -> None:
    audit = Audit(
        table=TableFacts(name="t", rows=2, columns=1, left_out={}),
        target=TargetFacts(name="y", classes=("a", "b"), counts=(1, 1), positive="a"),
        model=None,
        outcomes=tuple(
            Outcome(code=f"DAT00{i}", name="n", status=status) for i, status in enumerate(["passed", "issue", "passed"])
        ),
    )
    assert (audit.count("passed"), audit.count("issue"), audit.count("crashed")) == (2, 1, 0)


def test_every_figure_is_a_value_that_says_what_it_shows() -> None:
    kinds = typing.get_args(figures.Figure)
    assert len(kinds) == 8
    for kind in kinds:
        fields = {field.name: field for field in dataclasses.fields(kind)}
        assert "alt" in fields
        assert fields["kind"].default == kind.__name__.lower()
        assert kind.__dataclass_params__.frozen


def test_numbers_are_states() -> None:
    assert isinstance(np.zeros(3), State)


def test_silence() -> None:
    assert silent("reading", 1.0, None) is None
