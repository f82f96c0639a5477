"""What a worker says, as it travels through its pipe: one byte that says what it is, the length, the text."""

from __future__ import annotations

import struct
from asyncio import IncompleteReadError, StreamReader

HEAD = struct.Struct(">cQ")
PROGRESS, PART, RESULT, ERROR = b"p", b"h", b"r", b"e"


def frame(kind: bytes, text: bytes) -> bytes:
    """One frame.

    >>> list(frame(PROGRESS, b"{}"))
    [112, 0, 0, 0, 0, 0, 0, 0, 2, 123, 125]
    """
    return HEAD.pack(kind, len(text)) + text


async def next_frame(stream: StreamReader) -> tuple[bytes, bytes] | None:
    """Kind and text of the next frame; None where the stream has ended, be it in the midst of one."""
    try:
        kind, length = HEAD.unpack(await stream.readexactly(HEAD.size))
        return kind, await stream.readexactly(length)
    except (IncompleteReadError, ConnectionError):
        return None
