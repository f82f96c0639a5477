"""The process in which frameworks are called: topics come in, values go out, a line each.

`python -m cutaway.compare.run.worker PROCESS` reads lines `{"topic": NAME}` and writes for each variant and proof of
the frameworks of that process a line of JSON. What a framework prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, TextIO

import numpy as np

from cutaway.compare.run.discovery import named
from cutaway.compare.run.frameworks import FRAMEWORKS, version
from cutaway.compare.run.topic import Topic, called
from cutaway.core.errors import InputError


def tasks(topic: Topic, process: str) -> Iterator[dict[str, Any]]:
    """What this process has to say of a topic: values of variants, values that the converters' code leaves."""
    here = {name for name, one in FRAMEWORKS.items() if one.process == process and version(name) is not None}
    for one in topic.variants:
        if one.run and one.framework in here:
            yield {
                "topic": topic.name,
                "variant": one.name,
                **_tried(lambda one=one: called(one.function, topic.given)),
            }
    for i, each in enumerate(topic.converters):
        if each.code and each.to in here:
            yield {"topic": topic.name, "converter": i, **_tried(lambda each=each: executed(each.code, topic.given))}


def executed(code: str, given: dict[str, Any]) -> Any:
    """What a converter's code leaves in `value`, with the input as variables."""
    variables = dict(given)
    exec(compile(code, "<converter>", "exec"), variables)  # the project's own text, from the topic's file
    return variables["value"]


def _tried(call: Any) -> dict[str, Any]:
    try:
        return {"value": plain(call())}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}


def plain(value: Any) -> Any:
    """Text, a number or nested lists of numbers; numbers that are not finite as text that `float` reads."""
    if isinstance(value, str):
        return {"text": value}
    array = np.asarray(value, float)
    return {"shape": list(array.shape), "numbers": [repr(float(v)) for v in array.ravel()]}


def read(value: dict[str, Any]) -> Any:
    """The value that `plain` wrote."""
    if "text" in value:
        return value["text"]
    array = np.array([float(v) for v in value["numbers"]]).reshape(value["shape"])
    return float(array) if array.ndim == 0 else array


def main(process: str, out: TextIO) -> None:
    """Answer until there are no more topics."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        name = json.loads(line)["topic"]
        try:
            topic = named(name)
        except InputError as error:  # a plug-in that can be used in the process that asked, and not in this one
            print(json.dumps({"died": [name], "reason": str(error)}), file=out, flush=True)
            continue
        for answer in tasks(topic, process):
            print(json.dumps(answer), file=out, flush=True)
        print(json.dumps({"done": name}), file=out, flush=True)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # frameworks print as they are imported
    main(sys.argv[1], answers)
