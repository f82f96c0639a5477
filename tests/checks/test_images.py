"""The checks of images: planted faults are found in real files, clean folders stay silent."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from cutaway.checks import audit_images
from cutaway.checks.run.discovery import chosen
from cutaway.checks.run.images import named
from cutaway.checks.run.images_audit import preparation
from cutaway.checks.run.images_example import folder_of, scenes
from cutaway.core.audit import ImagesAudit
from cutaway.core.errors import InputError
from cutaway.core.findings import Finding

CODES = [f"IMG{k:03d}" for k in range(1, 8)]


def written(root: Path, images: list[np.ndarray], labels: list[str], suffix: str = ".png") -> Path:
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = root / label / f"{i:03d}{suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place)
    return root


def found(audit: ImagesAudit, code: str) -> tuple[Finding, ...]:
    outcome = next(one for one in audit.outcomes if one.code == code)
    assert outcome.status in ("issue", "tip", "passed"), outcome.reason
    return outcome.findings


def test_seven_questions_are_asked() -> None:
    checks = chosen(of="images")
    assert [one.code for one in checks] == CODES
    assert all(one.asks == "images" for one in checks)
    assert not {one.code for one in chosen()} & set(CODES)
    for one in checks:
        for heading in ("Why it matters", "What to do", "Null", "Passed", "Source"):
            assert one.sections[heading], (one.code, heading)


@pytest.mark.parametrize("seed", range(20))
def test_a_clean_folder_is_silent(seed: int) -> None:
    """Different pictures, labels by chance, both parts alike; benchmarks/image_checks.py counts over 400 of them."""
    rng = np.random.default_rng(seed)
    n, classes = int(rng.integers(80, 121)), int(rng.integers(2, 4))
    labels = [f"class {k}" for k in rng.permutation(np.arange(n) % classes)]
    same = preparation("pillow", (24, 24), False)
    subject = folder_of(scenes(n, (40, 40), seed), labels, ["train", "test"] * (n // 2) + ["test"] * (n % 2),
                        training=same, serving=same, resize=(24, 24))  # fmt: skip
    for one in chosen(("IMG",), ("IMG001",), of="images"):
        outcome = one.run(subject, one.settings)
        assert outcome.status == "passed", (one.code, outcome.reason, [f.title for f in outcome.findings])


def test_every_fault_of_a_folder_is_found(tmp_path: Path) -> None:
    """One folder with everything wrong, read from its files."""
    images = scenes(60)
    labels = [f"{part}/{name}" for part in ("train", "test") for name in ("cat", "dog") for _ in range(15)]
    images[40] = np.clip(images[3] * 0.9 + 8, 0, 255).astype(np.uint8)  # a training picture in the test part
    images[20] = images[5].copy()  # a cat that is a dog as well
    images[7] = gaussian_filter(images[7], (4, 4, 0))
    images[8] = (images[8] * 0.04).astype(np.uint8)
    images[9] = np.full((48, 48, 3), 120, np.uint8)
    for i in (1, 2, 4, 31, 33):
        images[i] = scenes(1, (24, 72), seed=100 + i)[0]
    root = written(tmp_path / "pets", images, labels)
    cut = io.BytesIO()
    Image.fromarray(images[0]).save(cut, "JPEG")
    (root / "train" / "cat" / "cut.jpg").write_bytes(cut.getvalue()[:-150])
    Image.fromarray(images[11]).save(root / "train" / "cat" / "011.png", "JPEG", quality=95)
    audit = audit_images(root, labels="folder", resize=(32, 32), training="torch", serving="torch-antialias")
    assert audit.images.images == 61 and audit.images.unreadable == 1 and audit.images.classes == ("cat", "dog")
    assert audit.count("crashed") == 0
    unreadable, misnamed = found(audit, "IMG001")
    assert unreadable.columns == ("train/cat/cut.jpg",) and "truncated" in unreadable.detail
    assert misnamed.columns == ("train/cat/011.png",) and misnamed.severity == "low"
    across, labels_ = found(audit, "IMG002")[:2]
    assert (across.severity == "high" and across.columns == ("test/cat/040.png", "train/cat/003.png")[::-1]) or set(
        across.columns
    ) == {"test/cat/040.png", "train/cat/003.png"}
    assert set(labels_.columns) == {"train/cat/005.png", "train/dog/020.png"}
    titles = " ".join(finding.title for finding in found(audit, "IMG003"))
    assert all(part in titles for part in ("blank: train/cat/009", "blurred: train/cat/007", "too dark: train/cat/008"))
    assert {"train/cat/001.png", "test/cat/031.png"} <= set(found(audit, "IMG004")[0].columns)
    assert found(audit, "IMG007") == ()
    for outcome in audit.outcomes:
        for finding in outcome.findings:
            assert finding.remedy.text.endswith(".") and not finding.title.endswith(".")
            assert finding.severity in ("high", "medium", "low")


def test_a_class_that_was_stored_otherwise(tmp_path: Path) -> None:
    labels = ["cat", "dog"] * 20
    images = scenes(40)
    root = written(tmp_path / "a", images, labels)
    assert found(audit_images(root), "IMG005") == ()
    for place in (root / "dog").iterdir():
        with Image.open(place) as image:
            image.save(place.with_suffix(".jpg"), quality=95)
        place.unlink()
    finding = found(audit_images(root), "IMG005")[0]
    assert finding.columns == ("format",) and finding.severity == "high"
    assert finding.evidence["balanced_accuracy"] == 1 and finding.evidence["p_value"] < 0.001


@pytest.mark.parametrize(
    ("training", "serving", "fires"),
    [("opencv", "opencv", False), ("torch", "tensorflow", False), ("pillow", "jax", False), ("pillow", "opencv", True),
     ("scikit-image", "keras", True)],
)  # fmt: skip
def test_other_preparations(training: str, serving: str, fires: bool) -> None:
    ways = {"training": preparation(training, (24, 24), False), "serving": preparation(serving, (24, 24), False)}
    subject = folder_of(scenes(8, (160, 160)), **ways)
    outcome = next(one for one in chosen(("IMG006",), of="images")).run(subject, {})
    assert bool(outcome.findings) == fires, outcome.reason


def test_other_grey() -> None:
    ways = [preparation(name, (48, 48), True) for name in ("opencv", "scikit-image")]
    subject = folder_of(scenes(8), training=ways[0], serving=ways[1])
    outcome = chosen(("IMG006",), of="images")[0].run(subject, {})
    assert outcome.findings[0].evidence["mean_difference_in_levels"] > 1


def test_other_shapes_are_said_so() -> None:
    ways = [preparation("opencv", (48, 48), grey) for grey in (True, False)]
    subject = folder_of(scenes(2), training=ways[0], serving=ways[1])
    outcome = chosen(("IMG006",), of="images")[0].run(subject, {})
    assert outcome.findings[0].title == "Training makes 0.png 48 × 48 in grey, serving 48 × 48 in colour"


def test_without_labels_or_images_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"")
    reasons = {one.code: one.reason for one in audit_images(tmp_path).outcomes if one.status == "not applicable"}
    assert set(reasons) == {"IMG002", "IMG003", "IMG004", "IMG005", "IMG006", "IMG007"}
    assert "IMG001 says why" in reasons["IMG002"]
    outcome = chosen(("IMG005",), of="images")[0].run(folder_of(scenes(8), ["a", "b"] * 4), {})
    assert outcome.status == "not applicable" and "10 images" in outcome.reason
    outcome = chosen(("IMG007",), of="images")[0].run(folder_of(scenes(3)), {})
    assert "add --labels" in outcome.reason


def test_parts_that_differ_in_their_classes() -> None:
    labels = ["a"] * 70 + ["b"] * 30 + ["a"] * 30 + ["b"] * 70
    subject = folder_of(scenes(200, (8, 8)), labels, ["train"] * 100 + ["test"] * 100)
    outcome = chosen(("IMG007",), of="images")[0].run(subject, {})
    assert [f.title for f in outcome.findings] == ["“a” is 70.0 % of train and 30.0 % of test"]
    gone = folder_of(scenes(60, (8, 8)), ["a"] * 30 + ["b"] * 30, ["train"] * 30 + ["test"] * 30)
    outcome = chosen(("IMG007",), of="images")[0].run(gone, chosen(("IMG007",), of="images")[0].settings)
    assert any("without images cannot be learned" in f.detail for f in outcome.findings)


def test_a_second_folder_is_the_test_part(tmp_path: Path) -> None:
    images = scenes(40)
    first = written(tmp_path / "first", images[:30], ["a", "b", "c"] * 10)
    other = written(tmp_path / "other", [*images[30:], images[0]], ["a", "b"] * 5 + ["a"])
    audit = audit_images(first, test=other)
    assert found(audit, "IMG002")[0].columns == ("train: a/000.png", "test: a/010.png")
    with pytest.raises(InputError, match="is the folder itself"):
        audit_images(first, test=first)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"resize": (0, 5)}, "expected sides from 1"),
        ({"training": "pillow", "resize": (8, 8)}, "expected both or neither"),
        ({"training": "pillow", "serving": "torch"}, "to what size"),
        ({"training": "paint", "serving": "torch", "resize": (8, 8)}, "expected one of opencv"),
        ({"select": ["DAT001"]}, "no check has the code"),
        ({"select": ["IMG001"], "ignore": ["IMG"]}, "leave no check"),
    ],
    ids=["size", "one side", "no size", "unknown", "code", "none left"],
)
def test_what_cannot_be_audited(tmp_path: Path, given: dict[str, object], said: str) -> None:
    written(tmp_path, scenes(2), ["a", "b"])
    with pytest.raises(InputError, match=said):
        audit_images(tmp_path, **given)  # type: ignore[arg-type]


def test_names_are_cut() -> None:
    assert named(["a"]) == "a" and named(["a", "b"]) == "a and b"
    assert named(["a", "b", "c", "d"], 2) == "a, b and 2 more"
