"""What a surrogate makes of a contest's trials: where the surface is high, where nobody looked, what it would ask."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from cutaway.core.contest import Contest, Direction, Search
from cutaway.report.contests import contest_json
from cutaway.tuning import Choice, Float, Int, Space, contest, search
from cutaway.tuning.beliefs import MOST, SIDE, believed
from cutaway.tuning.standings import importances

SPACE = Space(
    {
        "kind": Choice(("a", "b")),
        "rate": Float(1e-4, 1.0, log=True),
        "depth": Int(1, 9),
        "gamma": Float(0.0, 1.0, when={"kind": "b"}),
        "idle": Float(0.0, 1.0),
    }
)


def loss(params: dict[str, Any]) -> float:
    """Best at rate 0.01 and depth 7; one corner is absurd."""
    far = (math.log10(params["rate"]) + 2) ** 2 + 0.1 * (params["depth"] - 7) ** 2
    return far + 0.2 * (params["kind"] == "b") + (1e6 if params["rate"] > 0.9 else 0.0)


def searches(sign: float = 1.0, budget: int = 40) -> list[Search]:
    direction: Direction = "minimize" if sign > 0 else "maximize"
    return [
        search(lambda p: sign * loss(p), SPACE, method="random", budget=budget, seed=k, direction=direction)
        for k in range(2)
    ]


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["minimize", "maximize"])
def test_it_is_best_where_the_surface_is(sign: float) -> None:
    done = searches(sign)
    direction: Direction = "minimize" if sign > 0 else "maximize"
    found = believed(done, SPACE, importances(done, SPACE), direction)
    assert found is not None and set(found.parameters) == {"rate", "depth"}
    mean = sign * np.array(found.mean).reshape(SIDE, SIDE)
    at = np.unravel_index(int(mean.argmin()), mean.shape)
    place = dict(zip(found.parameters, np.array(at) / (SIDE - 1), strict=True))
    assert place["rate"] == pytest.approx(0.5, abs=0.1)
    assert place["depth"] == pytest.approx(0.75, abs=0.15)
    assert set(found.fixed) >= {"kind", "idle"} and set(found.best) == {"rate", "depth"}
    assert min(found.sd) >= 0 and min(found.gain) >= 0 and max(found.gain) > 0
    # Without the absurd corner nothing of it is seen.
    assert float(mean.max()) < 100


def test_of_very_many_trials_a_part_is_taken_the_best_among_them() -> None:
    done = [search(loss, SPACE, method="random", budget=400, seed=1)]
    found = believed(done, SPACE, (), "minimize")
    assert found is not None and found.trials == MOST
    best = done[0].best("minimize")
    assert best is not None and found.best == {name: best.params[name] for name in found.parameters}
    assert found == believed(done, SPACE, (), "minimize")


def test_nothing_is_believed_without_two_numbers_or_trials_that_differ() -> None:
    line = Space({"x": Float(0, 1), "kind": Choice(("a", "b"))})
    assert believed([search(lambda p: p["x"], line, budget=20, method="random")], line, (), "minimize") is None
    assert believed(searches(budget=4), SPACE, (), "minimize") is None
    flat = search(lambda p: 1.0, SPACE, budget=20, method="random")
    assert believed([flat], SPACE, (), "minimize") is None


def test_a_contest_carries_it_and_its_schema_knows_it() -> None:
    found: Contest = contest(loss, SPACE, methods=("random",), budget=12, repeats=2)
    assert found.believed is not None and len(found.believed.mean) == SIDE**2
    schema = Path(__file__).parents[2] / "src" / "cutaway" / "report" / "schema-contest-1.json"
    jsonschema.validate(json.loads(json.dumps(contest_json(found))), json.loads(schema.read_text("utf-8")))
