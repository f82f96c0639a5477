"""The printed code is run, and gives the same pixels within what each operation states."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from cutaway import images
from cutaway.core.errors import InputError
from cutaway.science.images import Pipeline, Step
from cutaway.science.images.step import KINDS, LANGUAGES, Language
from tests.science.images.examples import STEPS, apart, inputs, noisy_scene


def run(code: str, image: np.ndarray, language: str) -> np.ndarray:
    """What the printed function returns, in a namespace of its own."""
    space: dict[str, Any] = {"__name__": "printed"}
    exec(compile(code, "printed", "exec"), space)
    if language != "torch":
        return np.asarray(space["pipeline"](image))
    import torch

    given = torch.tensor(image[None] if image.ndim == 2 else np.moveaxis(image, 2, 0).copy())
    made = space["pipeline"](given).numpy()
    return np.asarray(made[0] if made.shape[0] == 1 else np.moveaxis(made, 0, 2))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STEPS)
def test_the_printed_code_gives_the_same_pixels(name: str, language: Language) -> None:
    step = STEPS[name]
    described = step.describe()
    code = Pipeline((step,)).code(language)
    for kind, image in inputs(step).items():
        differ = apart(run(code, image, language), step(image)) > described.levels + 0.01
        assert differ.mean() <= described.share, f"{kind}: {differ.mean():.4f} of the pixels differ"


def test_every_operation_is_printed() -> None:
    assert {step.name for step in STEPS.values()} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pipeline_is_printed_with_each_function_once(language: Language) -> None:
    steps: tuple[Step, ...] = (
        images.Resize(32, 32),
        images.Gaussian(1.0),
        images.Grey(),
        images.Gaussian(2.0),
        images.Adaptive(7),
        images.Opening(),
    )
    pipeline = Pipeline(steps)
    code = pipeline.code(language)
    names = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names))
    assert names[-1] == "pipeline"
    assert "cutaway" not in code
    image = noisy_scene()
    assert (apart(run(code, image, language), pipeline(image)) > 0).mean() < 0.02  # a level can tip a threshold


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_steps_are_printed_as_nothing(language: Language) -> None:
    image = noisy_scene()
    assert np.array_equal(run(Pipeline().code(language), image, language), image)


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of skimage, opencv, torch, got 'matlab'"):
        Pipeline().code("matlab")  # type: ignore[arg-type]
