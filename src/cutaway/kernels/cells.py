"""The cells that `check` runs, by language: one that answers, one that tells about the kernel, one that sleeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cutaway.kernels.inside.probe import MARK

ANSWER = "42"


@dataclass(frozen=True, slots=True)
class Cells:
    """Code of one language.

    Attributes:
        answer: writes 42.
        facts: writes the kernel's environment, and what else is known of it; None where there is no way to.
        sleep: takes a minute, in a way that the language's kernel can be interrupted in.
    """

    answer: str
    facts: str | None = None
    sleep: str | None = None


PYTHON_FACTS = """
import importlib.metadata as _m, json as _j, os as _o, shutil as _s, sys as _y
def _version(name):
    try:
        return _m.version(name)
    except _m.PackageNotFoundError:
        return None
print({mark!r} + _j.dumps({{
    "environment": dict(_o.environ), "prefix": _y.prefix, "executable": _y.executable,
    "version": _y.version.split()[0], "pip": _s.which("pip"),
    "packages": {{one: _version(one) for one in {packages!r}}},
}}))
"""
BY_LANGUAGE = {
    "R": Cells(
        "cat(6 * 7)",
        f'cat("{MARK}", jsonlite::toJSON(list(environment = as.list(Sys.getenv()), prefix = R.home(), '
        'version = as.character(getRversion())), auto_unbox = TRUE), "\\n", sep = "")',
        "Sys.sleep(60)",
    ),
    "bash": Cells("echo $((6 * 7))", f'echo "{MARK}$(env -0 | base64 -w 0)"', "sleep 60"),
    "typescript": Cells("console.log(6 * 7)"),
    "octave": Cells("disp(6 * 7)", None, "pause(60)"),
}
DENO = (
    f'console.log("{MARK}" + JSON.stringify({{environment: Deno.env.toObject(), executable: Deno.execPath(), '
    "version: Deno.version.deno}))"
)
NODE = (
    f'console.log("{MARK}" + JSON.stringify({{environment: process.env, executable: process.execPath, '
    "version: process.version}))"
)

BUSY = "for (const began = Date.now(); Date.now() - began < 60_000; ) {}"
"""Deno ends a computation when it is interrupted, and lets a promise wait; its own cell must be the former."""
WAITING = "await new Promise((done) => setTimeout(done, 60_000))"


def cells(program: str | None, language: str, packages: Sequence[str]) -> Cells | None:
    """The cells for a kernel's program and language; None for a language that is not known here."""
    if language == "python":
        facts = PYTHON_FACTS.format(mark=MARK, packages=list(packages))
        return Cells("print(6 * 7)", facts, "import time\ntime.sleep(60)")
    if program in ("deno", "tslab"):
        answer = BY_LANGUAGE["typescript"].answer
        return Cells(answer, DENO, BUSY) if program == "deno" else Cells(answer, NODE, WAITING)
    return BY_LANGUAGE.get(language)
