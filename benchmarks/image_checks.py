"""How often the checks of images are wrong: on folders with nothing wrong, and on folders with one planted fault.

    python benchmarks/image_checks.py [--folders 400] [--faults 50]

clean:   folders of 20 to 120 different pictures each, labels drawn by chance, half of them in parts; and folders of as
         many photographs of Fashion-MNIST with their own labels, where some repeats and near repeats are real
files:   for IMG001, whole files in ten ways of writing them, and the same cut off, with a byte changed, or empty
faults:  a copy in the test part, one picture with two labels, a blurred one, a black one, long ones among square ones,
         a class of other size, a class stored otherwise, two pixels against an average when serving, a rare class

A finding in a clean folder of made pictures is a false alarm. Results go to benchmarks/results/image_checks.json.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.checks.run.discovery import chosen
from cutaway.checks.run.images import ImagesSubject
from cutaway.checks.run.images_audit import preparation
from cutaway.checks.run.images_example import folder_of, scenes
from cutaway.core.version import __version__
from cutaway.studies.run.image_data import clothes

CHECKS = {one.code: one for one in chosen(("IMG",), ("IMG001",), of="images")}  # it counts files, which these are not


def found(subject: ImagesSubject) -> list[str]:
    """Codes of the checks that found something, once for each finding; a crash ends the run."""
    out = []
    for code, one in CHECKS.items():
        outcome = one.run(subject, one.settings)
        if outcome.status == "crashed":
            raise RuntimeError(outcome.reason)
        out += [code] * len(outcome.findings)
    return out


def made(rng: np.random.Generator, **asked: Any) -> dict[str, Any]:
    """What a clean folder is made of: pictures, labels, parts."""
    n = int(rng.integers(20, 121))
    classes = int(rng.integers(2, 5))
    divided = rng.random() < 0.5
    n = max(n, (40 if divided else 12) * classes)  # a part with few images of a class is told, and no false alarm
    labels = [f"class {k}" for k in rng.permutation(np.arange(n) % classes)]
    parts = ["train" if one else "test" for one in rng.random(n) < 0.5] if divided else []
    side = int(rng.integers(32, 65))
    return {"images": scenes(n, (side, side), int(rng.integers(2**31))), "labels": labels, "parts": parts, **asked}


def of_clothes(rng: np.random.Generator) -> ImagesSubject:
    """A folder of photographs of clothes."""
    data, rows = clothes(), rng.permutation(8_000)[: int(rng.integers(100, 401))]
    return folder_of([data.images[i] for i in rows], [data.classes[data.y[i]] for i in rows])


def copy_in_test(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """A lighter, noisier copy of a training image becomes a test image."""
    folder["parts"] = ["train", "test", *(["train", "test"] * len(folder["labels"]))[: len(folder["labels"]) - 2]]
    copy = folder["images"][0] * rng.uniform(0.85, 1.1) + rng.normal(0, 3, folder["images"][0].shape)
    folder["images"][1] = np.clip(copy, 0, 255).astype(np.uint8)
    return "IMG002"


def two_labels(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """The same pixels under two labels."""
    other = next(i for i, label in enumerate(folder["labels"]) if label != folder["labels"][0])
    folder["images"][other] = folder["images"][0].copy()
    return "IMG002"


def blurred(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """One is out of focus."""
    from scipy.ndimage import gaussian_filter

    folder["images"][0] = gaussian_filter(folder["images"][0], (4, 4, 0))
    return "IMG003"


def black(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """One is far too dark."""
    folder["images"][0] = (folder["images"][0] * 0.04).astype(np.uint8)
    return "IMG003"


def long(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """A tenth are twice as wide as high."""
    for i in range(0, len(folder["images"]), 10):
        folder["images"][i] = scenes(1, (32, 64), int(rng.integers(2**31)))[0]
    return "IMG004"


def of_other_size(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """The first class is a few pixels larger, in nine images of ten."""
    side = folder["images"][0].shape[0] + 4
    for i, label in enumerate(folder["labels"]):
        if label == "class 0" and rng.random() < 0.9:
            folder["images"][i] = scenes(1, (side, side), int(rng.integers(2**31)))[0]
    return "IMG005"


def lit_otherwise(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """The first class is darker throughout."""
    folder["labels"] = ["class 0" if label == "class 0" else "class 1" for label in folder["labels"]]
    for i, label in enumerate(folder["labels"]):
        folder["images"][i] = (folder["images"][i] * (0.2 if label == "class 0" else 1.0)).astype(np.uint8)
    return "IMG005"


def served_otherwise(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """Training averages, serving takes two pixels."""
    folder["training"], folder["serving"] = (preparation(name, (16, 16), False) for name in ("pillow", "torch"))
    folder["images"] = scenes(len(folder["images"]), (128, 128), int(rng.integers(2**31)))
    return "IMG006"


def rare(folder: dict[str, Any], rng: np.random.Generator) -> str:
    """All but one image in twenty are of one class."""
    folder["labels"] = ["class 1" if i % 20 == 0 else "class 0" for i in range(len(folder["labels"]))]
    return "IMG007"


FAULTS: tuple[Callable[[dict[str, Any], np.random.Generator], str], ...] = (
    *(copy_in_test, two_labels, blurred, black, long),
    *(of_other_size, lit_otherwise, served_otherwise, rare),
)


WRITTEN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "JPEG": ("JPEG", "RGB", {"quality": 85}),
    "progressive JPEG": ("JPEG", "RGB", {"progressive": True}),
    "JPEG in print colours": ("JPEG", "CMYK", {}),
    "PNG": ("PNG", "RGB", {}),
    "PNG with a palette": ("PNG", "P", {}),
    "GIF": ("GIF", "P", {}),
    "BMP": ("BMP", "RGB", {}),
    "TIFF": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "WebP": ("WEBP", "RGB", {"quality": 85}),
    "grey PPM": ("PPM", "L", {}),
}
"""Ways of writing a file: format, mode and options of Pillow."""


def of_files(a_way: int) -> dict[str, Any]:
    """What IMG001 says of whole files, and of the same files after a fault, by the way they were written."""
    from PIL import Image

    from cutaway.checks import audit_images

    rng = np.random.default_rng(3)
    caught: dict[str, dict[str, float]] = {"cut_off": {}, "byte_changed": {}, "empty": {}}
    named = 0
    with tempfile.TemporaryDirectory() as place:
        for way, (kind, mode, options) in WRITTEN.items():
            suffix = {"JPEG": "jpg", "PPM": "pgm"}.get(kind, kind.lower())
            whole = []
            for image in scenes(a_way, (48, 64), int(rng.integers(2**31))):
                file = io.BytesIO()
                Image.fromarray(image).convert(mode).save(file, kind, **options)
                whole.append(file.getvalue())

            def share(files: list[bytes], folder: Path, suffix: str = suffix) -> float:
                folder.mkdir()
                for number, data in enumerate(files):
                    (folder / f"{number}.{suffix}").write_bytes(data)
                outcome = audit_images(folder, select=["IMG001"]).outcomes[0]
                return sum(len(one.columns) for one in outcome.findings) / len(files)

            at = Path(place, way)
            at.mkdir()
            named += round(share(whole, at / "whole") * a_way)
            cut = [data[: int(len(data) * rng.uniform(0.02, 0.98))] for data in whole]
            caught["cut_off"][way] = share(cut, at / "cut")
            changed = []
            for data in whole:
                broken, where = bytearray(data), int(rng.integers(len(data)))
                broken[where] ^= int(rng.integers(1, 256))
                changed.append(bytes(broken))
            caught["byte_changed"][way] = share(changed, at / "changed")
            caught["empty"][way] = share([b""] * 3, at / "empty")
    return {"whole_files": a_way * len(WRITTEN), "whole_files_named": named, "share_of_damaged_files_found": caught}


def main() -> None:
    """Count, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folders", type=int, default=400)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--files", type=int, default=200, help="of each way of writing")
    parser.add_argument("--only-files", action="store_true", help="measure IMG001 alone, the rest stays as it was")
    asked = parser.parse_args()
    place = Path(__file__).parent / "results" / "image_checks.json"
    if asked.only_files:
        kept = json.loads(place.read_text("utf-8")) | {"IMG001": of_files(asked.files)}
        print(json.dumps(kept["IMG001"], indent=1))
        place.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        return
    out: dict[str, Any] = {"cutaway": __version__, "clean_folders": asked.folders, "folders_a_fault": asked.faults}
    alarms: Counter[str] = Counter()
    of_real: Counter[str] = Counter()
    for seed in range(asked.folders):
        rng = np.random.default_rng([seed, 1])
        same = preparation("pillow", (24, 24), False)
        alarms.update(set(found(folder_of(**made(rng, training=same, serving=same)))))
        if seed % 4 == 0:
            of_real.update(set(found(of_clothes(rng))))
    out["folders_with_false_alarms"] = {code: alarms[code] for code in CHECKS}
    out["findings_in_folders_of_clothes"] = {"folders": -(-asked.folders // 4), **of_real}
    print(json.dumps(out, indent=1), flush=True)
    caught: dict[str, float] = {}
    for fault in FAULTS:
        hits = 0
        for seed in range(asked.faults):
            rng = np.random.default_rng([seed, 2])
            folder = made(rng)
            code = fault(folder, rng)
            hits += code in found(folder_of(**folder))
        caught[fault.__name__] = hits / asked.faults
    out["share_of_planted_faults_found"] = caught
    print(json.dumps(caught, indent=1))
    out["IMG001"] = of_files(asked.files)
    print(json.dumps(out["IMG001"], indent=1))
    place.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
