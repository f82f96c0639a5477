"""The wheel, as a user gets it: built, installed where nothing else is, and opened."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CARRIED = (
    "cutaway/data/nasscds.parquet",
    "cutaway/report/bundle/page.js",
    "cutaway/lab/bundle/lab.js",
    "cutaway/lab/bundle/notebook.js",
    "cutaway/studies/stored/counts.json",
)


def ran(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, folder=folder)
    (built,) = folder.glob("cutaway-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it asks for."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place / "env", with_pip=True)
    ran(place / "env/bin/python", "-m", "pip", "install", "--quiet", wheel, folder=place)
    return place / "env" / "bin"


@pytest.mark.slow
def test_it_carries_what_is_read_at_run_time_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert set(CARRIED) <= set(names)
    assert [name for name in names if name.startswith(("tests/", "web/")) or "node_modules" in name] == []


@pytest.mark.slow
def test_it_brings_no_framework(environment: Path, tmp_path: Path) -> None:
    listed = json.loads(ran(environment / "python", "-m", "pip", "list", "--format", "json", folder=tmp_path).stdout)
    assert {"torch", "tensorflow", "keras", "jax", "scikit-learn"} & {each["name"] for each in listed} == set()


@pytest.mark.slow
def test_a_study_becomes_a_page(environment: Path, tmp_path: Path) -> None:
    ran(environment / "cutaway", "study", "counts", "--html", "counts.html", folder=tmp_path)
    page = (tmp_path / "counts.html").read_text(encoding="utf-8")
    assert '"kind":"study"' in page.replace(" ", "") and "<script" in page


@pytest.mark.slow
def test_the_lab_opens(environment: Path, tmp_path: Path) -> None:
    lab = subprocess.Popen(
        [str(environment / "cutaway"), "lab", "--no-browser"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert lab.stdout is not None
        address = next(word for word in lab.stdout.readline().split() if word.startswith("http://127.0.0.1"))
        until = time.monotonic() + 30
        while True:
            try:
                page = urllib.request.urlopen(address, timeout=5).read().decode()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert "lab.js" in page
    finally:
        lab.terminate()
        lab.wait(10)
