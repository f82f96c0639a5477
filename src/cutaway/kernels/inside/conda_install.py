"""Link locked conda packages into a prefix by py-rattler: `conda_install.py LOCKED PREFIX`, LOCKED a JSON file.

A package of the lock is `{channel, file, record}`. CONDA_CHANNEL_ALIAS replaces what precedes a channel's name.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def channel(name: str, folder: str, alias: str | None) -> Any:
    """The channel of a name, of an address or of a folder relative to `folder`."""
    import rattler

    configured = {"root_dir": folder}
    if alias:
        configured["channel_alias"] = alias
    return rattler.Channel(name, rattler.ChannelConfig(**configured))


def _compared(base: str, file: str, locked: str | None) -> None:
    """Refuse a file of this machine that is not the locked one: py-rattler compares only what it downloads."""
    if base.startswith("file://") and locked is not None:
        path = unquote(urlsplit(f"{base}/{file}").path)
        with open(path, "rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != locked:
                raise ValueError(f"{file} is not the package that was locked: its SHA-256 is another")


async def install(
    packages: Sequence[Mapping[str, Any]], prefix: str, folder: str, alias: str | None, target: str | None = None
) -> None:
    """Link the packages into the prefix; with `target`, as if the prefix stood there."""
    import rattler

    records = []
    with tempfile.TemporaryDirectory(prefix="conda-install-") as temporary:
        place = Path(temporary) / "record.json"
        for one in packages:
            place.write_text(json.dumps(one["record"]), "utf-8")
            subdir, _, file = one["file"].partition("/")
            base = channel(one["channel"], folder, alias).base_url.rstrip("/")
            _compared(base, f"{subdir}/{file}", one["record"].get("sha256"))
            record = rattler.PackageRecord.from_index_json(str(place))
            records.append(rattler.RepoDataRecord(record, file, f"{base}/{subdir}/{file}", base))
    await rattler.install(records, target_prefix=prefix, show_progress=False, alternative_target_prefix=target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: conda_install.py LOCKED PREFIX")
    locked = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    asyncio.run(install(locked, sys.argv[2], os.getcwd(), os.environ.get("CONDA_CHANNEL_ALIAS")))
