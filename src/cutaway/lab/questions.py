"""What a query asks: parameters of a study, a table of the reader's with the parts of its columns, an audit."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.lab.catalogue import Catalogue
    from cutaway.lab.selection import Selection
    from cutaway.lab.uploads import Uploads
    from cutaway.studies.run.study import Study

Pairs = list[tuple[str, str]]
ROLES = ("y", "score", "log_odds", "columns", "text", "target")
YES = ("1", "true", "yes")
AUDIT_NAMES = ("positive", "weight", "cost_column", "group")
AUDIT_LISTS = ("scores", "logits", "drop", "text")
AUDIT_NUMBERS = ("cost_fp", "cost_fn")


@dataclass(frozen=True, slots=True)
class Question:
    """A study, its parameters (all of them, as plain values), and which data of the reader it takes."""

    study: Study
    params: dict[str, Any]
    selection: Selection | None
    stored: bool

    @property
    def key(self) -> str:
        """The same for the same question, whatever was left to the defaults."""
        asked = [self.study.name, self.params, None if self.selection is None else asdict(self.selection)]
        return _key("study", asked)

    @property
    def task(self) -> dict[str, Any]:
        """What a worker is told."""
        selection = None if self.selection is None else asdict(self.selection)
        return {
            "task": "study",
            "module": self.study.module.__name__,
            "params": self.params,
            "selection": selection,
        }


def question(catalogue: Catalogue, uploads: Uploads, name: str, pairs: Pairs) -> Question:
    """The question in a query's names and values.

    Raises: InputError for an unknown study, parameter, table or column, or a value outside its range.
    """
    study = catalogue.named(name)
    given = dict(pairs)
    stored = given.pop("stored", "").lower() in YES
    data = given.pop("data", None)
    roles = {role: given.pop(role) for role in ROLES if role in given} if data is not None else {}
    params = asdict(study.parameters(given))
    if data is None:
        return Question(study, params, None, stored)
    if study.uses is None:
        raise InputError(f"{study.title}: this study takes no data of yours")
    if study.uses == "images":
        raise InputError(f"{study.title}: takes a folder, no table; cutaway study {study.name} --folder DIR reads one")
    from cutaway.lab.selection import Selection

    table = uploads.table(data)
    guess, known = table["guess"], {column["name"] for column in table["columns"]}
    columns = [value for key, value in pairs if key == "columns"]
    selection = Selection(
        folder=str(uploads.columns(data)),
        uses=study.uses,  # type: ignore[arg-type]
        text=roles.get("text", "") if study.uses == "texts" else "",
        path=str(uploads.path(data)) if study.uses == "texts" else "",
        y=(roles.get("y") or guess["y"] or "") if study.uses == "predictions" else "",
        score=(roles.get("score") or guess["score"] or "") if study.uses == "predictions" else "",
        log_odds=roles.get("log_odds", "").lower() in YES,
        columns=tuple(names(columns, known)) if study.uses == "columns" else (),
        target=roles.get("target", "") if study.uses != "predictions" else "",
    )
    return Question(study, params, selection, stored)


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """A table of the reader's, and what `cutaway.audit` is told of it."""

    table: str
    path: str
    target: str
    options: dict[str, Any]

    @property
    def key(self) -> str:
        """The same for the same question."""
        return _key("audit", [self.path, self.target, self.options])

    @property
    def task(self) -> dict[str, Any]:
        """What a worker is told."""
        return {"task": "audit", "path": self.path, "target": self.target, "options": self.options}


def audit_question(uploads: Uploads, pairs: Pairs) -> AuditQuestion:
    """The audit in a query's names and values.

    Raises: InputError for what is missing, unknown or no number.
    """
    given = dict(pairs)
    known = {"data", "target", *AUDIT_NAMES, *AUDIT_LISTS, *AUDIT_NUMBERS}
    if unknown := sorted(set(given) - known):
        raise InputError(f"an audit takes no {unknown[0][:60]!r}; it takes {', '.join(sorted(known))}")
    if not given.get("target"):
        raise InputError("the audit needs a target: choose the column that is to be predicted")
    options: dict[str, Any] = {name: given[name] for name in AUDIT_NAMES if given.get(name)}
    options |= {name: _cost(name, given[name]) for name in AUDIT_NUMBERS if given.get(name)}
    data = given.get("data", "")
    table = uploads.table(data)
    columns = {column["name"] for column in table["columns"]}
    for name in AUDIT_LISTS:
        if found := names((value for key, value in pairs if key == name and value), columns):
            options[name] = found
    return AuditQuestion(table["name"], str(uploads.path(data)), given["target"], options)


def names(values: Iterable[str], known: Container[str] = ()) -> list[str]:
    """Column names in repeated values, or separated by commas; a name with a comma stands in double quotes.

    A value that is itself a known column is taken as it stands.

    >>> names(["id", 'age,"height, cm"', "a,b"], {"a,b"})
    ['id', 'age', 'height, cm', 'a,b']
    """
    found: list[str] = []
    for value in values:
        if value in known:
            found.append(value)
            continue
        try:
            found += next(csv.reader([value], strict=True, skipinitialspace=True))
        except (csv.Error, StopIteration):
            found.append(value)
    return [name for name in dict.fromkeys(found) if name]


def _cost(name: str, value: str) -> float:
    try:
        cost = float(value)
    except ValueError:
        cost = float("nan")
    if not isfinite(cost) or cost < 0:
        raise InputError(f"{name}: expected a cost of zero or more, got {value[:40]!r}")
    return cost


def _key(kind: str, asked: object) -> str:
    return hashlib.sha256(json.dumps([kind, asked], sort_keys=True).encode()).hexdigest()
