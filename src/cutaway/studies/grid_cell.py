"""Which cell of a detector's grid is responsible for an object, and what happens to two objects in one cell?

Answer: The cell that holds the centre of the object's box, and no other, however far the box reaches. One pixel over a
line of the grid hands the object to the next cell, and its offset falls from 1 to 0. Of two centres in one cell with
one place, one object is not in the target at all. On blood cells a grid of 7 × 7 loses 3.6 % of them so. Anchors chosen
by overlap win little back, since cells that touch are of one size; a finer grid, or any free place, does.

Source: Redmon, Divvala, Girshick & Farhadi 2016, You Only Look Once; Redmon & Farhadi 2017, YOLO9000; photographs and
boxes: BCCD, shenggan 2017, MIT licence.

Seconds: 4
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Intervals, Line, Lines, Mark, Matrix
from cutaway.core.progress import Progress, silent
from cutaway.science import images
from cutaway.science.images import Grid, Target
from cutaway.studies.run.parameter import choice, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Which cell of the grid sees the object"
GROUP = "network"
EMBED = {"seed": (0,)}
STORED_BYTES = 130_000  # four photographs among them
HEIGHT, WIDTH = 480, 640
KINDS = ("red cell", "white cell", "platelet")
FINEST, MOST = 40, 6  # cells a side, anchors
GRIDS = np.arange(2, FINEST + 1)
DECODED = (7, 13, 26)
REPLICATES = 1_000
RULES = {"overlap": "The one it overlaps most", "free": "The best that is free"}
PHOTOGRAPHS = {"37": "Crowded", "14": "White cell and platelets", "20": "A cell with two boxes", "135": "A wrong label"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """A photograph, its grid, and how far one of its boxes is moved; the browser finds all of it but another seed."""

    photograph: str = choice("37", "Photograph", PHOTOGRAPHS, where="browser", help="Of stained blood.")
    grid: int = whole(
        7, "Grid", low=2, high=FINEST, unit="cells a side", where="browser",
        help="The photograph is cut into so many columns and as many rows.",
    )  # fmt: skip
    anchors: int = whole(
        1, "Places in a cell", low=1, high=MOST, where="browser",
        help="One, or one for each anchor: a typical size of boxes, fitted to all photographs.",
    )  # fmt: skip
    rule: str = choice("overlap", "Which anchor takes a box", RULES, where="browser")
    object: int = whole(1, "Box that is moved", low=1, high=30, where="browser", help="In the order of annotation.")
    right: int = whole(0, "Moved right", low=-WIDTH, high=WIDTH, unit="pixels", where="browser")
    down: int = whole(0, "Moved down", low=-HEIGHT, high=HEIGHT, unit="pixels", where="browser")
    seed: int = seed()


@dataclass(frozen=True, eq=False)
class Annotated:
    """Boxes (n, 4) by their corners, their kind and photograph (n,); and how many more have no area."""

    boxes: np.ndarray
    kind: np.ndarray
    photograph: np.ndarray
    without_area: int

    def of(self, photograph: int) -> tuple[np.ndarray, np.ndarray]:
        """Boxes and kinds of one photograph."""
        mine = self.photograph == photograph
        return self.boxes[mine], self.kind[mine]


def _read(name: str) -> Any:
    import pyarrow.parquet as pq

    with resources.as_file(resources.files("cutaway") / "data" / f"{name}.parquet") as path:
        return pq.read_table(path)


@cache
def annotated() -> Annotated:
    """The boxes of all photographs, without those that hold nothing."""
    table = _read("bccd_boxes")
    boxes = np.column_stack([table[side].to_numpy() for side in ("left", "top", "right", "bottom")]).astype(float)
    whole = (images.sizes(boxes) > 0).all(axis=1)
    kind, photograph = (table[name].to_numpy().astype(np.int64)[whole] for name in ("kind", "photograph"))
    boxes = images.checked_boxes(boxes[whole], HEIGHT, WIDTH)
    return Annotated(boxes, kind, photograph, int((~whole).sum()))


def moved(boxes: np.ndarray, at: int, right: float, down: float) -> np.ndarray:
    """The boxes with one of them moved, as far as it stays inside the photograph."""
    out = boxes.copy()
    left, top, far, low = boxes[at]
    out[at] += np.tile([np.clip(right, -left, WIDTH - far), np.clip(down, -top, HEIGHT - low)], 2)
    return out


def target(params: Parameters, anchors: np.ndarray) -> tuple[Target, np.ndarray, np.ndarray, int]:
    """The target of the photograph, its boxes and kinds, and which box is moved."""
    boxes, kind = annotated().of(int(params.photograph))
    at = min(params.object, len(boxes)) - 1
    boxes = moved(boxes, at, params.right, params.down)
    grid = Grid(params.grid, params.grid, HEIGHT, WIDTH)
    base = anchors if params.anchors > 1 else None
    made = images.encode_boxes(boxes, kind, grid, classes=3, anchors=base, spare=params.rule == "free")
    return made, boxes, kind, at


def run(params: Parameters, progress: Progress = silent) -> Result:
    """The target of the photograph as it stands, and what every grid loses of all photographs."""
    data = annotated()
    size = images.sizes(data.boxes)
    steps = MOST + GRIDS.size + len(DECODED) + 1
    fitted = {}
    for count in range(1, MOST + 1):
        progress("anchors", count - 1, steps)
        fitted[count] = images.fit_anchors(size, count, params.seed)
    weight = _drawn(data, params.seed)
    lost, kept = _collisions(data, fitted, weight, progress, steps)
    overlap = _overlap(data, fitted, weight)
    error = 0.0
    for i, side in enumerate(DECODED):
        progress("decoding", MOST + GRIDS.size + i, steps)
        error = max(error, _largest_error(data, side, fitted[max(2, params.anchors)]))
    made, boxes, kind, at = target(params, fitted[params.anchors])
    grid = Grid(params.grid, params.grid, HEIGHT, WIDTH)
    middle = images.centres(boxes)[at : at + 1]
    (row, column), offset = images.responsible_cell(middle, grid)[0], images.cell_offset(middle, grid)[0]
    progress("tables", steps - 1, steps)
    twice = _twins(data)
    here = _at(lost, params.grid, params.anchors)
    seven, of_three = _at(lost, 7, 1), _at(lost, 7, 3)
    told = ("free" if params.rule == "free" else "best") if params.anchors > 1 else "best"
    share = {name: here[f"{told}{end}"] for name, end in (("value", ""), ("low", "_low"), ("high", "_high"))}
    shown = [int(name) for name in PHOTOGRAPHS]
    rows = np.flatnonzero(np.isin(data.photograph, shown))
    several = f"{params.anchors} places" if params.anchors > 1 else "one place"
    return Result(
        figures={
            "Objects that the grid loses": _curve(lost, params),
            f"Lost at {params.grid} × {params.grid}": _ways(lost, params.grid),
            "Objects described by each cell": Matrix(
                alt=f"{int((made.owner >= 0).sum())} of {len(boxes)} objects are in the target; row {row + 1}, column "
                f"{column + 1} describes the one that was moved.",
                rows=tuple(str(i + 1) for i in range(params.grid)),
                columns=tuple(str(i + 1) for i in range(params.grid)),
                values=tuple(tuple(map(float, each)) for each in (made.owner >= 0).sum(axis=2)),
                unit="objects",
            ),
        },
        tables={
            "photographs": Table(_photographs(), "a photograph, 480 × 360 pixels, as JPEG in base64"),
            "boxes": Table(
                {
                    "photograph": data.photograph[rows].tolist(),
                    "kind": data.kind[rows].tolist(),
                    **dict(zip(("left", "top", "right", "bottom"), data.boxes[rows].T.tolist(), strict=True)),
                },
                "a box of these photographs, in pixels of 640 × 480",
            ),
            "anchors": Table(
                {
                    "of": [count for count in fitted for _ in range(count)],
                    "width": [float(one[0]) for each in fitted.values() for one in each],
                    "height": [float(one[1]) for each in fitted.values() for one in each],
                },
                "an anchor, where there are so many",
            ),
            "overlap": Table(overlap, "mean overlap of all boxes with the best of so many anchors"),
            "collisions": Table(lost, "share of all objects that have no place in the target; 95 % over photographs"),
            "sizes": Table(_sizes(data), "boxes of nearly one width and height, in steps of 6 pixels"),
        },
        numbers={
            "objects": float(len(data.boxes)),
            "photographs": float(np.unique(data.photograph).size),
            "without_area": float(data.without_area),
            "row": float(row), "column": float(column), "offset_x": float(offset[0]), "offset_y": float(offset[1]),
            "described": float((made.owner >= 0).sum()), "lost": float(made.lost.size), "of": float(len(boxes)),
            "largest_error": error,
            "kept_by_overlap": kept[0], "kept_by_overlap_low": kept[1], "kept_by_overlap_high": kept[2],
            "lost_at_7": seven["best"], "null_at_7": seven["null"], "high_at_7": seven["best_high"],
            "free_high_at_7": of_three["free_high"],
            "still_lost": float(twice.size), "least_overlap_of_lost": float(twice.min()),
        },
        sentences=(
            f"Photograph {params.photograph}, {params.grid} × {params.grid} cells, {several} each: box {at + 1}, a "
            f"{KINDS[kind[at]]}, has its centre in row {row + 1}, column {column + 1}, {offset[0]:.2f} of the cell to "
            f"the right and {offset[1]:.2f} down.",
            f"Of its {len(boxes)} objects {made.lost.size} "
            f"{'is' if made.lost.size == 1 else 'are'} not in the target."
            if made.lost.size
            else f"Each of its {len(boxes)} objects is in the target.",
            f"Of all {len(data.boxes):,} objects such a grid loses {100 * share['value']:.2f} % (95 % interval over "
            f"photographs {100 * share['low']:.2f} to {100 * share['high']:.2f}); boxes thrown anywhere would lose "
            f"{100 * here['null']:.2f} % where every place is free to take.",
            f"Left out: {data.without_area} annotated boxes without an area, which have no object in them.",
        ),
    )  # fmt: skip


@claim("What the target describes comes back: decoded, every such box is where it was, to 1e-9 pixels")
def decodes(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """All photographs, at 7, 13 and 26 cells a side, with and without anchors; value: the largest error in pixels."""
    return result.numbers["largest_error"] < 1e-9, result.numbers["largest_error"]


@claim("A thousandth of a pixel over a line of the grid hands the object on, and the offset falls from 1 to 0")
def snaps(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """At every line of this grid; value: the least fall of the offset."""
    grid = Grid(params.grid, params.grid, HEIGHT, WIDTH)
    lines = np.arange(1, params.grid) / params.grid
    fall, stepped = [], True
    for axis, side in ((0, WIDTH), (1, HEIGHT)):
        points = np.full((2, lines.size, 2), 0.5)
        points[:, :, axis] = lines * side + np.array([[-1e-3], [1e-3]])
        before, after = (images.responsible_cell(each, grid) for each in points)
        stepped &= bool(
            (after[:, 1 - axis] - before[:, 1 - axis] == 1).all() and (after[:, axis] == before[:, axis]).all()
        )
        fall.append(images.cell_offset(points[0], grid)[:, axis] - images.cell_offset(points[1], grid)[:, axis])
    return stepped and bool(np.min(fall) > 0.999), float(np.min(fall))


@claim("At 7 × 7 real cells collide less often than boxes thrown anywhere: what has a body keeps apart")
def keeps_apart(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By the upper end of the interval; value: how many times as often chance would lose one."""
    n = result.numbers
    return n["high_at_7"] < n["null_at_7"], n["null_at_7"] / n["lost_at_7"]


