"""Outcomes at the defaults, stored with the package: what a page shows at once, before a live result takes its place.

`make stored` writes them. They are pictures of a result and not the result: numbers have seven significant digits.
"""

from __future__ import annotations

import json
from math import isclose
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study

DIGITS = 7
MOST_BYTES = 60_000
MOST_POINTS = 240  # of one line, where the outcome is too large with all of them


def place(study: Study) -> Path | None:
    """Where the study's outcome is stored: the folder `stored` beside its file; None where it has no file."""
    file = getattr(study.module, "__file__", None)
    return None if file is None else Path(file).parent / "stored" / f"{study.name}.json"


def stored(study: Study) -> dict[str, Any] | None:
    """The outcome as JSON has it; None where none is stored."""
    path = place(study)
    if path is None or not path.is_file():
        return None
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def write(study: Study, outcome: Outcome) -> Path:
    """Store the outcome, which is to be one at the defaults. Raises: InputError for a study without a file."""
    path = place(study)
    if path is None:
        raise InputError(f"study {study.name}: it has no file beside which an outcome could be stored")
    path.parent.mkdir(exist_ok=True)
    path.write_text(compact(outcome), "utf-8")
    return path


def compact(outcome: Outcome) -> str:
    """The outcome as one line of JSON, its numbers rounded, its lines thinned where it would exceed `MOST_BYTES`."""
    told = outcome.to_json()
    for part in ("tables", "figures", "numbers"):
        told[part] = rounded(told[part])
    text = _line(told)
    if len(text.encode()) > MOST_BYTES:
        told["figures"] = {heading: thinned(figure) for heading, figure in told["figures"].items()}
        text = _line(told)
    return text


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def rounded(value: Any) -> Any:
    """Every fractional number with `DIGITS` significant digits; a whole one without its decimal point.

    >>> rounded({"x": [0.123456789, 2.0, None]})
    {'x': [0.1234568, 2, None]}
    """
    if isinstance(value, float):
        short = float(f"{value:.{DIGITS}g}")
        return int(short) if short == int(short) and abs(short) < 1e15 else short
    if isinstance(value, list):
        return [rounded(each) for each in value]
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return value


def thinned(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with every line at `MOST_POINTS` points at most, both ends among them."""
    lines = []
    for line in figure.get("lines", ()):
        n = len(line["x"])
        if n > MOST_POINTS:
            kept = sorted({round(at * (n - 1) / (MOST_POINTS - 1)) for at in range(MOST_POINTS)})
            columns = {name: [line[name][at] for at in kept] for name in ("x", "y", "low", "high") if line[name]}
            line = line | columns
        lines.append(line)
    return figure | {"lines": lines} if lines else figure


def current(study: Study, outcome: Outcome) -> bool:
    """Whether what is stored is what the study finds now.

    Of a chaotic study, which finds other numbers on another processor: whether it holds the same parameters, names of
    tables, columns, figures and numbers, and the same verdicts on the same claims.
    """
    kept = stored(study)
    if kept is None:
        return False
    made, kept = (study.repeatable(told) for told in (json.loads(compact(outcome)), kept))
    return same(_outline(made), _outline(kept)) if study.chaotic else same(made, kept)


def _outline(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "params": told["params"],
        "tables": {name: list(table["columns"]) for name, table in told["tables"].items()},
        "figures": {heading: figure["kind"] for heading, figure in told["figures"].items()},
        "numbers": list(told["numbers"]),
        "claims": [[claim["text"], claim["holds"]] for claim in told["claims"]],
    }


def same(one: Any, other: Any, relative: float = 1e-5, absolute: float = 1e-9) -> bool:
    """Whether two values of JSON agree: the same keys, lengths and words, and numbers within a tolerance.

    >>> same({"x": [1.0, None]}, {"x": [1.0000001, None]}), same([1.0], [1.1]), same([1], [1, 2])
    (True, False, False)
    """
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None or isinstance(one, str):
        return bool(one == other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=relative, abs_tol=absolute)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(lambda a, b: same(a, b, relative, absolute), one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], relative, absolute) for key in one)
    return False
