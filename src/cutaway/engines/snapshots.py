"""A fit's snapshots on disk: one .npz file, arrays with a header in JSON that says where each belongs.

Nothing is pickled, so that reading a file runs no code. A file is written beside its place and then moved there: who
reads sees the old one or the new one, and a break while writing loses neither.
"""

from __future__ import annotations

import json
import os
from math import isfinite
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets import Snapshot

FORMAT = "cutaway snapshot"
VERSION = 1


def save_snapshot(snapshot: Snapshot, path: str | Path) -> None:
    """Write a snapshot, over an older one if there is one.

    Raises: InputError if the folder is missing, or the snapshot holds what is neither an array nor a number nor text.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"path: save_snapshot expected an existing folder, got {path.parent}; make it first")
    arrays: list[np.ndarray] = []
    head = {"format": FORMAT, "version": VERSION, "snapshot": _written(snapshot.tree(), arrays)}
    header = np.frombuffer(json.dumps(head, allow_nan=False).encode(), np.uint8)
    by_name: dict[str, Any] = {f"array{i}": array for i, array in enumerate(arrays)}
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            np.savez(file, header=header, **by_name)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def load_snapshot(path: str | Path) -> Snapshot:
    """Read a snapshot that `save_snapshot` wrote, every bit as it was.

    Raises: InputError if there is no such file, it is damaged or cut short, or it is something else.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop("header").tobytes())
        if (head["format"], head["version"]) != (FORMAT, VERSION):
            raise ValueError(f"it says {head['format']} {head['version']}")
        return Snapshot.of_tree(_read(head["snapshot"], arrays))
    except FileNotFoundError:
        raise InputError(f"path: load_snapshot expected a file, got none at {path}") from None
    except Exception as error:  # NumPy and zipfile raise many kinds for damaged data
        said = str(error) or type(error).__name__
        raise InputError(
            f"path: load_snapshot expected a file that save_snapshot wrote, got {path}, which is damaged or something "
            f"else ({said}); take an older one"
        ) from None


def _written(tree: Any, arrays: list[np.ndarray]) -> Any:
    """The tree in JSON's terms, its arrays put into the list; what JSON does not tell apart is an object of one key."""
    if isinstance(tree, np.ndarray | np.generic):
        if tree.dtype.hasobject:
            raise InputError("snapshot: save_snapshot expected arrays of numbers, got one of objects")
        arrays.append(np.asarray(tree))
        return {"array" if isinstance(tree, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(tree, dict):
        if not all(isinstance(name, str) for name in tree):
            raise InputError(f"snapshot: save_snapshot expected text as names, got {list(tree)}")
        return {"dict": {name: _written(part, arrays) for name, part in tree.items()}}
    if isinstance(tree, tuple):
        return {"tuple": [_written(part, arrays) for part in tree]}
    if isinstance(tree, list):
        return [_written(part, arrays) for part in tree]
    if isinstance(tree, float) and not isfinite(tree):
        return {"float": repr(tree)}
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    raise InputError(f"snapshot: save_snapshot expected arrays, numbers and text, got {type(tree).__name__}")


def _read(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(tree, list):
        return [_read(part, arrays) for part in tree]
    if not isinstance(tree, dict):
        return tree
    ((kind, held),) = tree.items()
    if kind == "array":
        return arrays[f"array{held}"]
    if kind == "scalar":
        return arrays[f"array{held}"][()]
    if kind == "dict":
        return {name: _read(part, arrays) for name, part in held.items()}
    if kind == "tuple":
        return tuple(_read(part, arrays) for part in held)
    if kind == "float":
        return float(held)
    raise ValueError(f"an entry of kind {kind}")
