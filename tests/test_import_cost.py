"""What it costs to start: the package and the help come up about as fast as a bare interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = ("numpy", "numba", "scipy", "pyarrow", "polars", "pandas", "typer", "rich", "sklearn", "torch")

COMMANDS = {
    "import cutaway": ["-c", "import cutaway"],
    "python -m cutaway --help": ["-m", "cutaway", "--help"],
    "cutaway --help": [str(Path(sys.executable).with_name("cutaway")), "--help"],
}


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


@pytest.mark.timing
@pytest.mark.parametrize("name", COMMANDS)
def test_starts_within_five_times_a_bare_interpreter(name: str) -> None:
    seconds(COMMANDS[name])  # compiles the byte code
    pairs = [(seconds(["-c", "pass"]), seconds(COMMANDS[name])) for _ in range(9)]  # interleaved
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert ours < 5 * bare, f"{name}: {ours * 1e3:.0f} ms, a bare interpreter {bare * 1e3:.0f} ms"


def modules_after(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(shown.stderr.split())


def test_import_takes_no_library() -> None:
    assert not modules_after("import cutaway").intersection(HEAVY)


def test_help_takes_no_library() -> None:
    run = "import sys; sys.argv = ['cutaway', '--help']\nfrom cutaway.cli import main"
    code = f"{run}\ntry: main()\nexcept SystemExit: pass"
    assert not modules_after(code).intersection(HEAVY)


def test_a_topic_is_imported_when_it_is_used() -> None:
    before = modules_after("import cutaway")
    after = modules_after("from cutaway import columns")
    assert "cutaway.science.columns" not in before
    assert "cutaway.science.columns" in after


def test_an_audit_imports_no_framework_and_no_heavy_statistics() -> None:
    taken = modules_after("import cutaway; cutaway.audit").intersection(HEAVY)
    assert not taken.intersection({"polars", "pandas", "sklearn", "torch"})


def test_finding_the_checks_takes_no_network() -> None:
    taken = modules_after("from cutaway.checks import discover; discover()")
    assert not taken.intersection({"cutaway.science.nets", "cutaway.science.search", "cutaway.frameworks.nets_network"})


def test_an_unknown_name_is_an_attribute_error() -> None:
    import cutaway

    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = cutaway.nonsense


def test_every_public_name_is_there() -> None:
    import cutaway

    for name in dir(cutaway):
        assert getattr(cutaway, name) is not None
    assert {"audit", "columns", "logit", "metrics"} <= set(dir(cutaway))
