"""The words and the JSON of the audit of a folder of images."""

from __future__ import annotations

from typing import Any

from cutaway.core.audit import ImagesAudit
from cutaway.report import numerals
from cutaway.report.text import counted, remark

SCHEMA = 1


def heading(audit: ImagesAudit) -> str:
    """The report's title: which folder."""
    return f"Images of {audit.images.name}"


def facts(audit: ImagesAudit) -> list[str]:
    """The facts that stand under the heading: images, classes and where they are from, parts, the commonest size."""
    images = audit.images
    lines = [counted(images.images, "image")]
    if images.unreadable:
        lines.append(f"{images.unreadable:,} of them unreadable")
    if images.classes:
        whence = "by folder" if images.labelled_by == "folder" else f"by {images.labelled_by}"
        lines.append(f"{counted(len(images.classes), 'class', 'classes')} {whence}")
    else:
        lines.append("no labels")
    if images.unlabelled and images.classes:
        lines.append(f"{images.unlabelled:,} without a label")
    lines += [f"{sum(counts):,} in {part}" for part, counts in images.parts.items() if part]
    if images.sizes:
        width, height, n = images.sizes[0]
        of = "all" if len(images.sizes) == 1 else numerals.percent(n / sum(each for *_, each in images.sizes))
        lines.append(f"{of} of {height} × {width} pixels")
    if images.resize is not None:
        lines.append(f"resized to {images.resize[0]} × {images.resize[1]}")
    return lines


def class_rows(audit: ImagesAudit) -> list[tuple[str, str, str]]:
    """Class, part and number of images, in words."""
    return [
        (name, part, f"{counts[k]:,}")
        for k, name in enumerate(audit.images.classes)
        for part, counts in audit.images.parts.items()
    ]


def images_json(audit: ImagesAudit, verdict: str) -> dict[str, Any]:
    """The members beside the findings; those that a page asks of a table's audit stand empty."""
    images = audit.images
    return {
        "schema": SCHEMA,
        "kind": "images",
        "version": audit.version,
        "seed": audit.seed,
        "seconds": audit.seconds,
        "heading": heading(audit),
        "facts": facts(audit),
        "verdict": verdict,
        "images": {
            "name": images.name,
            "images": images.images,
            "unreadable": images.unreadable,
            "unlabelled": images.unlabelled,
            "others": images.others,
            "labelled_by": images.labelled_by,
            "classes": list(images.classes),
            "parts": {part: list(counts) for part, counts in images.parts.items()},
            "sizes": [{"width": w, "height": h, "images": n} for w, h, n in images.sizes],
            "resize": None if images.resize is None else list(images.resize),
            "rows": [list(row) for row in class_rows(audit)],
        },
        "effects": [],
        "explorer": None,
        "scores": None,
        "making": {
            "notes": [remark(note) for note in audit.notes],
            "foot": f"cutaway {audit.version} · seed {audit.seed} · {audit.seconds:.1f} s",
        },
    }
