"""What is said where a framework is not installed."""

from __future__ import annotations

import importlib
import sys

import pytest

from cutaway.core.errors import MissingExtraError


@pytest.mark.parametrize(
    ("module", "lacking", "extra"),
    [
        ("torch", "torch", "torch"),
        ("torchmetrics", "torchmetrics", "torch"),
        ("keras", "keras", "keras"),
        ("keras", "tensorflow", "tensorflow"),
    ],
)
def test_the_extra_to_install_is_named(module: str, lacking: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == "keras" or name.startswith("cutaway.frameworks"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, lacking, None)  # importing it then fails
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(MissingExtraError) as told:
        importlib.import_module(f"cutaway.frameworks.{module}")
    feature = f"cutaway.frameworks.{module.partition('_')[0]}" + (" on tensorflow" if lacking == "tensorflow" else "")
    assert str(told.value) == f"{feature} needs an optional dependency: pip install 'cutaway[{extra}]'"
