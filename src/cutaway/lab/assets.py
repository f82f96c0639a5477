"""The files of the bundle, by name and by nothing else."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

BUNDLE = Path(__file__).parent / "bundle"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}
NAME = re.compile(r"(?:chunks/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.(?:js|css|woff2)")


def asset(name: str) -> tuple[bytes, str, str] | None:
    """Content, media type and entity tag of a file of the bundle; None for any other name."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (BUNDLE / name).read_bytes()
    except OSError:
        return None
    return content, KINDS[Path(name).suffix], f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
