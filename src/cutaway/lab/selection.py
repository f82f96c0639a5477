"""From a stored table and the roles of its columns to what a study takes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.studies.run.data import Columns, Data, Predictions, positive_class

MOST_COLUMNS = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """The data, and what is said of it: rows used and left out, the positive class, the columns."""

    data: Data
    about: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which columns of the table in `folder` play which part."""

    folder: str
    uses: Literal["predictions", "columns", "texts"]
    y: str = ""
    score: str = ""
    log_odds: bool = False  # the score is turned into a probability
    columns: tuple[str, ...] = ()
    target: str = ""
    text: str = ""
    path: str = ""  # of the file as it was brought, which alone has the texts

    def read(self) -> Chosen:
        """The selected columns without the rows where one is missing.

        Raises: InputError for a column that is not there, or cannot play its part; the message says what to do.
        """
        if self.uses == "texts":
            return _texts(self)
        folder = Path(self.folder)
        told = json.loads((folder / "table.json").read_text(encoding="utf-8"))
        stored = _Stored(folder, told["name"], told["rows"], told["columns"])
        return _predictions(stored, self) if self.uses == "predictions" else _columns(stored, self)


@dataclass(frozen=True, slots=True)
class _Stored:
    folder: Path
    name: str
    rows: int
    columns: dict[str, dict[str, Any]]

    def find(self, name: str, part: str) -> dict[str, Any]:
        if name in self.columns:
            return self.columns[name]
        near = get_close_matches(name, self.columns, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(map(repr, list(self.columns)[:20]))}"
        raise InputError(f"{self.name} has no column {name!r} to take as {part}; {hint}")

    def numbers(self, name: str, part: str) -> np.ndarray:
        found = self.find(name, part)
        if found["kind"] == "category":
            raise InputError(f"column {name!r} holds words, and {part} is a number; choose another column")
        return np.memmap(self.folder / found["file"], dtype=np.float64, mode="r", shape=(self.rows,))

    def two_classes(self, name: str, kept: np.ndarray | None, part: str) -> tuple[np.ndarray, str, np.ndarray]:
        """1 for the positive class, its name, and where there is a label at all."""
        found = self.find(name, part)
        if found["kind"] == "category":
            codes = np.memmap(self.folder / found["file"], dtype=np.int32, mode="r", shape=(self.rows,))
            known = codes >= 0 if kept is None else (codes >= 0) & kept
            classes: list[tuple[str, float, int]]
            counts = np.bincount(codes[known], minlength=len(found["levels"]))
            classes = [(str(found["levels"][i]), i, int(counts[i])) for i in np.flatnonzero(counts).tolist()]
            values: np.ndarray = codes
        else:
            values = self.numbers(name, part)
            known = np.isfinite(values) if kept is None else np.isfinite(values) & kept
            distinct = _few_distinct(values[known])
            classes = [(f"{value:g}", value, int(np.count_nonzero(values[known] == value))) for value in distinct]
        if len(classes) != 2:
            many = "more than two" if len(classes) > 2 else ("one" if classes else "none")
            raise InputError(
                f"column {name!r} has {many} of two classes in the rows that can be used; choose as {part} a column "
                f"with two, such as 0 and 1"
            )
        chosen = classes[positive_class([name for name, _, _ in classes], [rows for _, _, rows in classes])]
        return (values == chosen[1]).view(np.uint8), chosen[0], known


def _few_distinct(values: np.ndarray) -> list[float]:
    """The distinct values, three at most, in order."""
    found: list[float] = []
    rest = values
    while rest.size and len(found) < 3:
        found.append(float(rest[0]))
        rest = rest[rest != rest[0]]
    return sorted(found)


def _predictions(stored: _Stored, asked: Selection) -> Chosen:
    if not asked.y or not asked.score:
        raise InputError(f"{stored.name}: name the column of labels and the column of probabilities")
    if asked.y == asked.score:
        raise InputError(f"column {asked.y!r} cannot be both label and score; choose two columns")
    p = np.asarray(stored.numbers(asked.score, "the score"))
    scored = np.isfinite(p)
    y, positive, known = stored.two_classes(asked.y, scored, "the label")
    y, p = y[known], p[known]
    if asked.log_odds:
        p = 1.0 / (1.0 + np.exp(-np.clip(p, -700.0, 700.0)))
    elif p.min() < 0 or p.max() > 1:
        raise InputError(
            f"column {asked.score!r} runs from {p.min():.4g} to {p.max():.4g}, and a probability lies in [0, 1]; if "
            f"these are log-odds, take them as such (log_odds=true), else choose another column"
        )
    about = {
        "name": stored.name,
        "rows": int(p.size),
        "left_out": stored.rows - int(p.size),
        "positive": positive,
        "y": asked.y,
        "score": asked.score,
        "log_odds": asked.log_odds,
    }
    return Chosen(Predictions(np.ascontiguousarray(y), np.ascontiguousarray(p), stored.name, positive), about)


def _texts(asked: Selection) -> Chosen:
    if not asked.text or not asked.target:
        raise InputError("name the column of texts and the column of classes")
    from cutaway.studies.run.texts import texts

    data = texts(asked.path, asked.text, asked.target)
    about = {"name": data.name, "rows": len(data.texts), "left_out": data.left_out}
    return Chosen(data, about | {"text": asked.text, "target": asked.target})


def _columns(stored: _Stored, asked: Selection) -> Chosen:
    numeric = [name for name, column in stored.columns.items() if column["kind"] != "category"]
    names = list(dict.fromkeys(asked.columns or [name for name in numeric if name != asked.target]))[:MOST_COLUMNS]
    if not names:
        raise InputError(f"{stored.name} has no column of numbers; expected one at least")
    if asked.target in names:
        raise InputError(f"column {asked.target!r} cannot be both target and column; choose another")
    arrays = {name: stored.numbers(name, "a column") for name in names}
    known = np.logical_and.reduce([np.isfinite(array) for array in arrays.values()])
    target = None
    if asked.target and stored.find(asked.target, "the target")["kind"] == "category":
        labels, _, known = stored.two_classes(asked.target, known, "the target")
        target = labels[known].astype(np.float64)
    elif asked.target:
        whole = stored.numbers(asked.target, "the target")
        known &= np.isfinite(whole)
        target = np.array(whole[known])
    rows = int(np.count_nonzero(known))
    if not rows:
        raise InputError(f"{stored.name}: no row has a value in every one of {', '.join(map(repr, names[:5]))}")
    about = {
        "name": stored.name,
        "rows": rows,
        "left_out": stored.rows - rows,
        "columns": names,
        "target": asked.target,
    }
    data = Columns({name: np.array(array[known]) for name, array in arrays.items()}, stored.name, target, asked.target)
    return Chosen(data, about)
