"""A BERT's vectors: the same as transformers gives, by layer, in windows; folders that are none are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from cutaway import embed
from cutaway.core.errors import InputError

TEXTS = ["I sat on the river bank.", "", "The bank lent me money for the tokenization of everything, at once!", "Hi"]


@pytest.fixture(scope="module")
def minilm() -> embed.Contextual:
    return embed.minilm()


def test_tokens_are_what_transformers_gives_at_every_layer(minilm: embed.Contextual) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(minilm.path, local_files_only=True)
    model = AutoModel.from_pretrained(minilm.path, local_files_only=True).eval()
    with torch.inference_mode():
        theirs = [
            [
                one[0, 1:-1].numpy()
                for one in model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)[2]
            ]
            for text in TEXTS
        ]
    every = minilm.by_layer(TEXTS)
    assert minilm.layers == 7
    for layer in range(minilm.layers):
        alone = minilm.tokens(TEXTS, layer, batch=3)
        for k in range(len(TEXTS)):
            assert alone[k].vectors == pytest.approx(theirs[k][layer], abs=2e-5)
            assert every[layer][k].vectors == pytest.approx(theirs[k][layer], abs=2e-5)


def test_tokens_say_where_they_stand(minilm: embed.Contextual) -> None:
    one, empty, other, _ = minilm.tokens(TEXTS)
    assert [one.text[a:b].lower() for a, b in one.spans] == list(one.pieces)
    assert empty.pieces == ()
    start, end = embed.span_of(other.text, "tokenization")
    pieces = [k for k, (a, b) in enumerate(other.spans) if a >= start and b <= end]
    assert [other.pieces[k] for k in pieces] == list(minilm.pieces("tokenization")) == ["token", "##ization"]
    assert len({int(other.words[k]) for k in pieces}) == 1
    assert other.of("tokenization") == pytest.approx(other.vectors[pieces].mean(axis=0))
    with pytest.raises(InputError, match="the word 'axolotl' does not stand in the text"):
        other.of("axolotl")


def test_sentences_pool_what_the_model_gives(minilm: embed.Contextual) -> None:
    assert embed.TOKEN_POOLINGS == ("mean", "max", "cls", "first", "last")
    tokens = minilm.tokens(TEXTS)
    notes: list[str] = []
    for pooling, at in (("first", 0), ("last", -1)):
        made = minilm.sentences(TEXTS, pooling=pooling, batch=2, note=notes.append)  # type: ignore[arg-type]
        assert made[0] == pytest.approx(tokens[0].vectors[at], abs=2e-5)
        assert not made[1].any()
    assert notes == ["1 of 4 texts have no token; they are zeros (text 2)"] * 2
    assert minilm.sentences(TEXTS[:1], pooling="cls").shape == (1, 384)
    together = minilm.sentences(TEXTS, batch=4)
    assert together == pytest.approx(np.concatenate([minilm.sentences([text]) for text in TEXTS]), abs=2e-5)
    assert minilm.sentences([]).shape == (0, 384)


def test_a_text_of_ten_thousand_tokens_is_read_in_windows_or_cut_off_with_a_note(minilm: embed.Contextual) -> None:
    long = "the bank of the river and the bank of money " * 1000
    notes: list[str] = []
    (read,) = minilm.tokens([long], 0, note=notes.append)
    assert read.vectors.shape == (10_000, 384)
    assert np.isfinite(read.vectors).all()
    assert np.linalg.norm(read.vectors, axis=1).min() > 0.1  # every token came from some window
    assert notes == [
        "text 1 has 10,000 tokens and the model reads 510 at a time: "
        "it was read in 26 windows that overlap ('the bank of the river and the ' …)"
    ]
    (cut,) = minilm.tokens([long], 0, long="truncate", note=notes.append)
    assert len(cut.pieces) == 510
    assert "the rest was cut off" in notes[-1]
    assert cut.vectors[:400] == pytest.approx(read.vectors[:400], abs=1e-4)


def test_what_cannot_be_asked_is_refused(minilm: embed.Contextual) -> None:
    with pytest.raises(InputError, match=r"layer must be from 0 to 6 in MiniLM-L6 \(or -1, the last\), not 7"):
        minilm.tokens(["a"], 7)
    with pytest.raises(InputError, match="put a single text into a list"):
        minilm.tokens("a text")
    with pytest.raises(
        InputError, match="pooling of Contextual.sentences must be one of mean, max".replace(".", r"\.")
    ):
        minilm.sentences(["a"], pooling="median")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="batch must be at least 1, not 0"):
        minilm.tokens(["a"], batch=0)
    with pytest.raises(InputError, match="long must be 'windows' or 'truncate', not 'no'"):
        minilm.tokens(["a"], long="no")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "albert", "electra"])
def test_other_models_of_the_family_are_read_layer_by_layer(tmp_path: Path, kind: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    source = embed.minilm().path
    for name in ("tokenizer.json", "vocab.txt"):
        os.symlink(source / name, tmp_path / name)
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "model_max_length": 60}')
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    if kind == "distilbert":
        sizes = {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 32}
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, vocab_size=30522, max_position_embeddings=64, pad_token_id=0, **sizes)
    theirs = AutoModel.from_config(config).eval()
    theirs.save_pretrained(tmp_path)
    ours = embed.Contextual(tmp_path)
    assert (ours.layers, ours.dimension, ours.limit) == (4, 16, 60)
    ids = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)(TEXTS[0], return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        hidden = theirs(input_ids=ids, output_hidden_states=True).hidden_states
    every = ours.by_layer(TEXTS)
    for layer in range(4):
        expected = hidden[layer][0, 1:-1].numpy()
        assert ours.tokens(TEXTS, layer, batch=2)[0].vectors == pytest.approx(expected, abs=1e-5)
        assert every[layer][0].vectors == pytest.approx(expected, abs=1e-5)


def folder(place: Path, leave: str = "", **config: object) -> Path:
    """MiniLM's folder again, linked file by file, without one, and with another config."""
    place.mkdir()
    source = embed.minilm().path
    for one in source.iterdir():
        if one.is_file() and one.name not in (leave, "config.json"):
            os.symlink(one, place / one.name)
    if leave != "config.json":
        old = json.loads((source / "config.json").read_text("utf-8"))
        kept = {key: value for key, value in (old | config).items() if value is not None}
        (place / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    return place


BAD: dict[str, tuple[str, dict[str, object], str]] = {
    "no config": ("config.json", {}, "the folder has no config.json, so it holds no model"),
    "no weights": ("model.safetensors", {}, "the folder has no .safetensors file with the model's weights"),
    "a decoder": (
        "",
        {"model_type": "gpt2"},
        "config.json is of the kind 'gpt2', which is no model of the BERT family",
    ),
    "no kind": ("", {"model_type": None}, "config.json is without model_type"),
    "no layers": ("", {"num_hidden_layers": "six"}, "must give num_hidden_layers, a whole number, not 'six'"),
}


@pytest.mark.parametrize(("leave", "config", "said"), BAD.values(), ids=BAD)
def test_a_folder_that_is_no_such_model_is_refused(
    tmp_path: Path, leave: str, config: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        embed.Contextual(folder(tmp_path / "model", leave, **config))
    assert said in str(caught.value)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    place = folder(tmp_path / "model", "model.safetensors")
    (place / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR.")
    with pytest.raises(InputError, match=r"pytorch_model\.bin is a pickle, which may run any program"):
        embed.Contextual(place)
    assert not (tmp_path / "ran").exists()


def test_damaged_weights_and_settings_are_said(tmp_path: Path) -> None:
    place = folder(tmp_path / "model", "model.safetensors")
    (place / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(InputError, match="the model cannot be read"):
        embed.Contextual(place)
    (place / "config.json").write_text("[1, 2", encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.json: not readable as JSON"):
        embed.Contextual(place)
    with pytest.raises(InputError, match="a model is a folder on this disk, and there is none"):
        embed.Contextual(tmp_path / "none")
