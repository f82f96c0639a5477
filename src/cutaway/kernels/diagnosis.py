"""From what was seen of a kernel to what is wrong with it, why, and what to do: a pure function of the observation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutaway.kernels.cells import ANSWER

LIBRARY = re.compile(r"(lib[\w+.-]+\.so[\w.]*): cannot open shared object file")
MODULE = re.compile(r"(?:ModuleNotFoundError: No module named|there is no package called)\s+['‘\"]?([\w.]+)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One kernel, or one notebook.

    Attributes:
        name: of the kernel, or the notebook's path.
        trouble: what is wrong: `start`, `library`, `interpreter`, `activation`, `package`, `interrupt`, `time`,
            `answer`, `cell`; None where nothing is.
        told: one sentence: what was seen.
        remedy: what to do; empty where nothing is wrong.
        seconds: from the begin of the check to the kernel's first answer.
    """

    name: str
    trouble: str | None
    told: str
    remedy: str = ""
    seconds: float | None = None


def verdict(seen: Mapping[str, Any], prefix: str, locked: Mapping[str, str], patience: float) -> Verdict:
    """What an observation of a kernel comes to; `locked` has the versions that its packages should be of."""
    name, seconds = str(seen["kernel"]), seen.get("answered")
    trouble = _unstarted(seen, patience) or _unanswered(seen)
    if trouble is None and seen.get("facts"):
        facts = seen["facts"]
        trouble = (
            _interpreter(facts, prefix) or _activation(seen, facts) or _packages(facts, locked) or _pip(facts, prefix)
        )
    if trouble is None and seen.get("facts_error"):
        trouble = ("answer", f"a cell that asks for its environment failed ({seen['facts_error']})", _SEE)
    if trouble is None and seen.get("interrupted") is False:
        trouble = (
            "interrupt",
            "a sleeping cell went on after an interrupt",
            "let the command of argv become the kernel (exec), or set interrupt_mode in a kernel.json of your own",
        )
    if trouble is None and seen.get("step") != "done":
        trouble = ("time", f"it stopped at the step {seen.get('step')!r}", _SEE)
    if trouble is not None:
        return Verdict(name, *trouble, seconds=seconds)
    version = (seen.get("facts") or {}).get("version")
    return Verdict(name, None, "answers" + (f"; {version}" if version else ""), seconds=seconds)


_SEE = "see what the kernel says with cutaway kernels up, and open it there"

Trouble = tuple[str, str, str]


def _unstarted(seen: Mapping[str, Any], patience: float) -> Trouble | None:
    if not seen.keys() & {"ended", "failed", "timed_out"}:
        return None
    if "ended" in seen and seen["step"] == "interrupt":
        return (
            "interrupt",
            "an interrupt ended the kernel itself, not its cell",
            "begin it by a program that answers SIGINT, or by a kernel.json of your own with interrupt_mode 'message'",
        )
    said = str(seen.get("alone", ""))
    library, module = LIBRARY.search(said), MODULE.search(said)
    if library:
        return (
            "library",
            f"it does not start: the library {library[1]} is missing",
            "add the system package that holds it to apt, or take the package from conda, which brings its libraries",
        )
    if module:
        return (
            "package",
            f"it does not start: the package {module[1]} is missing",
            "add it to the kernel's packages, then run cutaway kernels lock and up",
        )
    if seen["step"] in ("start", "answer") and said.strip():
        last = said.strip().splitlines()[-1]
        return ("start", f"it does not start: {last[:300]}", "repair that, then remove .kernels and run up again")
    if "timed_out" in seen:
        return (
            "time",
            f"no answer within {patience:g} s, at the step {seen['step']!r}",
            "give it longer with --timeout, or see what it waits for with cutaway kernels up",
        )
    what = seen.get("failed") or "its process ended"
    return ("start", f"it stopped at the step {seen['step']!r}: {what}", _SEE)


def _unanswered(seen: Mapping[str, Any]) -> Trouble | None:
    answer = seen.get("answer")
    if answer is None or (answer["error"] is None and ANSWER in answer["text"]):
        return None
    got = answer["error"] or repr(answer["text"][:80])
    return ("answer", f"asked for 6 × 7, it gave {got}", _SEE)


def _interpreter(facts: Mapping[str, Any], prefix: str) -> Trouble | None:
    found = str(facts.get("prefix") or facts.get("executable") or prefix)
    if found == prefix or found.startswith(prefix + "/"):
        return None
    if prefix != "/usr" and "prefix" not in facts:
        return None  # a program of the system that serves packages of the environment, such as node
    return (
        "interpreter",
        f"it runs {facts.get('executable') or found}, not the environment's own",
        f"let argv begin with {{prefix}}/bin/…, which is {prefix}/bin/…",
    )


def _activation(seen: Mapping[str, Any], facts: Mapping[str, Any]) -> Trouble | None:
    inside = facts.get("environment", {})
    wrong = [
        name for name, value in sorted(seen.get("expected", {}).items()) if not _same(name, inside.get(name), value)
    ]
    if not wrong:
        return None
    named = ", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")
    return (
        "activation",
        f"its environment was not activated: {named} not as the activation sets them",
        "start it through activated_exec.py, as the kernel.json that cutaway writes does",
    )


def _same(name: str, found: object, wanted: str) -> bool:
    """PATH may have been added to, as a user's own .bashrc does. R sets its own library path."""
    if name == "PATH":
        return wanted.split(":")[0] in str(found or "").split(":")
    if name == "LD_LIBRARY_PATH":
        return wanted in str(found or "")
    return found == wanted


def _packages(facts: Mapping[str, Any], locked: Mapping[str, str]) -> Trouble | None:
    wrong = []
    for name, version in sorted((facts.get("packages") or {}).items()):
        if version is None:
            wrong.append(f"{name} is missing")
        elif name in locked and version != locked[name]:
            wrong.append(f"{name} is {version}, not {locked[name]}")
    if not wrong:
        return None
    return (
        "package",
        f"{'; '.join(wrong[:3])}",
        "run cutaway kernels lock, remove the environment's folder below .kernels/env, and run up again",
    )


def _pip(facts: Mapping[str, Any], prefix: str) -> Trouble | None:
    found = facts.get("pip")
    if "pip" not in facts or (found and str(found).startswith(prefix + "/")):
        return None
    return (
        "interpreter",
        f"`!pip install` in a cell would install elsewhere: pip is {found or 'absent'}",
        "add pip to the kernel's packages, then run cutaway kernels lock and up",
    )


def notebook(seen: Mapping[str, Any], cells: Sequence[Any]) -> Verdict:
    """What the run of a notebook comes to."""
    name = str(seen["notebook"])
    if seen["error"] is None:
        return Verdict(name, None, f"{len(cells)} cells ran in {seen['kernel']}")
    told = f"cell {seen['cell']} failed in {seen['kernel']}: {str(seen['error'])[:300]}"
    return Verdict(name, "cell", told, "open it with cutaway kernels up, and run it up to that cell")
