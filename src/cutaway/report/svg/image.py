"""Pixels, as a PNG within the drawing."""

from __future__ import annotations

from base64 import b64encode
from struct import pack
from zlib import compress, crc32

from cutaway.core.figures import Image
from cutaway.report.markup import Markup
from cutaway.report.svg.frame import outer

LARGEST = 256  # px of the longer side


def image(figure: Image) -> Markup:
    """The pixels at the largest size that a card holds, each a sharp square."""
    scale = LARGEST / max(figure.width, figure.height, 1)
    wide, tall = figure.width * scale, figure.height * scale
    encoded = b64encode(png(figure)).decode()
    shown = Markup(
        f'<image width="{wide:.6g}" height="{tall:.6g}" href="data:image/png;base64,{encoded}" '
        f'style="image-rendering:pixelated"/>'
    )
    return outer(figure.alt, tall, shown)


def png(figure: Image) -> bytes:
    """The pixels as a PNG file: eight bits a channel, no filter.

    Raises: ValueError when there are more or fewer pixels than width and height say.
    """
    row = figure.width * figure.channels
    if len(figure.pixels) != row * figure.height:
        raise ValueError(
            f"png: expected {row * figure.height} bytes for {figure.width} x {figure.height} pixels of "
            f"{figure.channels}, got {len(figure.pixels)}"
        )
    lines = b"".join(b"\0" + figure.pixels[i * row : (i + 1) * row] for i in range(figure.height))
    colour = {1: 0, 3: 2}[figure.channels]
    header = pack(">IIBBBBB", figure.width, figure.height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", compress(lines, 9)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + name + content + pack(">I", crc32(name + content))
