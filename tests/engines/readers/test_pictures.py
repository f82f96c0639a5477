"""Folders of images: labels by folder and by file, and every fault a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.core.errors import InputError
from cutaway.engines.readers.inspection import inspect, pixels
from cutaway.engines.readers.pictures import read_folder

RNG = np.random.default_rng(0)


def saved(path: Path, image: np.ndarray | None = None, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = RNG.integers(0, 256, (12, 16, 3), np.uint8) if image is None else image
    Image.fromarray(made).save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    for name in ("train/cat/1.png", "train/dog/2.png", "test/cat/3.jpg", "test/dog/deeper/4.PNG"):
        saved(root / name)
    (root / "readme.txt").write_text("no image")
    (root / ".hidden").mkdir()
    saved(root / ".hidden" / "5.png")
    return root


def test_labels_by_folder(folder: Path) -> None:
    read = read_folder(folder)
    found = {place.name: (place.label, place.part) for place in read.places}
    assert found == {
        "train/cat/1.png": ("cat", "train"),
        "train/dog/2.png": ("dog", "train"),
        "test/cat/3.jpg": ("cat", "test"),
        "test/dog/deeper/4.PNG": ("dog", "test"),
    }
    assert (read.others, read.labelled_by, read.name) == (1, "folder", "pictures")


def test_labels_by_file(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("﻿Filename;Class;Split\ntrain/cat/1.png;red;training\ntest/cat/3.jpg;blue;dev\ngone.png;red;\n")
    read = read_folder(folder, table)
    found = {place.name: (place.label, place.part) for place in read.places}
    assert found["train/cat/1.png"] == ("red", "train") and found["test/cat/3.jpg"] == ("blue", "validation")
    assert found["train/dog/2.png"] == ("", "")
    assert read.missing == ("gone.png",) and read.labelled_by == "labels.csv"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,label\n../../etc/passwd,x\n", "line 2: expected a path inside"),
        ("path,label\ntrain/cat/1.png,a\ntrain/cat/1.png,b\n", "line 3: expected one label for each image"),
        ("path,label\ntrain/cat/1.png,a\0\n", "line 2: expected text, got a NUL byte"),
        ("a,b\n1,2\n", "expected columns of paths"),
        ("path,label\n", "expected a header and a line for each image"),
        ("path,label\nnowhere.png,a\n", "got none that is there"),
        ("path,label\ntrain/cat/1.png\n", "line 2: expected 2 values, got 1"),
        ("", "expected a header"),
    ],
    ids=["outside", "twice", "nul", "columns", "empty", "absent", "short", "nothing"],
)
def test_a_file_of_labels_that_cannot_be_used(folder: Path, tmp_path: Path, text: str, said: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes(text.encode())
    with pytest.raises(InputError, match=said):
        read_folder(folder, table)


def test_a_linked_file_outside_is_not_labelled(folder: Path, tmp_path: Path) -> None:
    outside = saved(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(outside)
    table = tmp_path / "labels.csv"
    table.write_text("path,label\nlink.png,a\n")
    with pytest.raises(InputError, match="expected a path inside"):
        read_folder(folder, table)


def test_what_is_no_folder_of_images(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_folder(tmp_path / "absent")
    with pytest.raises(InputError, match="got a file"):
        read_folder(folder / "readme.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected images, got 0 other files"):
        read_folder(tmp_path / "empty")
    saved(tmp_path / "flat" / "1.png")
    assert read_folder(tmp_path / "flat").labelled_by == ""
    with pytest.raises(InputError, match="no folder names a class"):
        read_folder(tmp_path / "flat", "folder")
    with pytest.raises(InputError, match="no such file"):
        read_folder(folder, tmp_path / "absent.csv")


def test_every_image_is_measured(tmp_path: Path) -> None:
    image = np.zeros((10, 20, 3), np.uint8)
    image[:, :10] = 255
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Maker", "Model 1"
    saved(tmp_path / "a" / "turned.jpg", image, exif=exif.tobytes(), quality=95)
    saved(tmp_path / "a" / "plain.png", image)
    saved(tmp_path / "a" / "same.bmp", image)
    saved(tmp_path / "a" / "deep.png", (np.arange(200, dtype=np.uint16) * 300).reshape(10, 20))
    deep, plain, same, turned = inspect(read_folder(tmp_path))
    assert (turned.width, turned.height, turned.turned, turned.camera) == (10, 20, True, "Maker Model 1")
    assert turned.metadata == ("EXIF Make", "EXIF Model")
    assert (plain.width, plain.height, plain.mean, plain.white, plain.black) == (20, 10, (127.5,) * 3, 0.5, 0.5)
    assert plain.digest == same.digest != turned.digest and (plain.format, same.format) == ("PNG", "BMP")
    assert not deep.fault and deep.thumbnail.max() > 150
    assert pixels(tmp_path / "a" / "turned.jpg").shape == (20, 10, 3)


def bomb(width: int, height: int) -> bytes:
    """The header of a PNG that promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"\0" * 20) + chunk(b"IEND", b"")


def test_each_fault_is_a_sentence_and_nothing_else_is_lost(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (64, 64, 3), np.uint8)).save(whole, "JPEG")
    faults = {
        "bomb.png": (bomb(50_000, 50_000), "pixels"),
        "cut.jpg": (whole.getvalue()[:-500], "truncated"),
        "empty.png": (b"", "empty"),
        "text.png": (b"no image at all", "no image of a known kind"),
        "vector.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image of a known kind"),
    }
    for name, (data, _) in faults.items():
        (tmp_path / name).write_bytes(data)
    saved(tmp_path / "whole.png")
    found = {one.name: one.fault for one in inspect(read_folder(tmp_path))}
    assert found.pop("whole.png") == ""
    for name, (_, said) in faults.items():
        assert any(part in found[name] for part in said.split("|")), (name, found[name])
        assert str(tmp_path) not in found[name]
    with pytest.raises(InputError, match=r"cut\.jpg"):
        pixels(tmp_path / "cut.jpg")


def test_as_many_threads_as_one_likes_find_the_same(folder: Path) -> None:
    read = read_folder(folder)
    one, many = (inspect(read, workers=workers) for workers in (1, 4))
    assert [p.digest for p in one] == [p.digest for p in many]
    heard: list[tuple[str, float, float | None]] = []
    inspect(read, lambda *said: heard.append(said))
    assert heard[-1] == ("measuring the images", 4, 4)
