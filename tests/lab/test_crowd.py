"""A hundred readers at once, while a long run goes on: none is turned away, and the run ends as if it were alone."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.lab.conftest import PATIENCE, STUDIES, Lab, children, running, wait_for

READERS = 100
REAL = ("counts", "threshold", "cauchy")
PATHS = (
    *("/", "/study/counts", "/data", "/bundle/lab.js", "/bundle/lab.css", "/api/studies", "/api/jobs", "/api/data"),
    *(f"/api/studies/{name}?stored=1" for name in REAL),
)
LONG = "/api/studies/waves/stream?frequency=3.5&steps=1000000&pause=0.01"
WATCHED = "/api/studies/waves/stream?frequency=3.6&steps=300&pause=0.01"
MOST_GROWTH = 150e6
"""Bytes: what the server may take more than before the crowd came."""


async def asked(port: int, path: str) -> tuple[float, bytes]:
    """Seconds until the whole answer was there, and the answer; each asks over a connection of its own."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read(-1)
    finally:
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 "), (path, answer[:200])
    return time.perf_counter() - began, answer


async def crowd(port: int, rounds: int) -> tuple[dict[str, list[float]], bytes]:
    """Every reader opens pages and results in an order of its own; a quarter of them also watch one run to its end."""
    took: dict[str, list[float]] = defaultdict(list)
    ended = b""

    async def read(number: int) -> None:
        nonlocal ended
        watching = asyncio.create_task(asked(port, WATCHED)) if number % 4 == 0 else None
        for turn in range(rounds):
            for step in range(len(PATHS)):
                path = PATHS[(number + turn + step * 3) % len(PATHS)]
                seconds, _ = await asked(port, path)
                took[path].append(seconds)
        if watching:
            _, ended = await watching

    await asyncio.gather(*map(read, range(READERS)))
    return took, ended


def memory(pid: int) -> int:
    """Bytes that the process holds."""
    told = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]
    return int(told) * 1024


def state(lab: Lab, number: str) -> str:
    return next(str(job["state"]) for job in lab.json("/api/jobs")["jobs"] if job["id"] == number)


@pytest.mark.slow
def test_a_hundred_readers_beside_a_long_run(tmp_path: Path) -> None:
    studies = [*STUDIES, *(f"cutaway.studies.{name}" for name in REAL)]
    with running(tmp_path, studies=studies) as lab:
        lab.json("/api/studies")
        with lab.stream(LONG.partition("?")[0], frequency=3.5, steps=1_000_000, pause=0.01) as stream:
            number = stream.next()["id"]
            reached = stream.until("progress")["done"]
            before, workers = memory(lab.process.pid), len(children(lab.process.pid))
            took, ended = asyncio.run(crowd(lab.port, rounds=1))
            grown = memory(lab.process.pid) - before
            assert state(lab, number) == "running"
            assert stream.until("progress")["done"] > reached, "the long run went on"
            began = time.monotonic()
            assert lab.json(f"/api/jobs/{number}", method="DELETE") == {"state": "cancelled"}
            assert time.monotonic() - began < 5
        everything = [seconds for each in took.values() for seconds in each]
        assert len(everything) == READERS * len(PATHS)
        lines = [line for line in ended.splitlines() if line.startswith(b"{")]
        assert json.loads(lines[0])["kind"] == "job" and json.loads(lines[-1])["kind"] == "result"
        assert grown < MOST_GROWTH, f"{grown / 1e6:.0f} MB more"
        assert len(children(lab.process.pid)) <= workers + 2
        wait_for(lambda: lab.json("/api/studies/waves", frequency=3.7))
        print(
            f"{len(everything)} answers: median {median(everything) * 1e3:.0f} ms, 95 % below "
            f"{quantiles(everything, n=20)[-1] * 1e3:.0f} ms; {grown / 1e6:.0f} MB more"
        )
        assert quantiles(everything, n=20)[-1] < 10  # seconds, on a busy machine; a quiet one takes a tenth of it
