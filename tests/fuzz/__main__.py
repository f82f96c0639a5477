"""`python -m tests.fuzz [TARGET …] [--cases N] [--engine ENGINE]`: many hostile cases, target by target.

Each target runs in a process of its own, with a limit on its memory and on the time of a case, so that a crash, a hang
or a bomb is a finding like any other. What fails lies in .cache/fuzz/, named after its target; the status is 1 then.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz import changes
from tests.fuzz.targets import TARGETS, Target, lab

PLACE = Path(".cache/fuzz")
MEMORY = 3 << 30
"""Bytes of address space beyond what the target had after its good files."""
SECONDS = 10
"""That a case may take; the slowest of the good files take a tenth of one."""


class TooSlowError(Exception):
    """A case took longer than `SECONDS`."""


def main(arguments: list[str] | None = None) -> int:
    """Run the targets one after the other, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n\n")[1])
    parser.add_argument("target", nargs="*", choices=[[], *TARGETS], help="all of them by default")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--engine", choices=("hypothesis", "atheris", "both"), default="both")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    PLACE.mkdir(parents=True, exist_ok=True)
    if asked.here:
        return alone(asked.target[0], asked.engine, asked.cases)
    engines = ["hypothesis", "atheris"] if asked.engine == "both" else [asked.engine]
    if "atheris" in engines and find_spec("atheris") is None:
        print("atheris is not installed here (pip install atheris), so Hypothesis works alone")
        engines.remove("atheris")
    failed = 0
    for name in asked.target or TARGETS:
        cases = max(1, asked.cases * TARGETS[name].cases // 100)
        for engine in engines:
            began = time.monotonic()
            command = [sys.executable, "-m", "tests.fuzz", name, "--engine", engine, "--cases", str(cases), "--here"]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace")
            took = time.monotonic() - began
            print(f"{name:10} {engine:10} {cases:6} cases {took:6.0f} s  {told(done)}", flush=True)
            if done.returncode:
                failed += 1
                (PLACE / f"{name}-{engine}.txt").write_text(done.stderr[-100_000:], encoding="utf-8")
                print(f"           its account: {PLACE / f'{name}-{engine}.txt'}; its case: {PLACE / f'{name}.case'}")
    return min(failed, 1)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """How it ended, in a few words."""
    if done.returncode == 0:
        return (done.stdout.strip().splitlines() or ["done"])[-1]
    if done.returncode < 0:
        return f"FAILED: ended by signal {-done.returncode}"
    wrong = [line for line in done.stderr.splitlines() if "Error" in line and not line.startswith(" ")]
    return f"FAILED: {wrong[-1][:200] if wrong else f'status {done.returncode}'}"


def alone(name: str, engine: str, cases: int) -> int:
    """One target in this process."""
    target = TARGETS[name]
    good = target.seeds()
    with nullcontext() if target.isolated else lab():
        with nullcontext() if engine == "hypothesis" else instrumented():
            for seed in good:
                with suppress(Exception):
                    target.judge(seed)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.RLIM_INFINITY))
        signal.signal(signal.SIGALRM, slow)
        (by_hypothesis if engine == "hypothesis" else by_atheris)(name, target, good, cases)
    return 0


def peak() -> str:
    """The most memory that this process had."""
    return f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


def slow(number: int, frame: object) -> None:
    """Ends a case."""
    raise TooSlowError(f"a case took longer than {SECONDS} s")


def watched(name: str, target: Target, data: bytes) -> None:
    """One case, kept on disk while it is tried, for the case that ends the process."""
    (PLACE / f"{name}.case").write_bytes(data)
    signal.alarm(SECONDS)
    try:
        target.judge(data)
    finally:
        signal.alarm(0)


def instrumented() -> AbstractContextManager[None]:
    """While it is open, modules of cutaway that are imported tell atheris what is reached; Numba's code cannot."""
    import atheris

    source = Path(find_spec("cutaway").origin).parent  # type: ignore[union-attr, arg-type]
    compiled = [path for path in source.rglob("*.py") if "numba" in path.read_text(encoding="utf-8")]
    names = [".".join(path.relative_to(source.parent).with_suffix("").parts) for path in compiled]
    opened: AbstractContextManager[None] = atheris.instrument_imports(include=["cutaway"], exclude=names)
    return opened


def by_hypothesis(name: str, target: Target, good: tuple[bytes, ...], cases: int) -> None:
    """Changes of the good files; the case that failed is not made smaller, which may take minutes."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    @settings(
        max_examples=cases,
        deadline=None,
        phases=(Phase.generate,),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 255), changes.changes())
    def attacked(which: int, by: list[changes.Change]) -> None:
        watched(name, target, changes.changed(good, which, by))

    attacked()
    print(peak())


def by_atheris(name: str, target: Target, good: tuple[bytes, ...], cases: int) -> None:
    """Changes that reach code which no case had reached before, as libFuzzer finds them."""
    import atheris

    corpus = PLACE / f"{name}-corpus"
    corpus.mkdir(exist_ok=True)
    for seed in good:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    words = PLACE / f"{name}.dict"
    tokens = [one for one in changes.TOKENS if 0 < len(one) < 64]
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in one) + '"\n' for one in tokens]
    words.write_text("".join(lines), encoding="ascii")
    options = [f"-runs={cases}", "-seed=1", f"-max_len={changes.LONGEST}", "-rss_limit_mb=0", "-close_fd_mask=0"]
    options += [f"-dict={words}", f"-artifact_prefix={PLACE / name}-"]
    atheris.Setup([name, *options, str(corpus)], lambda data: watched(name, target, data))
    print(peak(), flush=True)
    atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    raise SystemExit(main())
