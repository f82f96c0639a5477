"""Real tables whose best configuration is known, and how far tuning methods stayed from it: measured beforehand.

data/tuning_tables.md says how.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from cutaway.core.contest import METHOD_NAMES
from cutaway.core.figures import Axis, Intervals
from cutaway.studies.run.result import Table

BAYESIAN = ("tpe", "gp")


@cache
def measured() -> dict[str, Any]:
    """The file as it is."""
    read: dict[str, Any] = json.loads((files("cutaway") / "data" / "tuning_tables.json").read_text("utf-8"))
    return read


def tables_of() -> dict[str, Table]:
    """`real`: a row for each table and method, its regret after the last trial. `real_curves`: by trial."""
    real: dict[str, list[Any]] = {
        name: [] for name in ("table", "family", "unit", "method", "repeats", "mean", "median", "against_random")
    }
    curves: dict[str, list[Any]] = {name: [] for name in ("table", "method", "trial", "median", "low", "high")}
    for at, table in enumerate(measured()["tables"]):
        for method, found in table["methods"].items():
            row = (table["name"], table["family"], table["unit"], method, found["repeats"], found["mean"])
            for name, value in zip(real, (*row, found["median"][-1], found["against_random"] or ""), strict=True):
                real[name].append(value)
            for k, trial in enumerate(measured()["after"]):
                point = (
                    at,
                    list(METHOD_NAMES).index(method),
                    trial,
                    *(found[end][k] for end in ("median", "low", "high")),
                )
                for name, value in zip(curves, point, strict=True):
                    curves[name].append(value)
    return {
        "real": Table(real, note="a method on a real table, its regret after the last trial"),
        "real_curves": Table(curves, note="the median regret after so many trials; table by number"),
    }


def numbers_of() -> dict[str, float]:
    """On how many tables a Bayesian method is shown to beat random search, and on how many none is."""
    won = sum(_won(table) for table in measured()["tables"])
    return {"real_won": float(won), "real_not": float(len(measured()["tables"]) - won)}


def _won(table: dict[str, Any]) -> bool:
    return any(table["methods"][each]["against_random"] == "win" for each in BAYESIAN if each in table["methods"])


def not_won() -> list[str]:
    """The tables on which no Bayesian method is shown to beat random search."""
    return [table["name"] for table in measured()["tables"] if not _won(table)]


def figure() -> Intervals:
    """The median regret of the Gaussian process on each table, in units of random search's own."""
    rows = []
    for table in measured()["tables"]:
        found, unit = table["methods"]["gp"], table["methods"]["random"]["median"][-1]
        rows.append((table["name"], *(found[end][-1] / unit for end in ("median", "low", "high"))))
    return Intervals(
        alt="Median regret after 60 trials by a Gaussian process, in units of random search's: "
        + ", ".join(f"{name} {middle:.2g}" for name, middle, _, _ in rows) + ".",
        axis=Axis(label="regret over that of random search"),
        labels=tuple(name for name, *_ in rows),
        centre=tuple(float(middle) for _, middle, _, _ in rows),
        low=tuple(float(low) for *_, low, _ in rows),
        high=tuple(float(high) for *_, high in rows),
        null=1.0,
    )  # fmt: skip
