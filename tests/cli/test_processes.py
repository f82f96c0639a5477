"""What only a process of its own shows: pipes, signals, full disks, terminals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import faults

COMMAND = [sys.executable, "-m", "cutaway"]
PATIENCE = 120  # seconds; a busy machine is no failure

# The command with a small result in place of the audit's: what is tried here is not how it is reached.
QUICK = """
import sys
import cutaway.checks.run.check
from cutaway.core.audit import Audit, TableFacts, TargetFacts
from cutaway.core.findings import Outcome
def audit(*arguments, **options):
    return Audit(
        table=TableFacts(name="table.csv", rows=4, columns=2, left_out={}),
        target=TargetFacts(name="gekauft für ≤ 2 😀", classes=("no", "yes"), counts=(3, 1), positive="yes"),
        model=None,
        outcomes=(Outcome(code="DAT001", name="a check", status="passed", passed="All is well."),) * 400,
    )
cutaway.checks.audit = audit
cutaway.checks.run.check.chosen = lambda select, ignore: ("one",)  # finding the checks would import every kernel
from cutaway.cli import main
sys.exit(main())
"""

# The audit is one that says that it has begun and then waits.
WAITING = """
import sys, time
import cutaway.checks.run.check
def audit(*arguments, progress, **options):
    progress("reading", 1, 2)
    print("begun", flush=True)
    for _ in range(6000):  # a signal just before a sleep begins is only seen after it
        time.sleep(0.1)
cutaway.checks.audit = audit
cutaway.checks.run.check.chosen = lambda select, ignore: ("one",)  # finding the checks would import every kernel
from cutaway.cli import main
sys.exit(main())
"""


@pytest.fixture
def loans(tmp_path: Path) -> list[str]:
    return faults.good(tmp_path)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    quick = folder / "quick.py"
    quick.write_text(QUICK, encoding="utf-8")
    environment = {**os.environ, "CUTAWAY": f"{sys.executable} {quick}"}
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("format", ["terminal", "json", "html --out -"])
def test_a_pipe_that_is_closed_early_is_quiet(format: str, loans: list[str], tmp_path: Path) -> None:
    command = f"$CUTAWAY audit table.csv --target bought --format {format}"
    ended = shell(f"{command} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert ended.stderr == ""
    assert ended.returncode == 141


def test_help_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    ended = shell("$CUTAWAY --help | true", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("format", ["terminal", "json"])
def test_a_full_disk_is_said_in_one_sentence(format: str, loans: list[str], tmp_path: Path) -> None:
    ended = shell(f"$CUTAWAY audit table.csv --target bought --format {format} > /dev/full", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "cutaway audit: standard output cannot be written to (No space left on device); send it elsewhere\n"
    )


@pytest.mark.parametrize("words", ["--help", "audit --help", "checks"])
def test_a_full_disk_is_said_for_the_help_too(words: str, tmp_path: Path) -> None:
    ended = shell(f"$CUTAWAY {words} > /dev/full", tmp_path)
    assert ended.returncode == 2
    assert "standard output cannot be written to" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_closed_output_is_said_in_one_sentence(loans: list[str], tmp_path: Path) -> None:
    ended = shell("$CUTAWAY audit table.csv --target bought >&-", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("cutaway audit: standard output is closed")
    assert ended.stderr.count("\n") == 1


def test_an_interrupt_leaves_nothing_half_written(loans: list[str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, "audit", *loans, "--out", "x.html"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err == "cutaway audit: interrupted\n"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_ascii_terminals_get_ascii(loans: list[str], tmp_path: Path) -> None:
    ended = shell("PYTHONIOENCODING=ascii $CUTAWAY audit table.csv --target bought", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.isascii()
    assert "gekauft f\\xfcr <= 2" in ended.stdout


def test_json_is_utf_8_or_ascii_whatever_the_locale(loans: list[str], tmp_path: Path) -> None:
    ended = shell("PYTHONIOENCODING=latin-1 $CUTAWAY audit table.csv --target bought --format json", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.isascii()
    assert json.loads(ended.stdout)["target"]["name"] == "gekauft für ≤ 2 😀"


def test_a_name_that_is_no_unicode_is_refused(loans: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [*COMMAND, "audit", *loans, "--out", b"caf\xe9/x.html"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    where = "--out 'caf\\udce9/x.html': the folder 'caf\\udce9' does not exist"
    assert ended.stderr == f"cutaway audit: {where}; create it or choose another\n"
