"""The lab as a server: a socket of its own, uvicorn, and an end that leaves nothing behind."""

from __future__ import annotations

import ipaddress
import secrets
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import uvicorn

from cutaway.core.errors import InputError
from cutaway.lab.application import application
from cutaway.lab.guard import LOOPBACK, Rules
from cutaway.lab.jobs import LINGER
from cutaway.lab.uploads import LIMIT

PORT = 8484
NEXT = 20  # ports that are tried after the first, before any free one is taken


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket that listens, and what it is called."""

    socket: socket.socket
    host: str
    token: str | None

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.socket.getsockname()[1])

    @property
    def address(self) -> str:
        """What to open; with the token, where there is one."""
        name = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        where = f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"
        return where if self.token is None else f"{where}?token={quote(self.token)}"

    @property
    def rules(self) -> Rules:
        """Who may ask."""
        names = {self.host.lower()}
        if self.token is not None:
            names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        return Rules(self.port, frozenset(names), self.token)


def bound(host: str, port: int, *, search: bool = False) -> Bound:
    """A socket at the address. `search`: take the next free port where this one is taken.

    Raises: InputError where it cannot be had.
    """
    ports = [port, *range(port + 1, min(port + 1 + NEXT, 65_536)), 0] if search else [port]
    for each in ports:
        try:
            made = _listening(host, each)
        except OSError as error:
            if isinstance(error, socket.gaierror) or each == ports[-1] or not _taken(error):
                raise _unusable(host, each, error) from error
        else:
            return Bound(made, host, None if on_loopback(host) else secrets.token_urlsafe(24))
    raise AssertionError("the last port has been tried")


def on_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in LOOPBACK


def serve(
    at: Bound,
    *,
    studies: Sequence[str] | None = None,
    upload_limit: int = LIMIT,
    linger: float = LINGER,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until interrupted. `ready` is called with the address, in a thread of its own, once the lab answers.

    Raises: KeyboardInterrupt when it was interrupted, after everything has ended.
    """
    app = application(studies, rules=at.rules, upload_limit=upload_limit, linger=linger)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, lambda: ready(at.address), app.lab.close)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, server.handle_exit)  # the terminal was closed
    server.run(sockets=[at.socket])


class _Server(uvicorn.Server):
    """Says when it is ready; ends runs before it waits for their listeners."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], close: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._ready, self._close = ready, close

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        threading.Thread(target=self._ready, daemon=True, name="cutaway-ready").start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._close()
        await super().shutdown(sockets)


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _taken(error: OSError) -> bool:
    import errno

    return error.errno in (errno.EADDRINUSE, errno.EACCES)


def _unusable(host: str, port: int, error: OSError) -> InputError:
    if isinstance(error, socket.gaierror):
        return InputError(f"--host {host!r}: no such address ({error.strerror}); 127.0.0.1 is this machine alone")
    if _taken(error):
        return InputError(f"--port {port}: is taken, or not allowed; choose another, or leave --port out")
    return InputError(f"--host {host} --port {port}: cannot be listened at ({error.strerror}); choose another")
