"""Does a word have one vector, or one for each place where it stands, and which of the two does a task need?

Answer: A static vector is one for all senses. A contextual model begins with one, too (layer 0), and has told the
senses apart by layers 3 and 4; but raw cosines between senses stay high, and any two words have a cosine above zero, so
that a cosine means something only beside that of random pairs. Where words alone decide, counting them is as good.
Source: K. Ethayarajh 2019 (anisotropy of contextual vectors); J. Mu, P. Viswanath 2018 (centring); A. Coenen et al.
2019 (senses in BERT); J. Pennington et al. 2014 (GloVe); W. Wang et al. 2020 (MiniLM); C. Nadeau, Y. Bengio 2003.
Seconds: 20
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import text_choice
from cutaway.studies.run.data import Texts
from cutaway.studies.run.homographs import STRANGE, YOURS, Homograph, homographs, own
from cutaway.studies.run.parameter import choice, seed, switch, text, whole
from cutaway.studies.run.result import Result, Table, claim

if TYPE_CHECKING:
    from cutaway.science.embed import Static

TITLE = "One word, two senses"
GROUP = "network"
USES = "texts"
CHAOTIC = True  # single precision through six layers: another processor ends in other last digits
TIMED = ("cost", "What a word costs")
STORED_BYTES = 160_000  # every pair of sentences at every layer, raw and centred, so that a page looks them up

WORDS = {
    word: word for word in ("bank", "bass", "bat", "crane", "match", "mouse", "pitcher", "plant", "seal", "spring")
}
SPLIT = (3, 4)  # layers that are claimed to tell senses apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Which word, how deep, and the reader's own sentences; sentences stand between strokes."""

    word: str = choice("bank", "Word", {**WORDS, YOURS: "your own"}, where="browser")
    layer: int = whole(0, "Layer", low=0, high=6, where="browser", help="0 is what goes in: the piece and its place.")
    centred: bool = switch(
        False, "Centred", where="browser", help="The mean of all words' vectors is taken away before the cosine."
    )
    map: str = choice(
        "pca",
        "Map",
        {"pca": "principal components", "tsne": "t-SNE"},
        where="browser",
        help="t-SNE keeps near neighbours; distances between its groups mean nothing.",
    )
    sentence: str = text(
        "She sat down on the bank and counted her money.",
        "Your sentence",
        most=300,
        help="With one of the words in it: where does the model put it?",
    )
    own_word: str = text("light", "Your own word", most=30)
    one: str = text(
        "The suitcase was light enough to carry. / A feather is very light. / She prefers a light meal at noon.",
        "Your word in one sense",
        most=2_000,
        help="Two sentences or more, each on its line or behind a stroke ( / ).",
    )
    other: str = text(
        "Turn off the light before you leave. / The light of the lamp was too bright. / Light fell through the window.",
        "Your word in the other",
        most=2_000,
        help="Two sentences or more, each on its line or behind a stroke ( / ).",
    )
    rows: int = whole(
        2_000,
        "Rows of your table",
        low=100,
        high=100_000,
        scale="log",
        help="At most; where your table has more, so many are drawn.",
    )
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, data: Texts | None = None) -> Result:
    """Read every sentence through every layer; of the reader's table, choose a representation instead."""
    if data is not None:
        return text_choice.of_table(data, params.rows, params.seed, progress)
    from cutaway.science.embed import words_of
    from cutaway.studies.run import word_costs, word_figures, word_maps, word_models, word_senses

    static, model = word_models.opened(progress)
    given, told = own(params.own_word, params.one, params.other)
    words = [word.with_sentence(params.sentence) for word in (*homographs(), *([given] if given else []))]
    seen = word_senses.read(model, words, progress)
    theirs = [word for word in words if word.name != YOURS]
    right, by_word = word_senses.discriminated(seen, theirs, params.seed)
    places, shares = word_maps.maps(seen, words, progress)
    parts: dict[str, Callable[[], Table]] = {
        "words": lambda: described(words, static),
        "sentences": lambda: sentences(words),
        "layers": lambda: word_senses.by_layer(seen, words),
        "cosines": lambda: word_senses.cosines(seen, words),
        "reading": lambda: word_senses.reading(seen, words),
        "chance": lambda: word_senses.chance(seen, static, params.seed),
        "anisotropy": lambda: word_senses.anisotropy(seen, static, params.seed),
        "discrimination": lambda: right,
        "by_word": lambda: by_word,
        "maps": lambda: places,
        "shares": lambda: shares,
        "order": word_senses.order,
        "pieces": lambda: word_senses.pieces(STRANGE),
        "typed": lambda: word_senses.pieces(words_of(params.sentence)),
        "poolings": lambda: word_senses.poolings(seen, theirs, params.seed),
        "cost": lambda: word_costs.cost([one for word in theirs for one in word.known], progress),
    }
    tables: dict[str, Table] = {}
    with one_blas_thread():  # or its threads spin while the model's wait
        for k, (name, made) in enumerate(parts.items()):
            progress("comparing", k, len(parts))
            tables[name] = made()
    tables |= text_choice.told_tables(text_choice.examples())
    numbers = {"words": len(theirs), "sentences": sum(len(word.texts) for word in words)}
    return Result(
        figures=word_figures.figures(tables, params.word),
        tables=tables,
        numbers=numbers,
        sentences=word_figures.sentences(tables, params.sentence, [told] if told else []),
    )


