"""What holds for every test: Hypothesis's settings, no network, the order, what lacks its program."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share the cores: a thread that waits must not spin on one
    os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile(
    "cutaway",
    deadline=None,  # the first example compiles or loads numba's code
    max_examples=50,
    derandomize="CI" in os.environ,  # a change is judged by what it changed; new examples are looked for elsewhere
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("cutaway")

# A browser in a container has no GPU and no sandbox; the other switches keep it from calling home.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PROGRAMS = {
    "chromium": "chromium",
    "mlbench": "r-cran-mlbench",
    "fashion": "dataset-fashion-mnist",
    "postgresql": "postgresql",
    "skopeo": "skopeo",
    "umoci": "umoci",
    "irkernel": "r-cran-irkernel",
}
"""Marker of a test -> the system package without which it cannot run."""

LEFT_OUT: dict[str, set[str]] = {}


def absent() -> set[str]:
    """The system packages that `make test` could not get; it names them in CUTAWAY_ABSENT. By hand, none is."""
    return set(os.environ.get("CUTAWAY_ABSENT", "").split())


def is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what lacks its program (named in the summary), and run the slow tests last.

    The fast tests of a file go to one worker, and so do its slow ones, where a test does not say another group: what a
    file's tests share is then made once.
    """
    lacking = {marker: program for marker, program in PROGRAMS.items() if program in absent()}
    chosen, left_out = [], []
    for item in items:
        wanting = [program for marker, program in lacking.items() if item.get_closest_marker(marker)]
        (left_out if wanting else chosen).append(item)
        for program in wanting:
            LEFT_OUT.setdefault(program, set()).add(item.nodeid)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(chosen, key=is_slow)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(
                pytest.mark.xdist_group(f"{item.nodeid.split('::')[0]} {'slow' if is_slow(item) else 'fast'}")
            )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells the controller what it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = {program: sorted(tests) for program, tests in LEFT_OUT.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """The controller of pytest-xdist hears what a worker left out."""
    for program, tests in getattr(node, "workeroutput", {}).get("left_out", {}).items():
        LEFT_OUT.setdefault(program, set()).update(tests)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say, just above pytest's closing line, which tests were left out for want of which program."""
    for program, tests in sorted(LEFT_OUT.items()):
        terminalreporter.section(f"left out for want of {program}", sep="-")
        for test in sorted(tests):
            terminalreporter.write_line(test)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connecting to anything but this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach the network at {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture
def rng() -> np.random.Generator:
    """The same random numbers in every run."""
    return np.random.default_rng(20240607)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module. While it is open, no other loop of asyncio can run in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        yield opened
        opened.close()
