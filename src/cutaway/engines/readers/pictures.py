"""A folder of images: which files there are, and what each is labelled."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cutaway.core.errors import InputError
from cutaway.engines.readers.wording import shown

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm")
)
"""Ends of names, in lower case, of files that are taken for images."""

PARTS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("test", "testing", "tst", "holdout"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval", "evaluation"), "validation"),
}
"""Names of folders, and values of a column `split`, that say which part of the data an image belongs to."""

PATH_COLUMNS = ("path", "file", "filename", "file_name", "image", "image_path", "img", "name")
LABEL_COLUMNS = ("label", "class", "target", "category", "y", "labels")
PART_COLUMNS = ("split", "part", "subset", "set", "fold")


@dataclass(frozen=True, slots=True)
class Place:
    """One file: where it is, how it is called in a report, its label and part ("" where nothing says so)."""

    path: Path
    name: str  # relative to the folder, with / between its parts
    label: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder that are taken for images, by name. `others`: how many files are not."""

    name: str
    places: tuple[Place, ...]
    others: int = 0
    labelled_by: str = ""  # "folder", a file's name, or "" for no labels
    missing: tuple[str, ...] = ()  # named by the labels' file, and not there

    def __add__(self, other: Folder) -> Folder:
        return replace(
            self,
            places=self.places + other.places,
            others=self.others + other.others,
            missing=self.missing + other.missing,
        )


def read_folder(folder: str | os.PathLike[str], labels: str | os.PathLike[str] | None = None) -> Folder:
    """The images below a folder, in the order of their names; hidden files and linked folders are left out.

    `labels`: "folder" for the folder that an image lies in, below train, test or validation where there are such; or
    the path of a CSV file with a column of paths, one of labels, and perhaps one that names the part (split). None:
    by folders where every image lies in one and there are two or more, else no labels.

    Raises: InputError for what is no folder, holds no image, or for labels that cannot be used.
    """
    root = Path(folder)
    if not root.is_dir():
        what = "a file" if root.exists() else "no such folder"
        raise InputError(f"{shown(folder)}: expected a folder of images, got {what}; name the folder that holds them")
    found, others = [], 0
    for path in _files(root):
        if path.suffix.lower() in SUFFIXES:
            found.append(path)
        else:
            others += 1
    if not found:
        raise InputError(
            f"{shown(folder)}: expected images, got {others} other files; images are known by their names' ends: "
            f"{', '.join(sorted(SUFFIXES))}"
        )
    name = root.resolve().name or str(root)
    if labels is not None and os.fspath(labels) != "folder":
        return _by_file(root, name, found, others, Path(labels))
    places = tuple(_by_folder(root, path) for path in found)
    classes = {place.label for place in places}
    if labels is None and ("" in classes or len(classes) < 2):
        return Folder(name, tuple(replace(place, label="") for place in places), others)
    if classes == {""}:
        raise InputError(
            f"--labels folder: every image lies in {shown(folder)} itself, so that no folder names a class; move each "
            f"class into a folder of its own, or give --labels FILE.csv"
        )
    return Folder(name, places, others, "folder")


def _files(root: Path) -> Iterator[Path]:
    """All files below, in the order of their names."""
    for at, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(at, name)


def _by_folder(root: Path, path: Path) -> Place:
    *above, _ = path.relative_to(root).parts
    part = PARTS.get(above[0].lower(), "") if above else ""
    inner = above[1:] if part else above
    return Place(path, path.relative_to(root).as_posix(), inner[0] if inner else "", part)


def _by_file(root: Path, name: str, found: list[Path], others: int, file: Path) -> Folder:
    said = _table(file)
    inside = root.resolve()
    by_path = {os.path.realpath(path): path for path in found}
    labelled: dict[Path, tuple[str, str]] = {}
    missing = []
    for number, (where, label, part) in said:
        target = os.path.realpath(inside / where)
        if os.path.commonpath([target, inside]) != str(inside):
            raise InputError(
                f"{shown(file)}, line {number}: expected a path inside {shown(root)}, got {where[:200]!r}; write "
                f"paths as they are below the folder"
            )
        path = by_path.get(target)
        if path is None:
            missing.append(where)
            continue
        before = labelled.setdefault(path, (label, part))
        if before[0] != label:
            raise InputError(
                f"{shown(file)}, line {number}: expected one label for each image, got {before[0][:200]!r} "
                f"and {label[:200]!r} for {where[:200]!r}; keep one of the two lines"
            )
    if not labelled:
        raise InputError(
            f"{shown(file)}: expected paths of images below {shown(root)}, got none that is there "
            f"(the first is {said[0][1][0]!r}); write paths as they are below the folder"
        )
    places = (Place(path, path.relative_to(root).as_posix(), *labelled.get(path, ("", ""))) for path in found)
    return Folder(name, tuple(places), others, file.name, tuple(missing))


def _table(file: Path) -> list[tuple[int, tuple[str, str, str]]]:
    """The lines of a file of labels, with their numbers: path, label, part."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"--labels {shown(file)}: no such file; give 'folder', or a CSV file with path and label"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--labels {shown(file)}: expected a CSV file in UTF-8, got one that is not ({error})"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(
            f"--labels {shown(file)}, line {line}: expected text, got a NUL byte; save the file as CSV again"
        )
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = [(n, row) for n, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1) if any(row)]
    except csv.Error as error:
        raise InputError(f"--labels {shown(file)}: expected CSV, got what is none ({error})") from None
    if len(rows) < 2:
        raise InputError(f"--labels {shown(file)}: expected a header and a line for each image, got {len(rows)} lines")
    head = [one.strip().lower() for one in rows[0][1]]
    path, label, part = (_column(head, names) for names in (PATH_COLUMNS, LABEL_COLUMNS, PART_COLUMNS))
    if path is None or label is None:
        raise InputError(
            f"--labels {shown(file)}: expected columns of paths ({', '.join(PATH_COLUMNS[:4])}, …) and of labels "
            f"({', '.join(LABEL_COLUMNS[:4])}, …), got {', '.join(map(repr, rows[0][1]))[:300]}; rename two of them"
        )
    out = []
    for number, row in rows[1:]:
        if len(row) <= max(path, label):
            raise InputError(
                f"--labels {shown(file)}, line {number}: expected {len(head)} values, got {len(row)}; complete the line"
            )
        split = row[part].strip() if part is not None and part < len(row) else ""
        out.append((number, (row[path].strip(), row[label].strip(), PARTS.get(split.lower(), split))))
    return out


def _column(head: list[str], names: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)
