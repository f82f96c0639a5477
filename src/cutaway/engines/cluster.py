"""A Dask cluster to work on: the user's own, or processes of this machine; what goes wrong with it, in a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.threads import cores
from cutaway.core.version import __version__
from cutaway.engines.readers.wording import plain, shown

Client = Any  # of distributed, which is imported when it is used; its own types are not complete


def _version() -> str:
    """What a worker answers: its own version, which need not be this one's."""
    return __version__


@contextmanager
def connected(scheduler: str | None, workers: int, patience_seconds: float) -> Iterator[Client]:
    """A client of the scheduler, or of a cluster that is started for it."""
    dask, distributed = imported("dask"), imported("distributed")
    with ExitStack() as stack:
        if scheduler is None:
            client = distributed.Client(stack.enter_context(_own_cluster(workers)), set_as_default=False)
        else:
            # Whoever answers may be older or newer than Dask likes; it says so in a warning, which is no error.
            with dask.config.set({"distributed.comm.timeouts.connect": patience_seconds}):
                try:
                    client = distributed.Client(scheduler, timeout=patience_seconds, set_as_default=False)
                except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
                    raise InputError(
                        f"--scheduler {shown(scheduler)}: no Dask scheduler answers there ({line(error)}); expected "
                        f"an address such as tcp://10.0.0.1:8786"
                    ) from error
        stack.enter_context(client)
        if scheduler is not None:
            _check_workers(client, scheduler, patience_seconds)
        yield client


@contextmanager
def _own_cluster(workers: int) -> Iterator[Any]:
    """Processes of this machine. Who may connect to a worker may run code on it: so they speak TLS with certificates
    made for the occasion, and serve no pages.
    """
    dask, distributed = imported("dask"), imported("distributed")
    quiet = {
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.scheduler.work-stealing": False,  # a block stays with the worker that has its arrays
        # Dask has freed memory handed back at once, and then each temporary array is made of new pages: half as much
        # time again.
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(
            ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1
        ),
        "distributed.admin.large-graph-warning-threshold": "1 GB",
    }
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=max(1, cores() // workers),
            host="127.0.0.1",
            security=True,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster


def _check_workers(client: Client, scheduler: str, patience_seconds: float) -> None:
    """Raise the error for a cluster that cannot do the work."""
    try:
        client.wait_for_workers(1, timeout=patience_seconds)
    except TimeoutError as error:
        raise InputError(
            f"--scheduler {shown(scheduler)}: the scheduler has no workers; start some, dask worker {plain(scheduler)}"
        ) from error
    fix = f"install cutaway {__version__} where the workers run"
    try:
        versions = set(client.run(_version).values())
    except Exception as error:
        raise InputError(
            f"--scheduler {shown(scheduler)}: its workers cannot run cutaway ({line(error)}); {fix}"
        ) from error
    if versions != {__version__}:
        raise InputError(
            f"--scheduler {shown(scheduler)}: its workers have cutaway {', '.join(sorted(versions))}; {fix}"
        )


@contextmanager
def explained(scheduler: str | None) -> Iterator[None]:
    """Errors of the cluster in a sentence; those of the work as they are."""
    killed = imported("distributed").scheduler.KilledWorker
    try:
        yield
    except killed as error:
        raise InputError(
            "engine dask: several workers died at the same block of rows, most likely for want of memory; "
            "give each worker more of it, or fewer threads"
        ) from error
    except CancelledError as error:
        name = "of this machine" if scheduler is None else shown(scheduler)
        raise InputError(f"engine dask: the scheduler {name} is gone ({line(error)}); start it again") from error


def imported(name: str) -> Any:
    """A module of the extra.

    Raises: MissingExtraError.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError("the engine dask", "dask") from error


def line(error: BaseException) -> str:
    """An error in one line."""
    return plain(" ".join(str(error).split())[:200] or type(error).__name__)
