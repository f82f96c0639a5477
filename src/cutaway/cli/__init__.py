"""The command `cutaway`: what it can do, and the way to each verb's file.

Standard output carries what was asked for and nothing else; whatever is said besides goes to standard error.

Exit status: 0 done; 1 the audit found what `--fail-on` names; 2 bad input; 70 a bug in cutaway; 130 interrupted.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own costs half an interpreter's start; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = {
    "audit": "Audit a table, and a plain logistic model of it.",
    "checks": "List the questions that an audit asks; explain one of them.",
    "lab": "Move the studies in the browser, on your own data too.",
    "study": "List the studies; run one of them, its claims included.",
    "tune": "Tune a model or a function; compare tuning methods honestly.",
    "compare": "Show what frameworks really compute, and convert one into another.",
    "images": "Put a folder of images through a pipeline; print it as code.",
    "kernels": "Serve isolated notebook kernels from one file, and prove that each works.",
    "completion": "Print the script with which a shell completes all of this.",
    "doctor": "Say what is installed, what works, and what to install for the rest.",
}
"""Verb -> its summary in one line. The file of the same name in this folder does the work, in its function `run`."""


def overview() -> str:
    """What `cutaway --help` prints."""
    width = max(map(len, VERBS))
    return "\n".join(
        [
            "Usage: cutaway VERB [OPTIONS]",
            "",
            "Shows the inside of machine learning at work.",
            "",
            "Verbs:",
            *(f"  {verb:<{width}}  {summary}" for verb, summary in VERBS.items()),
            "",
            "Begin with:",
            "  cutaway audit                                a real table, embedded",
            "  cutaway audit loans.parquet --target default",
            "  cutaway audit --help                         every option of a verb",
            "",
            "Options:",
            "  --help     Show this text.",
            "  --version  Show the version.",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (`sys.argv`'s by default) and return its exit status.

    The help and the version are printed without an import of any library.
    """
    import sys

    from cutaway.cli import endings

    arguments = sys.argv[1:] if argv is None else list(argv)
    first = arguments[0] if arguments else "--help"
    if first in ("--help", "-h", "help"):
        return endings.status("cutaway", lambda: endings.show(overview() + "\n"))
    if first in ("--version", "-V"):
        from cutaway import __version__

        return endings.status("cutaway", lambda: endings.show(f"cutaway {__version__}\n"))
    if first not in VERBS:
        return endings.status("cutaway", lambda: endings.unknown_verb(first, VERBS))

    def work() -> int:
        from importlib import import_module

        status: int = import_module(f"cutaway.cli.{first}").run(arguments[1:])
        return status

    return endings.status(f"cutaway {first}", work)
