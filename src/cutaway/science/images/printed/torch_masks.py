"""The operations on edges, masks and regions with PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.science.images.printed.torch import bytes_of, levels, like, padded, white

if TYPE_CHECKING:
    import torch


def steepness(x: torch.Tensor, side: float, middle: float) -> torch.Tensor:
    """√((g_x² + g_y²) / 2) of slopes smoothed by side, middle, side."""
    y, total = padded(x, 1), 2 * side + middle
    rows = (side * y[:, :-2] + middle * y[:, 1:-1] + side * y[:, 2:]) / total
    columns = (side * y[:, :, :-2] + middle * y[:, :, 1:-1] + side * y[:, :, 2:]) / total
    across, down = rows[:, :, 2:] - rows[:, :, :-2], columns[:, 2:] - columns[:, :-2]
    return levels(((across**2 + down**2) / 2).sqrt(), x)


def sobel(x: torch.Tensor) -> torch.Tensor:
    """How steep the levels are."""
    return steepness(x, 1, 2)


def scharr(x: torch.Tensor) -> torch.Tensor:
    """How steep the levels are, alike in all directions."""
    return steepness(x, 3, 10)


def laplacian(x: torch.Tensor) -> torch.Tensor:
    """How much a pixel differs from its four neighbours."""
    y = padded(x, 1)
    around = y[:, :-2, 1:-1] + y[:, 2:, 1:-1] + y[:, 1:-1, :-2] + y[:, 1:-1, 2:]
    return levels((4 * y[:, 1:-1, 1:-1] - around).abs().clamp(max=white(x)), x)


def joined(seed: torch.Tensor, inside: torch.Tensor, shape: str) -> torch.Tensor:
    """The parts of the mask inside that hold a seed: it grows until nothing changes."""
    while True:
        grown = dilation(seed, 1, shape) & inside
        if grown.equal(seed):
            return seed
        seed = grown


def canny(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Edges as lines of one pixel."""
    import math

    import torch
    from torch.nn import functional

    h, w = x.shape[1:]
    y = padded(bytes_of(x), 1).long()
    rows = y[:, :-2] + 2 * y[:, 1:-1] + y[:, 2:]
    columns = y[:, :, :-2] + 2 * y[:, :, 1:-1] + y[:, :, 2:]
    across, down = rows[:, :, 2:] - rows[:, :, :-2], columns[:, 2:] - columns[:, :-2]
    slope = functional.pad(across**2 + down**2, (1, 1, 1, 1))

    def at(i: int, j: int) -> torch.Tensor:
        return slope[:, 1 + i : 1 + i + h, 1 + j : 1 + j + w]

    here, steep, flat = at(0, 0), down.abs() << 15, across.abs()
    level = steep < flat * 13573  # tan 22.5° in 15 bits
    upright = steep > flat * 13573 + (flat << 16)
    same = (across ^ down) >= 0
    ridge = torch.where(same, (here > at(-1, -1)) & (here > at(1, 1)), (here > at(-1, 1)) & (here > at(1, -1)))
    ridge = torch.where(upright, (here > at(-1, 0)) & (here >= at(1, 0)), ridge)
    ridge = torch.where(level, (here > at(0, -1)) & (here >= at(0, 1)), ridge)
    least, enough = math.floor((low * 1020) ** 2), math.floor((high * 1020) ** 2)
    return like(joined(ridge & (here > enough), ridge & (here > least), "square"), x)


def otsu(x: torch.Tensor) -> torch.Tensor:
    """White above the level that parts the histogram best."""
    import torch

    y = bytes_of(x)
    count = torch.bincount(y.flatten(), minlength=256).double()
    below, mass = count.cumsum(0), (count * torch.arange(256)).cumsum(0)
    above = below[-1] - below
    means = mass / below.clamp(min=1) - (mass[-1] - mass) / above.clamp(min=1)
    return like(y > int((below * above * means**2)[: int(y.max())].argmax()) if y.min() < y.max() else y < 0, x)


def adaptive(x: torch.Tensor, radius: int, offset: float) -> torch.Tensor:
    """White above the mean of the square around it, less an offset."""
    from torch.nn import functional

    y = bytes_of(x)
    side = 2 * radius + 1
    total = functional.avg_pool2d(padded(y, radius), side, stride=1, divisor_override=1)
    return like(y.double() * side**2 > total - offset * 255 * side**2, x)


