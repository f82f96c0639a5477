"""The laws of a study: it ends, it repeats, its parameters travel as text, its claims hold, it stops when told."""

from __future__ import annotations

import ast
import json
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from cutaway.cli.study import RESERVED
from cutaway.core.errors import MissingExtraError
from cutaway.core.figures import Animation
from cutaway.core.threads import cores
from cutaway.studies import Outcome, Study, named
from cutaway.studies.run import address, stored
from cutaway.studies.run.parameter import Range, Value, ranges
from cutaway.studies.run.study import GROUPS
from cutaway.studies.run.wire import outcome_schema
from cutaway.testing.laws import expect, tried

MOST_SECONDS = 60
MOST_WORK = MOST_SECONDS * cores()  # in processor time, so that others on the machine do not count
MOST_SILENCE = 5  # of processor time between two words of progress: on two cores, at most half that on the clock
MOST_LINES = 400
MOST_EMBEDDED = (60, 6_000_000)  # outcomes of a page without Python, and their characters
LAST_SEED = 2**31 - 1
MAY_IMPORT = ("cutaway.core.", "cutaway.science.", "cutaway.studies.run.")


@dataclass(frozen=True, slots=True)
class Run:
    """A study's run with its times, in seconds of processor time."""

    outcome: Outcome
    seconds: float
    words: int  # of progress
    silence: float  # the longest time between two words


