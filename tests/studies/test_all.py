"""Every study alike: it ends, it repeats, its parameters travel as text, its claims hold, it stops when told."""

from __future__ import annotations

import ast
import json
import math
import random
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cutaway.cli.study import RESERVED
from cutaway.core.figures import Animation
from cutaway.core.threads import cores
from cutaway.studies import Outcome, Study, discover, named
from cutaway.studies.run import address, stored
from cutaway.studies.run.discovery import names
from cutaway.studies.run.parameter import Range, Value, ranges
from cutaway.studies.run.study import GROUPS
from cutaway.studies.run.wire import outcome_schema

STUDIES = names()
MOST_SECONDS = 60
MOST_WORK = MOST_SECONDS * cores()  # in processor time, so that others on the machine do not count
MOST_SILENCE = 5  # of processor time between two words of progress: on two cores, at most half that on the clock
LAST_SEED = 2**31 - 1


def slow(name: str) -> list[pytest.MarkDecorator]:
    """All slow tests of a study go to one worker, so that its run at the defaults is shared by them."""
    return [pytest.mark.slow, pytest.mark.xdist_group(f"study {name}")]


every_study = pytest.mark.parametrize("name", STUDIES)
every_study_slowly = pytest.mark.parametrize("name", [pytest.param(one, marks=slow(one)) for one in STUDIES])


@dataclass(frozen=True)
class Run:
    """A study's run with its times, in seconds of processor time."""

    outcome: Outcome
    seconds: float
    words: int
    """Of progress."""
    silence: float
    """The longest time between two words."""


def listened(name: str) -> Run:
    words, longest, before = 0, 0.0, time.process_time()

    def listening(stage: str, done: float, total: float | None, /) -> None:
        nonlocal words, longest, before
        assert stage and done >= 0 and (total is None or done <= total)
        now = time.process_time()
        words, longest, before = words + 1, max(longest, now - before), now

    start = before
    outcome = named(name).run(None, listening)
    end = time.process_time()
    return Run(outcome, end - start, words, max(longest, end - before))


@cache
def at_defaults(name: str) -> Run:
    """The first run: its kernels are compiled."""
    return listened(name)


@cache
def once_more(name: str) -> Run:
    """The second run with the same parameters."""
    at_defaults(name)
    return listened(name)


def parameters(name: str) -> dict[str, tuple[Value, Range]]:
    return ranges(named(name).module.Parameters)


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


def settings(name: str, luck: random.Random) -> dict[str, Value]:
    return {one: drawn(spec, luck) for one, (_, spec) in parameters(name).items()}


def found(outcome: Outcome) -> dict[str, Any]:
    told = named(outcome.study).repeatable(outcome.to_json())
    return {part: told[part] for part in ("tables", "figures", "numbers", "claims")}


def test_there_are_studies() -> None:
    assert {"counts", "logit"} <= set(STUDIES)
    assert [one.name for one in discover()] == sorted(STUDIES, key=lambda n: (GROUPS.index(named(n).group), n))


@every_study
def test_what_its_file_declares(name: str) -> None:
    study = named(name)
    assert study.group in GROUPS
    assert 0 < len(study.title) <= 60
    assert study.sections["question"].endswith("?")
    for section in ("answer", "source"):
        assert study.sections[section].endswith("."), section
    assert float(study.sections["seconds"].split()[0].rstrip(".")) <= MOST_SECONDS
    assert study.claims, "a study claims something"
    texts = [each.claim for each in study.claims]  # type: ignore[attr-defined]
    assert all(len(text.split()) > 3 for text in texts) and len(set(texts)) == len(texts)


@every_study
def test_its_parameters(name: str) -> None:
    known = parameters(name)
    assert not set(known) & {*RESERVED, "hide"}, "the name of an option of cutaway study"
    study = named(name)
    for one, (default, spec) in known.items():
        assert spec.label, one
        assert study.parameters({one: default}) == study.parameters()
        if spec.kind in ("number", "whole"):
            assert spec.low is not None and spec.high is not None and spec.low < spec.high
            assert spec.scale == "linear" or spec.low > 0, "a logarithmic slider has no place for zero"
        if spec.kind == "choice":
            assert len(spec.options) > 1
    study.parameters(study.full)
    for one, values in study.embed.items():
        for value in values:
            study.parameters({one: value})


@every_study
def test_its_file(name: str) -> None:
    path = Path(str(named(name).module.__file__))
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    imported = {
        node.module
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cutaway.")
    }
    allowed = ("cutaway.core.", "cutaway.science.", "cutaway.studies.run.")
    assert [module for module in imported if not f"{module}.".startswith(allowed)] == []


@every_study_slowly
def test_it_ends_in_time_and_its_claims_hold(name: str) -> None:
    outcome = at_defaults(name).outcome
    assert at_defaults(name).seconds < MOST_WORK
    assert [each.text for each in outcome.claims if each.holds is False] == []
    assert any(each.holds for each in outcome.claims), "at the defaults something is claimed"


@every_study_slowly
def test_its_json(name: str) -> None:
    told = at_defaults(name).outcome.to_json()
    text = json.dumps(told, allow_nan=False)
    assert json.loads(text) == told
    jsonschema.Draft202012Validator(outcome_schema()).validate(told)
    assert told["study"] == name
    assert told["figures"], "something is seen"
    assert all(value is not None for value in told["numbers"].values())


