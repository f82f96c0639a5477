"""`cutaway audit --model`: the user's factory is run, and what is wrong with it is one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from cutaway.cli import renderings
from cutaway.cli.network import made_by, parts_of, read_batch
from cutaway.core.errors import InputError
from cutaway.report import schema
from tests.cli.conftest import Command

SOURCE = """
import torch
from torch import nn


class Drops(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body, self.head = nn.Linear(4, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(nn.functional.dropout(torch.relu(self.body(x)), 0.5))


def build():
    return Drops()


def whole():
    model = Drops()
    return {"model": model, "loss": nn.CrossEntropyLoss(), "optimizer": torch.optim.Adam(model.parameters())}


def odd():
    return {"model": Drops(), "scheduler": 1}


def empty():
    return {"net": Drops()}


def failing():
    raise FileNotFoundError("weights.pt")


NUMBER = 3
ready = Drops()
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A module of the user's in the current folder, under a name of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text: str) -> str:
        name = f"user_{abs(hash(str(tmp_path)))}"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return write


@pytest.fixture
def module(written: Callable[[str], str]) -> str:
    return written(SOURCE)


def batch_file(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 4)).astype(np.float32)
    np.savez(folder / "batch.npz", x=x, y=(x @ rng.standard_normal((4, 3))).argmax(1))
    return folder / "batch.npz"


def test_a_model_without_a_batch_is_run_on_made_up_inputs(cutaway: Command, module: str) -> None:
    ended = cutaway("audit", "--model", f"{module}:build")
    assert (ended.status, ended.err) == (0, "")
    assert "Drops, a PyTorch model" in ended.out
    assert "NET012 non-determinism in evaluation  high severity" in ended.out
    assert "it begins between body and head" in " ".join(ended.out.split())
    assert "inputs were made up" in ended.out
    assert "body  linear  80" in ended.out


def test_with_a_batch_and_parts(cutaway: Command, module: str, tmp_path: Path) -> None:
    ended = cutaway(
        "audit", "--model", f"{module}:whole", "--batch", batch_file(tmp_path), "--format", "json", "--fail-on", "issue"
    )
    assert ended.status == 1
    report = json.loads(ended.out)
    jsonschema.validate(report, schema("network"), cls=jsonschema.Draft202012Validator)
    assert (report["schema"], report["kind"]) == (1, "network")
    assert report["network"]["given"] == ["loss", "optimiser"]
    assert [layer["parameters"] for layer in report["network"]["layers"]] == [80, 51]
    by_status = {one["status"]: [] for one in report["findings"]} | {}
    for one in report["findings"]:
        by_status[one["status"]].append(one["code"])
    assert by_status["issue"] == ["NET012"]
    assert "crashed" not in by_status
    assert "NET013" in by_status["passed"]
    found = next(one for one in report["findings"] if one["status"] == "issue")
    assert found["figure"]["kind"] == "bars"
    assert set(found["remedy_code"]) == {"PyTorch", "Keras"}


def test_the_page_holds_the_report(cutaway: Command, module: str, tmp_path: Path) -> None:
    ended = cutaway("audit", "--model", f"{module}:build", "--format", "html", "--select", "NET012")
    assert ended.status == 0
    page = (tmp_path / f"{module}-audit.html").read_text(encoding="utf-8")
    assert '"kind":"network"' in page
    assert "<h1>Drops, a PyTorch model</h1>" in page
    assert "http-equiv" in page


def test_settings_and_selection(cutaway: Command, module: str) -> None:
    chosen = ("audit", "--model", f"{module}:build", "--select", "NET012")
    assert "1 issue" in cutaway(*chosen).out
    assert "0 issues" in cutaway(*chosen, "--set", "NET012.least=1000").out


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("{}", "expected pkg.module:factory"),
        ("no_such_module_here:build", "there is no module 'no_such_module_here'"),
        ("{}:nothing", "has no 'nothing'; it has"),
        ("{}:failing", "failing() failed: FileNotFoundError: weights.pt"),
        ("{}:odd", "unknown part 'scheduler'"),
        ("{}:empty", "its dict has no 'model'; it has 'net'"),
        ("{}:NUMBER", "or a network of cutaway.nets, got int"),
    ],
)
def test_a_factory_that_fails_is_one_sentence(place: str, says: str, cutaway: Command, module: str) -> None:
    ended = cutaway("audit", "--model", place.format(module))
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import no_such_package_at_all\n", "the package 'no_such_package_at_all' is missing"),
        ("def build(:\n", "importing"),
    ],
)
def test_a_module_that_fails_is_one_sentence(
    text: str, says: str, cutaway: Command, written: Callable[[str], str]
) -> None:
    ended = cutaway("audit", "--model", f"{written(text)}:build")
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err
    assert ended.err.count("\n") == 1


