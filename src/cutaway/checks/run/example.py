"""Small subjects for the doctests of the checks: the real states of a table written on the spot."""

from __future__ import annotations

from typing import Any

from cutaway.checks.run.aside import structural
from cutaway.checks.run.audit import frame_of
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.survey import Survey
from cutaway.core.progress import silent
from cutaway.engines.local import Local
from cutaway.engines.readers import open_table


def table(y: list[Any], seed: int = 0, weight: str | None = None, **columns: Any) -> Subject:
    """The subject, before any fit, of a table with target `y` and these feature columns (a row number when none is given)."""
    import pyarrow as pa

    source = open_table(pa.table({**(columns or {"row": [float(i) for i in range(len(y))]}), "y": y}))
    engine = Local()
    frame = frame_of(source, "y", positive=None, weight=weight, seed=seed, engine=engine, progress=silent)
    survey = engine.fold(source, frame.columns, lambda b: Survey.of(b, frame), Survey.zero(frame))
    subject = Subject(survey, source.disguised)
    return subject.replace(set_aside=structural(subject))
