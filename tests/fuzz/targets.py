"""What is attacked: each target takes bytes to where a stranger's file arrives, and judges how that ended.

A target ends well when the bytes are taken, or refused with a `CutawayError` (at the command line: one line, status 2;
at the lab: a sentence with a status of 4xx), and nothing lies in the folder or the lab that was not there before.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cutaway.core.errors import CutawayError
from tests.fuzz import seeds

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

LONGEST_MESSAGE = 4000
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where the files of a case lie: in memory, where the system has such a place."""
Attempt = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Target:
    """`attempt` takes the bytes and an empty folder; `seeds` makes good files; `cases` is its share of a hundred."""

    attempt: Attempt
    seeds: Callable[[], tuple[bytes, ...]]
    cases: int = 100
    isolated: bool = True

    def judge(self, data: bytes) -> None:
        """Try these bytes.

        Raises: whatever is no refusal, and AssertionError for a refusal that says nothing or leaves something.
        """
        if not self.isolated:
            self.attempt(data, Path())
            return
        folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=MEMORY))
        try:
            self.attempt(data, folder)
        except CutawayError as error:
            said = str(error)
            assert len(said) > 10, said
            left = {path.name for path in folder.rglob("*") if path.is_file()}
            assert left <= GIVEN, f"left behind: {sorted(left - GIVEN)}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


GIVEN = {f"given{suffix}" for suffix in (".csv", ".csv.gz", ".csv.zst", ".parquet", ".arrow", ".npz", ".toml")} | {
    *("given.lock", "given.ipynb", "given.zip", "given.bin", "given.png", "config.json", "model.safetensors"),
    *("tokenizer.json", "a.png", "b.png"),
}


