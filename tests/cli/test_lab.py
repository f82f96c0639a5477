"""`cutaway lab` as a process: its one line, its ports, its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli import snapshot
from tests.cli.conftest import Command

COMMAND = [sys.executable, "-m", "cutaway", "lab"]
PATIENCE = 60  # seconds; a busy machine is no failure


@contextmanager
def started(*arguments: object, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the first line that it prints."""
    source = Path(__file__).parents[2] / "src"
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(source)},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def address(line: str) -> str:
    found = re.fullmatch(r"The lab is at (http://\S+) \(Ctrl-C ends it\)\n", line)
    assert found, line
    return found[1]


def descendants(pid: int) -> set[int]:
    """The processes below that of the number."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, before = {pid}, 0
    while len(found) > before:
        before = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_workers(pid: int) -> set[int]:
    until = time.monotonic() + PATIENCE
    while not (found := descendants(pid)):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("sign", "status", "said"),
    [(signal.SIGINT, 130, "cutaway lab: interrupted\n"), (signal.SIGTERM, -signal.SIGTERM, ""), (signal.SIGHUP, 0, "")],
)
def test_it_serves_and_ends_with_nothing_left(sign: signal.Signals, status: int, said: str, tmp_path: Path) -> None:
    with started("--port", 0, "--no-browser", folder=tmp_path) as (process, line):
        where = address(line)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", where)
        assert b"<!doctype html>" in urlopen(where, timeout=PATIENCE).read()
        with urlopen(f"{where}api/studies/scaling/stream?stored=0", timeout=PATIENCE) as stream:
            assert b'"job"' in stream.readline()
            workers = wait_for_workers(process.pid)
            process.send_signal(sign)
            out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (status, "", said)
    assert [pid for pid in workers if alive(pid)] == []
    assert list(tmp_path.iterdir()) == []


def test_workers_do_not_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    with started("--port", 0, "--no-browser", folder=tmp_path) as (process, line):
        assert urlopen(address(line), timeout=PATIENCE).status == 200
        workers = wait_for_workers(process.pid)
        process.kill()
        process.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while any(map(alive, workers)):
        assert time.monotonic() < until, "a worker is an orphan"
        time.sleep(0.05)


def test_a_taken_port_that_was_asked_for_is_an_error(cutaway: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = cutaway("lab", "--no-browser", "--port", port)
    assert (ended.status, ended.out) == (2, "")
    said = f"cutaway lab: --port {port}: is taken, or not allowed; choose another, or leave --port out\n"
    assert ended.err == said


def test_a_taken_port_that_nobody_asked_for_gives_way(tmp_path: Path) -> None:
    with started("--no-browser", folder=tmp_path) as (_, line):
        one = address(line)
        with started("--no-browser", folder=tmp_path) as (second, line):
            two = address(line)
            assert one != two
            assert urlopen(two, timeout=PATIENCE).status == 200
            second.send_signal(signal.SIGINT)
            _, err = second.communicate(timeout=PATIENCE)
    port = two.rstrip("/").rpartition(":")[2]
    assert err == f"cutaway lab: port 8484 is taken, so it is {port}\ncutaway lab: interrupted\n"


def test_beyond_this_machine_the_address_has_a_token(tmp_path: Path) -> None:
    with started("--port", 0, "--no-browser", "--host", "0.0.0.0", folder=tmp_path) as (process, line):
        assert re.fullmatch(r"http://[^/]+:\d+/\?token=[\w-]{32}", address(line))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert "the connection is not encrypted" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host", "no such host"],
        ["--host", "203.0.113.7", "--port", "0"],
        ["--port", "70000"],
        ["--port", "x"],
        ["--upload-limit", "0"],
        ["extra"],
    ],
)
def test_bad_arguments(arguments: list[str], cutaway: Command) -> None:
    ended = cutaway("lab", "--no-browser", *arguments)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert snapshot.matches("lab.txt", " ".join(arguments), ended.err)


def test_the_browser_is_opened_at_the_address(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_text('#!/bin/sh\necho "$1" > opened\n')
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER", f"{program} %s")
        with started("--port", 0, folder=tmp_path) as (_, line):
            until = time.monotonic() + PATIENCE
            while not (tmp_path / "opened").exists() or not (tmp_path / "opened").read_text():
                assert time.monotonic() < until
                time.sleep(0.05)
            assert (tmp_path / "opened").read_text().strip() == address(line)


@pytest.mark.timing
def test_the_first_page_comes_within_a_second_and_a_half(tmp_path: Path) -> None:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with started("--port", 0, "--no-browser", folder=tmp_path) as (_, line):
            urlopen(address(line), timeout=PATIENCE).read()
            took.append(time.perf_counter() - began)
    assert min(took) < 1.5, took


def test_the_lab_listens_before_it_imports_an_array_library() -> None:
    code = "import sys, cutaway.cli.lab, cutaway.lab.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"numpy", "numba", "pyarrow", "scipy", "cutaway.studies"}.isdisjoint(loaded)
