"""The whole way: a folder of images in, an `ImagesAudit` out."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from cutaway.checks.run.audit import ask
from cutaway.checks.run.check import Setting
from cutaway.checks.run.discovery import chosen, settings_of
from cutaway.checks.run.images import ImagesSubject, Preparation
from cutaway.core.audit import ImagesAudit, ImagesFacts
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.version import __version__
from cutaway.engines.readers.inspection import inspect, pixels
from cutaway.engines.readers.pictures import Folder, read_folder

LARGEST_SIDE = 16_384


def audit_images(
    folder: str | os.PathLike[str],
    *,
    labels: str | os.PathLike[str] | None = None,
    test: str | os.PathLike[str] | None = None,
    resize: tuple[int, int] | None = None,
    grey: bool = False,
    training: str | Preparation | None = None,
    serving: str | Preparation | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    settings: Mapping[str, str | Setting] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> ImagesAudit:
    """Asks every check of a folder of images.

    `labels`: "folder" for the folder that an image lies in (below train, test or validation where there are such), or
    a CSV file with columns of paths and labels, and perhaps split; None: by folders where there are two or more.
    `test`: a second folder, of test images. `resize`: (height, width) that training gives every image. `training`,
    `serving`: how images are prepared there: the name of a library (`cutaway.images.WAYS`), or a `Preparation`.
    `grey`: both make them grey. `select`, `ignore`, `settings`: as for `cutaway.audit`. `seed`: of shuffles.

    Raises: InputError, with one sentence that says what to do, for anything that cannot be audited; MissingExtraError
    without Pillow.
    """
    began = time.perf_counter()
    checks = chosen(tuple(select), tuple(ignore), of="images")
    if not checks:
        raise InputError("--select/--ignore: together they leave no check to ask; leave one of them out")
    configured = settings_of(checks, settings or {})
    if resize is not None and not all(1 <= side <= LARGEST_SIDE for side in resize):
        raise InputError(f"--resize {resize[0]}x{resize[1]}: expected sides from 1 to {LARGEST_SIDE:,} pixels")
    prepared = [preparation(given, resize, grey) for given in (training, serving)]
    if (prepared[0] is None) != (prepared[1] is None):
        raise InputError("--training and --serving: expected both or neither, got one; name the other, too")
    read = _read(folder, labels, test)
    pictures = inspect(read, progress)
    subject = ImagesSubject(
        read, pictures, lambda i: pixels(read.places[i].path), resize, prepared[0], prepared[1], seed
    )
    outcomes = ask(checks, "images", subject, configured, progress)
    return ImagesAudit(
        images=_facts(subject),
        outcomes=tuple(outcomes),
        notes=tuple(_notes(subject)),
        seed=seed,
        seconds=time.perf_counter() - began,
        version=__version__,
    )


def preparation(given: str | Preparation | None, resize: tuple[int, int] | None, grey: bool) -> Preparation | None:
    """What a name stands for.

    Raises: InputError for a name that is none, or where there is no size to resize to.
    """
    if given is None or isinstance(given, Preparation):
        return given
    from cutaway.science.images.ways import WAYS

    if given not in WAYS:
        raise InputError(
            f"--training/--serving {given!r}: expected one of {', '.join(WAYS)}, or a pipeline's file ending in .toml"
        )
    if resize is None:
        raise InputError(f"--training/--serving {given!r}: to what size? add --resize HEIGHTxWIDTH")
    way, (height, width) = WAYS[given], resize
    return Preparation(given, way.call, lambda image: way(image, height, width, grey))


def _read(
    folder: str | os.PathLike[str], labels: str | os.PathLike[str] | None, test: str | os.PathLike[str] | None
) -> Folder:
    first = read_folder(folder, labels)
    if test is None:
        return first
    second = read_folder(test, "folder" if first.labelled_by == "folder" else None)
    if os.path.realpath(folder) == os.path.realpath(test):
        raise InputError(f"--test {os.fspath(test)!r}: is the folder itself; name the folder of the test images")
    parts = [
        replace(one, places=tuple(replace(place, part=part, name=f"{part}: {place.name}") for place in one.places))
        for one, part in ((first, "train"), (second, "test"))
    ]
    return parts[0] + parts[1]


def _facts(subject: ImagesSubject) -> ImagesFacts:
    rows = subject.labelled
    codes = subject.codes(rows)
    parts = {
        part: tuple(
            int(n)
            for n in np.bincount(
                codes[[subject.pictures[i].part == part for i in rows]], minlength=len(subject.classes)
            )
        )
        for part in subject.parts
        if rows.size
    }
    sizes = Counter((one.width, one.height) for one in subject.pictures if not one.fault)
    return ImagesFacts(
        name=subject.folder.name,
        images=len(subject.pictures),
        unreadable=len(subject.pictures) - subject.readable.size,
        classes=subject.classes,
        parts=parts,
        labelled_by=subject.folder.labelled_by,
        unlabelled=int(subject.readable.size - rows.size),
        others=subject.folder.others,
        sizes=tuple((w, h, n) for (w, h), n in sorted(sizes.items(), key=lambda each: (-each[1], each[0]))),
        resize=subject.resize,
    )


def _notes(subject: ImagesSubject) -> list[str]:
    notes = []
    if subject.folder.others:
        notes.append(f"{subject.folder.others:,} files are no images by the ends of their names, and were not read.")
    if subject.folder.missing:
        notes.append(
            f"{subject.folder.labelled_by} names {len(subject.folder.missing):,} files that are not in the folder, "
            f"such as {subject.folder.missing[0]}."
        )
    return notes
