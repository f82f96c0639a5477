"""A folder of images put through a pipeline: on all cores, resumable, and nowhere but into its own folder."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import alone, cores
from cutaway.engines.readers.album import Album, album
from cutaway.engines.readers.pixels import FORMATS as FORMATS
from cutaway.engines.readers.pixels import MOST_BYTES as MOST_BYTES
from cutaway.engines.readers.pixels import MOST_PIXELS as MOST_PIXELS
from cutaway.engines.readers.pixels import decoded as decoded
from cutaway.engines.readers.pixels import open_image as open_image
from cutaway.science.images import Pipeline

SHARE = 16  # images that a thread takes at once
Kind = Literal["png", "jpeg"]
OWN = ".cutaway-"  # begins the names of files that are no results
RECORD, LOCK, PART = f"{OWN}images.json", f"{OWN}lock", f"{OWN}part-"
WRITING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
SUFFIX: dict[Kind, str] = {"png": ".png", "jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class Skipped:
    """An image that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `apply_folder` did.

    Args:
        out: the folder of the results.
        made: how many images were put through the pipeline now.
        kept: how many an earlier run had made, of files that have not changed since.
        skipped: those left out, in the order of their names.
        seconds: that it took.
    """

    out: Path
    made: int
    kept: int
    skipped: tuple[Skipped, ...]
    seconds: float


def read_pipeline(path: str | os.PathLike[str]) -> Pipeline:
    """The pipeline in a file of TOML.

    Raises: InputError for a file that cannot be read or holds no pipeline, with the file's name.
    """
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"pipeline {str(place)!r}: is no text in UTF-8; write [[step]] tables in TOML") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"pipeline {str(place)!r}: cannot be read ({reason}); name a .toml file") from error
    try:
        return Pipeline.of_toml(text)
    except InputError as error:
        raise InputError(f"{str(place)!r}: {error}") from error


def apply_folder(
    folder: str | os.PathLike[str],
    pipeline: Pipeline,
    out: str | os.PathLike[str],
    *,
    workers: int | None = None,
    resume: bool = True,
    progress: Progress = silent,
    kind: Kind = "png",
    most_pixels: int = MOST_PIXELS,
) -> Outcome:
    """Put every image of a folder, or of a .zip, through the pipeline, and write the results into `out`.

    A result has the name and place of its image, with the suffix .png (or .jpg, at quality 95), or .npy for floats;
    two images whose names differ in the suffix only keep it in front. A result is written beside its place and then
    renamed, and carries its image's time of change: a run that was killed leaves no half-written file, and the next
    one goes on where it stopped, making anew what has changed since. `out` must be new, empty, or of an earlier run of
    the same pipeline; with `resume` off, an earlier run's results are removed first, whatever its pipeline. Links are
    not followed, neither in the folder nor in `out`. An image that cannot be read, or that a step cannot take, is left
    out and told.

    Threads share the work: decoding and operations release the interpreter's lock. OpenCV's own are held to one each.

    Raises: InputError for a folder without images, an `out` that holds something else, lies outside of itself through
    a link or is in use by another run, a .zip with a name that leads elsewhere; MissingExtraError without
    `cutaway[images]`.
    """
    began = time.perf_counter()
    workers = cores() if workers is None else workers
    if workers < 1:
        raise InputError(f"apply_folder: expected at least one worker, got {workers}")
    place = Path(out)
    with album(folder, leave_out=place) as pictures:
        if not pictures.names:
            raise InputError(f"{str(folder)!r}: holds no image (.png, .jpg, .tif, …); name another folder")
        results = _results(pictures.names, SUFFIX[kind])
        stale = () if resume else tuple(results.values())
        with _one_thread_a_call(), _claimed(place, pipeline, kind, stale, resume=resume) as root:
            job = _Job(pictures, pipeline, root, kind, most_pixels, resume)
            made, kept, skipped = _done(job, results, workers, progress)
    refused = [Skipped(name, reason) for name, reason in pictures.refused]
    everything = tuple(sorted([*skipped, *refused], key=lambda one: one.name))
    return Outcome(place, made, kept, everything, time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class _Job:
    """What every image's work needs."""

    pictures: Album
    pipeline: Pipeline
    root: Path
    kind: Kind
    most_pixels: int
    resume: bool
    folders: set[str] = field(default_factory=set)  # those known to lie in the root
    ended: threading.Event = field(default_factory=threading.Event)  # by an error or an interrupt, too


