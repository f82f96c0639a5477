"""Vectors from a file: word2vec (text, binary), GloVe and fastText (text, binary), mapped into memory.

A file is read once, line by line, and kept as a plain array beside its words, under the hash of its content; the
next time only those are mapped. Nothing of a file is believed before it is checked: its size against what its head
promises, its numbers, its words.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.embed.fasttext import MAGIC, kept_pieces, read_binary
from cutaway.science.embed.kept import digest, file_digest, kept
from cutaway.science.embed.static import Matrix, Static

_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZ": "bzip2", b"\xfd7": "xz", b"7z": "7z"}
_LONGEST = 1 << 20  # bytes of a line: vectors of 30,000 numbers


def read_vectors(path: Path | str, *, cache: Path | None = None, progress: Progress = silent) -> Static:
    """The vectors of a file, mapped into memory.

    The format is told from the content: word2vec's text and binary, GloVe's text, fastText's `.vec` and `.bin`.

    Args:
        path: The file.
        cache: The folder where the plain array is kept; the user's cache if None.
        progress: Told how many bytes are read, the first time.

    Raises:
        InputError: The file cannot be read as any of them: empty, cut off, of lines that are not equally long, not
            UTF-8, with a NUL, with a number that is none. The message names the line or the byte.

    Source: Mikolov et al. (2013), word2vec; Pennington et al. (2014), GloVe; Bojanowski et al. (2017), fastText.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if not path.stat().st_size:
        raise InputError(f"{path}: the file is empty")
    place = kept(cache).entry(digest("vectors", file_digest(path)), lambda to: _convert(path, to, progress))
    try:
        matrix = np.lib.format.open_memmap(place / "vectors.npy", mode="r")
        words = (place / "words.txt").read_bytes().decode("utf-8").split("\n")  # a word may hold a CR
        note = (place / "note.txt").read_text("utf-8")
        return Static(words, matrix, name=path.name, pieces=kept_pieces(place), note=note)
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: what was kept of {path.name} is damaged; remove that folder: {error}") from None


def _convert(path: Path, folder: Path, progress: Progress) -> None:
    size = path.stat().st_size
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = bytes(data[: max(4096, data.find(b"\n", 0, _LONGEST) + 1)])
        for magic, name in _COMPRESSED.items():
            if start.startswith(magic) and b"\n" not in start[:3]:
                raise InputError(f"{path}: a {name} archive; unpack it first, so that it can be mapped into memory")
        if start[:4] == MAGIC:
            read_binary(path, data, folder, progress)
            return
        head = _header(start)
        expected = head[0] if head is not None else None
        if head is not None and _is_binary(data, *head):
            rows: Iterator[tuple[bytes, Matrix]] = _binary(path, data, *head)
            dimension = head[1]
        else:
            dimension = head[1] if head is not None else _dimension(path, start)
            rows = _text(path, data, dimension, 2 if head else 1)
        _check_size(path, size, expected, dimension)
        _write(path, folder, rows, expected, dimension, lambda: progress("reading vectors", data.tell(), size))


def _header(start: bytes) -> tuple[int, int] | None:
    """How many words of how many numbers the first line promises; None if it is no such line."""
    fields = start.partition(b"\n")[0].split()
    if len(fields) == 2 and all(field.isdigit() and len(field) < 12 for field in fields):
        return int(fields[0]), int(fields[1])
    return None


def _dimension(path: Path, start: bytes) -> int:
    """How many numbers stand behind the first word."""
    line = start.partition(b"\n")[0].rstrip()
    if 0 in start:
        raise InputError(f"{path}: byte {start.index(0) + 1:,} is a NUL; this is no file of vectors that is known here")
    count = len(line.split(b" ")) - 1
    if count < 1:
        raise InputError(f"{path}: line 1 must be a word and its numbers, or two counts; it is {_shown(line)}")
    return count


def _check_size(path: Path, size: int, expected: int | None, dimension: int) -> None:
    if dimension < 1 or dimension > 30_000:
        raise InputError(f"{path}: vectors of {dimension:,} numbers; from 1 to 30,000 are possible")
    if expected is not None and (expected < 1 or expected * dimension * 2 > size):
        raise InputError(
            f"{path}: line 1 promises {expected:,} vectors of {dimension:,} numbers, "
            f"for which its {size:,} bytes are too few: the file is cut off"
        )


def _is_binary(data: mmap.mmap, expected: int, dimension: int) -> bool:
    """Whether bytes that are no numbers as text follow the first word."""
    first = data.find(b"\n") + 1
    gap = data.find(b" ", first, first + _LONGEST)
    if gap < 0:
        return False
    sample = bytes(data[gap + 1 : gap + 1 + min(4 * dimension, 64)]).partition(b"\n")[0]
    try:
        fields = sample.split()
        return not [float(field) for field in fields[:-1] or fields]
    except ValueError:
        return bool(set(sample) - set(range(32, 127)) - {9})