def described(words: list[Homograph], static: Static) -> Table:
    """The words, the names of their senses, and how near the one static vector is to each name."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("word", "text", "one", "other", "static_one", "static_other")
    }
    for word in words:
        columns["word"].append(word.name)
        columns["text"].append(word.word)
        for at, part in enumerate(("one", "other")):
            sense = word.senses[at]
            there = word.word.lower() in static and sense in static
            columns[part].append(sense)
            columns[f"static_{part}"].append(static.similarity(word.word.lower(), sense) if there else None)
    return Table(columns, "static_one, static_other: cosine of the word's static vector with that of the sense's name")


def sentences(words: list[Homograph]) -> Table:
    """Every sentence, with its place among those of its word, and where in it the word stands."""
    from cutaway.science.embed import span_of

    rows = [
        (word.name, place, sense, one, *span_of(one, word.word))
        for word in words
        for place, (one, sense) in enumerate(zip(word.texts, word.sense, strict=True))
    ]
    names = ("word", "place", "sense", "text", "start", "end")
    return Table({name: [row[at] for row in rows] for at, name in enumerate(names)}, "sense 2: the sentence typed")


def _at(table: Table, where: dict[str, Any], name: str) -> np.ndarray:
    """The column's values in the rows where other columns are so."""
    kept = np.ones(len(table.columns[name]), bool)
    for column, value in where.items():
        kept &= np.array([each == value for each in table.columns[column]])
    return np.array([value for value, there in zip(table.columns[name], kept, strict=True) if there], float)


def _gap(result: Result, layer: int, **where: Any) -> float:
    """Within less between, on average over cutaway's own words."""
    table = result.tables["layers"]
    mine = np.array([word != YOURS for word in table.columns["word"]])
    asked = mine & (np.array(table.columns["layer"]) == layer) & ~np.array(table.columns["centred"], bool)
    within, between = (np.array(table.columns[name], float)[asked] for name in ("within", "between"))
    return float((within - between).mean())


