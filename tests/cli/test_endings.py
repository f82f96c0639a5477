"""How a run ends, whatever happens inside it."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout

import pytest

from cutaway.cli import endings
from cutaway.core.errors import InputError, InputTypeError, MissingExtraError


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InputError("wrong; mend it"), 2, "cutaway audit: wrong; mend it\n"),
        (InputTypeError("wrong type"), 2, "cutaway audit: wrong type\n"),
        (MissingExtraError("This", "torch"), 2, "pip install 'cutaway[torch]'"),
        (InputError("two\nlines \x1b[31m"), 2, "cutaway audit: two\\nlines \\x1b[31m\n"),
        (MemoryError(), 2, "not enough memory"),
        (KeyboardInterrupt(), 130, "cutaway audit: interrupted\n"),
        (BrokenPipeError(), 141, ""),
        (RuntimeError("odd"), 70, "this is a bug in cutaway (RuntimeError: odd); please report it"),
        (ValueError("x" * 10_000), 70, "this is a bug in cutaway (ValueError: xxx"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_an_exception_becomes_a_status_and_at_most_one_sentence(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUTAWAY_DEBUG", raising=False)
    assert endings.status("cutaway audit", raising(error)) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == bool(said)
    assert len(captured.err) < 600


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False)])
def test_a_traceback_is_shown_on_request_only(
    value: str, shown: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUTAWAY_DEBUG", value)
    assert endings.status("cutaway", raising(RuntimeError("odd"))) == 70
    assert ("Traceback" in capsys.readouterr().err) is shown


def test_no_traceback_for_bad_input_even_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUTAWAY_DEBUG", "1")
    assert endings.status("cutaway", raising(InputError("wrong"))) == 2
    assert capsys.readouterr().err == "cutaway: wrong\n"


def test_what_the_work_returns_is_the_status() -> None:
    assert [endings.status("cutaway", lambda n=n: n) for n in (0, 1)] == [0, 1]


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "α ≤ 2"), ("ascii", r"\u03b1 \u2264 2")])
def test_what_an_encoding_lacks_becomes_an_escape(encoding: str, shown: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with redirect_stdout(stream):
        assert endings.show("α ≤ 2\n") == 0
    assert stream.buffer.getvalue().decode(encoding) == shown + "\n"


def test_an_output_that_cannot_be_written_to_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    discarded: list[bool] = []  # instead of pytest's own output; test_processes has real ones
    monkeypatch.setattr(endings, "_discard_output", lambda: discarded.append(True))

    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="standard output cannot be written to"):
        endings.output(full)
    assert discarded == [True]


def test_a_closed_output_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(InputError, match="standard output is closed"):
        endings.show("text")
