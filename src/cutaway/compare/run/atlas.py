"""Topics run: each framework in its process, the values grouped, each held against the formula that it is said to
follow, each converter against what it converts.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

from cutaway.compare.run.frameworks import FRAMEWORKS, version
from cutaway.compare.run.grouping import difference, groups
from cutaway.compare.run.topic import Converter, Exactness, Topic, Variant, called
from cutaway.compare.run.worker import read
from cutaway.core.threads import cores

Status = Literal["ran", "not installed", "formula, not run", "failed"]
DIGITS = 9  # of a number in the atlas
PROVED = 1e-6  # relative difference that an exact converter may show
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""} | dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1"
)
"""Of every process. Inputs are small, and the threads of several processes would wait for each other's cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variant after its run. `follows`: whether the value is that of its formula; None where it did not run."""

    framework: str
    version: str | None
    variant: str
    call: str
    formula: str
    value: Any = None
    group: str | None = None
    follows: bool | None = None
    status: Status = "ran"
    reason: str = ""

    @property
    def column(self) -> str:
        """What the row belongs to, in few words."""
        return self.framework


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One converter after its run. `holds`: whether it did what it claims; None where a framework is missing."""

    source: str
    target: str
    variant: str
    exactness: Exactness
    claimed: float
    error: float | None
    reason: str
    code: str
    holds: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One topic, run."""

    topic: Topic
    rows: tuple[Row, ...]
    proofs: tuple[Proof, ...]

    @property
    def stands(self) -> bool:
        """Whether every value follows its formula and every converter does what it claims."""
        return all(row.follows is not False and row.status != "failed" for row in self.rows) and all(
            proof.holds is not False for proof in self.proofs
        )


def processes(topics: Sequence[Topic]) -> dict[str, list[Topic]]:
    """The processes that have something to do, in the order in which frameworks are listed, with their topics.

    A topic of few processes comes before those of more, so that something is finished early.
    """
    wanted = {topic.name: _processes(topic) for topic in topics}
    listed = sorted(topics, key=lambda topic: len(wanted[topic.name]))
    order = dict.fromkeys(one.process for one in FRAMEWORKS.values())
    shares = {process: [topic for topic in listed if process in wanted[topic.name]] for process in order}
    return {process: share for process, share in shares.items() if share}


def _processes(topic: Topic) -> set[str]:
    return {FRAMEWORKS[name].process for name in needed(topic) if version(name) is not None}


def needed(topic: Topic) -> list[str]:
    """The frameworks that are called for it, by its variants and to convert."""
    return [one.framework for one in topic.variants if one.run] + [c.to for c in topic.converters if c.code]


