"""The engine of a cluster: the local findings to the last bit, whatever happens to a worker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import distributed
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cutaway.checks import audit
from cutaway.core.audit import Audit
from cutaway.core.errors import InputError, InputTypeError, MissingExtraError
from cutaway.engines import dask as engine_module
from cutaway.engines.dask import Dask
from cutaway.engines.local import Local
from cutaway.engines.readers import open_table
from cutaway.engines.source import BATCH_ROWS
from tests.cli.conftest import Command, cutaway  # noqa: F401 - a fixture
from tests.engines.reals import ROWS, Real, Total, arrays, born, fails_in_the_last_rows, slow
from tests.tables import NASSCDS

NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")


def same(one: Audit, other: Audit) -> bool:
    """Whether two audits say the same, numbers to 1e-9: a product by BLAS depends on its threads in the last bits."""
    texts = [repr(replace(audited, seconds=0.0)) for audited in (one, other)]
    return alike(*texts)


def alike(one: str, other: str) -> bool:
    numbers = [np.array([float(n) for n in NUMBER.findall(text)]) for text in (one, other)]
    if NUMBER.sub("#", one) != NUMBER.sub("#", other) or numbers[0].shape != numbers[1].shape:
        return False
    return bool(np.allclose(*numbers, rtol=1e-9, atol=1e-12))


@pytest.fixture(scope="module")
def engine() -> Iterator[Dask]:
    with Dask() as engine:
        yield engine


@pytest.fixture(scope="module")
def reals(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Numbers of very different sizes in two files, whose row groups end elsewhere than batches do."""
    folder = tmp_path_factory.mktemp("reals")
    x = np.random.default_rng(5).lognormal(0, 5, ROWS)
    cut = 1_500_001
    pq.write_table(pa.table({"x": x[:cut], "unused": np.arange(cut)}), folder / "a.parquet", row_group_size=400_000)
    rest = pa.table({"x": x[cut:], "unused": np.arange(ROWS - cut)})
    pq.write_table(rest, folder / "b.parquet", row_group_size=70_001)
    return str(folder / "*.parquet")


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> str:
    """1,400,000 rows, which are two blocks."""
    rng = np.random.default_rng(8)
    rows = 1_400_000
    income = rng.lognormal(0, 1, rows)
    age = rng.normal(size=rows)
    age[rng.random(rows) < 0.05] = np.nan
    bad = rng.random(rows) < 1 / (1 + np.exp(3 - 0.5 * np.log(income)))
    table = pa.table({"income": income, "age": age, "region": rng.choice(["n", "s", "w"], rows), "bad": bad})
    path = tmp_path_factory.mktemp("loans") / "loans.parquet"
    pq.write_table(table, path, row_group_size=250_000)
    return str(path)


def test_a_fold_equals_the_local_one_to_the_last_bit(engine: Dask, reals: str) -> None:
    there, here = engine.open(reals), open_table(reals)
    assert there.specs == here.specs
    assert there.rows == here.rows
    assert there.bytes_hint == pytest.approx(here.bytes_hint, rel=0.01)
    found = engine.fold(there, ["x"], Real.of)
    assert found == Local().fold(here, ["x"], Real.of)
    assert found.positions == ROWS * (ROWS - 1) // 2
    assert engine.fold(engine.open(f"file://{reals}"), ["x"], Real.of) == found
    start = Real(0, 1e-3, 0)
    assert engine.fold(there, None, Real.of, start) == Local().fold(here, None, Real.of, start)


