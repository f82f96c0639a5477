"""A model's folder on disk, looked at before anything in it is read by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError

ENCODERS = frozenset(
    {"albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "ernie", "mobilebert"}
    | {"modernbert", "mpnet", "nomic_bert", "roberta", "roberta-prelayernorm", "roformer", "squeezebert"}
    | {"xlm-roberta", "xlm-roberta-xl", "xmod"}
)
"""The kinds of models, as config.json names them, that read a text from both sides and give a vector a token."""

_PICKLES = ("pytorch_model.bin", "pytorch_model.pt", "model.pt", "model.pth")


def checked_folder(path: Path) -> dict[str, Any]:
    """The model's config.json, once the folder is known to hold a model of the BERT family in safe files.

    Raises:
        InputError: What is missing or wrong, in one sentence.
    """
    if not path.is_dir():
        raise InputError(f"{path}: a model is a folder on this disk, and there is none")
    config = _config(path / "config.json")
    kind = config.get("model_type")
    if kind not in ENCODERS:
        said = f"of the kind {kind!r}" if isinstance(kind, str) else "without model_type"
        raise InputError(
            f"{path}: config.json is {said}, which is no model of the BERT family ({', '.join(sorted(ENCODERS))})"
        )
    layers = config.get("num_hidden_layers", config.get("n_layers"))
    if not isinstance(layers, int) or not 1 <= layers <= 1000:
        raise InputError(f"{path}: config.json must give num_hidden_layers, a whole number, not {layers!r}")
    config["num_hidden_layers"] = layers
    weights = [one for one in path.glob("*.safetensors") if one.is_file()]
    if not weights:
        pickled = [name for name in _PICKLES if (path / name).exists()] or [one.name for one in path.glob("*.bin")]
        if pickled:
            raise InputError(
                f"{path}: {pickled[0]} is a pickle, which may run any program when it is read; "
                "convert the model to model.safetensors on a machine that trusts it"
            )
        raise InputError(f"{path}: the folder has no .safetensors file with the model's weights")
    if not any((path / name).is_file() for name in ("tokenizer.json", "vocab.txt", "vocab.json")):
        raise InputError(
            f"{path}: the folder has neither tokenizer.json nor vocab.txt, so texts cannot be cut into tokens"
        )
    return config


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path.parent}: the folder has no config.json, so it holds no model") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(config, dict):
        raise InputError(f"{path}: must hold a JSON object")
    return config
