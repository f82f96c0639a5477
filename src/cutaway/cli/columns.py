"""`cutaway compare --kernels`: each framework called in its kernel's environment, the columns beside each other."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway.cli import atlas, endings
from cutaway.cli.bars import Bar

if TYPE_CHECKING:
    from cutaway.compare.run.columns import Place
    from cutaway.compare.run.topic import Topic
    from cutaway.kernels.pythons import Interpreter

WIDEST = 120


def run(topics: Sequence[Topic], file: Path, json: str | None, *, full: bool) -> int:
    """Compare in the setup's kernels, print what was found, and return the exit status."""
    from cutaway.compare.run import columns
    from cutaway.kernels import model, pythons

    width = min(shutil.get_terminal_size().columns, WIDEST)
    colour = sys.stdout is not None and sys.stdout.isatty()
    with pythons.interpreters(model.read(file), _say) as (listed, failed):
        places = _places(listed, failed)
        shown = columns.distinct(places)
        with Bar() as progress:
            found = list(
                columns.finished(topics, shown, lambda done, total: progress("calling the frameworks", done, total))
            )
    if json != "-":
        had = [one for one in found if full or any(row.group for row in one.rows)]
        for one in had:
            draw = atlas.table if full else atlas.line
            endings.show(draw(one, width, colour=colour))
        if len(had) < len(found):
            _say(f"{len(found) - len(had)} topics are of frameworks that no kernel has")
    if json is not None:
        _deliver(columns.written(found, places, failed), json, len(found))
    for kernel, reason in failed.items():
        _say(f"the kernel {kernel} has no column: {reason}")
    apart = [one.topic.name for one in found if not one.stands]
    if apart:
        _say(f"{', '.join(apart)}: a version computes something else than the file states, as marked above")
    return endings.FOUND if failed or apart else endings.DONE


def _places(listed: Sequence[Interpreter], failed: dict[str, str]) -> list[Place]:
    """The Pythons that answer; why the others do not is added to what failed."""
    from cutaway.compare.run.columns import surveyed

    out = []
    for one in listed:
        try:
            place = surveyed(one.kernel, one.command, one.variables)
        except RuntimeError as error:
            failed[one.kernel] = str(error)
            continue
        if "numpy" in place.frameworks:
            out.append(place)
        else:
            failed[one.kernel] = "it has no NumPy, which every comparison needs; add numpy to its packages"
    return out


def _deliver(content: dict[str, object], place: str, count: int) -> None:
    from cutaway import report
    from cutaway.cli.renderings import json_text

    if place == "-":
        endings.show(json_text(content, ascii_only=not endings.output_encoding().lower().startswith("utf")))
        return
    report.write(json_text(content), Path(place))
    endings.say(f"Wrote {place}: {count} topics.")


def _say(text: str) -> None:
    endings.say(f"cutaway compare: {text}")
