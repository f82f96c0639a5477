"""Good files, from which the hostile ones are made: small, and of every form that a reader knows."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet

ROWS = "".join(f"{i % 7},{i * 0.5},{'yes' if i % 3 else 'no'},2024-01-{1 + i % 28:02},\n" for i in range(60))
CSV = f"age,height,bought,day,empty\n{ROWS}".encode()


@cache
def table() -> pa.Table:
    """Columns of every kind that is read, with missing values."""
    numbers = list(range(40))
    return pa.table(
        {
            "whole": pa.array(numbers, pa.int32()),
            "part": pa.array([None if i % 9 == 0 else i / 4 for i in numbers]),
            "word": pa.array(["äb"[i % 2] * (i % 5) for i in numbers]).dictionary_encode(),
            "text": pa.array([None if i % 11 == 0 else f"w{i}" for i in numbers]),
            "day": pa.array(numbers, pa.date32()),
            "flag": pa.array([i % 2 == 0 for i in numbers]),
            "list": pa.array([[i] * (i % 3) for i in numbers]),
        }
    )


def written(kind: str) -> bytes:
    """The table as a file of that kind."""
    out = io.BytesIO()
    if kind.startswith("parquet"):
        pa.parquet.write_table(table(), out, compression="snappy" if kind == "parquet" else "none")
        return out.getvalue()
    options = pa.ipc.IpcWriteOptions(compression="lz4" if kind.endswith("lz4") else None)
    opened = pa.ipc.new_file if kind.startswith("file") else pa.ipc.new_stream
    with opened(out, table().schema, options=options) as writer:
        writer.write_table(table(), max_chunksize=16)
    return out.getvalue()


def csv() -> tuple[bytes, ...]:
    text = CSV.decode()
    return (
        CSV,
        text.replace(".", "!").replace(",", ";").replace("!", ",").encode(),
        text.replace(",", "\t").replace("\n", "\r\n").encode(),
        b'\xef\xbb\xbf"a, ""b""","c\nd"\n"1","2"\n,\n' + b'3,"4"\n' * 9,
        gzip.compress(CSV, mtime=0),
        pa.compress(CSV, "zstd", asbytes=True),
    )


def arrays() -> tuple[bytes, ...]:
    out = []
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, x=np.arange(12.0).reshape(3, 4), y=np.arange(3), mask=np.ones((3, 1), bool))
        out.append(file.getvalue())
    file = io.BytesIO()
    np.save(file, np.arange(6, dtype=">f4").reshape(2, 3, order="F"))
    return (*out, file.getvalue())


SPACE = b"""
[C]
low = 1e-3
high = 1e3
log = true
[kernel]
options = ["rbf", "linear", 3, true]
[gamma]
type = "float"
low = 1e-4
high = 10.0
when = {kernel = "rbf"}
[depth]
type = "int"
low = 1
high = 8
"""
PIPELINE = b"""
[[step]]
operation = "resize"
height = 8
width = 8
[[step]]
operation = "gaussian"
sigma = 2.0
[[step]]
operation = "rotate"
degrees = 12.5
"""
KERNELS = b"""
[server]
python = "3.11"
port = 8888
memory = "2GB"
cpus = 1.5
base = "debian:bookworm-slim"
[kernels.tf]
pip = ["tensorflow-cpu==2.21.*", "numpy>=2,<3; python_version > '3.9'"]
display = "TensorFlow"
[kernels.r]
conda = ["r-irkernel"]
channels = ["conda-forge"]
[kernels.js]
npm = ["tslab@1"]
apt = ["nodejs"]
"""
LOCK = json.dumps(
    {
        "format": 1,
        "server": {"asked": "a" * 64, "python": "3.11", "pip": ["jupyterlab==4.0.0 --hash=sha256:" + "0" * 64]},
        "tools": {"asked": "b" * 64, "pip": []},
        "kernels": {"tf": {"asked": "c" * 64, "python": "3.11", "pip": ["numpy==2.0.0"], "conda": [], "apt": {}}},
    },
    indent=1,
).encode()
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "source": ["# a"], "metadata": {}},
            {"cell_type": "code", "source": ["print(1)\n", "2"], "outputs": [], "metadata": {}},
        ],
        "metadata": {"kernelspec": {"name": "tf", "display_name": "TensorFlow"}},
        "nbformat": 4,
    }
).encode()
CONFIG = json.dumps({"model_type": "bert", "num_hidden_layers": 6, "hidden_size": 384, "vocab_size": 30522}).encode()
LABELS = b"path,label,split\na.png,cat,train\nb.png,dog,test\nsub/c.png,cat,train\n"

WORDS = ("the", "cafés", "naïve", "x")
MATRIX = np.array([[0.5, -1.0, 2.0], [0.25, 0.0, 1.5], [1e-3, 3.0, -4.0], [7.0, 8.0, 9.0]], np.float32)


def vectors() -> tuple[bytes, ...]:
    lines = "".join(f"{word} {' '.join(map(str, row.tolist()))}\n" for word, row in zip(WORDS, MATRIX, strict=True))
    rows = b"".join(word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(WORDS, MATRIX, strict=True))
    return lines.encode(), b"4 3\n" + lines.encode(), b"4 3\n" + rows, fasttext()


def fasttext() -> bytes:
    """A fastText model of these words, without pieces of words."""
    from cutaway.science.embed.fasttext import MAGIC

    settings = struct.pack("<12id", 3, 5, 5, 5, 5, 1, 2, 1, 0, 3, 6, 100, 1e-4)
    counts = struct.pack("<iiiqq", len(WORDS), len(WORDS), 0, 100, -1)
    words = b"".join(word.encode() + b"\0" + struct.pack("<qb", 5, 0) for word in WORDS)
    head = MAGIC + struct.pack("<i", 12) + settings + counts + words
    side = struct.pack("<?qq", False, *MATRIX.shape) + MATRIX.tobytes()
    return head + side + side


def images() -> tuple[bytes, ...]:
    from PIL import Image

    rng = np.random.default_rng(0)
    colours = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8))
    out = []
    for kind, mode in (
        *(("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "CMYK")),
        *(("GIF", "P"), ("BMP", "RGB"), ("TIFF", "RGB"), ("TIFF", "F"), ("WEBP", "RGBA"), ("PPM", "L")),
    ):
        file = io.BytesIO()
        colours.convert("L" if mode in ("I;16", "F") else "RGB").convert(mode).save(file, kind)
        out.append(file.getvalue())
    return tuple(out)


def albums() -> tuple[bytes, ...]:
    """Archives of images, one of them with a damaged one."""
    out = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", packing) as archive:
            for number, image in enumerate(images()[:4]):
                archive.writestr(zipfile.ZipInfo(f"cats/{number}.png"), image)
            archive.writestr(zipfile.ZipInfo("dogs/bad.png"), b"\x89PNG\r\n\x1a\n")
        out.append(file.getvalue())
    return tuple(out)
