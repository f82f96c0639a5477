"""One file that needs nothing else, whatever stands in its data."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from zlib import decompress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import report
from cutaway.core.errors import CutawayError
from cutaway.report import document
from cutaway.report.text import plain
from tests.report.pages import Page

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]>",
    "\u2028\u2029",
    "&lt;",
    '"\\',
    "\ud800",
    "\u202e",
)


def program(page: str) -> str:
    """The script that travels in a page, inflated."""
    found = re.search(r'<script type="text/plain" id="program">([^<]*)</script>', page)
    assert found is not None
    return decompress(b64decode(found[1])).decode()


@given(st.recursive(st.text() | st.floats(allow_nan=False, allow_infinity=False), st.lists, max_leaves=5))
def test_data_comes_back_as_it_is_shown(data: object) -> None:
    def shown(value: object) -> object:
        return [shown(each) for each in value] if isinstance(value, list) else _shown(value)

    text = document.embedded(data)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == shown(data)


def _shown(value: object) -> object:
    return plain(value, keep="\n\t") if isinstance(value, str) else value


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_element(name: str) -> None:
    page = report.page("study", {"study": {"name": name}, name: [name]}, title=name, fallback="<p>nothing runs</p>")
    read = Page(page)
    assert [attributes.get("id") for attributes in read.all("script")] == ["cutaway", "program", None]
    assert len(read.all("style")) == 1
    assert "nothing runs" in read.text
    found = re.search(r'<script type="application/json" id="cutaway">([^<]*)</script>', page)
    assert found is not None
    assert json.loads(found[1]) == {
        "kind": "study",
        "study": {"name": _shown(name)},
        _shown(name): [_shown(name)],
    }
    page.encode()


def test_the_policy_allows_these_scripts_and_no_request() -> None:
    page = report.page("audit", {}, title="x", fallback="")
    policies = [m["content"] for m in Page(page).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    policy = dict(part.split(" ", 1) for part in policies[0].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    loader = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(loader) == 1
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in (loader[0], program(page))]
    assert policy["script-src"] == " ".join(f"'sha256-{each}'" for each in hashes)
    assert not {"connect-src", "object-src", "frame-src"} & policy.keys()
    assert policy["font-src"] == "data:"
    assert policy["img-src"] == "data: blob:"


@pytest.mark.parametrize(("kind", "name"), [("audit", "audit"), ("network", "audit"), ("study", "page")])
def test_the_built_front_end_asks_nothing_of_anyone(kind: str, name: str) -> None:
    page = report.page(kind, {}, title="x", fallback="")
    built = files("cutaway.report") / "bundle"
    assert program(page) == (built / f"{name}.js").read_text(encoding="utf-8")
    style = (built / f"{name}.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert all(address.strip("\"'").startswith("data:") for address in re.findall(r"url\(([^)]*)\)", style))


def test_the_same_data_give_the_same_page() -> None:
    pages = {report.page("audit", {"audit": {"b": 1.5, "a": [None]}}, title="x", fallback="") for _ in range(2)}
    assert len(pages) == 1


def test_without_the_built_front_end_it_says_how_to_build_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(document, "files", lambda package: tmp_path)
    document._bundle.cache_clear()
    with pytest.raises(CutawayError, match=r"audit\.js.*npm run build"):
        report.page("audit", {}, title="x", fallback="")
    document._bundle.cache_clear()
