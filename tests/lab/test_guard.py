"""Who may ask, and what every response says."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from tests.lab.conftest import Lab, running

PAGES = ["/", "/study/waves", "/study/waves?frequency=2", "/audit", "/data"]


@pytest.fixture(scope="module")
def open_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that other machines reach, too."""
    with running(tmp_path_factory.mktemp("open"), host="0.0.0.0") as lab:
        yield lab


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_the_same_shell(path: str, lab: Lab) -> None:
    status, headers, body = lab.ask(path)
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    text = body.decode()
    assert '<script type="module" src="/bundle/lab.js"></script>' in text
    assert "<title>" in text and 'name="viewport"' in text
    assert text.count("<script") == 1 and "<style" not in text and "http" not in text


@pytest.mark.parametrize(
    "path", [*PAGES, "/api/studies", "/api/nothing", "/bundle/lab.js", "/api/studies/waves?seed=x"]
)
def test_every_response_carries_the_policy(path: str, lab: Lab) -> None:
    _, headers, _ = lab.ask(path)
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers and "access-control-allow-origin" not in headers


def test_a_bug_is_answered_with_the_policy_and_without_a_traceback(lab: Lab) -> None:
    status, headers, body = lab.ask("/api/studies/waves", ending="bug")
    assert status == 500
    assert "content-security-policy" in headers
    assert b"Traceback" not in body and b"line " not in body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:{port}", "LOCALHOST:80", "[::1]:{port}", "127.0.0.1:{port}"])
def test_names_of_this_machine_are_answered(host: str, lab: Lab) -> None:
    assert lab.ask("/api/studies", headers={"Host": host.format(port=lab.port)})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/studies", "/bundle/lab.js"])
def test_other_names_are_refused(host: str, path: str, lab: Lab) -> None:
    status, sentence = lab.error(path, headers={"Host": host.format(port=lab.port)})
    assert (status, sentence) == (
        403,
        "the lab does not answer to this Host; open the address that cutaway lab printed",
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/studies"), ("POST", "/api/data?name=a.csv"), ("DELETE", "/api/jobs/a")]
)
def test_requests_of_other_pages_are_refused(headers: dict[str, str], method: str, path: str, lab: Lab) -> None:
    given = {name: value.format(port=lab.port) for name, value in headers.items()}
    status, sentence = lab.error(path, method=method, headers=given, body=b"y,p\n" if method == "POST" else None)
    assert (status, sentence) == (403, "requests from other pages are refused")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_its_own_page_may_ask(headers: dict[str, str], lab: Lab) -> None:
    given = {name: value.format(port=lab.port) for name, value in headers.items()}
    assert lab.ask("/api/studies", headers=given)[0] == 200


def test_a_link_from_another_site_may_open_the_page(lab: Lab) -> None:
    assert lab.ask("/study/waves", headers={"Sec-Fetch-Site": "cross-site"})[0] == 200


@pytest.mark.parametrize(
    "name",
    [
        "../server.py",
        "..%2fserver.py",
        "%2e%2e/server.py",
        "chunks/../../server.py",
        "chunks%2f..%2f..%2fserver.py",
        "/etc/passwd",
        "//etc/passwd",
        "..\\server.py",
        "lab.js%00.css",
        "",
        ".js",
        "chunks/",
        "nothing.js",
    ],
)
def test_nothing_but_the_bundle_can_be_read(name: str, lab: Lab) -> None:
    status, _, body = lab.ask(f"/bundle/{name}")
    assert status == 404
    assert b"import" not in body and b"root:" not in body


@pytest.mark.parametrize(
    ("name", "kind"), [("lab.js", "text/javascript; charset=utf-8"), ("lab.css", "text/css; charset=utf-8")]
)
def test_the_bundle_is_served_once_and_then_confirmed(name: str, kind: str, lab: Lab) -> None:
    status, headers, body = lab.ask(f"/bundle/{name}")
    assert (status, headers["content-type"], headers["cache-control"]) == (200, kind, "no-cache")
    assert len(body) > 1_000
    status, _, body = lab.ask(f"/bundle/{name}", headers={"If-None-Match": headers["etag"]})
    assert (status, body) == (304, b"")


def test_the_bundle_travels_packed_where_that_is_understood(lab: Lab) -> None:
    plain = lab.ask("/bundle/lab.js")
    packed = lab.ask("/bundle/lab.js", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain[1]
    assert (packed[1]["content-encoding"], packed[1]["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed[2]) == plain[2]
    assert len(packed[2]) < 0.4 * len(plain[2])
    assert packed[1]["etag"] != plain[1]["etag"]


def test_beyond_the_loopback_there_is_a_token(open_lab: Lab) -> None:
    assert open_lab.token is not None and len(open_lab.token) >= 32
    status, headers, body = open_lab.ask("/", headers={"Authorization": ""})
    assert status == 401 and b"token" in body and "content-security-policy" in headers
    for wrong in ("", "Bearer ", "Bearer wrong", f"Bearer {open_lab.token}x", open_lab.token[:-1]):
        status, sentence = open_lab.error("/api/studies", headers={"Authorization": wrong})
        assert status == 401 and "token" in sentence
    assert open_lab.ask("/?token=wrong", headers={"Authorization": ""})[0] == 401
    assert open_lab.ask("/bundle/lab.js", headers={"Authorization": ""})[0] == 401
    assert open_lab.ask("/api/studies")[0] == 200


def test_the_token_moves_from_the_address_to_a_cookie(open_lab: Lab) -> None:
    status, headers, _ = open_lab.ask("/study/waves", token=open_lab.token, frequency=2, headers={"Authorization": ""})
    assert (status, headers["location"]) == (303, "/study/waves?frequency=2")
    cookie = headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    sent = {"Authorization": "", "Cookie": cookie.partition(";")[0]}
    assert open_lab.ask("/study/waves", headers=sent)[0] == 200
    assert open_lab.ask("/api/studies", headers=sent)[0] == 200
    assert open_lab.error("/api/studies", headers={**sent, "Origin": "http://evil.example"})[0] == 403


def test_the_token_leads_nowhere_else(open_lab: Lab) -> None:
    for path in ("//evil.example/", "/\\evil.example/", "/%2fevil.example/"):
        _, headers, _ = open_lab.ask(path, token=open_lab.token, headers={"Authorization": ""})
        assert not headers.get("location", "/").startswith(("//", "/\\", "http"))


def test_beyond_the_loopback_numbers_are_names_and_foreign_names_are_not(open_lab: Lab) -> None:
    assert open_lab.ask("/api/studies", headers={"Host": f"192.168.7.7:{open_lab.port}"})[0] == 200
    assert open_lab.error("/api/studies", headers={"Host": "evil.example"})[0] == 403


def test_the_loopback_has_no_token(lab: Lab) -> None:
    assert lab.token is None
