"""Topics run in several Pythons, such as those of notebook kernels, so that versions that exclude each other stand
side by side: a column for each framework and version, grouped together.

What a Python says comes back as JSON, a line each, from the worker that every comparison uses.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any

from cutaway.compare.run.atlas import (
    Compared,
    Heard,
    Row,
    asked,
    compared,
    environment,
    judged,
    needed,
    stated,
    to_json,
)
from cutaway.compare.run.frameworks import FRAMEWORKS
from cutaway.compare.run.topic import Topic, Variant, called
from cutaway.core.threads import cores

PATIENCE = 900.0  # seconds that one process may take: every topic, on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelRow(Row):
    """A variant after its run in a kernel's Python."""

    kernel: str

    @property
    def column(self) -> str:
        """The framework with the version that it has there."""
        return f"{self.framework} {self.version}"


@dataclass(frozen=True, slots=True)
class Place:
    """A Python in which frameworks are called.

    Attributes:
        kernel: what it is called.
        command: what starts it; it finds this cutaway.
        variables: of its process.
        python: its version.
        frameworks: framework -> the versions of its packages, the first being its own.
    """

    kernel: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    python: str
    frameworks: Mapping[str, tuple[str, ...]]


def surveyed(kernel: str, command: Sequence[str], variables: Mapping[str, str]) -> Place:
    """Ask a Python what it has.

    Raises: RuntimeError: it does not answer; the last thing that it said.
    """
    question = [*command, "-m", "cutaway.compare.run.survey"]
    try:
        done = subprocess.run(
            question, env=dict(variables), capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"its Python cannot be asked: {error}"[:300]) from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"])[-1]
        raise RuntimeError(f"its Python cannot run cutaway: {said[:300]}")
    found = json.loads(done.stdout.splitlines()[-1])
    frameworks = {name: tuple(listed) for name, listed in found["frameworks"].items()}
    return Place(kernel, tuple(command), dict(variables), found["python"], frameworks)


def distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    """The places without what an earlier one has in the very same versions; those that have nothing left are out."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    out = []
    for place in places:
        own = {name: found for name, found in place.frameworks.items() if (name, found) not in seen}
        seen.update(own.items())
        if own:
            out.append(replace(place, frameworks=own))
    return tuple(out)


def finished(
    topics: Sequence[Topic], places: Sequence[Place], heard: Callable[[int, int], None] = lambda done, all: None
) -> Iterator[Compared]:
    """The topics, each run in every place, in the order given; `heard` is told how many processes are done."""
    said = {(topic.name, place.kernel): Heard() for topic in topics for place in places}
    tasks = [(place, process, share) for place in places for process, share in _shares(topics, place).items()]
    with ThreadPoolExecutor(cores()) as pool:
        futures = {pool.submit(_answers, *task): task for task in tasks}
        for number, future in enumerate(as_completed(futures), 1):
            place = futures[future][0]
            for answer in future.result():
                for name in answer.get("died") or [answer["topic"]]:
                    if "died" in answer:
                        said[name, place.kernel].died = answer["reason"]
                    else:
                        said[name, place.kernel].take(answer)
            heard(number, len(tasks))
    for topic in topics:
        yield _compared(topic, [(place, said[topic.name, place.kernel]) for place in places])


def _shares(topics: Sequence[Topic], place: Place) -> dict[str, list[Topic]]:
    """Process -> the topics for which it has something to do there."""
    out: dict[str, list[Topic]] = {}
    for topic in topics:
        called_for = (name for name in needed(topic) if name in place.frameworks)
        for process in dict.fromkeys(FRAMEWORKS[name].process for name in called_for):
            out.setdefault(process, []).append(topic)
    return out


def _answers(place: Place, process: str, topics: Sequence[Topic]) -> list[dict[str, Any]]:
    """All that one process of a place says; what it owes when it ends counts as died."""
    command = [*place.command, "-m", "cutaway.compare.run.worker", process]
    try:
        done = subprocess.run(
            command,
            input=asked(topics),
            env=environment(process, place.variables),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        said, status, last = done.stdout, done.returncode, done.stderr.strip()[-300:]
    except subprocess.TimeoutExpired as error:
        said, status, last = os.fsdecode(error.stdout or b""), None, f"no answer within {PATIENCE:g} s"
    answers = [json.loads(line) for line in said.splitlines() if line.endswith("}")]
    spoken = {name for one in answers for name in one.get("died", [one.get("done")])}
    left = [topic.name for topic in topics if topic.name not in spoken]
    if left:
        answers.append({"died": left, "reason": f"its process ended with status {status}: {last}"})
    return [one for one in answers if "done" not in one]


def _compared(topic: Topic, heard: Sequence[tuple[Place, Heard]]) -> Compared:
    given = topic.given
    rows = [row for one in topic.variants for row in _rows(one, topic, given, heard)]
    return compared(topic, rows, [said for _, said in heard])


def _rows(one: Variant, topic: Topic, given: dict[str, Any], heard: Sequence[tuple[Place, Heard]]) -> Iterator[Row]:
    """A row for each place that has the framework."""
    formula = called(one.follows.function, given)
    has = [(place, said) for place, said in heard if one.framework in place.frameworks]
    if not one.run:
        yield Row(**stated(one), version=None, status="formula, not run", value=formula)
    elif not has:
        yield Row(**stated(one), version=None, status="not installed")
    else:
        for place, said in has:
            row = KernelRow(**stated(one), version=place.frameworks[one.framework][0], kernel=place.kernel)
            yield judged(row, topic, formula, said)


def written(found: Iterable[Compared], places: Iterable[Place], failed: Mapping[str, str]) -> dict[str, Any]:
    """As the atlas has it, each row with its kernel; each kernel with its versions, or why it has no column."""
    out = to_json(found)
    del out["versions"], out["python"]
    kernels = {
        place.kernel: {
            "python": place.python,
            "versions": {name: found[0] for name, found in place.frameworks.items()},
        }
        for place in places
    }
    return {"date": out["date"], "kernels": kernels, "failed": dict(failed), "topics": out["topics"]}
