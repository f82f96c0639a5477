"""Where a report goes, and as what."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.cli.destination import Destination, Format, destination, stem
from cutaway.core.errors import InputError


@pytest.mark.parametrize(
    ("format", "out", "expected"),
    [
        (None, None, (Format.terminal, None)),
        (None, "-", (Format.terminal, None)),
        ("json", None, (Format.json, None)),
        ("html", "-", (Format.html, None)),
        ("html", None, (Format.html, "loans-audit.html")),
        (None, "x.html", (Format.html, "x.html")),
        (None, "X.HTM", (Format.html, "X.HTM")),
        (None, "x.json", (Format.json, "x.json")),
        (None, "x.txt", (Format.terminal, "x.txt")),
        ("json", "x.html", (Format.json, "x.html")),
        ("terminal", "report", (Format.terminal, "report")),
    ],
)
def test_format_and_place(
    format: str | None,
    out: str | None,
    expected: tuple[Format, str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    got = destination(format and Format(format), out, "data/loans.csv")
    assert got == Destination(expected[0], None if expected[1] is None else Path(expected[1]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("loans.csv", "loans"),
        ("/data/loans.csv.gz", "loans"),
        ("loans.zst", "loans"),
        ("loans", "loans"),
        ("*.parquet", "table"),
        ("part-*.parquet", "part"),
        ("data/part[0-9].parquet", "part0-9"),
        (".csv", "table"),
        ("", "table"),
        ("größe.csv", "größe"),
    ],
)
def test_stem(table: str, expected: str) -> None:
    assert stem(table) == expected


def test_a_place_below_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert destination(None, "~/x.html", "loans.csv").path == tmp_path / "x.html"


def test_an_earlier_report_may_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("old")
    assert destination(None, str(tmp_path / "x.html"), "loans.csv").path == tmp_path / "x.html"


@pytest.mark.parametrize("table", ["loans.html", "l*.html", "./loans.html", "link.csv"])
def test_the_table_is_never_written_over(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loans.html").write_text("a,b\n")
    Path("link.csv").symlink_to("loans.html")
    with pytest.raises(InputError, match="is the table that is read"):
        destination(Format.html, "loans.html", table)
