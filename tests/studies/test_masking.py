"""The study of masking: its networks are Keras' and PyTorch's, its table is what they do, and its claims can fail."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cutaway.science.nets.sequences import SIDES, Side, padded_batch
from cutaway.studies import masking
from cutaway.studies.masking import Parameters, chosen
from cutaway.studies.run import stored
from cutaway.studies.run.padded import MODELS, probabilities, reader, step_loss
from cutaway.studies.run.result import Result, Table
from cutaway.studies.run.study import Study
from cutaway.studies.run.vowels import layers, utterances

STUDY = Study(masking)
ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "web" / "tests" / "fixtures" / "masking.json"
EVERY = pytest.mark.parametrize("model", MODELS)
EITHER = pytest.mark.parametrize("side", SIDES)


@cache
def kept() -> dict[str, Any]:
    """The stored outcome: networks that were trained, to every digit that they have."""
    found = stored.stored(STUDY)
    assert found is not None
    return found


def columns(table: str) -> dict[str, list[Any]]:
    return dict(kept()["tables"][table]["columns"])


def result() -> Result:
    tables = {name: Table(one["columns"]) for name, one in kept()["tables"].items()}
    return Result(tables=tables, numbers=kept()["numbers"])


def changed(table: str, column: str, values: list[Any]) -> Result:
    found = result()
    part = dict(found.tables[table].columns) | {column: values}
    return replace(found, tables=dict(found.tables) | {table: Table(part)})


def parameters(model: str, side: Side) -> tuple[dict[str, np.ndarray], ...]:
    """A stored network's, by lane."""
    weights = np.array(columns("weights")["value"], float)
    out: list[dict[str, np.ndarray]] = [{} for _ in reader(model).lanes]
    for name, where, lane, part, high, wide, first in zip(*columns("parameters").values(), strict=True):
        if name == model and where in (side, "both"):
            values = weights[first : first + high * wide]
            out[lane][part] = values if part.endswith("bias") else values.reshape(high, wide)
    return tuple(out)


def sample() -> list[np.ndarray]:
    test = utterances()[1]
    return test.rows(np.array(chosen(test)[:4]))


def tool() -> ModuleType:
    spec = spec_from_file_location("masking_tool", ROOT / "tools" / "masking.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_a_layer_that_mixes_steps_without_a_mask_says_moves() -> None:
    rows = layers()["rows"]
    mixing = ("lstm-last", "both-ways", "attention", "mean", "convolution", "maximum", "batch-norm")
    for row in rows:
        if row["name"] in mixing:
            assert row["without_after"] > 0 and row["without_before"] > 0, row
        if row["fate"] in ("passes", "uses") and row["framework"].startswith("keras"):
            assert row["with_after"] == row["with_before"] == 0, row
    assert {row["framework"] for row in rows} == {"keras", "keras on torch", "keras on jax", "pytorch"}


def test_the_table_s_tool_says_what_moves() -> None:
    module = tool()
    x, mask = module.padded("before")
    assert x.shape == (1, 9, 4) and mask.tolist() == [[False] * 3 + [True] * 6]
    assert module.moved(module.alone(), x, "before") == 0 and module.moved(module.alone(), x, "after") > 1
    assert module.moved(np.zeros((1, 3)), np.full((1, 3), 0.25), "after") == 0.25
    assert module.moved(np.zeros((1, 3)), np.zeros((1, 5)), "after") is None


# ---- what is measured


def test_the_utterances_are_real_and_of_unequal_length() -> None:
    train, test = utterances()
    assert (len(train.steps), len(test.steps)) == (270, 370)
    lengths = [len(one) for one in (*train.steps, *test.steps)]
    assert (min(lengths), max(lengths), sum(lengths)) == (7, 29, 9_961)
    assert np.bincount(train.speaker).tolist() == [30] * 9
    assert np.bincount(test.speaker).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    every = np.concatenate(train.steps)
    np.testing.assert_allclose((every.mean(axis=0), every.std(axis=0)), (np.zeros(12), np.ones(12)), atol=1e-3)


def test_its_drift_is_counted_utterance_by_utterance() -> None:
    test = utterances()[1]
    params = parameters("bare", "after")
    right, most = 0, 0.0
    for steps, speaker in zip(test.steps, test.speaker, strict=True):
        alone, padded = (probabilities(reader("bare"), params, [steps], "after", more)[0] for more in (0, 20))
        right += int(padded.argmax() == speaker)
        most = max(most, float(np.abs(padded - alone).max()))
    found = {key[:3]: key[3:5] for key in zip(*columns("drift").values(), strict=True)}
    accuracy, change = found["bare", "after", 20]
    assert accuracy == pytest.approx(right / 370, rel=1e-6)
    assert change == pytest.approx(most, rel=1e-6)


@EITHER
def test_the_averages_of_a_loss(side: Side) -> None:
    rng = np.random.default_rng(1)
    x = padded_batch([rng.normal(size=(n, 12)) for n in (3, 5)], side=side, more=2)
    logits, y = rng.normal(size=(2, 7, 9)), np.array([4, 8])
    labels = np.where(x.mask, y[:, None], 0)
    each = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, labels[..., None], -1)[..., 0]
    assert float(step_loss(logits, y, x.mask, "valid")) == pytest.approx(each[x.mask].mean(), rel=1e-12)
    assert float(step_loss(logits, y, x.mask, "weight")) == pytest.approx(each[x.mask].sum() / 14, rel=1e-12)
    assert float(step_loss(logits, y, x.mask, "counted")) == pytest.approx(each.mean(), rel=1e-12)


