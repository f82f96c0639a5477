"""Drawings of the architecture, from the imports that are there: which layer really imports which, and how often.

The rows are those of the contracts in pyproject.toml; the lines are counted by grimp, which import-linter reads too.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
WIDTH, BOX, HIGH, ROW = 880, 124, 50, 118
"""Of the drawing, a box, its height, and from row to row."""


@dataclass(frozen=True)
class Drawing:
    """Rows of packages from the top, how many modules each holds, and who imports whom how often."""

    rows: tuple[tuple[str, ...], ...]
    modules: dict[str, int]
    imports: Counter[tuple[str, str]]


def contract(name: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """The package that a contract is about, and its rows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for one in project["tool"]["importlinter"]["contracts"]:
        if one["id"] == name:
            rows = tuple(tuple(re.findall(r"\w+", layer)) for layer in one["layers"])
            return one["containers"][0], rows
    raise SystemExit(f"pyproject.toml: no contract of import-linter is called {name!r}")


def drawing(name: str, graph: grimp.ImportGraph) -> Drawing:
    """What a contract allows and what the modules do."""
    container, rows = contract(name)
    depth = container.count(".") + 1
    packages = {package for row in rows for package in row}
    modules: Counter[str] = Counter()
    imports: Counter[tuple[str, str]] = Counter()

    def package(module: str) -> str | None:
        parts = module.split(".")
        inside = module.startswith(container + ".") and parts[depth] in packages
        return parts[depth] if inside else None

    for module in sorted(graph.modules):
        own = package(module)
        if own is None:
            continue
        modules[own] += 1
        for imported in graph.find_modules_directly_imported_by(module):
            other = package(imported)
            if other is not None and other != own:
                imports[own, other] += 1
    return Drawing(rows, dict(modules), imports)


def svg(drawn: Drawing, title: str) -> str:
    """The drawing, in the colours of the page around it."""
    place: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(drawn.rows):
        gap = WIDTH / len(row)
        for k, package in enumerate(row):
            place[package] = (gap * (k + 0.5), level * ROW + 1)
    height = (len(drawn.rows) - 1) * ROW + HIGH + 2
    most = max(drawn.imports.values())
    lines = []
    for (own, other), count in sorted(drawn.imports.items(), key=lambda each: each[1]):
        (x1, y1), (x2, y2) = place[own], place[other]
        share = (count / most) ** 0.5
        x1, x2 = x1 + _toward(x1, x2), x2 + _toward(x2, x1)
        y1, bend = y1 + HIGH, (y2 - y1 - HIGH) / 2
        lines.append(
            f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}" '
            f'stroke-width="{1 + 5 * share:.1f}" opacity="{0.22 + 0.5 * share:.2f}">'
            f"<title>{own} imports {other}: {count} times</title></path>"
        )
    boxes = []
    for package, (x, y) in place.items():
        many = drawn.modules.get(package, 0)
        boxes.append(
            f'<g><rect x="{x - BOX / 2:.0f}" y="{y}" width="{BOX}" height="{HIGH}" rx="8"/>'
            f'<text x="{x:.0f}" y="{y + 21}">{escape(package)}</text>'
            f'<text x="{x:.0f}" y="{y + 39}" class="small">{many} module{"s" if many != 1 else ""}</text></g>'
        )
    return (
        f'<figure class="graph"><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f'<g class="lines">{"".join(lines)}</g>{"".join(boxes)}</svg>'
        f"<figcaption>{escape(title)}</figcaption></figure>\n"
    )


def _toward(here: float, there: float) -> float:
    """Where on its edge a box is left, so that lines to either side do not begin in one point."""
    return max(-BOX / 3, min(BOX / 3, (there - here) / 8))


def drawings() -> dict[str, str]:
    """Name of a file -> what is in it."""
    graph = grimp.build_graph("cutaway", cache_dir=None)
    return {
        "layers.svg.html": svg(
            drawing("layers", graph),
            "The layers and what they really import: a line is wider where more modules import more modules.",
        ),
        "floors.svg.html": svg(
            drawing("floors", graph),
            "The topics of science on their three floors; those on one floor do not import each other.",
        ),
    }
