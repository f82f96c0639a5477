"""A local server of five kernels, each of its own environment: resolved, made, started and asked over the websocket."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import check, environments, local, lock
from cutaway.kernels.local import Running
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Setup, parsed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.irkernel, pytest.mark.xdist_group("kernels")]


def ask(running: Running, path: str, **headers: str) -> tuple[int, str]:
    address = running.address.removesuffix("/lab") + path
    try:
        with urlopen(Request(address, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, ""


def token(running: Running) -> str:
    return running.token_file.read_text()


def notebook(path: Path, kernel: str, *cells: str) -> str:
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}},
        "cells": [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells],
    }
    path.write_text(json.dumps(content))
    return str(path)


def test_every_kernel_answers_and_notebooks_run_whole(
    made: tuple[Setup, Lock], running: Running, tmp_path: Path
) -> None:
    setup, locked = made
    shown = "import numpy, os\nassert numpy.__version__.startswith('2.2.'), numpy.__version__"
    told = "assert os.environ['GREETING'] == \"it's $HOME\", os.environ['GREETING']"
    secret = "assert not [name for name, value in os.environ.items() if 'TOKEN' in name or value == TOKEN]"
    good = notebook(tmp_path / "good.ipynb", "new", shown, told, secret.replace("TOKEN]", f"{token(running)!r}]"))
    bad = notebook(tmp_path / "bad.ipynb", "old", "import numpy", "print(numpy.__version__)\n1 / 0", "x = 1")
    notebooks = [check.read_notebook(path, setup) for path in (good, bad)]
    found = {one.name: one for one in check.checked(setup, locked, running, setup.kernels, notebooks, 120.0)}
    kernels = [kernel.name for kernel in setup.kernels]
    assert {name: (found[name].trouble, found[name].told) for name in kernels if found[name].trouble} == {}
    assert found[good].told == "3 cells ran in new"
    assert found[bad].told == "cell 2 failed in old: ZeroDivisionError: division by zero"
    assert found[bad].trouble == "cell"


def test_only_who_has_the_token_and_the_right_host_is_served(running: Running) -> None:
    allowed = {"Authorization": f"token {token(running)}"}
    assert ask(running, "/api/kernelspecs")[0] == 403
    assert ask(running, "/api/kernelspecs", Authorization="token wrong")[0] == 403
    status, text = ask(running, "/api/kernelspecs", **allowed)
    assert status == 200
    assert sorted(json.loads(text)["kernelspecs"])[:3] == ["deno", "new", "old"]
    assert "python3" not in json.loads(text)["kernelspecs"]
    assert ask(running, "/api/kernelspecs", Host="attacker.example", **allowed)[0] == 403


def test_the_token_is_only_in_its_file(running: Running) -> None:
    secret = token(running)
    assert secret == secret.strip()
    assert stat.S_IMODE(running.token_file.stat().st_mode) == 0o600
    assert secret not in running.log.read_text("utf-8", "replace")
    arguments = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(secret.encode() in one for one in arguments)
    root = running.token_file.parents[2]
    private = running.token_file.parent
    for path in [*root.glob("etc/**/*"), *root.glob("share/**/*"), *root.glob("bin/*"), *root.glob("state/*")]:
        assert not path.is_file() or secret not in path.read_text("utf-8"), path
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.chromium
def test_the_launcher_shows_every_kernel_and_a_clicked_cell_answers(
    made: tuple[Setup, Lock], running: Running, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(f"{running.address}?token={token(running)}")
    cards = page.locator('.jp-LauncherCard[data-category="Notebook"]')
    cards.first.wait_for()
    assert sorted(cards.locator(".jp-LauncherCard-label").all_inner_texts()) == sorted(
        kernel.display for kernel in made[0].kernels
    )
    cards.filter(has_text="NumPy of old").click()
    page.get_by_text("NumPy of old | Idle").wait_for()  # JupyterLab drops a cell that is run before the kernel is there
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.type("import numpy; print(numpy.__version__[:4] + '!' * 3)")
    page.get_by_title("Run this cell and advance (Shift+Enter)").first.click()
    page.locator(".jp-OutputArea-output", has_text="2.1.!!!").wait_for()
    assert page.locator(".Toastify__toast").count() == 0, "nobody is asked whether news may be fetched"
    page.close()


def test_a_second_start_makes_nothing_and_an_interrupted_build_goes_on(made: tuple[Setup, Lock]) -> None:
    setup, locked = made
    said: list[str] = []
    local.built(setup, locked, said.append)
    assert said == []
    (setup.folder / ".kernels/state/shell.json").unlink()  # as when the power failed while it was being made
    local.built(setup, locked, said.append)
    assert said == ["making shell"]


def test_each_failure_is_told_apart(made: tuple[Setup, Lock], running: Running) -> None:
    """The specifications are changed under a server, as a user's own hands might."""
    setup, locked = made
    share = setup.folder / ".kernels/share/jupyter/kernels"
    python = str(setup.folder / ".kernels/env/new/bin/python")
    missing = "import sys; sys.exit('ImportError: libGL.so.1: cannot open shared object file: No such file')"
    bare = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]  # of `new`, and not activated
    changes = {
        "shell": {"argv": [python, "-c", missing, "{connection_file}"]},
        "old": {"argv": bare},
        "new": {"argv": bare},
        "deno": {"interrupt_mode": "signal"},  # which ends it, since it is told by a message
    }
    before = {name: (share / name / "kernel.json").read_text() for name in changes}
    try:
        for name, changed in changes.items():
            (share / name / "kernel.json").write_text(json.dumps({**json.loads(before[name]), **changed}))
        chosen = check.chosen(setup, list(changes))
        found = {one.name: one.trouble for one in check.checked(setup, locked, running, chosen, (), 120.0)}
    finally:
        for name, text in before.items():
            (share / name / "kernel.json").write_text(text)
    assert found == {"shell": "library", "old": "interpreter", "new": "activation", "deno": "interrupt"}


def test_a_version_that_does_not_exist_is_told_by_the_resolver(tmp_path: Path) -> None:
    setup = parsed("[kernels.a]\npip = ['six==99.1']", folder=tmp_path)
    with pytest.raises(InputError, match=r"kernels\.a\.pip: because there is no version of six==99\.1"):
        lock.resolve(setup, Lock({"asked": "x"}, {}, {}))


def test_a_disk_that_fills_leaves_nothing_that_passes_for_whole(
    made: tuple[Setup, Lock], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setup, locked = made
    plan = local.plan_of(setup)
    one = plan.environments[0]

    def full(*arguments: object, **named: object) -> str:
        (tmp_path / "env" / "lib").mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(environments.tools, "called", full)
    with pytest.raises(InputError, match=r"kernels\.old: the disk is full"):
        environments.made(one, locked.of(one), tmp_path / "env", setup.folder, local.reach(setup))
    assert not (tmp_path / "env").exists()


def test_root_is_refused(made: tuple[Setup, Lock], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(InputError, match="add --allow-root"), local.serving(made[0], 0):
        raise AssertionError("it was served")


def test_the_sandbox_of_the_wrapper_names_a_missing_environment(made: tuple[Setup, Lock]) -> None:
    root = made[0].folder / ".kernels"
    done = subprocess.run(
        [root / "server/bin/python", "-IS", root / "bin/activated_exec.py", root / "env/none", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"env/none is not there", done.stderr)