@every_study_slowly
def test_what_it_says(name: str) -> None:
    outcome = at_defaults(name).outcome
    assert outcome.result.sentences
    said = list(outcome.result.sentences)
    for heading, figure in outcome.result.figures.items():
        said.append(figure.alt)
        assert heading and not heading.endswith(".")
        for axis in (getattr(figure, part, None) for part in ("axis", "x", "y", "x_axis", "y_axis")):
            assert axis is None or isinstance(axis, tuple) or axis.label
        if isinstance(figure, Animation):
            assert len(figure.names) == len(figure.frames)
    for each in said:
        assert each.endswith((".", "!", "?")), each
        assert each[0].isupper() or not each[0].isalpha(), each
        assert "nan" not in each.lower().split()
        assert len(each.split()) >= 4, "a sentence states the finding"


@every_study_slowly
def test_the_same_seed_finds_the_same(name: str) -> None:
    assert found(once_more(name).outcome) == found(at_defaults(name).outcome)


@every_study_slowly
def test_another_seed_finds_another(name: str) -> None:
    if "seed" not in parameters(name):
        return  # nothing in it is random, which the test before this has shown
    assert found(checked(name, {"seed": LAST_SEED})) != found(at_defaults(name).outcome)


@every_study
def test_its_parameters_travel_as_text(name: str) -> None:
    study = named(name)
    luck = random.Random(name)
    for _ in range(20):
        params = study.parameters(settings(name, luck))
        path, _, query = address.address(study, params).partition("?")
        assert path == f"/study/{name}"
        assert address.parameters(study, query) == params
        assert study.parameters(json.loads(json.dumps(asdict(params)))) == params
    assert address.address(study, study.parameters()) == f"/study/{name}"


@every_study_slowly
def test_its_claims_hold_at_other_settings(name: str) -> None:
    luck = random.Random(name)
    long = float(named(name).sections["seconds"].split()[0].rstrip(".")) > 2
    for _ in range(2 if long else 5):
        checked(name, settings(name, luck))


def checked(name: str, given: dict[str, Value]) -> Outcome:
    """What a study finds there, in time, as JSON, with no claim that fails."""
    study = named(name)
    start = time.process_time()
    outcome = study.run(study.parameters(given))
    assert time.process_time() - start < MOST_WORK
    json.dumps(outcome.to_json(), allow_nan=False)
    failed = [each.text for each in outcome.claims if each.holds is False]
    assert failed == [], address.command(study, study.parameters(given))
    return outcome


def extremes(spec: Range, default: Value) -> list[Value]:
    """The values at the edges of what the parameter may be."""
    if spec.kind == "switch":
        return [not default]
    if spec.kind == "choice":
        return [value for value, _ in spec.options if value != default]
    return [spec.low, spec.high] if spec.kind in ("number", "whole") else []  # type: ignore[list-item]


def ends() -> list[Any]:
    """Every parameter that asks Python at each end of its range; those of the browser at their ends all together.

    The first seed goes with the browser's first ends; the last is `test_another_seed_finds_another`.
    """
    out = []
    for name in STUDIES:
        together: list[dict[str, Value]] = [{}, {}]
        for one, (default, spec) in parameters(name).items():
            values = extremes(spec, default)
            if one == "seed":
                assert values[1] == LAST_SEED
                together[0][one] = values[0]
            elif spec.where == "browser" and values:
                together[0][one], together[1][one] = values[0], values[-1]
            else:
                out += [(name, {one: value}, f"{name}-{one}-{value}") for value in values]
        out += [(name, given, f"{name}-looked-up-{at}") for at, given in enumerate(together) if given]
    return [pytest.param(name, given, id=known, marks=slow(name)) for name, given, known in out]


@pytest.mark.parametrize(("name", "given"), ends())
def test_every_end_of_every_range(name: str, given: dict[str, Value]) -> None:
    checked(name, given)


class _Stopped(BaseException):
    pass


@every_study_slowly
def test_it_stops_when_its_progress_raises(name: str) -> None:
    """The whole run takes so many words of progress; it stops at the first, and at one in the middle."""
    words = at_defaults(name).words
    assert words
    for last in sorted({1, (words + 1) // 2}):
        heard = 0

        def stopping(stage: str, done: float, total: float | None, /, last: int = last) -> None:
            nonlocal heard
            heard += 1
            if heard >= last:
                raise _Stopped

        with pytest.raises(_Stopped):
            named(name).run(None, stopping)
        assert heard == last, "nothing went on"


@every_study_slowly
def test_a_second_of_work_is_never_silent(name: str) -> None:
    """Between two words of progress passes little, so that a cancelled run ends soon; compiling does not count."""
    assert once_more(name).silence < MOST_SILENCE


@every_study_slowly
def test_what_is_stored_is_current(name: str) -> None:
    study, outcome = named(name), at_defaults(name).outcome
    most = getattr(study.module, "STORED_BYTES", 1.2 * stored.MOST_BYTES)
    assert len(stored.compact(outcome).encode()) <= most
    assert stored.current(study, outcome), "run: make stored"


@every_study_slowly
def test_a_page_without_python_has_what_the_study_promises(name: str) -> None:
    """The product of `EMBED` is small enough to be computed and carried."""
    study = named(name)
    size = math.prod(len(values) for values in study.embed.values())
    assert size <= 60
    text = json.dumps(at_defaults(name).outcome.to_json())
    assert size * len(text) < 6_000_000


def test_a_setting_is_not_lost_between_studies() -> None:
    """Parameters are values: another run does not change them."""
    study: Study = named("counts")
    params = study.parameters({"prevalence": 0.3})
    study.run(params)
    assert replace(params) == study.parameters({"prevalence": 0.3})
