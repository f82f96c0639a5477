"""`cutaway study`: the list, a run in the terminal, its files, and what is refused."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from cutaway.cli import study as verb
from cutaway.core.figures import Axis, Bars
from cutaway.core.progress import Progress, silent
from cutaway.studies import Result, Study, discover
from cutaway.studies.run import discovery
from cutaway.studies.run.data import Columns, Predictions
from cutaway.studies.run.parameter import choice, number, seed, switch
from cutaway.studies.run.result import claim
from cutaway.studies.run.wire import outcome_schema
from tests.cli import snapshot
from tests.cli.conftest import Command


def made(uses: str | None = None, embed: dict[str, tuple[Any, ...]] | None = None) -> Study:
    """A study that is quick and whose claim holds below a rate of one half."""
    module = ModuleType("cutaway.studies.tiny")
    module.__doc__ = "Is the rate small?\n\nAnswer: Below one half.\n\nSource: Arithmetic.\n\nSeconds: 0"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Parameters:
        learning_rate: float = number(0.25, "Rate", low=0, high=1, unit="a step", help="How fast.")
        warm: bool = switch(True, "Warm")
        method: str = choice("plain", "Method", {"plain": "gradient descent", "adam": "Adam"})
        seed: int = seed()

    def run(params: Parameters, progress: Progress = silent, data: Any = None) -> Result:
        progress("counting", 1, 1)
        figure = Bars(alt="One bar is drawn.", axis=Axis(label="rate"), labels=("a",), values=(params.learning_rate,))
        numbers = {"rows": 0.0, "positives": 0.0}
        if isinstance(data, Predictions):
            numbers = {"rows": data.y.size, "positives": int(data.y.sum())}
        elif isinstance(data, Columns):
            numbers = {"rows": next(iter(data.columns.values())).size, "positives": len(data.columns)}
        return Result(figures={"The rate": figure}, numbers=numbers, sentences=("It is what it is.",))

    vars(module).update(TITLE="Tiny", GROUP="data", Parameters=Parameters, run=run, FULL={"learning_rate": 0.3})
    vars(module)["small"] = claim("The rate is small")(
        lambda params, result: (params.learning_rate < 0.5, params.learning_rate)
    )
    vars(module)["warmed"] = claim("Warm is warm")(lambda params, result: (True if params.warm else None, 1.0))
    if uses is not None:
        vars(module)["USES"] = uses
    if embed is not None:
        vars(module)["EMBED"] = embed
    return Study(module)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`tiny(uses, embed)` makes it the only study that there is."""

    def only(uses: str | None = None, embed: dict[str, tuple[Any, ...]] | None = None) -> Study:
        found, other = made(uses, embed), discovery.named.__wrapped__

        def named(name: str) -> Study:
            return found if name == "tiny" else other(name)

        monkeypatch.setattr(discovery, "names", lambda: ("tiny",))
        monkeypatch.setattr("cutaway.studies.named", named)
        monkeypatch.setattr(discovery, "named", named)
        return found

    return only


@pytest.fixture
def loans(tmp_path: Path) -> str:
    luck = np.random.default_rng(0)
    p = luck.random(200).round(3)
    labels = np.where(luck.random(200) < p, "yes", "no")
    table = pa.table({"bought": labels, "p": p, "logit": np.log(p / (1 - p)), "age": luck.integers(20, 70, 200)})
    parquet.write_table(table, tmp_path / "loans.parquet")
    return "loans.parquet"


def test_the_list_has_every_study_with_its_question(cutaway: Command) -> None:
    ended = cutaway("study")
    assert (ended.status, ended.err) == (0, "")
    flat = " ".join(ended.out.split())
    for one in discover():
        assert f"{one.name} {one.sections['question']}" in flat
        assert f"\n  {one.name} " in ended.out
    groups = [line for line in ended.out.splitlines() if re.fullmatch("[a-z]+", line)]
    assert groups == list(dict.fromkeys(one.group for one in discover()))
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize("name", discovery.names())
def test_the_page_of_a_study(name: str, cutaway: Command) -> None:
    ended = cutaway("study", name, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: cutaway study {name} ")
    for one in discovery.named(name).describe()["parameters"]:
        assert f"  --{one['name'].replace('_', '-')}" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_a_run_in_the_terminal(tiny: Any, cutaway: Command) -> None:
    tiny()
    ended = cutaway("study", "tiny", "--learning-rate", "0.4", "--no-warm", "--method=adam")
    assert (ended.status, ended.err) == (0, "")
    assert snapshot.matches("study.txt", "tiny", ended.out)
    assert max(map(len, ended.out.splitlines())) <= 80


def test_a_claim_that_fails_is_the_status(tiny: Any, cutaway: Command) -> None:
    tiny()
    ended = cutaway("study", "tiny", "--learning_rate", "0.75")
    assert ended.status == 1
    assert "✗ The rate is small." in ended.out
    assert "✓ Warm is warm." in ended.out


def test_the_page_of_the_tiny_study(tiny: Any, cutaway: Command) -> None:
    tiny("predictions")
    assert snapshot.matches("study.txt", "tiny --help", cutaway("study", "tiny", "--help").out)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--warm"], {"warm": "true"}),
        (["--warm", "no", "--seed", "3"], {"warm": "no", "seed": "3"}),
        (["--no-warm", "--seed=3"], {"warm": "false", "seed": "3"}),
        (["--learning-rate", "-1"], {"learning_rate": "-1"}),
        (["--learning-rate", "1", "--learning-rate", "2"], {"learning_rate": "2"}),
    ],
)
def test_how_parameters_are_given(words: list[str], expected: dict[str, str]) -> None:
    assert verb.requested(made(), words).given == expected


