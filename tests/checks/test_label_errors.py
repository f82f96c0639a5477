"""DEC010: contradicted labels are counted against chance."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.checks.label_errors import label_errors
from cutaway.checks.run.example import scored
from cutaway.core.findings import NotApplicableError


def test_the_flipped_rows_are_named() -> None:
    rng = np.random.default_rng(4)
    z = 4 * rng.normal(size=8000)
    y = (rng.random(8000) < 1 / (1 + np.exp(-z))).astype(int)
    flipped = np.argsort(-z)[:80]
    y[flipped] = 0
    (finding,) = label_errors(scored(y=y, p=1 / (1 + np.exp(-z))))
    named = {int(word.replace(",", "")) - 1 for word in finding.detail.rstrip(".").split(": ")[1].split(", ")}
    assert named <= set(flipped.tolist())
    assert finding.status == "tip"


def test_overconfident_scores_are_no_label_errors() -> None:
    rng = np.random.default_rng(5)
    z = 2 * rng.normal(size=8000)
    y = (rng.random(8000) < 1 / (1 + np.exp(-z))).astype(int)
    assert list(label_errors(scored(y=y, p=1 / (1 + np.exp(-2 * z))))) == []


def test_several_classes() -> None:
    rng = np.random.default_rng(6)
    p = rng.dirichlet([0.2, 0.2, 0.2], 6000)
    y = (rng.random(6000)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    subject = _three(p, y)
    assert list(label_errors(subject)) == []
    y[np.flatnonzero(p[:, 1] > 0.995)[:60]] = 0
    (finding,) = label_errors(_three(p, y))
    assert "labelled “0” are confidently scored “1”" in finding.title


def test_a_rare_class_is_not_judged() -> None:
    y = np.r_[np.zeros(500, int), np.ones(20, int)]
    with pytest.raises(NotApplicableError, match="20 scored rows"):
        list(label_errors(scored(y=y, p=np.clip(y + 0.1, 0, 0.9))))


def _three(p: np.ndarray, y: np.ndarray):  # type: ignore[no-untyped-def]
    from cutaway.checks.run.example import _source, _subject
    from cutaway.checks.run.scoring import scored_columns
    from cutaway.core.progress import silent
    from cutaway.engines.local import Local

    source = _source(y, {f"p{k}": p[:, k] for k in range(3)})
    subject = _subject(source, 0, None, scores=("p0", "p1", "p2"))
    return subject.replace(scored=scored_columns(subject, source, Local(), silent))
