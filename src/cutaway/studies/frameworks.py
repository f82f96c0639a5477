"""Do frameworks compute differently, or do their defaults differ?

Answer: The defaults differ. One network with the same weights and the same data agrees at every layer to the rounding
of float32 once its conventions are set alike; leave one of them as each framework has it, and those whose default is
another part from that layer on. For each convention the atlas holds what was asked, what was called, what came out, and
code that turns one into the other.

Source: `cutaway compare --all`, run once with the versions that are shown; `cutaway compare` runs it afresh with yours.

Seconds: 0.1
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Bars, Matrix
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice
from cutaway.studies.run.result import Result, Table, claim

TITLE = "What frameworks really compute"
GROUP = "framework"
STORED_BYTES = 200_000  # what is stored is the atlas itself, in words and code
NETWORK = "one-network"
AGREE = 1e-5  # relative to the layer's largest number: what float32 loses in such a network
SHOWN = 4  # numbers of a value; more are counted
STARTS = {"padding": 0, "epsilon": 1, "gelu": 2, "pool": 3, "adam": 7, "momentum": 8, "variance": 8}
"""The layer at which each convention acts."""


@cache
def atlas() -> dict[str, Any]:
    """The packaged run of every comparison: "date", "versions" and "topics"."""
    read: dict[str, Any] = json.loads(files("cutaway").joinpath("data", "atlas.json").read_text("utf-8"))
    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What is looked at; the browser looks it up."""

    left: str = choice(
        "aligned", "Left as it comes",
        {
            "aligned": "nothing: every convention alike", "padding": "padding of the strided convolution",
            "epsilon": "batch norm’s epsilon", "gelu": "the GELU", "pool": "average pooling’s pads",
            "adam": "Adam’s epsilon", "momentum": "batch norm’s momentum", "variance": "the running variance",
        },
        where="browser", help="All other conventions of the one network stay alike.",
    )  # fmt: skip
    topic: str = choice(
        "class-weights", "Topic", {name: one["title"] for name, one in atlas()["topics"].items()}, where="browser",
    )  # fmt: skip
    one: str = choice("keras", "From", {name: name for name in atlas()["versions"]}, where="browser")
    other: str = choice("pytorch", "To", {name: name for name in atlas()["versions"]}, where="browser")


def run(params: Parameters, progress: Progress = silent) -> Result:
    """The atlas as tables, and the one network's largest differences."""
    progress("the atlas", 0, 1)
    topics: dict[str, dict[str, Any]] = atlas()["topics"]
    layers, differences = network(topics[NETWORK])
    alike = {name: each for (left, name), each in differences.items() if left == "aligned"}
    counts = [len({row["group"] for row in one["rows"]} - {None}) for one in topics.values()]
    most = max(counts)
    same, proofs = counts.count(1), list(converters(topics))
    parted = apart(topics, "pytorch", "keras")
    progress("the atlas", 1, 1)
    return Result(
        figures={
            "One network, every convention alike": Matrix(
                alt=f"The frameworks agree within {max(map(max, alike.values())):.0e} at every layer.",
                rows=layers,
                columns=tuple(alike),
                values=tuple(zip(*((1e6 * v for v in each) for each in alike.values()), strict=True)),
                unit="largest difference from the formula, millionths of the layer's largest number",
            ),
            "How many answers a question has": Bars(
                alt=f"In {same} of {len(topics)} topics every compared call agrees; the most answers are {most}.",
                axis=Axis(label="topics"),
                labels=tuple("all agree" if n == 1 else f"{n} answers" for n in range(1, most + 1)),
                values=tuple(float(counts.count(n)) for n in range(1, most + 1)),
            ),
        },
        tables={
            "layers": Table(
                {
                    "left": [left for left, _ in differences for _ in layers],
                    "framework": [name for _, name in differences for _ in layers],
                    "layer": [layer for _ in differences for layer in layers],
                    "difference": [value for each in differences.values() for value in each],
                },
                note="a layer of the one network in a framework, with one convention left as it is",
            ),
            "topics": Table(
                {"name": list(topics)}
                | {
                    part: [one.get(part, "") for one in topics.values()]
                    for part in ("title", "question", "answer", "source")
                },
                note="a topic",
            ),
            "rows": _rows(topics),
            "converters": Table(
                {
                    name: [each[name] for each in proofs]
                    for name in ("topic", "from", "to", "variant", "exactness", "claimed", "error", "holds", "reason")
                }
                | {"code": [each["code"] for each in proofs]},
                note="a converter",
            ),
            "versions": Table(
                {"framework": list(atlas()["versions"]), "version": list(atlas()["versions"].values())},
                note="a framework that was run",
            ),
            "run": Table({"date": [atlas()["date"]], "python": [atlas()["python"]]}, note="when it was run"),
        },
        numbers={
            "topics": len(topics), "all_agree": same, "converters": len(proofs), "pytorch_keras_differ": len(parted),
            "frameworks": len(atlas()["versions"]), "agree_within": max(map(max, alike.values())),
        },
        sentences=(
            f"Of {len(topics)} topics, every compared call agrees in {same}; in {len(parted)} no call of PyTorch gives "
            f"what one of Keras gives.",
            f"Run on {atlas()['date']} with Python {atlas()['python']} and the versions in the table; "
            "`cutaway compare` runs it afresh with those that you have.",
        ),
    )  # fmt: skip


