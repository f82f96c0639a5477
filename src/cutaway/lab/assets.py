"""The files of the bundle, by name and by nothing else."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

BUNDLE = Path(__file__).parent / "bundle"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}
NAME = re.compile(r"(?:chunks/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.(?:js|css|woff2)")


@dataclass(frozen=True, slots=True)
class Asset:
    """Content of a file, its media type, and what is said of it: its entity tag, and how it is packed."""

    content: bytes
    kind: str
    headers: dict[str, str]


def asset(name: str, accepted: str = "") -> Asset | None:
    """A file of the bundle, packed where `accepted` (an Accept-Encoding) allows it; None for any other name."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (BUNDLE / name).read_bytes()
    except OSError:
        return None
    kind = KINDS[Path(name).suffix]
    tag = hashlib.blake2b(content, digest_size=12).hexdigest()
    if not kind.startswith("text/"):
        return Asset(content, kind, {"etag": f'"{tag}"'})
    if not takes_gzip(accepted):
        return Asset(content, kind, {"etag": f'"{tag}"', "vary": "Accept-Encoding"})
    headers = {"etag": f'"{tag}-gzip"', "vary": "Accept-Encoding", "content-encoding": "gzip"}
    return Asset(_packed(content), kind, headers)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip.

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("gzip;q=0, br"), takes_gzip("")
    (True, False, False)
    """
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"q=0(\.0*)?", quality.strip())
    return False


@lru_cache(maxsize=64)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)
