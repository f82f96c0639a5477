"""The plug-in of examples/plugin as a user has it: built, installed apart from cutaway, tested, asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Ran = Callable[..., str]

pytestmark = pytest.mark.slow


def python(*words: str | Path, folder: Path, more: str = "") -> str:
    """What Python says on standard output; `more` is a folder of packages beside those of this process."""
    path = os.pathsep.join([*([more] if more else []), *(each for each in sys.path if each)])
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder, in which nothing of this repository is near; `site` in it holds the installed wheel."""
    place = tmp_path_factory.mktemp("plugin")
    shutil.copytree(ROOT / "examples" / "plugin", place / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    python(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", place, place / "copy", folder=place)
    (wheel,) = place.glob("*.whl")
    assert "cutaway_example/stored/peeking.json" in zipfile.ZipFile(wheel).namelist()
    python(*pip, "install", "--no-deps", "--no-index", "--target", place / "copy" / "site", wheel, folder=place)
    shutil.rmtree(place / "copy" / "src")
    return place / "copy"


@pytest.fixture(scope="module")
def ran(plugin: Path) -> Ran:
    """Python in the folder of the plug-in, which is installed."""
    return lambda *words: python(*words, folder=plugin, more=str(plugin / "site"))


def test_its_own_tests_pass(ran: Ran) -> None:
    told = ran("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert " passed" in told and "failed" not in told and "skipped" not in told


def test_the_commands_show_it(ran: Ran, plugin: Path) -> None:
    page = ran("-m", "cutaway", "checks", "SURVEY001")
    assert page.startswith("SURVEY001 heaped digits\n") and "From the plug-in cutaway-example 1.0." in page
    compared = ran("-m", "cutaway", "compare", "quantiles")
    assert "From the plug-in cutaway-example 1.0." in compared and compared.count("exact") == 2
    ran("-m", "cutaway", "study", "peeking", "--experiments", "500", "--html", "page.html")
    assert "From the plug-in cutaway-example 1.0." in (plugin / "page.html").read_text("utf-8")


def test_an_audit_asks_it(ran: Ran, plugin: Path) -> None:
    rows = "".join(f"{5 * (i % 14) + 20},{i % 2},{i % 7}\n" for i in range(400))
    (plugin / "ages.csv").write_text("age,y,visits\n" + rows)
    told = ran("-m", "cutaway", "audit", "ages.csv", "--target", "y", "--select", "SURVEY001")
    assert "SURVEY001" in told and "age is heaped" in told