def environment(process: str, base: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process of that name, upon those of `base`."""
    out = {**base, **ENVIRONMENT}
    for one in FRAMEWORKS.values():
        if one.process == process:
            out |= one.environment
    return out


def asked(topics: Sequence[Topic]) -> str:
    """What the worker is told: a topic a line."""
    return "".join(json.dumps({"topic": topic.name}) + "\n" for topic in topics)


def answers(topics: Sequence[Topic], at_once: int | None = None) -> Iterator[dict[str, Any]]:
    """What the processes say, line by line, as they say it; so many at once (one a core unless given)."""
    waiting = list(processes(topics).items())
    queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    running: list[subprocess.Popen[str]] = []
    busy = 0
    try:
        while waiting or busy:
            while waiting and busy < (at_once or cores()):
                running.append(_started(*waiting.pop(0), queue))
                busy += 1
            answer = queue.get()
            if answer is None:
                busy -= 1
            else:
                yield answer
    finally:
        for process in running:
            process.kill()
            process.wait()


def _started(name: str, topics: list[Topic], queue: SimpleQueue[dict[str, Any] | None]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway.compare.run.worker", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(name, os.environ),
    )
    threading.Thread(target=_fed, args=(process, topics, queue), daemon=True).start()
    return process


def _fed(process: subprocess.Popen[str], topics: list[Topic], queue: SimpleQueue[dict[str, Any] | None]) -> None:
    """Tells the process its topics, hands its answers on, and says when it has ended, and how."""
    said: list[str] = []
    listener = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    listener.start()
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(asked(topics))
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended early, as its status tells
    left = [topic.name for topic in topics]
    for line in process.stdout:
        answer = json.loads(line)
        for name in answer.get("died", [answer["done"]] if "done" in answer else []):
            left.remove(name)
        queue.put(answer)
    status = process.wait()
    listener.join(1.0)
    if left:
        queue.put({"died": left, "reason": f"its process ended with status {status}: {''.join(said)[-300:].strip()}"})
    queue.put(None)


@dataclass(slots=True)
class Heard:
    """What the processes of one Python have said of one topic so far."""

    values: dict[str, Any] = field(default_factory=dict)  # by variant
    converted: dict[int, Any] = field(default_factory=dict)  # by place among the converters
    failed: dict[str | int, str] = field(default_factory=dict)
    died: str = ""
    left: int = 0  # processes that have more to say

    def take(self, answer: Mapping[str, Any]) -> None:
        """Keep one value, or why there is none."""
        key = answer["variant"] if "variant" in answer else answer["converter"]
        if "failed" in answer:
            self.failed[key] = answer["failed"]
        elif "variant" in answer:
            self.values[key] = read(answer["value"])
        else:
            self.converted[key] = read(answer["value"])


def finished(
    topics: Iterable[Topic],
    heard: Callable[[dict[str, Any]], None] = lambda answer: None,
    spoken: Iterable[dict[str, Any]] | None = None,
) -> Iterator[Compared]:
    """Run the topics; each is handed on as soon as the last of its processes has spoken.

    `heard` is told each answer as it comes. `spoken`: answers that were kept, in place of a run.
    """
    listed = list(topics)
    said = {topic.name: Heard() for topic in listed}
    for share in processes(listed).values():
        for topic in share:
            said[topic.name].left += 1
    by_name = {topic.name: topic for topic in listed}
    yield from (_compared(topic, said[topic.name]) for topic in listed if not said[topic.name].left)
    for answer in answers(listed) if spoken is None else spoken:
        heard(answer)
        if "variant" in answer or "converter" in answer:
            said[answer["topic"]].take(answer)
            continue
        for name in answer["died"] if "died" in answer else [answer["done"]]:
            said[name].left -= 1
            said[name].died = answer.get("reason", said[name].died)
            if not said[name].left:
                yield _compared(by_name[name], said[name])


def run(topics: Iterable[Topic]) -> list[Compared]:
    """Run the topics, all of them, in the order given."""
    listed = list(topics)
    found = {one.topic.name: one for one in finished(listed)}
    return [found[topic.name] for topic in listed]


def _compared(topic: Topic, heard: Heard) -> Compared:
    given = topic.given
    return compared(topic, [_row(one, topic, given, heard) for one in topic.variants], [heard])


def compared(topic: Topic, rows: list[Row], heard: Sequence[Heard]) -> Compared:
    """The topic with its rows in groups, and its converters tried on all that was heard."""
    ran = [i for i, row in enumerate(rows) if row.status == "ran"]
    for i, letter in zip(ran, groups([rows[i].value for i in ran], topic.tolerance), strict=True):
        rows[i] = replace(rows[i], group=letter)
    proofs = [_proof(i, each, heard) for i, each in enumerate(topic.converters)]
    return Compared(topic=topic, rows=tuple(rows), proofs=tuple(proofs))


def _row(one: Variant, topic: Topic, given: dict[str, Any], heard: Heard) -> Row:
    row = Row(version=version(one.framework), **stated(one))
    formula = called(one.follows.function, given)
    if not one.run:
        return replace(row, status="formula, not run", value=formula)
    if row.version is None:
        return replace(row, status="not installed")
    return judged(row, topic, formula, heard)


def stated(one: Variant) -> dict[str, Any]:
    """What a row has of its variant, wherever it runs."""
    return {"framework": one.framework, "variant": one.name, "call": one.call, "formula": one.follows.text}


def judged(row: Row, topic: Topic, formula: Any, heard: Heard) -> Row:
    """The row with what was heard of its variant: its value, held against that of its formula, or why it failed."""
    if row.variant not in heard.values:
        return replace(row, status="failed", reason=heard.failed.get(row.variant, heard.died))
    value = heard.values[row.variant]
    return replace(row, value=value, follows=difference(value, formula) <= topic.tolerance)


def _proof(i: int, each: Converter, heard: Sequence[Heard]) -> Proof:
    """The converter from every value of its source to every value of its target; the worst of them counts."""
    sources = [one.values[each.of.name] for one in heard if each.of.name in one.values]
    targets = [one.converted[i] for one in heard if i in one.converted]
    failed = [one.failed[i] for one in heard if i in one.failed]
    error = max((difference(a, b) for a in sources for b in targets), default=None)
    holds: bool | None = None
    if error is not None:
        holds = error <= {"exact": PROVED, "near": each.error, "impossible": float("inf")}[each.exactness]
    return Proof(
        source=each.of.framework,
        target=each.to,
        variant=each.of.name,
        exactness=each.exactness,
        claimed=each.error,
        error=error,
        reason=each.reason or "; ".join(failed),
        code=each.code,
        holds=False if failed else holds,
    )


def to_json(compared: Iterable[Compared]) -> dict[str, Any]:
    """The atlas: when and with which versions it was run, and topics with question, input, rows and converters."""
    listed = list(compared)
    used = {row.framework for one in listed for row in one.rows if row.status == "ran"}
    return {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in FRAMEWORKS if name in used},
        "topics": {one.topic.name: _topic_json(one) for one in listed},
    }


def _topic_json(one: Compared) -> dict[str, Any]:
    from cutaway.core.wire import to_wire

    given = {name: np.asarray(value).tolist() for name, value in one.topic.given.items()}
    return {
        "title": one.topic.title,
        **one.topic.sections,
        "input": _short(to_wire(given)),
        "rows": [{**to_wire(row), "value": _short(to_wire(row.value))} for row in one.rows],
        "converters": [{"from": proof.source, "to": proof.target, **to_wire(proof)} for proof in one.proofs],
        "stands": one.stands,
    }


def _short(value: Any) -> Any:
    """Every number with `DIGITS` significant digits, so that the file stays small."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value
