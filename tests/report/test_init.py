from __future__ import annotations

import subprocess
import sys

import pytest

from cutaway import report


def test_importing_the_report_imports_nothing_heavy() -> None:
    code = (
        "import sys, cutaway.report as r; r.html; r.to_json; r.write; r.terminal;"
        "print(*({'rich', 'numba', 'scipy', 'polars', 'pyarrow', 'jsonschema'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_public_names() -> None:
    assert dir(report) == [
        "contest_html",
        "contest_json",
        "contest_text",
        "html",
        "page",
        "schema",
        "terminal",
        "to_json",
        "write",
    ]
    assert all(getattr(report, name) is not None for name in dir(report))
    with pytest.raises(AttributeError, match="no attribute 'pdf'"):
        _ = report.pdf  # type: ignore[attr-defined]