@claim("At 7 × 7 three anchors chosen by overlap leave over half of the collisions: what collides is alike in size")
def overlap_saves_little(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By the lower end of the interval; value: the share of the collisions that stays."""
    return result.numbers["kept_by_overlap_low"] > 0.5, result.numbers["kept_by_overlap"]


@claim("If any free place takes it, three places at 7 × 7 lose fewer than one object in 500")
def free_saves_all(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the upper end of the interval of the share that is lost."""
    return result.numbers["free_high_at_7"] < 1 / 500, result.numbers["free_high_at_7"]


@claim("What still shares a cell at 40 × 40 is one blood cell with two boxes: each overlaps another by over 0.8")
def twins_stay(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the least of these overlaps."""
    return result.numbers["least_overlap_of_lost"] > 0.8, result.numbers["least_overlap_of_lost"]


@claim("One anchor more never fits worse: the mean overlap with the best one rises from one anchor to six")
def more_fit_better(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the mean overlap with the best of six."""
    mean = result.tables["overlap"].columns["mean"]
    return bool((np.diff(mean) > 0).all()), float(mean[-1])


def _drawn(data: Annotated, seed: int) -> np.ndarray:
    """How often each photograph is drawn (replicates + 1, photographs); the first time each once."""
    n = np.unique(data.photograph).size
    drawn = np.random.default_rng([seed, 1]).multinomial(n, np.full(n, 1 / n), REPLICATES)
    return np.vstack([np.ones(n), drawn])


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From replicates (r + 1, …), the first being the data: value, and 95 % interval."""
    low, high = np.quantile(values[1:], [0.025, 0.975], axis=0)
    return values[0], low, high


def _collisions(
    data: Annotated, fitted: dict[int, np.ndarray], weight: np.ndarray, progress: Progress, steps: int
) -> tuple[dict[str, list[Any]], tuple[float, float, float]]:
    """The share lost by grid and places, and what three anchors leave of the collisions at 7 × 7."""
    at = images.centres(data.boxes)
    photograph = np.unique(data.photograph, return_inverse=True)[1]
    objects = np.bincount(photograph)
    own = {count: images.best_anchor(images.sizes(data.boxes), anchors) for count, anchors in fitted.items()}
    lost: list[np.ndarray] = []
    columns: dict[str, list[Any]] = {"grid": [], "places": [], "null": []}
    for i, side in enumerate(GRIDS.tolist()):
        progress("collisions", MOST + i, steps)
        grid = Grid(side, side, HEIGHT, WIDTH)
        for count in fitted:
            one = images.lost_boxes(at, grid, photograph, anchor=own[count])
            other = images.lost_boxes(at, grid, photograph, slots=count)
            lost += [np.bincount(photograph, weights=each, minlength=objects.size) for each in (one, other)]
            null = sum(images.expected_lost(n, side * side, count) for n in objects.tolist()) / objects.sum()
            for name, value in (("grid", side), ("places", count), ("null", null)):
                columns[name].append(value)
    total = weight @ np.array(lost).T
    ends = _ends(total / (weight @ objects)[:, None])
    for k, name in enumerate(("best", "free")):
        for end, values in zip(("", "_low", "_high"), ends, strict=True):
            columns[f"{name}{end}"] = values[k::2].tolist()
    first = 2 * MOST * (7 - int(GRIDS[0]))
    kept = _ends(total[:, first + 4] / total[:, first])
    return columns, (float(kept[0]), float(kept[1]), float(kept[2]))


def _at(lost: dict[str, list[Any]], grid: int, places: int) -> dict[str, float]:
    row = (grid - int(GRIDS[0])) * MOST + places - 1
    return {name: float(values[row]) for name, values in lost.items()}


def _overlap(data: Annotated, fitted: dict[int, np.ndarray], weight: np.ndarray) -> dict[str, list[Any]]:
    photograph = np.unique(data.photograph, return_inverse=True)[1]
    size = images.sizes(data.boxes)
    sums = np.array([np.bincount(photograph, images.anchor_overlap(size, each)) for each in fitted.values()])
    ends = _ends(weight @ sums.T / (weight @ np.bincount(photograph))[:, None])
    return {"of": list(fitted), **dict(zip(("mean", "low", "high"), (each.tolist() for each in ends), strict=True))}


def _largest_error(data: Annotated, side: int, anchors: np.ndarray) -> float:
    """Between every box that a target describes and what is decoded from it, in pixels."""
    worst, grid = 0.0, Grid(side, side, HEIGHT, WIDTH)
    for number in np.unique(data.photograph):
        boxes, kind = data.of(int(number))
        for base in (None, anchors):
            made = images.encode_boxes(boxes, kind, grid, classes=3, anchors=base)
            back, named, _ = images.decode_boxes(made.tensor, grid, anchors=base)
            owner = made.owner[made.owner >= 0]
            wrong = np.inf if (named != kind[owner]).any() else np.abs(back - boxes[owner]).max()
            worst = max(worst, float(wrong))
    return worst


def _twins(data: Annotated) -> np.ndarray:
    """Of every box that is lost on the finest grid, the overlap with the nearest box of its photograph."""
    grid = Grid(FINEST, FINEST, HEIGHT, WIDTH)
    lost = np.flatnonzero(images.lost_boxes(images.centres(data.boxes), grid, data.photograph))
    return np.array([np.sort(images.box_iou(data.boxes[[i]], data.of(data.photograph[i])[0])[0])[-2] for i in lost])


def _photographs() -> dict[str, list[Any]]:
    table = _read("bccd_photographs")
    jpeg = [base64.b64encode(each).decode() for each in table["jpeg"].to_pylist()]
    return {"photograph": table["photograph"].to_pylist(), "jpeg": jpeg}


def _sizes(data: Annotated) -> dict[str, list[Any]]:
    steps = np.floor(images.sizes(data.boxes) / 6).astype(int)
    rows, count = np.unique(np.column_stack([steps, data.kind]), axis=0, return_counts=True)
    return {
        "width": (6 * rows[:, 0] + 3).tolist(), "height": (6 * rows[:, 1] + 3).tolist(),
        "kind": rows[:, 2].tolist(), "boxes": count.tolist(),
    }  # fmt: skip


def _curve(lost: dict[str, list[Any]], params: Parameters) -> Lines:
    x = tuple(map(float, GRIDS))

    def line(name: str, column: str, places: int, role: str) -> Line:
        pick = slice(places - 1, None, MOST)
        low, high = ((tuple(lost[f"{column}_{end}"][pick])) if column != "null" else () for end in ("low", "high"))
        return Line(name=name, x=x, y=tuple(lost[column][pick]), low=low, high=high, role=role)  # type: ignore[arg-type]

    several = max(2, params.anchors)
    seven = _at(lost, 7, 1)
    return Lines(
        alt=f"A grid of 7 × 7 loses {seven['best']:.1%} of the objects, where chance would lose {seven['null']:.1%}.",
        x=Axis(label="cells a side", scale="log"),
        y=Axis(label="objects lost", unit="share of all; band: 95 % over photographs"),
        lines=(
            line("one place", "best", 1, "main"),
            line(f"{several} anchors, by overlap", "best", several, "other"),
            line(f"{several} anchors, any free", "free", several, "other"),
            line("one place, boxes thrown anywhere", "null", 1, "harm"),
        ),
        marks=(Mark(label="this grid", x=float(params.grid)),),
    )


def _ways(lost: dict[str, list[Any]], side: int) -> Intervals:
    ways = [("one place", 1, "best")]
    ways += [
        (f"{n} anchors, {words}", n, name)
        for n in (2, 3, 5)
        for name, words in (("best", "by overlap"), ("free", "any free"))
    ]
    found = [(_at(lost, side, n), name) for _, n, name in ways]
    return Intervals(
        alt=f"At {side} × {side} one place loses {found[0][0]['best']:.2%}; three anchors by overlap "
        f"{_at(lost, side, 3)['best']:.2%}, any free place {_at(lost, side, 3)['free']:.2%}.",
        axis=Axis(label="objects lost", unit="share of all"),
        labels=tuple(words for words, _, _ in ways),
        centre=tuple(row[name] for row, name in found),
        low=tuple(row[f"{name}_low"] for row, name in found),
        high=tuple(row[f"{name}_high"] for row, name in found),
    )