def at(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# -- tables ------------------------------------------------------------------------------------------------------------


def opened(path: Path) -> None:
    """Read the whole table, twice: once from what is kept and once from the file."""
    from cutaway.engines.readers import open_table

    for keep in (1 << 20, 0):
        for batch in open_table(path, keep_bytes=keep).batches():
            assert batch.rows >= 0


def csv(data: bytes, folder: Path) -> None:
    suffix = {b"\x1f\x8b": ".csv.gz", b"\x28\xb5": ".csv.zst"}.get(data[:2], ".csv")
    opened(at(folder, f"given{suffix}", data))


def parquet(data: bytes, folder: Path) -> None:
    opened(at(folder, "given.parquet", data))


def arrow(data: bytes, folder: Path) -> None:
    opened(at(folder, "given.arrow", data))


def audited(data: bytes, folder: Path) -> None:
    """`cutaway audit`, to a report in a file."""
    at(folder, "given.csv", data)
    command(folder, "audit", "given.csv", "--target", "bought", "--out", "report.json")


def command(folder: Path, *words: str) -> None:
    """Run it there; 0 writes its file, 2 says one line and writes nothing."""
    from cutaway.cli import main

    out, err = io.StringIO(), io.StringIO()
    before = {path.name for path in folder.iterdir()}
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        status = main(list(words))
    said = err.getvalue()
    assert status in (0, 1, 2), said
    assert "Traceback" not in said, said
    if status == 2:
        assert (
            len(said) < LONGEST_MESSAGE
            and out.getvalue() == ""
            and said.count("\n") == 1
            and said.startswith("cutaway ")
        ), said
        assert {path.name for path in folder.iterdir()} == before


# -- arrays ------------------------------------------------------------------------------------------------------------


def batch(data: bytes, folder: Path) -> None:
    from cutaway.cli.network import read_batch

    read_batch(str(at(folder, "given.npz", data)))


@cache
def snapshots() -> tuple[bytes, ...]:
    import numpy as np

    from cutaway.engines.snapshots import save_snapshot
    from cutaway.science.nets import Snapshot

    tree = {"layers": ({"kernel": np.ones((2, 3)), "bias": np.zeros(3)},), "step": 3, "rate": float("inf")}

    class Shaped(Snapshot):
        def tree(self) -> dict[str, object]:
            return tree

    with tempfile.TemporaryDirectory() as folder:
        save_snapshot(object.__new__(Shaped), Path(folder) / "a.npz")
        return ((Path(folder) / "a.npz").read_bytes(), *seeds.arrays())


def snapshot(data: bytes, folder: Path) -> None:
    from cutaway.engines.snapshots import load_snapshot

    load_snapshot(at(folder, "given.npz", data))


# -- settings ----------------------------------------------------------------------------------------------------------


def space(data: bytes, folder: Path) -> None:
    from cutaway.tuning.reading import read_space

    read_space(at(folder, "given.toml", data))


def pipeline(data: bytes, folder: Path) -> None:
    """A pipeline that is taken also writes itself, and prints its code."""
    from cutaway.engines.images import read_pipeline

    found = read_pipeline(at(folder, "given.toml", data))
    assert found == found.of_toml(found.to_toml())
    found.code("opencv")


def kernels(data: bytes, folder: Path) -> None:
    from cutaway.kernels.model import read

    read(at(folder, "given.toml", data))


def lock(data: bytes, folder: Path) -> None:
    from cutaway.kernels import lock
    from cutaway.kernels.model import parsed

    place = at(folder, lock.LOCK.replace("kernels", "given"), data)
    lock.read(place).text()
    place.rename(folder / lock.LOCK)
    try:
        lock.current(parsed(seeds.KERNELS.decode(), folder=folder))
    finally:
        (folder / lock.LOCK).rename(place)


def notebook(data: bytes, folder: Path) -> None:
    from cutaway.kernels.check import read_notebook
    from cutaway.kernels.model import parsed

    read_notebook(str(at(folder, "given.ipynb", data)), parsed(seeds.KERNELS.decode()))


def model(data: bytes, folder: Path) -> None:
    from cutaway.science.embed.folders import checked_folder

    at(folder, "config.json", data)
    at(folder, "model.safetensors", b"")
    at(folder, "tokenizer.json", b"{}")
    checked_folder(folder)


# -- images and vectors ------------------------------------------------------------------------------------------------


def image(data: bytes, folder: Path) -> None:
    from cutaway.engines.images import open_image

    open_image(at(folder, "given.png", data), most_pixels=1 << 20)


def archive(data: bytes, folder: Path) -> None:
    from cutaway.engines.readers.album import album

    with album(at(folder, "given.zip", data)) as found:
        for name in found.names:
            try:
                found.read(name)
            except CutawayError as error:
                assert len(str(error)) > 10  # one image is left out, and the others are read


def labels(data: bytes, folder: Path) -> None:
    from cutaway.engines.readers.pictures import read_folder

    for name in ("a.png", "b.png"):
        at(folder, name, b"")
    read_folder(folder, at(folder, "given.csv", data))


def vectors(data: bytes, folder: Path) -> None:
    from cutaway import embed

    at(folder, "given.bin", data)
    found = embed.read_vectors(folder / "given.bin", cache=folder / "cache")
    found.vector(found.words[0])


# -- the lab -----------------------------------------------------------------------------------------------------------

_lab: list[Lab] = []


@contextmanager
def lab() -> Iterator[None]:
    """A lab for the targets that need one."""
    from tests.lab.conftest import running

    with tempfile.TemporaryDirectory() as folder, running(Path(folder), upload_limit=1 << 20) as started:
        _lab.append(started)
        try:
            yield
        finally:
            _lab.clear()


def answered(path: str, **asked: object) -> tuple[int, bytes]:
    """Ask the lab; what it refuses is a sentence."""
    status, _, body = _lab[0].ask(path, **asked)  # type: ignore[arg-type]
    assert 200 <= status < 500, (status, body[:500])
    if status >= 400:
        told = json.loads(body)
        assert list(told) == ["error"] and 10 < len(told["error"]) < LONGEST_MESSAGE, told
        assert "Traceback" not in told["error"] and "bug" not in told["error"], told
        assert str(_lab[0].folder) not in told["error"], told
    return status, body


def upload(data: bytes, _: Path) -> None:
    """Bring the bytes as a table of the kind that they begin with; what was refused is not listed."""
    suffix = {b"PAR1": "parquet", b"ARRO": "arrow", b"\xff\xff\xff\xff": "arrows", b"\x1f\x8b\x08\x00": "csv.gz"}
    name = f"given.{suffix.get(data[:4], 'csv')}"
    status, body = answered("/api/data", method="POST", body=data, name=name)
    before = _lab[0].json("/api/data")["data"]
    if status == 201:
        number = json.loads(body)["id"]
        assert number in [one["id"] for one in before]
        answered("/api/studies/dots", data=number, y="bought", score="height")
        answered(f"/api/data/{number}", method="DELETE")
    else:
        assert before == []
    assert [path for path in _lab[0].folder.rglob("*") if path.is_file()] == []


QUERIES = (
    b"frequency=1.5&steps=3&pause=0&seed=1",
    b"y=a&score=b&data=nothing&log_odds=true",
    b"parts=1&stored=1&columns=a&columns=b&target=y",
)


def query(data: bytes, _: Path) -> None:
    """Whatever may stand behind the question mark of an address."""
    asked = quote(data, safe="&=")[:7000]
    for study in ("waves", "dots"):
        answered(f"/api/studies/{study}?{asked}")


TABLES = ("parquet", "file", "stream", "file lz4")
TARGETS = {
    "csv": Target(csv, seeds.csv),
    "parquet": Target(parquet, lambda: (seeds.written("parquet"), seeds.written("parquet plain"))),
    "arrow": Target(arrow, lambda: tuple(seeds.written(kind) for kind in TABLES[1:])),
    "audit": Target(audited, lambda: seeds.csv()[:1], cases=10),
    "batch": Target(batch, seeds.arrays),
    "snapshot": Target(snapshot, snapshots),
    "space": Target(space, lambda: (seeds.SPACE,)),
    "pipeline": Target(pipeline, lambda: (seeds.PIPELINE,)),
    "kernels": Target(kernels, lambda: (seeds.KERNELS,)),
    "lock": Target(lock, lambda: (seeds.LOCK,)),
    "notebook": Target(notebook, lambda: (seeds.NOTEBOOK,)),
    "model": Target(model, lambda: (seeds.CONFIG,)),
    "image": Target(image, seeds.images),
    "archive": Target(archive, seeds.albums),
    "labels": Target(labels, lambda: (seeds.LABELS,)),
    "vectors": Target(vectors, seeds.vectors),
    "upload": Target(upload, lambda: (*seeds.csv()[:5], *map(seeds.written, TABLES)), isolated=False),
    "query": Target(query, lambda: QUERIES, isolated=False),
}
"""Name -> target; those that are not isolated need `lab()` around them."""
os.environ.setdefault("COLUMNS", "80")
