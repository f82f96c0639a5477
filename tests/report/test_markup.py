from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cutaway.report.markup import Markup, join, tag
from cutaway.report.text import plain
from tests.report.pages import Page

ANY = st.text(st.characters())


@given(ANY, ANY)
def test_text_comes_back_as_text(content: str, title: str) -> None:
    page = Page(tag("p", content, title=title))
    assert page.elements == [("p", {"title": plain(title, keep="\n\t")})]
    assert "".join(page.texts) == plain(content, keep="\n\t")


def test_markup_stays_markup() -> None:
    inner = tag("b", "x & y")
    assert tag("p", [inner, None, ["<"]], 3) == "<p><b>x &amp; y</b>&lt;3</p>"
    assert isinstance(join("a", inner), Markup)


def test_attributes() -> None:
    assert tag("line", x1="5%", y1=None, class_="grid", stroke_width=1 / 3) == (
        '<line x1="5%" class="grid" stroke-width="0.333333"/>'
    )
