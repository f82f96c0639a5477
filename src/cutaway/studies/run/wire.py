"""What travels as JSON between Python and a front end: the shapes from which the TypeScript types and the schema come.

`make web-types` writes `web/src/kit/types.ts` and `schema-study.json` from these and from `core.figures`.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal, TypedDict

from cutaway.core.figures import Figure
from cutaway.studies.run.parameter import Kind

Cell = float | str | bool | None
Value = float | str | bool
Uses = Literal["predictions", "columns", "texts", "images"]
Group = Literal["data", "loss", "framework", "network", "training", "decision", "world"]


class ParameterWire(TypedDict):
    """A parameter of a study: its name, its default, and what it may be."""

    name: str
    default: Value
    kind: Kind
    label: str
    help: str
    unit: str
    low: float | None
    high: float | None
    step: float | None
    scale: Literal["linear", "log"]
    options: list[tuple[str, str]]  # a choice's values, each with its words
    where: Literal["python", "browser"]  # browser: the picture looks it up; no new result is needed


class StudyWire(TypedDict):
    """What a front end needs to know of a study before it asks for a result."""

    name: str
    title: str
    group: Group
    question: str
    answer: str
    source: str
    seconds: str
    uses: Uses | None  # which data of the reader it takes
    full: dict[str, Value]  # parameters at the size that would be cited
    parameters: list[ParameterWire]


class ClaimWire(TypedDict):
    """A claim after its trial: `holds` is null where it says nothing at these parameters."""

    text: str
    holds: bool | None
    value: float | None  # what was measured


class TableWire(TypedDict):
    """Columns of equal length, by name."""

    columns: dict[str, list[Cell]]
    note: str  # what a row is


class OutcomeWire(TypedDict):
    """A study's result with its parameters and its claims tried."""

    study: str
    params: dict[str, Value]
    claims: list[ClaimWire]
    tables: dict[str, TableWire]
    figures: dict[str, Figure]  # by heading
    numbers: dict[str, float | None]
    sentences: list[str]


class JobEvent(TypedDict):
    """Which job answers; it can be cancelled by this name."""

    kind: Literal["job"]
    id: str


class ProgressEvent(TypedDict):
    """What is being done, and how far it has come; `total` is null where it is not known."""

    kind: Literal["progress"]
    stage: str
    done: float
    total: float | None


class ResultEvent(TypedDict):
    """An answer; `partial` if a fuller one follows."""

    kind: Literal["result"]
    outcome: OutcomeWire
    partial: bool


class ErrorEvent(TypedDict):
    """Why there is no answer, in one sentence."""

    kind: Literal["error"]
    message: str


Event = JobEvent | ProgressEvent | ResultEvent | ErrorEvent


def outcome_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every outcome satisfies; `make web-types` writes it."""
    loaded: dict[str, Any] = json.loads((files("cutaway.studies.run") / "schema-study.json").read_text("utf-8"))
    return loaded
