"""IMG002: the same picture more than once, in training and test too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science.images.repeats import Repeats, groups, repeated

WHAT = {
    "across": "stand in training as well as in test",
    "labels": "carry more than one label",
    "within": "are there more than once",
}


@check("IMG002", name="repeated images", asks="images", needs=("readable",))
def repeated_images(subject: ImagesSubject, *, factor: float = 20.0, max_share: float = 0.01) -> Iterator[Finding]:
    """The same picture is there more than once: pixel by pixel, or resized, recompressed or lightened.

    Why it matters: a test image that was trained on measures memory, so that the test score is too good; a picture
    with two labels cannot be learned; a picture that is there ten times counts ten times.

    What to do: keep one of each, and split by groups of copies, not by file.

    Null: two different pictures of this folder. Exact copies have equal pixels, which is counted. For near copies, a
    perceptual hash of 64 bits names candidates (8 bits or fewer differ), and thumbnails of 32 × 32 must correlate: with
    1 - r of 0.01 or less, and `factor` times less than between a picture and its most similar other one, as is usual in
    this folder. So faces that are cut out alike are not taken for copies. Cropped, turned and mirrored copies are not
    found. False alarms measured: none in 400 clean folders.

    Passed: No two images show the same picture, as far as exact pixels and a perceptual hash tell.

    Source: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"; Barz & Denzler 2020, "Do
    we train on test data? Purging CIFAR of near-duplicates".

    Example: a lighter copy in the test part fires; different pictures stay silent.

    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> pictures, parts = scenes(30), ["train"] * 20 + ["test"] * 10
    >>> list(repeated_images(folder_of(pictures, parts=parts)))
    []
    >>> pictures[25] = (pictures[3] * 0.9 + 8).astype("uint8")
    >>> [f.title for f in repeated_images(folder_of(pictures, parts=parts))]
    ['1 picture stands in training as well as in test: 3.png = 25.png']
    """
    rows = subject.readable
    by_pixels = defaultdict(list)
    for i in rows.tolist():
        by_pixels[subject.pictures[i].digest].append(i)
    exact = [(same[0], other) for same in by_pixels.values() for other in same[1:]]
    firsts = np.array([same[0] for same in by_pixels.values()])
    near = repeated(np.stack([subject.pictures[i].thumbnail for i in firsts]), factor=factor, seed=subject.seed)
    pairs = np.array([*exact, *firsts[near.pairs].tolist()], np.int64).reshape(-1, 2)
    told: dict[str, list[list[int]]] = {"across": [], "labels": [], "within": []}
    for group in groups(pairs):
        pictures = [subject.pictures[i] for i in group]
        if len({one.part for one in pictures}) > 1:
            told["across"].append(group)
        if len({one.label for one in pictures if one.label}) > 1:
            told["labels"].append(group)
        if len({one.part for one in pictures}) == 1:
            told["within"].append(group)
    for kind, found in told.items():
        if found:
            yield _finding(subject, kind, found, near, max_share)


def _finding(subject: ImagesSubject, kind: str, found: list[list[int]], near: Repeats, max_share: float) -> Finding:
    copies = sum(len(group) - 1 for group in found)
    share = copies / len(subject.readable)
    first = " = ".join(subject.pictures[i].name for i in found[0][:3])
    grave = {"across": "high", "labels": "medium"}.get(kind, "medium" if share > max_share else "low")
    what = WHAT[kind]
    if len(found) == 1:
        what = what.replace("stand ", "stands ").replace("carry ", "carries ").replace("are ", "is ")
    tests = [i for group in found for i in group if subject.pictures[i].part == "test"]
    of_test = sum(one.part == "test" and not one.fault for one in subject.pictures)
    share_of_test = {"share_of_the_test_images": len(tests) / of_test} if kind == "across" and of_test else {}
    shown = [i for group in found for i in group[:2]]
    names = [subject.pictures[i].name for group in found for i in group[1:]]
    detail = (
        f"Usually 1 - r with the most similar other picture is {near.usual:.3f} here; copies have {near.limit:.4f} "
        "or less."
        if np.isfinite(near.usual)
        else ""
    )
    if not near.complete:
        detail += " There are more candidates than were looked at, so that there may be more copies."
    return Finding(
        title=f"{len(found):,} picture{'s' if len(found) > 1 else ''} {what}: {first}",
        severity=grave,  # type: ignore[arg-type]  # one of the three
        columns=tuple(subject.pictures[i].name for group in found for i in group),
        evidence={
            "pictures": float(len(found)),
            "copies_beside_the_first": float(copies),
            "copies_as_a_share_of_images": share,
            **share_of_test,
        },
        detail=detail.strip(),
        figure=subject.sheet(shown, f"{first} look the same; so do {percent(share)} of the images and another one."),
        remedy=Remedy(
            {
                "across": "Take the copies out of training, and judge the model again: its test score is too good.",
                "labels": "Look at each pair, and keep the label that is right.",
                "within": "Keep one of each, or split by groups so that copies stay on one side.",
            }[kind],
            {
                "Python": f"copies = {{{', '.join(map(repr, names[:6]))}{', …' if len(names) > 6 else ''}}}\n"
                "paths = [path for path in paths if path not in copies]",
                "scikit-learn": "# group[i]: the picture that image i shows\n"
                "split = GroupShuffleSplit(test_size=0.2).split(paths, y, groups=group)",
            },
        ),
    )
