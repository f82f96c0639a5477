"""Conda packages by py-rattler: resolved, recorded, and linked into a prefix."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cutaway.core.errors import CutawayError, InputError, MissingExtraError
from cutaway.kernels.tools import reason

T = TypeVar("T")
UNREACHABLE = ("error sending request", "could not find subdir", "connect", "dns error", "403", "404")


def _rattler() -> Any:
    try:
        import rattler
    except ImportError as error:
        raise MissingExtraError("py-rattler, which resolves conda packages,", "kernels") from error
    return rattler


def solved(
    specs: Sequence[str],
    channels: Sequence[str],
    what: str,
    folder: Path,
    alias: str | None,
    variables: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The packages that satisfy the specs on this platform, each as `{channel, file, record}`, in order of name.

    Raises: InputError: none do, or a channel cannot be reached.
    """
    rattler = _rattler()
    known = {_channel(one, folder, alias).base_url.rstrip("/"): one for one in channels}
    with _variables(variables):
        records = _run(
            lambda: rattler.solve(
                [_channel(one, folder, alias) for one in channels],
                [rattler.MatchSpec(one) for one in specs],
                gateway=rattler.Gateway(),
                virtual_packages=rattler.VirtualPackage.detect(),
            ),
            what,
        )
    out = []
    for record in sorted(records, key=lambda one: str(one.name.normalized)):
        said = json.loads(record.to_json())
        url, channel = str(record.url), str(record.channel).rstrip("/")
        for key in ("url", "channel", "fn"):
            said.pop(key, None)
        name = next((own for base, own in known.items() if url.startswith(base + "/")), channel)
        out.append({"channel": name, "file": f"{record.subdir}/{url.rpartition('/')[2]}", "record": said})
    return out


def install(
    packages: Sequence[Mapping[str, Any]],
    prefix: Path,
    what: str,
    folder: Path,
    alias: str | None,
    variables: Mapping[str, str],
    target: str | None = None,
) -> None:
    """Link the packages into the prefix; with `target`, as if the prefix stood there.

    Raises: InputError: a package cannot be reached, or is not the one that was recorded.
    """
    _rattler()
    from cutaway.kernels.inside import conda_install

    with _variables(variables):
        _run(lambda: conda_install.install(packages, str(prefix), str(folder.resolve()), alias, target), what)


def _channel(name: str, folder: Path, alias: str | None) -> Any:
    from cutaway.kernels.inside import conda_install

    try:
        return conda_install.channel(name, str(folder.resolve()), alias)
    except Exception as error:
        raise InputError(f"channels: {name!r} is no channel: {reason(str(error))}") from error


def _run(work: Any, what: str) -> Any:
    async def run() -> Any:
        return await work()

    try:
        return _alone(run())
    except CutawayError:
        raise
    except Exception as error:  # py-rattler's own kinds of error share no root
        said = reason(str(error))
        if any(word in said.lower() for word in UNREACHABLE):
            said = f"a channel is out of reach ({said}); check its name, or set conda under [network]"
        raise InputError(f"{what}: {said}") from error


def _alone(work: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, also where this thread runs an event loop already."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def _variables(variables: Mapping[str, str]) -> Iterator[None]:
    """py-rattler reads proxies and certificates from this process's environment."""
    names = [name for name in variables if name.lower().endswith("_proxy") or name == "SSL_CERT_FILE"]
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: variables[name] for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
