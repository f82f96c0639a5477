"""What a worker may be asked: to run a study, to read a table, to audit one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from cutaway.core.errors import CutawayError, InputError
from cutaway.core.progress import Progress


def done(task: dict[str, Any], progress: Progress, part: Callable[[str], None] | None = None) -> str:
    """The task's result as JSON.

    `task`: {"task": "study", "module", "params", "selection"}, {"task": "read", "path", "folder", "most_bytes"} or
    {"task": "audit", "path", "target", "options"}. `part` takes a study's results that are not whole yet.

    Raises: InputError, with a sentence, for what cannot be done.
    """
    try:
        if task["task"] == "study":
            made = _study(task, progress, part)
        else:
            made = {"read": _read, "audit": _audit}[task["task"]](task, progress)
    except CutawayError as error:
        if "path" not in task:
            raise
        folder = os.path.join(os.path.dirname(task["path"]), "")
        raise InputError(str(error).replace(folder, "")) from error  # where the lab keeps a file is its own business
    return json.dumps(made, allow_nan=False)


def _study(task: dict[str, Any], progress: Progress, part: Callable[[str], None] | None) -> dict[str, Any]:
    from cutaway.studies.run.study import Study

    study = Study(import_module(task["module"]))
    data, about = None, None
    if task["selection"] is not None:
        from cutaway.lab.selection import Selection

        chosen = Selection(**task["selection"]).read()
        data, about = chosen.data, chosen.about
    further = {"stored": False} | ({} if about is None else {"data": about})
    heard = None if part is None else lambda outcome: part(json.dumps(outcome.to_json() | further, allow_nan=False))
    return study.run(study.parameters(task["params"]), progress, data, heard=heard).to_json() | further


def _read(task: dict[str, Any], progress: Progress) -> dict[str, Any]:
    from cutaway.lab.tables import stored

    return stored(Path(task["path"]), Path(task["folder"]), task["most_bytes"], progress)


def _audit(task: dict[str, Any], progress: Progress) -> dict[str, Any]:
    import warnings

    from cutaway.checks import audit
    from cutaway.report import to_json

    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the reader
    return to_json(audit(task["path"], task["target"], progress=progress, **task["options"]))
