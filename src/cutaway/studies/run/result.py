"""What a study finds: figures, tables to look up in, sentences, and claims that were tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cutaway.core.figures import Figure
from cutaway.core.wire import to_wire


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, by name; a picture looks up in them, and they download as CSV."""

    columns: Mapping[str, Sequence[Any]]
    note: str = ""  # what a row is

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        assert len(set(lengths.values())) <= 1, f"columns of one table differ in length: {lengths}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What `run` returns: a heading to each figure and table, single numbers, and sentences that say what is seen."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A claim after its trial: `holds` is None where it says nothing at these parameters."""

    text: str
    holds: bool | None
    value: float | None  # what was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A study's result with its parameters and its claims tried."""

    study: str
    params: Mapping[str, Any]
    claims: tuple[Tried, ...]
    result: Result

    @property
    def holds(self) -> bool:
        """Whether no claim failed."""
        return all(claim.holds is not False for claim in self.claims)

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain values: study, params, claims, tables, figures, numbers, sentences."""
        result = self.result
        return {
            "study": self.study,
            "params": to_wire(self.params),
            "claims": to_wire(self.claims),
            "tables": to_wire(result.tables),
            "figures": to_wire(result.figures),
            "numbers": to_wire(result.numbers),
            "sentences": list(result.sentences),
        }


Claim = Callable[[Any, Result], tuple[bool | None, float]]
C = TypeVar("C", bound=Claim)


def claim(text: str) -> Callable[[C], C]:
    """Makes a predicate a claim of the study.

    The predicate takes the parameters and the result and returns whether the sentence holds with what was measured;
    None instead of a truth where it says nothing at these parameters.
    """

    def marked(predicate: C) -> C:
        predicate.claim = text  # type: ignore[attr-defined]
        return predicate

    return marked