def _binary(path: Path, data: mmap.mmap, expected: int, dimension: int) -> Iterator[tuple[bytes, Matrix]]:
    """word2vec's binary lines: a word, a space, the numbers' bytes."""
    data.seek(data.find(b"\n") + 1)
    width = 4 * dimension
    for number in range(expected):
        at = data.tell()
        gap = data.find(b" ", at, at + _LONGEST)
        if gap < 0 or gap + 1 + width > len(data):
            raise InputError(f"{path}: cut off: {number:,} of the {expected:,} vectors that line 1 promises are there")
        word = bytes(data[at:gap]).lstrip(b"\n")
        data.seek(gap + 1)
        vector = np.frombuffer(data.read(width), dtype="<f4")
        if not np.isfinite(vector).all():
            raise InputError(
                f"{path}: the vector of word {number + 1:,} ({_shown(word)}) has a number that is not finite"
            )
        yield word, vector


def _text(path: Path, data: mmap.mmap, dimension: int, number: int) -> Iterator[tuple[bytes, Matrix]]:
    """Lines of a word and its numbers; a word may hold spaces, as some of GloVe's do."""
    if number == 2:
        data.readline()
    ended = True
    while line := data.readline():
        ended = line.endswith(b"\n")
        fields = line.rstrip(b" \r\n\t").rsplit(b" ", dimension)
        if len(fields) != dimension + 1:
            if not line.strip():
                number += 1
                continue
            cut = "" if ended else ", and the file ends in its midst: it is cut off"
            raise InputError(f"{path}: line {number:,} has {len(fields) - 1:,} numbers and not {dimension:,}{cut}")
        try:
            vector = np.array(fields[1:]).astype(np.float32)
        except ValueError:
            raise InputError(
                f"{path}: line {number:,} has something else where a number must be: {_wrong(fields)}"
            ) from None
        if not np.isfinite(vector).all():
            raise InputError(f"{path}: line {number:,} ({_shown(fields[0])}) has a number that is not finite")
        if _is_number(fields[0].rpartition(b" ")[2]) and b" " in fields[0]:
            raise InputError(
                f"{path}: line {number:,} has {len(line.split()) - 1:,} numbers and not {dimension:,}, as line 1 has"
            )
        yield fields[0], vector
        number += 1


def _write(
    path: Path,
    folder: Path,
    rows: Iterator[tuple[bytes, Matrix]],
    expected: int | None,
    dimension: int,
    tell: Callable[[], None],
) -> None:
    """The vectors as a plain array, their words as lines, and what was odd as a sentence."""
    words: list[str] = []
    seen: set[str] = set()
    twice = count = 0
    with (folder / "raw").open("wb") as raw:
        for count, (name, vector) in enumerate(rows, start=1):
            word = _word(path, name, count)
            if count % 20_000 == 1:
                tell()
            if word in seen:
                twice += 1
                continue
            seen.add(word)
            words.append(word)
            raw.write(vector.astype("<f4").tobytes())
    if expected is not None and count != expected:
        told = "the file is cut off" if count < expected else "the rest was never promised"
        raise InputError(f"{path}: line 1 promises {expected:,} vectors, and there are {count:,}: {told}")
    if not words:
        raise InputError(f"{path}: the file has no vectors")
    flat = np.memmap(folder / "raw", dtype="<f4", mode="r", shape=(len(words), dimension))
    with (folder / "vectors.npy").open("wb") as out:
        np.lib.format.write_array(out, flat, allow_pickle=False)
    del flat
    (folder / "raw").unlink()
    (folder / "words.txt").write_bytes("\n".join(words).encode("utf-8"))
    note = f"{twice:,} words stood in {path.name} twice; the first vector of each was taken" if twice else ""
    (folder / "note.txt").write_text(note, encoding="utf-8")


def _word(path: Path, name: bytes, number: int) -> str:
    if b"\0" in name:
        raise InputError(f"{path}: word {number:,} holds a NUL: {_shown(name)}")
    if not name or b"\n" in name:
        raise InputError(f"{path}: word {number:,} is {'empty' if not name else 'broken over lines'}")
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: word {number:,} is not UTF-8: {_shown(name)}") from None


def _shown(raw: bytes) -> str:
    return repr(raw[:40].decode("utf-8", errors="backslashreplace"))


def _is_number(raw: bytes) -> bool:
    try:
        float(raw)
    except ValueError:
        return False
    return b"." in raw


def _wrong(fields: list[bytes]) -> str:
    for field in fields[1:]:
        try:
            float(field)
        except ValueError:
            return _shown(field)
    return _shown(fields[-1])
