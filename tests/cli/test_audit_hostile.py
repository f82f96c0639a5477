"""`cutaway audit` of a table whose names and values mean harm: nothing of them acts, and nothing of them is lost."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from tests.cli.conftest import Command, Ended
from tests.cli.test_audit import valid
from tests.report.audit_parts import HOSTILE


def hostile_table(folder: Path) -> list[str]:
    names = [name for name in HOSTILE if "\x00" not in name and "\ud800" not in name] + [
        'comma, "quoted"',
        "esc\x1b[31m",
    ]
    with (folder / "hostile.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*names, "bought"])
        random = Random(0)
        for i in range(300):
            numbers = [round(random.gauss(0, 1), 3) for _ in names[1:]]
            writer.writerow([f"\x1b[3{i % 3}m<b>{i % 3}", *numbers, random.choice(["y<es>\x1b[5m", "no", "no"])])
    return names


def hostile(cutaway: Command, *arguments: str) -> Ended:
    ended = cutaway("audit", "hostile.csv", "--target", "bought", *arguments)
    assert ended.status == 0, ended.err
    return ended


def test_hostile_names_in_the_terminal(cutaway: Command, tmp_path: Path) -> None:
    hostile_table(tmp_path)
    out = hostile(cutaway).out
    assert {letter for letter in out if not letter.isprintable()} <= {"\n", "\N{NO-BREAK SPACE}"}
    assert "[bold red]" in out


def test_hostile_names_in_json_come_back_whole(cutaway: Command, tmp_path: Path) -> None:
    names = hostile_table(tmp_path)
    out = hostile(cutaway, "--format", "json").out
    assert {letter for letter in out if not letter.isprintable()} == {"\n"}
    value = valid(out)
    features = {entry["feature"] for entry in value["coefficients"]} | set(value["model"]["set_aside"])
    assert features == set(names)


def test_hostile_names_in_the_page(cutaway: Command, tmp_path: Path) -> None:
    hostile_table(tmp_path)
    hostile(cutaway, "--out", "x.html")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script>") == 3  # the data, the program, what unpacks it
    assert "\x1b" not in page


def test_hostile_names_in_options(cutaway: Command, tmp_path: Path) -> None:
    names = hostile_table(tmp_path)
    words = [
        word for name in names for word in ("--drop", '"' + name.replace('"', '""') + '"' if "," in name else name)
    ]
    value = valid(hostile(cutaway, "--format", "json", *words[:-2]).out)
    assert value["table"]["columns"] == 2