def test_json_is_what_the_schema_says(tiny: Any, cutaway: Command) -> None:
    tiny()
    ended = cutaway("study", "tiny", "--json", "--full")
    assert (ended.status, ended.err) == (0, "")
    told = json.loads(ended.out)
    jsonschema.Draft202012Validator(outcome_schema()).validate(told)
    assert list(told)[:5] == ["study", "params", "claims", "tables", "figures"]
    assert told["params"]["learning_rate"] == 0.3
    assert told["claims"][0] == {"text": "The rate is small", "holds": True, "value": 0.3}


def test_json_goes_to_a_file(tiny: Any, cutaway: Command, tmp_path: Path) -> None:
    tiny()
    ended = cutaway("study", "tiny", "--json", "--out", "tiny.json", "--learning-rate", "0.75")
    assert (ended.status, ended.out) == (1, "")
    assert re.fullmatch(r"Wrote tiny\.json \(\d kB\): 1 of 2 claims failed\.\n", ended.err)
    assert json.loads((tmp_path / "tiny.json").read_text("utf-8"))["study"] == "tiny"


def test_a_page_carries_the_outcome_and_what_is_embedded(tiny: Any, cutaway: Command, tmp_path: Path) -> None:
    tiny(embed={"method": ("plain", "adam"), "warm": (True, False)})
    ended = cutaway("study", "tiny", "--html", "tiny.html", "--learning-rate", "0.125")
    assert ended.status == 0
    assert ended.err.startswith("Wrote tiny.html (")
    page = (tmp_path / "tiny.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="cutaway">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert (data["kind"], data["study"]["name"]) == ("study", "tiny")
    settings = [(one["params"]["method"], one["params"]["warm"]) for one in data["outcomes"]]
    assert settings == [("plain", True), ("plain", False), ("adam", True), ("adam", False)]
    assert {one["params"]["learning_rate"] for one in data["outcomes"]} == {0.125}


def test_ones_own_predictions(tiny: Any, cutaway: Command, loans: str) -> None:
    tiny("predictions")
    ended = cutaway("study", "tiny", "--json", "--data", loans, "--y", "bought", "--score", "p")
    first = json.loads(ended.out)["numbers"]
    assert first["rows"] == 200
    words = ["--data", loans, "--y", "bought", "--score", "logit", "--log-odds", "--positive", "no"]
    second = json.loads(cutaway("study", "tiny", "--json", *words).out)["numbers"]
    assert second == {"rows": 200, "positives": 200 - first["positives"]}


def test_ones_own_columns(tiny: Any, cutaway: Command, loans: str) -> None:
    tiny("columns")
    words = ["--data", loans, "--columns", "p,age", "--target", "bought"]
    assert json.loads(cutaway("study", "tiny", "--json", *words).out)["numbers"] == {"rows": 200, "positives": 2}


REFUSED = [
    "tniy",
    "--seed 3",
    "tiny 3",
    "tiny --sed 3",
    "tiny --frobnicate 3",
    "tiny --seed",
    "tiny --seed --json",
    "tiny --seed 1.5",
    "tiny --learning-rate 2",
    "tiny --learning-rate fast",
    "tiny --method newton",
    "tiny --warm=perhaps",
    "tiny --json=yes",
    "tiny --html a.html --json",
    "tiny --out a.json",
    "tiny --html nowhere/a.html",
    "tiny --json --out .",
    "tiny --html loans.parquet --data loans.parquet --y bought --score p",
    "tiny --columns a,b --data loans.parquet",
    "tiny --y bought",
    "tiny --data loans.parquet",
    "tiny --data loans.parquet --y bought",
    "tiny --data loans.parquet --y bougth --score p",
    "tiny --data loans.parquet --y bought --score logit",
    "tiny --data missing.csv --y bought --score p",
]


@pytest.mark.parametrize("words", REFUSED)
def test_bad_input_gets_one_sentence(words: str, tiny: Any, cutaway: Command, loans: str) -> None:
    tiny("predictions")
    ended = cutaway("study", *words.split())
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert snapshot.matches("study.txt", words, ended.err)


def test_data_for_a_study_that_takes_none(tiny: Any, cutaway: Command, loans: str) -> None:
    tiny()
    ended = cutaway("study", "tiny", "--data", loans)
    assert ended.err == "cutaway study: --data: study tiny takes no data of yours; leave it out\n"


def test_the_cited_size_where_there_is_none(tiny: Any, cutaway: Command) -> None:
    del vars(tiny().module)["FULL"]
    assert "is cited at its defaults" in cutaway("study", "tiny", "--full").err


def test_an_encoding_without_braille_gets_words(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from rich.console import Console

    from cutaway.cli import outcomes

    one = made()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    outcomes.render(one, one.run(learning_rate=0.75), Console(file=stream, width=80))
    stream.flush()
    text = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "FAILS The rate is small." in text
    assert "One bar is drawn." in text
    assert "\\u" not in text


WAITING = """
import sys, time
import cutaway.studies.counts as counts
def run(params, progress):
    progress("counting", 1, 2)
    print("begun", flush=True)
    for _ in range(6000):  # a signal just before a sleep begins is only seen after it
        time.sleep(0.1)
counts.run = run
from cutaway.cli import main
sys.exit(main())
"""


def test_an_interrupt_ends_a_run_with_a_sentence(tmp_path: Path) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(WAITING, "utf-8")
    command = [sys.executable, str(script), "study", "counts"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None and running.stdout.readline() == "begun\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=120)
    assert (running.returncode, out, err) == (130, "", "cutaway study: interrupted\n")


def test_the_list_imports_no_compiler() -> None:
    code = "import sys; from cutaway.cli import main; main(['study']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"pandas", "sklearn", "torch", "matplotlib", "starlette"}.isdisjoint(ended.stderr.split())