def _done(job: _Job, results: dict[str, str], workers: int, progress: Progress) -> tuple[int, int, list[Skipped]]:
    """How many were made and kept, and what was skipped.

    Images are handed out in shares, since the thread that waits for each would take its turn from those that work; no
    more shares wait than two a worker.
    """
    made, kept, done, skipped = 0, 0, 0, []
    turns = iter(results.items())
    size = max(1, min(SHARE, len(results) // (4 * workers)))

    def share() -> list[tuple[str, str]]:
        return list(islice(turns, size))

    pool = ThreadPoolExecutor(workers, thread_name_prefix="cutaway-images")
    coming: deque[Future[list[tuple[str, str | bool]]]] = deque()
    try:
        while len(coming) < 2 * workers and (some := share()):
            coming.append(pool.submit(_each, job, some))
        while coming:
            ended = coming.popleft().result()
            if some := share():
                coming.append(pool.submit(_each, job, some))
            skipped += [Skipped(name, said) for name, said in ended if isinstance(said, str)]
            made += sum(said is True for _, said in ended)
            kept += sum(said is False for _, said in ended)
            done += len(ended)
            progress("images", done, len(results))
    finally:
        job.ended.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return made, kept, skipped


def _each(job: _Job, some: list[tuple[str, str]]) -> list[tuple[str, str | bool]]:
    """What came of each image, until the run ends."""
    return [(name, _one(job, name, result)) for name, result in some if not job.ended.is_set()]


def _results(names: tuple[str, ...], suffix: str) -> dict[str, str]:
    """Image -> its result, without the last suffix unless two would meet (on file systems that ignore case, too)."""
    plain = {name: name.rpartition(".")[0] + suffix for name in names}
    often: dict[str, int] = {}
    for result in plain.values():
        often[result.lower()] = often.get(result.lower(), 0) + 1
    return {name: result if often[result.lower()] == 1 else name + suffix for name, result in plain.items()}


def _one(job: _Job, name: str, result: str) -> str | bool:
    """Whether the image was made now or had been before, or else why it was left out."""
    stem, suffix = f"{job.root}/{result.rpartition('.')[0]}", SUFFIX[job.kind]
    try:
        if job.resume and (made := {_changed(stem + suffix), _changed(f"{stem}.npy")} - {None}):
            now = job.pictures.changed(name) // 1000
            if now in made:
                return False
        picture = job.pictures.read(name)
        with alone():
            image = job.pipeline(decoded(picture.data, name, most_pixels=job.most_pixels))
        target = stem + (suffix if image.dtype == np.uint8 else ".npy")
        _write(target, encoded(image, job.kind), picture.changed, job)
        return True
    except MissingExtraError:
        raise
    except InputError as error:
        return str(error).removeprefix(f"{name!r}: ")
    except MemoryError:
        return "not enough memory"


def encoded(image: np.ndarray, kind: Kind) -> bytes:
    """The bytes of a file: PNG, or JPEG at quality 95, for uint8; NumPy's own format for floats.

    Raises: MissingExtraError without `cutaway[images]`.
    """
    if image.dtype != np.uint8:
        from io import BytesIO

        file = BytesIO()
        np.save(file, image, allow_pickle=False)
        return file.getvalue()
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise MissingExtraError("writing images", "images") from error
    levels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if kind == "jpeg" else []
    done, out = cv2.imencode(SUFFIX[kind], levels, options)
    if not done:
        raise InputError(f"an image of {image.shape} could not be written as {kind}")
    whole: bytes = out.tobytes()
    return whole


def _changed(target: str) -> int | None:
    """The microsecond that a result carries, or None where there is none."""
    try:
        return os.lstat(target).st_mtime_ns // 1000
    except OSError:
        return None


def _inside(folder: str, root: Path) -> bool:
    """Whether the folder is the root or below, links followed."""
    return Path(os.path.realpath(folder)).is_relative_to(root)


def _write(target: str, data: bytes, changed: int, job: _Job) -> None:
    """The file, whole or not at all."""
    folder, _, name = target.rpartition("/")
    part = f"{folder}/{PART}{os.getpid()}-{name[-100:]}"
    try:
        if folder not in job.folders:
            if not _inside(folder, job.root):
                raise InputError(f"its place {folder!r} is a link that leads out of {str(job.root)!r}")
            os.makedirs(folder, exist_ok=True)
            job.folders.add(folder)
        file = os.open(part, WRITING, 0o666)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(file, left) :]
        finally:
            os.close(file)
        os.utime(part, ns=(changed, changed))
        os.replace(part, target)
    except OSError as error:
        with suppress(OSError):
            os.unlink(part)
        raise InputError(f"its result cannot be written ({error.strerror})") from error


@contextmanager
def _claimed(place: Path, pipeline: Pipeline, kind: Kind, stale: tuple[str, ...], *, resume: bool) -> Iterator[Path]:
    """The folder of the results, free of half-written and stale files, held against other runs until the end."""
    said = f"--out {str(place)!r}"
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise InputError(f"{said}: expected a folder, got {'a link' if place.is_symlink() else 'a file'}")
    record, wanted = place / RECORD, {"cutaway": 1, "kind": kind, "pipeline": pipeline.to_toml()}
    try:
        others = place.exists() and any(not one.name.startswith(OWN) for one in place.iterdir())
        if others and (record.is_symlink() or not record.is_file()):
            raise InputError(f"{said}: holds files that no run of cutaway images made; name a new folder")
        if others and resume and record.read_text("utf-8") != json.dumps(wanted):
            raise InputError(
                f"{said}: holds the results of another pipeline; name a new folder, or make them anew with --no-resume"
            )
        place.mkdir(parents=True, exist_ok=True)
        root = Path(os.path.realpath(place))
        with open(root / LOCK, "a", encoding="utf-8") as lock:
            _hold(lock.fileno(), said)
            for at, _, files in os.walk(root):  # what a run left that was killed
                for name in files:
                    if name.startswith(PART):
                        os.unlink(os.path.join(at, name))
            for result in stale:
                for one in (root / result, (root / result).with_suffix(".npy")):
                    if _inside(str(one.parent), root):
                        with suppress(FileNotFoundError):
                            os.unlink(one)
            part = root / f"{PART}record"
            part.write_text(json.dumps(wanted), encoding="utf-8")
            os.replace(part, root / RECORD)
            yield root
    except OSError as error:
        raise InputError(f"{said}: cannot be written to ({error.strerror}); choose another place") from error


def _hold(file: int, said: str) -> None:
    """Lock the file until it is closed, which the system does for a process that is killed."""
    try:
        import fcntl
    except ModuleNotFoundError:  # pragma: no cover - Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise InputError(f"{said}: another run writes into it; wait for its end") from error


@contextmanager
def _one_thread_a_call() -> Iterator[None]:
    """OpenCV without threads of its own, since images share the cores already, and without words on standard error."""
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise MissingExtraError("a folder of images", "images") from error
    threads, said = cv2.getNumThreads(), cv2.utils.logging.getLogLevel()
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
        cv2.utils.logging.setLogLevel(said)
