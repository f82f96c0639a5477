"""Words in their senses as WordNet shows them: real sentences, each of a known meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cutaway.core.errors import InputError
from cutaway.science.embed.senses import Use

_PARTS = ("noun", "verb", "adj", "adv")
_ENDINGS = {"noun": "(?:s|es)?", "verb": "(?:s|es|d|ed|ing)?", "adj": "(?:er|est)?", "adv": ""}


@dataclass(frozen=True)
class Meaning:
    """A sense of WordNet: a synset.

    Attributes:
        words: The words that can mean it.
        part: noun, verb, adj or adv.
        gloss: Its definition.
        examples: Sentences in which one of the words means it.
    """

    words: tuple[str, ...]
    part: str
    gloss: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class WordNet:
    """The meanings of WordNet and the order in which its words have them.

    Attributes:
        meanings: By identity (part and offset).
        order: For each word of a part ("noun:bank"), its meanings, the most frequent in tagged text first.
    """

    meanings: dict[str, Meaning]
    order: dict[str, tuple[str, ...]]

    def uses(self, *, least: int = 2) -> tuple[list[Use], dict[str, str]]:
        """The uses of words in example sentences, and the first sense of each word.

        Args:
            least: Only senses with so many sentences are taken, and only words with two such senses.

        Returns:
            The uses, whose `word` is "noun:bank"; and by that name the sense that WordNet puts first, whether it has
            sentences or not.
        """
        uses: list[Use] = []
        common: dict[str, str] = {}
        for name, senses in self.order.items():
            if sum(len(self.meanings[sense].examples) >= least for sense in senses) < 2:
                continue
            part, _, word = name.partition(":")
            pattern = re.compile(rf"(?<!\w){re.escape(word.replace('_', ' '))}{_ENDINGS[part]}(?!\w)", re.IGNORECASE)
            found = {sense: self._of(name, pattern, sense) for sense in senses}
            full = {sense: some for sense, some in found.items() if len(some) >= least}
            if len(full) >= 2:
                uses.extend(use for some in full.values() for use in some)
                common[name] = senses[0]
        return uses, common

    def _of(self, name: str, pattern: re.Pattern[str], sense: str) -> list[Use]:
        spots = ((example, pattern.search(example)) for example in self.meanings[sense].examples)
        return [Use(example, *spot.span(), sense=sense, word=name) for example, spot in spots if spot is not None]


def read_wordnet(folder: Path) -> WordNet:
    """WordNet from its database files (`data.noun`, `index.noun`, …), as its packages bring them.

    Raises:
        InputError: A file is missing or is not one of WordNet's.

    Source: Fellbaum (1998), WordNet; the files' format is described in its manual, wndb(5WN).
    """
    meanings: dict[str, Meaning] = {}
    order: dict[str, tuple[str, ...]] = {}
    for part in _PARTS:
        for line in _lines(folder / f"data.{part}"):
            facts, _, gloss = line.partition(" | ")
            field = facts.split()
            try:
                count = int(field[3], 16)
                words = tuple(re.sub(r"\(\w+\)$", "", one) for one in field[4 : 4 + 2 * count : 2])
            except (IndexError, ValueError):
                raise InputError(f"{folder / f'data.{part}'}: not a line of WordNet's: {line[:60]!r}") from None
            examples = tuple(re.findall(r'"([^"]+)"', gloss))
            meanings[f"{part}:{field[0]}"] = Meaning(words, part, gloss.partition('; "')[0].strip(), examples)
        for line in _lines(folder / f"index.{part}"):
            field = line.split()
            try:
                senses = tuple(f"{part}:{offset}" for offset in field[-int(field[2]) :])
            except (IndexError, ValueError):
                raise InputError(f"{folder / f'index.{part}'}: not a line of WordNet's: {line[:60]!r}") from None
            if any(sense not in meanings for sense in senses):
                raise InputError(
                    f"{folder / f'index.{part}'}: {field[0]!r} names a meaning that data.{part} does not have"
                )
            order[f"{part}:{field[0]}"] = senses
    return WordNet(meanings, order)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("latin-1")
    except OSError as error:
        raise InputError(f"{path}: cannot be read, so this is no folder of WordNet's: {error.strerror}") from None
    return [line for line in text.splitlines() if line and not line.startswith("  ")]