class StudyTrial:
    """A study under trial; what was run is kept for all laws."""

    def __init__(self, study: str | Study | ModuleType) -> None:
        self.study = named(study) if isinstance(study, str) else study if isinstance(study, Study) else Study(study)

    @cached_property
    def first(self) -> Run:
        """The run at the defaults that compiles its kernels."""
        return self._listened()

    @cached_property
    def again(self) -> Run:
        """The second run with the same parameters."""
        _ = self.first
        return self._listened()

    def _listened(self) -> Run:
        words, longest, before = 0, 0.0, time.process_time()

        def listening(stage: str, done: float, total: float | None, /) -> None:
            nonlocal words, longest, before
            expect(stage and done >= 0 and (total is None or done <= total), f"progress({stage!r}, {done}, {total})")
            now = time.process_time()
            words, longest, before = words + 1, max(longest, now - before), now

        start = before
        outcome = self.study.run(None, listening)
        end = time.process_time()
        return Run(outcome, end - start, words, max(longest, end - before))

    @cached_property
    def parameters(self) -> dict[str, tuple[Value, Range]]:
        """By name, the default and the range."""
        return ranges(self.study.module.Parameters)

    def settings(self, luck: random.Random) -> dict[str, Value]:
        """Values of every parameter, as a reader might set them."""
        return {name: drawn(spec, luck) for name, (_, spec) in self.parameters.items()}

    def checked(self, given: dict[str, Value]) -> Outcome:
        """What the study finds there: in time, as JSON, with no claim that fails."""
        start = time.process_time()
        outcome = self.study.run(self.study.parameters(given))
        at = address.command(self.study, self.study.parameters(given))
        expect(time.process_time() - start < MOST_WORK, f"takes more than {MOST_WORK} s of processor time: {at}")
        json.dumps(outcome.to_json(), allow_nan=False)
        failed = [each.text for each in outcome.claims if each.holds is False]
        expect(not failed, f"{failed} does not hold: {at}")
        return outcome

    def found(self, outcome: Outcome) -> dict[str, Any]:
        """What a second run must find, too."""
        told = self.study.repeatable(outcome.to_json())
        return {part: told[part] for part in ("tables", "figures", "numbers", "claims")}

    def ends(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """Every parameter that asks Python at each end of its range; those of the browser at their ends all together.

        The first seed goes with the browser's first ends; the last is in `another_seed_finds_another`.
        """
        together: list[dict[str, Value]] = [{}, {}]
        for name, (default, spec) in self.parameters.items():
            values = extremes(spec, default)
            if name == "seed":
                together[0][name] = values[0]
            elif spec.where == "browser" and values:
                together[0][name], together[1][name] = values[0], values[-1]
            else:
                yield from ((f"{name}-{value}", {name: value}) for value in values)
        yield from ((f"looked-up-{at}", given) for at, given in enumerate(together) if given)


def drawn(spec: Range, luck: random.Random) -> Value:
    """A value of the range, as a reader might set it."""
    if spec.kind == "switch":
        return luck.random() < 0.5
    if spec.kind == "choice":
        return luck.choice(spec.options)[0]
    if spec.kind == "text":
        words = luck.choices(("bank", "Größe", "run?", "a", "/", "light,"), k=luck.randint(0, 9))
        return " ".join(words)[: int(spec.high or 0)].strip()
    assert spec.low is not None and spec.high is not None
    if spec.kind == "points":
        places = [luck.uniform(spec.low, spec.high) for _ in range(luck.randint(2, 9))]
        return " ".join(f"{x:.2f}:{luck.randint(0, 1) if at > 1 else at}" for at, x in enumerate(places))
    if spec.scale == "log":
        value = math.exp(luck.uniform(math.log(spec.low), math.log(spec.high)))
    else:
        value = luck.uniform(spec.low, spec.high)
    return round(value) if spec.kind == "whole" else value


def extremes(spec: Range, default: Value) -> list[Value]:
    """The values at the edges of what the parameter may be."""
    if spec.kind == "switch":
        return [not default]
    if spec.kind == "choice":
        return [value for value, _ in spec.options if value != default]
    return [spec.low, spec.high] if spec.kind in ("number", "whole") else []  # type: ignore[list-item]


def its_file_is_whole(trial: StudyTrial) -> None:
    """Title, group, question, answer, source, seconds, and claims in words."""
    study = trial.study
    expect(study.group in GROUPS, f"GROUP: expected one of {', '.join(GROUPS)}, got {study.group!r}")
    expect(0 < len(study.title) <= 60, f"TITLE: expected 1 to 60 characters, got {len(study.title)}")
    expect(study.sections["question"].endswith("?"), "the docstring begins with a question")
    for section in ("answer", "source"):
        expect(study.sections.get(section, "").endswith("."), f"the docstring has {section.capitalize()}: in sentences")
    seconds = study.sections.get("seconds", "").split()
    expect(seconds and float(seconds[0].rstrip(".")) <= MOST_SECONDS, f"Seconds: expected at most {MOST_SECONDS}")
    texts = [each.claim for each in study.claims]  # type: ignore[attr-defined]
    expect(texts, "a study claims something")
    expect(len(set(texts)) == len(texts), "no two claims are the same")
    expect(all(len(text.split()) > 3 for text in texts), "a claim is a sentence")


def its_file_stands_alone(trial: StudyTrial) -> None:
    """It is short, and takes of cutaway what a study may take: core, science and studies.run."""
    path = Path(str(trial.study.module.__file__))
    text = path.read_text("utf-8")
    expect(len(text.splitlines()) <= MOST_LINES, f"{path.name} has more than {MOST_LINES} lines")
    imported = {
        str(node.module)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cutaway.")
    }
    other = sorted(module for module in imported if not f"{module}.".startswith(MAY_IMPORT))
    expect(not other, f"it imports {other}; a study takes of cutaway {', '.join(each + '…' for each in MAY_IMPORT)}")


def its_parameters_have_ranges(trial: StudyTrial) -> None:
    """Each has a label and a range that its default lies in, and no name that an option of `cutaway study` has."""
    study, known = trial.study, trial.parameters
    taken = sorted(set(known) & {*RESERVED, "hide"})
    expect(not taken, f"{taken}: options of cutaway study have these names")
    for name, (default, spec) in known.items():
        expect(spec.label, f"{name} has no label")
        expect(study.parameters({name: default}) == study.parameters(), f"{name}: its default is not read as itself")
        if spec.kind in ("number", "whole"):
            expect(spec.low is not None and spec.high is not None and spec.low < spec.high, f"{name}: low < high")
            expect(spec.scale == "linear" or (spec.low or 0) > 0, f"{name}: a logarithmic slider has no place for zero")
        if spec.kind == "choice":
            expect(len(spec.options) > 1, f"{name}: a choice has two options at least")
        if name == "seed":
            expect(spec.high == LAST_SEED, "seed: write it as seed(), so that every seed of a reader is taken")
    study.parameters(study.full)
    for name, values in study.embed.items():
        for value in values:
            study.parameters({name: value})


def its_parameters_travel_as_text(trial: StudyTrial) -> None:
    """An address and JSON bring back the very values."""
    study, luck = trial.study, random.Random(trial.study.name)
    for _ in range(20):
        params = study.parameters(trial.settings(luck))
        path, _, query = address.address(study, params).partition("?")
        expect(path == f"/study/{study.name}", f"its address is {path}")
        expect(address.parameters(study, query) == params, f"{params} comes back as {address.parameters(study, query)}")
        expect(
            study.parameters(json.loads(json.dumps(asdict(params)))) == params, f"{params} is not what JSON makes it"
        )
    expect(address.address(study, study.parameters()) == f"/study/{study.name}", "the defaults have no query")


def it_ends_in_time_and_its_claims_hold(trial: StudyTrial) -> None:
    """At the defaults."""
    outcome, seconds = trial.first.outcome, trial.first.seconds
    expect(seconds < MOST_WORK, f"it took {seconds:.0f} s of processor time, more than {MOST_WORK}")
    failed = [each.text for each in outcome.claims if each.holds is False]
    expect(not failed, f"{failed} does not hold at the defaults")
    expect(any(each.holds for each in outcome.claims), "at the defaults something is claimed")


def its_outcome_is_json(trial: StudyTrial) -> None:
    """What the front end and `--json` are given, by its schema."""
    told = trial.first.outcome.to_json()
    text = json.dumps(told, allow_nan=False)
    expect(json.loads(text) == told, "its outcome is not what JSON makes of it")
    try:
        from jsonschema import Draft202012Validator
    except ImportError as error:
        raise MissingExtraError("cutaway.testing", "testing") from error
    wrong = [f"{each.json_path}: {each.message}" for each in Draft202012Validator(outcome_schema()).iter_errors(told)]
    expect(not wrong, f"its outcome is not as the schema has it: {wrong[:3]}")
    expect(told["study"] == trial.study.name and told["figures"], "something is seen")
    absent = [name for name, value in told["numbers"].items() if value is None]
    expect(not absent, f"the numbers {absent} are not finite at the defaults")


def what_it_says_is_sentences(trial: StudyTrial) -> None:
    """Sentences and descriptions of figures are whole, headings are none, axes have labels."""
    result = trial.first.outcome.result
    expect(result.sentences, "it says what is seen")
    said = list(result.sentences)
    for heading, figure in result.figures.items():
        said.append(figure.alt)
        expect(heading and not heading.endswith("."), f"{heading!r}: a heading has no full stop")
        for axis in (getattr(figure, part, None) for part in ("axis", "x", "y", "x_axis", "y_axis")):
            expect(axis is None or isinstance(axis, tuple) or axis.label, f"{heading}: an axis has no label")
        if isinstance(figure, Animation):
            expect(len(figure.names) == len(figure.frames), f"{heading}: every frame has a name")
    for each in said:
        expect(each.endswith((".", "!", "?")), f"{each!r} does not end as a sentence")
        expect(each[0].isupper() or not each[0].isalpha(), f"{each!r} does not begin as a sentence")
        expect("nan" not in each.lower().split(), f"{each!r} has a number that is none")
        expect(len(each.split()) >= 4, f"{each!r}: a sentence states the finding")


def the_same_seed_finds_the_same(trial: StudyTrial) -> None:
    """Two runs, one result, but for what `TIMED` names."""
    expect(trial.found(trial.again.outcome) == trial.found(trial.first.outcome), "the second run finds something else")


def another_seed_finds_another(trial: StudyTrial) -> None:
    """Where there is a seed, it is used; the last one is tried."""
    if "seed" in trial.parameters:
        found = trial.found(trial.checked({"seed": LAST_SEED}))
        expect(found != trial.found(trial.first.outcome), "its seed changes nothing; leave the parameter out")


def its_claims_hold_at_other_settings(trial: StudyTrial) -> None:
    """All parameters at random, two to five times."""
    luck = random.Random(trial.study.name)
    long = float(trial.study.sections["seconds"].split()[0].rstrip(".")) > 2
    for _ in range(2 if long else 5):
        trial.checked(trial.settings(luck))


def it_holds_at_every_end_of_every_range(trial: StudyTrial) -> None:
    """Each parameter at its least and at its most."""
    for _, given in trial.ends():
        trial.checked(given)


class _Stopped(BaseException):
    pass


def it_stops_when_its_progress_raises(trial: StudyTrial) -> None:
    """The whole run takes so many words of progress; it stops at the first, and at one in the middle."""
    words = trial.first.words
    expect(words, "it never calls progress, so it cannot be stopped")
    for last in sorted({1, (words + 1) // 2}):
        heard = 0

        def stopping(stage: str, done: float, total: float | None, /, last: int = last) -> None:
            nonlocal heard
            heard += 1
            if heard >= last:
                raise _Stopped

        try:
            trial.study.run(None, stopping)
        except _Stopped:
            expect(heard == last, f"stopped at word {last} of progress, it went on to word {heard}")
        else:
            raise AssertionError(f"stopped at word {last} of progress, it went on to its end")


def its_work_is_never_silent(trial: StudyTrial) -> None:
    """Between two words of progress passes little, so that a cancelled run ends soon; compiling does not count."""
    silence = trial.again.silence
    expect(silence < MOST_SILENCE, f"it worked {silence:.1f} s without a word of progress")


def what_is_stored_is_current(trial: StudyTrial) -> None:
    """The outcome in the folder `stored` beside its file, where there is one; cutaway's own studies have one."""
    study, outcome = trial.study, trial.first.outcome
    if stored.stored(study) is None and not study.module.__name__.startswith("cutaway."):
        return
    most = getattr(study.module, "STORED_BYTES", 1.2 * stored.MOST_BYTES)
    size = len(stored.compact(outcome).encode())
    expect(size <= most, f"its stored outcome has {size:,} bytes, more than {most:,.0f}")
    expect(
        stored.current(study, outcome), "its stored outcome is not current; run: make stored, or testing.store(study)"
    )


def a_page_without_python_can_carry_it(trial: StudyTrial) -> None:
    """The product of `EMBED` is small enough to be computed and carried."""
    size = math.prod(len(values) for values in trial.study.embed.values())
    expect(size <= MOST_EMBEDDED[0], f"EMBED asks for {size} outcomes, more than {MOST_EMBEDDED[0]}")
    carried = size * len(json.dumps(trial.first.outcome.to_json()))
    expect(carried < MOST_EMBEDDED[1], f"EMBED asks for {carried:,} characters, more than {MOST_EMBEDDED[1]:,}")


READ_LAWS: tuple[Callable[[StudyTrial], None], ...] = (
    its_file_is_whole,
    its_file_stands_alone,
    its_parameters_have_ranges,
    its_parameters_travel_as_text,
)
"""Those that run nothing."""
RUN_LAWS: tuple[Callable[[StudyTrial], None], ...] = (
    it_ends_in_time_and_its_claims_hold,
    its_outcome_is_json,
    what_it_says_is_sentences,
    the_same_seed_finds_the_same,
    another_seed_finds_another,
    its_claims_hold_at_other_settings,
    it_stops_when_its_progress_raises,
    its_work_is_never_silent,
    what_is_stored_is_current,
    a_page_without_python_can_carry_it,
)
LAWS = (*READ_LAWS, *RUN_LAWS, it_holds_at_every_end_of_every_range)


def verify_study(study: str | Study | ModuleType) -> None:
    """Hold a study, by its name or its module, to every law.

    Raises:
        AssertionError: some do not hold; the message has a line for each.
    """
    trial = StudyTrial(study)
    tried(f"study {trial.study.name}", LAWS, trial)


def store(study: str | Study | ModuleType) -> Path:
    """Run the study and store its outcome beside its file, for the lab's front page and what is shown at once.

    Returns:
        The file, which the distribution is to carry.
    """
    one = StudyTrial(study).study
    return stored.write(one, one.run())
