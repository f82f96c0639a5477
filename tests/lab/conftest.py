"""A lab in a real process, asked over a real connection."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; a busy machine is no failure
STUDIES = ["tests.lab.waves", "tests.lab.dots", "tests.lab.plane"]
SERVE = """
import json, sys
from cutaway.lab import server
told = json.loads(sys.argv[1])
at = server.bound(told.pop("host"), 0)
try:
    server.serve(at, ready=lambda address: print(address, flush=True), **told)
except KeyboardInterrupt:
    sys.exit(130)
"""


@dataclass
class Lab:
    """A running lab."""

    process: subprocess.Popen[str]
    port: int
    token: str | None
    folder: Path
    headers: dict[str, str] = field(default_factory=dict)

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(
        self, path: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        connection = self.connection()
        try:
            where = path + (f"?{urlencode(query, doseq=True)}" if query else "")
            connection.request(method, where, body, {**self.headers, **(headers or {})})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def json(self, path: str, **more: Any) -> Any:
        status, _, body = self.ask(path, **more)
        assert status < 300, (status, body)
        return json.loads(body)

    def error(self, path: str, **more: Any) -> tuple[int, str]:
        """Status and sentence of a refusal."""
        status, headers, body = self.ask(path, **more)
        assert status >= 400, body
        assert headers["content-type"] == "application/json"
        told = json.loads(body)
        assert list(told) == ["error"]
        assert "Traceback" not in told["error"] and "\n" not in told["error"]
        return status, told["error"]

    def bring(self, name: str, content: bytes) -> Any:
        return self.json("/api/data", method="POST", body=content, name=name)

    @contextmanager
    def stream(self, path: str, **query: Any) -> Iterator[Stream]:
        connection = self.connection()
        connection.request("GET", f"{path}?{urlencode(query, doseq=True)}", headers=self.headers)
        try:
            yield Stream(connection.getresponse())
        finally:
            connection.close()

    @property
    def workers(self) -> set[int]:
        """The processes that the lab has started."""
        return children(self.process.pid)


@dataclass
class Stream:
    response: HTTPResponse

    def next(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.response.readline())
        return told

    def until(self, *kinds: str) -> dict[str, Any]:
        while True:
            told = self.next()
            if told["kind"] in kinds:
                return told

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.response.read().splitlines()]


def children(pid: int) -> set[int]:
    """The processes started by the one of that number."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                told = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(told[1]) == pid and told[0] != "Z":
                found.add(int(folder.name))
    return found


def seconds_used(pid: int) -> float:
    """Processor time of a process."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(true: Callable[[], Any], patience: float = PATIENCE) -> float:
    """Seconds until it is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience, "it did not come to pass"
        time.sleep(0.01)
    return time.monotonic() - began


@contextmanager
def running(folder: Path, host: str = "127.0.0.1", **told: Any) -> Iterator[Lab]:
    """A lab with the studies of these tests; its temporary files lie in `folder`."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, json.dumps({"studies": STUDIES, "host": host, **told})],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "TMPDIR": str(folder)},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline()
        found = re.match(r"http://[^/]*:(\d+)/(?:\?token=(\S+))?$", address.strip())
        assert found, address
        token = found[2]
        yield Lab(process, int(found[1]), token, folder, {"Authorization": f"Bearer {token}"} if token else {})
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()


@pytest.fixture(scope="session")
def one_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(one_lab: Lab) -> Iterator[Lab]:
    """The lab that all tests share, without tables."""
    yield one_lab
    for table in one_lab.json("/api/data")["data"]:
        one_lab.json(f"/api/data/{table['id']}", method="DELETE")
