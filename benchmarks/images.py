"""A folder of images through a five-step pipeline, beside a loop over scikit-image and one over OpenCV.

    python benchmarks/images.py [folder | killed] [--images 10000]

folder: photographs of 200 × 240 pixels as JPEG, in ten folders; crop, resize, grey, gaussian, median; results as PNG.
Each is read from disk and written to it by all three. First the pixels are asserted equal within one level on the first
folder. Then the three take turns on the same folder (A B C A B C …), and each of the ten gives one ratio; their median,
least and most are reported. scikit-image's loop is the plain one: imread, five calls on floats, imsave. OpenCV's is
imread, five calls, imwrite, with the threads that it takes by itself; both run in one Python thread. Beside the ratio
of wall times stands that of processor times, cutaway's over the cores: what wall times would be where nothing else runs
and the cores share the work evenly.

killed: the command is killed (SIGKILL) several times on its way and called again until it is done. Then the results are
compared byte by byte with those of a run that nobody stopped, and no file may be half-written.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cutaway.core.threads import cores
from cutaway.engines.images import apply_folder
from cutaway.science.images import Crop, Gaussian, Grey, Median, Pipeline, Resize

HERE = Path(__file__).parent
FOLDERS = 10
STEPS = Pipeline((Crop(192, 192), Resize(96, 96, "linear"), Grey("709"), Gaussian(1.0), Median(1)))


def photographs(folder: Path, count: int) -> list[Path]:
    """Parts of scikit-image's photographs, lit differently, in ten folders of `folder`."""
    from skimage import data

    rng = np.random.default_rng(0)
    wholes = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    made = []
    for k in range(FOLDERS):
        inner = folder / f"{k:02d}"
        inner.mkdir(parents=True)
        made.append(inner)
        for one in range(count // FOLDERS):
            whole = wholes[rng.integers(len(wholes))]
            i, j = rng.integers(0, whole.shape[0] - 200), rng.integers(0, whole.shape[1] - 240)
            part = np.clip(whole[i : i + 200, j : j + 240] * rng.uniform(0.6, 1.2), 0, 255).astype(np.uint8)
            cv2.imwrite(str(inner / f"{one:05d}.jpg"), part[:, :, ::-1])
    return made


def by_skimage(folder: Path, out: Path) -> None:
    """The plain loop."""
    import skimage.color
    import skimage.filters
    import skimage.io
    import skimage.transform
    import skimage.util

    out.mkdir(parents=True)
    square = np.ones((3, 3))
    for path in sorted(folder.iterdir()):
        x = skimage.io.imread(path)[4:196, 24:216]
        x = skimage.transform.resize(x, (96, 96), anti_aliasing=False)
        x = skimage.color.rgb2gray(x)
        x = skimage.filters.gaussian(x, 1.0)
        x = skimage.filters.median(x, square)
        skimage.io.imsave(out / f"{path.stem}.png", skimage.util.img_as_ubyte(x), check_contrast=False)


def by_opencv(folder: Path, out: Path) -> None:
    """The loop over OpenCV."""
    out.mkdir(parents=True)
    weights = np.array([[0.0721, 0.7154, 0.2125]])
    for path in sorted(folder.iterdir()):
        x = cv2.imread(str(path))[4:196, 24:216]
        x = cv2.resize(x, (96, 96))
        x = cv2.transform(x, weights)
        x = cv2.GaussianBlur(x, (9, 9), 1.0, borderType=cv2.BORDER_REPLICATE)
        x = cv2.medianBlur(x, 3)
        cv2.imwrite(str(out / f"{path.stem}.png"), x)


def by_cutaway(folder: Path, out: Path) -> None:
    """What is measured."""
    outcome = apply_folder(folder, STEPS, out)
    assert not outcome.skipped


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "cutaway": by_cutaway,
    "scikit-image": by_skimage,
    "opencv": by_opencv,
}


