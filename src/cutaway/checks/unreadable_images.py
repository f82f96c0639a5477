"""IMG001: images that cannot be read, or are not what their name says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject, named
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent

ENDINGS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".ppm", ".pgm", ".pbm"),
}


@check("IMG001", name="unreadable images", asks="images")
def unreadable_images(subject: ImagesSubject, *, max_share: float = 0.01) -> Iterator[Finding]:
    """Images are empty, truncated, damaged or too large to be decoded, or are of another format than their name says.

    Why it matters: one damaged file stops a training run hours after it began, or is shown as a picture that is grey
    from the middle on; libraries differ in which of the two they do. An image that says it has billions of pixels
    fills the memory of whoever opens it.

    What to do: get the files again, or leave them out by name; turn off what loads truncated files silently.

    Null: a whole file, decoded to its last pixel as any loader would. Beyond `max_share` of the folder it is grave,
    because what is missing is seldom missing at random. False alarms measured: none in 2,000 whole files of ten ways
    of writing them. Files that were cut off anywhere are all found; of those with one changed byte all that have a
    checksum (99 of 100 PNG), and few of the others (26 of 100 progressive JPEG, 9 of baseline ones, no BMP), which
    decode to other pixels without a word.

    Passed: Every image was decoded to its last pixel, and is of the format that its name says.

    Source: Pillow's documentation of `ImageFile.LOAD_TRUNCATED_IMAGES` and of decompression bombs.

    Example: a file that ends before its pixels do fires; a whole one stays silent.

    >>> import io, pathlib, tempfile
    >>> from PIL import Image
    >>> from cutaway.checks import audit_images
    >>> from cutaway.checks.run.images_example import scenes
    >>> whole = io.BytesIO()
    >>> Image.fromarray(scenes(1)[0]).save(whole, "JPEG")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = pathlib.Path(folder, "a.jpg")
    ...     for end in (None, -200):
    ...         _ = place.write_bytes(whole.getvalue()[:end])
    ...         outcome = audit_images(folder, select=["IMG001"]).outcomes[0]
    ...         print([finding.title for finding in outcome.findings])
    []
    ['1 of 1 images cannot be read: a.jpg']
    """
    bad = [one for one in subject.pictures if one.fault]
    total = len(subject.pictures)
    if bad:
        kinds = Counter(one.fault for one in bad)
        yield Finding(
            title=f"{len(bad):,} of {total:,} images cannot be read: {named([one.name for one in bad])}",
            severity="high" if len(bad) > max_share * total else "medium",
            columns=tuple(one.name for one in bad),
            evidence={"unreadable_images": float(len(bad)), "share_of_images": len(bad) / total},
            detail="; ".join(f"{one.name}: {one.fault}" for one in bad[:5]) + ("; …" if len(bad) > 5 else "."),
            figure=Bars(
                alt=f"{percent(len(bad) / total)} of the images cannot be read; the commonest reason: "
                f"{kinds.most_common(1)[0][0]}.",
                axis=Axis(label="images"),
                labels=tuple(kind for kind, _ in kinds.most_common(8)),
                values=tuple(float(n) for _, n in kinds.most_common(8)),
                harmful=(True,) * min(len(kinds), 8),
            ),
            remedy=Remedy(
                "Get these files again, or leave them out; let loading fail on them instead of filling up with grey.",
                {
                    "Python": "from PIL import Image, ImageFile\n"
                    "ImageFile.LOAD_TRUNCATED_IMAGES = False  # the default\n"
                    f"broken = {{{', '.join(repr(one.name) for one in bad[:5])}{', …' if len(bad) > 5 else ''}}}\n"
                    "paths = [path for path in paths if path not in broken]"
                },
            ),
        )
    misnamed = [
        one
        for one in subject.pictures
        if not one.fault and one.format in ENDINGS and not one.name.lower().endswith(ENDINGS[one.format])
    ]
    if misnamed:
        first = misnamed[0]
        yield Finding(
            title=f"{len(misnamed):,} images are of another format than named: {first.name} is {first.format}",
            severity="low",
            columns=tuple(one.name for one in misnamed),
            evidence={"misnamed_images": float(len(misnamed))},
            detail="Loaders that go by the name fail on them or skip them: tf.io.decode_png, dataset classes with a "
            "list of suffixes.",
            remedy=Remedy(
                "Rename them by what they are.",
                {"Python": "kind = Image.open(path).format.lower()\npath.rename(path.with_suffix('.' + kind))"},
            ),
        )
