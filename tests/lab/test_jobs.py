"""Long runs: progress, cancelling that really stops the process, reload, waiting, and every way to fail."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.lab.conftest import Lab, running, seconds_used, wait_for

LONG = {"steps": 100_000, "pause": 0.01}


def state(lab: Lab, number: str) -> str:
    return next(job["state"] for job in lab.json("/api/jobs")["jobs"] if job["id"] == number)


def process(progress: dict[str, Any]) -> int:
    """The process that tells this progress."""
    return int(progress["stage"].removeprefix("waving in "))


def test_a_run_tells_its_number_its_progress_and_its_result(lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", frequency=1.1, steps=20, pause=0.03) as stream:
        told = stream.all()
    assert told[0]["kind"] == "job"
    assert {line["kind"] for line in told[1:-1]} == {"progress"}
    assert told[1]["total"] == 20
    done = [line["done"] for line in told[1:-1]]
    assert done == sorted(done)
    last = told[-1]
    assert last["kind"] == "result" and last["partial"] is False
    assert last["outcome"]["study"] == "waves"
    assert last["outcome"]["claims"][0]["holds"] is True
    assert last["outcome"]["numbers"]["process"] == process(told[1]) != lab.process.pid
    assert state(lab, told[0]["id"]) == "done"


def test_a_run_tells_what_it_has_on_the_way(lab: Lab) -> None:
    """Parts of the result, 0.3 seconds apart at least, without claims; what is kept is the whole one."""
    query = {"frequency": 1.1, "steps": 40, "pause": 0.03, "parts": True}
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        told = stream.all()
    parts = [line for line in told if line["kind"] == "result" and line["partial"]]
    assert 1 <= len(parts) <= len([line for line in told if line["kind"] == "progress"])
    steps = [line["outcome"]["numbers"]["step"] for line in parts]
    assert steps == sorted(set(steps)) and 0 < steps[0] <= steps[-1] <= 40
    assert all(line["outcome"]["claims"] == [] and line["outcome"]["stored"] is False for line in parts)
    assert told[-1]["partial"] is False and told[-1]["outcome"]["claims"][0]["holds"] is True
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        assert [line["kind"] for line in stream.all()] == ["job", "result"]


def test_progress_is_told_twenty_times_a_second_at_most(lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", steps=100_000, frequency=1.2) as stream:
        began = time.monotonic()
        told = stream.all()
        took = time.monotonic() - began
    assert len(told) <= 4 + took / 0.05


def test_a_run_and_an_answer_are_the_same(lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", frequency=1.3) as stream:
        streamed = stream.until("result")["outcome"]
    assert lab.json("/api/studies/waves", frequency=1.3) == streamed


def test_a_finished_run_is_answered_from_what_was_kept(lab: Lab) -> None:
    query = {"frequency": 1.4, "steps": 40, "pause": 0.05}
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        first = stream.until("result")
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        assert [line["kind"] for line in stream.all()] == ["job", "result"]
    assert lab.json("/api/studies/waves", **query) == first["outcome"]


def test_cancelling_ends_the_process_and_its_computing(lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", frequency=1.5, **LONG) as stream:
        number = stream.next()["id"]
        pid = process(stream.until("progress"))
        used = seconds_used(pid)
        wait_for(lambda: seconds_used(pid) > used)
        began = time.monotonic()
        assert lab.json(f"/api/jobs/{number}", method="DELETE") == {"state": "cancelled"}
        assert not Path(f"/proc/{pid}").exists(), "the process is gone when the answer comes"
        assert time.monotonic() - began < 5
        assert stream.all()[-1] == {"kind": "error", "message": "the run was cancelled", "cancelled": True}
    assert state(lab, number) == "cancelled"
    assert lab.json(f"/api/jobs/{number}", method="DELETE") == {"state": "cancelled"}


@pytest.mark.timing
def test_cancelling_takes_less_than_three_tenths_of_a_second(lab: Lab) -> None:
    for frequency in (1.61, 1.62, 1.63):
        with lab.stream("/api/studies/waves/stream", frequency=frequency, **LONG) as stream:
            number = stream.next()["id"]
            stream.until("progress")
            began = time.perf_counter()
            lab.json(f"/api/jobs/{number}", method="DELETE")
            assert time.perf_counter() - began < 0.3


def test_a_cancelled_run_can_be_started_again(lab: Lab) -> None:
    numbers = []
    for _ in range(2):
        with lab.stream("/api/studies/waves/stream", frequency=1.7, **LONG) as stream:
            numbers.append(stream.next()["id"])
            stream.until("progress")
            lab.json(f"/api/jobs/{numbers[-1]}", method="DELETE")
    assert numbers[0] != numbers[1]


def test_the_same_question_attaches_to_the_run_that_there_is(lab: Lab) -> None:
    query = {"frequency": 1.8, **LONG}
    with lab.stream("/api/studies/waves/stream", **query) as first:
        number = first.next()["id"]
        reached = first.until("progress")["done"]
        with lab.stream("/api/studies/waves/stream", seed=0, **query) as second:
            assert second.next()["id"] == number
            assert second.next()["done"] >= reached, "the progress so far comes at once"
            assert [job["listeners"] for job in lab.json("/api/jobs")["jobs"] if job["id"] == number] == [2]
            lab.json(f"/api/jobs/{number}", method="DELETE")
            assert first.until("error")["cancelled"] and second.until("error")["cancelled"]


def test_a_reload_finds_its_run_again(lab: Lab) -> None:
    query = {"frequency": 1.9, **LONG}
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        number = stream.next()["id"]
        reached = stream.until("progress")["done"]
    wait_for(lambda: next(j for j in lab.json("/api/jobs")["jobs"] if j["id"] == number)["listeners"] == 0)
    assert state(lab, number) == "running"
    with lab.stream("/api/studies/waves/stream", **query) as stream:
        assert stream.next()["id"] == number
        assert stream.until("progress")["done"] >= reached
        lab.json(f"/api/jobs/{number}", method="DELETE")


def test_a_run_that_everybody_has_left_is_ended_after_a_while(tmp_path: Path) -> None:
    with running(tmp_path, linger=0.5) as lab:
        with lab.stream("/api/studies/waves/stream", **LONG) as stream:
            number = stream.next()["id"]
            pid = process(stream.until("progress"))
        assert wait_for(lambda: not Path(f"/proc/{pid}").exists()) > 0.2
        assert state(lab, number) == "cancelled"


def test_a_third_run_waits_and_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as lab:
        path = "/api/studies/waves/stream"
        with lab.stream(path, seed=1, **LONG) as one, lab.stream(path, seed=2, **LONG) as two:
            first = one.next()["id"]
            assert process(one.until("progress")) != process(two.until("progress"))
            with lab.stream(path, seed=3) as three:
                number = three.next()["id"]
                assert three.next()["stage"] == "waiting for another run to end"
                assert state(lab, number) == "waiting"
                lab.json(f"/api/jobs/{first}", method="DELETE")
                assert three.until("result")["outcome"]["params"]["seed"] == 3


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("sentence", "the sea is calm; choose another ending"),
        ("bug", "this is a bug in cutaway (ZeroDivisionError"),
        ("killed", "the run's process ended before its result"),
    ],
)
def test_a_run_that_fails_says_why(ending: str, said: str, lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", ending=ending) as stream:
        told = stream.all()
    assert told[-1]["kind"] == "error"
    assert said in told[-1]["message"] and "\n" not in told[-1]["message"]
    with lab.stream("/api/studies/waves/stream", frequency=2.1) as stream:
        assert stream.until("result", "error")["kind"] == "result"


def test_a_worker_killed_by_somebody_else_is_an_error_and_no_silence(lab: Lab) -> None:
    with lab.stream("/api/studies/waves/stream", frequency=2.2, **LONG) as stream:
        stream.next()
        os.kill(process(stream.until("progress")), signal.SIGKILL)
        assert "ended before its result" in stream.until("error")["message"]


def test_no_job_of_that_number(lab: Lab) -> None:
    assert lab.error("/api/jobs/nothing", method="DELETE") == (404, "no job has this number")


def test_an_answer_that_nobody_waits_for_is_stopped(tmp_path: Path) -> None:
    with running(tmp_path) as lab:
        lab.json("/api/studies")
        connection = lab.connection()
        connection.request("GET", "/api/studies/waves?steps=100000&pause=0.01")
        time.sleep(0.5)
        connection.close()
        time.sleep(0.5)
        before = seconds_used(lab.process.pid)
        time.sleep(1)
        assert seconds_used(lab.process.pid) - before < 0.5


@pytest.mark.timing
def test_running_jobs_do_not_slow_a_slider(tmp_path: Path) -> None:
    """Two runs keep two processors busy; a moved slider is still answered in under 50 ms."""
    with running(tmp_path) as lab:
        lab.json("/api/studies/waves", frequency=5)
        path = "/api/studies/waves/stream"
        with lab.stream(path, seed=1, **LONG) as one, lab.stream(path, seed=2, **LONG) as two:
            assert one.until("progress") and two.until("progress")
            time.sleep(3)  # a third worker gets ready meanwhile
            took = []
            for step in range(50):
                began = time.perf_counter()
                lab.json("/api/studies/waves", frequency=1 + step / 10)
                took.append(time.perf_counter() - began)
                time.sleep(0.02)
    assert median(took) < 0.05, sorted(took)
