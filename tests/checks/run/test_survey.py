"""The law of the first pass: a survey of a table is the sum of the surveys of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.checks.run.audit import frame_of
from cutaway.checks.run.frame import Frame
from cutaway.checks.run.survey import Survey
from cutaway.core.progress import silent
from cutaway.core.table import Batch, Coded
from cutaway.engines.local import Local
from cutaway.engines.readers import open_table

ROW = st.tuples(
    st.sampled_from(["no", "yes", None]),
    st.one_of(st.none(), st.floats(-100, 100)),
    st.sampled_from(["red", "green", "", None]),
    st.floats(0, 3),
)


def batch(rows: list[Any], start: int) -> Batch:
    def coded(values: list[str | None]) -> Coded:
        levels = sorted({v for v in values if v is not None})
        return Coded(np.array([-1 if v is None else levels.index(v) for v in values], np.int32), tuple(levels))

    columns: dict[str, np.ndarray | Coded] = {
        "y": coded([r[0] for r in rows]),
        "x": np.array([np.nan if r[1] is None else r[1] for r in rows], float),
        "colour": coded([r[2] for r in rows]),
        "w": np.array([r[3] for r in rows], float),
    }
    return Batch(start, len(rows), columns)


def frame(weight: str | None) -> Frame:
    some = pa.table(
        {"y": ["no", "no", "yes", "yes"], "x": [1.0, 2.0, 3.0, 4.0], "colour": list("abca"), "w": [1.0, 2.0, 1.0, 1.0]}
    )
    source = open_table(some)
    made = frame_of(source, "y", positive=None, weight=weight, seed=3, engine=Local(), progress=silent)
    return Frame(**{**vars(made), "sample_limit": 8})


def flat(state: Any, out: dict[str, Any], name: str = "") -> dict[str, Any]:
    """Every array and number in a state, by its path."""
    if isinstance(state, Frame):
        return out
    if hasattr(state, "__dataclass_fields__"):
        for key in state.__dataclass_fields__:
            flat(getattr(state, key), out, f"{name}.{key}")
    elif isinstance(state, dict):
        for key, value in state.items():
            flat(value, out, f"{name}[{key}]")
    elif isinstance(state, tuple):
        for i, value in enumerate(state):
            flat(value, out, f"{name}[{i}]")
    else:
        out[name] = state
    return out


def assert_same(a: Survey, b: Survey) -> None:
    one, two = flat(a, {}), flat(b, {})
    assert one.keys() == two.keys()
    for name, value in one.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            np.testing.assert_allclose(value, two[name], rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            np.testing.assert_array_equal(value, two[name], err_msg=name)


@settings(max_examples=30)
@given(st.lists(ROW, min_size=1, max_size=25), st.lists(ROW, min_size=1, max_size=25), st.sampled_from([None, "w"]))
def test_law(a: list[Any], b: list[Any], weight: str | None) -> None:
    roles = frame(weight)
    first, second = Survey.of(batch(a, 0), roles), Survey.of(batch(b, len(a)), roles)
    whole = Survey.of(batch(a + b, 0), roles)
    assert_same(whole, first + second)
    assert_same(whole, first.absorb(batch(b, len(a))))
    assert_same(Survey.zero(roles) + first, first)


def test_the_cut_into_batches_does_not_matter(monkeypatch: Any, rng: np.random.Generator) -> None:
    n = 5000
    table = pa.table({"x": rng.normal(size=n), "c": rng.choice(list("abc"), n), "y": rng.integers(0, 2, n)})
    source = open_table(table)
    roles = frame_of(source, "y", positive=None, weight=None, seed=0, engine=Local(), progress=silent)
    whole = Local().fold(source, roles.columns, lambda b: Survey.of(b, roles), Survey.zero(roles))
    parts = [open_table(table.slice(i, 700)) for i in range(0, n, 700)]
    state = Survey.zero(roles)
    for i, part in enumerate(parts):
        for piece in part.batches(roles.columns):
            state = state.absorb(Batch(i * 700 + piece.start, piece.rows, piece.columns))
    assert_same(whole, state)
