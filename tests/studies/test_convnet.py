"""The study of a convolution: its networks are those of the frameworks, and the browser's fixture is theirs."""

from __future__ import annotations

import base64
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cutaway.science import nets
from cutaway.studies import convnet
from cutaway.studies.convnet import Parameters
from cutaway.studies.run import clothes_networks as built
from cutaway.studies.run import stored
from cutaway.studies.run.clothes_networks import DESIGNS, Packed
from cutaway.studies.run.fashion import kept
from cutaway.studies.run.result import Result, Table
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(convnet)
ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "web" / "tests" / "fixtures" / "convnet.json"
CASES = (("pair", 5, 0), ("one", 5, 4), ("one", 0, 9), ("five", 5, 0), ("five", 2, 13), ("deep", 5, 6), ("deep", 3, 17))
EVERY = pytest.mark.parametrize("name", DESIGNS)


@cache
def outcome() -> dict[str, Any]:
    """The stored one: test_all holds it to a run of now."""
    found = stored.stored(STUDY)
    assert found is not None
    return found


def columns(name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = outcome()["tables"][name]["columns"]
    return found


def params_of(name: str, moment: int) -> Any:
    """The weights that a page is given, in double precision."""
    table = columns("weights")
    parts = [
        Packed(path, tuple(map(int, shape.split())), bits, shift, data)
        for one, at, path, shape, bits, shift, data in zip(*table.values(), strict=True)
        if (one, at) == (name, moment)
    ]
    return nets.mapped(lambda leaf: leaf.astype(float), built.unpacked(DESIGNS[name], parts))


def pixels_of(image: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(columns("images")["pixels"][image]), np.uint8).reshape(1, 28, 28, 1) / 255.0


def tool() -> ModuleType:
    spec = spec_from_file_location("convnet_tool", ROOT / "tools" / "convnet.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_pytorch_and_keras_have_the_same_outputs_and_gradients() -> None:
    """With the same weights, to 1e-5; and what is stored is of the same networks."""
    rows = tool().measured()
    assert max(rows["difference"]) < 1e-5
    assert len(rows["difference"]) == 2 * 2 * len(DESIGNS)
    proof = built.proof()
    for name in ("framework", "network", "what"):
        assert proof["rows"][name] == rows[name]
    assert max(proof["rows"]["difference"]) < 1e-5 and {"torch", "keras"} <= set(proof["versions"])


@EVERY
def test_the_shapes_are_those_that_are_said(name: str) -> None:
    design = DESIGNS[name]
    leaves = dict(nets.leaves(design.model.init((0,))))
    assert sum(leaf.size for leaf in leaves.values()) == design.weights
    at = list(DESIGNS).index(name)
    assert columns("networks")["weights"][at] == design.weights


@EVERY
def test_packed_weights_call_the_held_out_images_as_was_counted(name: str) -> None:
    """Accuracy and loss at the end, of the weights that a page has, are those that are told."""
    design, held = DESIGNS[name], kept().test.of(DESIGNS[name].classes)
    params = nets.mapped(lambda leaf: leaf.astype(np.float32), params_of(name, 5))
    logits = nets.predict(design.model, params, design.model.start((0,)), held.x, batch=24)
    at = list(DESIGNS).index(name)
    told = columns("networks")
    assert nets.accuracy(logits, held.y) == pytest.approx(told["accuracy"][at], abs=1e-6)
    assert float(nets.cross_entropy(logits, held.y.astype(np.int64))) == pytest.approx(told["loss"][at], rel=0.02)


@pytest.mark.parametrize("bits", [3, 7, 8, 11, 16, 24])
def test_what_is_packed_comes_back_within_half_a_step(bits: int) -> None:
    for values in (np.random.default_rng(bits).normal(size=(3, 3, 2, 5)), np.array([0.5, -0.5]), np.zeros(3)):
        one = built.packed("0/kernel", values.astype(np.float32), bits)
        assert one.array.shape == values.shape and one.array.dtype == np.float32
        assert len(base64.b64decode(one.data)) == -(-values.size * bits // 8)
        np.testing.assert_allclose(one.array, values, atol=1.01 / 2**one.shift)


def test_photographs_are_held_out_and_a_second_of_each_kind_is_mistaken() -> None:
    table, test = columns("images"), kept().test
    assert table["label"] == list(range(10)) * 2
    for row, pixels in zip(table["row"], table["pixels"], strict=True):
        assert base64.b64decode(pixels) == test.images[row].tobytes()
    assert all(a != b for a, b in zip(table["label"][10:], table["called"][10:], strict=True))


def test_a_clock_is_not_repeated_and_the_rest_is() -> None:
    told = outcome()
    kept_parts = STUDY.repeatable(told)
    assert set(told["tables"]) - set(kept_parts["tables"]) == {"times"}
    assert set(told["figures"]) - set(kept_parts["figures"]) == {"Four ways to the same numbers"}


@pytest.mark.slow
def test_a_small_run_says_what_it_trained_with() -> None:
    words: list[str] = []
    found = STUDY.run(STUDY.parameters({"images": 1_000, "epochs": 1}), lambda stage, done, total: words.append(stage))
    assert found.result.numbers["trained_with"] == 1_000 and found.result.numbers["steps"] == 42
    by = {each.text: each.holds for each in found.claims}
    assert False not in by.values() and None in by.values()
    assert any(word.startswith("ten classes, five filters: epoch 1") for word in words)


def test_claims_can_fail() -> None:
    numbers = {
        "ways_apart": 1.0, "against_differences": 1.0, "against_flipped": 1.0, "pair": 0.5, "trained_with": 8_000.0,
        "five_low": 0.2, "one_high": 0.3, "frameworks_apart": 0.1, "others": 3.0,
    }  # fmt: skip
    wrong = Result(numbers=numbers, tables={"times": Table({"milliseconds": [1.0, 1.0, 1.0, 2.0]})})
    assert [each(Parameters(), wrong)[0] for each in STUDY.claims] == [False] * len(STUDY.claims)


def fixture() -> dict[str, Any]:
    """What the browser must find, from science alone, in double precision."""
    cases = []
    for name, moment, image in CASES:
        design, params, x = DESIGNS[name], params_of(name, moment), pixels_of(image)
        label = columns("images")["label"][image]
        logits = design.model.apply(params, x, design.model.start((0,)), False)[0]
        target = design.classes.index(label) if label in design.classes else int(np.argmax(logits))

        def loss(x: Any, design: Any = design, params: Any = params, target: int = target) -> Any:
            y = design.model.apply(params, x, design.model.start((0,)), True)[0]
            return nets.cross_entropy(y, np.array([target]))

        def by_kernel(kernel: Any, x: Any = x, design: Any = design, params: Any = params, t: int = target) -> Any:
            moved = ({"kernel": kernel, "bias": params[0]["bias"]}, *params[1:])
            y = design.model.apply(moved, x, design.model.start((0,)), True)[0]
            return nets.cross_entropy(y, np.array([t]))

        value, at_x, _ = nets.value_and_gradient(loss, x)
        kernel = nets.value_and_gradient(by_kernel, params[0]["kernel"])[1]
        sums = nets.conv2d(x, params[0]["kernel"], params[0]["bias"])
        places = [(0, 0), (9, 12), (25, 25), (13, 4)]
        cases.append(
            {
                "network": name,
                "moment": moment,
                "image": image,
                "label": label,
                "target": target,
                "weights": {n: [c[i] for i, (one, at) in enumerate(zip(columns("weights")["network"],
                            columns("weights")["moment"], strict=True)) if (one, at) == (name, moment)]
                            for n, c in columns("weights").items()},
                "pixels": columns("images")["pixels"][image],
                "logits": np.asarray(logits)[0].tolist(),
                "p": np.asarray(nets.softmax(logits))[0].tolist(),
                "loss": value,
                "places": places,
                "sums": [np.asarray(sums)[0, i, j].tolist() for i, j in places],
                "input": at_x[0, ::3, ::3, 0].tolist(),
                "kernel": kernel.reshape(-1).tolist(),
            }
        )  # fmt: skip
    return {"networks": {name: columns("networks")[name] for name in ("network", "classes")}, "cases": cases}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())