def network(topic: dict[str, Any]) -> tuple[tuple[str, ...], dict[tuple[str, str], list[float]]]:
    """The layers, and for each convention left alone and each framework its largest difference from the formula, a
    layer, relative to the layer's largest number.
    """
    rows = {row["variant"]: row for row in topic["rows"] if row["status"] == "ran"}
    formula = np.asarray(rows["numpy_aligned"]["value"], float)
    out = {}
    for variant, row in rows.items():
        value, left = np.asarray(row["value"], float), variant.rsplit("_", 1)[1]
        if row["framework"] != "numpy":
            off = np.abs(value - formula).max(1) / np.abs(formula).max(1)
            out[left, row["framework"]] = [float(v) for v in off]
    return tuple(topic["input"]["layers"]), out


def converters(topics: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every converter of the atlas, with its topic."""
    for name, one in topics.items():
        yield from ({"topic": name, **each} for each in one["converters"])


def apart(topics: dict[str, dict[str, Any]], one: str, other: str) -> list[str]:
    """The topics in which no value of one framework is a value of the other."""
    out = []
    for name, topic in topics.items():
        found = [{row["group"] for row in topic["rows"] if row["framework"] == each and row["group"]}
                 for each in (one, other)]  # fmt: skip
        if all(found) and not found[0] & found[1]:
            out.append(name)
    return out


def told(value: Any) -> str:
    """A value as one line: four numbers at most.

    >>> told([[0.5, 2.0], [3.0, None], [1.0, 1.0]]), told("ValueError"), told(None)
    ('0.5, 2, 3, not finite, … (6 numbers)', 'ValueError', 'not finite')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        flat = np.array(value, object).ravel().tolist()
        more = f", … ({len(flat)} numbers)" if len(flat) > SHOWN else ""
        return ", ".join(map(told, flat[:SHOWN])) + more
    return "not finite" if value is None else f"{value:.7g}".replace("-", "−")


def _rows(topics: dict[str, dict[str, Any]]) -> Table:
    columns: dict[str, list[Any]] = {}
    for name, one in topics.items():
        for row in one["rows"]:
            columns.setdefault("topic", []).append(name)
            for part in ("framework", "variant", "call", "formula", "group", "status"):
                columns.setdefault(part, []).append(row[part])
            shown = told(row["value"]) if row["status"] in ("ran", "formula, not run") else ""
            columns.setdefault("value", []).append(shown)
    return Table(columns, note="a call of a framework")


def _differences(result: Result) -> dict[tuple[str, str], list[float]]:
    out: dict[tuple[str, str], list[float]] = {}
    columns = result.tables["layers"].columns
    for left, name, value in zip(columns["left"], columns["framework"], columns["difference"], strict=True):
        out.setdefault((left, name), []).append(value)
    return out


@claim("With every convention set alike, the frameworks agree within 1e-5 at every layer")
def aligned(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest difference, relative to the largest number of its layer."""
    worst = max(max(each) for (left, _), each in _differences(result).items() if left == "aligned")
    return worst <= AGREE, worst


@claim("A default left alone changes every layer from its own on and none before, in those whose default is another")
def from_there_on(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Every default changes some framework; value: how many pairs of default and framework part."""
    parted: list[str] = []
    for (left, _), each in _differences(result).items():
        changed = [value > AGREE for value in each]
        if any(changed):
            parted.append(left)
            if changed != [at >= STARTS.get(left, len(each)) for at in range(len(each))]:
                return False, float(len(parted))
    return set(parted) == set(STARTS), float(len(parted))


@claim("Every converter with code did what it claims when it was run")
def proved(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: how many there are."""
    columns = result.tables["converters"].columns
    held = [holds for holds, code in zip(columns["holds"], columns["code"], strict=True) if code]
    return bool(held) and all(each is True for each in held), float(len(held))


@claim("There are topics in which no compared call of PyTorch gives what one of Keras gives")
def differ(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: how many."""
    found = result.numbers["pytorch_keras_differ"]
    return found > 0, float(found)
