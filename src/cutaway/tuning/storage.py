"""Where trials are kept as they end: Optuna's relational storage, so that its own tools read them too.

A trial is written when it is asked for, with all its parameters at once, and again when it ends: its outcome first, its
state last. Whatever instant the process dies at, each trial stands there as running or as ended, never in between.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cutaway.core.contest import Direction
from cutaway.core.errors import CutawayError, InputError, MissingExtraError
from cutaway.tuning.reading import space_of
from cutaway.tuning.samplers import distributions, needed
from cutaway.tuning.space import Value
from cutaway.tuning.trials import Ended, told

KEY = "cutaway"
"""The attribute of a study, and of a trial, that holds what Optuna has no column for."""

PATIENCE_SECONDS = 60  # for another process to let go of the file


@dataclass(frozen=True, slots=True)
class Stored:
    """A trial that the storage has. `end` is None where it was running when its process ended. `began`: in seconds
    since the search did.
    """

    params: Mapping[str, Value]
    end: Ended | None
    began: float


class Kept:
    """A search's trials as they are kept; this one keeps nothing beyond its process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seconds = 0.0  # that the search has taken before
        self.trials: dict[int, Stored] = {}

    def begin(self, batch: int, asked: Sequence[tuple[int, Mapping[str, Value]]]) -> None:
        """These trials are about to run."""

    def end(self, number: int, end: Ended, began: float) -> None:
        """This one has ended."""

    def close(self, seconds: float) -> None:
        """Nobody works on the search any more; it has taken so long, all its parts together."""


def opened(storage: Any, name: str, direction: Direction, settings: Mapping[str, Any]) -> Kept:
    """The search of this name in the storage: None, an address such as `sqlite:///runs.db`, or a storage of Optuna's.

    Raises:
        InputError: the address is none, nobody answers there, another process works on the search, or the search
            that is there was another one.
        MissingExtraError: the database's driver is not installed.
    """
    if storage is None:
        return Kept(name)
    if not isinstance(storage, str):
        return Database(storage, name, direction, settings, None)
    address = checked(storage)
    rdb = needed("optuna", "tuning").storages.RDBStorage
    patience = {"timeout": PATIENCE_SECONDS} if address.startswith("sqlite") else {}
    with explained(address):
        try:
            made = rdb(_driven(address), engine_kwargs={"connect_args": patience})
        except ImportError as error:
            raise InputError(f"storage {hidden(address)}: needs a driver of its database ({told(error)})") from error
        if address.startswith("sqlite"):
            _hasten(made.engine)
        return Database(made, name, direction, settings, address)


def checked(address: str) -> str:
    """The address, if it is one.

    Raises: InputError.
    """
    if "://" not in address:
        path = address if address.endswith((".db", ".sqlite", ".sqlite3")) else "runs.db"
        raise InputError(f"storage {address!r}: expected an address such as sqlite:///{path} or postgresql://…")
    if address.startswith("sqlite:///") and len(address) > len("sqlite:///"):
        file = Path(address.removeprefix("sqlite:///").partition("?")[0])
        if not file.parent.is_dir():
            raise InputError(f"storage {address}: the folder {str(file.parent)!r} does not exist; create it")
        if file.is_dir():
            raise InputError(f"storage {address}: expected the name of a file, got a folder; add a file name")
    return address


def _driven(address: str) -> str:
    """The address with a driver that is installed: which one PostgreSQL has by default depends on SQLAlchemy's version.

    Raises: MissingExtraError where none is.
    """
    scheme, _, rest = address.partition("://")
    if scheme not in ("postgresql", "postgres"):
        return address
    for driver in ("psycopg", "psycopg2", "pg8000"):
        if find_spec(driver) is not None:
            return f"postgresql+{driver}://{rest}"
    raise MissingExtraError("PostgreSQL", "postgresql")


def hidden(address: str) -> str:
    """The address without its password.

    >>> hidden("postgresql://ann:secret@db/runs")
    'postgresql://ann:…@db/runs'
    """
    scheme, _, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:…@{host}" if at and ":" in user else address


@contextmanager
def explained(address: str | None) -> Iterator[None]:
    """What a database complains of, in a sentence."""
    try:
        yield
    except CutawayError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("sqlalchemy", "optuna", "sqlite3", "psycopg", "pg8000")):
            raise
        cause = error.__cause__ or error
        cause = getattr(cause, "orig", None) or cause
        where = "storage" if address is None else f"storage {hidden(address)}"
        raise InputError(f"{where}: the database cannot be used ({told(cause)[:200]})") from error


