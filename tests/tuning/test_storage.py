"""Searches that are kept: taken up again as if never interrupted, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import glob
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutaway.core.contest import Search
from cutaway.core.errors import InputError
from cutaway.tuning import METHODS, Interrupted, search, space_of
from cutaway.tuning.storage import Database, hidden, opened
from tests.tuning import objectives
from tests.tuning.objectives import PLANE, SPACE
from tests.tuning.test_search import essence


@pytest.mark.parametrize("method", METHODS)
def test_what_was_interrupted_ends_as_if_it_had_not_been(method: str, tmp_path: Path) -> None:
    budget = 13 if method == "gp" else 19
    whole = search(objectives.bowl, SPACE, method=method, budget=budget, seed=7)
    interrupted = _Interrupting(after=10)
    address = f"sqlite:///{tmp_path}/runs.db"
    with pytest.raises(Interrupted) as caught:
        search(interrupted, SPACE, method=method, budget=budget, seed=7, storage=address)
    assert essence(caught.value.search) == essence(whole)[:10]
    resumed = search(interrupted, SPACE, method=method, budget=budget, seed=7, storage=address)
    assert essence(resumed) == essence(whole)
    assert interrupted.calls == budget + 1  # the one that was interrupted ran twice, no other did
    again = search(interrupted, SPACE, method=method, budget=budget, seed=7, storage=address)
    assert essence(again) == essence(whole)
    assert interrupted.calls == budget + 1


class _Interrupting:
    """`objectives.bowl`, interrupted once."""

    def __init__(self, after: int) -> None:
        self.after, self.calls = after, 0

    def describe(self) -> str:
        return "bowl"

    def __call__(self, params: dict[str, Any]) -> float:
        self.calls += 1
        if self.calls == self.after + 1:
            raise KeyboardInterrupt
        return objectives.bowl(params)


def test_optuna_itself_reads_what_is_kept(tmp_path: Path) -> None:
    import optuna

    address = f"sqlite:///{tmp_path}/runs.db"
    found = search(objectives.bowl, SPACE, method="random", budget=6, storage=address, name="mine")
    study = optuna.load_study(study_name="mine", storage=address)
    assert [trial.params for trial in study.trials] == [dict(trial.params) for trial in found.trials]
    assert [trial.value for trial in study.trials] == [trial.value for trial in found.trials]
    best = found.best("minimize")
    assert best is not None and study.best_trial.number == best.number


def test_a_longer_budget_goes_on(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/runs.db"
    search(objectives.plane, PLANE, method="tpe", budget=6, storage=address)  # ends within a batch
    longer = search(objectives.plane, PLANE, method="tpe", budget=17, storage=address)
    assert essence(longer) == essence(search(objectives.plane, PLANE, method="tpe", budget=17))
    assert longer.seconds > 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "random"}, "had method tpe, now it is random"),
        ({"seed": 1}, "had seed 0, now it is 1"),
        ({"batch": 2}, "had batch 4, now it is 2"),
        ({"space": space_of({"x": [1, 2], "n": [3]})}, "had another space"),
        ({"objective": objectives.slow_plane}, "had another objective"),
        ({"direction": "maximize"}, "direction"),
    ],
    ids=["method", "seed", "batch", "space", "objective", "direction"],
)
def test_another_search_of_the_same_name_is_refused(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/runs.db"
    asked: dict[str, Any] = {"objective": objectives.plane, "space": PLANE, "method": "tpe", "budget": 2}
    search(**asked, storage=address)
    with pytest.raises(InputError) as caught:
        search(**{**asked, **changed}, storage=address)
    assert said in str(caught.value)


def test_a_study_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    import optuna

    address = f"sqlite:///{tmp_path}/runs.db"
    study = optuna.create_study(study_name="theirs", storage=address)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(InputError, match="the study 'theirs' there was not made by cutaway"):
        search(objectives.plane, PLANE, budget=2, storage=address, name="theirs")
    assert len(optuna.load_study(study_name="theirs", storage=address).trials) == 1


def test_trials_that_somebody_else_adds_are_noticed(tmp_path: Path) -> None:
    import optuna

    address = f"sqlite:///{tmp_path}/runs.db"

    def meddled(params: dict[str, Any]) -> float:
        optuna.load_study(study_name="search", storage=address).ask()
        return 0.0

    with pytest.raises(InputError, match="somebody else adds trials to the search 'search'"):
        search(meddled, PLANE, method="random", budget=10, storage=address)


def test_a_search_that_another_process_is_at_is_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/runs.db"
    with subprocess.Popen(["sleep", "60"]) as other:
        born = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        settings = {"space": PLANE.to_wire()}
        kept = opened(address, "search", "minimize", settings)
        assert isinstance(kept, Database)
        kept._storage.set_study_user_attr(kept._study, "cutaway:held", [platform.node(), other.pid, born])
        with pytest.raises(InputError, match=f"process {other.pid} is at work on the search 'search'"):
            opened(address, "search", "minimize", settings)
        other.kill()
    opened(address, "search", "minimize", settings).close(0.0)  # a process that is gone holds nothing


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("runs.db", "storage 'runs.db': expected an address such as sqlite:///runs.db"),
        ("sqlite:////nowhere/at/all/runs.db", "the folder '/nowhere/at/all' does not exist; create it"),
        ("sqlite:////tmp", "expected the name of a file, got a folder"),
        ("nonsense://x", "storage nonsense://x: the database cannot be used"),
        ("postgresql://ann:secret@127.0.0.1:1/runs", "storage postgresql://ann:…@127.0.0.1:1/runs: the database"),
    ],
    ids=["file", "folder", "a folder", "scheme", "nobody there"],
)
def test_a_wrong_address_is_named(address: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        search(objectives.plane, PLANE, budget=2, storage=address)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_text("this is not a database, though it is long enough to be taken for one" * 20)
    with pytest.raises(InputError, match=r"the database cannot be used \(file is not a database"):
        search(objectives.plane, PLANE, budget=2, storage=f"sqlite:///{tmp_path}/runs.db")


def test_passwords_are_not_shown() -> None:
    assert hidden("sqlite:///runs.db") == "sqlite:///runs.db"
    assert hidden("postgresql://ann@db/runs") == "postgresql://ann@db/runs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of Debian's package in a folder of its own, which ends with the tests."""
    programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    folder = tmp_path_factory.mktemp("postgresql")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def started(*command: str) -> None:
        # The server refuses to run as root: whoever is root becomes the user that the package made for it.
        if os.geteuid() == 0:
            command = ("runuser", "-u", "postgres", "--", *command)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        for place in (folder, data):
            shutil.chown(place, "postgres")
        for parent in folder.parents:
            if parent.owner() == "root" and parent != Path("/") and parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)  # that user must be able to pass
    started(str(programs / "initdb"), "-D", str(data), "-U", "tuner", "-A", "trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={folder}"
    started(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://tuner@127.0.0.1:{port}/postgres"
    finally:
        started(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


@pytest.mark.postgresql
@pytest.mark.slow
def test_postgresql_keeps_trials_as_sqlite_does(server: str) -> None:
    whole = search(objectives.bowl, SPACE, method="tpe", budget=18, seed=7)
    interrupted = _Interrupting(after=10)
    with pytest.raises(Interrupted):
        search(interrupted, SPACE, method="tpe", budget=18, seed=7, storage=server, name="pg")
    resumed: Search = search(interrupted, SPACE, method="tpe", budget=18, seed=7, storage=server, name="pg")
    assert essence(resumed) == essence(whole)
    with pytest.raises(InputError, match="had seed 7, now it is 8"):
        search(interrupted, SPACE, method="tpe", budget=18, seed=8, storage=server, name="pg")
    troubled = search(objectives.worded, PLANE, method="random", budget=3, storage=server, name="worded")
    assert [trial.state for trial in troubled.trials] == ["failed"] * 3


@pytest.mark.postgresql
@pytest.mark.slow
def test_postgresql_with_several_workers(server: str) -> None:
    one = search(objectives.lucky, PLANE, method="cmaes", budget=16, storage=server, name="one")
    two = search(objectives.lucky, PLANE, method="cmaes", budget=16, storage=server, name="two", workers=2)
    assert essence(one) == essence(two)
