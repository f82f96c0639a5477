"""`cutaway kernels` at the command line: what it writes, and the one sentence for each bad input."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cutaway.cli import main
from cutaway.kernels import apt, local, lock
from tests.kernels import samples


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a setup and a lock that holds for it."""
    (tmp_path / "kernels.toml").write_text(samples.TEXT)
    setup = samples.setup(tmp_path)
    lock.place(setup).write_text(samples.lock(setup).text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence with which the command refuses."""
    assert main(["kernels", *arguments]) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert len(said.splitlines()) == 1, said
    assert "bug in cutaway" not in said
    return said


def test_the_actions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernels"]) == 0
    text = capsys.readouterr().out
    for action in ("init", "lock", "up", "check", "docker", "image"):
        assert f"\n  {action}" in text
        assert main(["kernels", action, "--help"]) == 0
        assert "Exit status: 0 done" in " ".join(capsys.readouterr().out.split())


def test_init_writes_an_example_and_leaves_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["kernels", "init"]) == 0
    before = (tmp_path / "kernels.toml").read_text()
    assert "[kernels.pytorch]" in before
    capsys.readouterr()
    assert "is there already" in refused(capsys, "init")
    assert (tmp_path / "kernels.toml").read_text() == before


def test_docker_from_the_lock(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernels", "docker", "--locked", "--out", "c"]) == 0
    assert capsys.readouterr().out == "docker compose --project-directory c up --build --detach\n"
    assert {one.name for one in (folder / "c").iterdir()} >= {"Dockerfile", "compose.yaml", ".dockerignore"}


BAD = {
    "action": (["chek"], "no action 'chek'; did you mean 'check'?"),
    "option": (["lock", "--upgrad"], "--upgrade"),
    "no file": (["lock", "--file", "nowhere.toml"], "cutaway kernels init writes one"),
    "no kernel": (["check", "tff", "--allow-root"], "no kernel is named 'tff'; did you mean tf?"),
    "no notebook": (["check", "x.ipynb", "--allow-root"], "x.ipynb: cannot be read"),
    "no place": (["image", "--locked", "--out", "."], "expected a new folder or an earlier image"),
    "no base": (["image", "--locked", "--out", "i", "--base", "nowhere"], "expected an OCI layout"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, *arguments)


def test_a_setup_that_changed_is_refused_where_only_the_lock_may_be_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "kernels.toml").write_text(samples.TEXT.replace("gdal", "proj"))
    before = (folder / "kernels.lock").read_bytes()
    assert "[kernels.geo] has been changed" in refused(capsys, "docker", "--locked")
    assert (folder / "kernels.lock").read_bytes() == before
    assert not (folder / "container").exists()


def test_a_notebook_for_another_kernel(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.ipynb").write_text('{"cells": [], "metadata": {"kernelspec": {"name": "python3"}}}')
    assert "is for the kernel 'python3', which the setup has not" in refused(capsys, "check", "n.ipynb", "--allow-root")
    (folder / "n.ipynb").write_text("[1]")
    assert "expected a Jupyter notebook" in refused(capsys, "check", "n.ipynb", "--allow-root")


@pytest.mark.usefixtures("folder")
def test_a_port_in_use_is_told_before_anything_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind((local.LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(capsys, "up", "--locked", "--allow-root", "--port", str(port))
    assert f"port {port}: expected a free port" in said
    assert not Path(".kernels/server").exists()


@pytest.mark.usefixtures("folder")
def test_root_is_never_allowed_silently(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for action in ("up", "check"):
        assert "add --allow-root" in refused(capsys, action, "--locked")


@pytest.mark.usefixtures("folder")
def test_packages_of_the_system_that_are_absent_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apt, "absent", lambda asked: [one for one in asked if "irkernel" in one])
    said = refused(capsys, "up", "--locked", "--allow-root", "--port", "0")
    assert "kernels.r.apt: this machine lacks r-cran-irkernel; install with `apt-get install r-cran-irkernel`" in said
