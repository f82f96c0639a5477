from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from cutaway.report import terminal
from cutaway.report.text import plain
from tests.report import audits


def printed(name: str, width: int = 80, *, colour: bool = False, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    console = Console(file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None)
    terminal.render(audits.ALL[name](), console)
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding).replace("\u00a0", " ")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", audits.ALL)
@pytest.mark.parametrize("width", [60, 80, 132])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    assert max(cell_len(line.rstrip()) for line in printed(name, width).splitlines()) <= width


def test_everything_is_said() -> None:
    audit = audits.crash()
    text = words(printed("crash", 200))
    assert "barely more accurate than always saying “alive” (95.55 % against 95.50 %)." in text
    assert "3 issues · 2 tips · 5 passed · 2 not applicable" in text
    for outcome in audit.outcomes:
        assert outcome.code in text
        for finding in outcome.findings:
            assert finding.title in text
            assert finding.remedy.text in text
            assert all(words(code) in text for code in finding.remedy.code.values())
    assert "condition number raw: 4.1e9" in text
    assert all(words(each.may_say) in text and words(each.do_not_say) in text for each in audit.sentences)
    assert audit.model is not None
    for column, reason in audit.model.set_aside.items():
        assert f"{column}: {reason}" in text
    assert all(treatment in text for treatment in audit.model.treatments)
    assert "153 rows: target is missing" in text
    assert "“dead” (the rarer class; --positive chooses another)" in text
    assert all(note in text for note in audit.notes)
    assert "cutaway 0.1.0 · seed 0 · 1.9 s" in text


def test_issues_come_before_tips_and_the_gravest_first() -> None:
    text = printed("crash")
    places = [text.index(code) for code in ("DAT004", "DAT001", "LOG003", "DAT002", "DAT003")]
    assert places == sorted(places)


def test_the_forest_stands_between_names_and_numbers() -> None:
    rows = [line for line in printed("crash").splitlines() if re.match(r"(seatbelt|frontal|yearacc)", line)]
    assert [row.split()[0] for row in rows] == ["seatbelt", "yearacc", "frontal"]
    belt, year, frontal = rows
    assert belt.index("│") < belt.index("●")
    assert frontal.index("●") < frontal.index("│")
    assert "○" in year
    assert words(belt).endswith("2.83 2.47–3.25 +3.7")


def test_colour_only_repeats_what_words_say() -> None:
    coloured = printed("crash", 100, colour=True)
    assert "\x1b[" in coloured
    assert words(re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == words(printed("crash", 100))


def test_names_from_the_data_have_no_effect() -> None:
    text = printed("hostile", 200)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "[bold red]not markup[/] [/]" in text
    assert plain(audits.HOSTILE[0]) in text


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = printed("crash", encoding="ascii")
    assert '"alive" (95.55 % against 95.50 %).' in words(text)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "\\u" not in text
    assert "ranks, and do not quote mean +/- 2 s.e." in words(text)
    printed("hostile", encoding="ascii")
    assert "mean ± 2 s.e." in printed("crash", encoding="latin-1")


def test_what_is_left_out_is_announced() -> None:
    text = words(printed("many"))
    assert "The 25 largest by |z|; 60 more in the HTML and JSON reports." in text


def test_without_a_model_the_rest_is_told() -> None:
    text = words(printed("bare"))
    assert "CRASHED: THESE QUESTIONS ARE OPEN DAT001 dominant class: ZeroDivisionError: division by zero" in text
    assert "none; no feature was left to fit one on" in text
    assert "WHAT EACH FEATURE DOES" not in text
