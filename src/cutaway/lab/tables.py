"""A table that somebody brought, read once and laid down as plain arrays that every process can map into memory.

A folder gets one file a column (`0.f8`: numbers and dates, not a number where missing; `1.i4`: codes of a category, -1
where missing) and `table.json`, which says what they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.table import Coded, Spec
from cutaway.engines.readers import open_table

MOST_LEVELS = 1_000  # a category with more is listed, and no study can take it
SHOWN_LEVELS = 20
LABELS = ("y", "y_true", "label", "labels", "target", "truth", "actual", "outcome", "class", "positive")
SCORES = ("p", "score", "scores", "prob", "proba", "probability", "y_score", "y_prob", "y_pred", "pred", "prediction")


def stored(path: Path, folder: Path, most_bytes: int, progress: Progress = silent) -> dict[str, Any]:
    """Read the table at the path into the folder, and say what it holds: rows, columns, and a guess at their roles.

    Raises: InputError for a file that is no table, or whose columns would take more than `most_bytes`.
    """
    table = open_table(path, progress=progress)
    size = sum(4 if spec.kind == "category" else 8 for spec in table.specs) * table.rows
    if size > most_bytes:
        raise InputError(
            f"{table.name} has {table.rows:,} rows of {len(table.specs):,} columns, {size / 1e9:,.1f} GB in memory; "
            f"the lab takes {most_bytes / 1e9:,.1f} GB: leave columns out, or take a sample of the rows"
        )
    folder.mkdir(parents=True, exist_ok=True)
    levels: dict[str, dict[str, int]] = {spec.name: {} for spec in table.specs if spec.kind == "category"}
    files = {spec.name: _file(i, spec) for i, spec in enumerate(table.specs)}
    for batch in table.batches():
        for name, column in batch.columns.items():
            whole = _codes(column, levels[name]) if isinstance(column, Coded) else column
            with (folder / files[name]).open("ab") as file:
                file.write(np.ascontiguousarray(whole).tobytes())
        progress("laying down the columns", batch.start + batch.rows, table.rows)
    columns = [_described(spec, folder / files[spec.name], levels.get(spec.name)) for spec in table.specs]
    (folder / "table.json").write_text(
        json.dumps(
            {
                "name": table.name,
                "rows": table.rows,
                "columns": {
                    spec.name: {"kind": spec.kind, "file": files[spec.name], "levels": list(levels.get(spec.name, ()))}
                    for spec in table.specs
                    if len(levels.get(spec.name, ())) <= MOST_LEVELS
                },
            }
        ),
        encoding="utf-8",
    )
    return {"name": table.name, "rows": table.rows, "columns": columns, "guess": guess(columns)}


def guess(columns: list[dict[str, Any]]) -> dict[str, str | None]:
    """Which column may be the label, which the probability: by name among those that can be, else by place.

    >>> guess([{"name": "p", "kind": "number", "distinct": 9, "low": 0.1, "high": 0.9},
    ...        {"name": "bought", "kind": "category", "distinct": 2, "low": None, "high": None}])
    {'y': 'bought', 'score': 'p'}
    """
    labels = [one["name"] for one in columns if one["distinct"] == 2]
    scores = [
        one["name"]
        for one in columns
        if one["kind"] == "number" and one["distinct"] > 2 and one["low"] >= 0 and one["high"] <= 1
    ]
    return {"y": _likeliest(labels, LABELS), "score": _likeliest(scores, SCORES)}


def _likeliest(names: list[str], known: tuple[str, ...]) -> str | None:
    for word in known:
        for name in names:
            if name.strip().lower() == word:
                return name
    return names[-1] if names else None


def _file(place: int, spec: Spec) -> str:
    return f"{place}.{'i4' if spec.kind == 'category' else 'f8'}"


def _codes(column: Coded, levels: dict[str, int]) -> np.ndarray:
    """Codes into the levels of the whole table, which gain those of this batch."""
    of_batch: np.ndarray = np.array(
        [levels.setdefault(level, len(levels)) for level in column.levels] + [-1], dtype=np.int32
    )
    whole: np.ndarray = of_batch[column.codes]
    return whole


def _described(spec: Spec, path: Path, levels: dict[str, int] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": spec.name,
        "kind": spec.kind,
        "note": spec.note,
        "levels": [],
        "low": None,
        "high": None,
    }
    if levels is not None:
        codes = np.fromfile(path, dtype=np.int32)
        return told | {
            "distinct": len(levels),
            "missing": int(np.count_nonzero(codes < 0)),
            "levels": list(levels)[:SHOWN_LEVELS],
        }
    values = np.fromfile(path, dtype=np.float64)
    known = np.sort(values[np.isfinite(values)])
    distinct = int(np.count_nonzero(known[1:] != known[:-1])) + min(known.size, 1)
    told |= {"distinct": distinct, "missing": values.size - known.size}
    return told | ({"low": float(known[0]), "high": float(known[-1])} if known.size else {})
