"""`cutaway checks`: every check has a page, in both forms."""

from __future__ import annotations

import pytest

from cutaway.checks import Check, discover
from cutaway.cli import pages
from tests.cli.conftest import Command

CHECKS = discover()


def test_the_list_has_a_line_for_every_check(cutaway: Command) -> None:
    ended = cutaway("checks")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines if line[:3].isupper()] == [one.code for one in CHECKS]
    assert all(one.name in ended.out for one in CHECKS)
    assert max(map(len, lines)) <= 80


def test_the_list_as_markdown_is_a_table(cutaway: Command) -> None:
    lines = cutaway("checks", "--markdown").out.splitlines()
    assert len(lines) == 2 + len(CHECKS)
    assert {line.replace("\\|", "").count("|") for line in lines} == {4}


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.code)
def test_the_page_of_a_check(one: Check, cutaway: Command) -> None:
    ended = cutaway("checks", one.code.lower())
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{one.code} {one.name}\n")
    for heading in ("Why it matters", "What to do", "When nothing is wrong", "Source", "Example", "Settings"):
        assert f"\n{heading}\n" in ended.out
    for name, default in one.settings.items():
        assert f"--set {one.code}.{name}={default}" in ended.out
    prose = [line for line in ended.out.splitlines() if not line.startswith("    ") and "http" not in line]
    assert max(map(len, prose)) <= 80
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.code)
def test_the_page_as_markdown(one: Check, cutaway: Command) -> None:
    text = cutaway("checks", "--markdown", one.code).out
    assert text.startswith(f"# {one.code} {one.name}\n\n")
    assert text.count("```pycon\n") == text.count("\n```\n") >= 1
    assert text.count("\n## ") == len([title for title in one.sections if title not in ("", "Passed")]) + 1
    assert all(f"`--set {one.code}.{name}=…`" in text for name in one.settings)


def test_several_checks_by_the_beginning_of_their_codes(cutaway: Command) -> None:
    text = cutaway("checks", "DAT001,dat00", "DAT001", "--markdown").out
    expected = [one.code for one in CHECKS if one.code.startswith("DAT00")]
    assert [line.split()[1] for line in text.splitlines() if line.startswith("# ")] == expected


def test_an_unknown_code_is_refused(cutaway: Command) -> None:
    ended = cutaway("checks", "DTA001")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "cutaway checks: no check has the code 'DTA001'; did you mean DAT001?\n"
    assert "the codes are CAL001, " in cutaway("checks", "999").err


def test_headings_are_bold_on_a_terminal() -> None:
    assert pages.plain_page(CHECKS[0], 80, bold=True).startswith(f"\x1b[1m{CHECKS[0].code} ")


def test_narrow_terminals_get_narrow_lines() -> None:
    assert max(map(len, pages.plain_list(CHECKS, 50).splitlines())) <= 50
