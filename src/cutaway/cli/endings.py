"""How a run ends: its exit status, and the one sentence that a user reads when it went wrong."""

from __future__ import annotations

import os
import sys

from cutaway.core.errors import CutawayError, InputError

TYPE_CHECKING = False  # typing's own costs half an interpreter's start; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DONE, FOUND, BAD_INPUT = 0, 1, 2
BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 128 + 2  # as shells report a process that SIGINT ended
CLOSED_PIPE = 128 + 13  # likewise for SIGPIPE
LONGEST = 2_000
"""Letters of a sentence: a file may hold names of any length, and the sentence quotes them."""


def status(name: str, work: Callable[[], int]) -> int:
    """The exit status of the work; every exception becomes one sentence on standard error, after the command's name.

    A traceback is shown for unexpected exceptions only, and only where the environment has CUTAWAY_DEBUG=1.
    """
    try:
        return work()
    except KeyboardInterrupt:
        say(f"{name}: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return CLOSED_PIPE
    except CutawayError as error:
        said = str(error)
        say(f"{name}: {said if len(said) <= LONGEST else said[: LONGEST - 1] + '…'}")
        return BAD_INPUT
    except MemoryError:
        say(f"{name}: not enough memory; leave columns out with --drop, or audit a sample of the rows")
        return BAD_INPUT
    except Exception as error:
        if os.environ.get("CUTAWAY_DEBUG", "0") not in ("", "0"):
            import traceback

            traceback.print_exc()
        what = f"{type(error).__name__}: {str(error)[:300]}"
        say(f"{name}: this is a bug in cutaway ({what}); please report it, with what CUTAWAY_DEBUG=1 shows")
        return BUG


def unknown_verb(word: str, verbs: Iterable[str]) -> int:
    """Raise the error for a first argument that is no verb; a file's name gets the line that would audit it."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(verbs), n=1)
    if word.startswith("-"):
        hint = "cutaway --help names the options"
    elif near:
        hint = f"did you mean {near[0]!r}?"
    elif os.path.exists(word) or "." in word:
        hint = f"to audit a file: cutaway audit {word} --target COLUMN"
    else:
        hint = f"the verbs are {', '.join(verbs)}"
    raise InputError(f"no {'option' if word.startswith('-') else 'verb'} {word!r}; {hint}")


def say(text: str) -> None:
    """Print one line on standard error; what could act on the terminal is escaped."""
    from contextlib import suppress

    from cutaway.report.text import plain

    if sys.stderr is not None:
        with suppress(OSError):
            print(plain(text), file=sys.stderr, flush=True)


def show(text: str) -> int:
    """Print the text on standard output, with escapes for what its encoding lacks; the status is that of work done."""
    encoding = output_encoding()
    return output(lambda: sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding)))


def output_encoding() -> str:
    """The encoding of standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def output(write: Callable[[], object]) -> int:
    """Do what writes to standard output, and flush it while a failure can still be told.

    Raises: InputError when standard output cannot be written to; BrokenPipeError when nobody reads it any more.
    """
    if sys.stdout is None:
        raise InputError("standard output is closed; leave it open, or name a file with --out")
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_output()
        raise InputError(f"standard output cannot be written to ({error.strerror}); send it elsewhere") from error
    return DONE


def _discard_output() -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain of it when it ends."""
    from contextlib import suppress

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
