"""`cutaway tune --engine dask`: on a cluster that somebody else has started, the trials of this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from distributed import LocalCluster
from pyarrow import csv

from tests.cli.conftest import Command

pytestmark = pytest.mark.slow

OBJECTIVE = """
def objective(params, attempt):
    if params["x"] > 4:
        raise ValueError("too far")
    return (params["x"] - 1) ** 2 + params["n"] + attempt.seed % 7 / 100
"""
SPACE = "[x]\nlow = -5.0\nhigh = 5.0\n[n]\nlow = 0\nhigh = 3\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A table, and a package with an objective that the cluster's workers can import."""
    path = tmp_path_factory.mktemp("dask")
    package = path / f"far_{os.getpid()}"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "training.py").write_text(OBJECTIVE)
    (path / "space.toml").write_text(SPACE)
    luck = np.random.default_rng(0)
    income, age = luck.normal(size=(2, 60))
    bad = np.where(income + 0.5 * luck.normal(size=60) < 0, "yes", "no")
    csv.write_csv(pa.table({"income": income, "age": age, "bad": bad}), path / "loans.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(path))
        yield path


@pytest.fixture(scope="module")
def scheduler(folder: Path) -> Iterator[str]:
    """The address of a cluster whose workers are processes of their own."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        yield cluster.scheduler_address


def trials(told: str) -> list[Any]:
    """All but the times."""
    return [
        [one["method"], one["repeat"], one["fold"], one["seed"]]
        + [
            [trial[key] for key in ("number", "batch", "params", "value", "state", "message")]
            for trial in one["trials"]
        ]
        for one in json.loads(told)["searches"]
    ]


def asked(folder: Path, what: str) -> list[str]:
    if what == "objective":
        return [f"far_{os.getpid()}.training:objective", "--space", "space.toml", "--budget", "10"]
    model = what.partition(" ")[2]
    table = ["loans.csv", "--target", "bad", "--model", model, "--budget", "4", "--folds", "2", "--outer-folds", "2"]
    return [*table, "--metric", "auc"]


@pytest.mark.parametrize("what", ["objective", "table logistic"])
def test_the_trials_are_those_of_this_machine(
    what: str, folder: Path, scheduler: str, cutaway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    command = ("tune", *asked(folder, what), "--methods", "random,tpe", "--repeats", 1, "--storage", "none")
    there = cutaway(*command, "--format", "json", "--engine", "dask", "--scheduler", scheduler)
    here = cutaway(*command, "--format", "json", "--jobs", 1)
    assert (there.status, there.err, here.status) == (0, "", 0)
    assert trials(there.out) == trials(here.out)
    assert any(state == "complete" for one in trials(here.out) for *_, state, _ in one[4:])


def test_what_a_cluster_kept_goes_on_here(
    folder: Path, scheduler: str, cutaway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    command = ("tune", *asked(folder, "objective"), "--storage", "sqlite:///far.db", "--format", "json", "--seed", 3)
    assert cutaway(*command, "--engine", "dask", "--scheduler", scheduler).status == 0
    longer = cutaway(*command, "--budget", 14, "--jobs", 1)
    whole = cutaway(*command, "--budget", 14, "--storage", "none", "--jobs", 1)
    assert trials(longer.out) == trials(whole.out)
