"""The progress bar: on a terminal, for what lasts, and gone afterwards."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest

from cutaway.cli import bars


class Screen:
    """A terminal that is 80 columns wide; `text` is all that was sent to it."""

    def __init__(self) -> None:
        self._main, side = os.openpty()
        self.stream = io.TextIOWrapper(io.FileIO(side, "w"), encoding="utf-8", write_through=True)
        self._chunks: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self._main, 4096):
                self._chunks.append(chunk)
        except OSError:  # the other side is closed
            return

    def close(self) -> str:
        self.stream.close()
        self._reader.join(5)
        os.close(self._main)
        return b"".join(self._chunks).decode()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(bars, "PATIENCE_SECONDS", 0.05)
    yield Screen()


def work(bar: bars.Bar) -> None:
    for stage in ("reading loans.csv", "esc \x1b[31m", "[bold]markup[/]", "a name " + "x" * 100):
        for done in range(0, 11, 5):
            bar(stage, done, 10)
            time.sleep(0.15)
    bar("of unknown length", 3, None)
    time.sleep(0.15)


def shown(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_it_shows_the_stage_on_a_terminal_and_then_goes(screen: Screen) -> None:
    with redirect_stderr(screen.stream), bars.Bar() as bar:
        work(bar)
    text = screen.close()
    for part in ("reading loans.csv", "50%", "\\x1b", "[bold]", "of unknown length"):
        assert part in shown(text)
    assert "\x1b[31m[" not in text
    assert text.endswith("\x1b[2K")  # the line is cleared
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is back


def test_it_leaves_no_trace_after_an_exception(screen: Screen) -> None:
    with redirect_stderr(screen.stream), pytest.raises(KeyboardInterrupt), bars.Bar() as bar:
        bar("reading", 1, 2)
        time.sleep(0.3)
        raise KeyboardInterrupt
    text = screen.close()
    assert "reading" in text
    assert "\x1b[?25h" in text


def test_what_is_done_soon_shows_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "PATIENCE_SECONDS", 5.0)
    with redirect_stderr(screen.stream), bars.Bar() as bar:
        bar("reading", 1, 2)
    assert screen.close() == ""


def test_a_dumb_terminal_shows_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with redirect_stderr(screen.stream), bars.Bar() as bar:
        work(bar)
    assert screen.close() == ""


@pytest.mark.parametrize("forced", [False, True])
def test_what_is_no_terminal_shows_nothing(forced: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "PATIENCE_SECONDS", 0.01)
    if forced:
        monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    with redirect_stderr(stream), bars.Bar() as bar:
        work(bar)
    assert stream.getvalue() == ""


def test_no_colour_where_none_is_wanted(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with redirect_stderr(screen.stream), bars.Bar() as bar:
        work(bar)
    assert re.search(r"\x1b\[(3[0-9]|38;|9[0-7])", screen.close()) is None
