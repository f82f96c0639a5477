"""What a worker says, through a pipe that may break anywhere."""

from __future__ import annotations

import asyncio

import pytest

from cutaway.lab.frames import ERROR, HEAD, PROGRESS, RESULT, frame, next_frame


def frames(content: bytes) -> list[tuple[bytes, bytes]]:
    async def read() -> list[tuple[bytes, bytes]]:
        stream = asyncio.StreamReader(limit=16)  # frames are longer than what a stream holds
        stream.feed_data(content)
        stream.feed_eof()
        found = []
        while (said := await next_frame(stream)) is not None:
            found.append(said)
        return found

    return asyncio.run(read())


def test_frames_come_back_as_they_were() -> None:
    said = [(PROGRESS, b"{}"), (RESULT, b"x" * 1_000_000), (ERROR, b""), (RESULT, b"\n\x00")]
    assert frames(b"".join(frame(*each) for each in said)) == said


@pytest.mark.parametrize("kept", [0, 1, HEAD.size - 1, HEAD.size, HEAD.size + 3])
def test_a_frame_that_is_cut_off_is_the_end(kept: int) -> None:
    assert frames(frame(PROGRESS, b"{}") + frame(RESULT, b"12345")[:kept]) == [(PROGRESS, b"{}")]
