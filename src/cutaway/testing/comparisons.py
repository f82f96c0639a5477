"""The laws of a comparison: it is whole, every framework really runs, every converter does what it claims."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import ModuleType

from cutaway.compare import named
from cutaway.compare.run.atlas import Compared, run
from cutaway.compare.run.grouping import groups
from cutaway.compare.run.topic import Topic
from cutaway.testing.laws import expect, tried

IMPORTED_AS = {
    "scikit-learn": "sklearn",
    "opencv": "cv2",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "pytorch": "torch",
    "keras on jax": "keras",
    "keras on torch": "keras",
}
"""The module of a framework, where its name is another."""


class ComparisonTrial:
    """A comparison under trial. `compared`: its run, where it was run already, else it is run once for all laws."""

    def __init__(self, topic: str | Topic | ModuleType, compared: Compared | None = None) -> None:
        self.topic = named(topic) if isinstance(topic, str) else topic if isinstance(topic, Topic) else Topic(topic)
        if compared is not None:
            self.compared = compared

    @cached_property
    def compared(self) -> Compared:
        """The run: each framework in a process of its own, which imports the comparison by its name."""
        return run([named(self.topic.name)])[0]


def its_file_is_whole(trial: ComparisonTrial) -> None:
    """Title, question, answer, source, input; converters of what is there, with a reason or an error where due."""
    one = trial.topic
    expect(one.sections["question"].endswith("?"), "the docstring begins with a question")
    for section in ("answer", "source"):
        expect(one.sections.get(section), f"the docstring has {section.capitalize()}:")
    expect(one.title, "TITLE is empty")
    expect(one.given, "given() returns the input, small arrays by name")
    expect(len(one.variants) > 1, "two variants at least are compared")
    expect(len({each.name for each in one.variants}) == len(one.variants), "no two variants have one name")
    for each in one.converters:
        what = f"the converter of {each.of.name} to {each.to}"
        expect(each.of in one.variants, f"{what} is of no variant of this file")
        expect(each.exactness != "impossible" or (each.reason and not each.code), f"{what} says why it is impossible")
        expect(each.exactness == "impossible" or each.code, f"{what} has code, which is run")
        expect(each.exactness != "near" or each.error > 0, f"{what} says how near it is")


def it_calls_its_frameworks(trial: ComparisonTrial) -> None:
    """Each framework of which a value is told is imported in the file, or in what converts to it."""
    tree = ast.parse(Path(str(trial.topic.module.__file__)).read_text("utf-8"))
    taken = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            taken |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            taken.add(node.module.split(".")[0])
    wanted = {each.framework for each in trial.topic.variants if each.run}
    absent = sorted(name for name in wanted if IMPORTED_AS.get(name, name) not in taken)
    expect(not absent, f"it tells values of {', '.join(absent)} and never imports that")


def every_framework_runs_and_follows_its_formula(trial: ComparisonTrial) -> None:
    """None is left out: what is not installed fails, too. The groups are those of the values."""
    rows = [row for row in trial.compared.rows if row.status != "formula, not run"]
    expect(rows, "it runs nothing")
    for row in rows:
        expect(row.status == "ran", f"{row.variant} of {row.framework}: {row.status} {row.reason}".strip())
        expect(row.follows, f"{row.variant} of {row.framework} returns {row.value}, which is not {row.formula}")
    found = groups([row.value for row in rows], trial.topic.tolerance)
    expect([row.group for row in rows] == list(found), f"its groups are not those of its values, {found}")


def its_converters_do_what_they_claim(trial: ComparisonTrial) -> None:
    """Each is run: exact to rounding, near within its error, or impossible with a reason and without code."""
    for proof in trial.compared.proofs:
        what = f"{proof.source} to {proof.target}"
        if proof.exactness == "impossible":
            expect(proof.reason and not proof.code, f"{what}: it is impossible, and says why")
        else:
            expect(proof.holds, f"{what}: {proof.exactness} is claimed, the error is {proof.error} {proof.reason}")


READ_LAWS: tuple[Callable[[ComparisonTrial], None], ...] = (its_file_is_whole, it_calls_its_frameworks)
"""Those that run nothing."""
RUN_LAWS: tuple[Callable[[ComparisonTrial], None], ...] = (
    every_framework_runs_and_follows_its_formula,
    its_converters_do_what_they_claim,
)
LAWS = (*READ_LAWS, *RUN_LAWS)


def verify_comparison(topic: str | Topic | ModuleType) -> None:
    """Hold a comparison, by its name or its module, to every law; its plug-in must be installed, to be run.

    Raises:
        AssertionError: some do not hold; the message has a line for each.
    """
    trial = ComparisonTrial(topic)
    tried(f"comparison {trial.topic.name}", LAWS, trial)