def test_a_replay_equals_the_local_one_whether_its_arrays_are_kept_or_not(
    engine: Dask, reals: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = engine.open(reals), open_table(reals)
    expected = Local().replay(here, ["x"], arrays)(Total.of)
    kept = engine.replay(there, ["x"], arrays)
    assert kept.kept
    assert kept(Total.of) == kept(Total.of) == expected
    monkeypatch.setattr(engine_module, "KEPT_SHARE", 0.0)
    again = engine.replay(there, ["x"], arrays)
    assert not again.kept
    assert again(Total.of) == again(Total.of) == expected


def test_progress_rises_to_the_number_of_rows(engine: Dask, reals: str) -> None:
    told: list[tuple[str, float, float | None]] = []
    engine.fold(engine.open(reals), ["x"], Real.of, progress=lambda *state: told.append(state), stage="adding")
    done = [one for _, one, _ in told]
    assert {stage for stage, _, _ in told} == {"adding"}
    assert (done[0], done[-1], len(done)) == (0, ROWS, 5)
    assert done == sorted(done)


def test_of_several_errors_that_of_the_first_rows_is_told(engine: Dask, reals: str) -> None:
    def message(fold: Callable[..., Any], source: Any) -> str:
        with pytest.raises(InputError) as raised:
            fold(source, ["x"], fails_in_the_last_rows)
        return str(raised.value)

    assert message(engine.fold, engine.open(reals)) == message(Local().fold, open_table(reals))


@pytest.mark.slow
def test_every_finding_equals_the_local_one(engine: Dask, loans: str) -> None:
    assert same(audit(NASSCDS, "dead", engine=engine), audit(NASSCDS, "dead"))
    options: dict[str, Any] = {"test": str(NASSCDS), "weight": "weight", "group": "sex"}
    assert same(audit(str(NASSCDS), "dead", engine=engine, **options), audit(str(NASSCDS), "dead", **options))
    assert same(audit(loans, "bad", engine=engine), audit(loans, "bad"))


def kill_a_worker(engine: Dask) -> None:
    """Kill the older one: Dask does not replace a worker that dies in the moment in which it starts."""
    engine.client.wait_for_workers(2, timeout=60)  # one that was killed before comes back
    _, oldest = min(engine.client.run(born).values())
    os.kill(oldest, signal.SIGKILL)


@pytest.mark.slow
def test_killing_a_worker_in_the_middle_of_a_fold_loses_nothing(engine: Dask, reals: str) -> None:
    killed: list[float] = []

    def kill(stage: str, done: float, total: float | None) -> None:
        if done and not killed:  # one block is done, and its state lies with one of the workers
            killed.append(done)
            kill_a_worker(engine)

    found = engine.fold(engine.open(reals), ["x"], slow, progress=kill)
    assert killed and killed[0] < ROWS
    assert found == Local().fold(open_table(reals), ["x"], Real.of)


@pytest.mark.slow
def test_killing_a_worker_that_keeps_arrays_loses_nothing(engine: Dask, reals: str) -> None:
    expected = Local().replay(open_table(reals), ["x"], arrays)(Total.of)
    replay = engine.replay(engine.open(reals), ["x"], arrays)
    assert replay(Total.of) == expected
    kill_a_worker(engine)
    assert replay(Total.of) == expected


@pytest.mark.slow
def test_an_audit_survives_the_death_of_workers(engine: Dask, loans: str) -> None:
    deaths: list[tuple[str, float]] = []

    def kill(stage: str, done: float, total: float | None) -> None:
        at = (stage, done)
        surveying = stage == "surveying the columns" and done == 0
        if (surveying or at == ("fitting a plain model", 1)) and at not in deaths:
            deaths.append(at)
            kill_a_worker(engine)

    found = audit(loans, "bad", engine=engine, progress=kill)
    assert len(deaths) == 2
    assert same(found, audit(loans, "bad"))


def test_only_parquet_files_are_read(engine: Dask, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n1,0\n2,1\n")
    with pytest.raises(InputError, match=r'reads Parquet files, and "table.csv" is none; save it as Parquet'):
        engine.open(path)
    with pytest.raises(InputTypeError, match='expected the path of Parquet files, got "Table"'):
        engine.open(pa.table({"x": [1.0]}))
    with pytest.raises(InputError, match="expected a source that it has opened itself"):
        engine.fold(open_table(pa.table({"x": [1.0]})), ["x"], Real.of)


def test_what_local_refuses_is_refused_alike(engine: Dask, tmp_path: Path) -> None:
    def message(open_: Callable[..., Any], path: Path) -> str:
        with pytest.raises(InputError) as raised:
            open_(path)
        return str(raised.value)

    infinite, empty = tmp_path / "infinite.parquet", tmp_path / "empty.parquet"
    values = np.zeros(3 * BATCH_ROWS)
    values[2 * BATCH_ROWS + 4] = np.inf
    pq.write_table(pa.table({"x": values}), infinite)
    pq.write_table(pa.table({"x": pa.array([], pa.float64())}), empty)
    assert message(engine.open, infinite) == message(open_table, infinite)
    assert "data row 131,077" in message(engine.open, infinite)
    assert message(engine.open, empty) == message(open_table, empty)


def test_a_file_that_was_cut_after_it_was_opened_is_noticed(engine: Dask, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"x": np.arange(100.0)}), path)
    source = engine.open(path)
    pq.write_table(pa.table({"x": np.arange(60.0)}), path)
    with pytest.raises(InputError, match="has changed since it was opened"):
        engine.fold(source, ["x"], Real.of)


