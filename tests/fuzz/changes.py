"""Hostile bytes: what a good file becomes when it is cut, repeated, spliced and overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

LONGEST = 1 << 16
"""Bytes of a case: large enough for every seed, and small enough for ten thousand."""

TOKENS = (
    *(
        b"",
        b"\x00",
        b"\xff\xff\xff\xff",
        b"\x80",
        b"\r",
        b"\n",
        b"\r\n",
        b"\t",
        b" ",
        b'"',
        b"'",
        b",",
        b";",
        b"=",
        b"|",
    ),
    *(b"[", b"]", b"{", b"}", b"[[", b"]]", b"[" * 3000, b"{a=" * 2000, b'{"a":' * 3000, b"9" * 5000, b"a." * 3000),
    *(b"nan", b"inf", b"-inf", b"1e999", b"-0", b"true", b"null", b"1979-05-27", b"0x10", b"1e-320", b"99999999999"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\x1b[31m", b"../", b"\\", b"/", b"%s", b"${x}"),
    *(b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x01\x00\x00\x00", b"2147483648 3\n", b"-1"),
)
"""What trips readers up: ends of strings, nesting, numbers that are too large, marks of byte order and direction."""


class Change(NamedTuple):
    """One change: what is done, where (a share of the length), with how many bytes, with which, from which seed."""

    kind: str
    place: float
    length: int
    token: bytes
    other: int


KINDS = ("overwrite", "insert", "delete", "repeat", "cut", "splice", "flip")


SIZE = 14
"""Bytes that say one change."""


def changes() -> st.SearchStrategy[list[Change]]:
    """Up to eight changes. Hypothesis draws them as bytes, in one go, which takes a tenth of the time."""
    drawn = st.integers(0, 8).flatmap(lambda n: st.binary(min_size=SIZE * n, max_size=SIZE * n))
    return drawn.map(lambda data: [change(data[i : i + SIZE]) for i in range(0, len(data), SIZE)])


def change(data: bytes) -> Change:
    """What the bytes say: a token of the list, or up to eight bytes of their own."""
    token = TOKENS[data[4] % len(TOKENS)] if data[4] < 170 else data[5 : 5 + data[13] % 9]
    place = int.from_bytes(data[1:3], "big") / 0xFFFF
    return Change(KINDS[data[0] % len(KINDS)], place, data[3] % 64 + 1, token, data[13])


def changed(seeds: Sequence[bytes], which: int, by: Sequence[Change]) -> bytes:
    """The seed of that number after the changes."""
    data = seeds[which % len(seeds)]
    for one in by:
        at = round(one.place * len(data))
        end = at + one.length
        match one.kind:
            case "overwrite":
                data = data[:at] + one.token + data[at + len(one.token) :]
            case "insert":
                data = data[:at] + one.token + data[at:]
            case "delete":
                data = data[:at] + data[end:]
            case "repeat":
                data = data[:at] + data[at:end] * 40 + data[end:]
            case "cut":
                data = data[:at]
            case "splice":
                source = seeds[one.other % len(seeds)]
                start = round(one.place * len(source))
                data = data[:at] + source[start : start + 4 * one.length] + data[at:]
            case "flip":
                data = data[:at] + bytes(byte ^ (1 << one.other % 8) for byte in data[at : at + 1]) + data[at + 1 :]
    return data[:LONGEST]