@claim("What goes in (layer 0) does not know of senses: cosines within and between them differ by less than 0.01")
def first_layer_is_blind(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The mean difference over the ten words."""
    if "layers" not in result.tables:
        return None, float("nan")
    gap = _gap(result, 0)
    return abs(gap) < 0.01, gap


@claim("At layers 3 and 4 the nearest centroid tells nine sentences of ten, and saying the commoner sense one of two")
def middle_layers_tell(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The smaller share of the two; its interval must lie above that of saying one sense always."""
    if "discrimination" not in result.tables:
        return None, float("nan")
    table = result.tables["discrimination"]
    share, low, majority = (
        np.array([_at(table, {"layer": k, "centred": False}, name)[0] for k in SPLIT])
        for name in ("right", "low", "majority")
    )
    return bool((share >= 0.9).all() and (low > majority).all()), float(share.min())


@claim("Raw cosines hide it: at layer 3 two senses of a word are nearer to each other than 97 of 100 pairs of words")
def raw_cosine_hides_it(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The mean cosine between senses, less the upper end of the random pairs' 95 %."""
    if "layers" not in result.tables:
        return None, float("nan")
    table = result.tables["layers"]
    keep = {"layer": 3, "centred": False}
    names = [word for word in dict.fromkeys(table.columns["word"]) if word != YOURS]
    between = float(np.mean([_at(table, {**keep, "word": word}, "between")[0] for word in names]))
    ahead = between - float(_at(result.tables["chance"], keep, "high")[0])
    return ahead > 0, ahead


@claim("Any two words have a cosine above zero in every layer of the model, and centring takes that away")
def centring_takes_the_cone(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The largest mean cosine of random pairs in a layer; centred, it must be within 0.03 of zero."""
    if "anisotropy" not in result.tables:
        return None, float("nan")
    columns = result.tables["anisotropy"].columns
    layer, cosine, error, centred = (np.array(columns[name], float) for name in ("layer", "cosine", "error", "centred"))
    of_model = layer >= 0
    away = bool((np.abs(centred[of_model]) < 0.03).all())
    return bool((cosine - 4 * error > 0)[of_model].all()) and away, float(cosine[of_model].max())


@claim("Averaged static vectors do not hear the order of words; the contextual model does")
def order_is_heard(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest contextual cosine of two sentences of the same words; static, each must be 1."""
    if "order" not in result.tables:
        return None, float("nan")
    columns = result.tables["order"].columns
    static, contextual = np.array(columns["static"]), np.array(columns["contextual"])
    return bool((static > 1 - 1e-5).all() and (contextual < 1 - 1e-3).all()), float(contextual.max())


@claim("No word is unknown to the model, which reads it in pieces; static vectors lack some of the same words")
def pieces_know_every_word(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: how many of the words have no static vector."""
    if "pieces" not in result.tables:
        return None, float("nan")
    columns = result.tables["pieces"].columns
    missing = sum(not there for there in columns["static"])
    return missing > 0 and not any("[UNK]" in pieces for pieces in columns["pieces"]), float(missing)


@claim("Every verdict names the cheapest representation that no other one is shown to be ahead of")
def verdicts_follow(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Found again from the table and the pairs; value: how many verdicts there are."""
    tables = {name: result.tables[name].columns for name in ("choice", "pairs", "verdicts")}
    if not tables["verdicts"]["data"]:
        return None, float("nan")
    for data, named in zip(tables["verdicts"]["data"], tables["verdicts"]["recommended"], strict=True):
        rows = [at for at, each in enumerate(tables["choice"]["data"]) if each == data]
        cost = {tables["choice"]["name"][at]: tables["choice"]["milliseconds"][at] for at in rows}
        best = max(rows, key=lambda at: tables["choice"]["accuracy"][at])
        behind = set()
        for at, each in enumerate(tables["pairs"]["data"]):
            pair = tables["pairs"]["one"][at], tables["pairs"]["other"][at]
            shown = {"ahead": pair[1], "behind": pair[0]}.get(tables["pairs"]["outcome"][at])
            if each == data and shown is not None and tables["choice"]["name"][best] in pair:
                behind.add(shown)
        expected = min((name for name in cost if name not in behind), key=lambda name: cost[name])
        if named not in ("", expected):
            return False, float(len(tables["verdicts"]["data"]))
    return True, float(len(tables["verdicts"]["data"]))
