"""Fashion-MNIST: the subset is part of the whole, and a damaged file says what is wrong with it."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import cutaway
from cutaway.core.errors import InputError
from cutaway.studies.run.fashion import CLASSES, SYSTEM, VARIABLE, fashion, kept, whole

KEPT = Path(cutaway.__file__).parent / "data" / "fashion_mnist.parquet"


def test_the_subset_has_as_many_of_each_class() -> None:
    data = kept()
    assert data.train.images.shape == (8000, 28, 28) and data.test.images.shape == (2000, 28, 28)
    assert np.bincount(data.train.y).tolist() == [800] * 10
    assert np.bincount(data.test.y).tolist() == [200] * 10
    assert data.train.x.dtype == np.float32
    assert (data.train.x.min(), data.train.x.max()) == (0, 1)
    assert not data.complete
    assert "10,000 of its 70,000" in data.source


def test_the_subset_is_small_enough_for_a_wheel() -> None:
    assert KEPT.stat().st_size < 4_500_000


def test_two_classes_are_labelled_in_the_order_given() -> None:
    part = kept().test.of((CLASSES.index("coat"), CLASSES.index("pullover")))
    assert np.bincount(part.y).tolist() == [200, 200]
    original = kept().test
    coats = original.images[original.y == 4]
    assert np.array_equal(part.images[part.y == 0], coats)
    assert len(part.first(7)) == 7
    with pytest.raises(InputError, match="classes: of expected different numbers from 0 to 9"):
        original.of((3, 3))


@pytest.mark.fashion
def test_the_whole_has_all_images_and_the_subset_is_in_it_each_on_its_side() -> None:
    data = fashion(SYSTEM)
    assert data.complete and "all 70,000" in data.source
    assert np.bincount(data.train.y).tolist() == [6000] * 10
    assert np.bincount(data.test.y).tolist() == [1000] * 10
    table = pq.read_table(KEPT)
    part, row = np.asarray(table["part"].to_pylist()), table["row"].to_numpy()
    for name in ("train", "test"):
        there, here = getattr(data, name), getattr(kept(), name)
        rows = row[part == name]
        assert np.array_equal(there.images[rows], here.images)
        assert np.array_equal(there.y[rows], here.y)
        assert np.all(np.diff(rows.astype(int)) > 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four files as the authors' are, of a few images."""
    for name, n in (("train", 6), ("t10k", 4)):
        images = np.arange(n * 784, dtype=np.uint32).astype(np.uint8)
        for kind, head, body in (
            ("images-idx3", (0x803, n, 28, 28), images),
            ("labels-idx1", (0x801, n), np.arange(n, dtype=np.uint8)),
        ):
            content = np.array(head, ">u4").tobytes() + body.tobytes()
            (tmp_path / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
    return tmp_path


def test_a_folder_can_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = fashion(folder)
    assert (len(data.train), len(data.test)) == (6, 4)
    assert data.train.images[1, 0, 0] == 784 % 256
    monkeypatch.setenv(VARIABLE, str(folder))
    assert fashion() is data
    monkeypatch.setenv(VARIABLE, "kept")
    assert fashion() is kept()


def test_a_bad_file_is_told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    def copy() -> Path:
        return Path(shutil.copytree(folder, tmp_path_factory.mktemp("bad") / "files"))

    lacking = copy()
    (lacking / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match=r"t10k-labels-idx1-ubyte\.gz: expected one of the four files"):
        whole(lacking)
    cut = copy()
    path = cut / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="expected a gzipped idx file"):
        whole(cut)
    short = copy()
    path = short / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    with pytest.raises(InputError, match=r"expected unsigned bytes of shape \(n, 28, 28\)"):
        whole(short)
    swapped = copy()
    shutil.copy(swapped / "train-labels-idx1-ubyte.gz", swapped / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(InputError, match="expected a label from 0 to 9 for each image, got 4 and 6"):
        whole(swapped)
