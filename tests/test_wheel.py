"""The wheel, as a user gets it: built, installed where nothing else is, and opened."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tools import release, release_check

EPOCH = "1700000000"
ROOT = Path(__file__).parents[1]
CARRIED = (
    "cutaway/data/nasscds.parquet",
    "cutaway/data/nasscds.md",
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    return release.build(ROOT, folder / "built", "wheel", EPOCH)


@pytest.fixture(scope="module")
def brought(wheel: Path, folder: Path) -> Path:
    """The folder of all wheels that pip would download, cutaway's too."""
    ran(sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder / "brought", wheel, folder=folder)
    return folder / "brought"


@pytest.fixture(scope="module")
def environment(brought: Path, folder: Path) -> Path:
    """The folder of programs of an environment that holds the wheel and what it asks for."""
    python = folder / "env" / "bin" / "python"
    release.said(release.uv(), "venv", "--quiet", "--python", sys.executable, str(python.parents[1]), folder=folder)
    told = ("--quiet", "--no-index", "--find-links", str(brought), "--prerelease", "allow", "--python", str(python))
    release.said(release.uv(), "pip", "install", *told, "cutaway", folder=folder)
    return folder / "env" / "bin"


@pytest.mark.slow
def test_it_carries_what_is_read_at_run_time_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert set(CARRIED) <= set(names)
    assert [name for name in names if name.startswith(("tests/", "web/")) or "node_modules" in name] == []


@pytest.mark.slow
def test_it_is_the_same_to_the_byte_when_built_from_the_sources(wheel: Path, folder: Path) -> None:
    sources = release.build(ROOT, folder / "sources", "sdist", EPOCH)
    again = release.build(sources, folder / "again", "wheel", EPOCH)
    assert release.digest(again) == release.digest(wheel)
    with tarfile.open(sources) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"src/cutaway/__init__.py", "tests/test_wheel.py", "DATA-LICENSES.md", "CITATION.cff"} <= names
    assert [name for name in names if "node_modules" in name or "__pycache__" in name] == []


@pytest.mark.slow
def test_all_that_it_brings_is_under_250_mb(brought: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in brought.iterdir()}
    assert len(sizes) > 10
    assert sum(sizes.values()) < release_check.MOST_DOWNLOADED, sorted(sizes.items(), key=lambda one: -one[1])[:6]


@pytest.mark.slow
def test_the_doctor_says_what_to_install(environment: Path, tmp_path: Path) -> None:
    told = json.loads(
        ran(environment / "python", "-m", "cutaway", "doctor", "--format", "json", folder=tmp_path).stdout
    )
    assert all(one["fits"] for one in told["base"])
    assert len(told["extras"]) > 10
    assert [one["name"] for one in told["extras"] if one["works"]] == []
    assert [one for one in told["extras"] if one["remedy"] != f"pip install 'cutaway[{one['name']}]'"] == []


@pytest.mark.slow
def test_it_brings_no_framework(environment: Path, tmp_path: Path) -> None:
    python = str(environment / "python")
    listed = json.loads(
        release.said(release.uv(), "pip", "list", "--format", "json", "--python", python, folder=tmp_path)
    )
    assert "numpy" in {each["name"] for each in listed}
    assert release_check.FRAMEWORKS & {each["name"] for each in listed} == set()


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
