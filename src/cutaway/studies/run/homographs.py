"""Words that are written alike in two senses, in sentences: those that come with cutaway, and the reader's own."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

YOURS = "yours"
"""How the reader's own word is called where a word is chosen."""
LEAST, MOST = 2, 12  # sentences in each sense

ORDERS = (
    ("The dog bit the man.", "The man bit the dog."),
    ("The cat chased the mouse out of the house.", "The mouse chased the cat out of the house."),
    ("Only she told him that she loved him.", "She told him that she loved only him."),
    ("The teacher praised the student for her patience.", "The student praised the teacher for her patience."),
    ("Germany beat Brazil in the final.", "Brazil beat Germany in the final."),
    ("It is not cheap, it is good.", "It is cheap, it is not good."),
    ("She bought the house before she sold the car.", "She sold the house before she bought the car."),
    ("The bank sued the customer over the loan.", "The customer sued the bank over the loan."),
)
"""Pairs of sentences of the same words, which say different things."""

STRANGE = (
    "unfriendliness",
    "embankments",
    "bnak",
    "deepfake",
    "covid",
    "brexit",
    "vaping",
    "doomscrolling",
    "hyperparameters",
    "tokenizer",
    "kubernetes",
    "overfitted",
    "gradientless",
    "xylophonists",
    "misremembering",
    "antidisestablishmentarianism",
)
"""Words of which some are too new, too rare or misspelt to have a vector of their own."""


@dataclass(frozen=True, slots=True)
class Homograph:
    """A word with sentences that hold it: `sense` is 0 or 1, and 2 of the sentence that the reader typed."""

    word: str
    senses: tuple[str, str]
    texts: tuple[str, ...]
    sense: tuple[int, ...]
    key: str = ""

    @property
    def name(self) -> str:
        """What it is chosen by."""
        return self.key or self.word

    @property
    def known(self) -> tuple[str, ...]:
        """The sentences whose sense is known; they stand first."""
        return tuple(text for text, sense in zip(self.texts, self.sense, strict=True) if sense < 2)

    def __contains__(self, text: str) -> bool:
        return held(self.word, text)

    def with_sentence(self, text: str) -> Homograph:
        """The same with the reader's sentence, where that holds the word."""
        return replace(self, texts=(*self.texts, text), sense=(*self.sense, 2)) if text in self else self


def held(word: str, text: str) -> bool:
    """Whether the word stands in the text on its own.

    >>> held("bank", "A bank."), held("bank", "Embankments."), held("", "A bank.")
    (True, False, False)
    """
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE) is not None


@cache
def homographs() -> tuple[Homograph, ...]:
    """The ten words that come with cutaway, six sentences in each of two senses."""
    found: dict[str, dict[str, list[str]]] = {}
    text = files("cutaway").joinpath("data", "homographs.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["word"], {}).setdefault(row["sense"], []).append(row["sentence"])
    out = []
    for word, senses in found.items():
        one, other = senses
        sense = (0,) * len(senses[one]) + (1,) * len(senses[other])
        out.append(Homograph(word, (one, other), (*senses[one], *senses[other]), sense))
    return tuple(out)


def sentences(text: str) -> list[str]:
    """The sentences of a parameter, which stand between strokes.

    >>> sentences("A light bag. / The light of day.")
    ['A light bag.', 'The light of day.']
    """
    return [one.strip() for one in re.split(r"\s/(?=\s|$)|^/\s", text) if one.strip()]


def own(word: str, one: str, other: str) -> tuple[Homograph | None, str]:
    """The reader's word with sentences in two senses, and what was left out and why; None where too few are left."""
    word = word.strip()
    if not word:
        return None, ""
    given = [sentences(text) for text in (one, other)]
    kept = [[text for text in part if held(word, text)][:MOST] for part in given]
    lost = sum(map(len, given)) - sum(map(len, kept))
    told = (
        f"Left out {lost} of your sentences: each must hold “{word}”, and {MOST} of a sense are read." if lost else ""
    )
    if min(map(len, kept)) < LEAST:
        need = f"Your word “{word}” needs {LEAST} sentences that hold it in each of its two senses."
        return None, f"{need} {told}".strip()
    sense = (0,) * len(kept[0]) + (1,) * len(kept[1])
    return Homograph(word, ("first sense", "second sense"), (*kept[0], *kept[1]), sense, YOURS), told
