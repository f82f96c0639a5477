"""`cutaway tune`: an objective of one's own, a table, what is refused, and ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
OBJECTIVE = """
import time

def objective(params):
    return (params["x"] - 1) ** 2 + params["n"]

def slow(params):
    time.sleep(0.05)
    return objective(params)

constant = 3
"""
SPACE = "[x]\nlow = -5.0\nhigh = 5.0\n[n]\nlow = 0\nhigh = 3\n"


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the current folder with objectives."""
    name = f"train_{os.getpid()}_{abs(hash(str(tmp_path))) % 10**8}"
    (tmp_path / f"{name}.py").write_text(OBJECTIVE)
    (tmp_path / "space.toml").write_text(SPACE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.fixture
def loans(tmp_path: Path) -> str:
    luck = np.random.default_rng(0)
    income, age = luck.normal(size=(2, 90))
    bad = np.where(income + 0.5 * luck.normal(size=90) < 0, "yes", "no")
    parquet.write_table(pa.table({"income": income, "age": age, "bad": bad}), tmp_path / "loans.parquet")
    return "loans.parquet"


def test_an_objective_of_ones_own(train: str, cutaway: Command, tmp_path: Path) -> None:
    asked = ("tune", f"{train}:objective", "--space", "space.toml", "--jobs", 1)
    ended = cutaway(*asked, "--budget", 12)
    assert (ended.status, ended.err) == (0, "")
    flat = " ".join(ended.out.split())
    assert "The best value of all searches is " in flat and " at x = " in flat
    assert max(map(len, ended.out.splitlines())) <= 80
    assert (tmp_path / "cutaway-tuning.db").exists()
    again = cutaway(*asked, "--budget", 16, "--format", "json")  # goes on with the twelve
    told = json.loads(again.out)
    trials = told["searches"][0]["trials"]
    assert len(trials) == 16
    assert min(trial["value"] for trial in trials[:12]) == pytest.approx(
        float(flat.split("searches is ")[1].split()[0]), rel=1e-4
    )


def test_methods_compared_and_written_as_json_and_html(
    train: str, cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("tune", f"{train}:objective", "--space", "space.toml", "--budget", 8, "--methods", "grid,random")
    asked = (*asked, "--repeats", 7, "--storage", "none", "--jobs", 1)
    ended = cutaway(*asked, "--out", "report.json")
    assert ended.status == 0 and ended.err.startswith("Wrote report.json (")
    told = json.loads((tmp_path / "report.json").read_text())
    schema = json.loads((ROOT / "src/cutaway/report/schema-contest-1.json").read_text())
    jsonschema.validate(told, schema)
    assert len(told["searches"]) == 14
    assert not (tmp_path / "cutaway-tuning.db").exists()
    # tests/report draws the page itself, which needs the built front end.
    monkeypatch.setattr("cutaway.report.contests.contest_html", lambda contest: f"<!doctype html>{contest.objective}")
    assert cutaway(*asked, "--out", "report.html").status == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "<!doctype html>objective"


@pytest.mark.slow
def test_a_table(loans: str, cutaway: Command) -> None:
    asked = ("tune", loans, "--target", "bad", "--model", "logistic", "--budget", 6, "--folds", 3, "--storage", "none")
    ended = cutaway(*asked, "--methods", "random,tpe", "--repeats", 1, "--jobs", 1)
    assert (ended.status, ended.err) == (0, "")
    flat = " ".join(ended.out.split())
    assert "To use: C = " in flat and "the outer score" in flat
    assert ended.out == cutaway(*asked, "--methods", "random,tpe", "--jobs", 2).out or "seconds" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{train}:objective"], "--space FILE is missing: what does {train}:objective take?"),
        (["{train}:objektive", "--space", "space.toml"], "has no 'objektive'; did you mean 'objective'?"),
        (["{train}:constant", "--space", "space.toml"], "expected a function, got int"),
        (["nowhere_at_all:f", "--space", "space.toml"], "no module 'nowhere_at_all' here or installed"),
        (["{train}:objective", "--space", "none.toml"], "space none.toml: cannot be read"),
        (
            ["{train}:objective", "--space", "wrong.toml"],
            "space wrong.toml: parameter 'x': no key 'hihg'; did you mean",
        ),
        (["{train}:objective", "--space", "space.toml", "--target", "y"], "--target: is for a table"),
        (["{train}:objective", "--space", "space.toml", "--methods", "tpee"], "did you mean 'tpe'?"),
        (["{train}:objective", "--space", "space.toml", "--budget", "0"], "--budget 0: expected at least 1"),
        (["{train}:objective", "--space", "space.toml", "--storage", "runs.db"], "such as sqlite:///runs.db"),
        (["{train}:objective", "--space", "space.toml", "--scheduler", "tcp://x"], "is for --engine dask; add it"),
        (["{train}:objective", "--space", "space.toml", "--timeout", "-1"], "expected seconds above 0"),
        (["{train}:objective", "--space", "space.toml", "--out", "x.pdf"], "expected a name that ends in .html"),
        (["loans.parquet"], "--target COLUMN is missing: which column of loans.parquet is to be predicted?"),
        (["loans.parquet", "--target", "bad"], "--model NAME is missing: expected logistic, svm, boosting or mlp"),
        (["loans.parquet", "--target", "bda", "--model", "svm"], "has no column 'bda'"),
        (["loans.parquet", "--target", "bad", "--model", "svmm"], "did you mean 'svm'?"),
        (["loans.parquet", "--target", "bad", "--model", "svm", "--metric", "log_loss"], "gives no probabilities"),
        (["loans.parquet", "--target", "bad", "--model", "svm", "--direction", "minimize"], "a metric has its own"),
        (["nothing.parquet", "--target", "bad", "--model", "svm"], "nothing.parquet"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence(
    arguments: list[str], said: str, train: str, loans: str, cutaway: Command, tmp_path: Path
) -> None:
    (tmp_path / "wrong.toml").write_text("[x]\nlow = 1\nhihg = 2\n")
    before = sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__")
    ended = cutaway("tune", *(argument.format(train=train) for argument in arguments))
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("cutaway tune: ") and ended.err.count("\n") == 1
    assert said.format(train=train) in ended.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == before


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_prints_the_best_so_far_and_the_same_command_goes_on(jobs: int, train: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cutaway", "tune", f"{train}:slow", "--space", "space.toml", "--budget", "400"]
    command += ["--jobs", str(jobs), "--storage", "sqlite:///runs.db", "--methods", "random"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    options: dict[str, Any] = {"cwd": tmp_path, "env": environment, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        _wait_for_trials(tmp_path / "runs.db", process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "cutaway tune: interrupted\n"
    assert out.startswith("Interrupted after ") and "Best so far: " in out
    done = int(out.split()[2].replace(",", ""))
    command[command.index("400")] = str(done + 1)
    ended = subprocess.run([*command, "--format", "json"], capture_output=True, check=True, **options)
    assert len(json.loads(ended.stdout)["searches"][0]["trials"]) == done + 1


def _wait_for_trials(path: Path, process: subprocess.Popen[str]) -> None:
    import time

    from tests.tuning.killing import finished

    while len(finished(path)) < 3:
        assert process.poll() is None
        time.sleep(0.1)
