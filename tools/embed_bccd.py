"""Make src/cutaway/data/bccd_*.parquet from a copy of the BCCD data set: python tools/embed_bccd.py FOLDER [PART …].

PART: cells (windows with features), boxes (every annotation), photographs (a few, small), crops (single cells); all
when left out.

FOLDER holds Annotations/ and JPEGImages/ of https://github.com/Shenggan/BCCD_Dataset (needs the package pillow).
"""

from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data"
SIDE = 20  # of a window, in pixels of the photograph at half size: 40 at full size, the median platelet's box
STAIN = 22  # blue less red, above the photograph's median, from which a pixel counts as stained
NAMES = ("RBC", "WBC", "Platelets")
SHOWN = (37, 14, 20, 135)  # crowded; two platelets; a cell with two boxes; a white cell labelled as a platelet
SMALL = (480, 360)
QUALITY = 70
WINDOW, CROP, OF_A_KIND = 96, 32, 240  # pixels of a window, of what is kept of it; windows of each kind


def annotated(path: Path) -> list[tuple[str, float, float, float, float]]:
    """Name, left, top, right and bottom in pixels of every box of an annotation."""
    out = []
    for one in ElementTree.parse(path).getroot().iter("object"):
        box = {side.tag: float(side.text or 0) for side in one.find("bndbox") or ()}
        out.append((one.findtext("name", ""), box["xmin"], box["ymin"], box["xmax"], box["ymax"]))
    return out


def boxed(values: np.ndarray, low: int, high: int) -> np.ndarray:
    """Sums (rows, columns) over each window widened to pixels low … high of its own, cut at the photograph's edge."""
    total = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    top, left = (np.arange(0, side, SIDE) for side in values.shape)
    (a, b), (c, d) = (
        (np.clip(first + low, 0, side), np.clip(first + high, 0, side))
        for first, side in zip((top, left), values.shape, strict=True)
    )
    return total[np.ix_(b, d)] - total[np.ix_(a, d)] - total[np.ix_(b, c)] + total[np.ix_(a, c)]