# ---- its claims


def test_every_claim_holds_of_what_is_stored() -> None:
    assert [each["text"] for each in kept()["claims"] if each["holds"] is not True] == []
    for predicate in STUDY.claims:
        assert predicate(Parameters(), result())[0] is True


@pytest.mark.parametrize(("claim", "number", "value"), [("kept", "kept", 1e-6), ("lost", "lost", 0.04)])
def test_the_claims_of_drift_can_fail(claim: str, number: str, value: float) -> None:
    found = replace(result(), numbers=dict(kept()["numbers"]) | {number: value})
    assert getattr(masking, claim)(Parameters(), found)[0] is False


@pytest.mark.parametrize(("model", "value"), [("lstm", 1e-9), ("operation", 0.0)])
def test_the_claim_of_the_gradient_can_fail(model: str, value: float) -> None:
    shares = list(columns("gradient")["share"])
    shares[columns("gradient")["model"].index(model)] = value
    assert masking.gradients(Parameters(), changed("gradient", "share", shares))[0] is False


@pytest.mark.parametrize("average", ["valid", "weight"])
def test_the_claim_of_the_averages_can_fail(average: str) -> None:
    losses = list(columns("losses")["loss"])
    losses[columns("losses")["average"].index(average) + 3] *= 1.001
    assert masking.averages(Parameters(), changed("losses", "loss", losses))[0] is False


def test_the_claims_of_the_frameworks_can_fail() -> None:
    rows = columns("layers")
    fates = list(rows["fate"])
    fates[rows["framework"].index("keras on jax")] = "loses silently"
    assert masking.backends(Parameters(), changed("layers", "fate", fates))[0] is False
    packed = next(at for at, call in enumerate(rows["call"]) if "pack_padded" in call)
    for part, value in (("with_after", 0.1), ("with_before", 0.0)):
        values = list(rows[part])
        values[packed] = value
        assert masking.packed(Parameters(), changed("layers", part, values))[0] is False


# ---- the page computes the same


def fixture() -> dict[str, Any]:
    """Probabilities and lanes of the stored networks, from Python alone."""
    test = utterances()[1]
    cases = []
    for model in MODELS:
        for side in SIDES:
            for utterance, more in ((1, 0), (4, 8), (17, 20)):
                x = padded_batch([test.steps[chosen(test)[utterance - 1]]], side=side, more=more)
                lanes = reader(model).apply(parameters(model, side), x)
                values = [getattr(lane, "values", lane)[0] for lane in lanes]
                cases.append(
                    {
                        "model": model, "side": side, "utterance": utterance, "padding": more,
                        "sums": [float(np.square(one).sum()) for one in values],
                        "logits": values[-1].tolist(),
                    }
                )  # fmt: skip
    return {"cases": cases}


def test_the_fixture_of_the_browser_is_current() -> None:
    made = fixture()
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(json.dumps(stored.rounded(made)) + "\n")
    assert stored.same(stored.rounded(made), json.loads(FIXTURE.read_text()))