def hysteresis(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """White above low where joined to something above high."""
    import torch

    least, enough = (torch.tensor(one * white(x)).float() for one in (low, high))
    return like(joined(x > enough, x > least, "cross"), x)


def dilation(x: torch.Tensor, radius: int, shape: str) -> torch.Tensor:
    """The brightest level in a shape around each pixel."""
    import torch
    from torch.nn import functional

    h, w = x.shape[1:]
    wide = functional.pad(x.float(), (radius,) * 4, value=float("-inf"))
    y = torch.full(x.shape, float("-inf"))
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            disk = down**2 + right**2 <= radius**2
            if {"square": True, "cross": down * right == 0, "disk": disk}[shape]:
                y = y.maximum(wide[:, radius + down : radius + down + h, radius + right : radius + right + w])
    return y.to(x.dtype)


def erosion(x: torch.Tensor, radius: int, shape: str) -> torch.Tensor:
    """The darkest level in a shape around each pixel."""
    return (-dilation(-x.float(), radius, shape)).to(x.dtype)


def opening(x: torch.Tensor, radius: int, shape: str) -> torch.Tensor:
    """Erosion, then dilation."""
    return dilation(erosion(x, radius, shape), radius, shape)


def closing(x: torch.Tensor, radius: int, shape: str) -> torch.Tensor:
    """Dilation, then erosion."""
    return erosion(dilation(x, radius, shape), radius, shape)


def tophat(x: torch.Tensor, radius: int, shape: str) -> torch.Tensor:
    """The image less its opening."""
    return x - opening(x, radius, shape)


def parts(inside: torch.Tensor) -> torch.Tensor:
    """Connected parts of a mask (h, w), numbered in the order in which rows meet them: 0 is outside."""
    import torch
    from torch.nn import functional

    places = inside.numel() - torch.arange(inside.numel()).reshape(inside.shape).double()
    name = places * inside
    while True:  # the highest name, of the first place, spreads until nothing changes
        spread = functional.max_pool2d(name[None], 3, stride=1, padding=1)[0] * inside
        if spread.equal(name):
            break
        name = spread
    names, number = (-name).unique(return_inverse=True)
    return (number + 1) * inside if len(names) else number


def components(x: torch.Tensor, smallest: int, give: str) -> torch.Tensor:
    """Connected parts of some size, as a mask or by number."""
    import torch

    part = parts(x[0] > 0)
    kept = torch.bincount(part.flatten()) >= smallest
    kept[0] = False
    if give == "mask":
        return like(kept[part], x[0])[None]
    return (kept.cumsum(0) * kept)[part].float()[None]


def contours(x: torch.Tensor) -> torch.Tensor:
    """The outline of each part."""
    inside = (x > 0).float()
    return like(inside > erosion(inside, 1, "cross"), x)


def squared_distance(inside: torch.Tensor) -> torch.Tensor:
    """Of each pixel to the nearest outside the mask (h, w), squared: along columns, then along rows."""
    import torch

    h, w = inside.shape
    i, j = torch.arange(h), torch.arange(w)
    far = (h + w) ** 2
    down = torch.stack([((i - k)[:, None] ** 2 + far * inside[k]).amin(0) for k in i])
    return torch.stack([(down + (j - k) ** 2).amin(1) for k in j], dim=1)


def watershed(x: torch.Tensor, top: float) -> torch.Tensor:
    """Part objects that touch; the flood goes pixel by pixel, in Python."""
    import heapq

    import torch

    inside = x[0] > 0
    if inside.all():
        return like(inside, x[0])[None]
    square, part = squared_distance(inside), parts(inside)
    largest = torch.zeros(int(part.max()) + 1, dtype=square.dtype)
    largest = largest.scatter_reduce(0, part.flatten(), square.flatten(), "amax")
    flood = parts(inside & (square >= top**2 * largest[part]))
    (h, w), age = inside.shape, 0
    heap = [(-int(square[i, j]), 0, i, j) for i, j in flood.nonzero().tolist()]
    heapq.heapify(heap)
    while heap:
        _, _, i, j = heapq.heappop(heap)
        for a, b in ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
            p, q = i + a, j + b
            if 0 <= p < h and 0 <= q < w and inside[p, q] and not flood[p, q]:
                age += 1
                flood[p, q] = flood[i, j]
                heapq.heappush(heap, (-int(square[p, q]), age, p, q))
    cut = torch.zeros(inside.shape, dtype=torch.bool)
    cut[:, :-1] |= (flood[:, :-1] != flood[:, 1:]) & (flood[:, 1:] > 0)
    cut[:-1] |= (flood[:-1] != flood[1:]) & (flood[1:] > 0)
    return like(inside & ~cut, x[0])[None]