def features(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Features (rows, columns) of the windows of a photograph (height, width, 3), each in 0 … 255."""
    height, width, _ = pixels.shape
    windows = pixels.reshape(height // SIDE, SIDE, width // SIDE, SIDE, 3).swapaxes(1, 2)
    windows = windows.reshape(height // SIDE, width // SIDE, SIDE * SIDE, 3)
    out = {name: windows[..., k].mean(-1) for k, name in enumerate(("red", "green", "blue"))}
    out |= {f"{name}_spread": 2 * windows[..., k].std(-1) for k, name in enumerate(("red", "green", "blue"))}
    light = pixels.mean(-1)
    by_window = windows.mean(-1)
    out["darkest"] = np.quantile(by_window, 0.05, axis=-1)
    out["darkness"] = 128 + np.median(light) - by_window.mean(-1)
    edges = np.hypot(np.gradient(light, axis=0), np.gradient(light, axis=1))
    out["edges"] = 4 * boxed(edges, 0, SIDE) / SIDE**2
    purple = pixels[..., 2] - pixels[..., 0]
    purple -= np.median(purple)
    of_window = purple.reshape(height // SIDE, SIDE, width // SIDE, SIDE).swapaxes(1, 2)
    of_window = of_window.reshape(height // SIDE, width // SIDE, -1)
    out["purple"] = 96 + of_window.mean(-1)
    out["purple_peak"] = 64 + np.quantile(of_window, 0.95, axis=-1)
    stained = (purple > STAIN).astype(float)
    ones = np.ones_like(stained)

    def share(low: int, high: int, less: np.ndarray | float = 0.0, room: np.ndarray | float = 0.0) -> np.ndarray:
        return (boxed(stained, low, high) - less) / np.maximum(boxed(ones, low, high) - room, 1)

    inside, area = boxed(stained, 0, SIDE), boxed(ones, 0, SIDE)
    near, near_area = boxed(stained, -10, SIDE + 10), boxed(ones, -10, SIDE + 10)
    out["stained"] = 255 * share(0, SIDE)
    out["stained_middle"] = 255 * share(5, SIDE - 5)
    out["stained_rim"] = 255 * share(-10, SIDE + 10, inside, area)
    out["stained_around"] = 255 * share(-30, SIDE + 30, near, near_area)
    y, x = np.mgrid[:height, :width].astype(float)
    middle_y, middle_x = (boxed(stained * at, -5, SIDE + 5) for at in (y, x))
    mass = boxed(stained, -5, SIDE + 5)
    rows, columns = np.mgrid[: height // SIDE, : width // SIDE] * SIDE + (SIDE - 1) / 2
    away = np.hypot(middle_y / np.maximum(mass, 1) - rows, middle_x / np.maximum(mass, 1) - columns)
    out["off_centre"] = np.where(mass > 0, 10 * away, 255)
    return out


def table(folder: Path) -> pa.Table:
    """Every window of every photograph, in order of the photographs' numbers and of the rows of each."""
    parts: dict[str, list[np.ndarray]] = {}
    for path in sorted((folder / "Annotations").glob("*.xml")):
        image = Image.open(folder / "JPEGImages" / f"{path.stem}.jpg").convert("RGB").reduce(2)
        pixels = np.asarray(image, dtype=float)
        height, width, _ = pixels.shape
        counts = {name: np.zeros((height // SIDE, width // SIDE), np.uint8) for name in NAMES}
        for name, left, top, right, bottom in annotated(path):
            x, y = (left + right) / 2, (top + bottom) / 2
            row, column = (min(int(at / 2) // SIDE, side // SIDE - 1) for at, side in ((y, height), (x, width)))
            counts[name][row, column] += 1
        number = np.full(counts["RBC"].shape, int(path.stem.rsplit("_", 1)[1]), np.int16)
        known = {"photograph": number, "platelet": (counts["Platelets"] > 0).astype(np.uint8)}
        known["white_cell"] = (counts["WBC"] > 0).astype(np.uint8)
        values = {name: np.clip(np.rint(each), 0, 255).astype(np.uint8) for name, each in features(pixels).items()}
        for column_name, each in (known | values).items():
            parts.setdefault(column_name, []).append(each.reshape(-1))
    return pa.table({name: np.concatenate(each) for name, each in parts.items()})


def number_of(path: Path) -> int:
    """The photograph's number."""
    return int(path.stem.rsplit("_", 1)[1])


def boxes(folder: Path) -> pa.Table:
    """Every annotation as it is, those without an area among them, in the order of its file."""
    rows = [
        (number_of(path), NAMES.index(name), *map(int, sides))
        for path in sorted((folder / "Annotations").glob("*.xml"))
        for name, *sides in annotated(path)
    ]
    columns = np.array(rows, np.int16).T
    return pa.table(dict(zip(("photograph", "kind", "left", "top", "right", "bottom"), columns, strict=True)))


def photographs(folder: Path) -> pa.Table:
    """Some photographs at three quarters of their size."""
    files = []
    for one in SHOWN:
        small = Image.open(folder / "JPEGImages" / f"BloodImage_{one:05d}.jpg").convert("RGB").resize(SMALL)
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=QUALITY, optimize=True)
        files.append(buffer.getvalue())
    return pa.table({"photograph": np.array(SHOWN, np.int16), "jpeg": files})


def crops(folder: Path) -> pa.Table:
    """Square windows around the centres of boxes, as many of each kind, drawn over all photographs; none is cut."""
    rng, found = np.random.default_rng(0), {name: [] for name in NAMES}
    for path in sorted((folder / "Annotations").glob("*.xml")):
        for name, left, top, right, bottom in annotated(path):
            x, y = int((left + right) / 2) - WINDOW // 2, int((top + bottom) / 2) - WINDOW // 2
            if 0 <= x <= 640 - WINDOW and 0 <= y <= 480 - WINDOW and right > left and bottom > top:
                found[name].append((path, x, y))
    rows = []
    for kind, name in enumerate(NAMES):
        for at in np.sort(rng.permutation(len(found[name]))[:OF_A_KIND]):
            path, x, y = found[name][at]
            photograph = Image.open(folder / "JPEGImages" / f"{path.stem}.jpg").convert("RGB")
            small = photograph.resize((CROP, CROP), Image.Resampling.BOX, (x, y, x + WINDOW, y + WINDOW))
            rows.append((number_of(path), kind, np.asarray(small).tobytes()))
    photograph_, kinds, pixels = zip(*rows, strict=True)
    return pa.table(
        {
            "photograph": np.array(photograph_, np.int16),
            "kind": np.array(kinds, np.uint8),
            "image": pa.array(pixels, pa.binary(CROP * CROP * 3)),
        }
    )


PARTS = {"cells": table, "boxes": boxes, "photographs": photographs, "crops": crops}


if __name__ == "__main__":
    for part in sys.argv[2:] or PARTS:
        made, path = PARTS[part](Path(sys.argv[1])), OUT / f"bccd_{part}.parquet"
        pq.write_table(made, path, compression="zstd", compression_level=19)
        print(f"{path.name}: {made.num_rows:,} rows, {path.stat().st_size:,} bytes")
