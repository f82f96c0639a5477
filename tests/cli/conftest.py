"""The command run inside the test's process, in an empty folder of its own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutaway.cli import main


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit status, standard output, standard error."""

    status: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def cutaway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`cutaway("audit", path, ...)`; the current folder is `tmp_path`, and no stream is a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "CUTAWAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ended:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
            status = main([str(argument) for argument in arguments])
        for stream in (out, err):
            stream.flush()
        return Ended(status, out.buffer.getvalue().decode("utf-8"), err.buffer.getvalue().decode("utf-8"))

    return run