def pixels_agree(folder: Path, room: Path) -> dict[str, dict[str, float]]:
    """Each loop's pixels against cutaway's, on every image of a folder.

    Raises: AssertionError where any differs by more than one level.
    """
    for name, way in WAYS.items():
        way(folder, room / f"same-{name}")
    found = {}
    for name in ("scikit-image", "opencv"):
        worst, differ, total = 0, 0, 0
        for path in sorted((room / f"same-{name}").glob("*.png")):
            one, ours = (cv2.imread(str(room / f"same-{who}" / path.name), -1).astype(int) for who in (name, "cutaway"))
            apart = np.abs(one - ours)
            worst, differ, total = max(worst, int(apart.max())), differ + int((apart > 0).sum()), total + apart.size
        assert total and worst <= 1, f"{name} differs by {worst} levels"
        found[name] = {"levels_at_most": worst, "share_that_differs": differ / total}
    return found


def folder(count: int) -> dict[str, Any]:
    """Ratios over ten folders, in turn."""
    with tempfile.TemporaryDirectory() as place:
        room = Path(place)
        folders = photographs(room / "photographs", count)
        same = pixels_agree(folders[0], room)
        seconds: dict[str, list[float]] = {name: [] for name in WAYS}
        processor: dict[str, list[float]] = {name: [] for name in WAYS}
        for k, one in enumerate(folders):
            for name, way in WAYS.items():
                start, used = time.perf_counter(), time.process_time()
                way(one, room / f"{k}-{name}")
                seconds[name].append(time.perf_counter() - start)
                processor[name].append(time.process_time() - used)
            print(k, {name: round(times[-1], 2) for name, times in seconds.items()}, file=sys.stderr, flush=True)
    ratios = {}
    for name in ("scikit-image", "opencv"):
        each = [slow / fast for slow, fast in zip(seconds[name], seconds["cutaway"], strict=True)]
        ratios[f"{name}_over_cutaway"] = {
            "median": statistics.median(each),
            "least": min(each),
            "most": max(each),
            "of_totals": sum(seconds[name]) / sum(seconds["cutaway"]),
            "of_processor_times_over_cores": sum(processor[name]) / (sum(processor["cutaway"]) / cores()),
        }
    return {"images": count, "pixels": same, **ratios, "seconds": seconds, "processor": processor}


def killed(count: int, kills: int = 6) -> dict[str, Any]:
    """Whether anything is lost where the command is killed again and again."""
    with tempfile.TemporaryDirectory() as place:
        room = Path(place)
        photographs(room / "photographs", count)
        (room / "p.toml").write_text(STEPS.to_toml(), encoding="utf-8")
        apply_folder(room / "photographs", STEPS, room / "whole")
        command = [sys.executable, "-m", "cutaway", "images", "photographs", "--pipeline", "p.toml", "--out", "out"]
        found = []
        for k in range(kills):
            process = subprocess.Popen(command, cwd=room, stdout=subprocess.DEVNULL)
            until = (k + 1) * count // (kills + 1)
            while process.poll() is None and sum(1 for _ in (room / "out").glob("*/[!.]*.png")) < until:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
            names = sorted((room / "out").glob("*/[!.]*.png"))  # not those on their way, under hidden names
            assert all(cv2.imread(str(one), -1) is not None for one in names), "a half-written result"
            found.append(len(names))
        said = subprocess.run(command, cwd=room, check=True, capture_output=True, text=True).stdout
        whole, out = (
            {p.relative_to(room / at): p.read_bytes() for p in (room / at).glob("*/*")} for at in ("whole", "out")
        )
        assert out == whole, "results differ from those of a run that nobody stopped"
        assert len(whole) == count
    return {"images": count, "killed_at": found, "then": said.splitlines()[:2], "same_bytes": True}


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {"folder": folder, "killed": killed}


def main() -> None:
    """Run what is named, or all of it, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=[], help="; ".join(PARTS))
    parser.add_argument("--images", type=int, default=10_000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for what in arguments.what or PARTS:
        found = PARTS[what](arguments.images)
        about = {
            "machine": platform.machine(),
            "cores": cores(),
            "load_at_the_end": os.getloadavg()[0],
            "versions": {name: version(name) for name in ("numpy", "opencv-python-headless", "scikit-image", "pillow")},
        }
        path = HERE / "results" / f"images_{what}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**found, **about}, indent=1) + "\n", encoding="utf-8")
        print(json.dumps({key: value for key, value in found.items() if key not in ("seconds", "processor")}, indent=1))


if __name__ == "__main__":
    main()
