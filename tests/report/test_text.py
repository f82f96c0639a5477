from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cutaway.report.text import counted, listed, plain, remark, sentence, shorten
from tests.report.audit_parts import HOSTILE

ANY = st.text(st.characters())


@given(ANY)
def test_plain_text_acts_on_nothing(text: str) -> None:
    shown = plain(text)
    assert not {unicodedata.category(mark) for mark in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert "\u202e" not in shown
    shown.encode("utf-8")
    assert plain(shown) == shown


@given(ANY)
def test_ordinary_text_stays(text: str) -> None:
    ordinary = "".join(mark for mark in text if mark.isprintable())
    assert plain(ordinary) == ordinary


def test_hostile_names_stay_recognisable() -> None:
    assert plain(HOSTILE[2]) == r"esc\x1b[31mred\x07\x00"
    assert plain(HOSTILE[4]) == r"right\u202eto left"
    assert plain(HOSTILE[8]) == r"lone\ud800surrogate"
    assert plain("می‌خواهم") == "می‌خواهم"  # the non-joiner is part of the word


@given(ANY, st.integers(3, 40))
def test_shortened_text_fits_and_keeps_both_ends(text: str, length: int) -> None:
    shown = shorten(text, length)
    assert len(shown) <= length
    if len(text) <= length:
        assert shown == text
    else:
        assert shown[0] == text[0]
        assert shown[-1] == text[-1]


def test_words() -> None:
    assert sentence("Done") == "Done."
    assert sentence("Done!") == "Done!"
    assert sentence("") == ""
    assert remark("no test table was given.") == "no test table was given"
    assert remark("none here. So be it") == "none here. So be it."
    assert counted(1, "row") == "1 row"
    assert counted(1200, "row") == "1,200 rows"
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"], most=1) == "a and 2 more"
