"""`cutaway.testing` passes what is sound, and tells of every law that is broken, in a sentence."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from cutaway import testing
from cutaway.checks.leakage import leakage
from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.findings import Finding, Remedy
from tests import plugged

site = plugged.site
Made = Callable[[str, str], ModuleType]


@pytest.fixture
def made(site: Path) -> Made:
    """The module of that name, with that text."""

    def make(name: str, text: str) -> ModuleType:
        (site / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    return make


def failed(verify: Callable[[], None]) -> str:
    with pytest.raises(AssertionError) as told:
        verify()
    return str(told.value)


def test_a_sound_study_passes(made: Made) -> None:
    testing.verify_study(made("t_sound", plugged.study()))


STUDY_FAULTS = {
    "question": ("Is it so?", "It is so", "its_file_is_whole: the docstring begins with a question"),
    "imports": (
        "from dataclasses import dataclass\n",
        "from dataclasses import dataclass\nfrom cutaway.report import page\n",
        "its_file_stands_alone: it imports ['cutaway.report']",
    ),
    "reserved": ("rows", "html", "its_parameters_have_ranges: ['html']: options of cutaway study have these names"),
    "clock": (
        'numbers={"rows": float(params.rows)}',
        'numbers={"rows": __import__("time").perf_counter()}',
        "the_same_seed_finds_the_same: the second run finds something else",
    ),
    "claim": ("== params.rows, r", "!= params.rows, r", "does not hold at the defaults"),
    "deaf": ('    progress("adding", 0, 1)\n', "", "it_stops_when_its_progress_raises: it never calls progress"),
    "heedless": (
        '    progress("adding", 0, 1)\n',
        '    try:\n        progress("adding", 0, 1)\n    except BaseException:\n        pass\n',
        "stopped at word 1 of progress, it went on to its end",
    ),
    "words": ("There are rows here.", "rows", "'rows' does not end as a sentence"),
    "infinite": (
        'numbers={"rows": float(params.rows)}',
        'numbers={"rows": float(params.rows), "x": float("inf")}',
        "its_outcome_is_json: the numbers ['x'] are not finite",
    ),
    "an end": (
        '    progress("adding", 0, 1)\n',
        '    progress("adding", 0, 1)\n    1 / (params.rows - 9)\n',
        "it_holds_at_every_end_of_every_range: ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("fault", STUDY_FAULTS)
def test_a_fault_of_a_study_is_told(fault: str, made: Made) -> None:
    right, wrong, said = STUDY_FAULTS[fault]
    text = plugged.study()
    assert right in text
    module = made(f"t_{fault.replace(' ', '_')}", text.replace(right, wrong))
    assert said in failed(lambda: testing.verify_study(module))


def test_an_outcome_is_stored_beside_the_study(made: Made) -> None:
    module = made("t_stored", plugged.study())
    path = testing.store(module)
    assert path == Path(str(module.__file__)).parent / "stored" / "t-stored.json"
    testing.verify_study(module)
    path.write_text(path.read_text().replace('"rows":3', '"rows":4'))
    assert "what_is_stored_is_current: its stored outcome" in failed(lambda: testing.verify_study(module))


def test_comparisons(made: Made, site: Path) -> None:
    faulty = plugged.TOPIC.replace("x[0] + x[1]", "x[0]").replace("from scipy import special", "import math")
    faulty = faulty.replace("special.xlogy(x, np.e).sum()", "math.pi")
    entries = "[cutaway.compare]\nt-sums = t_sums\nt-faulty = t_faulty\n"
    plugged.install(site, "acme", entries, {"t_sums": plugged.TOPIC, "t_faulty": faulty})
    testing.verify_comparison("t-sums")
    told = failed(lambda: testing.verify_comparison("t-faulty"))
    assert told.startswith("comparison t-faulty breaks 3 of its laws:\n")
    assert "it_calls_its_frameworks: it tells values of scipy and never imports that" in told
    assert "logs of scipy returns 3.14" in told and "numpy to scipy: exact is claimed, the error is 0." in told


@check("EVENS001", name="even rows", asks="table")
def even(subject: Subject, *, level: float = 0.05) -> Iterator[Finding]:
    """The table has as many rows as it should not have.

    Why it matters: it does not.

    What to do: nothing.

    Null: a count of rows is odd or even.

    Passed: The count of rows is odd.

    Source: none.

    Example: four rows fire, five do not.

    >>> from cutaway.checks.run.example import table
    >>> [len(list(even(table(y=[0, 1] * n + [0] * more)))) for n, more in ((10, 0), (10, 1))]
    [1, 0]
    """
    if subject.rows % 2 == 0:
        yield Finding(title="Even", severity="low", remedy=Remedy("Leave a row out."))


def odd_rows(seed: int) -> testing.checks.Table:
    return testing.sound_table(seed, rows=61)


def even_at_times(seed: int) -> testing.checks.Table:
    return testing.sound_table(seed, rows=60 + int(seed % 3 > 0))


def test_a_sound_check_passes() -> None:
    testing.verify_check(even, null=odd_rows, tables=8)


def test_one_of_cutaway_s_own_passes() -> None:
    testing.verify_check(leakage, tables=8)


def test_the_error_rate_is_held_against_the_promise() -> None:
    told = failed(lambda: testing.verify_check(even, null=even_at_times, tables=24))
    assert told == (
        "check EVENS001 breaks 1 of its laws:\n  it_errs_no_more_than_it_promises: it fires in 8 of 24 (15.63% to "
        "55.32%) tables without fault, and promises 5.00%"
    )
    testing.verify_check(even, null=even_at_times, tables=24, promise=0.3)
    rate = testing.error_rates([even.check], even_at_times, tables=24)["EVENS001"]  # type: ignore[attr-defined]
    assert (rate.fired, rate.of) == (8, 24)


CHECK_FAULTS = {
    "code": (("EVENS001", "DATA001"), "codes that begin with DAT are cutaway's"),
    "part": (("Null: a", "There: a"), "its_page_is_whole: the docstring has no Null:"),
    "silent": (("in ((10, 0), (10, 1))]\n    [1, 0]", "in ((10, 0),)]\n    [1]"), "in its example it is never silent"),
    "example": (("[1, 0]\n", "[1, 1]\n"), "its example fails"),
    "crash": (("subject.rows % 2 == 0", "1 / (subject.rows % 2)"), "at an odd table it crashes: ZeroDivisionError"),
    "order": (("subject.rows % 2 == 0", "subject.uniform.positions.size and first(subject)"), "after a shuffle"),
}


@pytest.mark.parametrize("fault", CHECK_FAULTS)
def test_a_fault_of_a_check_is_told(fault: str, made: Made) -> None:
    own = Path(__file__).read_text("utf-8")
    (right, wrong), said = CHECK_FAULTS[fault]
    text = own[own.index('@check("EVENS001"') : own.index("def odd_rows")]
    head = own[: own.index("from tests import plugged")]
    assert right in text
    first = (
        "def first(subject):\n    known = 'a' in subject.frame.numbers\n"
        "    return not known or subject.column(subject.uniform, 'a')[0] > 0.0\n"
    )
    module = made(f"t_{fault}", head + first + text.replace(right, wrong))
    told = failed(lambda: testing.verify_check(module.even, null=odd_rows, tables=8))
    assert said in told


def test_the_table_without_fault_has_both_classes_and_repeats() -> None:
    one, other = testing.sound_table(3), testing.sound_table(3)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert set(one["y"]) == {"no", "yes"} and not np.array_equal(one["a"], testing.sound_table(4)["a"])


def test_it_asks_for_no_test_framework() -> None:
    """A plug-in is tested with whatever its makers use."""
    import subprocess

    code = "import sys, cutaway.testing; sys.exit(any(n in sys.modules for n in ('pytest', 'jsonschema', 'sklearn')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
