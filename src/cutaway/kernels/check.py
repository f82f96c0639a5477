"""Every kernel of a running local server taken through its cells, and notebooks executed whole."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import tools
from cutaway.kernels.cells import cells
from cutaway.kernels.diagnosis import Verdict, notebook, verdict
from cutaway.kernels.launchers import launcher
from cutaway.kernels.local import Running, plan_of, root_of
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Kernel, Setup
from cutaway.kernels.plan import Plan, environment
from cutaway.kernels.requirements import title


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook's code, cell by cell, with the number of each among all cells."""

    path: str
    kernel: str
    cells: tuple[tuple[int, str], ...]


def read_notebook(path: str, setup: Setup) -> Notebook:
    """The code of a notebook, and the kernel that it names.

    Raises: InputError: it is no notebook, or names a kernel that the setup has not.
    """
    try:
        content = json.loads(Path(path).read_bytes())
        code = [
            (number, "".join(cell["source"]))
            for number, cell in enumerate(content["cells"], 1)
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
        ]
        kernel = content.get("metadata", {}).get("kernelspec", {}).get("name")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({(error.strerror or '').lower()})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: expected a Jupyter notebook, got another kind of file") from error
    names = [one.name for one in setup.kernels]
    if kernel not in names:
        near = get_close_matches(str(kernel), names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise InputError(f"{path}: is for the kernel {kernel!r}, which the setup has not; {hint}")
    return Notebook(path, str(kernel), tuple(code))


def chosen(setup: Setup, names: Sequence[str]) -> tuple[Kernel, ...]:
    """The kernels of these names; all, where none is named.

    Raises: InputError: there is no such kernel.
    """
    known = {kernel.name: kernel for kernel in setup.kernels}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise InputError(f"no kernel is named {name!r}; {hint}")
    return tuple(known[name] for name in dict.fromkeys(names or known))


def checked(
    setup: Setup,
    lock: Lock,
    running: Running,
    kernels: Sequence[Kernel],
    notebooks: Sequence[Notebook] = (),
    timeout: float = 60.0,
) -> Iterator[Verdict]:
    """A verdict for every kernel and then every notebook, as each is done."""
    root, plan = root_of(setup), plan_of(setup)
    kept = root / "share/jupyter/kernels"  # as they are, whoever wrote them
    found = {one.name: json.loads((kept / one.name / "kernel.json").read_text("utf-8")) for one in kernels}
    job = {
        "address": running.address.removesuffix("/lab"),
        "token_file": str(running.token_file),
        "timeout": timeout,
        "kernels": [task(plan, kernel, found[kernel.name]) for kernel in kernels],
        "notebooks": [{"path": one.path, "kernel": one.kernel, "cells": one.cells} for one in notebooks],
    }
    command = [str(root / "server/bin/python"), "-I", str(root / "bin/probe.py")]
    yield from judged(command, job, lock, notebooks)


def judged(
    command: Sequence[str], job: Mapping[str, Any], lock: Lock, notebooks: Sequence[Notebook] = ()
) -> Iterator[Verdict]:
    """The verdicts on what the probe sees, which the command starts in the server's environment."""
    prefixes = {one["name"]: one["prefix"] for one in job["kernels"]}
    by_path = {one.path: one for one in notebooks}
    for seen in _observations(command, job):
        if "notebook" in seen:
            yield notebook(seen, by_path[seen["notebook"]].cells)
        else:
            name = seen["kernel"]
            yield verdict(seen, prefixes[name], locked(lock.kernels[name]), job["timeout"])


def task(plan: Plan, kernel: Kernel, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What the probe is to do with one kernel, whose `kernel.json` holds `spec`.

    Raises: InputError: its language is not known here.
    """
    written = plan.specifications[kernel.name]
    program = launcher(kernel) if not kernel.argv else None
    wanted = [title("pip", one) for one in kernel.wants("pip")]
    code = cells(program.name if program else None, written["language"], wanted)
    if code is None:
        raise InputError(
            f"kernels.{kernel.name}: language {written['language']!r} is not one that check knows; leave it out by "
            "naming the others"
        )
    wrapper = written["argv"][: written["argv"].index("-IS") + 2]
    return {
        "name": kernel.name,
        "argv": spec["argv"],
        "env": {name: value.replace("$$", "$") for name, value in spec.get("env", {}).items()},
        "prefix": str(environment(kernel, plan.layout).prefix),
        "wrapper": [*wrapper, *([] if kernel.threads is None else ["--threads", str(kernel.threads)])],
        "answer": code.answer,
        "facts": code.facts,
        "sleep": code.sleep,
    }


def locked(entry: Mapping[str, Any]) -> dict[str, str]:
    """Package -> version, of the pip packages whose line holds for every machine."""
    found = [re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)\s*(;)?", line) for line in entry.get("pip", ())]
    return {title("pip", one[1]): one[2] for one in found if one and not one[3]}


def _observations(command: Sequence[str], job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the probe prints."""
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=tools.plain_environment(),
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    try:
        json.dump(job, process.stdin)
        process.stdin.close()
        for line in process.stdout:
            yield json.loads(line)
        if process.wait():
            raise InputError(f"the check stopped: {tools.reason(process.stderr.read())}")
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.stderr.close()
        process.wait()