def _hasten(engine: Any) -> None:
    """Let SQLite append to a log in place of waiting for the disk at each step: what is written survives the death of
    any process, and a power cut loses at most the last trials.
    """

    def begun(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    needed("sqlalchemy", "tuning").event.listen(engine, "connect", begun)
    engine.dispose()  # the connections that are open already


class Database(Kept):
    """A search in an Optuna storage. `address` is None for a storage that is somebody else's to close."""

    def __init__(
        self, storage: Any, name: str, direction: Direction, settings: Mapping[str, Any], address: str | None
    ) -> None:
        super().__init__(name)
        optuna = needed("optuna", "tuning")
        self._trial, self._storage, self._address = optuna.trial, storage, address
        self._space = space_of(settings["space"])
        study = optuna.create_study(storage=storage, study_name=name, direction=direction, load_if_exists=True)
        self._study: int = study._study_id
        self._ids: dict[int, int] = {}
        attrs = storage.get_study_user_attrs(self._study)
        self._check(attrs.get(KEY), json.loads(json.dumps(dict(settings))))
        self._hold(attrs.get(f"{KEY}:held"))
        self.seconds = float(attrs.get(f"{KEY}:seconds", 0.0))
        self._read()

    def _check(self, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
        """Raise the error for a stored search that was another one; write down what a new one is."""
        if before is None:
            if self._storage.get_n_trials(self._study):
                raise InputError(f"storage: the study {self.name!r} there was not made by cutaway; choose another name")
            self._storage.set_study_user_attr(self._study, KEY, now)
            return
        for key in {**now, **before}:
            if now.get(key) != before.get(key):
                what = f"{key} {before.get(key)}, now it is {now.get(key)}"
                what = f"another {key}" if key in ("space", "objective") else what
                raise InputError(
                    f"storage: the search {self.name!r} there had {what}; ask for the same to go on with it, or choose "
                    f"another name"
                )

    def _hold(self, held: Sequence[Any] | None) -> None:
        """Raise the error where another process of this machine works on the search."""
        own = [platform.node(), os.getpid(), _born(os.getpid())]
        if held and held != own and held[0] == own[0] and held[2] is not None and _born(held[1]) == held[2]:
            raise InputError(
                f"storage: process {held[1]} is at work on the search {self.name!r}; wait, or choose another name"
            )
        self._storage.set_study_user_attr(self._study, f"{KEY}:held", own)

    def _read(self) -> None:
        for trial in self._storage.get_all_trials(self._study, deepcopy=False):
            self._ids[trial.number] = trial._trial_id
            kept, end = trial.user_attrs.get(KEY, {}), None
            if trial.state.is_finished():
                state = kept.get("state", "failed")
                end = Ended(
                    state=state,
                    value=trial.value if state == "complete" else None,
                    seconds=kept.get("seconds", 0.0),
                    clock=kept.get("clock", 0.0),
                    message=kept.get("message", ""),
                    reports=dict(trial.intermediate_values),
                )
                # After kill -9 nobody has written how long the search had taken.
                self.seconds = max(self.seconds, kept.get("began", 0.0) + end.seconds)
            self.trials[trial.number] = Stored(dict(trial.params), end, kept.get("began", 0.0))

    def begin(self, batch: int, asked: Sequence[tuple[int, Mapping[str, Value]]]) -> None:
        """Write the trials that are not there yet, each in one transaction."""
        for number, params in asked:
            if number in self._ids:
                continue
            template = self._trial.create_trial(
                state=self._trial.TrialState.RUNNING,
                params=dict(params),
                distributions=distributions(self._space, params),
                user_attrs={f"{KEY}:batch": batch},
            )
            with explained(self._address):
                self._ids[number] = self._storage.create_new_trial(self._study, template_trial=template)
                if self._storage.get_trial_number_from_id(self._ids[number]) != number:
                    raise InputError(
                        f"storage: somebody else adds trials to the search {self.name!r}; choose another name"
                    )

    def end(self, number: int, end: Ended, began: float) -> None:
        """Write the outcome, and then that the trial has ended."""
        states = self._trial.TrialState
        state = {"complete": states.COMPLETE, "pruned": states.PRUNED}.get(end.state, states.FAIL)
        kept = {"state": end.state, "seconds": end.seconds, "clock": end.clock, "message": end.message, "began": began}
        trial = self._ids[number]
        with explained(self._address):
            for step, value in end.reports.items():
                self._storage.set_trial_intermediate_value(trial, step, value)
            self._storage.set_trial_user_attr(trial, KEY, kept)
            self._storage.set_trial_state_values(trial, state, None if end.value is None else [end.value])

    def close(self, seconds: float) -> None:
        """Write how long it has taken and that nobody works on it, and let go of the database."""
        with suppress(Exception):  # the trials are there; a database that has gone meanwhile has been told of
            self._storage.set_study_user_attr(self._study, f"{KEY}:seconds", seconds)
            self._storage.set_study_user_attr(self._study, f"{KEY}:held", None)
        if self._address is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()


def _born(process: int) -> str | None:
    """When the process was started, in the machine's own ticks; None where that cannot be known, or it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
