"""The operations with PyTorch. Tensors are (1, h, w) or (3, h, w) in RGB, of uint8 or of float32 from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def white(x: torch.Tensor) -> float:
    """The level of white."""
    import torch

    return 255.0 if x.dtype == torch.uint8 else 1.0


def levels(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Numbers in the type of the image x: whole levels from 0 to 255, or floats as they are."""
    import torch

    return y.round().clamp(0, 255).to(torch.uint8) if x.dtype == torch.uint8 else y.float()


def bytes_of(x: torch.Tensor) -> torch.Tensor:
    """The image in 256 levels."""
    import torch

    return x if x.dtype == torch.uint8 else (x.clamp(0, 1) * 255).round().to(torch.uint8)


def like(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """256 levels or a mask in the type of the image x."""
    import torch

    y = y.to(torch.uint8) * 255 if y.dtype == torch.bool else y
    return y if x.dtype == torch.uint8 else y.float() / 255


def area_of(n: int, m: int) -> torch.Tensor:
    """How much each of n pixels counts in each of m cells: (m, n)."""
    import torch

    start, pixel = torch.arange(m).double()[:, None] * n / m, torch.arange(n).double()
    return (torch.minimum(start + n / m, pixel + 1) - torch.maximum(start, pixel)).clamp(min=0) * m / n


def resize(x: torch.Tensor, height: int, width: int, method: str) -> torch.Tensor:
    """Resize."""
    import torch
    from torch.nn import functional

    h, w = x.shape[1:]
    size = (height, width)
    if (h, w) == size:
        return x
    if method == "nearest":
        rows, columns = ((2 * torch.arange(m) + 1) * n // (2 * m) for n, m in ((h, height), (w, width)))
        return x[:, rows][:, :, columns]
    if method == "area":
        return levels(area_of(h, height) @ x.double() @ area_of(w, width).T, x)
    if method == "linear":
        return levels(functional.interpolate(x[None].float(), size, mode="bilinear")[0], x)
    mode = "bilinear" if method == "triangle" else "bicubic"
    return levels(functional.interpolate(x[None].float(), size, mode=mode, antialias=True)[0], x)


def crop(x: torch.Tensor, height: int, width: int, top: int | None, left: int | None) -> torch.Tensor:
    """Cut out the middle, or from top and left."""
    top = (x.shape[1] - height) // 2 if top is None else top
    left = (x.shape[2] - width) // 2 if left is None else left
    return x[:, top : top + height, left : left + width]


def rotate(x: torch.Tensor, degrees: float, fill: float) -> torch.Tensor:
    """Turn counter-clockwise about the middle."""
    import math

    import torch
    from torch.nn import functional

    if degrees % 90 == 0:
        return torch.rot90(x, int(degrees // 90) % 4, (1, 2))
    h, w = x.shape[1:]
    level = fill * white(x)
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    down, right = torch.meshgrid(torch.arange(h) - (h - 1) / 2, torch.arange(w) - (w - 1) / 2, indexing="ij")
    across, along = cosine * right - sine * down, sine * right + cosine * down
    grid = torch.stack([across * 2 / w, along * 2 / h], dim=2)[None].double()
    return levels(functional.grid_sample(x[None].double() - level, grid, align_corners=False)[0] + level, x)


def flip(x: torch.Tensor, direction: str) -> torch.Tensor:
    """Mirror left to right or top to bottom."""
    return x.flip(2 if direction == "horizontal" else 1)


def pad(x: torch.Tensor, top: int, bottom: int, left: int, right: int, mode: str, fill: float) -> torch.Tensor:
    """Add a frame."""
    from torch.nn import functional

    frame = (left, right, top, bottom)
    if mode == "constant":
        return levels(functional.pad(x.float(), frame, value=round(fill * 255) / 255 * white(x)), x)
    return levels(functional.pad(x.float(), frame, mode="replicate" if mode == "edge" else "reflect"), x)


def grey(x: torch.Tensor, weights: str) -> torch.Tensor:
    """One channel of three."""
    import torch

    if x.shape[0] == 1:
        return x
    shares = {"601": [0.299, 0.587, 0.114], "709": [0.2125, 0.7154, 0.0721]}[weights]
    return levels(torch.tensordot(torch.tensor([shares]).double(), x.double(), 1), x)


def colour(x: torch.Tensor, to: str) -> torch.Tensor:
    """Another colour space, each channel scaled to black … white."""
    import torch

    share = x.double() / white(x)
    red, green, blue = share
    if to == "ycbcr":
        luma = 0.299 * red + 0.587 * green + 0.114 * blue
        y = torch.stack([luma, (blue - luma) / 1.772 + 128 / 255, (red - luma) / 1.402 + 128 / 255])
    elif to == "hsv":
        value, spread = share.amax(0), share.amax(0) - share.amin(0)
        some = spread.where(spread > 0, torch.ones_like(spread))
        hue = torch.where(value == green, (blue - red) / some + 2, (red - green) / some + 4)
        hue = torch.where(value == red, ((green - blue) / some) % 6, hue).where(spread > 0, torch.zeros_like(spread))
        y = torch.stack([hue / 6, spread / value.clamp(min=1e-12), value])
    else:
        linear = torch.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92)
        rows = [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
        xyz = torch.tensordot(torch.tensor(rows).double(), linear, 1)
        xyz = xyz / torch.tensor([0.95047, 1.0, 1.08883]).double()[:, None, None]
        f = torch.where(xyz > 0.008856, xyz ** (1 / 3), 7.787 * xyz + 16 / 116)
        y = torch.stack([(116 * f[1] - 16) / 100, (500 * (f[0] - f[1]) + 128) / 255, (200 * (f[1] - f[2]) + 128) / 255])
    return levels(y * white(x), x)


def rgb(x: torch.Tensor, of: str) -> torch.Tensor:
    """R, G and B of another colour space, cut off at black and white."""
    import torch

    first, second, third = x.double() / white(x)
    if of == "hsv":
        part = (torch.tensor([5.0, 3.0, 1.0]).double()[:, None, None] + 6 * first) % 6
        y = third * (1 - second * torch.minimum(part, 4 - part).clamp(0, 1))
    elif of == "ycbcr":
        blue, red = (second - 128 / 255) * 1.772, (third - 128 / 255) * 1.402
        y = torch.stack([first + red, first - (0.299 * red + 0.114 * blue) / 0.587, first + blue])
    else:
        middle = (100 * first + 16) / 116
        f = torch.stack([middle + (255 * second - 128) / 500, middle, middle - (255 * third - 128) / 200]).clamp(min=0)
        xyz = torch.where(f > 0.2068966, f**3, (f - 16 / 116) / 7.787)
        xyz = xyz * torch.tensor([0.95047, 1.0, 1.08883]).double()[:, None, None]
        rows = [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
        linear = torch.tensordot(torch.tensor(rows).double().inverse(), xyz, 1)
        y = torch.where(linear > 0.0031308, 1.055 * linear.clamp(min=0) ** (1 / 2.4) - 0.055, 12.92 * linear)
    return levels(y.clamp(0, 1) * white(x), x)


def standardise(
    x: torch.Tensor, mean: tuple[float, ...] | None = None, deviation: tuple[float, ...] | None = None
) -> torch.Tensor:
    """Subtract a mean and divide by a standard deviation: float32."""
    import torch

    y = x.double() / white(x)
    if mean is None or deviation is None:
        spread = float(y.std(correction=0))
        return ((y - y.mean()) / (spread if spread > 1e-7 else float("inf"))).float()
    channels = x.shape[0]
    centre, scale = (torch.tensor(one[:channels]).double()[:, None, None] for one in (mean, deviation))
    return ((y - centre) / scale).float()


def gamma(x: torch.Tensor, power: float) -> torch.Tensor:
    """Raise each level to a power."""
    return levels((x.double().clamp(min=0) / white(x)) ** power * white(x), x)


def stretch(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Spread the levels between two percentiles over all."""
    import math

    ranked = x.flatten().double().sort().values
    ends = []
    for percent in (low, high):
        rank = percent / 100 * (len(ranked) - 1)
        below, above = float(ranked[math.floor(rank)]), float(ranked[math.ceil(rank)])
        ends.append(below + (above - below) * (rank - math.floor(rank)))
    if ends[0] >= ends[1]:
        return x
    return levels(((x.double() - ends[0]) / (ends[1] - ends[0])).clamp(0, 1) * white(x), x)


def with_value(x: torch.Tensor, old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """The image with its brightest channel changed from old to new, the others in proportion; black becomes grey."""
    y = x.double() * new.double() / old.double().clamp(min=1)
    return levels(y.where(old > 0, new.double()), x)


def equalise(x: torch.Tensor) -> torch.Tensor:
    """Equalise the histogram."""
    import torch

    levels_of_x = bytes_of(x)
    value = levels_of_x.amax(0)
    below = torch.bincount(value.flatten(), minlength=256).cumsum(0)
    least = below[int(value.min())]
    if least == value.numel():
        return x
    table = levels((below - least).double() * (255 / (value.numel() - least)), value)
    return like(with_value(levels_of_x, value, table[value.long()]), x)


def tables(value: torch.Tensor, limit: float, tiles: int) -> tuple[torch.Tensor, int, int]:
    """The table of levels of each tile (tiles, tiles, 256), and the tiles' height and width."""
    import torch

    h, w = value.shape
    if h % tiles or w % tiles:  # the border is mirrored without its last pixel, as often as it takes
        rows, columns = torch.arange(h + tiles - h % tiles), torch.arange(w + tiles - w % tiles)
        rows, columns = rows % max(2 * h - 2, 1), columns % max(2 * w - 2, 1)
        value = value[rows.minimum(2 * h - 2 - rows).abs()][:, columns.minimum(2 * w - 2 - columns).abs()]
    high, wide = value.shape[0] // tiles, value.shape[1] // tiles
    out = torch.zeros(tiles, tiles, 256, dtype=torch.double)
    for i in range(tiles):
        for j in range(tiles):
            tile = value[i * high : (i + 1) * high, j * wide : (j + 1) * wide].flatten()
            count = torch.bincount(tile, minlength=256)
            most = max(int(limit * len(tile) / 256), 1)
            spare = int((count - most).clamp(min=0).sum())
            count = count.clamp(max=most) + spare // 256
            left = spare % 256
            if left:
                count[:: max(256 // left, 1)][:left] += 1
            out[i, j] = (count.cumsum(0) * (255 / len(tile))).round().clamp(0, 255)
    return out, high, wide


def clahe(x: torch.Tensor, limit: float, tiles: int) -> torch.Tensor:
    """Equalise the histogram of each tile, with a limit."""
    import torch

    levels_of_x = bytes_of(x)
    value = levels_of_x.amax(0)
    table, high, wide = tables(value, limit, tiles)
    down, right = torch.arange(value.shape[0]) / high - 0.5, torch.arange(value.shape[1]) / wide - 0.5
    i, j, v = down.floor().long()[:, None], right.floor().long()[None, :], value.long()
    a, b = down[:, None] - i, right[None, :] - j
    above, below = i.clamp(min=0), (i + 1).clamp(max=tiles - 1)
    before, after = j.clamp(min=0), (j + 1).clamp(max=tiles - 1)
    y = (table[above, before, v] * (1 - b) + table[above, after, v] * b) * (1 - a)
    y = y + (table[below, before, v] * (1 - b) + table[below, after, v] * b) * a
    return like(with_value(levels_of_x, value, levels(y, value)), x)


def padded(x: torch.Tensor, radius: int) -> torch.Tensor:
    """The image in double precision with its edge continued."""
    from torch.nn import functional

    return functional.pad(x.double(), (radius,) * 4, mode="replicate")


def gaussian(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Smooth by a Gaussian that ends at four standard deviations."""
    import torch
    from torch.nn import functional

    radius = int(4 * sigma + 0.5)
    offset = torch.arange(-radius, radius + 1).double()
    kernel = torch.exp(-(offset**2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum())[None, None]
    y = functional.conv2d(padded(x, radius)[:, None], kernel[:, :, :, None])
    return levels(functional.conv2d(y, kernel[:, :, None])[:, 0], x)


def median(x: torch.Tensor, radius: int) -> torch.Tensor:
    """The median of the square around each pixel."""
    import torch

    y = x if x.dtype == torch.uint8 or radius < 3 else bytes_of(x)
    side = 2 * radius + 1
    squares = padded(y, radius).unfold(1, side, 1).unfold(2, side, 1)
    middle = squares.flatten(3).median(dim=3).values
    return levels(middle, x) if y is x else like(levels(middle, y), x)


def shifts(y: torch.Tensor, radius: int) -> Iterator[tuple[int, int, torch.Tensor]]:
    """The image moved by every step of up to the radius, its edge continued."""
    h, w = y.shape[1:]
    wide = padded(y, radius)
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            yield down - radius, right - radius, wide[:, down : down + h, right : right + w]


def bilateral(x: torch.Tensor, radius: int, level: float, space: float) -> torch.Tensor:
    """Average what is near in place and in level."""
    import torch

    y = x.double() / white(x)
    total, mass = torch.zeros_like(y), torch.zeros_like(y[:1])
    for down, right, there in shifts(y, radius):
        if down**2 + right**2 <= radius**2:
            apart = (there - y).abs().sum(0, keepdim=True)
            weight = torch.exp(-(down**2 + right**2) / (2 * space**2) - apart**2 / (2 * level**2))
            total += there * weight
            mass += weight
    return levels(total / mass * white(x), x)


def non_local_means(x: torch.Tensor, strength: float, patch: int, search: int) -> torch.Tensor:
    """Average what has like surroundings."""
    import torch
    from torch.nn import functional

    y = padded(x.double() / white(x), patch)
    total, mass = torch.zeros(x.shape).double(), torch.zeros(1, *x.shape[1:]).double()
    for _, _, there in shifts(y, search):
        apart = functional.avg_pool2d(((there - y) ** 2).mean(0, keepdim=True), 2 * patch + 1, stride=1)
        weight = torch.exp(-apart / strength**2)
        total += there[:, patch:-patch, patch:-patch] * weight
        mass += weight
    return levels(total / mass * white(x), x)


def fourier(x: torch.Tensor, cutoff: float, keep: str, order: int) -> torch.Tensor:
    """Keep the frequencies below or above a cutoff."""
    import torch

    h, w = x.shape[1:]
    f2 = torch.fft.fftfreq(h).double()[:, None] ** 2 + torch.fft.rfftfreq(w).double() ** 2
    passed = 1 / (1 + (f2 / cutoff**2) ** order)
    waves = torch.fft.rfft2(x.double()) * (passed if keep == "low" else 1 - passed)
    y = torch.fft.irfft2(waves, (h, w))
    return levels(y if keep == "low" else y + 128 / 255 * white(x), x)
