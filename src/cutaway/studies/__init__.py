"""Experiments to play with: one file a question, with its answer, its parameters, its figures and its claims.

from cutaway import studies
result = studies.named("counts").run(prevalence=0.02)
result.claims
"""

from __future__ import annotations

from cutaway.studies.run.discovery import discover, named
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study

__all__ = ["Outcome", "Result", "Study", "Table", "discover", "named"]
