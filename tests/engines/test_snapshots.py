"""A snapshot comes back from its file as it was; a damaged file is told, never half read, and never run."""

from __future__ import annotations

import os
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.engines.snapshots import load_snapshot, save_snapshot
from cutaway.science.nets import (
    Adam,
    BatchNorm,
    Dense,
    Dropout,
    EarlyStopping,
    Sequential,
    Snapshot,
    accuracy,
    fit,
    leaves,
)

MODEL = Sequential((Dense(4, 8), BatchNorm(8), Dropout(0.5), Dense(8, 2)))
RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(60, 4)).astype(np.float32), RNG.integers(0, 2, 60)
SETTINGS: dict[str, Any] = {
    "epochs": 4,
    "rate": 0.01,
    "optimiser": Adam(),
    "validation": (X, Y),
    "metrics": {"accuracy": accuracy},
    "early": EarlyStopping(9),
}


def snapshots() -> tuple[Any, list[Snapshot]]:
    taken: list[Snapshot] = []
    return fit(MODEL, X, Y, **SETTINGS, checkpoint=taken.append, checkpoint_every=3), taken


def bits(tree: Any) -> list[tuple[str, Any]]:
    """Every leaf to the last bit, with its type."""
    return [
        (
            path,
            (leaf.dtype.str, leaf.shape, leaf.tobytes()) if isinstance(leaf, np.ndarray) else (type(leaf), repr(leaf)),
        )
        for path, leaf in leaves(tree)
    ]


def test_a_fit_goes_on_from_a_file_with_the_same_bits(tmp_path: Path) -> None:
    whole, taken = snapshots()
    assert len(taken) == 2
    for one in taken:
        save_snapshot(one, tmp_path / "fit.npz")
        back = load_snapshot(tmp_path / "fit.npz")
        assert bits(back.tree()) == bits(one.tree())
        again = fit(MODEL, X, Y, **SETTINGS, resume=back)
        assert bits((again.params, again.state)) == bits((whole.params, whole.state))
        assert again.history == whole.history
    assert os.listdir(tmp_path) == ["fit.npz"]


def test_every_kind_of_leaf_comes_back(tmp_path: Path) -> None:
    tree = {
        "numbers": (1, 2.5, float("nan"), -float("inf"), 1 / 3, True, None, "text", [1, []], ()),
        "arrays": [np.arange(3, dtype=np.uint8), np.array(2.0), np.float32(1.5), np.zeros((0, 2)), np.ones(2, bool)],
        "dict": {"array": {}, "float": "nan"},
    }
    snapshot = Snapshot({"a": "b"}, tree, (), {})
    save_snapshot(snapshot, tmp_path / "a.npz")
    back = load_snapshot(tmp_path / "a.npz").params
    assert repr(back["numbers"]) == repr(tree["numbers"]) and back["dict"] == tree["dict"]
    for one, other in zip(back["arrays"], tree["arrays"], strict=True):
        assert np.array_equal(one, other) and one.dtype == other.dtype and type(one) is type(other)


def test_a_break_while_writing_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (first, second) = snapshots()
    path = tmp_path / "fit.npz"
    save_snapshot(first, path)

    def full(_: int) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            save_snapshot(second, path)
    assert bits(load_snapshot(path).tree()) == bits(first.tree())
    assert os.listdir(tmp_path) == ["fit.npz"]
    with pytest.raises(InputError, match="path: save_snapshot expected an existing folder"):
        save_snapshot(first, tmp_path / "none" / "fit.npz")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    _, (first, _) = snapshots()
    for params, said in (
        ({"a": object()}, "got object"),
        ({1: np.ones(1)}, "text as names"),
        (np.array([object()]), "one of objects"),
    ):
        with pytest.raises(InputError, match=f"snapshot: save_snapshot expected .*{said}"):
            save_snapshot(replace(first, params=params), tmp_path / "fit.npz")
    assert os.listdir(tmp_path) == []


def damaged(content: bytes) -> dict[str, bytes]:
    """The file cut, with a bit turned in an array and in the header, and other files."""
    inside = content.index(b"array0.npy") + 200
    header = content.index(b'{"format"') + 40
    return {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "a byte short": content[:-1],
        "array": content[:inside] + bytes([content[inside] ^ 1]) + content[inside + 1 :],
        "header": content[:header] + bytes([content[header] ^ 1]) + content[header + 1 :],
        "text": b"hello",
        "pickle": pickle.dumps({"a": 1}),
    }


@pytest.mark.parametrize("kind", ["empty", "cut", "a byte short", "array", "header", "text", "pickle"])
def test_a_damaged_file_is_told(kind: str, tmp_path: Path) -> None:
    _, (first, _) = snapshots()
    path = tmp_path / "fit.npz"
    save_snapshot(first, path)
    path.write_bytes(damaged(path.read_bytes())[kind])
    with pytest.raises(InputError, match="path: load_snapshot expected a file that save_snapshot wrote"):
        load_snapshot(path)


def test_other_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="path: load_snapshot expected a file, got none"):
        load_snapshot(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    np.savez(tmp_path / "objects.npz", header=np.array([{"a": 1}], dtype=object))
    np.save(tmp_path / "array.npy", np.ones(2))
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as file:
        file.writestr("readme.txt", "hello")
    np.savez(tmp_path / "later.npz", header=np.frombuffer(b'{"format": "cutaway snapshot", "version": 2}', np.uint8))
    np.savez(
        tmp_path / "less.npz",
        header=np.frombuffer(b'{"format": "cutaway snapshot", "version": 1, "snapshot": {"dict": {}}}', np.uint8),
    )
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(InputError, match="path: load_snapshot expected a file that save_snapshot wrote"):
            load_snapshot(path)
