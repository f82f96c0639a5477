"""Images on which operations are tried, and every operation with parameters that reach its branches."""

from __future__ import annotations

import numpy as np

from cutaway import images
from cutaway.science.images import Step

STEPS: dict[str, Step] = {
    "resize smaller": images.Resize(23, 31),
    "resize larger": images.Resize(71, 90),
    "resize the same": images.Resize(48, 61),
    "resize linear": images.Resize(20, 40, "linear"),
    "resize nearest": images.Resize(20, 40, "nearest"),
    "resize nearest half": images.Resize(24, 122, "nearest"),
    "resize area": images.Resize(13, 40, "area"),
    "resize area larger": images.Resize(60, 40, "area"),
    "resize cubic": images.Resize(24, 90, "cubic"),
    "crop": images.Crop(20, 31),
    "crop at": images.Crop(20, 31, 3, 7),
    "rotate": images.Rotate(30.0),
    "rotate filled": images.Rotate(-17.0, 0.5),
    "rotate 90": images.Rotate(90.0),
    "rotate 270": images.Rotate(-90.0),
    "flip": images.Flip(),
    "flip vertical": images.Flip("vertical"),
    "pad": images.Pad(1, 2, 3, 4, "constant", 0.3),
    "pad edge": images.Pad(1, 2, 3, 4, "edge"),
    "pad mirror": images.Pad(1, 2, 3, 4, "mirror"),
    "grey": images.Grey(),
    "grey 709": images.Grey("709"),
    "hsv": images.Colour("hsv"),
    "lab": images.Colour("lab"),
    "ycbcr": images.Colour("ycbcr"),
    "rgb of hsv": images.Rgb("hsv"),
    "rgb of lab": images.Rgb("lab"),
    "rgb of ycbcr": images.Rgb("ycbcr"),
    "gamma": images.Gamma(0.6),
    "gamma above": images.Gamma(2.2),
    "stretch": images.Stretch(),
    "stretch whole": images.Stretch(0.0, 100.0),
    "equalise": images.Equalise(),
    "clahe": images.Clahe(2.0, 4),
    "clahe uneven": images.Clahe(3.0, 7),
    "standardise": images.Standardise(),
    "standardise by": images.Standardise((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "gaussian": images.Gaussian(1.5),
    "gaussian wide": images.Gaussian(6.0),
    "median": images.Median(),
    "median wide": images.Median(4),
    "bilateral": images.Bilateral(),
    "non-local means": images.NonLocalMeans(0.1, 1, 3),
    "fourier low": images.Fourier(0.1),
    "fourier high": images.Fourier(0.05, "high", 3),
    "sobel": images.Sobel(),
    "scharr": images.Scharr(),
    "laplacian": images.Laplacian(),
    "canny": images.Canny(),
    "canny strict": images.Canny(0.2, 0.45),
    "otsu": images.Otsu(),
    "adaptive": images.Adaptive(5, 0.03),
    "adaptive wide": images.Adaptive(20, -0.05),
    "hysteresis": images.Hysteresis(0.4, 0.6),
    "erosion": images.Erosion(2),
    "erosion disk": images.Erosion(3, "disk"),
    "dilation": images.Dilation(2),
    "dilation cross": images.Dilation(2, "cross"),
    "opening": images.Opening(2, "disk"),
    "closing": images.Closing(2, "cross"),
    "top-hat": images.TopHat(3),
    "components": images.Components(30),
    "components by number": images.Components(5, "numbers"),
    "contours": images.Contours(),
    "watershed": images.Watershed(0.7),
}

FIRST = {"components": images.Otsu(), "contours": images.Otsu(), "watershed": images.Otsu()}
"""What makes a mask, before operations that ask for one; before `rgb` stands the way there."""


def noisy_scene(colour: bool = True, h: int = 48, w: int = 61) -> np.ndarray:
    """Overlapping disks on a slope of light, with noise; uint8."""
    rng = np.random.default_rng(7)
    down, right = np.mgrid[:h, :w]
    scene = np.zeros((h, w, 3)) + 40 + right[:, :, None] * np.array([0.9, 0.5, 0.2])
    for _ in range(9):
        i, j, r = rng.integers(4, h - 4), rng.integers(4, w - 4), rng.integers(3, 9)
        scene[(down - i) ** 2 + (right - j) ** 2 < r * r] = rng.integers(80, 255, 3)
    levels = np.clip(scene + rng.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
    return levels if colour else levels[:, :, 1].copy()


def inputs(step: Step) -> dict[str, np.ndarray]:
    """The images that the step can take: grey or in colour, of uint8 and of float32."""
    described = step.describe()
    out: dict[str, np.ndarray] = {}
    for kind in ("grey", "colour"):
        if described.needs in ("any", kind):
            levels = noisy_scene(kind == "colour")
            first = images.Colour(step.of) if isinstance(step, images.Rgb) else FIRST.get(step.name)
            levels = levels if first is None else first(levels)
            out[f"{kind} bytes"] = levels
            out[f"{kind} floats"] = (levels / 255).astype(np.float32)
    return out


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many levels of 255 each pixel differs by."""
    assert one.shape == other.shape
    assert one.dtype == other.dtype
    scale = 1 if one.dtype == np.uint8 else 255
    return np.abs(one.astype(float) - other.astype(float)) * scale
