"""Who may ask: this machine's own browser at the lab's own address, or whoever holds the token.

A page of another site cannot read from the lab or make it work: names that others let point here are refused by the
Host header, requests of other pages by Origin and Sec-Fetch-Site, frames and foreign scripts by the policy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutaway.lab.shell import LOCKED

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST_QUERY = 8_000
LONGEST = 2_000  # letters of a refusal


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a request. `hosts`: the names by which the lab may be called beside those of the loopback;
    `token`: None where the lab listens on the loopback only.
    """

    port: int
    hosts: Collection[str] = ()
    token: str | None = None

    @property
    def cookie(self) -> str:
        """The name of the token's cookie; cookies do not tell ports apart."""
        return f"cutaway-lab-{self.port}"


class Guard:
    """Answers what may not be asked, and puts the policy on every response."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(Request(scope))
        await (answer or self._app)(scope, receive, with_headers(send, scope["path"]))

    def _refusal(self, request: Request) -> Response | None:
        """What to answer instead; None where the request may pass."""
        rules, headers, api = self._rules, request.headers, request.url.path.startswith("/api/")
        if not called_by_name(headers, rules):
            return refused(403, "the lab does not answer to this Host; open the address that cutaway lab printed")
        if len(request.scope["query_string"]) > LONGEST_QUERY:
            return refused(414, f"the query is longer than {LONGEST_QUERY:,} characters")
        if (api or request.method not in ("GET", "HEAD")) and not from_own_page(headers):
            return refused(403, "requests from other pages are refused")
        if rules.token is None:
            return None
        if not api and "token" in request.query_params:
            return self._entered(request, rules.token)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if same(request.cookies.get(rules.cookie, ""), rules.token) or same(bearer, rules.token):
            return None
        if api:
            return refused(401, "the token is missing or wrong; open the address that cutaway lab printed")
        return HTMLResponse(LOCKED, 401)

    def _entered(self, request: Request, token: str) -> Response:
        """The token moves from the address to a cookie, so that no history and no screen holds it."""
        if not same(request.query_params["token"], token):
            return HTMLResponse(LOCKED, 401)
        rest = urlencode([(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k != "token"])
        path = "/" + quote(request.url.path.lstrip("/\\"))  # never the "//name" of another host
        answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
        answer.set_cookie(self._rules.cookie, token, httponly=True, samesite="strict", path="/")
        return answer


def same(given: str, token: str) -> bool:
    """Whether the two are equal, in a time that does not tell how far."""
    return compare_digest(given.encode(), token.encode())


def called_by_name(headers: Headers, rules: Rules) -> bool:
    """Whether Host is given once, and is a name of the loopback, or one that the rules allow."""
    given = headers.getlist("host")
    if len(given) != 1:
        return False
    name = host_name(given[0])
    if name in LOOPBACK or name in rules.hosts:
        return True
    return rules.token is not None and is_address(name)


def host_name(host: str) -> str:
    """The name in a Host header, without its port.

    >>> host_name("[::1]:8080"), host_name("LocalHost:80")
    ('::1', 'localhost')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def is_address(name: str) -> bool:
    """Whether it is a number of the network, which nobody can let point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def from_own_page(headers: Headers) -> bool:
    """Whether the request comes from a page of the lab itself, or from no page at all."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    return (origin is None or origin == f"http://{headers['host']}") and site in (None, "same-origin", "none")


def refused(status: int, sentence: str) -> JSONResponse:
    """An error as the front end takes it; a sentence that quotes much of what was asked is cut."""
    shown = sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1]}…"
    return JSONResponse({"error": shown}, status)


def with_headers(send: Send, path: str) -> Send:
    """The same `send`, with the policy on every response."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-cache" if path.startswith("/bundle/") else "no-store")
        await send(message)

    return sending
