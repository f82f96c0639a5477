"""A study: what its file declares, and how it is run."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from cutaway.core import docstring, plugins
from cutaway.core.errors import CutawayError, InputError
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.data import Data
from cutaway.studies.run.parameter import Value, ranges, read
from cutaway.studies.run.part import Part
from cutaway.studies.run.result import Outcome, Result, Tried

PAUSE = 0.3  # seconds between two parts of a result
GROUPS = ("data", "loss", "framework", "network", "training", "decision", "world")


@dataclass(frozen=True, slots=True)
class Study:
    """One question, read off its module.

    The module's docstring gives the question in its first paragraph, then `Answer:`, `Source:` and `Seconds:`. Its
    names: `TITLE`, `GROUP` (one of `GROUPS`), `Parameters`, `run(params, progress[, data][, part])` (`part` where it
    hands on what it has before its end), functions marked by `claim`; and, where wanted, `FULL` (parameters at the size
    that would be cited), `USES` ("predictions", "columns", "texts" or "images": which data of the user it takes),
    `TIMED` (the tables and figures that hold what a clock said, which no second run repeats), `CHAOTIC` (it trains for
    so long that the order of a sum decides, and another processor ends elsewhere) and `EMBED` (parameters with the
    values that a page without Python shall have; their product is computed beforehand).
    """

    module: ModuleType

    @property
    def name(self) -> str:
        """The file's name, with hyphens."""
        return self.module.__name__.rsplit(".", 1)[-1].replace("_", "-")

    @property
    def title(self) -> str:
        """What stands over it."""
        return str(self.module.TITLE)

    @property
    def group(self) -> str:
        """Where it stands in the lab."""
        return str(self.module.GROUP)

    @property
    def uses(self) -> str | None:
        """Which data of the user it takes."""
        return getattr(self.module, "USES", None)

    @property
    def full(self) -> dict[str, Value]:
        """The parameters of a run that would be cited."""
        return dict(getattr(self.module, "FULL", {}))

    @property
    def embed(self) -> dict[str, tuple[Value, ...]]:
        """What a page without Python is given."""
        return dict(getattr(self.module, "EMBED", {}))

    @property
    def timed(self) -> tuple[str, ...]:
        """Names of the tables and headings of the figures that no second run repeats."""
        return tuple(getattr(self.module, "TIMED", ()))

    @property
    def chaotic(self) -> bool:
        """Whether another processor finds other numbers from the same seed."""
        return bool(getattr(self.module, "CHAOTIC", False))

    def repeatable(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """An outcome as JSON without what a clock said."""
        parts = {
            part: {name: each for name, each in told[part].items() if name not in self.timed}
            for part in ("tables", "figures")
        }
        return {**told, **parts}

    @property
    def sections(self) -> dict[str, str]:
        """The docstring: "question", "answer", "source", "seconds"."""
        return docstring.told(self.module.__doc__, ("Answer", "Source", "Seconds"), "question", self.origin)

    @property
    def origin(self) -> str:
        """The distribution of a plug-in, as "acme 1.0"; empty for cutaway's own studies."""
        return plugins.origin("studies", self.module.__name__)

    @property
    def claims(self) -> list[Callable[..., tuple[bool | None, float]]]:
        """The predicates, in the order of the file."""
        return [each for each in vars(self.module).values() if hasattr(each, "claim")]

    def parameters(self, given: Mapping[str, object] | None = None) -> Any:
        """The parameters with these values instead of the defaults.

        Raises:
            InputError: an unknown name, or a value outside the range.
        """
        known = ranges(self.module.Parameters)
        read_values = {}
        for name, value in (given or {}).items():
            if name not in known:
                raise InputError(f"study {self.name}: no parameter {name!r}; it has {', '.join(known)}")
            read_values[name] = read(name, known[name][1], value)
        return self.module.Parameters(**read_values)

    def run(
        self,
        params: Any = None,
        progress: Progress = silent,
        data: Data | None = None,
        *,
        heard: Callable[[Outcome], None] | None = None,
        **given: object,
    ) -> Outcome:
        """Run at these parameters (or at the defaults, with `given` in their place) and try the claims.

        `heard` is told outcomes that are not whole yet, without claims, of a study that has such.

        Raises:
            InputError: a parameter outside its range, or data of a kind that the study does not take.
        """
        chosen = self.parameters(given) if params is None else params
        if data is not None and self.uses is None:
            raise InputError(f"study {self.name}: it takes no data of yours")
        further: dict[str, Part] = {}
        if heard is not None and "part" in inspect.signature(self.module.run).parameters:
            further["part"] = self._part(chosen, heard)
        taken = () if data is None else (data,)
        try:
            result: Result = self.module.run(chosen, progress, *taken, **further)
            tried = tuple(_tried(predicate, chosen, result) for predicate in self.claims)
        except Exception as error:
            if isinstance(error, CutawayError) or not self.origin:
                raise
            raise InputError(
                f"study {self.name}: this is a bug of {self.origin} ({type(error).__name__}: {str(error)[:300]}); "
                "please tell its makers"
            ) from error
        return Outcome(study=self.name, params=asdict(chosen), claims=tried, result=result)

    def _part(self, chosen: Any, heard: Callable[[Outcome], None]) -> Part:
        """Makes an outcome of what there is, every `PAUSE` at most."""
        told = time.monotonic()

        def part(make: Callable[[], Result], /) -> None:
            nonlocal told
            if time.monotonic() - told >= PAUSE:
                heard(Outcome(study=self.name, params=asdict(chosen), claims=(), result=make()))
                told = time.monotonic()

        return part

    def describe(self) -> dict[str, Any]:
        """What a front end needs to know before it asks for a result."""
        from cutaway.core.wire import to_wire

        parameters = [
            {"name": name, "default": default, **to_wire(spec)}
            for name, (default, spec) in ranges(self.module.Parameters).items()
        ]
        return {
            "name": self.name,
            "title": self.title,
            "group": self.group,
            **{name: self.sections.get(name, "") for name in ("question", "answer", "source", "seconds")},
            "uses": self.uses,
            "full": self.full,
            "parameters": parameters,
        }


def _tried(predicate: Callable[..., tuple[bool | None, float]], params: Any, result: Result) -> Tried:
    holds, value = predicate(params, result)
    return Tried(predicate.claim, None if holds is None else bool(holds), float(value))  # type: ignore[attr-defined]
