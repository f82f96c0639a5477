"""The studies that the lab serves, and their stored first frames."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutaway.core import plugins
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.studies.run.study import Study


class Catalogue:
    """Studies by name. `modules`: what to serve in place of cutaway's own studies, by the full names of the modules.

    Nothing is imported before the first question; a study that cannot be imported is left out, and `broken` says why.
    """

    def __init__(self, modules: Sequence[str] | None = None) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self.broken: dict[str, str] = {}

    @property
    def studies(self) -> dict[str, Study]:
        """All of them, in the order of the front page."""
        with self._lock:
            return self._studies

    @cached_property
    def _studies(self) -> dict[str, Study]:
        from cutaway.studies.run import discovery
        from cutaway.studies.run.study import GROUPS, Study

        modules = self._modules
        if modules is None:
            modules = [f"cutaway.studies.{name.replace('-', '_')}" for name in discovery.own()]
            added, refused = plugins.collected("studies", discovery.own(), discovery.sound)
            self.broken |= {one.plugin.module or one.plugin.label: str(one) for one in refused}
            modules += [study.module.__name__ for study in added]
        found: list[Study] = []
        for module in modules:
            try:
                study = Study(import_module(module))
                study.describe()
                GROUPS.index(study.group)
                found.append(study)
            except Exception as error:  # one broken study must not close the lab
                self.broken[module] = f"{type(error).__name__}: {error}"
        return {one.name: one for one in sorted(found, key=lambda one: (GROUPS.index(one.group), one.name))}

    def named(self, name: str) -> Study:
        """The study of that name.

        Raises:
            InputError: there is none.
        """
        if (study := self.studies.get(name)) is None:
            raise InputError(f"no study is named {name[:80]!r}; the front page lists those that there are")
        return study

    def stored(self, name: str) -> dict[str, Any] | None:
        """The outcome at the defaults as it was stored, None where none was."""
        from cutaway.studies.run.stored import stored

        return stored(self.named(name))

    @cached_property
    def described(self) -> bytes:
        """What GET /api/studies answers."""
        from cutaway.studies.run.study import GROUPS

        studies = []
        for name, study in self.studies.items():
            outcome = self.stored(name)
            figures = list(outcome["figures"].values()) if outcome else []
            studies.append(study.describe() | {"preview": figures[0] if figures else None})
        used = {study["group"] for study in studies}
        groups = [group for group in GROUPS if group in used]
        return json.dumps({"groups": groups, "studies": studies}, allow_nan=False).encode()
