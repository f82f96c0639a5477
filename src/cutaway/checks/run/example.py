"""Small subjects for the doctests of the checks: the real states of a table written on the spot."""

from __future__ import annotations

from typing import Any

from cutaway.checks.run.aside import structural
from cutaway.checks.run.audit import frame_of
from cutaway.checks.run.model import plain_model
from cutaway.checks.run.scoring import scored_columns, scored_plain
from cutaway.checks.run.second import second_table
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.survey import Survey
from cutaway.core.progress import silent
from cutaway.engines.local import Local
from cutaway.engines.readers import open_table
from cutaway.engines.source import Source


def table(y: Any, seed: int = 0, weight: str | None = None, **columns: Any) -> Subject:
    """The subject, before any fit, of a table with target `y` and these feature columns (a row number when none is
    given).
    """
    return _subject(_source(y, columns), seed, weight)


def fitted(y: Any, seed: int = 0, weight: str | None = None, **columns: Any) -> Subject:
    """The same subject with the plain model fitted; no check has set a column aside."""
    source = _source(y, columns)
    subject = _subject(source, seed, weight)
    return subject.replace(model=plain_model(subject, source, silent))


def pair(first: dict[str, Any], other: dict[str, Any], seed: int = 0) -> Subject:
    """The subject of two tables (column name to values, the target named y), the second as `--test` gives it."""
    import pyarrow as pa

    from cutaway.checks.identifier import identifier

    source, test = open_table(pa.table(first)), open_table(pa.table(other))
    subject = _subject(source, seed, None)
    subject = subject.heed([identifier.check.run(subject, {})])  # type: ignore[attr-defined]  # marked by the decorator
    subject = subject.replace(model=plain_model(subject, source, silent))
    return subject.replace(second=second_table(subject, source, test, Local(), silent))


def scored(
    y: Any,
    p: Any = None,
    other: Any = None,
    seed: int = 0,
    weight: str | None = None,
    asked: dict[str, Any] | None = None,
    **columns: Any,
) -> Subject:
    """The subject of a table with target `y` whose column p holds probabilities (and `other` those of a second model).

    Without `p` the plain model of the columns is judged, out of fold. `asked`: costs, cost column, group.
    """
    own = {name: values for name, values in (("p", p), ("other", other)) if values is not None}
    source = _source(y, {**columns, **own})
    subject = _subject(source, seed, weight, scores=tuple(own), **(asked or {}))
    if own:
        return subject.replace(scored=scored_columns(subject, source, Local(), silent))
    subject = subject.replace(model=plain_model(subject, source, silent))
    assert subject.model is not None
    return subject.replace(scored=scored_plain(subject, subject.model, source, Local(), silent))


def _source(y: Any, columns: dict[str, Any]) -> Source:
    import pyarrow as pa

    return open_table(pa.table({**(columns or {"row": [float(i) for i in range(len(y))]}), "y": y}))


def _subject(source: Source, seed: int, weight: str | None, **asked: Any) -> Subject:
    engine = Local()
    frame = frame_of(source, "y", positive=None, weight=weight, seed=seed, engine=engine, progress=silent, **asked)
    survey = engine.fold(source, frame.columns, lambda b: Survey.of(b, frame), Survey.zero(frame))
    subject = Subject(survey, source.disguised)
    return subject.replace(set_aside=structural(subject))
