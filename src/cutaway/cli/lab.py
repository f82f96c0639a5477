"""`cutaway lab`: the studies in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import parsed

if TYPE_CHECKING:
    from cutaway.lab.server import Bound

PORT = 8484
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; `port` is None where any will do."""

    host: str
    port: int | None
    browser: bool
    upload_limit: int


def run(arguments: list[str]) -> int:
    """Serve the lab until it is interrupted."""
    request = parsed(_request, "lab", arguments)
    if isinstance(request, int):
        return request
    from cutaway.lab import server

    at = server.bound(request.host, PORT if request.port is None else request.port, search=request.port is None)
    if request.port is None and at.port != PORT:
        endings.say(f"cutaway lab: port {PORT} is taken, so it is {at.port}")
    if at.token is not None:
        endings.say(
            "cutaway lab: whoever has this address and reaches this machine can use the lab; the connection is not "
            "encrypted"
        )

    def ready(address: str) -> None:
        _announce(at, address, request.browser)

    server.serve(at, upload_limit=request.upload_limit, ready=ready)
    return endings.DONE


def _announce(at: Bound, address: str, browser: bool) -> None:
    endings.show(f"The lab is at {address} (Ctrl-C ends it)\n")
    if browser:
        import webbrowser

        if not webbrowser.open(address):
            endings.say("cutaway lab: no browser could be opened; open the address yourself")


def _request(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=65_535,
            show_default=False,
            help=f"The port; by default {PORT}, or the next free one. 0 is any free one.",
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; beyond this machine the address carries a token."),
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    upload_limit: Annotated[
        int, typer.Option(metavar="MB", min=1, help="The largest table that may be brought, in megabytes.")
    ] = 500,
) -> Request:
    return Request(host=host, port=port, browser=not no_browser, upload_limit=upload_limit * MEGABYTE)


_request.__doc__ = VERBS["lab"]