def test_a_batch_is_never_unpickled(cutaway: Command, module: str, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
            return (Path.touch, (Path(tmp_path / "exploded"),))  # type: ignore[return-value]

    np.savez(tmp_path / "batch.npz", x=np.array([Bomb()], dtype=object))
    ended = cutaway("audit", "--model", f"{module}:build", "--batch", tmp_path / "batch.npz")
    assert ended.status == 2
    assert "holds Python objects, which are not unpickled" in ended.err
    assert not (tmp_path / "exploded").exists()


def test_a_batch_that_does_not_fit_is_told(cutaway: Command, module: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "wide.npz", x=np.ones((8, 7), np.float32))
    ended = cutaway("audit", "--model", f"{module}:build", "--batch", tmp_path / "wide.npz")
    assert ended.status == 2
    assert "the model does not run on it (x (8, 7) of float32)" in ended.err
    np.savez(tmp_path / "short.npz", x=np.ones((8, 4), np.float32), y=np.ones(7))
    assert (
        "y has 7 samples and x has 8"
        in cutaway("audit", "--model", f"{module}:build", "--batch", tmp_path / "short.npz").err
    )
    (tmp_path / "text.npz").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"is no \.npz file|not unpickled"):
        read_batch(str(tmp_path / "text.npz"))
    with pytest.raises(InputError, match="no such file"):
        read_batch(str(tmp_path / "absent.npz"))


def test_a_models_and_a_tables_checks_are_apart(cutaway: Command, module: str) -> None:
    ended = cutaway("audit", "--model", f"{module}:build", "--select", "DAT001")
    assert ended.status == 2
    assert "no check has the code 'DAT001'" in ended.err
    ended = cutaway("audit", "--select", "NET001")
    assert ended.status == 2
    assert "no check has the code 'NET001'" in ended.err
    ended = cutaway("audit", "--model", f"{module}:build", "--target", "y")
    assert ended.status == 2
    assert "--target" in ended.err


def test_the_help_of_both(cutaway: Command) -> None:
    assert "--model" in cutaway("audit", "--help").out
    text = cutaway("audit", "--model", "a:b", "--help").out
    assert "--batch" in text
    assert "--target" not in text
    assert cutaway("audit", "--model", "--help").out == text


def test_a_model_itself_and_a_dataclass_of_parts(module: str) -> None:
    from dataclasses import make_dataclass

    model = made_by(f"{module}:ready")
    assert type(model).__name__ == "Drops"
    parts = make_dataclass("Parts", ["model", "criterion", "padding"])(model, "loss", None)
    assert parts_of(parts, "a:b") == {"model": model, "loss": "loss"}


def test_the_report_as_text_says_what_the_terminal_says(module: str) -> None:
    from cutaway.checks import audit_model
    from cutaway.cli.destination import Format

    result = audit_model(made_by(f"{module}:build"), select=["NET012", "NET015"])
    text = renderings.as_text(result, Format.terminal)
    assert "NET015" in text
    assert json.loads(renderings.as_text(result, Format.json))["verdict"] in " ".join(text.split())
