"""Where a window stands: pads, strides and sizes along the two axes of an image."""

from __future__ import annotations

from dataclasses import dataclass

from cutaway.core.errors import InputError

Pair = tuple[int, int]
Padding = str | int | tuple[int, int] | tuple[Pair, Pair]
"""'valid' (none), 'same' (as TensorFlow: ceil(size / stride) outputs, the odd pad after), 'same-torch' (as PyTorch:
dilation (k - 1) pads whatever the stride, the odd one after), or pads: for all sides, (vertical, horizontal), or
((top, bottom), (left, right))."""


def pair(name: str, value: int | Pair, least: int = 1) -> Pair:
    """A number for both axes, or one for each (vertical first)."""
    both = (value, value) if isinstance(value, int) else tuple(value)
    if len(both) != 2 or any(not isinstance(one, int) or one < least for one in both):
        raise InputError(f"{name}: expected a whole number of at least {least}, or two of them, got {value!r}")
    return both


def pads(size: int, kernel: int, stride: int, dilation: int, padding: str) -> Pair:
    """How many pads stand before and after an axis.

    >>> pads(28, 3, 2, 1, "same"), pads(28, 3, 2, 1, "same-torch")
    ((0, 1), (1, 1))
    """
    reach = dilation * (kernel - 1)
    if padding == "valid":
        return 0, 0
    if padding == "same":
        both = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
    elif padding == "same-torch":
        both = reach
    else:
        raise InputError(f"padding: expected 'valid', 'same', 'same-torch' or numbers of pads, got {padding!r}")
    return both // 2, both - both // 2


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of an image under a sliding window."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def padded(self) -> int:
        """The size with its pads."""
        return self.before + self.size + self.after

    @property
    def reach(self) -> int:
        """From the first place in the window to the last."""
        return self.dilation * (self.kernel - 1)

    @property
    def outputs(self) -> int:
        """How often the window fits."""
        return (self.padded - self.reach - 1) // self.stride + 1


def axes(
    shape: tuple[int, ...],
    kernel: Pair,
    stride: int | Pair = 1,
    padding: Padding = "valid",
    dilation: int | Pair = 1,
) -> tuple[Axis, Axis]:
    """The vertical and the horizontal axis of images (n, h, w, c).

    Raises: `InputError` if the window fits nowhere.
    """
    strides, dilations = pair("stride", stride), pair("dilation", dilation)
    sides: tuple[Pair, ...]
    if isinstance(padding, str):
        sides = tuple(pads(shape[1 + k], kernel[k], strides[k], dilations[k], padding) for k in (0, 1))
    elif isinstance(padding, int):
        sides = (pair("padding", padding, 0),) * 2
    else:
        sides = tuple(pair("padding", one, 0) for one in padding)
        if len(sides) != 2:
            raise InputError(f"padding: expected pads of two axes, got {padding!r}")
    vertical, horizontal = (Axis(shape[1 + k], kernel[k], strides[k], dilations[k], *sides[k]) for k in (0, 1))
    for axis in (vertical, horizontal):
        if axis.padded <= axis.reach:
            raise InputError(
                f"x: the window of {axis.reach + 1} does not fit into {axis.padded} pixels of images {shape}; "
                "pad them, or take a smaller kernel"
            )
    return vertical, horizontal
