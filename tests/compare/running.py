"""Every topic, run once for all tests: importing the frameworks is what takes time."""

from __future__ import annotations

import json
import os
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from cutaway.compare.run import atlas
from cutaway.compare.run.discovery import discover, named
from cutaway.compare.run.topic import called

PATIENCE = 1800.0  # seconds that one process of the tests waits for the other's run


@cache
def everything() -> dict[str, atlas.Compared]:
    """The topics by name, as they were found."""
    return {one.topic.name: one for one in atlas.finished(discover(), spoken=_answers())}


def _answers() -> list[dict[str, Any]]:
    """What the frameworks say; processes of one test run share it through a file."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return list(atlas.answers(discover()))
    kept = Path(tempfile.gettempdir()) / f"cutaway-answers-{run}.json"
    try:
        os.close(os.open(kept.with_suffix(".lock"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        until = time.monotonic() + PATIENCE
        while not kept.exists():
            assert time.monotonic() < until, f"another process of the tests did not write {kept}"
            time.sleep(0.5)
    else:
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(list(atlas.answers(discover()))))
        part.replace(kept)
    told: list[dict[str, Any]] = json.loads(kept.read_text())
    return told


def compared(topic: str) -> atlas.Compared:
    """One topic."""
    return everything()[topic]


def groups(topic: str) -> list[list[str]]:
    """The variants that agree, group by group."""
    out: dict[str, list[str]] = {}
    for row in compared(topic).rows:
        if row.group is not None:
            out.setdefault(row.group, []).append(row.variant)
    return sorted(map(sorted, out.values()))


def agreeing(*names: str) -> list[list[str]]:
    """Groups as tests write them, a text of names each."""
    return sorted(sorted(each.split()) for each in names)


def value(topic: str, variant: str) -> Any:
    """What the framework returned."""
    return next(row.value for row in compared(topic).rows if row.variant == variant)


def formula(topic: str, name: str) -> Any:
    """What the file's formula gives for its input."""
    one = named(topic)
    return called(vars(one.module)[name].function, one.given)