def test_the_workers_are_reached_by_their_owner_alone(engine: Dask) -> None:
    engine.client.wait_for_workers(2, timeout=60)
    workers = list(engine.client.scheduler_info(n_workers=-1)["workers"])
    assert len(workers) == 2
    assert all(address.startswith("tls://127.0.0.1:") for address in [*workers, engine.client.scheduler.address])


def test_an_engine_works_within_its_context_only() -> None:
    with pytest.raises(InputError, match="with Dask"):
        Dask().client  # noqa: B018 - to ask is to use


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cutaway\[dask\]'"), Dask():
        pass


def test_a_scheduler_that_does_not_answer_is_told_in_a_sentence(
    cutaway: Command,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(Dask.__init__.__kwdefaults__, "patience_seconds", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", "tcp://"):
        ended = cutaway("audit", NASSCDS, "--target", "dead", "--engine", "dask", "--scheduler", address)
        assert ended.status == 2
        assert f'--scheduler "{address}": no Dask scheduler answers there' in ended.err
        assert len(ended.err.splitlines()) == 1


def test_a_scheduler_without_the_engine_is_refused(cutaway: Command) -> None:  # noqa: F811
    ended = cutaway("audit", NASSCDS, "--target", "dead", "--scheduler", "tcp://127.0.0.1:8786")
    assert ended.status == 2
    assert "is for --engine dask" in ended.err


@pytest.mark.slow
def test_the_command_works_on_a_running_cluster(cutaway: Command) -> None:  # noqa: F811
    arguments = ("audit", NASSCDS, "--target", "dead", "--format", "json", "--select", "DAT", "--out", "-")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        there = cutaway(*arguments, "--engine", "dask", "--scheduler", cluster.scheduler_address)
    here = cutaway(*arguments)
    assert there.status == here.status == 0
    assert there.err == here.err
    assert alike(_without_time(there.out), _without_time(here.out))


def _without_time(report: str) -> str:
    timed = ('"seconds"', '"foot"')
    return "\n".join(line for line in report.splitlines() if not line.lstrip().startswith(timed))


@pytest.mark.slow
def test_a_cluster_without_workers_or_without_cutaway_is_told() -> None:
    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        address = cluster.scheduler_address
        with pytest.raises(InputError, match="has no workers; start some"), Dask(address, patience_seconds=1.0):
            pass
        code = "import sys; sys.modules['cutaway'] = None; from distributed.cli.dask_worker import main; main()"
        worker = subprocess.Popen(
            [sys.executable, "-c", code, address, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with pytest.raises(InputError, match=r"workers cannot run cutaway .*; install cutaway"):
                Dask(address, patience_seconds=30.0).__enter__()
        finally:
            worker.terminate()
            worker.wait(10)
