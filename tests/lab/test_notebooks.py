"""The notebooks of this repository: each runs from its first cell to its last, and one is used in a real JupyterLab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient
from playwright.sync_api import Browser, expect

from tests.lab.browsing import Visit
from tests.lab.conftest import PATIENCE, ROOT, wait_for

FOLDER = ROOT / "notebooks"
JUPYTER = sorted(FOLDER.glob("*.ipynb"))
MARIMO = sorted(FOLDER.glob("*.py"))
OPENED = FOLDER / "5-heavy-tails.ipynb"
LONG = PATIENCE * 1000  # ms
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

pytestmark = pytest.mark.slow


def environment(**more: str) -> dict[str, str]:
    """Of a process that finds what this one finds."""
    path = os.pathsep.join(each for each in sys.path if each)
    return {
        **{name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"},
        "PYTHONPATH": path,
        **more,
    }


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelManager]:
    """One for all notebooks: what takes long is importing the frameworks."""
    manager = KernelManager()
    manager.start_kernel(env=environment(**QUIET), cwd=str(tmp_path_factory.mktemp("kernel")))
    yield manager
    manager.shutdown_kernel(now=True)


def test_there_are_five() -> None:
    assert [path.stem[:2] for path in sorted([*JUPYTER, *MARIMO])] == ["1-", "2-", "3-", "4-", "5-"]


@pytest.mark.parametrize("path", JUPYTER, ids=lambda path: path.stem)
def test_a_jupyter_notebook_runs(path: Path, kernel: KernelManager) -> None:
    """Its own assertions are what it states in words."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    client = NotebookClient(notebook, km=kernel, timeout=PATIENCE * 2)
    client.execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "data" in out]
    assert any("application/vnd.jupyter.widget-view+json" in out["data"] for out in shown), "a study is seen"
    assert not any(out["output_type"] == "error" for cell in notebook.cells for out in cell.get("outputs", ()))


@pytest.mark.parametrize("path", MARIMO, ids=lambda path: path.stem)
def test_a_marimo_notebook_runs(path: Path) -> None:
    """Every cell, in the order that its names say; an error ends it."""
    spec = util.spec_from_file_location(f"notebook_{path.stem[:1]}", path)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outputs, _ = module.app.run()
    assert {type(each).__name__ for each in outputs} & {"StudyWidget", "AuditPage"}, "a study or a report is seen"


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with a copy of the notebook."""
    place = tmp_path_factory.mktemp("jupyterlab")
    (place / "books").mkdir()
    shutil.copy(OPENED, place / "books")
    folders = {f"JUPYTER_{kind}_DIR": str(place / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    options = {
        "ServerApp.port": "0",
        "ServerApp.open_browser": "False",
        "ServerApp.root_dir": str(place / "books"),
        "ServerApp.allow_root": "True",
        "IdentityProvider.token": "here",
        "LabApp.expose_app_in_browser": "True",
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
        env=environment(**folders, **QUIET),
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=(place / "log").open("w"),
    )
    try:

        def told() -> list[Path]:
            assert server.poll() is None, (place / "log").read_text()[-2000:]
            return list((place / "runtime").glob("jpserver-*.json"))

        wait_for(told)
        wait_for(lambda: told()[0].read_text().endswith("}"))
        yield str(json.loads(told()[0].read_text())["url"])
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.mark.chromium
def test_a_study_is_moved_in_jupyterlab(jupyterlab: str, browser: Browser) -> None:
    visit = Visit(browser, f"{jupyterlab}lab/tree/{OPENED.name}?token=here&reset")
    page = visit.page
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel")
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    slider = page.get_by_label("Paths beside it")
    expect(page.locator(".jp-OutputArea svg").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Stored result.").first).to_be_visible(timeout=LONG)
    slider.fill("160")
    expect(page.get_by_text("Computed now.").first).to_be_visible(timeout=LONG)  # by the kernel
    cell = page.locator(".jp-CodeCell").last
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-OutputArea-output").last).to_contain_text("Outcome(study='cauchy'", timeout=LONG)
    assert visit.outside == []
